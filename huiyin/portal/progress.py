"""One's own filing: where it stands, what comes next and by when, what there is to read, answer and confirm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from huiyin.cases import access, handling, identity, lifecycle, sealed, timeline
from huiyin.cases.models import Case, Demand, Filing, Note, Rating
from huiyin.clocks import explain, running
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import NotFound
from huiyin.papers import files, templates
from huiyin.papers.models import Delivery, Paper
from huiyin.portal import receipt
from huiyin.portal.limits import ANSWER_LIMIT_WORDS, LIMIT_WORDS
from huiyin.portal.own import Own, has_one_time_password, own

SHOWN_NOTES = {
    Note.Kind.CONTACT: gettext_lazy("和您联系"),
    Note.Kind.QUESTION: gettext_lazy("请您补充"),
    Note.Kind.ANSWER: gettext_lazy("您的回答"),
    Note.Kind.ADDITION: gettext_lazy("您补充的"),
    Note.Kind.EXECUTION: gettext_lazy("落实情况"),
    Note.Kind.REPLY: gettext_lazy("给您的答复"),
}
NEWEST = 200
DECISIONS = frozenset({"D14", "D14S"})
RATING = "rating_window"


@dataclass(frozen=True)
class Said:
    """A note that the employee may read."""

    note: Note
    label: str
    text: str
    files: list[str]
    to_answer: bool


@dataclass(frozen=True)
class Sent:
    """A paper that was delivered to the employee."""

    paper: Paper
    title: str
    delivery: Delivery
    way: str
    to_confirm: bool


@dataclass(frozen=True)
class Answered:
    """A request with the answer the decision gave it."""

    text: str
    outcome: str
    executed_at: datetime | None


@dataclass(frozen=True)
class Limit:
    clock: Clock
    title: str


@dataclass(frozen=True)
class Line:
    """One line of the timeline as the page draws it."""

    at: datetime | None
    sentence: str
    is_expected: bool = False
    detail: str = ""


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The signed-in employee's own filings, newest first."""
    if has_one_time_password(request):
        return redirect("password")
    digest = access.account_digest(int(request.user.pk or 0))
    rows = Filing.objects.select_related("case").filter(parties__account_digest=digest).order_by("-received_at", "-pk")
    filings = [(filing, stage_words(filing.case)) for filing in rows[:NEWEST]]
    return render(request, "portal/mine.html", {"filings": filings})


@require_safe
@own
def progress(request: HttpRequest, found: Own) -> HttpResponse:
    """The page of one filing. Of a report of wrongdoing: its stage and the replies, nothing else."""
    filing, case = found.filing, found.filing.case
    notes, sent = notes_of(case), papers_of(case)
    offers = {offer.code for offer in lifecycle.available(case, by=found.employee)}
    is_rated = Rating.objects.filter(case=case).exists()
    is_received = any(row.delivery.received_on for row in sent if row.paper.kind in DECISIONS)
    context = {
        "filing": filing,
        "case": case,
        "joined_stage": stage_words(leading_of(case)) if case.joined_to_id else "",
        "by_account": found.employee.filing_id is None,
        "stage": stage_words(case),
        "lines": lines_of(filing),
        "limits": limits_of(leading_of(case), is_rated=is_rated),
        "notes": notes,
        "questions": [said for said in notes if said.to_answer],
        "papers": sent,
        "answers": answers_of(case) if any(row.paper.kind in DECISIONS for row in sent) else [],
        "text": sealed.text_of(filing),
        "demands": sealed.demands_of(filing),
        "materials": [files.shown_name(row) for row in receipt.materials_of(filing)],
        "views": identity.views(case, found.employee) if filing.identity != "anonymous" or case.is_sealed else [],
        "may_add": "add" in offers,
        "may_answer": "answer" in offers,
        "may_confirm": "confirm" in offers and any(row.to_confirm for row in sent),
        "may_rate": "rate" in offers and is_received and not is_rated,
        "is_rated": is_rated,
        "may_withdraw": "withdraw" in offers,
    }
    return render(request, "portal/progress.html", context)


