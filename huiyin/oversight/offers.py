"""Which acts a person may take on what is asked of a unit now: the buttons of its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from huiyin.kernel.actors import Staff
from huiyin.oversight import access
from huiyin.oversight.models import Advice, Asked, Instruction, State, Supervision

ALL = (Supervision, Instruction, Advice)


@dataclass(frozen=True)
class Act:
    """An act in the order of its state; the first that is offered is the main one."""

    code: str
    kinds: tuple[type[Asked], ...]
    leaves: frozenset[State]
    may: Callable[[Staff, Asked], bool]


def _supervises(by: Staff, row: Asked) -> bool:
    return access.may_supervise(by, row.case_or_none, row.unit)


ACTS: tuple[Act, ...] = (
    Act("issue", (Supervision,), frozenset({State.PROPOSED}), _supervises),
    Act("dismiss", (Supervision,), frozenset({State.PROPOSED}), _supervises),
    Act("answer", ALL, frozenset({State.ASKED}), access.may_answer),
    Act("accept", ALL, frozenset({State.ANSWERED}), access.may_read_back),
    Act("return", ALL, frozenset({State.ANSWERED}), access.may_read_back),
    Act("withdraw", (Supervision, Advice), frozenset({State.ASKED, State.ANSWERED}), _supervises),
)


def offers(row: Asked, by: Staff) -> list[str]:
    """Codes of the acts this person may take on it now, the main one first."""
    return [act.code for act in ACTS if type(row) in act.kinds and row.state in act.leaves and act.may(by, row)]
