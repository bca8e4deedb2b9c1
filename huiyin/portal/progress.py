"""One's own filing: where it stands, what comes next and by when, what there is to read, answer and confirm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from huiyin.cases import (
    access,
    advising,
    commitments,
    handling,
    identity,
    letters,
    lifecycle,
    retaliation,
    routes,
    sealed,
    timeline,
    together,
)
from huiyin.cases.models import Aid, Case, Copy, Demand, Filing, Note, Quiet, Rating
from huiyin.clocks import explain, policy, running
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import NotFound
from huiyin.papers import files, templates
from huiyin.papers.models import Delivery, Paper
from huiyin.portal import receipt
from huiyin.portal.limits import ANSWER_LIMIT_WORDS, LIMIT_WORDS
from huiyin.portal.own import Own, has_one_time_password, own
from huiyin.portal.review import asking_of, told_of
from huiyin.portal.whereabouts import places_of
from huiyin.trail.moments import server_now

SHOWN_NOTES = {
    Note.Kind.CONTACT: gettext_lazy("和您联系"),
    Note.Kind.QUESTION: gettext_lazy("请您补充"),
    Note.Kind.ANSWER: gettext_lazy("您的回答"),
    Note.Kind.ADDITION: gettext_lazy("您补充的"),
    Note.Kind.EXECUTION: gettext_lazy("落实情况"),
    Note.Kind.REPLY: gettext_lazy("给您的答复"),
}
FOR_EVERYBODY = (Note.Kind.EXECUTION, Note.Kind.REPLY)
CONFIRMED_ONLINE = (Delivery.Way.PORTAL, Delivery.Way.POST)
NEWEST = 200
RATING = "rating_window"


@dataclass(frozen=True)
class Said:
    """A note that the employee may read."""

    note: Note
    label: str
    text: str
    files: list[str]
    to_answer: bool
    no: int = 0


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
    no: int


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
    rows = Filing.objects.select_related("case__joined_to__joined_to").filter(parties__account_digest=digest)
    filings = [(row, stage_words(row, _leading(row.case))) for row in rows.order_by("-received_at", "-pk")[:NEWEST]]
    return render(request, "portal/mine.html", {"filings": filings})


@require_safe
@own
def progress(request: HttpRequest, found: Own) -> HttpResponse:
    """The page of one filing. Of a report of wrongdoing: its stage and the replies, nothing else.

    A filing joined into another case shows what happens there to itself: own papers, questions, limits, nothing of others.
    """
    filing, case = found.filing, found.filing.case
    leading = together.leading(case)
    notes, sent = notes_of(filing, leading), papers_of(filing)
    may_act = filing.withdrawn_at is None
    offers = {offer.code for offer in lifecycle.available(leading, by=found.employee)} if may_act else set()
    is_rated = Rating.objects.filter(filing=filing).exists()
    answering = [row for row in sent if row.paper.kind in letters.DECISIONS | letters.AGREEMENTS]
    is_received = any(row.delivery.received_on for row in answering)
    may_ask = not leading.is_suggestion and bool({"ask_review", "ask_along"} & offers)
    waiting = next((row for row in sent if row.to_confirm), None)
    promise = commitments.running_of(leading) if not leading.is_sealed else None
    is_quiet = Quiet.objects.filter(filing=filing, ended_at=None).exists()
    context = {
        "filing": filing,
        "case": case,
        "is_joined": bool(case.joined_to_id),
        "by_account": found.employee.filing_id is None,
        "stage": stage_words(filing, leading),
        "lines": lines_of(filing, leading),
        "places": places_of(filing, leading),
        "limits": limits_of(filing, leading, is_rated=is_rated),
        "notes": notes,
        "questions": [said for said in notes if said.to_answer],
        "papers": sent,
        "answers": answers_of(filing, leading) if answering else [],
        "text": sealed.text_of(filing),
        "demands": sealed.demands_of(filing),
        "materials": [files.shown_name(row) for row in receipt.materials_of(filing)],
        "views": identity.views(case, found.employee) if filing.identity != "anonymous" or case.is_sealed else [],
        "advice": advice_of(filing),
        "may_add": "add" in offers,
        "may_answer": "answer" in offers,
        "may_confirm": "confirm" in offers and waiting is not None,
        "to_confirm": waiting,
        "is_decision": waiting is not None and waiting.paper.kind in letters.DECISIONS,
        "asking": asking_of(filing) if may_ask else None,
        "reviews": told_of(filing, leading),
        "may_rate": "rate" in offers and is_received and not is_rated,
        "is_rated": is_rated,
        "may_withdraw": "withdraw" in offers,
        "aid": list(Aid.objects.filter(case=leading).order_by("pk")) if leading.has_aid else [],
        "may_wish_aid": "wish_aid" in offers and not leading.is_sealed,
        "harms": [policy.of(leading.policy_id).harms.get(code, code) for code in leading.harms.split()],
        "promise": promise,
        "may_choose_contact": bool("decline_contact" in offers and not leading.is_sealed and (promise or is_quiet)),
        "is_quiet": is_quiet,
        "may_ask_recusal": "ask_recusal" in offers,
        "retaliations": retaliation.of(filing),
    }
    return render(request, "portal/progress.html", context)


def advice_of(filing: Filing) -> dict[str, Any] | None:
    """The statutory ways that were told of this filing, with the days left today, and when they were told."""
    if filing.case.is_sealed:
        return None
    try:
        row, advice = advising.shown_to(filing, localtime(server_now()).date())
    except NotFound:
        return None
    return {"row": row, "ways": advice.routes, "caution": routes.CAUTION}


@require_safe
@own
def paper(request: HttpRequest, found: Own, paper_reference: str) -> StreamingHttpResponse:
    """A paper that was delivered to the employee, as the PDF that was sealed."""
    rows = Paper.objects.select_related("pdf__subject__key").filter(_mine(found.filing), reference=paper_reference)
    row = rows.filter(sealed_at__isnull=False, deliveries__isnull=False).first()
    if row is None or row.pdf is None:
        raise NotFound
    return StreamingHttpResponse(_pieces(files.open_file(row.pdf)), headers=files.download_headers(row.pdf))


@require_safe
@own
def limit(request: HttpRequest, found: Own, limit_no: int) -> HttpResponse:
    """How one limit of the own case is counted, day by day."""
    case = together.leading(found.filing.case)
    clock = running.numbered(case.subject_id).get(limit_no)
    if clock is None or clock.rule not in LIMIT_WORDS or not _is_limit_of(found.filing, case, clock):
        raise NotFound
    explanation = explain.explain_clock(clock)
    context = {"filing": found.filing, "clock": clock, "explanation": explanation, "sentences": explanation.sentences()}
    return render(request, "portal/limit.html", context)


def stage_words(filing: Filing, leading: Case) -> str:
    """Where the filing stands: where the case does in which it is handled."""
    return timeline.stage_for_employee(leading, is_withdrawn=filing.withdrawn_at is not None)


def _leading(case: Case) -> Case:
    """As `together.leading`, of a case that was read with those it was joined into."""
    while case.joined_to is not None:
        case = case.joined_to
    return case


def notes_of(filing: Filing, leading: Case) -> list[Said]:
    """Questions, answers, contacts, replies of this filing, newest first; never the notes of the investigation.

    What staff wrote for everybody (carrying out, replies) has the names of the other filings' parties cut.
    """
    rows = Note.objects.select_related("case__subject__key", "answered_by")
    rows = rows.filter(case__in=[filing.case_id, leading.pk], kind__in=list(SHOWN_NOTES)).filter(
        Q(filing=filing) | Q(filing=None, case=filing.case_id) | Q(filing=None, kind__in=FOR_EVERYBODY)
    )
    rows = rows.prefetch_related("files__subject__key")
    everybody = letters.addressees(leading)
    numbers = handling.questions_of(filing)
    return [
        Said(
            row,
            str(SHOWN_NOTES[Note.Kind(row.kind)]),
            letters.without_others(handling.words_of(row), filing, everybody)
            if row.kind in FOR_EVERYBODY
            else handling.words_of(row),
            [files.shown_name(file) for file in row.files.all()],
            row.kind == Note.Kind.QUESTION and not hasattr(row, "answered_by"),
            numbers.get(row.pk, 0),
        )
        for row in rows.order_by("-at", "-pk")
    ]


def _mine(filing: Filing) -> Q:
    """Papers addressed to who filed this filing; one from before papers had copies is the case's own filer's."""
    own = Q(copy__filing=filing, copy__place=0)
    return own | Q(copy=None, subject=filing.case.subject_id)


def papers_of(filing: Filing) -> list[Sent]:
    """Sealed papers that were sent to the filer, each once, the latest sent first."""
    rows = Paper.objects.select_related("pdf", "decision", "copy__decision").filter(_mine(filing))
    rows = rows.filter(sealed_at__isnull=False, deliveries__isnull=False).distinct().prefetch_related("deliveries")
    sent = []
    for row in rows:
        deliveries = sorted(row.deliveries.all(), key=lambda found: (found.received_on is not None, found.pk))
        last = deliveries[-1]
        copy = getattr(row, "copy", None)
        decision = copy.decision if copy else getattr(row, "decision", None)
        stands = decision is not None and decision.returned_at is None
        is_waiting = last.received_on is None and any(found.way in CONFIRMED_ONLINE for found in deliveries)
        title = templates.template(row.kind).title
        stands = stands or row.kind in letters.OPINIONS | letters.AGREEMENTS
        sent.append(Sent(row, title, last, Delivery.Way(last.way).label, stands and is_waiting))
    return sorted(sent, key=lambda found: (found.delivery.sent_at, found.delivery.pk), reverse=True)


def answers_of(filing: Filing, leading: Case) -> list[Answered]:
    """Request by request what the decision says; only for a decision that was sent. A joined filing reads no other's
    request: its own words where there is one, else the number."""
    rows = list(
        Demand.objects.select_related("case__subject__key").filter(case=leading).exclude(outcome="").order_by("no")
    )
    is_joined = filing.case_id != leading.pk
    own = sealed.demands_of(filing) if is_joined else []
    return [
        Answered(
            letters.asked(own, str(row.no), len(rows)) if is_joined else sealed.text_of(row),
            str(row.get_outcome_display()),
            row.executed_at,
        )
        for row in rows
    ]


def limits_of(filing: Filing, leading: Case, *, is_rated: bool) -> list[Limit]:
    """The running limits that matter to the employee, the next due first. Who has rated waits for that no longer."""
    if filing.withdrawn_at is not None:
        return []
    words = LIMIT_WORDS | (ANSWER_LIMIT_WORDS if leading.is_suggestion else {})
    rows = sorted(running.numbered(leading.subject_id).items(), key=lambda row: (row[1].due_on, row[1].pk))
    clocks = [(no, clock) for no, clock in rows if clock.stopped_at is None and clock.rule in words]
    own = set(Copy.objects.filter(filing=filing, place=0).values_list("pk", flat=True))
    return [
        Limit(clock, str(words[clock.rule]), no)
        for no, clock in clocks
        if not (is_rated and clock.rule == RATING)
        if clock.whose in own or (clock.whose is None and _is_shared(filing, leading, clock))
    ]


def _is_limit_of(filing: Filing, leading: Case, clock: Clock) -> bool:
    if clock.whose is not None:
        return Copy.objects.filter(pk=clock.whose, filing=filing, place=0).exists()
    return _is_shared(filing, leading, clock)


def _is_shared(filing: Filing, leading: Case, clock: Clock) -> bool:
    """A right of one person from before limits said whose they are is the case's own filer's."""
    return clock.rule not in {"ask_review", "ask_final_review"} or filing.case_id == leading.pk


def lines_of(filing: Filing, leading: Case) -> list[Line]:
    """What is expected, then what happened, newest first. Of a report of wrongdoing only that it was received."""
    sentence = "" if filing.withdrawn_at else timeline.next_for_employee(leading)[0]
    lines = [Line(None, sentence, is_expected=True)] if sentence else []
    if leading.is_sealed:
        return [*lines, Line(filing.received_at, _("我们收到了您反映的问题，已加密转交纪检监察人员"))]
    return lines + [Line(entry.at, entry.sentence) for entry in timeline.for_employee(filing)]


def _pieces(source: Iterator[bytes]) -> Iterator[bytes]:
    yield from source
