"""T-2WORLDS: nobody on the accused's side, and nobody who does not inspect, can tell whether a sealed report exists.

Twenty generated worlds in `make test`, five hundred in `make trials`. Its twins switch an exclusion off and must see it.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db.models import Q, QuerySet

from huiyin.cases import access
from huiyin.cases.models import Accused
from huiyin.kernel import ids
from huiyin.kernel.actors import Held
from tests.trust import two_worlds
from tests.trust.two_worlds import Answer, Drawn, Ground

SEED = 20260101


@pytest.fixture
def ground(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    settings.FILES = tmp_path
    drawn = Drawn(SEED)
    monkeypatch.setattr(ids, "secrets", drawn)
    return two_worlds.build(drawn)


def without(ground: Ground, seed: int, names: list[str], references: list[str]) -> dict[str, dict[str, Answer]]:
    with two_worlds.of_this_world(ground, seed):
        two_worlds.go_on(ground)
        return {name: two_worlds.crawl(ground, name, references) for name in names}


def differences(ground: Ground, numbers: range, *, watchers: int) -> dict[str, list[str]]:
    """World by world: what somebody who must not know could tell it by. `watchers`: how many look at each world,
    always the inspectors kept out, and others in turn."""
    empty: dict[str, dict[str, Answer]] = {}
    found: dict[str, list[str]] = {}
    references = two_worlds.hidden_references(ground, SEED)
    for number in numbers:
        random = Random(number)
        with two_worlds.of_this_world(ground, SEED):
            about, way = two_worlds.tell(ground, random)
            two_worlds.go_on(ground)
            kept_out = two_worlds.kept_out(ground, about)
            first = [name for name in kept_out if "inspector" in name and name != "mine_inspector"]
            others = [name for name in kept_out if name not in first]
            names = first + random.sample(others, min(len(others), max(0, watchers - len(first))))
            seen = {name: two_worlds.crawl(ground, name, references) for name in names}
        missing = [name for name in names if name not in empty]
        empty |= without(ground, SEED, missing, references) if missing else {}
        for name in names:
            told = [path for path in seen[name] | empty[name] if seen[name].get(path) != empty[name].get(path)]
            if told:
                found[f"{number}: about {about}, {way}, seen by {name}"] = told
    return found


def test_no_byte_differs_for_those_from_whom_a_report_is_kept(ground: Ground) -> None:
    assert differences(ground, range(20), watchers=3) == {}


@pytest.mark.trial
def test_no_byte_differs_in_five_hundred_worlds(ground: Ground) -> None:
    assert differences(ground, range(500), watchers=6) == {}


def test_with_the_exclusion_of_the_accused_off_it_would_be_seen(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_staff: object) -> QuerySet[Accused, int]:
        return Accused.objects.none().values_list("case", flat=True)

    monkeypatch.setattr(access, "kept_from", nothing)
    assert any("inspector" in line for line in differences(ground, range(4), watchers=1))


def test_with_the_sealed_lane_open_to_leaders_it_would_be_seen(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def rows(post: Held, _user_id: int) -> Q:
        return Q(office__isnull=False) & access._below("office", post.reach)

    monkeypatch.setattr(access, "_rows_of", rows)
    assert any("chief" in line for line in differences(ground, range(1), watchers=8))
