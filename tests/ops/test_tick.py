"""The minute tick: every step runs, alone in its trouble, and a second run does nothing new."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from huiyin.kernel.actors import System
from huiyin.ops import tick
from huiyin.trail import events
from huiyin.trail.models import Checkpoint, Node

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_a_failing_step_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_now: datetime) -> int:
        raise RuntimeError("the mail server is on fire")

    monkeypatch.setattr(tick, "STEPS", {"first": lambda _now: 1, "mail": fail, "last": lambda _now: 3})
    assert tick.tick(NOW) == {"first": 1, "mail": None, "last": 3}
    assert "tick: mail failed" in caplog.text


def test_every_step_gets_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[datetime] = []

    def note(now: datetime) -> int:
        seen.append(now)
        return 0

    monkeypatch.setattr(tick, "STEPS", {"a": note, "b": note})
    tick.tick(NOW)
    assert seen == [NOW, NOW]


@pytest.mark.django_db
def test_a_second_tick_does_nothing_new() -> None:
    events.append(events.new_subject("case"), "received", by=System("test"), at=NOW)
    first = tick.tick()
    assert first["grow_tree"] == 1
    assert first["sign_checkpoint"] == 1
    nodes, checkpoints = Node.objects.count(), Checkpoint.objects.count()
    assert set(tick.tick().values()) == {0}
    assert (Node.objects.count(), Checkpoint.objects.count()) == (nodes, checkpoints)


@pytest.mark.django_db
def test_the_command_says_how_much_each_step_did(capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    assert tick.run(argparse.Namespace()) == 0
    assert {word.partition("=")[0] for word in capsys.readouterr().out.split()} == set(tick.STEPS)
