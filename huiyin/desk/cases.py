"""One page a case: everything about it, its papers, files and limits."""

from __future__ import annotations

from typing import Any

from django.db.models import FilteredRelation
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from huiyin.cases import access, accused, arrivals, deciding, identity, lifecycle, retaliation, sealed, steps, timeline
from huiyin.cases.models import Aid, Case, Decision, DecisionItem, Demand, Note, ReviewRequest
from huiyin.clocks import policy, running
from huiyin.clocks.explain import explain_clock
from huiyin.desk import ways
from huiyin.desk.dispatch import whereabouts
from huiyin.desk.frame import desk, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org.permissions import Permission
from huiyin.papers import files, issuing
from huiyin.papers.models import Paper, StoredFile
from huiyin.papers.templates import template
from huiyin.trail.moments import server_now
from huiyin.ui.headers import may_be_framed

# What is asked of somebody has two answers, and neither hides in a menu.
OTHER_ANSWERS = {
    "take_over": "object",
    "take_in": "send_back",
    "agree_objection": "refuse_objection",
    "agree_send_back": "refuse_send_back",
    "accept_report": "return_report",
    "approve": "return_draft",
    "take_up_review": "refuse_review",
}
# What the menu of a case has below its own acts, by what it is about.
MENU: dict[Any, frozenset[str]] = {
    gettext_lazy("去向"): frozenset(
        {"join", "seal_lane", "decline", "route_out", "refer", "no_longer", "transfer", "order", "raise_dispute"}
    ),
    gettext_lazy("几项诉求走不同的路"): frozenset({"sort_demands", "lead_out", "split"}),
    gettext_lazy("告知和帮扶"): frozenset(
        {"serve", "record_receipt", "exempt_notice", "resume_notice", "note_harms", "keep_commitment", "ask_aid"}
    ),
    gettext_lazy("身份和回避"): frozenset(
        {"declare_recusal", "name_object", "open_identity", "ask_opening", "look_up", "renew_code"}
    ),
}


@require_GET
@desk
def case(request: HttpRequest, by: Staff, reference: str) -> HttpResponse:
    """Everything about one case on one page: the matter, demands, what was found, papers; stage, clocks, acts, parties."""
    found = access.case_for(by, reference)
    if found.is_sealed:
        return show(request, by, "report", report_context(found, by))
    offers = lifecycle.available(found, by=by)
    main = next((offer for offer in offers if offer.is_main), None)
    if main is None:  # a helping unit owes its answer, whoever leads
        main = next((offer for offer in offers if offer.code == "answer_co_handling"), None)
    other_answer = next((offer for offer in offers if main and offer.code == OTHER_ANSWERS.get(main.code)), None)
    decision, demands = _decided(found)
    reviews = _reviews(found)
    known = [found.office, found.unit, found.review_unit, *(told["row"].unit for told in reviews)]
    papers, materials = _papers_and_files(found)
    entries = timeline.for_staff(found, known)
    is_told = any(entry.code in {"advise", "bring_facts"} for entry in entries)
    told = identity.filings(found)
    context = {
        "case": found,
        "told": ways.told(found) if is_told else None,
        "filings": [
            (filing, parties, filing.case_id != found.pk and access.may(by, Permission.SEE_CASES, filing.case))
            for filing, parties in told
        ],
        "demands": demands,
        "decision": decision,
        "notes": list(Note.objects.filter(case=found).select_related("written_by").order_by("-pk")),
        "files": materials,
        "papers": papers,
        "clocks": _clocks(found),
        "main": main,
        "of_arrival": next((arrivals.offered(found, own, by) for own, _ in told if own.case_id == found.pk), {}),
        "other_answer": other_answer,
        "menu": _menu([offer for offer in offers if offer not in {main, other_answer}]),
        "may_open_identity": any(offer.code == "open_identity" for offer in offers),
        "harms": [policy.of(found.policy_id).harms.get(code, code) for code in found.harms.split()],
        "aid": list(Aid.objects.filter(case=found).order_by("pk")) if found.has_aid else [],
        "may_aid": access.may(by, Permission.AID, found) if found.has_aid else False,
        "entries": entries,
        "whereabouts": whereabouts(found, {entry.code for entry in entries}, by),
        "may_close": access.may(by, Permission.CLOSE, found),
        "may_lead": any(offer.code == "lead_out" for offer in offers),
        "may_end_help": access.may(by, Permission.HANDLE, found),
        "may_see_draft": deciding.may_see_draft(found, by),
        "reviews": reviews,
    }
    return show(request, by, "case", context)


def _menu(offers: list[lifecycle.Offer]) -> list[tuple[str, list[lifecycle.Offer]]]:
    """The acts that are not the next one, under what they are about."""
    groups: dict[str, list[lifecycle.Offer]] = {str(_("办理")): [], **{str(name): [] for name in MENU}}
    for offer in offers:
        name = next((name for name, codes in MENU.items() if offer.code in codes), _("办理"))
        groups[str(name)].append(offer)
    return [(name, acts) for name, acts in groups.items() if acts]


def report_context(found: Case, by: Staff) -> dict[str, Any]:
    """What the inspector sees before opening the text: stage, limits, what happened."""
    offers = [
        offer for offer in lifecycle.available(found, by=by) if steps.STEPS[offer.code].needs == Permission.INSPECT
    ]
    return {
        "case": found,
        "clocks": _clocks(found),
        "entries": timeline.for_staff(found),
        "accused": accused.shown(found),
        "source": retaliation.source(found),
        "acts": [offer for offer in offers if offer.code in {"note_report", "reply_report", "conclude_report"}],
        "naming": next((offer for offer in offers if offer.code == "name_accused"), None),
        "others": [offer for offer in offers if offer.code in {"stand_aside", "refer_outside"}],
    }


