"""Where one's own filing went, in words: to which office and by when it tells in writing, and request by request."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from huiyin.cases import sealed
from huiyin.cases.models import Case, Demand, Dispatch, Filing, Stage
from huiyin.cases.models.case import Way
from huiyin.clocks.models import Clock


@dataclass(frozen=True)
class Place:
    """One line of where it went; `reference` leads to the page of a part that has a case of its own."""

    sentence: str
    reference: str = ""


def places_of(filing: Filing, leading: Case) -> list[Place]:
    """Where the filing and its requests went. Nothing of a report of wrongdoing, and of the requests of a case that others
    lead only what concerns everybody. Three statements."""
    if leading.is_sealed:
        return []
    found = _office(leading)
    if filing.case_id == leading.pk:
        for row in Demand.objects.select_related("case__subject__key").filter(case=leading, led_at__isnull=False):
            words = {"no": row.no, "text": _short(sealed.text_of(row))}
            if row.way == Way.ROUTED:
                found.append(Place(_("第%(no)s项“%(text)s”：有法定途径，机构和期限请看告知书") % words))
            elif row.way == Way.NOT_OURS:
                found.append(Place(_("第%(no)s项“%(text)s”：不属于本单位，向哪里提出请看告知书") % words))
            elif row.way == Way.DECLINED:
                found.append(Place(_("第%(no)s项“%(text)s”：不予受理，理由请看告知书") % words))
    root = filing.part_of_id or filing.pk
    near = Q(part_of=root) | Q(pk=root)
    for other in Filing.objects.select_related("case").filter(near).exclude(pk=filing.pk).order_by("pk"):
        if other.part_of_id is None:
            found.append(Place(_("这一件是从您原来反映的问题中拆出的，原来的一件在这里"), other.reference))
        else:
            words = {"matter": other.case.matter or other.reference}
            found.append(Place(_("“%(matter)s”另立一件办理，在这里查看") % words, other.reference))
    return found


def _office(leading: Case) -> list[Place]:
    sent = Dispatch.objects.select_related("to_office").filter(case=leading, to_office=leading.office_id)
    row = sent.order_by("-pk").first()
    if row is None:
        return []
    words = {"to": row.to_office.name}
    if leading.stage in {Stage.OBJECTED, Stage.DISPUTED}:
        return [Place(_("已转到%(to)s，由谁办理还在确定") % words)]
    clock = None
    if leading.stage in {Stage.DISPATCHED, Stage.REGISTERED}:
        clock = Clock.objects.filter(subject=leading.subject_id, rule="notice", stopped_at=None).first()
    if clock is None:
        return [Place(_("已转到%(to)s，由他们办理") % words)]
    day = clock.due_on
    words["day"] = _("%(year)s年%(month)s月%(day)s日") % {"year": day.year, "month": day.month, "day": day.day}
    return [Place(_("已转到%(to)s，由他们在%(day)s前书面告知您") % words)]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 30 else line[:29] + "…"
