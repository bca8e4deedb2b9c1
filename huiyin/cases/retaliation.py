"""A report of retaliation (打击报复, 《信访工作条例》第十八条, 第四十六条): under the code of the filing it followed, in the sealed lane.

It is a case of its own, kept from the unit that handles the matter and from who handles it. In the record of that
matter nothing is written: only the inspector, and who filed, can know that it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import access, accused, intake, sealed, timeline, together
from huiyin.cases.accused import WORDS_LIMIT, Named
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.lifecycle import note_row, taking
from huiyin.cases.models import Case, Filing, Note, Party, Retaliation, Stage
from huiyin.cases.models.case import Classification, Identity
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Employee
from huiyin.kernel.errors import Forbidden, Invalid
from huiyin.org import structure

WANTED = "请查清楚，停止对我的打击报复"
__all__ = ["WORDS_LIMIT", "Told", "of", "report", "source"]


@dataclass(frozen=True)
class Told:
    """One report of retaliation as who filed it reads it: when, where it stands, what was answered."""

    received_at: datetime
    stage: str
    replies: Sequence[str]


def report(filing: Filing, *, text: str, who: str = "", uploads: Sequence[str] = (), by: Actor, at: datetime) -> Case:
    """Report that one is treated badly because of this filing. While such a report is open, more is added to it.

    Kept from the handling unit with those below it, from the handler and their department's head, and from whom `who`
    names. Raises Invalid without words.
    """
    if not isinstance(by, Employee):
        raise Forbidden("employee_only", _("这一步只能由反映人本人来做。"))
    text = chinese.needed(
        text, limit=intake.TEXT_LIMIT, field="text", sentence=_("请写下发生了什么事，写一两句话也可以。")
    )
    with transaction.atomic():
        going = Retaliation.objects.select_related("case").filter(filing=filing, case__stage=Stage.INSPECTED).first()
        return _add(going.case, text, who, uploads, by, at) if going else _begin(filing, text, who, uploads, by, at)


def _begin(filing: Filing, text: str, who: str, uploads: Sequence[str], by: Employee, at: datetime) -> Case:
    matter = together.leading(filing.case)
    unit = matter.unit if matter.unit and not structure.is_whole_tree(matter.unit.path) else None
    how = Circumstances(uploads=uploads, about=Named(who, unit))
    said = Words(text, [WANTED], said=Classification.REPORT)
    received = intake.receive(said, identity=filing.identity, person=_person(filing), how=how, by=by, at=at)
    with taking("attach_retaliation", received.case, by=by, at=at) as turn:
        turn.keep(Retaliation(case=turn.case, filing=filing))
        if matter.handler is not None:
            accused.put(turn, Named(username=matter.handler.username))
    return received.case


def _add(case: Case, text: str, who: str, uploads: Sequence[str], by: Employee, at: datetime) -> Case:
    with taking("add", case, by=by, at=at) as turn:
        accused.put(turn, Named(who))
        row = turn.keep(note_row(turn, Note.Kind.ADDITION, text))
        row.files.set(turn.keep_files(uploads))
        turn.notify(access.inspectors(turn.case, timezone.localtime(at).date())[1], "report_received")
    return case


def _person(filing: Filing) -> Person:
    """Who filed, as they were known then; no account: the report is told under the filing's code alone."""
    party = Party.objects.select_related("case__subject__key").filter(filing=filing, part=Party.Part.FILER).first()
    if party is None or filing.identity == Identity.ANONYMOUS:
        return Person()
    known = sealed.identity_of(party)
    if not known.get("name"):
        raise Invalid("name", _("这件来件没有留下姓名，请另外提交一件检举控告。"), field="text")
    return Person(known["name"], known.get("id_number", ""), known.get("phone", ""), known.get("address", ""))


def of(filing: Filing) -> list[Told]:
    """What was reported under this filing's code, newest first. Two statements, one where there is nothing."""
    rows = list(Retaliation.objects.select_related("case__subject__key").filter(filing=filing).order_by("-pk"))
    if not rows:
        return []
    notes = Note.objects.select_related("case__subject__key").filter(
        case__in=[row.case_id for row in rows], kind=Note.Kind.REPLY
    )
    replies: dict[int, list[str]] = {}
    for note in notes.order_by("pk"):
        replies.setdefault(note.case_id, []).append(sealed.text_of(note))
    return [
        Told(row.case.received_at, timeline.stage_for_employee(row.case), replies.get(row.case_id, [])) for row in rows
    ]


def source(case: Case) -> Case | None:
    """For the inspector who may see the report: the matter it followed, with its unit. One statement."""
    row = Retaliation.objects.select_related("filing__case__unit", "filing__case__office").filter(case=case).first()
    return row.filing.case if row else None
