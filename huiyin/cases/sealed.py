"""Texts that may live sealed: a row of the sealed lane keeps its words under the case's key and none in the clear."""

from __future__ import annotations

import json
from typing import TypedDict

from huiyin.cases.models import Case, Demand, Filing, Note, Opening, Party
from huiyin.vault.sealing import seal, unseal

Worded = Filing | Demand | Note


class IdentityValues(TypedDict, total=False):
    """What a party's sealed identity holds."""

    name: str
    id_number: str
    phone: str
    address: str
    email: str
    account: int


def text_of(row: Worded) -> str:
    """The words of a row, opened where they are sealed. Callers have checked that the reader may see the case."""
    if row.sealed is None:
        return row.text
    return unseal(row.case.subject.key, bytes(row.sealed), place=_place(row))


def put_text(row: Worded, text: str, case: Case) -> None:
    """Set the words of a row, sealed when its case is in the sealed lane. Does not save."""
    if case.is_sealed:
        row.text, row.sealed = "", seal(case.subject.key, text, place=_place(row))
    else:
        row.text, row.sealed = text, None


def _place(row: Worded) -> str:
    return f"cases.{type(row).__name__}.text"


def seal_all(case: Case) -> None:
    """Move every text of a case into the sealed columns: four statements and one for each row."""
    for model in (Filing, Demand, Note):
        for row in model._default_manager.filter(case=case, sealed=None):
            put_text(row, row.text, case)
            row.save(update_fields=["text", "sealed"])


def seal_identity(case: Case, values: IdentityValues) -> bytes:
    return seal(case.subject.key, json.dumps(values, ensure_ascii=False), place="cases.Party.sealed_identity")


def identity_of(party: Party) -> IdentityValues:
    """The identity in the clear. Only `cases.identity` and the writers of papers call this."""
    if party.sealed_identity is None:
        return {}
    key = party.case.subject.key
    values: IdentityValues = json.loads(unseal(key, bytes(party.sealed_identity), place="cases.Party.sealed_identity"))
    return values


def seal_reason(case: Case, text: str) -> bytes:
    return seal(case.subject.key, text, place="cases.Opening.sealed_reason")


def reason_of(opening: Opening) -> str:
    return unseal(opening.case.subject.key, bytes(opening.sealed_reason), place="cases.Opening.sealed_reason")
