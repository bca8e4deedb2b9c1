"""Filings joined into a case live fully: own papers, proof, limits, questions, rating; and see nothing of one another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import localtime

from huiyin.cases import (
    closing,
    deciding,
    handling,
    intake,
    joining,
    letters,
    sealed,
    search,
    timeline,
    together,
    triage,
)
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Copy, Filing, Note, Party, Rating, Stage
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Employee
from huiyin.kernel.errors import Invalid, NotFound, Refused
from huiyin.papers import issuing
from huiyin.papers.models import Delivery, Paper
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World, bring, step_into

HER_TEXT = "我是机修班的李秀英，四个月没有发工资，孩子等着交学费。"
HER_DEMAND = "把欠李秀英的四个月工资补上"
HIS_NAME, HER_NAME = "王小明", "李秀英"
GRADES = {"office": "satisfied", "unit": "not", "is_solved": True}


def hers(world: World, *, identity: str = "named", consents: bool = True, text: str = HER_TEXT) -> Filing:
    """A second person's filing about the same matter."""
    how = Circumstances(consents_to_portal=consents)
    person = Person(name=HER_NAME, phone="13912345678")
    words = Words(text, [HER_DEMAND])
    return intake.receive(words, identity=identity, person=person, how=how, by=Employee(), at=server_now()).filing


def together_at(world: World, stage: Stage, *, consents: bool = True) -> tuple[Case, Filing, Filing]:
    """His case in this stage, hers joined while it was registered."""
    case, his = bring(world, Stage.REGISTERED)
    mine = hers(world, consents=consents)
    joining.join(mine.case, into=case, reason="同一车间同一件事", by=world.officer, at=server_now())
    for reached in made.ORDER[2 : made.ORDER.index(stage) + 1]:
        step_into(world, case, his, reached)
    mine.refresh_from_db()
    return case, his, mine


def she(filing: Filing) -> Employee:
    return Employee(filing_id=filing.pk)


def paper_of(filing: Filing, kind: str) -> Paper:
    return Paper.objects.select_related("subject__key", "unit").get(kind=kind, copy__filing=filing)


def copy_of(filing: Filing) -> int:
    return Copy.objects.get(filing=filing, paper__kind="D14").pk


def words_of(paper: Paper) -> str:
    return str(issuing.fields_of(paper))


@pytest.mark.parametrize("kind", ["D2", "D14"])
def test_each_filer_gets_an_own_paper_that_names_nobody_else(world: World, kind: str) -> None:
    _case, his, mine = together_at(world, Stage.DELIVERED)
    to_him, to_her = words_of(paper_of(his, kind)), words_of(paper_of(mine, kind))
    assert f"{HIS_NAME}同志" in to_him and HER_NAME not in to_him and HER_DEMAND not in to_him
    assert f"{HER_NAME}同志" in to_her and HER_DEMAND in to_her
    assert HIS_NAME not in to_her and made.DEMAND not in to_her and "财务科" not in to_her
    assert Delivery.objects.filter(paper__kind=kind).count() == 2


def test_what_an_officer_writes_for_all_has_the_names_of_the_others_cut(world: World) -> None:
    case, his, mine = together_at(world, Stage.HANDLING)
    answer = deciding.Answer(
        1, "王小明（13812345678）和李秀英都被拖欠。", "《劳动合同法》", "supported", "补发给王小明"
    )
    deciding.draft(case, findings="王小明、李秀英情况属实。", answers=[answer], by=world.handler, at=server_now())
    step_into(world, case, his, Stage.APPROVED)
    step_into(world, case, his, Stage.DECIDED)
    to_her, to_him = words_of(paper_of(mine, "D14")), words_of(paper_of(his, "D14"))
    assert HIS_NAME not in to_her and "13812345678" not in to_her and HER_NAME in to_her
    assert HER_NAME not in to_him and HIS_NAME in to_him and letters.OTHER_PERSON in to_him