@require_GET
@desk
def explain(request: HttpRequest, by: Staff, reference: str, limit_no: int) -> HttpResponse:
    """How a due date comes about, day by day."""
    found = access.case_for(by, reference)
    clock = running.numbered(found.subject_id).get(limit_no)
    if clock is None:
        raise NotFound()
    return show(request, by, "explain", {"case": found, "clock": clock, "told": explain_clock(clock)})


@require_GET
@desk
def paper(request: HttpRequest, by: Staff, reference: str, paper_reference: str) -> HttpResponse:
    """A sealed paper of the case as PDF, or the working copy with ?docx."""
    found = access.case_for(by, reference)
    row = Paper.objects.select_related("subject__key", "unit", "pdf__subject__key").filter(
        subject=found.subject_id, reference=paper_reference, sealed_at__isnull=False
    )
    sealed_paper = row.first()
    if sealed_paper is None or sealed_paper.pdf is None:
        raise NotFound()
    if "docx" in request.GET:
        data = issuing.working_copy(sealed_paper, localtime(server_now()).date())
        response = HttpResponse(data, content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{sealed_paper.reference}.docx"'
        return response
    return HttpResponse(b"".join(files.open_file(sealed_paper.pdf)), content_type="application/pdf")


@require_GET
@desk
def draft_preview(request: HttpRequest, by: Staff, reference: str) -> HttpResponse:
    """The decision as it will be printed: PDF."""
    found = access.case_for(by, reference)
    if not deciding.may_see_draft(found, by):
        raise NotFound()
    data = deciding.preview(found, on=localtime(server_now()).date())
    return may_be_framed(HttpResponse(data, content_type="application/pdf"))


@require_GET
@desk
def file(request: HttpRequest, by: Staff, reference: str, file_reference: str) -> StreamingHttpResponse:
    """A file of the case, as a download."""
    found = access.case_for(by, reference)
    stored = files.file_of(found.subject, file_reference)
    return StreamingHttpResponse(files.open_file(stored), headers=files.download_headers(stored))


def _papers_and_files(found: Case) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Sealed papers, the newest first, with how they were delivered; and the other files. One statement.

    A file that is no paper's print stands among the files; the print of a paper sent twice comes twice.
    """
    rows = StoredFile.objects.filter(subject=found.subject_id, original=None)
    rows = rows.annotate(paper=FilteredRelation("printed"), sent=FilteredRelation("printed__deliveries"))
    papers: dict[int, dict[str, Any]] = {}
    materials: list[dict[str, Any]] = []
    # The checker of types does not know that a filtered relation can be followed.
    for row in rows.select_related("subject__key", "paper", "sent").order_by("pk", "sent__pk"):  # type: ignore[misc]
        paper: Paper | None = getattr(row, "paper", None)
        if paper is None:
            materials.append({"row": row, "name": files.shown_name(row)})
            continue
        entry = papers.setdefault(paper.pk, {"paper": paper, "title": template(paper.kind).title, "deliveries": []})
        if (sent := getattr(row, "sent", None)) is not None:
            entry["deliveries"].append(sent)
    return list(reversed(papers.values())), materials


def _decided(found: Case) -> tuple[Decision | None, list[dict[str, Any]]]:
    """The standing decision, if there is one, and the demands with its answers once it is sealed. One statement.

    Drafts that were sent back come too, and are left out here.
    """
    rows = Demand.objects.filter(case=found).annotate(answer=FilteredRelation("answers"))
    # The checker of types does not know that a filtered relation can be followed.
    rows = rows.select_related("case__subject__key", "answer__decision")  # type: ignore[misc]
    decision: Decision | None = None
    told: dict[int, dict[str, Any]] = {}
    for row in rows.order_by("no", "answer__pk"):
        entry = told.setdefault(row.pk, {"row": row, "text": sealed.text_of(row), "answer": None})
        item: DecisionItem | None = getattr(row, "answer", None)
        if item is not None and item.decision.returned_at is None:
            decision = item.decision
            entry["answer"] = item if decision.paper_id else None
    return decision, list(told.values())


def _reviews(found: Case) -> list[dict[str, Any]]:
    """The reviews, the latest first, each with its requests. One statement, and none before somebody asked."""
    if not found.review_step:
        return []
    rows = (
        ReviewRequest.objects.select_related("review__unit", "filing").filter(case=found).order_by("-review_id", "pk")
    )
    told: dict[int, dict[str, Any]] = {}
    for row in rows:
        told.setdefault(row.review_id, {"row": row.review, "requests": []})["requests"].append(row)
    return list(told.values())


def _clocks(found: Case) -> list[dict[str, Any]]:
    rows = sorted(running.numbered(found.subject_id).items(), key=lambda row: row[1].due_on)
    rows.sort(key=lambda row: (row[1].stopped_at is not None, row[1].stopped_at or row[1].started_at.min))
    return [
        {
            "clock": clock,
            "no": no,
            "title": running.rule_of(clock).title,
            "url": reverse("desk:explain", args=[found.reference, no]),
            "is_running": clock.stopped_at is None,
        }
        for no, clock in rows
    ]
