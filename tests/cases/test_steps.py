"""The step table: each step is taken where the table says, by whom it says, and nowhere else."""

from __future__ import annotations

import pytest
from django.db import transaction

from huiyin.cases import lifecycle, steps, triage
from huiyin.cases.models import Case, Stage
from huiyin.cases.models.case import UNDER_REVIEW
from huiyin.cases.timeline import ANSWER_SENTENCES, SENTENCES
from huiyin.kernel.actors import Actor, Employee
from huiyin.kernel.errors import DomainError
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now
from tests.cases import suggestions
from tests.cases.world import World, bring


class RolledBack(Exception):
    pass


def is_taken(code: str, case: Case, by: Actor) -> bool:
    """Whether the step can be entered; whatever it did is rolled back."""
    try:
        with transaction.atomic():
            with lifecycle.taking(code, Case.objects.get(pk=case.pk), by=by, at=server_now()) as turn:
                turn.start("decision")
            raise RolledBack
    except RolledBack:
        return True
    except DomainError:
        return False


# Written out by hand from product rules §1, not asked from `access`: who takes which step on a case of the refinery.
OFFICE = {"officer"}
UNIT = {"liaison", "handler", "head"}  # of the refinery
HANDLE = {"officer", "handler"}
HEAD = {"head"}  # of the unit that issues the decision
INSPECTOR = {"inspector"}
AT_WORK = {"officer", "chief", "deputy", "liaison", "handler", "head"}  # see the case
REVIEWER = {"reviewer"}  # of the unit above
EMPLOYEE = {"employee"}
SENDER = {"officer"}  # of the office that sent the case on
WHO: dict[str, set[str] | frozenset[str]] = {
    **dict.fromkeys(["register", "take_filing", "classify", "seal_lane", "seal_along"], OFFICE),
    **dict.fromkeys(["accept", "decline", "route_out", "serve"], OFFICE),
    **dict.fromkeys(["assign", "seal", "deliver", "record_receipt", "close", "void", "reopen", "resume"], OFFICE),
    **dict.fromkeys(["look_up", "renew_code", "settle_recount"], OFFICE),
    **dict.fromkeys(["take_in", "send_back", "send_back_late"], UNIT),
    **dict.fromkeys(["agree_send_back", "refuse_send_back", "hand_over", "keep_answer"], OFFICE),
    **dict.fromkeys(["refer", "no_longer", "sort_demands", "lead_out", "split"], OFFICE),
    **dict.fromkeys(["exempt_notice", "resume_notice", "transfer", "order"], OFFICE),
    # of whoever has the case now; that it is the office's own people the acts ask (tests/cases/test_dispatch.py)
    **dict.fromkeys(["take_over", "object", "object_late", "raise_dispute", "report_back"], OFFICE),
    **dict.fromkeys(["agree_objection", "refuse_objection", "accept_report", "return_report"], SENDER),
    "decide_jurisdiction": {"chief"},
    **dict.fromkeys(["co_handle", "end_co_handling"], HANDLE),
    "answer_co_handling": set(),  # of a unit that was asked: tests/cases/test_co_handling.py
    **dict.fromkeys(
        ["read_back", "name_representatives", "answer_above", "object_above", "report_instruction"], OFFICE
    ),
    **dict.fromkeys(
        ["advise", "contact", "note", "add_evidence", "ask", "request_extension", "draft", "execute"], HANDLE
    ),
    **dict.fromkeys(["approve", "return_draft", "approve_extension", "refuse_extension"], HEAD),
    **dict.fromkeys(["read_report", "note_report", "reply_report", "conclude_report"], INSPECTOR),
    **dict.fromkeys(["declare_recusal", "decide_recusal"], AT_WORK | REVIEWER),
    "name_object": OFFICE,
    "interview": HANDLE,
    "take_file": OFFICE,
    "take_report_file": INSPECTOR,
    "interview_report": INSPECTOR,
    **dict.fromkeys(["follow_up", "call_back"], OFFICE),
    **dict.fromkeys(["ask_recusal", "attach_retaliation"], EMPLOYEE),
    **dict.fromkeys(["name_accused", "stand_aside", "refer_outside"], INSPECTOR),
    **dict.fromkeys(["open_identity", "ask_opening"], HANDLE | INSPECTOR),
    "decide_opening": {"deputy", "chief"},
    **dict.fromkeys(["note_harms", "promise", "ask_aid"], HANDLE),
    "keep_commitment": {"officer", "handler", "head", "deputy", "chief"},
    **dict.fromkeys(["give_aid", "end_aid"], frozenset()),  # the union alone, while it is asked to help
    **dict.fromkeys(["decline_contact", "want_contact", "wish_aid"], EMPLOYEE),
    # review, hearing, mediation
    **dict.fromkeys(["take_up_review", "refuse_review", "decide_review"], REVIEWER),
    **dict.fromkeys(["deliver_review", "deliver_redo", "serve_review"], REVIEWER),
    **dict.fromkeys(["record_review", "record_along", "move_review", "pass_on_review"], OFFICE),
    **dict.fromkeys(["enter_opinion", "enter_redo", "enter_refusal", "end"], OFFICE),
    **dict.fromkeys(["announce_hearing", "open_hearing", "end_hearing", "call_off_hearing"], HANDLE | REVIEWER),
    **dict.fromkeys(["begin_mediation", "end_mediation", "settle"], HANDLE | REVIEWER),
    **dict.fromkeys(["ask_review", "ask_along"], EMPLOYEE),
    **dict.fromkeys(["bring_facts", "answer", "add", "confirm", "rate", "withdraw", "withdraw_filing"], EMPLOYEE),
}
HEARD = {code for code in WHO if code.endswith("_hearing") or code.endswith("_mediation")} | {"settle"}
OF_THE_UNIT = {"liaison", "handler", "head", "deputy"}  # have nothing to do with a case before their unit has it


