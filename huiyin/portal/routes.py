"""Is there a quicker, statutory way, and until when? A few questions, and the answer. Nothing is kept.

Every screen is the answer to a POST that carries what was said before in its own form: no session, no row, and nothing
in an address that a log would hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huiyin.cases import routes
from huiyin.clocks import calendars
from huiyin.kernel.errors import DomainError, Invalid, TooMany
from huiyin.org import doorway
from huiyin.trail.moments import server_now
from huiyin.ui.fact_forms import ASKED, FactsForm, name_of, said_in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ways(request: HttpRequest) -> HttpResponseBase:
    """The first question; a POST is answered with the next ones, and at the end with the ways and their last days."""
    facts = routes.questions().facts
    if request.method != "POST":
        return _screen(request, FactsForm([facts["matter"]]), {}, 200)
    said = said_in(request.POST)
    try:
        doorway.question(request)
    except TooMany as refusal:
        return _screen(request, _blamed(request, said, refusal), said, refusal.status)
    if "again" in request.POST and said:
        return _screen(request, FactsForm([facts[code] for code in said], said=said), said, 200)
    on = localtime(server_now()).date()
    try:
        given = routes.read(said, on)
    except Invalid as refusal:
        return _screen(request, _blamed(request, said, refusal), said, refusal.status)
    following = routes.next_questions(given, said)
    if following:
        return _screen(request, FactsForm(following, said=said), said, 200)
    advice = routes.advise(given, on, calendars.current())
    context = {
        "advice": advice,
        "kept": kept(said),
        "asked": " ".join(said),
        "asked_name": ASKED,
        "merits": routes.MERITS,
        "caution": routes.CAUTION,
    }
    return render(request, "portal/routes_answer.html", context)


def _blamed(request: HttpRequest, said: Mapping[str, str], refusal: DomainError) -> FactsForm:
    """The questions of this screen again, and the one that can't be, with what was typed."""
    facts = routes.questions().facts
    shown = [facts[code] for code in request.POST.get("shown", "").split() if code in facts]
    form = FactsForm(shown, request.POST)
    if refusal.field in facts:
        form.add_fact(facts[refusal.field])
    form.is_valid()
    if not form.errors:
        form.blame(refusal)
    return form


def _screen(request: HttpRequest, form: FactsForm, said: Mapping[str, str], status: int) -> HttpResponse:
    shown = list(form.fields)
    context = {
        "form": form,
        "kept": kept({code: value for code, value in said.items() if code not in shown}),
        "asked": " ".join(dict.fromkeys([*said, *shown])),
        "asked_name": ASKED,
        "shown": " ".join(shown),
        "is_first": shown == ["matter"],
    }
    return render(request, "portal/routes.html", context, status=status)


def kept(said: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was said before, as hidden fields."""
    return [(name_of(code), value) for code, value in said.items() if value]
