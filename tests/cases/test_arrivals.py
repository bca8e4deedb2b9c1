from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import localtime

from huiyin.cases import arrivals, identity, intake, lifecycle, search, timeline, triage
from huiyin.cases.arrivals import Details
from huiyin.cases.models import Arrival, Case, Dictation, Filing, FromAbove, Instruction, Stage
from huiyin.clocks import calendars, running
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import DomainError, Forbidden, Invalid, Refused
from huiyin.papers.models import Paper
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.channels import from_above, instructed, take_in, today
from tests.cases.world import World, step_into


@pytest.mark.parametrize(
    ("channel", "details"),
    [
        ("letter", Details(tracking_no="EA123456789CN")),
        ("fax", Details()),
        ("phone", Details(caller="010-88886666")),
        ("visit", Details(place="信访接待室")),
        ("above", from_above()),
        ("instruction", instructed()),
    ],
)
def test_every_channel_is_taken_in_and_proves_itself(world: World, channel: str, details: Details) -> None:
    received = take_in(world, channel, details=details)
    assert received.filing.channel == channel
    assert verify().findings == []
    assert timeline.for_staff(received.case)[0].sentence.endswith(f"（{received.filing.get_channel_display()}）")


def test_a_changed_limit_from_above_is_found(world: World) -> None:
    sent = arrivals.from_above(take_in(world, "above", details=from_above()).case)
    assert sent is not None
    FromAbove.objects.filter(pk=sent.pk).update(answer_by=today() + timedelta(days=90))
    assert verify().findings != []


