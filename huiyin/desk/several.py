"""One act on several cases: chosen in the list, each in its own transaction, the result told row by row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huiyin.cases import access, lifecycle, steps
from huiyin.cases.models import Case
from huiyin.cases.models.case import Classification
from huiyin.desk import closing, handling, triage
from huiyin.desk.act_pages import ActForm, ActPage, words
from huiyin.desk.frame import desk, frame, permissions
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError, NotFound
from huiyin.org.permissions import Permission
from huiyin.ui.pages import see_other

MOST = 50
# Acts for which the same words are right for each case. What must be read first (a decision) is never among them.
PAGES: dict[str, ActPage] = {
    "classify": triage.PAGES["classify"],
    "accept": triage.PAGES["accept"],
    "assign": handling.PAGES["assign"],
    "take_in": handling.PAGES["take_in"],
    "note": handling.PAGES["note"],
    "close": closing.PAGES["close"],
}
DONE = "several_done"


def needs() -> frozenset[Permission]:
    """Permissions of which one is needed to act on several."""
    return frozenset(step for code in PAGES if (step := steps.STEPS[code].needs))


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def several(request: HttpRequest, by: Staff) -> HttpResponse:
    """Choose an act that is offered for each chosen case, fill in its form once, see what became of each."""
    if not needs() & permissions(by):
        raise NotFound()
    given = request.POST if request.method == "POST" else request.GET
    cases = _chosen(given, by)
    offered = _offered_to_all(cases, by)
    step = given.get("step", "")
    if step and step not in PAGES:
        raise NotFound()
    context: dict[str, Any] = {
        "frame": frame(request, by),
        "cases": cases,
        "offers": [(code, steps.STEPS[code].label, f"?{_query(cases, code)}") for code in offered],
        "most": MOST,
    }
    if request.method == "POST" and step and cases:
        filled = [(case, _form(step, case, by, given)) for case in cases]
        if any(form.is_valid() for _case, form in filled):
            request.session[DONE] = [_take(PAGES[step], case, form, by) for case, form in filled]
            return see_other(request, f"{reverse('desk:several')}?done={step}")
        return _page(request, context, step, filled[0][1], 422)
    if "done" in given and request.method != "POST":
        code = given["done"]
        results = request.session.pop(DONE, [])
        label = steps.STEPS[code].label if code in PAGES else ""
        return render(request, "desk/several.html", {**context, "results": results, "label": label})
    if step in offered:
        return _page(request, context, step, _form(step, cases[0], by))
    return render(request, "desk/several.html", context)


def _page(request: HttpRequest, context: dict[str, Any], step: str, form: ActForm, status: int = 200) -> HttpResponse:
    notes = {words(PAGES[step].note, case) for case in context["cases"]}  # said where it is true of every case
    note = notes.pop() if len(notes) == 1 else ""
    more = {"form": form, "step": step, "label": steps.STEPS[step].label, "note": note}
    return render(request, "desk/several.html", context | more, status=status)


def _chosen(given: QueryDict, by: Staff) -> list[Case]:
    """The chosen cases that this person may see, the oldest first. One statement."""
    references = list(dict.fromkeys(given.getlist("case")))[:MOST]
    rows = access.with_recusal(access.visible_to(by), by).filter(reference__in=references, is_sealed=False)
    return list(rows.select_related("subject__key", "office", "unit", "topic").order_by("pk"))


def _offered_to_all(cases: list[Case], by: Staff) -> list[str]:
    offers = [{offer.code for offer in lifecycle.available(case, by=by)} for case in cases]
    return [code for code in PAGES if offers and all(code in found for found in offers)]


def _form(step: str, case: Case, by: Staff, given: QueryDict | None = None) -> ActForm:
    form = PAGES[step].form(given, case=case, by=by)
    if step == "classify":  # a report of wrongdoing is read and moved one by one
        field = form.fields["classification"]
        if isinstance(field, forms.ChoiceField):
            listed = cast(Iterable[tuple[str, str]], field.choices)
            form.choose("classification", [option for option in listed if option[0] != Classification.REPORT])
    return form


def _take(page: ActPage, case: Case, form: ActForm, by: Staff) -> dict[str, Any]:
    """What became of one case: done, or the sentence of the refusal. Another's failure changes nothing here."""
    told: dict[str, Any] = {"reference": case.reference, "shown": case.number or case.reference, "is_done": False}
    if not form.is_valid():
        return told | {"sentence": " ".join(str(error) for errors in form.errors.values() for error in errors)}
    try:
        page.act(case, form.cleaned_data, by, form)
    except DomainError as refusal:
        return told | {"sentence": refusal.sentence}
    return told | {"is_done": True, "sentence": str(page.said)}


def _query(cases: list[Case], step: str) -> str:
    query = QueryDict(mutable=True)
    query.setlist("case", [case.reference for case in cases])
    query["step"] = step
    return query.urlencode()
