"""A small record to work on: fake tables in memory, an own folder of keys, and a way behind the program's back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from huiyin.kernel.actors import Staff, System
from huiyin.trail import events, guards, moments, projections
from huiyin.trail.models import Event, Subject
from huiyin.trail.projections import Finding

NOON = datetime(2026, 8, 3, 4, 0, tzinfo=UTC)
BY = Staff(user_id=7, name="王芳")


@pytest.fixture(autouse=True)
def own_keys(settings: Any, tmp_path: Path) -> Path:
    settings.KEYS = tmp_path / "keys"
    return tmp_path / "keys"


@dataclass
class Tables:
    """What a package would keep in its tables, and how it reads for `verify`."""

    rows: dict[tuple[int, str], dict[str, object]] = field(default_factory=dict)
    words: dict[tuple[int, str], str | None] = field(default_factory=dict)
    findings: list[tuple[int, Finding]] = field(default_factory=list)

    def columns(self, ids: Sequence[int]) -> Iterable[tuple[int, str, dict[str, object]]]:
        return [(pk, entity, values) for (pk, entity), values in self.rows.items() if pk in ids]

    def texts(self, ids: Sequence[int]) -> Iterable[tuple[int, str, str | None]]:
        return [(pk, label, text) for (pk, label), text in self.words.items() if pk in ids]

    def checks(self, ids: Sequence[int]) -> Iterable[Finding]:
        return [finding for pk, finding in self.findings if pk in ids]


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Tables:
    """One declared projection and no other."""
    monkeypatch.setattr(projections, "_declared", {})
    made = Tables()
    projections.declare("fake", columns=made.columns, texts=made.texts, checks=made.checks)
    return made


Write = Callable[..., Subject]


@pytest.fixture
def write(db: None, tables: Tables) -> Write:
    """`write(4)`: a case with four events, in record and tables alike."""

    def make(count: int = 4, *, start: datetime = NOON) -> Subject:
        with moments.server_time(start):
            subject = events.new_subject("case")
        for number in range(count):
            with moments.server_time(start + timedelta(minutes=number)):
                note(tables, subject, f"step{number}", {"stage": f"stage{number}", "no": number}, f"第{number}段")
        return subject

    return make


def note(tables: Tables, subject: Subject, act: str, values: dict[str, object], text: str) -> Event:
    """One act as a package would do it: rows and words written, and the event beside them."""
    tables.rows.setdefault((subject.pk, "case"), {}).update(values)
    tables.words[subject.pk, "filing:1.text"] = text
    return events.append(
        subject,
        act,
        by=System("test"),
        at=moments.server_now(),
        sets={"case": values},
        facts={"way": "web"},
        texts={"filing:1.text": text},
    )


Behind = Callable[..., None]


@pytest.fixture
def behind(db: None) -> Iterator[Behind]:
    """`behind(sql, …)`: what an owner of the database can do, with the triggers off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        guards.take_off(connection)

        def run(sql: str, *values: str | int | bytes) -> None:
            cursor.execute(sql, values)

        yield run
