from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huiyin.kernel.actors import Staff, System
from huiyin.org import structure
from huiyin.org.models import Unit, User
from huiyin.papers import delivery, files, issuing
from huiyin.papers.models import Delivery, Paper
from huiyin.trail import events
from huiyin.trail.models import Subject

AT = datetime(2026, 8, 3, 2, 24, tzinfo=UTC)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.FILES = tmp_path / "files"
    return tmp_path


@pytest.fixture
def subject(db: None, folder: Path) -> Subject:
    return events.new_subject("case")


@pytest.fixture
def unit(db: None) -> Unit:
    return structure.open_unit(
        "炼化二厂", "炼化二厂", parent=None, on=AT.date(), code="炼化信", acts_in_own_name=True, has_petition_office=True,
        by=System("test"), at=AT,
    )  # fmt: skip


@pytest.fixture
def officer(unit: Unit) -> Staff:
    user = User.objects.create_user("10001", None, name="王芳")
    return Staff(user_id=user.pk, name="王芳")


def note(subject: Subject, papers: Sequence[Paper] = (), deliveries: Sequence[Delivery] = ()) -> None:
    """What an act does after sealing or delivering: the event beside the rows."""
    sets: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for paper in papers:
        sets |= issuing.sets(paper)
        texts |= issuing.texts(paper)
    for sent in deliveries:
        sets |= delivery.sets(sent)
        texts |= delivery.texts(sent)
    locked = events.lock(subject.pk)
    events.append(locked, "deliver", by=System("test"), at=AT, sets=sets, texts=texts)


def pdf_of(paper: Paper) -> bytes:
    assert paper.pdf is not None
    return b"".join(files.open_file(paper.pdf))
