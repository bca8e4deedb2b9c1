"""Like text while typing: the same matter told by another person in other words is offered; other matters seldom are."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models.base import ModelState
from django.test.utils import CaptureQueriesContext

from huiyin.cases import joining, search
from huiyin.cases.models import Case
from huiyin.kernel import chinese
from tests.cases.world import World, file

SET = tomllib.loads((Path(__file__).parent / "alike/matters.toml").read_text("utf-8"))
TOLD = [(text, matter) for matter, texts in SET["matters"].items() for text in texts]
OTHERS: list[str] = SET["others"]["texts"]


@pytest.fixture
def filed(world: World) -> dict[int, tuple[str, str]]:
    """Every text of the set as a case: its words in the index, the rest copied from one real case."""
    example = file(world).case
    texts = [*TOLD, *((text, "") for text in OTHERS)]
    kept: dict[int, tuple[str, str]] = {}
    for no, told in enumerate(texts):
        subject = _copy(example.subject, public_id=f"A{no:09d}", key=_copy(example.subject.key))
        case = _copy(example, reference=subject.public_id, subject=subject)
        search.put(case.pk, told[0], [])
        kept[case.pk] = told
    search.drop(example.pk)
    return kept


def _copy(row: Any, **changed: object) -> Any:
    copied = copy.copy(row)
    copied._state = ModelState()
    copied.pk = None
    for name, value in changed.items():
        setattr(copied, name, value)
    copied.save(force_insert=True)
    return copied


def measured(world: World, filed: dict[int, tuple[str, str]]) -> tuple[float, float]:
    """Recall at 5 over every told text, each asked with all others filed; and the share of the offered that fit."""
    found, shares = 0, []
    for pk, (text, matter) in filed.items():
        if not matter:
            continue
        leave_out = Case.objects.get(pk=pk)
        offered = [
            filed[one.case.pk][1] == matter for one in joining.find_alike(text, by=world.officer, leave_out=leave_out)
        ]
        found += any(offered)
        shares += [sum(offered) / len(offered)] if offered else []
    return found / len(TOLD), sum(shares) / len(shares)


def test_the_set_is_wide_enough() -> None:
    assert len(SET["matters"]) >= 40 and all(len(texts) >= 3 for texts in SET["matters"].values())
    assert (
        len(TOLD) >= 130
        and len(OTHERS) >= 40
        and len({*OTHERS, *(text for text, _matter in TOLD)}) == len(TOLD) + len(OTHERS)
    )


def test_the_same_matter_in_other_words_is_among_the_first_five(
    world: World, filed: dict[int, tuple[str, str]], record_property: Any
) -> None:
    recall, precision = measured(world, filed)
    record_property("recall_at_5", recall)
    record_property("precision", precision)
    print(f"recall at 5: {recall:.3f}, mean precision of what is offered: {precision:.3f}")
    assert recall >= 0.95
    assert precision >= 0.75


def test_with_every_gram_weighed_the_same_too_much_is_offered(
    world: World, filed: dict[int, tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: without the weights, what is offered mostly is something else."""
    monkeypatch.setattr("huiyin.kernel.chinese._weight", lambda count, total: 1.0)
    monkeypatch.setattr("huiyin.kernel.chinese._EVERYWHERE", frozenset())
    _recall, precision = measured(world, filed)
    assert precision < 0.75


def test_with_the_words_of_another_case_in_the_index_nothing_fits(
    world: World, filed: dict[int, tuple[str, str]]
) -> None:
    """The twin: the index shuffled by one, the measure sees it."""
    keys, texts = [*filed], [*filed.values()]
    shifted = dict(zip(keys, texts[7:] + texts[:7], strict=True))
    recall, _precision = measured(world, shifted)
    assert recall < 0.2


def test_no_more_than_two_statements(world: World, filed: dict[int, tuple[str, str]]) -> None:
    with CaptureQueriesContext(connection) as asked:
        joining.find_alike(TOLD[0][0], by=world.officer)
    assert len(asked) == 2


@pytest.mark.parametrize("text", ["", "工资", "的 的 的 的", "！！！！！", "'\"* OR NEAR(", "aaaa \\ %s %%"])
def test_odd_words_find_nothing_and_break_nothing(world: World, text: str) -> None:
    file(world)
    assert joining.find_alike(text, by=world.officer) == []


def test_the_same_words_are_told_as_the_same(world: World, filed: dict[int, tuple[str, str]]) -> None:
    text = TOLD[2][0]
    best = joining.find_alike(text.replace("７", "7"), by=world.officer)[0]
    assert filed[best.case.pk][0] == text and best.is_same_words


def test_closeness_is_symmetric_and_1_for_the_same_words() -> None:
    one, other = (chinese.grams(TOLD[no][0]) for no in (0, 1))
    counts = {one[0]: 3, other[0]: 5}
    there, back = (chinese.closeness(a, b, counts, total=10) for a, b in ((one, other), (other, one)))
    assert there == back and 0 < there < 1 and chinese.closeness(one, one, counts, total=10) == pytest.approx(1.0)
    assert chinese.closeness([], one, counts, total=10) == 0.0