def test_without_the_cut_the_name_would_stand_there(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huiyin.cases.letters.search.without_names", lambda text, names, **more: text)
    case, _his, mine = together_at(world, Stage.HANDLING)
    asked = handling.request_extension(case, days=5, reason="王小明的账难查", by=world.handler, at=server_now())
    handling.decide_extension(asked, is_approved=True, by=world.head, at=server_now())
    assert HIS_NAME in words_of(paper_of(mine, "D13"))


def test_the_extension_is_told_to_each(world: World) -> None:
    case, his, mine = together_at(world, Stage.HANDLING)
    asked = handling.request_extension(case, days=5, reason="王小明的账难查", by=world.handler, at=server_now())
    handling.decide_extension(asked, is_approved=True, by=world.head, at=server_now())
    assert HIS_NAME not in words_of(paper_of(mine, "D13")) and HIS_NAME in words_of(paper_of(his, "D13"))


def test_several_requests_are_numbered_to_a_joined_filer_never_quoted(world: World) -> None:
    case, his = bring(world, Stage.RECEIVED)
    intake.register(case, matter="拖欠工资", demands=["补发三个月", "道歉"], by=world.officer, at=server_now())
    step_into(world, case, his, Stage.ACCEPTED)
    mine = hers(world)
    joining.join(mine.case, into=case, reason="同一件事", by=world.officer, at=server_now())
    step_into(world, case, his, Stage.ASSIGNED)
    step_into(world, case, his, Stage.HANDLING)
    answers = [deciding.Answer(no, "属实", "法", "explained") for no in (1, 2)]
    deciding.draft(case, findings="属实。", answers=answers, by=world.handler, at=server_now())
    step_into(world, case, his, Stage.APPROVED)
    step_into(world, case, his, Stage.DECIDED)
    fields = issuing.fields_of(paper_of(mine, "D14"))
    assert fields["own_requests"] == [HER_DEMAND]
    assert [row["demand"] for row in fields["answers"]] == ["合并办理后的第1项请求", "合并办理后的第2项请求"]  # type: ignore[index]
    assert "own_requests" not in issuing.fields_of(paper_of(his, "D14"))


def test_the_review_limit_starts_for_each_on_the_own_receipt(world: World) -> None:
    case, his, mine = together_at(world, Stage.DELIVERED)
    deciding.confirm(mine, by=she(mine), at=server_now())
    limits = Clock.objects.filter(subject=case.subject, rule="ask_review")
    assert [clock.whose for clock in limits] == [copy_of(mine)]
    with server_time(server_now() + timedelta(days=3)):
        deciding.confirm(his, by=world.filer, at=server_now())
    days = {clock.whose: clock.unrolled_on for clock in limits.all()}
    assert (days[copy_of(his)] - days[copy_of(mine)]).days == 3
    assert Paper.objects.filter(subject=case.subject, kind="D19").count() == 2


def test_the_sixty_days_stop_when_the_last_has_been_sent_it(world: World) -> None:
    case, his, mine = together_at(world, Stage.DECIDED, consents=False)
    deciding.deliver(case, way="portal", by=world.officer, at=server_now())
    running = Clock.objects.filter(subject=case.subject, rule="decision", stopped_at=None)
    case.refresh_from_db()
    assert (case.stage, running.count()) == (Stage.DECIDED, 1)
    deciding.confirm(his, by=world.filer, at=server_now())  # who has it does not wait for the others
    closing.rate(his, **GRADES, by=world.filer, at=server_now())  # type: ignore[arg-type]
    to = [paper_of(mine, "D14").reference]
    deciding.deliver(case, way="hand", to=to, by=world.officer, at=server_now())
    case.refresh_from_db()
    assert (case.stage, running.count()) == (Stage.DELIVERED, 0)
    assert Clock.objects.filter(subject=case.subject, rule="ask_review").count() == 2


def test_mail_goes_one_by_one_with_an_own_number(world: World) -> None:
    case, his, mine = together_at(world, Stage.DECIDED)
    both = [paper_of(his, "D14").reference, paper_of(mine, "D14").reference]
    with pytest.raises(Invalid):
        deciding.deliver(case, way="post", to=both, tracking_no="EX1", by=world.officer, at=server_now())
    for no, reference in enumerate(both):
        deciding.deliver(case, way="post", to=[reference], tracking_no=f"EX{no}", by=world.officer, at=server_now())
    with pytest.raises(Invalid):  # which one arrived?
        deciding.record_receipt(case, received_on=localtime(server_now()).date(), by=world.officer, at=server_now())
    row = Delivery.objects.get(tracking_no="EX1")
    deciding.record_receipt(
        case, received_on=localtime(server_now()).date(), delivery_id=row.pk, by=world.officer, at=server_now()
    )
    assert Clock.objects.get(subject=case.subject, rule="ask_review").whose == copy_of(mine)


def test_what_stayed_unconfirmed_can_be_delivered_another_way(world: World) -> None:
    case, _his, mine = together_at(world, Stage.DELIVERED)
    to = [paper_of(mine, "D14").reference]
    sent = deciding.deliver(case, way="hand", to=to, by=world.officer, at=server_now())
    assert sent[0].received_on and Copy.objects.get(paper=sent[0].paper).filing == mine
    with pytest.raises(Refused):
        deciding.deliver(case, way="hand", to=to, by=world.officer, at=server_now())


def test_closing_waits_for_every_receipt_and_every_rating_or_fifteen_days(world: World) -> None:
    case, his, mine = together_at(world, Stage.DELIVERED)
    deciding.execute(case, demand_no=1, text="已补发", by=world.handler, at=server_now())
    deciding.confirm(his, by=world.filer, at=server_now())
    closing.rate(his, **GRADES, by=world.filer, at=server_now())  # type: ignore[arg-type]
    blocking = closing.obstacles(case, server_now())
    assert len(blocking) == 2 and mine.reference in blocking[0] and his.reference not in blocking[0]
    assert HER_NAME not in blocking[0]
    deciding.confirm(mine, by=she(mine), at=server_now())
    assert len(closing.obstacles(case, server_now())) == 1
    with server_time(server_now() + timedelta(days=16)):
        assert closing.obstacles(case, server_now()) == []
    closing.rate(mine, **GRADES, by=she(mine), at=server_now())  # type: ignore[arg-type]
    closing.close(case, by=world.officer, at=server_now())


def test_each_filing_is_rated_once_after_its_own_receipt(world: World) -> None:
    case, his, mine = together_at(world, Stage.DELIVERED)
    deciding.confirm(his, by=world.filer, at=server_now())
    with pytest.raises(Refused):
        closing.rate(mine, **GRADES, by=she(mine), at=server_now())  # type: ignore[arg-type]
    deciding.confirm(mine, by=she(mine), at=server_now())
    closing.rate(mine, **GRADES, by=she(mine), at=server_now())  # type: ignore[arg-type]
    with pytest.raises(Refused):
        closing.rate(mine, **GRADES, by=she(mine), at=server_now())  # type: ignore[arg-type]
    closing.rate(his, **GRADES, by=world.filer, at=server_now())  # type: ignore[arg-type]
    assert set(Rating.objects.filter(case=case).values_list("filing", flat=True)) == {his.pk, mine.pk}


def test_a_question_is_answered_by_whom_it_was_put_to(world: World) -> None:
    case, his, mine = together_at(world, Stage.HANDLING)
    with pytest.raises(Invalid):
        handling.ask(case, question="哪家银行？", by=world.handler, at=server_now())
    question = handling.ask(case, question="哪家银行？", to=[mine.reference], by=world.handler, at=server_now())
    with pytest.raises(NotFound):
        handling.answer(question, his, text="工行", by=world.filer, at=server_now())
    handling.answer(question, mine, text="建行", by=she(mine), at=server_now())
    assert Note.objects.get(kind=Note.Kind.ANSWER).case_id == case.pk


def test_the_record_of_one_filing_says_nothing_of_the_others(world: World) -> None:
    case, his, mine = together_at(world, Stage.HANDLING)
    handling.add(his, text="他的补充", by=world.filer, at=server_now())
    handling.contact(case, way="phone", told="进展", to=[his.reference], by=world.handler, at=server_now())
    his_lines = [entry.code for entry in timeline.for_employee(his)]
    her_lines = [entry.code for entry in timeline.for_employee(mine)]
    assert "add" in his_lines and "contact" in his_lines
    assert not {"add", "contact", "register"} & set(her_lines) and {"receive", "join", "accept"} <= set(her_lines)
    assert her_lines.count("receive") == 1
    assert all(case.number not in entry.sentence for entry in timeline.for_employee(mine) if case.number)


def test_the_case_goes_on_while_another_filing_stands(world: World) -> None:
    case, his, mine = together_at(world, Stage.HANDLING)
    closing.withdraw(mine, reason="想通了", by=she(mine), at=server_now())
    case.refresh_from_db()
    mine.refresh_from_db()
    assert case.stage == Stage.HANDLING and mine.withdrawn_at
    for act in (
        lambda: handling.add(mine, text="x", by=she(mine), at=server_now()),
        lambda: closing.withdraw(mine, by=she(mine), at=server_now()),
    ):
        with pytest.raises(Refused):
            act()
    step_into(world, case, his, Stage.DRAFTED)
    step_into(world, case, his, Stage.APPROVED)
    step_into(world, case, his, Stage.DECIDED)
    assert not Paper.objects.filter(kind="D14", copy__filing=mine).exists()
    checkpoints.grow(server_now())
    report = verify()
    assert report.is_ok, list(report.findings)[:5]


@pytest.mark.parametrize("first", ["his", "hers"])
def test_the_case_is_withdrawn_with_the_last_filing(world: World, first: str) -> None:
    case, his, mine = together_at(world, Stage.HANDLING)
    order = [(his, world.filer), (mine, she(mine))]
    for filing, by in order if first == "his" else order[::-1]:
        closing.withdraw(filing, by=by, at=server_now())
    case.refresh_from_db()
    assert case.stage == Stage.WITHDRAWN
    checkpoints.grow(server_now())
    report = verify()
    assert report.is_ok, list(report.findings)[:5]


def test_a_withdrawn_row_behind_the_programs_back_is_found(world: World) -> None:
    _case, _his, mine = together_at(world, Stage.HANDLING)
    checkpoints.grow(server_now())
    Filing.objects.filter(pk=mine.pk).update(withdrawn_at=server_now())
    assert not verify().is_ok


@pytest.mark.parametrize("change", ["copy", "whose"])
def test_whose_paper_or_limit_it_is_stands_in_the_record(world: World, change: str) -> None:
    _case, his, mine = together_at(world, Stage.DELIVERED)
    deciding.confirm(mine, by=she(mine), at=server_now())
    checkpoints.grow(server_now())
    assert verify().is_ok
    if change == "copy":
        Copy.objects.filter(filing=mine, paper__kind="D14").update(filing=his)
    else:
        Clock.objects.filter(rule="ask_review").update(whose=copy_of(his))
    assert not verify().is_ok


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.HANDLING, Stage.DRAFTED, Stage.APPROVED])
def test_who_joins_after_the_notice_gets_an_own_one(world: World, stage: Stage) -> None:
    case, _his = bring(world, stage)
    mine = hers(world)
    joining.join(mine.case, into=case, reason="同一件事", by=world.officer, at=server_now())
    notice = paper_of(mine, "D2")
    assert HER_DEMAND in words_of(notice) and HIS_NAME not in words_of(notice)
    assert notice.deliveries.get().way == "portal"


