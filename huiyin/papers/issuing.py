"""Papers from draft to seal: drafts change, a sealed paper never does; a new one supersedes it.

What is filled in lies sealed with the subject's key. Sealing checks the required parts, gives the number and makes
the PDF. Every act that seals puts `sets(paper)` and `texts(paper)` into its event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import Invalid, Refused
from huiyin.kernel.ids import new_reference
from huiyin.org.models import Unit
from huiyin.org.numbering import next_number
from huiyin.papers import files, record, templates, workshop, writers
from huiyin.papers.models import Paper
from huiyin.papers.templates import Fields, Template, Value
from huiyin.trail.models import Subject
from huiyin.vault.sealing import seal as seal_text

# A sealed paper's columns in the record, and its fields as the one JSON text that is committed to there.
columns = record.paper_columns
text_of = record.paper_text


def draft(subject: Subject, kind: str, fields: Fields, unit: Unit, *, supersedes: Paper | None = None) -> Paper:
    """A new draft; parts may still be missing. `unit` issues it and gives it its number. It follows the form in force.

    Fields that the template prints once (the query code) are not kept. `supersedes` names the sealed paper that this
    one takes the place of: same subject, same kind. LookupError for an unknown kind, ValueError for an unknown field.
    """
    if supersedes is not None and (supersedes.subject_id, supersedes.kind) != (subject.pk, kind):
        raise ValueError("a paper supersedes one of its own subject and kind")
    if supersedes is not None and supersedes.sealed_at is None:
        raise Refused("paper_not_sealed", _("被替换的文书还没有用印，请直接修改它。"))
    form, version = workshop.in_force(kind)
    return Paper.objects.create(
        subject=subject,
        kind=kind,
        template_version=form.version,
        form_version=version,
        unit=unit,
        reference=new_reference(),
        sealed_fields=_seal(subject, form, fields),
        supersedes=supersedes,
    )


def revise(paper: Paper, fields: Fields) -> Paper:
    """Write a draft anew with these fields, all of them, in the form it was begun with. Refused for a sealed paper."""
    form = workshop.form_of(paper)
    sealed_fields, version = _seal(paper.subject, form, fields), form.version
    changed = Paper.objects.filter(pk=paper.pk, sealed_at=None)
    if not changed.update(sealed_fields=sealed_fields, template_version=version):
        raise Refused("paper_sealed", _("这份文书已经用印，不能再改。需要更正的，请另行制作一份新的文书。"))
    paper.sealed_fields, paper.template_version = sealed_fields, version
    return paper


def fields_of(paper: Paper) -> dict[str, Value]:
    """What is filled in. KeyDestroyed when the subject was erased, Altered when the row isn't what was stored."""
    fields: dict[str, Value] = json.loads(text_of(paper))
    return fields


def missing(paper: Paper) -> list[str]:
    """What the draft still lacks, in words to show."""
    return templates.missing(workshop.form_of(paper), fields_of(paper))


def seal(paper: Paper, by: Actor, at: datetime) -> Paper:
    """Number the paper, make its PDF, and fix both; answers the paper as it now is. In the act's transaction.

    Raises Invalid with the names of the missing parts; Refused when it is sealed already. The date on the paper is
    the day of `at` in the enterprise's time zone.
    """
    with transaction.atomic():
        locked = (
            Paper.objects.select_for_update(of=("self",))
            .select_related("subject__key", "unit", "form_version")
            .get(pk=paper.pk)
        )
        if locked.sealed_at is not None:
            raise Refused("paper_sealed", _("这份文书已经用印，不用重复办理。请刷新页面查看。"))
        made = workshop.form_of(locked)
        fields = fields_of(locked)
        if lacking := templates.lacking(made, fields):
            raise Invalid(
                "paper_incomplete",
                _("《%(title)s》还缺：%(parts)s。请补全后再用印。")
                % {"title": made.title, "parts": "、".join(label for _name, label in lacking)},
                field=lacking[0][0],
            )
        number = next_number(locked.unit, made.series, at)
        day = timezone.localtime(at).date()
        pdf = writers.pdf(made, fields, unit=locked.unit, number=number, on=day)
        locked.pdf = files.store_bytes(locked.subject, pdf, f"{made.title} {number}.pdf", "application/pdf", at)
        locked.template_version, locked.number, locked.sealed_at = made.version, number, at
        locked.sealed_by_id = by.user_id if isinstance(by, Staff) else None
        locked.save(update_fields=["template_version", "number", "pdf", "sealed_at", "sealed_by"])
    return locked


def preview(paper: Paper, on: date) -> bytes:
    """The draft as PDF, without a number; what is missing stands in its place as 〔…：待填〕."""
    form = workshop.form_of(paper)
    return writers.pdf(form, fields_of(paper), unit=paper.unit, number=paper.number or "", on=_day(paper, on))


def working_copy(paper: Paper, on: date) -> bytes:
    """The paper as .docx: a copy to work with, never the paper itself. `on` dates a draft."""
    form = workshop.form_of(paper)
    return writers.docx(form, fields_of(paper), unit=paper.unit, number=paper.number or "", on=_day(paper, on))


def _day(paper: Paper, on: date) -> date:
    return timezone.localtime(paper.sealed_at).date() if paper.sealed_at else on


def sets(paper: Paper) -> dict[str, Mapping[str, object]]:
    """For the `sets` of the event that sealed it: the paper and its file."""
    stored = files.sets([paper.pdf]) if paper.pdf else {}
    return {record.paper_entity(paper): columns(paper), **stored}


def texts(paper: Paper) -> dict[str, str]:
    """For the `texts` of the event that sealed it."""
    return {record.paper_label(paper): text_of(paper)}


def _seal(subject: Subject, form: Template, fields: Fields) -> bytes:
    """Sorted keys and no spaces: the same fields give the same text."""
    templates.check_names(form, fields)
    known = form.fields
    kept = {name: value for name, value in fields.items() if known[name].is_kept}
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return seal_text(subject.key, text, place=record.PLACE)
