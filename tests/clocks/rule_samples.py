"""Rules made for tests, where the shipped ones have no example of a unit or direction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from huiyin.clocks import calendars, policy_file
from huiyin.clocks.rules import Rule

SHIPPED = Path(policy_file.__file__).parent / "policy.toml"
POLICY = policy_file.read(SHIPPED)
CALENDAR = calendars.load(Path("no-such-folder"), "Asia/Shanghai")


def rule(amount: int, unit: str, **changes: Any) -> Rule:
    """A plain internal rule of this length."""
    changes |= {"id": "sample", "amount": amount, "unit": unit, "warn_at": (), "warns": (), "told_when_missed": ()}
    return replace(POLICY.rule("take_in"), **changes)
