"""Behaviours 5, 6, 7 and 11 of domain.md §10, and what hangs on them: who may ask until when, who may decide, what follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from huiyin.cases import (
    access,
    closing,
    deciding,
    hearing,
    intake,
    joining,
    lifecycle,
    repeated,
    review,
    review_rights,
    triage,
)
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Decision, Demand, Filing, Note, Review, Stage
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Employee, System
from huiyin.kernel.errors import Forbidden, Invalid, NotFound, Refused
from huiyin.org import accounts, structure
from huiyin.org.models import User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of
from huiyin.papers import issuing
from huiyin.papers.models import Delivery, Paper
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import reviews
from tests.cases import world as made
from tests.cases.reviews import (
    START,
    WHAT_WAS_HEARD,
    after,
    announce,
    answer_again,
    asked,
    clock,
    fresh,
    in_final,
    opinion,
    own,
    paper,
    received,
    said,
)
from tests.cases.world import World, bring

# Behaviour 5


def test_behaviour_5_a_review_asked_on_day_31_is_flagged_late_decided_and_never_dropped(world: World) -> None:
    with server_time(START):
        found, case, filing = received(world)
    with server_time(after(31)):
        row = review.request(filing, grounds="不服。", why_late="住院。", by=world.filer, at=server_now())
        assert (row.is_late, fresh(case).stage) == (True, Stage.REVIEW_ASKED)
        with pytest.raises(Invalid, match="late_reason"):
            review.take_up(case, by=found.first, at=server_now())
        review.take_up(case, late_reason="住院有证明", by=found.first, at=server_now())
        assert "住院有证明" in said(case, "D17A")
    assert fresh(case).stage == Stage.IN_REVIEW


def test_a_review_asked_on_day_30_is_in_time(world: World) -> None:
    with server_time(START):
        found, case, filing = received(world)
    assert clock(case, "ask_review").due_on == date(2026, 4, 1)
    with server_time(after(30)):
        row = review.request(filing, grounds="不服。", why_late="用不着", by=world.filer, at=server_now())
        assert (row.is_late, row.why_late) == (False, "")
        with pytest.raises(Refused, match="in_time"):
            review.refuse(case, reason="超期", by=found.first, at=server_now())
        review.take_up(case, by=found.first, at=server_now())


def test_a_late_review_may_be_refused_with_a_paper_and_the_case_stands_as_before(world: World) -> None:
    with server_time(START):
        found, case, filing = received(world)
    with server_time(after(40)):
        review.request(filing, grounds="不服。", by=world.filer, at=server_now())
        review.refuse(case, reason="没有说明理由", by=found.first, at=server_now())
        assert "没有说明理由" in said(case, "D17N") and "第三十五条" in said(case, "D17N")
        assert Delivery.objects.filter(paper=paper(case, "D17N")).exists()
        with pytest.raises(Refused, match="refused_before"):
            review.request(filing, grounds="再来一次", by=world.filer, at=server_now())
    case = fresh(case)
    assert case.stage == Stage.DELIVERED and case.next_step == "close"


def test_each_filing_has_its_own_thirty_days_and_two_are_reviewed_as_one(world: World) -> None:
    with server_time(START):
        found = reviews.chain(world)
        case, his = reviews.accepted(world)
        person = Person(name="李秀英", phone="13912345678")
        how = Circumstances(consents_to_portal=True)
        hers = intake.receive(
            Words("我四个月没有发工资。", ["补上李秀英的工资"]), identity="named", person=person, how=how, by=Employee(),
            at=server_now(),
        ).filing  # fmt: skip
        joining.join(hers.case, into=case, reason="同一件事", by=world.officer, at=server_now())
        reviews.decided(found, case)
        deciding.confirm(his, by=world.filer, at=server_now())
    with server_time(after(20)):
        with pytest.raises(Refused, match="not_received"):
            review.request(hers, grounds="还没收到", by=own(hers), at=server_now())
        deciding.confirm(hers, by=own(hers), at=server_now())
    with server_time(after(35)):
        assert review.request(his, grounds="我的流水不对", by=world.filer, at=server_now()).is_late
        assert Review.objects.get().is_late
        assert not review.request(hers, grounds="工资条是假的", by=own(hers), at=server_now()).is_late
        assert not Review.objects.get().is_late  # who asked in time carries the other
        with pytest.raises(Refused, match="asked_already"):
            review.request(hers, grounds="再说一遍", by=own(hers), at=server_now())
        opinion(case, found.first)
    copies = {row.copy.filing_id: str(issuing.fields_of(row)) for row in Paper.objects.filter(kind="D17D")}
    assert set(copies) == {his.pk, hers.pk}
    assert "我的流水不对" in copies[his.pk] and "工资条是假的" not in copies[his.pk]
    assert "工资条是假的" in copies[hers.pk] and "王小明" not in copies[hers.pk] and made.DEMAND not in copies[hers.pk]
    assert Paper.objects.filter(kind="D17A").count() == 2


def test_whoever_did_not_ask_gets_the_opinion_too_and_may_ask_for_the_final_review(world: World) -> None:
    found = reviews.chain(world)
    case, his = reviews.accepted(world)
    hers = intake.receive(
        Words("我也没有发工资。", ["补发"]), identity="named", person=Person(name="李秀英"),
        how=Circumstances(consents_to_portal=True), by=Employee(), at=server_now(),
    ).filing  # fmt: skip
    joining.join(hers.case, into=case, reason="同一件事", by=world.officer, at=server_now())
    reviews.decided(found, case)
    deciding.confirm(his, by=world.filer, at=server_now())
    review.request(his, grounds="不服", by=world.filer, at=server_now())
    opinion(case, found.first)
    told = issuing.fields_of(Paper.objects.get(kind="D17D", copy__filing=hers))
    assert told.get("by_other") and not told.get("by_own") and "合并办理" in str(told["grounds"])
    deciding.confirm(hers, by=own(hers), at=server_now())
    assert review_rights.right_of(hers).step_up == 2
    with pytest.raises(Refused, match="not_received"):
        review_rights.right_of(his)


def test_nothing_can_be_asked_before_anything_was_received_nor_of_an_answer_to_a_suggestion(world: World) -> None:
    case, filing = bring(world, Stage.DELIVERED)
    with pytest.raises(Refused, match="not_received"):
        review.request(filing, grounds="不服", by=world.filer, at=server_now())
    Case.objects.filter(pk=case.pk).update(classification="suggestion")
    with (
        pytest.raises(Refused, match="not_for_class"),
        lifecycle.taking("ask_review", case, by=world.filer, at=server_now()),
    ):
        pass


def test_staff_write_down_a_request_on_paper_with_the_day_it_was_made(world: World) -> None:
    with server_time(START):
        _found, case, filing = received(world)
    with server_time(after(33)):
        day = date(2026, 3, 30)
        with pytest.raises(Invalid, match="requested_on"):
            review.request(
                filing, grounds="不服", way="written", requested_on=date(2026, 3, 1), by=world.officer, at=server_now()
            )
        row = review.request(filing, grounds="不服", way="written", requested_on=day, by=world.officer, at=server_now())
        assert not row.is_late and row.entered_by_id == world.officer.user_id
        assert clock(case, "review").due_on == date(2026, 4, 29)


def test_a_closed_case_moves_on_without_being_reopened_and_what_is_carried_out_goes_on(world: World) -> None:
    case, filing = bring(world, Stage.CLOSED)
    review.request(filing, grounds="少算了一个月", by=world.filer, at=server_now())
    case = fresh(case)
    assert (case.stage, case.closed_at, case.next_role) == (Stage.REVIEW_ASKED, None, Role.REVIEWER)
    assert Decision.objects.filter(case=case, returned_at=None).count() == 1
    other, filed = bring(world, Stage.DELIVERED, text="另一笔工资没有发，请核对。")
    deciding.confirm(filed, by=world.filer, at=server_now())
    review.request(filed, grounds="少算了", by=world.filer, at=server_now())
    deciding.execute(other, demand_no=1, text="先补发了三个月", by=world.handler, at=server_now())
    assert fresh(other).stage == Stage.REVIEW_ASKED and clock(other, "execution").stopped_at


# Behaviour 6


def test_behaviour_6_the_reviewing_unit_is_never_the_handling_one_nor_the_same_people(world: World) -> None:
    found, case, filing = asked(world)
    assert Review.objects.get().unit == world.refinery
    for name, by in (("handler", found.handler), ("final", found.final), ("stranger", world.stranger)):
        with pytest.raises(Forbidden):
            review.take_up(case, by=by, at=server_now())
        assert name
    # The plant's own handler is moved up into the reviewing unit: still not on this case.
    user = User.objects.get(username="plant_handler")
    moved = accounts.grant_post(
        user, Role.REVIEWER, world.refinery, title="", starts_on=made.SINCE, by=System("test"), at=server_now()
    )
    promoted = staff_of(user, server_now().date())
    assert moved and any(post.role == Role.REVIEWER for post in promoted.posts)
    with pytest.raises(Forbidden, match="took_part"):
        review.take_up(case, by=promoted, at=server_now())
    opinion(case, found.first)  # somebody who took no part may
    deciding.confirm(filing, by=world.filer, at=server_now())
    review.request(filing, grounds="不服复查", by=world.filer, at=server_now())
    assert Review.objects.get(step_up=2).unit == world.group
    with pytest.raises(Forbidden):
        review.take_up(case, by=found.first, at=server_now())
    review.take_up(case, by=found.final, at=server_now())


def test_a_reviewing_unit_that_was_merged_into_the_handling_one_reviews_no_more(world: World) -> None:
    """The refinery is closed into a new company that also takes over the plant: then the group reviews."""
    found, case, _filing = asked(world)
    decision = Decision.objects.get(case=case)
    decision.issued_by = world.refinery  # as after the plant's decision became the refinery's own
    decision.save()
    with pytest.raises(Refused, match="same_unit"):
        review.take_up(case, by=found.first, at=server_now())
    review.move(case, by=world.officer, at=server_now())
    assert Review.objects.get().unit == world.group and fresh(case).next_unit == world.group
    review.take_up(case, by=found.final, at=server_now())


def test_a_closed_reviewing_unit_is_succeeded(world: World) -> None:
    _case, _filing = bring(world, Stage.DELIVERED)  # the refinery decided, the group reviews
    found = reviews.chain(world)
    other, filed = reviews.accepted(world)
    reviews.decided(found, other)
    deciding.confirm(filed, by=world.filer, at=server_now())
    review.request(filed, grounds="不服", by=world.filer, at=server_now())
    day = timezone.localtime(server_now()).date()
    heir = structure.open_unit(
        "新炼化", "新炼化", parent=world.group, on=day, code="新信", acts_in_own_name=True, by=System("test"), at=server_now()
    )  # fmt: skip
    new = made.person("heir_reviewer", Role.REVIEWER, heir)
    world.workshop.closed_on = found.plant.closed_on = world.refinery.closed_on = day
    for unit in (world.workshop, found.plant, world.refinery):
        unit.successor = heir if unit != found.plant else world.mine
        unit.save()
    assert access.visible_to(new).filter(pk=other.pk).exists()
    review.take_up(other, by=new, at=server_now())
    assert paper(other, "D17A").unit == heir


def test_reviewers_see_a_case_only_while_and_after_it_is_theirs(world: World) -> None:
    found, case, filing = received(world)
    assert not access.visible_to(found.first).exists()
    review.request(filing, grounds="不服", by=world.filer, at=server_now())
    assert list(access.visible_to(found.first)) == [case]
    assert not access.visible_to(found.final).exists()
    other = made.person("other_reviewer", Role.REVIEWER, world.mine)
    with pytest.raises(NotFound):
        access.case_for(other, case.reference)
    opinion(case, found.first)
    assert list(access.visible_to(found.first)) == [case]


def test_of_two_reviewers_at_once_the_second_is_told_so(world: World) -> None:
    found, case, _filing = asked(world)
    second = made.person("second", Role.REVIEWER, world.refinery)
    stale = Case.objects.get(pk=case.pk)
    review.take_up(case, by=found.first, at=server_now())
    with pytest.raises(Refused, match="not_now"):
        review.take_up(stale, by=second, at=server_now())


# What an opinion does


def test_a_changed_opinion_replaces_the_outcome_and_is_carried_out(world: World) -> None:
    found, case, _filing = asked(world)
    review.take_up(case, by=found.first, at=server_now())
    given: dict[str, Any] = dict(findings="流水少三个月。", reasons="确有拖欠。", basis="第三十条", result="changed")
    with pytest.raises(Invalid, match="changes"):
        review.decide(case, **given, by=found.first, at=server_now())
    with pytest.raises(Invalid, match="measure"):
        review.decide(case, **given, changes=[review.Change(1, "supported")], by=found.first, at=server_now())
    review.decide(case, **given, changes=[review.Change(1, "supported", "月底前补发")], by=found.first, at=server_now())
    assert Demand.objects.get(case=case).outcome == "not_supported"  # until it is sent
    review.deliver(case, way="portal", by=found.first, at=server_now())
    case = fresh(case)
    assert (case.stage, Demand.objects.get(case=case).outcome) == (Stage.DELIVERED, "supported")
    assert clock(case, "execution").stopped_at is None and case.next_step == "execute"
    assert "月底前补发" in said(case, "D17D")


def test_a_decision_taken_back_is_made_anew_within_sixty_days_and_may_be_reviewed_again(world: World) -> None:
    with server_time(START):
        found, case, filing = asked(world)
        with pytest.raises(Invalid, match="conclusion"):
            review.decide(
                case, findings="没有查", reasons="事实不清", basis="第三十二条", result="sent_back", by=found.first,
                at=server_now(),
            )  # fmt: skip
        opinion(case, found.first, "sent_back", conclusion="重新核对银行流水")
    case = fresh(case)
    assert (case.stage, case.unit, case.next_step) == (Stage.HANDLING, found.plant, "draft")
    assert clock(case, "redo").due_on == date(2026, 5, 1)  # a holiday: the office's own limit is not rolled
    assert Decision.objects.get(case=case).returned_at and Demand.objects.get(case=case).outcome == ""
    with server_time(after(3)):
        deciding.confirm(filing, by=world.filer, at=server_now())  # the opinion
        answer_again(found, case, "not_supported")
        assert clock(case, "redo").stopped_at
        deciding.confirm(filing, by=world.filer, at=server_now())
        right = review_rights.right_of(filing)
        assert (right.step_up, right.unit) == (1, world.refinery)


def test_no_opinion_counts_before_everybody_was_sent_it(world: World) -> None:
    found, case, _filing = asked(world)
    review.take_up(case, by=found.first, at=server_now())
    made.uphold(world, case, "refinery_reviewer")
    row = review.deliver(case, way="post", tracking_no="EMS1", by=found.first, at=server_now())[0]
    assert fresh(case).stage == Stage.DELIVERED and not Clock.objects.filter(rule="ask_final_review").exists()
    day = timezone.localtime(server_now()).date()
    deciding.record_receipt(case, received_on=day, delivery_id=row.pk, by=world.officer, at=server_now())
    assert clock(case, "ask_final_review").started_at.astimezone(timezone.get_default_timezone()).date() == day


# Behaviour 7


def test_behaviour_7_a_hearing_from_day_10_to_day_18_of_the_final_review_moves_its_date_by_that_time_alone(
    world: World,
) -> None:
    with server_time(START):
        found, case, _filing = in_final(world)
    before = clock(case, "final_review")
    assert before.unrolled_on == date(2026, 4, 1)
    with server_time(after(8)):
        announce(found, case, found.final, server_now())
    assert clock(case, "final_review").paused_at is None  # calling it stops nothing
    with server_time(after(10)):
        hearing.begin(case, by=found.final, at=server_now())
        with pytest.raises(Refused, match="hearing_goes_on"):
            made.uphold(world, case)
    with server_time(after(18)):
        hearing.end(case, **WHAT_WAS_HEARD, by=found.final, at=server_now())
    moved = clock(case, "final_review")
    assert (moved.paused_days, moved.unrolled_on, moved.paused_at) == (8, date(2026, 4, 9), None)
    told = issuing.fields_of(paper(case, "D16B"))
    assert told["days"] == "8" and issuing.fields_of(paper(case, "D16R"))["participants"] == ["本人", "三分厂"]
    with server_time(after(20)):
        made.uphold(world, case)
        assert "应当补查流水" in said(case, "D18D")


def test_a_hearing_in_the_first_review_moves_no_date(world: World) -> None:
    with server_time(START):
        found, case, _filing = asked(world)
        review.take_up(case, by=found.first, at=server_now())
        due = clock(case, "review").due_on
        announce(found, case, found.first, server_now())
    with server_time(after(1)):
        hearing.begin(case, by=found.first, at=server_now())
    with server_time(after(9)):
        hearing.end(case, **WHAT_WAS_HEARD, by=found.first, at=server_now())
    now = clock(case, "review")
    assert (now.due_on, now.paused_days) == (due, 0)
    assert "days" not in issuing.fields_of(paper(case, "D16B"))


def test_a_hearing_that_never_ends_is_told_and_can_be_called_off(world: World) -> None:
    with server_time(START):
        found, case, _filing = in_final(world)
        announce(found, case, found.final, server_now())
        hearing.begin(case, by=found.final, at=server_now())
    longest = clock(case, "hearing_longest")
    case = fresh(case)
    assert (longest.due_on, case.next_rule, case.next_due_on) == (date(2026, 4, 1), "hearing_longest", date(2026, 4, 1))
    with server_time(after(40)):
        hearing.call_off(case, reason="对方一直不到", by=found.final, at=server_now())
    assert clock(case, "final_review").paused_days == 40 and clock(case, "hearing_longest").stopped_at


def test_nobody_sits_in_a_hearing_who_took_part_before(world: World) -> None:
    found, case, _filing = in_final(world)
    people = [made.person(f"m{no}", Role.HANDLER, world.mine).user_id for no in range(2)]
    members = list(User.objects.filter(pk__in=[*people, found.handler.user_id]))
    how: dict[str, Any] = dict(held_at=server_now() + timedelta(days=3), place="会议室", points="流水")
    with pytest.raises(Invalid, match="member_took_part"):
        hearing.announce(case, members=members, **how, by=found.final, at=server_now())
    with pytest.raises(Invalid, match="members"):
        hearing.announce(case, members=members[:1], **how, by=found.final, at=server_now())
    announce(found, case, found.final, server_now())
    with pytest.raises(Refused, match="hearing_called"):
        hearing.announce(
            case,
            members=list(User.objects.filter(username__startswith="member")),
            **how,
            by=found.final,
            at=server_now(),
        )


# Behaviour 11


def ended(world: World) -> tuple[reviews.Chain, Case, Filing]:
    found, case, filing = in_final(world)
    made.uphold(world, case)
    review.deliver(case, way="portal", by=found.final, at=server_now())
    return found, case, filing


def test_behaviour_11_the_same_matter_after_the_final_review_is_answered_as_ended_with_new_facts_accepted(
    world: World,
) -> None:
    _found, case, filing = ended(world)
    assert fresh(case).next_step == "end"
    with pytest.raises(Refused, match="not_closable"):
        review.end(case, by=world.officer, at=server_now())  # not received yet
    deciding.confirm(filing, by=world.filer, at=server_now())
    with pytest.raises(Refused, match="三级终结"):
        closing.close(case, by=world.officer, at=server_now())
    review.end(case, by=world.officer, at=server_now())
    assert fresh(case).stage == Stage.ENDED
    with pytest.raises(Refused, match="ended_by_final"):
        review_rights.right_of(filing)

    same = reviews.again(world)
    repeated.no_longer(
        same, earlier=fresh(case).number or "", why_same="同三个月的工资，没有新材料", way="portal", by=world.officer,
        at=server_now(),
    )  # fmt: skip
    told = issuing.fields_of(paper(same, "D4"))
    numbers = [paper(case, kind).number for kind in ("D14", "D17D", "D18D")]
    assert [told["first_number"], told["review_number"], told["final_number"]] == numbers
    assert fresh(same).stage == Stage.NO_LONGER

    new = reviews.again(world)  # with new facts: as any other
    triage.accept(new, way="portal", by=world.officer, at=server_now())
    assert fresh(new).stage == Stage.ACCEPTED

    checkpoints.grow(server_now())
    report = verify()
    assert report.is_ok, list(report.findings)[:5]


def test_only_a_case_that_a_final_review_ended_can_be_named_as_ended(world: World) -> None:
    case, _filing = bring(world, Stage.CLOSED)
    with pytest.raises(Invalid, match="not_ended"):
        repeated.ended_case(world.officer, case.reference)
    with pytest.raises(Invalid, match="earlier"):
        repeated.ended_case(world.stranger, case.reference)
    same = reviews.again(world)
    assert repeated.ended_before(world.officer, same) == ""
    for wrong, code in ((case.reference, "not_ended"), ("", "which")):
        with pytest.raises(Invalid, match=code):
            repeated.no_longer(same, earlier=wrong, why_same="一样", way="portal", by=world.officer, at=server_now())


def outside(*numbers: str, days: tuple[int, int, int] = (1, 2, 3)) -> repeated.Opinions:
    first, second, third = (
        repeated.Opinion(number, "远山集团", date(2025, 3, day)) for number, day in zip(numbers, days, strict=True)
    )
    return repeated.Opinions(first, second, third)


def test_the_three_opinions_are_written_by_hand_only_where_the_system_has_none(world: World) -> None:
    _found, case, filing = ended(world)
    same, _filing = bring(world, Stage.REGISTERED)
    assert repeated.ended_before(world.officer, same) == fresh(case).number
    assert repeated.ended_before(world.stranger, same) == ""
    assert repeated.ended_case(world.officer, filing.reference) == (case, filing)
    ours = paper(case, "D18D").number or ""

    def answered(earlier: str = "", given: repeated.Opinions | None = None) -> None:
        repeated.no_longer(
            same, earlier=earlier, outside=given, why_same="同一笔工资", way="portal", by=world.officer, at=server_now()
        )

    for earlier, given, code in (
        (case.reference, outside("甲1号", "甲2号", "甲3号"), "which"),
        ("", outside("甲1号", "甲2号", ours), "in_the_system"),
        ("", outside("甲1号", "甲2号", "甲3号", days=(1, 3, 2)), "opinions"),
    ):
        with pytest.raises(Invalid, match=code):
            answered(earlier, given)
    answered(given=outside("甲1号", "甲2号", "甲3号"))
    told = issuing.fields_of(paper(same, "D4"))
    assert (told["final_number"], told["final_on"]) == ("甲3号", "2025-03-03")
    assert "甲3号" in Note.objects.filter(case=same).latest("pk").text and fresh(same).stage == Stage.NO_LONGER
