"""The one way to act on what is asked of a unit: permission and state are checked by the act, then rows, clock, event
and notices in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import transaction
from django.db.models import Model

from huiyin.clocks import running
from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.kernel.ids import new_reference
from huiyin.notices import outbox
from huiyin.org.models import Unit
from huiyin.oversight import record
from huiyin.oversight.models import Asked, State
from huiyin.papers import content, files, issuing, uploads
from huiyin.papers.models import Paper, StoredFile
from huiyin.papers.templates import Value
from huiyin.trail import events
from huiyin.trail.moments import server_now

Row = TypeVar("Row", bound=Asked)
Part = TypeVar("Part", bound=Model)
TEXT_LIMIT = 2000
REASON_LIMIT = 500


@dataclass
class Turn(Generic[Row]):
    """An act being taken. The body changes rows and says so here; `acting` does the rest when the body ends."""

    code: str
    row: Row
    by: Actor
    at: datetime
    sets: dict[str, Mapping[str, object]] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)
    facts: dict[str, str | int] = field(default_factory=dict)
    _notices: list[tuple[tuple[int, ...], str]] = field(default_factory=list)

    @property
    def user_id(self) -> int:
        """The account of the staff member who acts; Forbidden for anybody else."""
        if not isinstance(self.by, Staff):
            raise Forbidden("staff_only", "这一步由工作人员办理。")
        return self.by.user_id

    def keep(self, part: Part) -> Part:
        """Save a row and put its declared columns and committed words into the event."""
        part.save()
        self.sets[record.entity(part)] = record.columns(part)
        self.texts.update(record.words(part))
        return part

    def start(self, rule: str) -> None:
        """Start the limit of the answer; the one that ran before is over."""
        self.stop()
        (self.row.clock,) = running.start(self.row.subject, [rule], self.at, unit=self.row.unit)
        self.sets.update(running.sets([self.row.clock]))

    def stop(self) -> None:
        """Stop the limit of the answer, if it runs."""
        if self.row.clock is not None:
            self.sets.update(running.sets(running.stop([self.row.clock], self.at)))

    def issue(self, kind: str, fields: Mapping[str, Value], unit: Unit) -> Paper:
        """Number and seal a paper of this demand, issued by `unit`."""
        paper = issuing.seal(issuing.draft(self.row.subject, kind, fields, unit), self.by, self.at)
        self.sets.update(issuing.sets(paper))
        self.texts.update(issuing.texts(paper))
        return paper

    def keep_files(self, tokens: Sequence[str]) -> list[StoredFile]:
        """Store finished uploads with the demand and put them into the event."""
        taken = uploads.ready(tokens) if tokens else []
        stored = files.store_all(self.row.subject, taken, self.at, most=content.MOST_BY_THE_OFFICE)
        for name, values in files.sets(stored).items():
            self.sets[name] = dict(values)
        return stored

    def notify(self, people: Iterable[int], code: str) -> None:
        """Put a notice out to these accounts when the act is done; never about a case in the sealed lane."""
        self._notices.append((tuple(people), code))

    def put_notices(self) -> None:
        case, row = self.row.case_or_none, self.row
        if case and case.is_sealed:
            return
        facts: dict[str, str | int] = {"reference": case.reference} if case else {}
        if case and case.number:
            facts["number"] = case.number
        for people, code in self._notices:
            if code == UNHEARD:  # to who fills posts, and sees no case
                outbox.put(None, people, code, {}, server_now())
                continue
            due = {"due_on": row.clock.due_on.isoformat()} if row.clock and code in WITH_DAY else {}
            # With the case's subject: taken back with it when the case moves into the sealed lane.
            outbox.put(case.subject if case else row.subject, people, code, facts | due, server_now())


UNHEARD = "supervision_unheard"
WITH_DAY = frozenset(
    {"supervision_demanded", "supervision_escalated", "supervision_returned", "instruction_given", "instruction_returned",
     "advice_given", "advice_returned"}
)  # fmt: skip


@contextmanager
def beginning(code: str, row: Row, *, by: Actor, at: datetime) -> Iterator[Turn[Row]]:
    """The first act on a new row: gives it its subject, key and reference."""
    _check_moment(at)
    with transaction.atomic():
        row.subject = events.new_subject(type(row).__name__.lower())
        row.reference = new_reference()
        turn = Turn(code, row, by, at)
        yield turn
        _end(turn)


@contextmanager
def acting(code: str, row: Row, *, leaves: Collection[State], by: Actor, at: datetime) -> Iterator[Turn[Row]]:
    """One act on a row that is there. The passed `row` is brought up to date when it is done.

    Raises Refused where the row is in another state by now, Invalid for a moment in the future.
    """
    _check_moment(at)
    with transaction.atomic():
        subject = events.lock(row.subject_id)
        found = type(row)._default_manager.select_related("unit", "clock").get(pk=row.pk)
        found.subject = subject
        if found.state not in leaves:
            raise Refused(
                "not_now",
                "现在是“%(state)s”，不能这样办理。可能有人刚刚办理过，请刷新页面。",
                state=found.get_state_display(),
            )
        turn = Turn(code, found, by, at)
        yield turn
        _end(turn)
    row.__dict__.update(found.__dict__)


def _end(turn: Turn[Row]) -> None:
    turn.keep(turn.row)
    events.append(
        turn.row.subject, turn.code, by=turn.by, at=turn.at, sets=turn.sets, facts=turn.facts, texts=turn.texts
    )
    turn.put_notices()


def _check_moment(at: datetime) -> None:
    if at > server_now() + timedelta(minutes=5):
        raise Invalid("future", "时间不能晚于现在。请核对日期和时间。", field="at")
