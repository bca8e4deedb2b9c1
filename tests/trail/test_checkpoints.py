"""Growing the tree, signing it, and the note's form."""

from __future__ import annotations

import base64
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from huiyin.trail import checkpoints, notes, tree
from huiyin.trail.models import Checkpoint, Event, Node
from tests.trail.conftest import NOON, Behind, Write

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_a_note_has_the_form_that_other_programs_read() -> None:
    note = notes.signed(KEY, 3, bytes(32))
    key = notes.public_key(KEY)
    lines = note.split("\n")
    assert lines[:4] == [key.origin, "3", base64.b64encode(bytes(32)).decode(), ""]
    dash, name, signature = lines[4].split(" ")
    assert (dash, name, lines[5:]) == ("—", key.origin, [""])
    raw = base64.b64decode(signature)
    assert raw[:4] == key.hash and len(raw) == 68
    KEY.public_key().verify(raw[4:], "\n".join([*lines[:3], ""]).encode())
    name, digest, public = key.text.split("+", 2)
    assert (name, digest, base64.b64decode(public)[:1]) == (key.origin, key.hash.hex(), b"\x01")


def test_a_note_reads_back_and_any_changed_character_shows() -> None:
    note, key = notes.signed(KEY, 1234, bytes(range(32))), notes.public_key(KEY)
    assert notes.read(note, key) == notes.Note(key.origin, 1234, bytes(range(32)), True)
    for place, character in enumerate(note):
        changed = note[:place] + ("x" if character != "x" else "y") + note[place + 1 :]
        read = notes.read(changed, key)
        assert read is None or not read.is_signed, place


@pytest.mark.parametrize("text", ["", "a\n1\n", "huiyin/x\n01\n" + "A" * 43 + "=\n\n— huiyin/x AAAA\n", "\x00" * 300])
def test_what_is_no_note_is_none(text: str) -> None:
    assert notes.read(text, notes.public_key(KEY)) is None


def test_another_key_is_not_taken() -> None:
    other = notes.public_key(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    read = notes.read(notes.signed(KEY, 1, bytes(32)), other)
    assert read is not None and not read.is_signed


def test_growing_adds_every_event_once_in_order(write: Write) -> None:
    write(3)
    assert checkpoints.grow(NOON) == 3
    assert checkpoints.grow(NOON) == 0
    write(4)
    assert checkpoints.grow(NOON) == 4
    hashes = [bytes(digest) for digest in Event.objects.order_by("pk").values_list("hash", flat=True)]
    leaves = Node.objects.filter(level=0).order_by("index").values_list("event__hash", flat=True)
    assert [bytes(digest) for digest in leaves] == hashes
    assert checkpoints.size_now() == 7
    assert tree.root_at(7, checkpoints.read) == tree.root(hashes)
    assert Node.objects.count() == 7 + 3 + 1


def test_growing_in_small_batches_gives_the_same_tree(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_BATCH", 2)
    write(7)
    assert checkpoints.grow(NOON) == 7
    hashes = [bytes(digest) for digest in Event.objects.order_by("pk").values_list("hash", flat=True)]
    assert tree.root_at(7, checkpoints.read) == tree.root(hashes)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's writers come one after the other")
def test_an_event_that_came_late_from_far_back_is_found_when_a_checkpoint_is_due(
    write: Write, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_STRAGGLERS", 0)
    write(3)
    checkpoints.grow(NOON)
    checkpoints.sign(NOON)
    late = write(1)
    behind("UPDATE trail_event SET id = 0 WHERE subject_id = %s", late.pk)
    assert checkpoints.grow(NOON + timedelta(minutes=1)) == 0
    assert checkpoints.grow(NOON + timedelta(minutes=60)) == 1


def test_a_checkpoint_is_signed_every_hour_or_after_500_events(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checkpoints.sign(NOON, force=True) is None
    write(2)
    checkpoints.grow(NOON)
    first = checkpoints.sign(NOON)
    assert first is not None and first.size == 2
    assert checkpoints.sign(NOON + timedelta(hours=3)) is None  # nothing happened since
    write(2)
    checkpoints.grow(NOON)
    assert checkpoints.sign(NOON + timedelta(minutes=59)) is None
    second = checkpoints.sign(NOON + timedelta(minutes=60))
    assert second is not None and second.size == 4
    write(1)
    checkpoints.grow(NOON)
    assert checkpoints.sign(NOON + timedelta(minutes=61)) is None
    monkeypatch.setattr(checkpoints, "SIGN_AFTER_EVENTS", 1)
    assert checkpoints.sign(NOON + timedelta(minutes=61)) is not None
    write(1)
    checkpoints.grow(NOON)
    monkeypatch.setattr(checkpoints, "SIGN_AFTER_EVENTS", 500)
    forced = checkpoints.sign(NOON + timedelta(minutes=62), force=True)
    assert forced == checkpoints.latest()


def test_the_days_seal_is_the_last_of_the_day_in_the_enterprises_time_zone(write: Write) -> None:
    moments = [
        datetime(2026, 8, 3, 15, 59, tzinfo=UTC),
        datetime(2026, 8, 3, 16, 0, tzinfo=UTC),
    ]  # 23:59 and 0:00 there
    made = []
    for moment in [moments[0] - timedelta(hours=2), *moments]:
        write(1)
        checkpoints.grow(moment)
        made.append(checkpoints.sign(moment, force=True))
    assert checkpoints.of_day(date(2026, 8, 3)) == made[1]
    assert checkpoints.of_day(date(2026, 8, 4)) == made[2]
    assert checkpoints.of_day(date(2026, 8, 5)) is None


def test_the_key_is_made_once_for_its_owner_alone(write: Write, own_keys: Path) -> None:
    text = checkpoints.public_key_text()
    path = own_keys / checkpoints.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert [file.name for file in own_keys.iterdir() if file.name.startswith(f".{checkpoints.FILE_NAME}")] == []
    assert checkpoints.public_key_text() == text


@pytest.mark.parametrize("damage", [None, "", "zz" * 32, "00" * 31])
def test_a_lost_or_damaged_key_is_never_replaced_by_a_new_one(write: Write, own_keys: Path, damage: str | None) -> None:
    write(1)
    checkpoints.grow(NOON)
    checkpoints.sign(NOON)
    path = own_keys / checkpoints.FILE_NAME
    path.unlink()
    if damage is not None:
        path.write_text(damage, "ascii")
    write(1)
    checkpoints.grow(NOON)
    with pytest.raises(checkpoints.KeyMissing, match="backup of the keys"):
        checkpoints.sign(NOON + timedelta(hours=1))
    assert Checkpoint.objects.count() == 1
