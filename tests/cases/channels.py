"""A filing of each channel, as the reception desk takes it in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.timezone import localtime

from huiyin.cases import intake
from huiyin.cases.arrivals import Details
from huiyin.cases.intake import Circumstances, Person, Received, Words
from huiyin.trail.moments import server_now
from tests.cases.world import DEMAND, TEXT, World


def today() -> date:
    """The enterprise's day."""
    return localtime(server_now()).date()


def take_in(
    world: World,
    channel: str,
    text: str = TEXT,
    *,
    identity: str = "named",
    person: Person | None = None,
    days_ago: int = 0,
    details: Details | None = None,
    **how: Any,
) -> Received:
    """One filing of this channel, entered by the officer now, received so many days ago."""
    return intake.receive(
        Words(text, [DEMAND]),
        identity=identity,
        person=person or Person(name="王小明", phone="13812345678"),
        how=Circumstances(channel=channel, details=details or Details(), **how),
        by=world.officer,
        at=server_now() - timedelta(days=days_ago),
    )


def from_above(**more: Any) -> Details:
    """An order of an organ above with its paper and limit."""
    given: dict[str, Any] = {
        "sender": "市信访局", "sender_number": "市信交〔2026〕8号", "task": "order", "answer_by": today() + timedelta(days=20),
    }  # fmt: skip
    return Details(**(given | more))


def instructed(**more: Any) -> Details:
    """A leader's instruction."""
    given: dict[str, Any] = {
        "leader_name": "总经理 李主任",
        "instruction": "请信访办核实，依规办理。",
        "given_on": today(),
    }
    return Details(**(given | more))
