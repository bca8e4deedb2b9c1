"""The pages of a suggestion: three classes to choose from, the answer's own words, the list narrowed by class."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from huiyin.cases import deciding
from huiyin.cases.models import Case, Stage
from tests.cases import world as made
from tests.cases.suggestions import bring
from tests.cases.world import World
from tests.desk.test_pages import client, page, take


def shown(world: World, name: str, case: Case, step: str) -> str:
    answer = client(world, name).get(page(case, step))
    assert answer.status_code == 200
    return str(answer.content.decode())


def field(html: str, name: str) -> str:
    """The field of this name as the page draws it."""
    found = re.search(rf'id="field-{name}".*?</(?:fieldset|div)>', html, re.S)
    assert found, name
    return found[0]


def test_classifying_offers_three_classes_and_says_what_each_means(world: World) -> None:
    case, _filing = made.bring(world, Stage.REGISTERED)
    html = shown(world, "officer", case, "classify")
    for what in ("申诉求决", "意见建议", "检举控告"):
        assert what in field(html, "classification")
    assert field(html, "classification").count('class="help"') == 3
    assert "申诉求决必选" in field(html, "branch") and "选填" not in field(html, "branch")
    assert "checked" not in field(html, "branch")  # nobody is led to the sixth by a default
    assert "选填" in field(html, "reason")


def test_a_claim_without_its_branch_is_asked_for_it_and_a_suggestion_is_not(world: World) -> None:
    case, _filing = made.bring(world, Stage.REGISTERED)
    answer = client(world, "officer").post(page(case, "classify"), {"sent": "1", "classification": "claim"})
    assert answer.status_code == 422 and "第三十一条的哪一项" in field(answer.content.decode(), "branch")
    assert "field-error" in field(answer.content.decode(), "branch")
    take(world, "officer", case, "classify", classification="suggestion")
    case.refresh_from_db()
    assert (case.classification, case.branch) == ("suggestion", None)


def test_what_the_filer_called_it_is_shown(world: World) -> None:
    said, _filing = bring(world, Stage.REGISTERED)
    assert "反映人自己选的是“意见建议”" in shown(world, "officer", said, "classify")
    unsaid, _filing = made.bring(world, Stage.REGISTERED)
    assert "反映人自己选的是" not in shown(world, "officer", unsaid, "classify")


@pytest.mark.parametrize("is_suggestion", [True, False])
def test_the_draft_offers_the_outcomes_of_its_class_and_marks_the_measure_once(
    world: World, is_suggestion: bool
) -> None:
    case, _filing = bring(world, Stage.HANDLING) if is_suggestion else made.bring(world, Stage.HANDLING)
    html = shown(world, "handler", case, "draft")
    own, other = deciding.outcomes(case), {*deciding.CLAIM_OUTCOMES, *deciding.SUGGESTION_OUTCOMES}
    assert all(outcome.label in field(html, "outcome_1") for outcome in own)
    assert not [outcome for outcome in other - {*own} if outcome.label in field(html, "outcome_1")]
    assert "必填" in field(html, "measure_1") and "选填" not in field(html, "measure_1")
    assert ("选填" in field(html, "basis_1")) == is_suggestion


def test_a_suggestion_goes_its_way_through_the_pages(world: World) -> None:
    case, _filing = made.bring(world, Stage.REGISTERED)
    take(world, "officer", case, "classify", classification="suggestion")
    take(world, "officer", case, "accept", way="portal")
    made.step_into(world, case, case.filings.get(), Stage.ASSIGNED)
    made.step_into(world, case, case.filings.get(), Stage.HANDLING)
    words = {"reasons_1": "人数够", "outcome_1": "partly_adopted", "measure_1": "先开一个月试试", "basis_1": ""}
    take(world, "handler", case, "draft", findings="统计了用餐人数", **words)
    assert "答复意见书" in shown(world, "head", case, "approve") and "处理意见" not in shown(
        world, "head", case, "approve"
    )
    take(world, "head", case, "approve", sent="1")
    take(world, "officer", case, "seal", sent="1")
    take(world, "officer", case, "deliver", way="hand", received_on="", place="接待室")
    case.refresh_from_db()
    html = client(world, "officer").get(reverse("desk:case", args=[case.reference])).content.decode()
    assert case.stage == Stage.DELIVERED and "答复已送达" in html and "处理意见书" not in html


def test_the_list_is_narrowed_by_class(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    claim, _filing = made.bring(world, Stage.HANDLING)
    for what, own, other in (("suggestion", case, claim), ("claim", claim, case)):
        html = client(world, "officer").get(reverse("desk:cases"), {"class": what}).content.decode()
        assert own.reference in html and other.reference not in html
