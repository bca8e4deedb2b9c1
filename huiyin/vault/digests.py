"""Keyed hashes: to find a value without storing it, and to commit to a text that may later be erased."""

from __future__ import annotations

import hmac

from huiyin.vault.keys import derived, subkey
from huiyin.vault.models import DataKey


def keyed_digest(purpose: str, value: str | bytes) -> bytes:
    """HMAC-SHA256 (32 bytes) under a key of this purpose. Nobody without the master key can try values against it."""
    data = value.encode() if isinstance(value, str) else value
    return hmac.digest(derived(f"digest.{purpose}"), data, "sha256")


def commitment(key: DataKey, label: str, text: str) -> str:
    """What an event keeps of a personal text: HMAC-SHA256 under the subject's key, 64 hexadecimal characters.

    Binds label and text; after the key is destroyed it can be checked against nothing. KeyDestroyed.
    """
    named = label.encode()
    return hmac.digest(subkey(key, "commit"), len(named).to_bytes(4, "big") + named + text.encode(), "sha256").hex()
