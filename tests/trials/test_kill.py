"""kill -9 of the server while people file: nothing acknowledged is lost, nothing comes twice, the record is whole."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from huiyin.kernel.ids import new_query_code
from tests.trials.filers import Filer, Ledger, compare, tracks
from tests.trials.installation import Installation, own_database

FILERS = 4
LONGEST_LIFE = 1.2  # seconds between a start and the kill


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with own_database() as database:
        made = Installation(tmp_path, database)
        made.fill()
        yield made
        made.kill()


def trial(installation: Installation, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    ledger = Ledger(installation.folder / "acknowledged")
    filers = [Filer(installation, ledger, seed + number) for number in range(FILERS)]
    installation.start()
    for filer in filers:
        filer.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0.15, LONGEST_LIFE))
        installation.kill()
        installation.start()
    for filer in filers:
        filer.end()
    for filer in filers:
        filer.join(timeout=90)
    assert [filer.failure for filer in filers] == [""] * FILERS
    acknowledged = ledger.read()
    assert len(acknowledged) > kills  # it worked between the kills
    assert sum(filer.repeated for filer in filers) > 0  # and the kills hit somebody
    findings = compare(acknowledged, installation.filed(), lambda code: tracks(installation, code))
    assert findings.are_none, findings
    assert not tracks(installation, new_query_code())  # a code of no filing doesn't track: the answer means something
    verified = installation.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_ten_kills_lose_nothing_and_double_nothing(installation: Installation) -> None:
    trial(installation, kills=10, seed=20261101)


@pytest.mark.trial
def test_fifty_kills_lose_nothing_and_double_nothing(installation: Installation) -> None:
    trial(installation, kills=50, seed=20261102)


def test_the_comparison_sees_what_is_lost_doubled_or_unasked() -> None:
    def opens(code: str) -> bool:
        return code == "known"

    assert compare({"a": "known"}, ["a"], opens).are_none
    assert compare({"a": "known", "b": "known"}, ["a"], opens).lost == ["b"]
    assert compare({"a": "unknown"}, ["a"], opens).lost == ["a"]
    assert compare({"a": "known"}, ["a", "a"], opens).twice == ["a"]
    assert compare({"a": "known"}, ["a", "c"], opens).unasked == ["c"]
