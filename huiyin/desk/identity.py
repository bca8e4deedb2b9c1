"""Pages about who filed: open a masked identity with a purpose, ask for a confidential one, the one look-up, a new code."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.cases import access, identity, intake, sealed
from huiyin.cases.models import Filing, Opening
from huiyin.desk.act_pages import ActForm, ActPage
from huiyin.desk.frame import desk, frame, permissions, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError, NotFound
from huiyin.org.permissions import Permission
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, OneOfField, TextField
from huiyin.ui.pages import form_page
from huiyin.vault.models import IndexEntry


class PurposeForm(ActForm):
    purpose = OneOfField(label=_("目的"), options=list(identity.PURPOSES.items()))


class AskForm(PurposeForm):
    reason = TextField(label=_("为什么必须知道反映人是谁"), max_length=500)


class LookUpForm(ActForm):
    kind = OneOfField(label=_("按什么核对"), options=IndexEntry.Kind.choices)
    purpose = OneOfField(label=_("目的"), options=list(identity.LOOK_UP_PURPOSES.items()), initial="repeat")


class CodeForm(ActForm):
    filing = forms.ChoiceField(label=_("哪一件来件"), widget=forms.RadioSelect)

    def prepare(self) -> None:
        rows = Filing.objects.filter(case=self.case).order_by("pk")
        choices = [(row.reference, f"{row.reference} · {row.get_channel_display()}") for row in rows]
        self.choose("filing", choices, choices[0][0] if choices else "")


class DecideForm(HuiyinForm):
    is_granted = OneOfField(label=_("决定"), options=[("yes", _("同意查看一次")), ("no", _("不同意"))])


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def reveal(request: HttpRequest, by: Staff, reference: str, step: str) -> HttpResponse:
    """Acts whose answer is shown once and never kept: an identity, a look-up, a new query code."""
    found = access.case_for(by, reference)
    kind: type[ActForm] = {"open_identity": PurposeForm, "look_up": LookUpForm, "renew_code": CodeForm}[step]
    form = kind(request.POST or None, case=found, by=by)
    context = {"case": found, "form": form, "step": step, "title": TITLES[step]}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            if step == "open_identity":
                context["people"] = identity.open_identity(found, purpose=said["purpose"], by=by, at=server_now())
            elif step == "look_up":
                context["cases"] = identity.look_up(
                    found, kind=said["kind"], purpose=said["purpose"], by=by, at=server_now()
                )
            else:
                filing = Filing.objects.select_related("case").get(case=found, reference=said["filing"])
                context["code"] = intake.renew_code(filing, by=by, at=server_now())
            context["is_done"] = True
        except NotFound:
            raise
        except DomainError as refusal:
            form.blame(refusal)
            return show(request, by, "reveal", context, status=refusal.status)
    return show(request, by, "reveal", context, status=422 if request.method == "POST" and form.errors else 200)


TITLES = {"open_identity": _("查看反映人身份"), "look_up": _("核对是否重复反映"), "renew_code": _("换发查询码")}

PAGES: dict[str, ActPage] = {
    "ask_opening": ActPage(
        AskForm,
        lambda case, said, by, form: identity.ask_opening(
            case, purpose=said["purpose"], reason=said["reason"], by=by, at=server_now()
        ),
        _("已提出申请，等待分管领导或主要领导决定。"),
        note=_("反映人要求保密。需要两个人：您写明理由，另一人同意，之后只能看一次。反映人会看到。"),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def opening(request: HttpRequest, by: Staff, reference: str, opening_id: int) -> HttpResponse:
    """Decide on a wish to open a confidential identity."""
    found = access.case_for(by, reference)
    row = Opening.objects.select_related("case__subject__key", "asked_by").filter(case=found, pk=opening_id).first()
    if row is None or not access.may(by, Permission.APPROVE_OPENING, found):
        raise NotFound()
    form = DecideForm(request.POST or None)

    def act(said: dict[str, str]) -> str:
        identity.decide_opening(row, is_granted=said["is_granted"] == "yes", by=by, at=server_now())
        return reverse("desk:work")

    context = {
        "frame": frame(request, by),
        "case": found,
        "title": gettext("决定是否查看保密身份"),
        "facts": [
            (gettext("谁申请"), row.asked_by.name),
            (gettext("目的"), identity.PURPOSES[row.purpose]),
            (gettext("理由"), sealed.reason_of(row)),
        ],
    }
    return form_page(request, "desk/decide.html", form, act, said=gettext("已决定。"), context=context)


@require_GET
@desk
def reports(request: HttpRequest, by: Staff) -> HttpResponse:
    """The inspector's list of the sealed lane; for everybody else it is not there."""
    if Permission.INSPECT not in permissions(by):
        raise NotFound()
    rows = access.visible_to(by).filter(is_sealed=True).order_by("next_due_on", "-pk")[:200]
    return show(request, by, "reports", {"cases": list(rows)})