@require_safe
@own
def paper(request: HttpRequest, found: Own, paper_reference: str) -> StreamingHttpResponse:
    """A paper that was delivered to the employee, as the PDF that was sealed."""
    rows = Paper.objects.select_related("pdf__subject__key").filter(
        reference=paper_reference, subject=found.filing.case.subject_id, sealed_at__isnull=False
    )
    row = rows.filter(deliveries__isnull=False).first()
    if row is None or row.pdf is None:
        raise NotFound
    return StreamingHttpResponse(_pieces(files.open_file(row.pdf)), headers=files.download_headers(row.pdf))


@require_safe
@own
def limit(request: HttpRequest, found: Own, clock_id: int) -> HttpResponse:
    """How one limit of the own case is counted, day by day."""
    case = leading_of(found.filing.case)
    clock = Clock.objects.filter(pk=clock_id, subject=case.subject_id, rule__in=list(LIMIT_WORDS)).first()
    if clock is None:
        raise NotFound
    explanation = explain.explain_clock(clock)
    context = {"filing": found.filing, "clock": clock, "explanation": explanation, "sentences": explanation.sentences()}
    return render(request, "portal/limit.html", context)


def stage_words(case: Case) -> str:
    return timeline.stage_for_employee(case)


def leading_of(case: Case) -> Case:
    """The case in which this one is handled: itself, or the one it was joined into. Of that one only stage and dates show."""
    while case.joined_to_id:
        case = Case.objects.select_related("subject__key").get(pk=case.joined_to_id)
    return case


def notes_of(case: Case) -> list[Said]:
    """Questions, answers, contacts, replies, newest first; never the notes of the investigation."""
    rows = Note.objects.select_related("case__subject__key", "answered_by").filter(
        case=case, kind__in=list(SHOWN_NOTES)
    )
    rows = rows.prefetch_related("files__subject__key")
    return [
        Said(
            row,
            str(SHOWN_NOTES[Note.Kind(row.kind)]),
            handling.words_of(row),
            [files.shown_name(file) for file in row.files.all()],
            row.kind == Note.Kind.QUESTION and not hasattr(row, "answered_by"),
        )
        for row in rows.order_by("-at", "-pk")
    ]


def papers_of(case: Case) -> list[Sent]:
    """Sealed papers that were sent to the employee, newest first."""
    rows = Delivery.objects.select_related("paper__pdf").filter(paper__subject=case.subject_id)
    return [
        Sent(
            row.paper,
            templates.template(row.paper.kind).title,
            row,
            Delivery.Way(row.way).label,
            row.paper.kind in DECISIONS
            and row.received_on is None
            and row.way in {Delivery.Way.PORTAL, Delivery.Way.POST},
        )
        for row in rows.order_by("-sent_at", "-pk")
    ]


def answers_of(case: Case) -> list[Answered]:
    """Request by request what the decision says; only for a decision that was sent."""
    rows = Demand.objects.select_related("case__subject__key").filter(case=case).exclude(outcome="").order_by("no")
    return [Answered(sealed.text_of(row), str(row.get_outcome_display()), row.executed_at) for row in rows]


def limits_of(case: Case, *, is_rated: bool) -> list[Limit]:
    """The running limits that matter to the employee, the next due first. Who has rated waits for that no longer."""
    words = LIMIT_WORDS | (ANSWER_LIMIT_WORDS if case.is_suggestion else {})
    clocks = [clock for clock in running.running(case.subject) if clock.rule in words]
    return [Limit(clock, str(words[clock.rule])) for clock in clocks if not (is_rated and clock.rule == RATING)]


def lines_of(filing: Filing) -> list[Line]:
    """What is expected, then what happened, newest first. Of a report of wrongdoing only that it was received."""
    case = filing.case
    sentence, _due = timeline.next_for_employee(leading_of(case))
    lines = [Line(None, sentence, is_expected=True)] if sentence else []
    if case.is_sealed:
        return [*lines, Line(filing.received_at, _("我们收到了您反映的问题，已加密转交纪检监察人员"))]
    return lines + [Line(entry.at, entry.sentence) for entry in timeline.for_employee(filing)]


def _pieces(source: Iterator[bytes]) -> Iterator[bytes]:
    yield from source
