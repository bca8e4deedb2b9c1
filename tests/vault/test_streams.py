"""Sealed files: whole and durable or not there; every change, cut, exchange and repetition of frames is found."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huiyin.vault import keys, streams
from huiyin.vault.models import DataKey
from huiyin.vault.streams import FRAME_SIZE, PREFIX_SIZE, SEALED_FRAME_SIZE, open_stream, seal_stream
from huiyin.vault.suites import Altered

pytestmark = pytest.mark.django_db
CONTENT = b"".join(bytes([number]) * FRAME_SIZE for number in range(3)) + b"end"


@pytest.fixture
def key() -> DataKey:
    return keys.new_key()


@pytest.fixture
def sealed(key: DataKey, tmp_path: Path) -> Path:
    path = tmp_path / "file"
    seal_stream(key, io.BytesIO(CONTENT), path)
    return path


def whole(key: DataKey, path: Path) -> bytes:
    return b"".join(open_stream(key, path))


@pytest.mark.parametrize("size", [0, 1, FRAME_SIZE - 1, FRAME_SIZE, FRAME_SIZE + 1, 2 * FRAME_SIZE])
def test_a_file_of_any_size_comes_back_and_its_hash_and_size_are_told(key: DataKey, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    path = tmp_path / "a" / "b" / "file"
    told = seal_stream(key, io.BytesIO(content), path)
    assert (told.sha256, told.size) == (hashlib.sha256(content).hexdigest(), size)
    assert whole(key, path) == content
    assert os.listdir(path.parent) == ["file"]
    assert size < 16 or content[:16] not in path.read_bytes()


def test_a_source_that_gives_little_at_a_time_is_the_same(key: DataKey, tmp_path: Path) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 300_001))

    told = seal_stream(key, Slow(CONTENT), tmp_path / "file")
    assert told.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert [len(frame) for frame in open_stream(key, tmp_path / "file")] == [FRAME_SIZE] * 3 + [3]


def frames_of(raw: bytes) -> list[bytes]:
    return [raw[start : start + SEALED_FRAME_SIZE] for start in range(PREFIX_SIZE, len(raw), SEALED_FRAME_SIZE)]


CHANGES: dict[str, Callable[[bytes, list[bytes]], bytes]] = {
    "a bit of the prefix": lambda prefix, frames: b"HYG" + prefix[3:] + b"".join(frames),
    "a bit of the file id": lambda prefix, frames: prefix[:-1] + bytes([prefix[-1] ^ 1]) + b"".join(frames),
    "a bit of a nonce": lambda prefix, frames: (
        prefix + bytes([frames[0][0] ^ 1]) + frames[0][1:] + b"".join(frames[1:])
    ),
    "a bit of the content": lambda prefix, frames: prefix + b"".join(frames[:-1]) + frames[-1][:-20] + bytes(20),
    "last frame cut off": lambda prefix, frames: prefix + b"".join(frames[:-1]),
    "last byte cut off": lambda prefix, frames: prefix + b"".join(frames)[:-1],
    "all frames cut off": lambda prefix, frames: prefix,
    "prefix cut": lambda prefix, frames: prefix[:-1],
    "empty": lambda prefix, frames: b"",
    "two frames exchanged": lambda prefix, frames: prefix + frames[1] + frames[0] + b"".join(frames[2:]),
    "a frame left out": lambda prefix, frames: prefix + frames[0] + b"".join(frames[2:]),
    "a frame repeated": lambda prefix, frames: prefix + frames[0] + b"".join(frames),
    "something added": lambda prefix, frames: prefix + b"".join(frames) + b"\0",
    "the last frame repeated": lambda prefix, frames: prefix + b"".join(frames) + frames[-1],
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_file_does_not_open_whole(key: DataKey, sealed: Path, name: str) -> None:
    raw = sealed.read_bytes()
    prefix, frames = raw[:PREFIX_SIZE], frames_of(raw)
    assert whole(key, sealed) == CONTENT
    sealed.write_bytes(CHANGES[name](prefix, frames))
    with pytest.raises(Altered):
        whole(key, sealed)


def test_a_frame_of_another_file_of_the_same_case_does_not_open(key: DataKey, sealed: Path, tmp_path: Path) -> None:
    seal_stream(key, io.BytesIO(CONTENT), tmp_path / "other")
    raw, other = sealed.read_bytes(), frames_of((tmp_path / "other").read_bytes())
    sealed.write_bytes(raw[:PREFIX_SIZE] + other[0] + b"".join(frames_of(raw)[1:]))
    with pytest.raises(Altered):
        whole(key, sealed)


def test_a_missing_file_another_case_s_key_and_a_destroyed_one_are_told_at_once(key: DataKey, sealed: Path) -> None:
    with pytest.raises(Altered, match="missing"):
        open_stream(key, sealed.with_name("nothing"))
    with pytest.raises(Altered, match=f"key {key.pk}"):
        open_stream(keys.new_key(), sealed)
    keys.destroy(key, datetime(2026, 3, 2, tzinfo=UTC))
    with pytest.raises(keys.KeyDestroyed):
        open_stream(key, sealed)


def test_a_sealed_file_is_never_overwritten(key: DataKey, sealed: Path) -> None:
    before = sealed.read_bytes()
    with pytest.raises(FileExistsError):
        seal_stream(key, io.BytesIO(b"other"), sealed)
    assert sealed.read_bytes() == before


def test_a_full_disk_leaves_nothing_behind(key: DataKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        seal_stream(key, io.BytesIO(CONTENT), tmp_path / "file")
    assert os.listdir(tmp_path) == []


def test_a_source_that_breaks_off_leaves_nothing_behind(key: DataKey, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= FRAME_SIZE:
                raise ConnectionError("lost")
            return super().read(size)

    with pytest.raises(ConnectionError):
        seal_stream(key, Broken(CONTENT), tmp_path / "file")
    assert os.listdir(tmp_path) == []


def test_content_is_durable_before_its_name_and_the_name_before_the_answer(
    key: DataKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def watch_fsync(handle: int) -> None:
        order.append("folder" if Path(f"/proc/self/fd/{handle}").resolve().is_dir() else "file")
        fsync(handle)

    def watch_rename(self: Path, target: Path) -> Path:
        order.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", watch_fsync)
    monkeypatch.setattr(Path, "rename", watch_rename)
    seal_stream(key, io.BytesIO(CONTENT), tmp_path / "file")
    assert order == ["file", "rename", "folder"]
    seal_stream(key, io.BytesIO(CONTENT), tmp_path / "new" / "file")
    assert order[3:] == ["folder", "file", "rename", "folder"]


def test_fifty_megabytes_need_a_few_frames_of_memory(key: DataKey, tmp_path: Path) -> None:
    import tracemalloc

    class Zeros:
        left = 50 * FRAME_SIZE

        def read(self, size: int, /) -> bytes:
            given = min(size, self.left)
            self.left -= given
            return bytes(given)

    tracemalloc.start()
    told = seal_stream(key, Zeros(), tmp_path / "file")
    read = sum(len(frame) for frame in streams.open_stream(key, tmp_path / "file"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told.size == read == 50 * FRAME_SIZE
    assert peak < 10 * FRAME_SIZE