def tried(code: str, case: Case, name: str, by: Actor) -> bool:
    """Whether the step can be taken. Where neither the stage nor the person allows it the check alone is asked, which
    `taking` asks first: half of all pairs, without a transaction for each."""
    if case.stage in steps.STEPS[code].leaves or name in WHO[code]:
        return is_taken(code, case, by)
    try:
        lifecycle._check(steps.STEPS[code], case, by, server_now())
    except DomainError:
        return False
    return True


def expected(code: str, case: Case, name: str) -> bool:
    if name == "refinery_officer" and WHO[code] is not SENDER:  # has the case where it was sent there
        name = "officer"
    if case.stage not in steps.STEPS[code].leaves or name not in WHO[code]:
        return False
    if name == "employee":
        return True
    if name == "reviewer" or code in HEARD:  # by the reviewing unit while it reviews, by the handling one before
        is_reviewed = case.stage in UNDER_REVIEW and case.review_unit is not None
        return (name == "reviewer") == (case.stage in UNDER_REVIEW) and (name != "reviewer" or is_reviewed)
    return (name == "inspector") == case.is_sealed and not (name in OF_THE_UNIT and case.unit is None)


@pytest.mark.parametrize("stage", list(Stage), ids=str)
def test_steps_are_taken_where_and_by_whom_the_table_says(world: World, stage: Stage) -> None:
    case, filing = bring(world, stage)
    case.refresh_from_db()
    assert case.stage == stage
    actors: dict[str, Actor] = {**world.people, "employee": Employee(filing_id=filing.pk)}
    events = Event.objects.count()
    for code in steps.STEPS:
        for name, by in actors.items():
            if code in {"join"}:  # says where the case goes to: tested in test_intake
                continue
            assert tried(code, case, name, by) == expected(code, case, name), (code, name)
    assert Event.objects.count() == events


# Written out by hand from 第三十一条 and 第三十四条: routes and the extension are of claims.
CLAIMS_ALONE = {"route_out", "request_extension", "approve_extension", "refuse_extension"}
CLAIMS_ALONE |= {"advise", "ask_review", "record_review", *HEARD}  # 第三十五条, 第三十一条第六项, 第三十三条


@pytest.mark.parametrize("stage", suggestions.STAGES, ids=str)
def test_a_suggestion_takes_the_same_steps_but_those_of_claims(world: World, stage: Stage) -> None:
    case, filing = suggestions.bring(world, stage)
    case.refresh_from_db()
    assert (case.stage, case.classification) == (stage, "suggestion")
    actors: dict[str, Actor] = {**world.people, "employee": Employee(filing_id=filing.pk)}
    for code in steps.STEPS:
        for name, by in actors.items():
            if code in {"join"}:
                continue
            wanted = expected(code, case, name) and code not in CLAIMS_ALONE
            assert tried(code, case, name, by) == wanted, (code, name)
            if code in CLAIMS_ALONE:
                assert code not in {offer.code for offer in lifecycle.available(case, by=by)}


def test_what_was_classified_is_accepted_or_led_to_its_route_next(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    nexts = {}
    for what, branch in (("claim", 2), ("claim", 6), ("suggestion", None)):
        triage.classify(case, classification=what, branch=branch, by=world.officer, at=server_now())
        nexts[what, branch] = (case.next_step, case.branch)
    assert nexts == {
        ("claim", 2): ("route_out", 2), ("claim", 6): ("accept", 6), ("suggestion", None): ("accept", None),
    }  # fmt: skip


def test_offers_are_what_may_be_taken(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    offered = {offer.code for offer in lifecycle.available(case, by=world.handler)}
    assert {"contact", "note", "draft", "request_extension"} <= offered
    assert not {"approve", "seal", "assign"} & offered
    assert [offer.code for offer in lifecycle.available(case, by=world.handler) if offer.is_main] == ["contact"]
    assert lifecycle.available(case, by=world.stranger) == []


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage in steps.NEXT], ids=str)
def test_every_open_case_has_owner_step_and_date(world: World, stage: Stage) -> None:
    case, _filing = bring(world, stage)
    case.refresh_from_db()
    assert case.next_unit_id and case.next_role and case.next_step and case.next_due_on and case.next_rule


def test_a_refused_step_leaves_nothing(world: World) -> None:
    case, _filing = bring(world, Stage.RECEIVED)
    before = list(Event.objects.values_list("pk", flat=True))
    with pytest.raises(DomainError), lifecycle.taking("register", case, by=world.handler, at=server_now()):
        pass
    assert list(Event.objects.values_list("pk", flat=True)) == before


def test_a_failing_body_leaves_nothing(world: World) -> None:
    case, _filing = bring(world, Stage.RECEIVED)
    before = Event.objects.count()
    with (
        pytest.raises(ZeroDivisionError),
        lifecycle.taking("register", case, by=world.officer, at=server_now()) as turn,
    ):
        turn.case.matter = "改了"
        _ = 1 // 0
    case.refresh_from_db()
    assert (Event.objects.count(), case.stage, case.matter == "改了") == (before, Stage.RECEIVED, False)


@pytest.mark.parametrize("code", list(steps.STEPS))
def test_every_step_has_its_sentence(code: str) -> None:
    assert SENTENCES[code][0]


def test_the_sentences_of_a_suggestion_are_those_of_steps() -> None:
    assert set(ANSWER_SENTENCES) - {"receive"} < set(steps.STEPS)
    assert not any("处理意见" in sentence for pair in ANSWER_SENTENCES.values() for sentence in pair)
