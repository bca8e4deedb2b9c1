"""督导: supervision, instructions and advice as lists and pages; what the triggers propose; a leader's area on a phone."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from huiyin.cases import access as case_access
from huiyin.cases import search
from huiyin.desk.frame import OVERSIGHT, desk, permissions, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission
from huiyin.oversight import access, queue
from huiyin.oversight.advice import BREACHES
from huiyin.oversight.models import Advice, Asked, Escalation, Reply, State, Supervision
from huiyin.oversight.offers import offers
from huiyin.oversight.triggers import triggers
from huiyin.papers import files
from huiyin.papers.models import Paper, StoredFile
from huiyin.papers.templates import template
from huiyin.trail.moments import server_now

PAGE = 20
LEADERS_ROWS = 20
NAMES = {
    "supervision": gettext_lazy("督办"),
    "instruction": gettext_lazy("批示"),
    "advice": gettext_lazy("三项建议"),
}
LABELS = {
    "issue": gettext_lazy("发出督办"),
    "dismiss": gettext_lazy("不督办"),
    "answer": gettext_lazy("书面答复"),
    "accept": gettext_lazy("审阅办结"),
    "return": gettext_lazy("退回补充"),
    "withdraw": gettext_lazy("撤销"),
}
STATES = {
    "open": (gettext_lazy("未办结"), (State.ASKED, State.ANSWERED)),
    "asked": (gettext_lazy("待答复"), (State.ASKED,)),
    "answered": (gettext_lazy("已答复，待审阅"), (State.ANSWERED,)),
    "closed": (gettext_lazy("已办结"), (State.CLOSED,)),
    "withdrawn": (gettext_lazy("已撤销"), (State.WITHDRAWN,)),
    "all": (gettext_lazy("全部"), (State.ASKED, State.ANSWERED, State.CLOSED, State.WITHDRAWN)),
}


def tabs(by: Staff, here: str) -> list[dict[str, Any]]:
    """The pages of the group that this person has."""
    codes = permissions(by)
    shown = [(name, str(NAMES[name]), reverse("desk:oversight", args=[name])) for name in NAMES]
    if Permission.SUPERVISE in codes:
        shown.insert(0, ("proposals", _("建议督办"), reverse("desk:proposals")))
    if Permission.INSTRUCT in codes:
        shown.insert(0, ("area", _("我分管的"), reverse("desk:area")))
    return [{"title": title, "url": url, "is_here": name == here} for name, title, url in shown]


def what(row: Asked) -> str:
    """What it is about, in a word: the trigger of a supervision, the kind of advice."""
    if isinstance(row, Supervision):
        return triggers()[row.trigger].title if row.trigger in triggers() else row.trigger
    return str(row.get_kind_display()) if isinstance(row, Advice) else ""


def _readers_alone(by: Staff, needed: frozenset[Permission] = OVERSIGHT) -> None:
    if not needed & permissions(by):
        raise NotFound()


@require_GET
@desk
def oversight(request: HttpRequest, by: Staff, kind: str) -> HttpResponse:
    """One list of a kind: what is open by due day, else the newest first. Filters said in words."""
    _readers_alone(by)
    asked = request.GET
    state = asked.get("state", "open") if asked.get("state", "open") in STATES else "open"
    units = search.units_of(by)
    unit = next((row for row in units if str(row.pk) == asked.get("unit", "")), None)
    today = localtime(server_now()).date()
    rows = access.visible(queue.KINDS[kind], by).filter(state__in=STATES[state][1])
    if unit is not None:
        rows = rows.filter(unit__in=Unit.objects.filter(path__startswith=unit.path))
    if asked.get("due") == "missed":
        rows = rows.filter(state=State.ASKED, clock__due_on__lt=today)
    order = ("clock__due_on", "pk") if state in {"open", "asked"} else ("-pk",)
    found = rows.select_related("case", "unit", "clock").order_by(*order)
    number = int(asked["page"]) if asked.get("page", "").isdecimal() else 1
    page = Paginator(found, PAGE).get_page(number)
    context = {
        "kind": kind,
        "title": NAMES[kind],
        "tabs": tabs(by, kind),
        "page": page,
        "rows": [{"row": row, "what": what(row), "url": address(kind, row)} for row in page],
        "states": [(code, words) for code, (words, _states) in STATES.items()],
        "state": state,
        "units": units,
        "unit": unit,
        "is_missed": asked.get("due") == "missed",
        "chips": _chips(kind, state, unit, is_missed=asked.get("due") == "missed"),
        "new_advice_url": reverse("desk:advise")
        if kind == "advice" and Permission.SUPERVISE in permissions(by)
        else "",
    }
    return show(request, by, "oversight", context)


def address(kind: str, row: Asked) -> str:
    return reverse("desk:asked", args=[kind, row.reference])


def _chips(kind: str, state: str, unit: Unit | None, *, is_missed: bool) -> list[dict[str, str]]:
    said = {
        "state": str(STATES[state][0]) if state != "open" else "",
        "unit": unit.short_name if unit else "",
        "due": _("逾期未答复") if is_missed else "",
    }
    values = {
        "state": state if state != "open" else "",
        "unit": str(unit.pk) if unit else "",
        "due": "missed" if is_missed else "",
    }
    chips = []
    for name, words in said.items():
        if words:
            left = "&".join(f"{key}={value}" for key, value in values.items() if value and key != name)
            url = reverse("desk:oversight", args=[kind]) + (f"?{left}" if left else "")
            chips.append({"words": words, "url": url})
    return chips


@require_GET
@desk
def proposals(request: HttpRequest, by: Staff) -> HttpResponse:
    """What the triggers found, the longest waiting first: issued with one press, or dismissed with a reason."""
    _readers_alone(by, frozenset({Permission.SUPERVISE}))
    rows = access.proposals(by).select_related("case", "unit").order_by("pk")
    number = int(request.GET["page"]) if request.GET.get("page", "").isdecimal() else 1
    page = Paginator(rows, PAGE).get_page(number)
    shown = [{"row": row, "what": what(row), "by_itself": _by_itself(row)} for row in page]
    return show(request, by, "proposals", {"tabs": tabs(by, "proposals"), "page": page, "rows": shown})


def _by_itself(row: Supervision) -> int | None:
    trigger = triggers().get(row.trigger)
    return trigger.issues_itself_after if trigger else None


@require_GET
@desk
def area(request: HttpRequest, by: Staff) -> HttpResponse:
    """For a leader on a phone: what waits for me, what is missed in my area, my instructions; one act each."""
    _readers_alone(by, frozenset({Permission.INSTRUCT}))
    today = localtime(server_now()).date()
    missed = search.page(by, search.Filters(state="open", due="missed"), today=today, size=LEADERS_ROWS)
    mine = access.visible(queue.KINDS["instruction"], by).filter(given_by=by.user_id).exclude(state=State.CLOSED)
    context = {
        "tabs": tabs(by, "area"),
        "missed": missed,
        "waiting": [line_row(line, by) for line in queue.waiting(by, at_most=LEADERS_ROWS)],
        "mine": [
            {"row": row, "url": address("instruction", row)}
            for row in mine.select_related("case", "unit", "clock").order_by("clock__due_on", "pk")[:LEADERS_ROWS]
        ],
    }
    return show(request, by, "area", context)


def line_row(line: queue.Line, by: Staff) -> dict[str, Any]:
    """A line of a list over all kinds, with the words and the address of what is to be done."""
    is_office = Permission.SUPERVISE in permissions(by)
    verb = {"supervision": _("答复督办"), "instruction": _("答复批示"), "advice": _("反馈建议")}[line.kind]
    return {
        "line": line,
        "name": NAMES[line.kind],
        "label": _("审阅答复") if line.state == State.ANSWERED else _("查看督办") if is_office else verb,
        "state": State(line.state).label,
        "url": reverse("desk:asked", args=[line.kind, line.reference]),
    }


@require_GET
@desk
def of_case(request: HttpRequest, by: Staff, reference: str) -> HttpResponse:
    """What was asked about a case: a block of its page, which asks for it, or a page of its own without scripts."""
    found = case_access.case_for(by, reference)
    may_supervise = access.may_supervise(by, found)
    acts = []
    if may_supervise and found.is_open:
        acts.append((_("督办"), reverse("desk:supervise", args=[reference])))
    is_leader = access.may_instruct(by, found)
    if is_leader or may_supervise:
        acts.append((_("批示") if is_leader else _("登记批示"), reverse("desk:instruct", args=[reference])))
    if may_supervise:
        acts.append((_("提出建议"), reverse("desk:advise") + f"?case={reference}"))
    lines = [line_row(line, by) for line in queue.of_case(found, may_see_proposals=may_supervise)]
    context = {"case": found, "lines": lines, "acts": acts}
    if request.headers.get("HX-Request") == "true":
        return render(request, "desk/oversight_block.html", context)
    return show(request, by, "oversight_case", context)


@require_GET
@desk
def asked(request: HttpRequest, by: Staff, kind: str, asked: str) -> HttpResponse:
    """Everything about one: what was missed, the demand, into whose hands it went, answers, papers, what can be done."""
    row: Any = access.one(queue.KINDS[kind], by, asked)
    may = offers(row, by)
    main = next((code for code in may if code != "withdraw"), "")
    replies = Reply.objects.filter(subject=row.subject_id).select_related("written_by", "paper")
    with_keys = StoredFile.objects.select_related("subject__key")
    papers = Paper.objects.filter(subject=row.subject_id, sealed_at__isnull=False).order_by("-pk")
    steps = Escalation.objects.filter(supervision=row) if isinstance(row, Supervision) else Escalation.objects.none()
    context = {
        "kind": kind,
        "name": NAMES[kind],
        "row": row,
        "case": row.case if row.case and case_access.visible_to(by).filter(pk=row.case.pk).exists() else None,
        "what": what(row),
        "trigger": triggers().get(row.trigger) if isinstance(row, Supervision) else None,
        "breach": BREACHES.get(row.breach, "") if isinstance(row, Advice) else "",
        "replies": list(replies.prefetch_related(Prefetch("files", with_keys)).order_by("-pk")),
        "steps": list(steps.prefetch_related("to").order_by("pk")),
        "papers": [{"row": paper, "title": template(paper.kind).title} for paper in papers],
        "files": list(row.files.select_related("subject__key")) if kind == "instruction" else [],
        "main": (main, LABELS[main]) if main else None,
        "others": [(code, LABELS[code]) for code in may if code != main],
        "is_running": row.state == State.ASKED,
    }
    context["files"] = [{"row": stored, "name": files.shown_name(stored)} for stored in context["files"]]
    for reply in context["replies"]:
        reply.shown_files = [{"row": stored, "name": files.shown_name(stored)} for stored in reply.files.all()]
    return show(request, by, "asked", context)


@require_GET
@desk
def asked_paper(request: HttpRequest, by: Staff, kind: str, asked: str, paper_reference: str) -> HttpResponse:
    """A sealed paper of it as PDF."""
    row = access.one(queue.KINDS[kind], by, asked)
    papers = Paper.objects.select_related("pdf__subject__key").filter(
        subject=row.subject_id, reference=paper_reference, sealed_at__isnull=False
    )
    paper = papers.first()
    if paper is None or paper.pdf is None:
        raise NotFound()
    return HttpResponse(b"".join(files.open_file(paper.pdf)), content_type="application/pdf")


@require_GET
@desk
def asked_file(request: HttpRequest, by: Staff, kind: str, asked: str, file_reference: str) -> StreamingHttpResponse:
    """A file of it, as a download."""
    row = access.one(queue.KINDS[kind], by, asked)
    stored = files.file_of(row.subject, file_reference)
    return StreamingHttpResponse(files.open_file(stored), headers=files.download_headers(stored))