def test_who_joins_after_the_delivery_gets_the_decision_and_time_to_rate(world: World) -> None:
    case, his = bring(world, Stage.DELIVERED)
    deciding.confirm(his, by=world.filer, at=server_now())
    with server_time(server_now() + timedelta(days=10)):
        mine = hers(world)
        joining.join(mine.case, into=case, reason="同一件事", by=world.officer, at=server_now())
        copy = paper_of(mine, "D14")
        assert not copy.deliveries.exists() and HIS_NAME not in words_of(copy)
        assert any(mine.reference in sentence for sentence in closing.obstacles(case, server_now()))
        deciding.deliver(case, way="portal", to=[copy.reference], by=world.officer, at=server_now())
        window = Clock.objects.get(subject=case.subject, rule="rating_window", stopped_at=None)
        assert (window.due_on - localtime(server_now()).date()).days >= 14
        deciding.confirm(mine, by=she(mine), at=server_now())
        closing.rate(mine, **GRADES, by=she(mine), at=server_now())  # type: ignore[arg-type]
        checkpoints.grow(server_now())
        report = verify()
    assert report.is_ok, list(report.findings)[:5]


def test_each_representative_gets_an_own_paper_by_hand(world: World) -> None:
    how = Circumstances(channel="visit", headcount=9, representatives=[Person(name="赵一平"), Person(name="钱二喜")])
    words = Words("九个人都没有发工资。", ["补发"])
    person = Person(name=HER_NAME)
    got = intake.receive(words, identity="named", person=person, how=how, by=world.officer, at=server_now())
    step_into(world, got.case, got.filing, Stage.REGISTERED)
    triage.classify(got.case, classification="claim", branch=6, by=world.officer, at=server_now())
    triage.accept(got.case, way="hand", by=world.officer, at=server_now())
    names = [issuing.fields_of(paper)["addressee"] for paper in Paper.objects.filter(kind="D2").order_by("pk")]
    assert names == ["李秀英同志", "赵一平同志", "钱二喜同志"]
    assert Delivery.objects.filter(paper__kind="D2", received_on__isnull=False).count() == 3


