"""The master key in its file, and one key per subject wrapped by it.

The master key is 32 random bytes as 64 hexadecimal characters in `<data>/keys/master.key`, mode 0400, made at the first
start. Nothing is encrypted with it directly: every purpose has its own key derived from it (HKDF-SHA256), and so has
every use of a subject's key.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction

from huiyin.kernel.errors import DomainError
from huiyin.vault.models import DataKey, IndexEntry
from huiyin.vault.suites import CURRENT, NONCE_SIZE, SECRET_SIZE, Altered, Cipher, suite_of

FILE_NAME = "master.key"


class BadKeyFile(SystemExit):
    """The master key file stops the start; the sentence says which file, what is wrong and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"huiyin: {sentence}")


class KeyDestroyed(DomainError):
    """What this key sealed was erased for good; that it existed and how it was handled stays on record."""

    status = 409

    def __init__(self) -> None:
        super().__init__("erased", "这部分内容已按规定永久删除，无法再打开；办理过程的记录仍然保留。")


class WrongMasterKey(Exception):
    """A key in the database was wrapped by another master key than the one in the file. Names both by their ids."""


@dataclass(frozen=True)
class Master:
    """The master key. `id`, the first 8 hexadecimal characters of a hash of it, tells two files apart, no more."""

    secret: bytes
    id: str

    def __repr__(self) -> str:
        return f"Master(id={self.id!r})"


def key_file() -> Path:
    return Path(settings.KEYS) / FILE_NAME


def master() -> Master:
    """The master key, read once per process. Makes the file if there is none and no key depends on it; BadKeyFile."""
    return _master(settings.KEYS)


@lru_cache(maxsize=4)
def _master(folder: Path) -> Master:
    path = Path(folder) / FILE_NAME
    if not os.path.lexists(path):
        if _has_keys():
            raise BadKeyFile(
                f"{path} is missing, but the database holds keys wrapped by it. Put the file back from the backup of the "
                "keys (or from another node of this installation), mode 0400, and start again. "
                "Don't make a new one: what was sealed could never be opened."
            )
        _make(path)
    return _read(path)


def _has_keys() -> bool:
    return DataKey._meta.db_table in connection.introspection.table_names() and DataKey.objects.exists()


def _make(path: Path) -> None:
    """Writes a new master key under another name, makes it durable, then links it into place: whole or not there.

    Two processes of the same first start can't both win: link() refuses an existing name.
    """
    part = path.with_name(f".{FILE_NAME}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_SIZE))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadKeyFile(
            f"{path} can't be made: {error.strerror}. HUIYIN_DATA must be a folder on a local disk "
            "that this user may write to."
        ) from None


def _read(path: Path) -> Master:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe in its place must not hold up the start
    except OSError as error:
        raise BadKeyFile(
            f"{path} can't be read: {error.strerror}. It must belong to the user that runs huiyin."
        ) from None
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise BadKeyFile(f"{path} is not a file. Put the master key file there and start again.")
        if mode & 0o077:
            raise BadKeyFile(
                f"{path} can be read by others (mode {stat.S_IMODE(mode):04o}). Check who may have copied it, "
                f"then: chmod 0400 {path}"
            )
        text = os.read(handle, 1024)
    finally:
        os.close(handle)
    try:
        secret = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != SECRET_SIZE:
        raise BadKeyFile(
            f"{path} is damaged: it must hold {SECRET_SIZE * 2} hexadecimal characters and nothing else "
            f"(found {len(text)} bytes). Put it back from the backup of the keys."
        )
    return Master(secret, hashlib.sha256(b"huiyin master id\0" + secret).hexdigest()[:8])


