"""The stories of the demo, read from stories/*.toml: what was filed, how far it came, how it was answered."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from huiyin.cases.models import Stage

FOLDER = Path(__file__).parent / "stories"
# The main way, in order; `until` is one of these or an early end.
WAY = (
    Stage.RECEIVED,
    Stage.REGISTERED,
    Stage.ACCEPTED,
    Stage.ASSIGNED,
    Stage.HANDLING,
    Stage.DRAFTED,
    Stage.APPROVED,
    Stage.DECIDED,
    Stage.DELIVERED,
    Stage.CLOSED,
)


@dataclass(frozen=True)
class Reply:
    """The answer to one demand; `done` says how a supported one was carried out, empty while it is not."""

    outcome: str
    reasons: str
    basis: str
    measure: str = ""
    done: str = ""


@dataclass(frozen=True)
class Story:
    """One case. `ago`: days between its receipt and now. `pace` stretches the days spent in the unit."""

    key: str
    ago: float
    until: str
    text: str
    demands: tuple[str, ...]
    matter: str = ""
    topic: str = ""
    filer: str = ""  # account of the employee; empty: somebody without one
    name: str = ""
    phone: str = ""
    address: str = ""
    identity: str = "named"
    said: str = ""
    channel: str = "web"
    headcount: int = 1
    representatives: tuple[str, ...] = ()
    sent: str = (
        ""  # "transfer" or "order": the group's office sends it to the office of `unit`, `sent_for` says what for
    )
    sent_for: str = ""
    helped_by: str = ""  # a unit that is asked to help, and with what
    helped_for: str = ""
    split_off: str = ""  # the last request gets a case of its own: what it is about
    recusal: str = ""  # why the handler declares it; not decided yet
    petition_unit: str = ""  # whose petition office received it; empty: the group's
    unit: str = ""  # who handles it
    pace: float = 1.0
    told: str = ""
    notes: tuple[str, ...] = ()
    question: str = ""
    answer: str = ""
    extension: int = 0
    extension_reason: str = ""
    opening_reason: str = ""
    sent_back: str = ""
    findings: str = ""
    replies: tuple[Reply, ...] = ()
    rating: tuple[str, ...] = ()  # office, unit, "yes" or "no", comment
    end: Mapping[str, str] = field(default_factory=dict)  # what an early end needs


def read() -> tuple[Story, ...]:
    """All stories, in the order of the files. Raises KeyError or TypeError for a damaged file, which tests hold whole."""
    found: list[Story] = []
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text("utf-8"))["stories"]:
            found.append(_story(entry))
    return tuple(found)


def _story(entry: dict[str, Any]) -> Story:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    values["replies"] = tuple(Reply(**reply) for reply in entry.get("replies", []))
    return Story(**values)
