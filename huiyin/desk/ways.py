"""The statutory ways of a case: the officer answers the questions, sees the last days, and tells them to whoever filed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huiyin.cases import access, advising, lifecycle
from huiyin.cases.models import Case
from huiyin.cases.routes import CAUTION, MERITS, Advised
from huiyin.desk.frame import desk, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError, NotFound
from huiyin.trail.moments import server_now
from huiyin.ui import fact_forms
from huiyin.ui.fact_forms import Asked
from huiyin.ui.pages import see_other

# What a case is about → what the adviser asks first. A topic below one of these begins with its code.
MATTER_OF = {
    "pay": "pay", "insurance.housing_fund": "housing_fund", "insurance": "insurance", "injury.disease": "disease",
    "injury": "injury", "contract": "contract", "hours": "hours", "legacy": "reform", "safety": "safety",
    "conduct": "corruption",
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def advise(request: HttpRequest, by: Staff, reference: str) -> HttpResponse:
    """Question by question; the last screen shows the ways, and `keep` tells them and keeps the facts with the case."""
    found = access.case_for(by, reference)
    if found.is_sealed:
        raise NotFound()
    is_offered = any(offer.code == "advise" for offer in lifecycle.available(found, by=by))
    if request.method != "POST":
        asked = _first(found)
    elif "keep" in request.POST:
        try:
            advising.keep(found, fact_forms.said_in(request.POST), by=by, at=server_now())
        except DomainError as refusal:
            if refusal.field not in {"", *fact_forms.said_in(request.POST)}:
                raise
            asked = fact_forms.refused(request.POST, refusal)
        else:
            return see_other(request, reverse("desk:case", args=[reference]), _("已告知，反映人在自己的页面上能看到。"))
    else:
        asked = fact_forms.ask(request.POST, localtime(server_now()).date())
    context = {
        "case": found,
        "is_offered": is_offered,
        "stage": found.stage_words,
        "asked": asked,
        "advice": asked.advice,
        "caution": CAUTION,
        "merits": MERITS,
    }
    return show(request, by, "advise", context, status=asked.status)


def _first(found: Case) -> Asked:
    """What was said before, to be changed; else the first question with what the topic suggests."""
    row = advising.latest(found)
    if row is not None:
        return fact_forms.first(advising.facts_of(row))
    topic = found.topic_id or ""
    matter = next((matter for code, matter in MATTER_OF.items() if topic.startswith(code)), "")
    return fact_forms.first({"matter": matter} if matter else None)


def told(found: Case) -> dict[str, Any] | None:
    """What was told of a case, with the days left today, for its page: the ways, and what the enterprise still owes."""
    row = advising.latest(found)
    if row is None:
        return None
    advice = advising.on_day(row, localtime(server_now()).date())
    owed: list[Advised] = [way for way in advice.routes if way.is_sure and way.has_employer_alert]
    return {"row": row, "ways": advice.routes, "owed": owed, "merits": MERITS if advice.is_pending else ""}
