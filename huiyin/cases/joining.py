"""A filing that repeats an older matter: like words are offered, a person decides, and it joins the older case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from huiyin.cases import access, letters, sealed, search, together
from huiyin.cases.intake import reindex
from huiyin.cases.lifecycle import note_row, taking
from huiyin.cases.models import Case, Note
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid
from huiyin.org.permissions import Permission


@dataclass(frozen=True)
class Alike:
    """A case with like text; likeness between 0 and 1, 1 for the same words."""

    case: Case
    likeness: float
    is_same_words: bool


def find_alike(text: str, *, by: Actor, at_most: int = 5, leave_out: Case | None = None) -> list[Alike]:
    """Cases in the viewer's scope with like text, best first. Only words are compared, never people (product.md §3)."""
    if len(text.strip()) < 4:
        return []
    found = []
    for case, likeness in search.alike(text, access.visible_to(by), at_most=at_most + 1):
        if leave_out is None or case.pk != leave_out.pk:
            found.append(Alike(case, likeness, likeness >= 0.999))
    return found[:at_most]


def join(case: Case, *, into: Case, reason: str, by: Actor, at: datetime) -> Case:
    """Join a repeat filing's case into the older one: it stays as a pointer, its words become part of the older one.

    The filing keeps its number and code, counts as a filing, and its words stay its own: one filing's code never shows
    another's text. Where the older case was accepted or decided already, its filer gets an own paper of that too, on
    the portal where agreed to, else it waits to be delivered.
    """
    reason = chinese.clean(reason, limit=500, field="reason")
    if case.pk == into.pk:
        raise Invalid("same_case", "不能并入自己。请另选一件事项。", field="into")
    if not reason:
        raise Invalid("reason", "请写明为什么认为是同一件事项。", field="reason")
    access.require(by, Permission.REGISTER, into)
    first, second = sorted((case, into), key=lambda row: row.pk)  # always in one order: two joins at once can't lock up
    with transaction.atomic():
        list(Case.objects.select_for_update().filter(pk__in=[first.pk, second.pk]).order_by("pk"))
        with taking("join", case, by=by, at=at) as turn:
            turn.case.joined_to = into
            turn.facts["into"] = into.reference
        moved = list(together.standing(case))
        with taking("take_filing", into, by=by, at=at) as turn:
            turn.facts["from"] = case.reference
            for filing in moved:
                turn.facts[f"filing:{filing.reference}"] = filing.content_hash
            text = "\n".join(sealed.text_of(filing) for filing in moved)
            turn.keep(note_row(turn, Note.Kind.NOTE, f"并入重复来件。理由：{reason}\n\n来件内容：\n{text}"))
            newcomers = [party for party in letters.addressees(turn.case) if party.filing in moved]
            letters.catch_up(turn, newcomers)
        reindex(into)
        search.drop(case.pk)
    return into