def check_key_file() -> str:
    """For the start: the file is there, whole, private, and the one the database's keys were wrapped with.

    Makes it on the very first start. Answers the master's id; raises BadKeyFile (a SystemExit) with what to do.
    """
    forget()
    own = master()
    if not _has_keys():
        return own.id
    live = DataKey.objects.filter(destroyed_at=None)
    for row in (live.order_by("pk").first(), live.order_by("-pk").first()):
        if row is not None and row.master_id != own.id:
            raise BadKeyFile(
                f"{key_file()} is another key ({own.id}) than the one the data was sealed with ({row.master_id}). "
                f"Put the file of {row.master_id} back from the backup of the keys."
            )
        if row is not None:
            try:
                secret_of(row)
            except Altered as error:
                raise BadKeyFile(
                    f"The table vault_datakey and {key_file()} don't fit together: {error.reason}. "
                    "Restore the keys from their backup."
                ) from None
    return own.id


def forget() -> None:
    """Drops what this process remembers of the master key file; the next use reads it again."""
    _master.cache_clear()
    _derived.cache_clear()
    _wrapper.cache_clear()


def derived(purpose: str) -> bytes:
    """32 bytes for one purpose (`"digest.query_code"`), from the master key by HKDF-SHA256. The same every time."""
    return _derived(settings.KEYS, purpose)


@lru_cache(maxsize=256)
def _derived(folder: Path, purpose: str) -> bytes:
    info = b"huiyin/1/" + purpose.encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(_master(folder).secret)


@lru_cache(maxsize=8)
def _wrapper(folder: Path, suite: int) -> tuple[Cipher, str]:
    return suite_of(suite).cipher(_derived(folder, f"wrap.{suite}")), _master(folder).id


def _wrap_place(suite: int, master_id: str) -> bytes:
    return f"huiyin/1/data key/{suite}/{master_id}".encode()


def _fresh() -> DataKey:
    cipher, master_id = _wrapper(settings.KEYS, CURRENT.number)
    nonce = secrets.token_bytes(NONCE_SIZE)
    secret = secrets.token_bytes(SECRET_SIZE)
    wrapped = nonce + cipher.encrypt(nonce, secret, _wrap_place(CURRENT.number, master_id))
    return DataKey(suite=CURRENT.number, master_id=master_id, wrapped=wrapped)


def new_key() -> DataKey:
    """A new random key, wrapped and saved: one insert."""
    key = _fresh()
    key.save(force_insert=True)
    return key


def new_keys(count: int) -> list[DataKey]:
    """`count` new keys, saved in bulk, in order."""
    return DataKey.objects.bulk_create([_fresh() for _ in range(count)], batch_size=500)


def secret_of(key: DataKey) -> bytes:
    """The unwrapped 32 bytes; some microseconds, kept nowhere. KeyDestroyed, WrongMasterKey, Altered."""
    if key.wrapped is None or key.destroyed_at is not None:
        raise KeyDestroyed
    cipher, master_id = _wrapper(settings.KEYS, key.suite)
    if key.master_id != master_id:
        raise WrongMasterKey(f"key {key.pk} was wrapped by master {key.master_id}, the file holds {master_id}")
    wrapped = bytes(key.wrapped)
    try:
        return cipher.decrypt(wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:], _wrap_place(key.suite, master_id))
    except (InvalidTag, ValueError):
        raise Altered(f"the wrapped key {key.pk} was changed") from None


def subkey(key: DataKey, use: str) -> bytes:
    """The subject's key for one use (`seal`, `stream`, `commit`): HKDF-Expand of the secret, one block (RFC 5869)."""
    return hmac.digest(secret_of(key), b"huiyin/1/" + use.encode() + b"\x01", "sha256")


def destroy(key: DataKey, at: datetime) -> None:
    """Erases for good what this key sealed: overwrites the wrapped key, removes its index entries.

    Once done it stays done; a second call keeps the first date. Copies remain in the backup of the keys until that
    one's term (35 days) is over.
    """
    with transaction.atomic():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA secure_delete=ON")  # freed pages are overwritten, not only unlinked
        IndexEntry.objects.filter(key=key).delete()
        DataKey.objects.filter(pk=key.pk, destroyed_at=None).update(wrapped=None, destroyed_at=at)
    key.refresh_from_db()


def sync_folder(folder: Path) -> None:
    """Makes names in a folder durable (fsync of the directory itself)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
