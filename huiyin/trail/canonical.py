"""The exact bytes of an event, and the hash that chains it. Pure: no database.

One value has one spelling: sorted keys, no spaces, UTF-8, strings in NFC, moments as UTC with microseconds.
Numbers are integers that every JSON reader keeps exactly; there are no floats.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]

SCHEMA_VERSION = 1
NO_EVENT = bytes(32)  # what the first event of a subject has as its predecessor
_EVENT_TAG = b"\x00huiyin-event"
_EXACT = 2**53


def moment_text(moment: datetime) -> str:
    """`2026-08-03T01:00:00.000000Z`. Raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment in the record needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def plain(value: object) -> Plain:
    """The one spelling of a value in the record; dates and moments become texts.

    Raises TypeError for a float or anything else that has no single spelling, ValueError for an integer beyond
    2**53 or two keys that are one in NFC.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", str(value))
    if isinstance(value, int):
        if not -_EXACT < value < _EXACT:
            raise ValueError(f"{value} is too large for the record")
        return int(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} can't stand in the record")


def _plain_mapping(value: Mapping[object, object]) -> dict[str, Plain]:
    named: dict[str, Plain] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"keys in the record are texts, not {type(key).__name__}")
        name = unicodedata.normalize("NFC", str(key))
        if name in named:
            raise ValueError(f"the key {name!r} stands twice")
        named[name] = plain(item)
    return named


def canonical(body: Mapping[str, object]) -> bytes:
    """The bytes that are hashed and kept. Raises as `plain`, and ValueError for text that UTF-8 can't carry."""
    return json.dumps(plain(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(
        "utf-8"
    )


def event_hash(canonical_bytes: bytes) -> bytes:
    """SHA-256 over a tag and the event's bytes; the tag keeps it from being taken for any other hash here."""
    return sha256(_EVENT_TAG + canonical_bytes).digest()


def read_body(canonical_bytes: bytes) -> dict[str, Any]:
    """An event's body as it was written: by, at, recorded_at, sets, facts, commits."""
    body: dict[str, Any] = json.loads(canonical_bytes)
    return body
