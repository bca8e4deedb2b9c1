"""Is there a quicker, statutory way, and until when? A few questions, and the answer. Nothing is kept.

Every screen is the answer to a POST that carries what was said before in its own form: no session, no row, and nothing
in an address that a log would hold.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from huiyin.cases.routes import CAUTION, MERITS
from huiyin.kernel.errors import TooMany
from huiyin.org import doorway
from huiyin.trail.moments import server_now
from huiyin.ui import fact_forms


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ways(request: HttpRequest) -> HttpResponse:
    """The first question; a POST is answered with the next ones, and at the end with the ways and their last days."""
    if request.method != "POST":
        return render(request, "portal/routes.html", {"asked": fact_forms.first()})
    try:
        doorway.question(request)
        asked = fact_forms.ask(request.POST, localtime(server_now()).date())
    except TooMany as refusal:
        asked = fact_forms.refused(request.POST, refusal)
    if asked.advice is None:
        return render(request, "portal/routes.html", {"asked": asked}, status=asked.status)
    context = {"asked": asked, "advice": asked.advice, "merits": MERITS, "caution": CAUTION}
    return render(request, "portal/routes_answer.html", context)
