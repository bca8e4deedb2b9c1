from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from huiyin.kernel.ids import new_public_id
from huiyin.trail.models import Subject
from huiyin.vault.keys import new_key

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """A data folder of its own; the keys stay where they are."""
    settings.DATA = tmp_path
    settings.FILES = tmp_path / "files"
    return tmp_path


@pytest.fixture
def subject(db: None, folder: Path) -> Subject:
    return Subject.objects.create(kind="case", public_id=new_public_id(), key=new_key())


def plain_bytes(folder: Path) -> list[str]:
    """Names of the unencrypted uploads that lie in the data folder."""
    return sorted(path.name for path in folder.glob("incoming/*"))
