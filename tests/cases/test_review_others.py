"""Reviews by an organ outside, agreements, and hearings while a case is handled."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from huiyin.cases import (
    closing,
    deciding,
    hearing,
    mediation,
    review,
    review_outside,
)
from huiyin.cases.models import Case, Demand, Review, ReviewRequest, Stage
from huiyin.kernel.errors import DomainError, Forbidden, Invalid, Refused
from huiyin.notices.models import Notice
from huiyin.org.permissions import Role
from huiyin.papers import issuing
from huiyin.papers.models import Delivery
from huiyin.trail import checkpoints
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import reviews
from tests.cases import world as made
from tests.cases.reviews import (
    START,
    WHAT_WAS_HEARD,
    after,
    announce,
    asked,
    clock,
    fresh,
    opinion,
    paper,
    said,
)
from tests.cases.world import World, bring, scan


def test_where_nobody_is_above_the_organ_outside_reviews_and_its_opinion_is_entered(world: World) -> None:
    with server_time(START):
        case, filing = bring(world, Stage.REVIEWED)  # the group reviewed the refinery
        review.deliver(case, way="portal", by=world.reviewer, at=server_now())
        deciding.confirm(filing, by=world.filer, at=server_now())
        review.request(filing, grounds="不服复查", by=world.filer, at=server_now())
    case = fresh(case)
    assert (case.review_unit, case.next_step, case.next_role) == (None, "pass_on_review", Role.OFFICER)
    with server_time(after(1)):
        for act in (review.take_up, review.move):
            with pytest.raises(DomainError):
                act(case, by=world.officer, at=server_now())
        sent = review_outside.pass_on(case, by=world.officer, at=server_now())
        assert "国有资产监督管理机构" in str(issuing.fields_of(sent)["addressee"])
    given: dict[str, Any] = dict(
        result="changed", number="国资复核〔2026〕3号", decided_on=date(2026, 3, 20), text="应当补足四个月。"
    )
    with server_time(after(25)):
        with pytest.raises(Invalid, match="files"):
            review_outside.enter(case, **given, received_on=date(2026, 3, 25), by=world.officer, at=server_now())
        with pytest.raises(Invalid, match="received_on"):
            review_outside.enter(case, **given, uploads=[scan()], by=world.officer, at=server_now())
        with pytest.raises(Invalid, match="decided_on"):
            review_outside.enter(
                case, **given | {"decided_on": date(2026, 3, 26)}, received_on=date(2026, 3, 25), uploads=[scan()],
                by=world.officer, at=server_now(),
            )  # fmt: skip
        review_outside.enter(
            case, **given, received_on=date(2026, 3, 25), changes=[review.Change(1, "explained")], uploads=[scan()],
            by=world.officer, at=server_now(),
        )  # fmt: skip
    case = fresh(case)
    assert (case.stage, case.next_step, Demand.objects.get(case=case).outcome) == (Stage.DELIVERED, "end", "explained")
    checkpoints.grow(server_now())
    assert verify().is_ok


@pytest.mark.parametrize("result, stage", [("sent_back", Stage.HANDLING), ("refused", Stage.DELIVERED)])
def test_the_organ_outside_may_send_back_or_refuse(world: World, result: str, stage: Stage) -> None:
    case, filing = bring(world, Stage.REVIEWED)
    review.deliver(case, way="portal", by=world.reviewer, at=server_now())
    deciding.confirm(filing, by=world.filer, at=server_now())
    review.request(filing, grounds="不服复查", by=world.filer, at=server_now())
    review_outside.pass_on(case, by=world.officer, at=server_now())
    made.outside_upholds(world, case, result)
    assert fresh(case).stage == stage
    assert (clock(case, "redo").stopped_at is None) if result == "sent_back" else fresh(case).next_step == "execute"


# Mediation


def settle(world: World, case: Case, **more: object) -> None:
    day = timezone.localtime(server_now()).date()
    given: dict[str, Any] = dict(
        facts="欠三个月。",
        terms="月底前付清\n不再追究利息",
        carried_out_by_on=day + timedelta(days=20),
        uploads=[scan()],
    )
    mediation.settle(case, **given | more, by=world.handler, at=server_now())


def test_an_agreement_stands_for_the_decision_and_is_closed_once_it_is_carried_out(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    with pytest.raises(Refused, match="no_mediation"):
        settle(world, case)
    mediation.begin(case, way="mediation", consent="双方都同意。", by=world.handler, at=server_now())
    with pytest.raises(Invalid, match="files"):
        settle(world, case, uploads=[])
    settle(world, case)
    assert "月底前付清" in said(case, "D15") and "王小明同志" in said(case, "D15")
    case = fresh(case)
    assert (case.stage, case.next_step, Demand.objects.get(case=case).outcome) == (
        Stage.DELIVERED,
        "execute",
        "settled",
    )
    assert clock(case, "decision").stopped_at
    closing.rate(filing, office="satisfied", unit="satisfied", is_solved=True, by=world.filer, at=server_now())
    with pytest.raises(Refused, match="还没有登记落实"):
        closing.close(case, by=world.officer, at=server_now())
    deciding.execute(case, demand_no=1, text="已付清", by=world.handler, at=server_now())
    closing.close(case, by=world.officer, at=server_now())
    with pytest.raises(Refused, match="no_decision"):
        review.request(filing, grounds="反悔", by=world.filer, at=server_now())
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_an_agreement_in_a_review_ends_the_review(world: World) -> None:
    found, case, filing = asked(world)
    review.take_up(case, by=found.first, at=server_now())
    with pytest.raises(Forbidden):
        mediation.begin(case, way="settlement", consent="双方愿意", by=found.handler, at=server_now())
    mediation.begin(case, way="settlement", consent="双方愿意", by=found.first, at=server_now())
    day = timezone.localtime(server_now()).date()
    mediation.settle(
        case, facts="欠", terms="付清", carried_out_by_on=day, uploads=[scan()], by=found.first, at=server_now()
    )
    assert Review.objects.get().result == "settled" and fresh(case).stage == Stage.DELIVERED
    with pytest.raises(Refused, match="settled"):
        review.request(filing, grounds="反悔", by=world.filer, at=server_now())


def test_a_mediation_without_agreement_leaves_the_way_open(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    mediation.begin(case, way="mediation", consent="双方同意", by=world.handler, at=server_now())
    with pytest.raises(Refused, match="mediation_goes_on"):
        mediation.begin(case, way="mediation", consent="双方同意", by=world.handler, at=server_now())
    mediation.end(case, reason="金额谈不拢", by=world.handler, at=server_now())
    made.draft(world, case)
    assert fresh(case).stage == Stage.DRAFTED


def test_a_hearing_while_the_case_is_handled(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    found = reviews.chain(world)
    announce(found, case, world.handler, server_now())
    assert Delivery.objects.filter(paper=paper(case, "D16")).exists()
    hearing.begin(case, by=world.handler, at=server_now())
    made.draft(world, case)
    hearing.end(case, **WHAT_WAS_HEARD, by=world.handler, at=server_now())
    assert paper(case, "D16B").sealed_at and clock(case, "decision").paused_days == 0


def test_no_notice_of_a_review_carries_its_grounds(world: World) -> None:
    found, _case, _filing = asked(world)
    told = Notice.objects.filter(code="review_asked")
    assert [row.to_id for row in told] == [found.first.user_id]
    assert not any("工资表" in str(row.facts) for row in Notice.objects.all())


def test_the_events_of_a_review_hold_no_words(world: World) -> None:
    found, case, _filing = asked(world)
    opinion(case, found.first)
    bodies = b"".join(bytes(row.canonical) for row in Event.objects.filter(subject=case.subject_id))
    assert "工资表是后来补的".encode() not in bodies and "银行流水".encode() not in bodies
    assert ReviewRequest.objects.get().grounds == "工资表是后来补的。"