@pytest.mark.parametrize(
    ("channel", "details", "field"),
    [
        ("letter", Details(sender="市信访局"), "sender"),
        ("visit", Details(caller="13812345678"), "caller"),
        ("above", from_above(sender=" "), "sender"),
        ("above", from_above(task=""), "task"),
        ("above", from_above(sent_on=today() + timedelta(days=1)), "sent_on"),
        ("above", from_above(sent_on=today(), answer_by=today() - timedelta(days=1)), "answer_by"),
        ("instruction", instructed(leader_name=""), "leader_name"),
        ("instruction", instructed(instruction=""), "instruction"),
        ("instruction", instructed(given_on=None), "given_on"),
        ("instruction", instructed(given_on=today() + timedelta(days=2)), "given_on"),
        ("visit", Details(read_back="refused"), "refusal"),
        ("phone", Details(caller="12"), "caller"),
        ("letter", Details(scan_hash="nothing"), "text"),
    ],
)
def test_details_that_are_missing_contradict_or_are_anothers_name_their_field(
    world: World, channel: str, details: Details, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        take_in(world, channel, details=details)
    assert refusal.value.field == field
    assert Filing.objects.count() == 0


def test_a_postmark_after_the_arrival_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refusal:
        take_in(world, "letter", days_ago=3, postmark_on=today())
    assert refusal.value.field == "postmark_on"


def test_a_callers_number_is_sealed_with_the_identity_and_never_kept_of_an_anonymous_call(world: World) -> None:
    case = take_in(world, "phone", details=Details(caller="13900001111")).case
    assert "13900001111" not in str(Filing.objects.values()) + str(Arrival.objects.values())
    opened = identity.open_identity(case, purpose="contact", by=world.officer, at=server_now())
    assert opened[0]["caller"] == "13900001111"
    with pytest.raises(Invalid) as refusal:
        take_in(world, "phone", identity="anonymous", details=Details(caller="13900001111"))
    assert refusal.value.field == "caller"


def test_a_report_with_an_instruction_keeps_its_words_sealed(world: World) -> None:
    received = intake.receive(
        intake.Words("举报有人吃空饷。", ["查处"], said="report"),
        identity="anonymous",
        how=intake.Circumstances(channel="instruction", details=instructed(instruction="请纪检核查吃空饷。")),
        by=world.officer,
        at=server_now(),
    )
    assert received.case.is_sealed
    given = Instruction.objects.get()
    assert (given.text, given.sealed is None) == ("", False)
    assert verify().findings == []


def test_an_order_from_above_is_due_on_the_day_it_names(world: World) -> None:
    due = today() + timedelta(days=4)
    case = take_in(world, "above", details=from_above(answer_by=due)).case
    clock = Clock.objects.get(subject=case.subject, rule="answer_above")
    assert clock.due_on == due
    assert running.due_of(clock, calendars.current()).due == due  # counted anew it stays
    assert (case.next_due_on, case.next_rule) == (due, "answer_above")


def test_a_limit_from_above_that_has_lapsed_is_missed_at_once(world: World) -> None:
    case = take_in(world, "above", details=from_above(answer_by=today() - timedelta(days=2))).case
    assert case.next_due_on == today() - timedelta(days=2)
    assert verify().findings == []


def test_a_transfer_without_a_date_has_no_limit_to_answer(world: World) -> None:
    case = take_in(world, "above", details=from_above(task="transfer", answer_by=None)).case
    assert not Clock.objects.filter(subject=case.subject, rule="answer_above").exists()


def test_the_answer_to_the_organ_above_is_recorded_once_and_ends_its_limit(world: World) -> None:
    case = take_in(world, "above", details=from_above()).case
    sent = arrivals.from_above(case)
    assert sent is not None
    for number, on, field in (("", today(), "number"), ("8号", today() + timedelta(days=1), "answered_on")):
        with pytest.raises(Invalid) as refusal:
            arrivals.answer_above(sent, number=number, answered_on=on, by=world.officer, at=server_now())
        assert refusal.value.field == field
    arrivals.answer_above(sent, number="信报〔2026〕3号", answered_on=today(), by=world.officer, at=server_now())
    clock = Clock.objects.get(subject=case.subject, rule="answer_above")
    assert clock.stopped_at is not None
    with pytest.raises(Refused):
        arrivals.answer_above(sent, number="4号", answered_on=today(), by=world.officer, at=server_now())
    assert verify().findings == []


def test_the_answer_is_owed_beyond_the_end_of_the_case(world: World) -> None:
    case = take_in(world, "above", details=from_above(), consents_to_portal=True).case
    step_into(world, case, case.filings.get(), Stage.REGISTERED)
    triage.decline(
        case, reason="不属于本单位", article="《信访工作条例》第二十三条", right_organ="市医保局", way="portal",
        by=world.officer, at=server_now(),
    )  # fmt: skip
    assert Clock.objects.get(subject=case.subject, rule="answer_above").stopped_at is None
    assert "answer_above" in offers(world, case)
    sent = arrivals.from_above(case)
    assert sent is not None
    arrivals.answer_above(sent, number="3号", answered_on=today(), by=world.officer, at=server_now())
    assert case.stage == Stage.DECLINED


def objected(world: World, days: int) -> FromAbove:
    sent = arrivals.from_above(take_in(world, "above", details=from_above()).case)
    assert sent is not None
    with server_time(server_now() + timedelta(days=days)):
        return arrivals.object_above(
            sent, reason="社保由市人社局管理。", proposed_unit="市人社局", by=world.officer, at=server_now()
        )


def test_an_objection_to_the_organ_above_is_a_paper_to_it_and_to_nobody_else(world: World) -> None:
    row = objected(world, 0)
    paper = Paper.objects.get(kind="D9")
    assert (row.is_objection_late, paper.number is not None) == (False, True)
    assert not hasattr(paper, "copy")
    assert row.case.stage == Stage.RECEIVED  # the duty stays until the sender agrees
    assert verify().findings == []


def test_an_objection_after_five_working_days_is_recorded_and_flagged(world: World) -> None:
    assert objected(world, 20).is_objection_late


def test_an_instruction_starts_its_limit(world: World) -> None:
    case = take_in(world, "instruction", details=instructed(leader=world.chief.user_id, leader_name="")).case
    assert Instruction.objects.get(case=case).leader_name == "chief"
    clock = Clock.objects.get(subject=case.subject, rule="instruction")
    assert (clock.due_on - localtime(clock.started_at).date()).days == 7
    given = Instruction.objects.get(case=case)
    with pytest.raises(Invalid):
        arrivals.report_instruction(given, reported_on=today() + timedelta(days=1), by=world.officer, at=server_now())
    arrivals.report_instruction(given, reported_on=today(), by=world.officer, at=server_now())
    clock.refresh_from_db()
    assert clock.stopped_at is not None
    assert verify().findings == []


def offers(world: World, case: Case) -> dict[str, str]:
    filing = arrivals.own_filing(case)
    assert filing is not None
    return arrivals.offered(case, filing, world.officer)


def to_do(world: World) -> list[str]:
    return [item.kind for item in search.my_work(world.officer, today=today()) if item.kind == "read_back"]


@pytest.mark.parametrize("channel", ["phone", "visit"])
def test_dictated_words_stay_to_do_until_they_are_read_back(world: World, channel: str) -> None:
    case = take_in(world, channel).case
    assert to_do(world) == ["read_back"]
    row = arrivals.to_read_back(case).get()
    with pytest.raises(Invalid):
        arrivals.read_back(row, way="refused", by=world.officer, at=server_now())
    arrivals.read_back(row, way="signed", by=world.officer, at=server_now())
    assert to_do(world) == []
    with pytest.raises(Refused):
        arrivals.read_back(row, way="aloud", by=world.officer, at=server_now())
    assert verify().findings == []


def test_who_will_not_sign_is_recorded_with_the_reason(world: World) -> None:
    case = take_in(world, "visit", details=Details(read_back="refused", refusal="想回去再看看")).case
    row = Dictation.objects.get(case=case)
    assert (row.way, row.refusal, row.read_back_by_id) == ("refused", "想回去再看看", world.officer.user_id)
    assert to_do(world) == []


def test_letters_and_web_filings_are_not_read_back(world: World) -> None:
    take_in(world, "letter")
    assert to_do(world) == []
    assert not Dictation.objects.exists()


@pytest.mark.parametrize("who", ["handler", "stranger", "chief", "inspector", "admin"])
def test_only_the_office_answers_above(world: World, who: str) -> None:
    sent = arrivals.from_above(take_in(world, "above", details=from_above()).case)
    assert sent is not None
    with pytest.raises(DomainError):
        arrivals.answer_above(sent, number="1号", answered_on=today(), by=world.people[who], at=server_now())


def test_the_list_is_narrowed_by_each_channel(world: World) -> None:
    given: dict[str, Any] = {"above": from_above(), "instruction": instructed()}
    for channel in ("letter", "fax", "phone", "visit", "above", "instruction"):
        take_in(world, channel, details=given.get(channel))
    for channel in ("letter", "fax", "phone", "visit", "above", "instruction"):
        found = search.page(world.officer, search.Filters(channel=channel), today=today())
        assert found.paginator.count == 1


def test_a_step_of_this_room_is_no_button_of_every_case(world: World) -> None:
    case = take_in(world, "letter").case
    assert offers(world, case) == {}
    assert not {"answer_above", "read_back"} & {o.code for o in lifecycle.available(case, by=world.officer)}
    with pytest.raises((Forbidden, DomainError)):
        arrivals.read_back(Dictation(case=case), way="aloud", by=world.handler, at=server_now())
