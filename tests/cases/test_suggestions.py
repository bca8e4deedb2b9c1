"""A suggestion (意见建议, 《信访工作条例》第二十九条): studied and answered, with limits, outcomes and papers of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huiyin.cases import closing, deciding, handling, search, timeline, triage
from huiyin.cases.models import Stage
from huiyin.cases.models.case import Outcome
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import Invalid, Refused
from huiyin.notices.models import Notice
from huiyin.papers import issuing
from huiyin.papers.models import Paper
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.suggestions import answer, bring
from tests.cases.world import World


def running(case: object) -> set[str]:
    found = Clock.objects.filter(subject=case.subject, stopped_at=None)  # type: ignore[attr-defined]
    return set(found.values_list("rule", flat=True))


def test_classifying_starts_the_limit_of_the_answer_and_a_claim_stops_it(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    assert running(case) == {"notice", "backlog", "suggestion_reply"}
    triage.classify(case, classification="claim", branch=6, by=world.officer, at=server_now())
    assert running(case) == {"notice", "backlog"}
    triage.classify(case, classification="suggestion", branch=6, by=world.officer, at=server_now())
    assert running(case) == {"notice", "backlog", "suggestion_reply"} and case.branch is None


def test_the_notice_of_article_23_goes_out_and_no_sixty_days_run(world: World) -> None:
    case, _filing = bring(world, Stage.ACCEPTED)
    assert running(case) == {"backlog", "suggestion_reply"}
    paper = Paper.objects.get(subject=case.subject)
    assert (paper.kind, paper.sealed_at is not None) == ("D2S", True)
    due_on = Clock.objects.get(subject=case.subject, rule="suggestion_reply").due_on
    assert issuing.fields_of(paper)["due_on"] == due_on.isoformat()


def test_a_claim_still_gets_its_own_papers_and_limit(world: World) -> None:
    case, _filing = made.bring(world, Stage.DECIDED)
    kinds = set(Paper.objects.filter(subject=case.subject).values_list("kind", flat=True))
    assert kinds >= {"D2", "D14"} and not kinds & {"D2S", "D14S"}
    assert "decision" in running(case) and "suggestion_reply" not in running(case)


@pytest.mark.parametrize("outcome", [outcome.value for outcome in deciding.CLAIM_OUTCOMES])
def test_the_outcomes_of_claims_are_refused_for_a_suggestion(world: World, outcome: str) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    with pytest.raises(Invalid, match="予以采纳、部分采纳、留作参考、未予采纳"):
        answer(world, case, outcome)


@pytest.mark.parametrize("outcome", [outcome.value for outcome in deciding.SUGGESTION_OUTCOMES])
def test_the_outcomes_of_suggestions_are_refused_for_a_claim(world: World, outcome: str) -> None:
    case, _filing = made.bring(world, Stage.HANDLING)
    with pytest.raises(Invalid, match="予以支持、解释说明、不予支持"):
        made.draft(world, case, outcome)
    suggestion, _filing = bring(world, Stage.HANDLING)
    answer(world, suggestion, outcome)
    assert suggestion.stage == Stage.DRAFTED


def test_every_outcome_belongs_to_one_class() -> None:
    assert {*deciding.CLAIM_OUTCOMES} | {*deciding.SUGGESTION_OUTCOMES, Outcome.SETTLED} == set(Outcome)
    assert not {*deciding.CLAIM_OUTCOMES} & {*deciding.SUGGESTION_OUTCOMES}


@pytest.mark.parametrize(("outcome", "is_needed"), [("adopted", True), ("partly_adopted", True), ("kept", False)])
def test_what_is_adopted_says_how_it_is_carried_out(world: World, outcome: str, is_needed: bool) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    if is_needed:
        with pytest.raises(Invalid, match="怎样落实"):
            answer(world, case, outcome, measure="")
    else:
        answer(world, case, outcome, measure="")


def test_a_basis_is_asked_for_on_a_claim_alone(world: World) -> None:
    case, _filing = made.bring(world, Stage.HANDLING)
    given = [deciding.Answer(1, "确有拖欠。", "", "explained")]
    with pytest.raises(Invalid, match="依据"):
        deciding.draft(case, findings="查过了", answers=given, by=world.handler, at=server_now())
    suggestion, _filing = bring(world, Stage.HANDLING)
    answer(world, suggestion, "kept", basis="")


def test_the_answer_is_a_paper_of_its_own_and_gives_no_review(world: World) -> None:
    case, filing = bring(world, Stage.DELIVERED)
    kinds = Paper.objects.filter(subject=case.subject).values_list("kind", flat=True)
    assert "D14S" in kinds and "D14" not in kinds
    assert running(case) == {"backlog", "execution", "rating_window"}
    deciding.confirm(filing, by=world.filer, at=server_now())
    assert not Clock.objects.filter(subject=case.subject, rule="ask_review").exists()
    assert not Notice.objects.filter(subject=case.subject, code="delivery_confirmed").exists()
    assert Notice.objects.filter(subject=case.subject, code="answer_confirmed").exists()


def test_an_adopted_one_stays_open_until_carried_out_and_one_kept_does_not(world: World) -> None:
    case, filing = bring(world, Stage.DELIVERED)
    deciding.confirm(filing, by=world.filer, at=server_now())
    closing.rate(filing, office="satisfied", unit="satisfied", is_solved=True, by=world.filer, at=server_now())
    with pytest.raises(Refused, match="予以采纳，还没有登记落实"):
        closing.close(case, by=world.officer, at=server_now())
    deciding.execute(case, demand_no=1, text="窗口已开", by=world.handler, at=server_now())
    closing.close(case, by=world.officer, at=server_now())
    kept, filing = bring(world, Stage.DELIVERED, "kept")
    deciding.confirm(filing, by=world.filer, at=server_now())
    with server_time(server_now() + timedelta(days=16)):
        closing.close(kept, by=world.officer, at=server_now())
    assert kept.stage == Stage.CLOSED


def test_it_has_no_extension_and_no_statutory_way(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    with pytest.raises(Refused, match="意见建议"):
        handling.request_extension(case, days=10, reason="还要研究", by=world.handler, at=server_now())
    registered, _filing = bring(world, Stage.REGISTERED)
    with pytest.raises(Refused, match="意见建议"):
        triage.route_out(registered, route="labour_arbitration", way="portal", by=world.officer, at=server_now())
    triage.decline(
        registered, reason="不归本单位", article="《信访工作条例》第二十三条", right_organ="市公交公司", way="portal",
        by=world.officer, at=server_now(),
    )  # fmt: skip
    assert registered.stage == Stage.DECLINED and not running(registered)


def test_one_taken_up_again_gets_a_new_limit(world: World) -> None:
    case, _filing = bring(world, Stage.CLOSED)
    assert not running(case)
    closing.reopen(case, reason="窗口又关了", by=world.officer, at=server_now())
    assert running(case) >= {"suggestion_reply", "backlog"} and "decision" not in running(case)
    answer(world, case, "adopted")
    declined, _filing = bring(world, Stage.REGISTERED)
    triage.decline(
        declined, reason="不归本单位", article="第二十三条", right_organ="市公交公司", way="portal", by=world.officer,
        at=server_now(),
    )  # fmt: skip
    closing.reopen(declined, reason="归本单位", by=world.officer, at=server_now())
    triage.accept(declined, way="portal", by=world.officer, at=server_now())
    assert "suggestion_reply" in running(declined)


def test_it_is_told_as_an_answer_not_as_a_decision(world: World) -> None:
    case, filing = bring(world, Stage.CLOSED)
    for entries in (timeline.for_staff(case), timeline.for_employee(filing)):
        assert entries and not [entry.sentence for entry in entries if "处理意见" in entry.sentence]
    assert "研判分类（意见建议）" in [entry.sentence for entry in timeline.for_staff(case)]
    claim, _filing = made.bring(world, Stage.CLOSED)
    assert [entry for entry in timeline.for_staff(claim) if "处理意见" in entry.sentence]
    assert case.stage_words == claim.stage_words == "已办结"
    drafted, _filing = bring(world, Stage.DRAFTED)
    assert (drafted.stage_words, timeline.stage_for_employee(drafted)) == ("答复待审批", "正在审批给您的答复")
    assert timeline.next_for_employee(drafted)[0] == "答复审批后会送达给您"


def test_lists_are_narrowed_by_class(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    claim, _filing = made.bring(world, Stage.HANDLING)
    today = timezone.localtime(server_now()).date()

    def found(what: str) -> list[int]:
        page = search.page(world.officer, search.Filters(classification=what), today=today)
        return sorted(row.pk for row in page)

    assert (found("suggestion"), found("claim"), found("")) == ([case.pk], [claim.pk], sorted([case.pk, claim.pk]))


def test_the_whole_way_stands_in_the_record(world: World) -> None:
    bring(world, Stage.CLOSED)
    assert verify().is_ok
