"""Texts that may live sealed: a row of the sealed lane keeps its words under the case's key and none in the clear."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TypedDict

from huiyin.cases.models import (
    Accused,
    Case,
    Demand,
    Filing,
    Instruction,
    Interview,
    Note,
    Opening,
    Party,
    Recusal,
    RouteAdvice,
)
from huiyin.vault.sealing import seal, unseal

Worded = Filing | Demand | Note | Instruction
DEMANDS_PLACE = "cases.Filing.demands"


class IdentityValues(TypedDict, total=False):
    """What a party's sealed identity holds."""

    name: str
    id_number: str
    phone: str
    address: str
    email: str
    caller: str
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


def content_hash(text: str, demands: Sequence[str]) -> str:
    """SHA-256 (hex) over the words as filed, as printed on the receipt."""
    return hashlib.sha256(json.dumps([text, *demands], ensure_ascii=False).encode()).hexdigest()


def demands_of(filing: Filing) -> list[str]:
    """The requests in the filer's own words, as they came. Of a filing older than their being kept: the case's."""
    kept: list[str] | None = filing.demands
    if filing.sealed_demands is not None:
        kept = json.loads(unseal(filing.case.subject.key, bytes(filing.sealed_demands), place=DEMANDS_PLACE))
    if kept:
        return kept
    rows = Demand.objects.select_related("case__subject__key").filter(case=filing.case_id).order_by("no")
    return [text_of(row) for row in rows]


def put_demands(filing: Filing, demands: Sequence[str], case: Case) -> None:
    """Set the requests as filed, sealed when the case is in the sealed lane. Does not save."""
    filing.demands, filing.sealed_demands = list(demands), None
    if case.is_sealed:
        content = json.dumps(filing.demands, ensure_ascii=False)
        filing.demands, filing.sealed_demands = None, seal(case.subject.key, content, place=DEMANDS_PLACE)


def _place(row: Worded) -> str:
    return f"cases.{type(row).__name__}.text"


def seal_all(case: Case) -> None:
    """Move every text of a case into the sealed columns: four statements and one for each row."""
    for model in (Filing, Demand, Note, Instruction):
        for row in model._default_manager.filter(case=case, sealed=None):
            put_text(row, row.text, case)
            row.save(update_fields=["text", "sealed"])
    for filing in Filing.objects.filter(case=case, sealed_demands=None):
        put_demands(filing, filing.demands or [], case)
        filing.save(update_fields=["demands", "sealed_demands"])


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


def seal_accused(case: Case, words: str) -> bytes:
    return seal(case.subject.key, words, place="cases.Accused.sealed")


def accused_words(row: Accused) -> str:
    """Whom a case is about, as the JSON that was sealed. Callers have checked that the reader may see the case."""
    return unseal(row.case.subject.key, bytes(row.sealed), place="cases.Accused.sealed")


def seal_recusal(case: Case, text: str) -> bytes:
    return seal(case.subject.key, text, place="cases.Recusal.sealed")


def recusal_words(row: Recusal) -> str:
    """Why somebody should step aside. For who decides, and for the paper to who asked."""
    return _recusal(row, row.sealed_reason)


def recusal_answer(row: Recusal) -> str:
    """Why it was decided so."""
    return _recusal(row, row.sealed_answer)


def _recusal(row: Recusal, kept: bytes | memoryview | None) -> str:
    return "" if kept is None else unseal(row.case.subject.key, bytes(kept), place="cases.Recusal.sealed")


def seal_facts(case: Case, text: str) -> bytes:
    return seal(case.subject.key, text, place="cases.RouteAdvice.sealed_facts")


def facts_of(row: RouteAdvice) -> str:
    return unseal(row.case.subject.key, bytes(row.sealed_facts), place="cases.RouteAdvice.sealed_facts")


def seal_interview(case: Case, words: str) -> bytes:
    return seal(case.subject.key, words, place="cases.Interview.sealed")


def interview_words(row: Interview) -> str:
    """Who was spoken with, as the JSON that was sealed. For the record alone: pages read the paper."""
    return unseal(row.case.subject.key, bytes(row.sealed), place="cases.Interview.sealed")
