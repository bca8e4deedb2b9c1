"""Filing: one form, one act, and the receipt as the answer to the POST, so that a retry shows the same receipt."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from huiyin.cases import advising, intake
from huiyin.kernel.actors import Employee
from huiyin.kernel.errors import DomainError
from huiyin.org import doorway
from huiyin.portal import receipt
from huiyin.portal.filing_form import TOPIC_OF, FilingForm
from huiyin.trail.moments import server_now
from huiyin.ui.fact_forms import said_in


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """The form; a POST files and answers with the receipt (201), or with the same form and everything typed in it.

    Nothing about the sender is kept when the filing is anonymous: no session, no account; how much comes from one
    address is counted in memory alone.
    """
    if request.method != "POST":
        form = FilingForm(initial={"name": _own_name(request)})
        return render(request, "portal/filing.html", {"form": form})
    if "carry" in request.POST:  # from the route adviser: nothing is filed yet, nothing kept
        carried = said_in(request.POST)
        topic = TOPIC_OF.get(carried.get("matter", ""), "")
        form = FilingForm(initial={"name": _own_name(request), "topic": topic, "keeps_ways": True})
        form.said_of_ways = carried
        return render(request, "portal/filing.html", {"form": form})
    form = FilingForm(request.POST)
    is_valid = form.is_valid()
    form.take_files(request.FILES.getlist("files_whole"))
    status = 422
    if is_valid and not form.errors:
        account = None if form.is_anonymous else _account(request)
        try:
            doorway.filing(request)
            received = intake.receive(
                form.words(),
                identity=form.cleaned_data["identity"],
                person=form.person(account),
                how=form.circumstances(),
                by=Employee(user_id=account),
                at=server_now(),
            )
        except DomainError as refusal:
            form.blame(refusal)
            status = refusal.status
        else:
            if received.is_repeat:
                form.drop_new_files()
            elif form.cleaned_data["keeps_ways"] and form.said_of_ways:
                advising.bring(
                    received.filing, form.said_of_ways, by=Employee(filing_id=received.filing.pk), at=server_now()
                )
            names = [upload.name for upload in form.uploads]
            return receipt.page(request, received, form.cleaned_data["demands"], names)
    return render(request, "portal/filing.html", {"form": form}, status=status)


def _account(request: HttpRequest) -> int | None:
    return request.user.pk if request.user.is_authenticated else None


def _own_name(request: HttpRequest) -> str:
    return request.user.name if request.user.is_authenticated else ""