def test_what_was_joined_goes_into_the_sealed_lane_along(world: World) -> None:
    case, _his, mine = together_at(world, Stage.HANDLING)
    triage.seal_lane(case, by=world.officer, at=server_now())
    joined = Case.objects.get(pk=mine.case_id)
    row = Filing.objects.select_related("case__subject__key").get(pk=mine.pk)
    assert joined.is_sealed and joined.matter == "" and row.text == "" and sealed.text_of(row) == HER_TEXT
    texts = closing.read_report(case, by=world.inspector, at=server_now())
    assert HER_TEXT in texts
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_a_joined_filing_of_an_employee_is_not_voided_with_a_wrong_entry(world: World) -> None:
    how = Circumstances(channel="phone")
    words = Words(made.TEXT, [made.DEMAND])
    call = intake.receive(words, identity="anonymous", how=how, by=world.officer, at=server_now())
    mine = hers(world)
    joining.join(mine.case, into=call.case, reason="同一件事", by=world.officer, at=server_now())
    with pytest.raises(Refused):
        closing.void(call.case, reason="登记错了", by=world.officer, at=server_now())


def test_filings_joined_at_any_distance_stand_together(world: World) -> None:
    case, his = bring(world, Stage.REGISTERED)
    middle, far = hers(world), hers(world, text="再说一次：" + HER_TEXT)
    joining.join(far.case, into=middle.case, reason="同一件事", by=world.officer, at=server_now())
    joining.join(middle.case, into=case, reason="同一件事", by=world.officer, at=server_now())
    assert set(together.standing(case)) == {his, middle, far}
    step_into(world, case, his, Stage.ACCEPTED)
    assert Copy.objects.filter(paper__kind="D2").count() == 3
    assert together.leading(Case.objects.get(pk=far.case_id)) == case


