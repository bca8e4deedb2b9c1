"""The keyed index of ID and phone numbers, and the one way to ask it.

Nothing here counts, sorts or joins persons: a digest leads to the keys of subjects, and only after it was logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import transaction

from huiyin.kernel.id_number import check_id_number, check_phone
from huiyin.vault.digests import keyed_digest
from huiyin.vault.keys import KeyDestroyed
from huiyin.vault.models import DataKey, IndexEntry


def _digest(kind: str, value: str) -> bytes:
    """One form of the number on both sides; Invalid for what is no such number."""
    kind = IndexEntry.Kind(kind).value
    number = check_id_number(value) if kind == IndexEntry.Kind.ID_NUMBER else check_phone(value)
    return keyed_digest(f"index.{kind}", number)


def index(key: DataKey, kind: str, value: str) -> None:
    """Makes a subject findable by this number. Twice is once. ValueError for an unknown kind, Invalid for no number.

    Not for confidential, anonymous and sealed ones: they are never indexed.
    """
    index_all(key, [(kind, value)])


def index_all(key: DataKey, numbers: Iterable[tuple[str, str]]) -> None:
    """`index` for several (kind, value) of one subject, in one insert. KeyDestroyed."""
    if key.destroyed_at is not None:
        raise KeyDestroyed
    entries = {(kind, _digest(kind, value)) for kind, value in numbers}
    IndexEntry.objects.bulk_create(
        [IndexEntry(key=key, kind=kind, digest=digest) for kind, digest in entries], ignore_conflicts=True
    )


def unindex(key: DataKey) -> None:
    """Takes a subject out of the index: it became sealed or confidential, or its numbers are entered anew."""
    IndexEntry.objects.filter(key=key).delete()


def look_up(kind: str, value: str, *, log: Callable[[], object]) -> list[int]:
    """Ids of the keys whose subjects have a party with this number.

    `log` is called first and in the same transaction: if it raises, nothing was looked up and nothing is answered; if
    the transaction fails later, there is neither. Invalid (before the log) when the value is no such number.
    """
    digest = _digest(kind, value)
    with transaction.atomic():
        log()
        return list(IndexEntry.objects.filter(kind=kind, digest=digest).values_list("key_id", flat=True))
