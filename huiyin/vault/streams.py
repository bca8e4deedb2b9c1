"""Files sealed with a subject's key, in frames, so that 50 MB need 1 MiB of memory.

Layout: "HYF" | envelope header (10 bytes) | file id (16 random bytes), then frames: nonce (12) | ciphertext and tag. Each
frame but the last holds 1 MiB of content. A frame is bound to header, file id, its number and whether it is the last:
frames changed, cut off, exchanged, repeated or taken from another file don't open.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag

from huiyin.vault.keys import subkey, sync_folder
from huiyin.vault.models import DataKey
from huiyin.vault.suites import CURRENT, HEADER_SIZE, NONCE_SIZE, TAG_SIZE, Altered, Cipher, header, read_header

MAGIC = b"HYF"
FRAME_SIZE = 1 << 20
FILE_ID_SIZE = 16
PREFIX_SIZE = len(MAGIC) + HEADER_SIZE + FILE_ID_SIZE
SEALED_FRAME_SIZE = NONCE_SIZE + FRAME_SIZE + TAG_SIZE


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Sealed:
    """Of the content as it came: SHA-256 in hexadecimal, and size in bytes."""

    sha256: str
    size: int


def seal_stream(key: DataKey, source: Readable, target: Path) -> Sealed:
    """Writes the sealed content of `source` to `target`: durable and whole, or not there at all.

    Temporary file in the same folder, fsync, rename, fsync of the folder. Missing folders are made. FileExistsError if
    the target exists: sealed files are never overwritten. KeyDestroyed; OSError (full disk) leaves nothing behind.
    """
    cipher = CURRENT.cipher(subkey(key, "stream"))
    if target.exists():
        raise FileExistsError(target)
    _make_folder(target.parent)
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    digest, size, number = hashlib.sha256(), 0, 0
    prefix = MAGIC + header(CURRENT, key.pk) + secrets.token_bytes(FILE_ID_SIZE)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(prefix)
            block = _block(source)
            while True:
                following = _block(source)
                digest.update(block)
                size += len(block)
                nonce = secrets.token_bytes(NONCE_SIZE)
                file.write(nonce + cipher.encrypt(nonce, block, _frame_place(prefix, number, is_last=not following)))
                if not following:
                    break
                block, number = following, number + 1
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
        sync_folder(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return Sealed(digest.hexdigest(), size)


def open_stream(key: DataKey, path: Path) -> Iterator[bytes]:
    """The content, frame by frame, each checked before it is given.

    KeyDestroyed, and Altered for a missing file or a wrong beginning, come at once; Altered for a later frame comes at that frame:
    what came before it is genuine, and without an error at the end the content is whole.
    """
    secret = subkey(key, "stream")
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise Altered(f"the file {path.name} is missing") from None
    with file:
        prefix = file.read(PREFIX_SIZE)
    if len(prefix) != PREFIX_SIZE or not prefix.startswith(MAGIC):
        raise Altered(f"{path.name} is not a sealed file")
    suite = read_header(prefix[len(MAGIC) :], key.pk)
    return _frames(suite.cipher(secret), prefix, path)


def _frames(cipher: Cipher, prefix: bytes, path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if file.read(PREFIX_SIZE) != prefix:
            raise Altered(f"{path.name} was changed while it was read")
        frame, number = file.read(SEALED_FRAME_SIZE), 0
        while True:
            following = file.read(SEALED_FRAME_SIZE)
            try:
                yield cipher.decrypt(
                    frame[:NONCE_SIZE],
                    frame[NONCE_SIZE:],
                    _frame_place(prefix, number, is_last=not following),
                )
            except (InvalidTag, ValueError):
                raise Altered(f"{path.name} was changed, cut or reordered at frame {number}") from None
            if not following:
                return
            frame, number = following, number + 1


def _block(source: Readable) -> bytes:
    """1 MiB of the source, less only at its end: sockets and uploads may give less at a time."""
    block = source.read(FRAME_SIZE)
    if not block or len(block) == FRAME_SIZE:
        return block
    pieces, missing = [block], FRAME_SIZE - len(block)
    while missing and (piece := source.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _frame_place(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(8, "big") + (b"\x01" if is_last else b"\x00")


def _make_folder(folder: Path) -> None:
    """mkdir -p, with each new name made durable in its parent."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)