def test_the_whole_way_of_two_together_verifies(world: World) -> None:
    case, his, mine = together_at(world, Stage.HANDLING)
    handling.contact(
        case, way="phone", told="进展", to=[his.reference, mine.reference], by=world.handler, at=server_now()
    )
    for stage in (Stage.DRAFTED, Stage.APPROVED, Stage.DECIDED, Stage.DELIVERED):
        step_into(world, case, his, stage)
    deciding.confirm(mine, by=she(mine), at=server_now())
    closing.rate(mine, **GRADES, by=she(mine), at=server_now())  # type: ignore[arg-type]
    step_into(world, case, his, Stage.CLOSED)
    assert Party.objects.count() == 2
    checkpoints.grow(server_now())
    report = verify()
    assert report.is_ok, list(report.findings)[:5]


def test_two_accepted_cases_join_and_both_numbers_lead_to_the_one_that_goes_on(world: World) -> None:
    older, _his = bring(world, Stage.ACCEPTED)
    newer, _other = bring(world, Stage.ACCEPTED, text=HER_TEXT)
    numbers = older.number, newer.number
    joining.join(newer, into=older, reason="同一车间同一件事", by=world.officer, at=server_now())
    newer.refresh_from_db()
    older.refresh_from_db()
    assert (newer.stage, newer.number, older.number) == (Stage.JOINED, numbers[1], numbers[0])
    today = localtime(server_now()).date()
    for number in (*numbers, newer.reference):
        found = [*search.page(world.officer, search.Filters(text=str(number)), today=today)]
        assert older in found, number
    running = Clock.objects.filter(subject=newer.subject, stopped_at=None)
    assert set(running.values_list("rule", flat=True)) == set()
    assert Clock.objects.filter(subject=older.subject, stopped_at=None).exists()
    assert [found.case for found in joining.find_alike(HER_TEXT, by=world.officer)] == [older]
    told = Paper.objects.filter(kind="D2")  # her own acceptance stays; she is told that of the older one as well
    assert (told.filter(copy__filing__case=older).count(), told.filter(copy__filing__case=newer).count()) == (1, 2)
    assert verify().is_ok
