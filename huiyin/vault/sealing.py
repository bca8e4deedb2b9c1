"""Short texts sealed with a subject's key: identity, sealed reports, names of files."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag

from huiyin.vault.keys import subkey
from huiyin.vault.models import DataKey
from huiyin.vault.suites import CURRENT, HEADER_SIZE, NONCE_SIZE, TAG_SIZE, Altered, header, read_header


def seal(key: DataKey, text: str, *, place: str) -> bytes:
    """The envelope (suites.py) of `text`. `place` (`"cases.Party.sealed_identity"`) must be the same when it is opened.

    Two sealings of one text differ. KeyDestroyed if the key is.
    """
    head = header(CURRENT, key.pk)
    nonce = secrets.token_bytes(NONCE_SIZE)
    return head + nonce + CURRENT.cipher(subkey(key, "seal")).encrypt(nonce, text.encode(), head + place.encode())


def unseal(key: DataKey, blob: bytes | bytearray | memoryview, *, place: str) -> str:
    """The text. KeyDestroyed when it was erased; Altered when changed, cut, moved, or sealed for another place or key."""
    data = bytes(blob)
    suite = read_header(data, key.pk)
    if len(data) < HEADER_SIZE + NONCE_SIZE + TAG_SIZE:
        raise Altered(f"sealed content of key {key.pk} at {place} is cut short")
    head, nonce, rest = (
        data[:HEADER_SIZE],
        data[HEADER_SIZE : HEADER_SIZE + NONCE_SIZE],
        data[HEADER_SIZE + NONCE_SIZE :],
    )
    try:
        return suite.cipher(subkey(key, "seal")).decrypt(nonce, rest, head + place.encode()).decode()
    except InvalidTag:
        raise Altered(f"sealed content of key {key.pk} at {place} was changed, or sealed for another place") from None
