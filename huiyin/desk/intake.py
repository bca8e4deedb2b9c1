"""Quick registration of letters, calls and visits by keyboard; numbering what came in; joining a repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.cases import access, accused, intake, joining, letters, queue, sealed
from huiyin.cases.arrivals import Details
from huiyin.cases.lists import topics
from huiyin.cases.models import Arrival, Case
from huiyin.cases.models.filing import Channel, Filing
from huiyin.desk import new_form, scans
from huiyin.desk.act_pages import ActForm, ActPage
from huiyin.desk.frame import desk, permissions, show
from huiyin.desk.new_form import NewForm
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError, Invalid, NotFound
from huiyin.kernel.ids import grouped, normalise_reference
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission
from huiyin.papers import files, workshop, writers
from huiyin.papers.models import StoredFile
from huiyin.papers.templates import Value
from huiyin.trail.moments import server_now
from huiyin.ui.forms import CountField, LineField, TextField


def topic_choices() -> list[tuple[str, str]]:
    """Topics to pick from, children under their parents."""
    return [("", "—"), *((topic.code, ("　" if topic.parent else "") + topic.name) for topic in topics())]


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def register_new(request: HttpRequest, by: Staff) -> HttpResponse:
    """One screen, keyboard only: Ctrl+Enter saves and opens the next.

    The answer to a saved form is the receipt with the query code, shown this once for the person to take along, above
    an empty form of the same channel.
    """
    if Permission.REGISTER not in permissions(by):
        raise NotFound()
    if request.method != "POST":
        form = new_form.empty(request.GET.get("channel", ""), queue.ticket_of(by, request.GET.get("ticket", "")))
        return show(request, by, "new", {"form": form})
    form = NewForm(request.POST)
    form.is_valid()
    form.take_files(request.POST.getlist("files"), request.FILES.getlist("files_whole"))
    if "scan_do" in request.POST:
        return scans.proof_read(request, by, form)
    read, status = scans.of_form(request, by, form), 422
    if form.is_valid():
        try:
            details = scans.put_into(new_form.details_of(form.cleaned_data, by), read)
            received, names = _receive(form.cleaned_data, details, form.tokens, by)
            scans.discard(read)
            context = _receipt(received) | {"form": new_form.empty(received.filing.channel), "too_many_names": names}
            return show(request, by, "new", context, status=201)
        except DomainError as refusal:
            form.blame(refusal)
            status = refusal.status
    return show(request, by, "new", {"form": form, **scans.beside(read)}, status=status)


def _receive(
    said: dict[str, Any], details: Details, tokens: Sequence[str], by: Staff
) -> tuple[intake.Received, list[str]]:
    """Take the filing in. More than five names: the petition is taken, the names are not kept, and the answer
    shows them once more, to choose from."""
    names = [line.strip() for line in said["representatives"].splitlines() if line.strip()]
    is_too_many = len(names) > intake.REPRESENTATIVES_AT_MOST and said["channel"] == Channel.VISIT
    how = intake.Circumstances(
        channel=said["channel"],
        headcount=max(said["headcount"], len(names)) if is_too_many else said["headcount"],
        representatives=[] if is_too_many else [intake.Person(name=name) for name in names],
        postmark_on=said["postmark_on"] if said["channel"] == Channel.LETTER else None,
        details=details,
        uploads=tokens,
        unit=structure.office_for(_unit_of(by)),
        consents_to_portal=said["consents_to_portal"],
        idempotency_key=said["idempotency_key"],
        about=accused.Named(said["accused"], said["accused_unit"]),
    )
    person = intake.Person(said["name"], said["id_number"], said["phone"], said["address"])
    words = intake.Words(said["text"], said["demands"].splitlines(), said=said["said"])
    received = intake.receive(words, identity=said["identity"], person=person, how=how, by=by, at=said["received_at"])
    return received, names if is_too_many else []


def _unit_of(by: Staff) -> Unit:
    return Unit.objects.get(pk=by.posts[0].unit_id)


def _receipt(received: intake.Received) -> dict[str, Any]:
    return {"filing": received.filing, "case": received.case, "code": received.code, "groups": grouped(received.code)}


@require_POST
@desk
def receipt_pdf(request: HttpRequest, by: Staff, reference: str) -> HttpResponse:
    """The receipt to print and hand over; the code comes with the form and is stored nowhere."""
    filing = (
        Filing.objects.select_related("case__subject__key").filter(reference=reference, entered_by=by.user_id).first()
    )
    found = intake.filing_by_code(request.POST.get("code", ""))
    if filing is None or found != filing:
        raise NotFound()
    fields: dict[str, Value] = {
        "reference": filing.reference,
        "received_on": localtime(filing.received_at).isoformat(),
        "channel": filing.get_channel_display(),
        "filer": letters.addressee(filing.case),
        "text": sealed.text_of(filing),
        "demands": sealed.demands_of(filing),
        "materials": [files.shown_name(row) for row in _files(filing)],
        "receiver": by.name,
        "content_hash": filing.content_hash,
        "next_steps": gettext("我们会在15日内书面告诉您是否受理、由谁办理。"),
        "query_code": request.POST["code"],
        "query_address": f"{settings.SITE_ADDRESS}/track/",
    }
    if localtime(filing.received_at).date() != localtime(filing.entered_at).date():
        fields["entered_on"] = localtime(filing.entered_at).isoformat()
    if filing.channel == Channel.VISIT:  # the record to be read and signed by who said it (第十九条)
        arrival = Arrival.objects.filter(filing=filing).first()
        fields["place"] = (arrival.place if arrival else "") or settings.ENTERPRISE.office
    office = filing.case.office
    data = writers.pdf(workshop.in_force("D1")[0], fields, unit=office, number="", on=localtime(server_now()).date())
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{filing.reference}.pdf"'
    return response


def _files(filing: Filing) -> list[StoredFile]:
    rows = StoredFile.objects.filter(subject=filing.case.subject_id, stored_at=filing.received_at, original=None)
    return list(rows.select_related("subject__key").order_by("pk"))


@require_POST
@desk
def alike(request: HttpRequest, by: Staff) -> HttpResponse:
    """Cases with like text, while somebody types. Only words are compared."""
    found = joining.find_alike(request.POST.get("text", "")[: intake.TEXT_LIMIT], by=by)
    return show(request, by, "alike", {"alike": found})


class RegisterForm(ActForm):
    matter = LineField(label=_("事项，一句话"), max_length=80)
    topic = forms.ChoiceField(label=_("内容分类"), required=False)
    demands = TextField(label=_("诉求，一行一项"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}))
    headcount = CountField(label=_("人数"), min_value=1)

    def prepare(self) -> None:
        self.choose("topic", topic_choices(), self.case.topic_id or "")
        self.fields["matter"].initial = self.case.matter
        self.fields["demands"].initial = "\n".join(" ".join(text.split()) for text in letters.demand_texts(self.case))
        self.fields["headcount"].initial = self.case.headcount


class JoinForm(ActForm):
    into = LineField(label=_("并入哪一件"), max_length=40, help_text=_("写编号，例如 信访〔2026〕12号，或10位受理编号"))
    reason = TextField(label=_("为什么是同一件事项"), max_length=500)


def _join(case: Case, said: dict[str, Any], by: Staff, form: ActForm) -> object:
    text = said["into"]
    visible = access.visible_to(by)
    reference = normalise_reference(text)
    into = visible.filter(number=text).first() or (visible.filter(reference=reference).first() if reference else None)
    if into is None:
        raise Invalid("into", gettext("没有找到这个编号，或者不在您的范围内。请核对后再填。"), field="into")
    return joining.join(case, into=into, reason=said["reason"], by=by, at=server_now())


def _beside(case: Case, by: Staff) -> Mapping[str, Any]:
    text = "\n".join(
        sealed.text_of(filing) for filing in Filing.objects.filter(case=case).select_related("case__subject__key")
    )
    return {"alike": joining.find_alike(text, by=by, leave_out=case), "words": text}


PAGES: dict[str, ActPage] = {
    "register": ActPage(
        RegisterForm,
        lambda case, said, by, form: intake.register(
            case,
            matter=said["matter"],
            topic=said["topic"],
            demands=said["demands"].splitlines(),
            headcount=said["headcount"],
            by=by,
            at=server_now(),
        ),
        _("已登记编号。接下来研判分类。"),
        aside=_beside,
    ),
    "join": ActPage(JoinForm, _join, _("已并入。来件仍单独计数，查询码仍有效。"), aside=_beside, to_list=True),
}
