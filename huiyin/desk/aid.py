"""Pages of commitments and aid: which harms a case involves, telling the progress as promised, help by the union."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huiyin.cases import access, commitments
from huiyin.cases import aid as acts
from huiyin.cases.models import Aid
from huiyin.clocks import policy
from huiyin.desk.act_pages import ActForm, ActPage
from huiyin.desk.frame import desk, frame
from huiyin.desk.handling import ContactForm
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org.permissions import Permission
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, OneOfField, TextField
from huiyin.ui.pages import form_page

GIVEN, ENDED = "given", "ended"


class HarmsForm(ActForm):
    harms = forms.MultipleChoiceField(
        label=gettext_lazy("这件事项涉及哪些困难"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("只看事情本身。不勾选的，表示没有或者已经解除。反映人自己也能看到。"),
    )

    def prepare(self) -> None:
        known = policy.of(self.case.policy_id).harms
        self.choose("harms", list(known.items()))
        self.fields["harms"].initial = self.case.harms.split()


class AidForm(ActForm):
    kind = OneOfField(label=gettext_lazy("哪一种帮扶"), options=Aid.Kind.choices)
    reason = TextField(label=gettext_lazy("需要怎样的帮扶"), max_length=acts.WORDS)


PAGES: dict[str, ActPage] = {
    "note_harms": ActPage(
        HarmsForm,
        lambda case, said, by, form: commitments.note_harms(case, harms=said["harms"], by=by, at=server_now()),
        gettext_lazy("已登记。联系承诺随之调整。"),
        note=gettext_lazy("困难越重，告诉反映人进展的间隔越短。渠道、次数、人数和是谁反映，都不影响间隔。"),
    ),
    "keep_commitment": ActPage(
        ContactForm,
        lambda case, said, by, form: commitments.keep_commitment(
            case, way=said["way"], told=said["told"], to=said.get("to", ()), by=by, at=server_now()
        ),
        gettext_lazy("已记录，下一次承诺从现在起算。"),
    ),
    "ask_aid": ActPage(
        AidForm,
        lambda case, said, by, form: acts.ask_aid(
            case, kind=said["kind"], reason=said["reason"], by=by, at=server_now()
        ),
        gettext_lazy("已转给工会。"),
        note=gettext_lazy("工会在帮扶期间能看到这件事项。"),
    ),
}


class GiveForm(HuiyinForm):
    what = OneOfField(
        label=gettext_lazy("记录什么"),
        options=[
            (GIVEN, gettext_lazy("给了帮扶，还在继续")),
            (ENDED, gettext_lazy("结束"), gettext_lazy("已经帮到、本人不需要，或者不符合条件。")),
        ],
    )
    text = TextField(
        label=gettext_lazy("内容"), max_length=acts.WORDS, help_text=gettext_lazy("反映人自己也能看到这段话")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def aid(request: HttpRequest, by: Staff, reference: str, aid_id: int) -> HttpResponse:
    """The union records what help was given, or ends it with the result."""
    found = access.case_for(by, reference)
    row = Aid.objects.select_related("case").filter(case=found, pk=aid_id, ended_at=None).first()
    if row is None or not access.may(by, Permission.AID, found):
        raise NotFound()

    def act(said: dict[str, str]) -> str:
        if said["what"] == ENDED:
            acts.end_aid(row, reason=said["text"], by=by, at=server_now())
            return reverse("desk:work")  # the union sees the case no longer
        acts.give_aid(row, given=said["text"], by=by, at=server_now())
        return reverse("desk:case", args=[reference])

    context = {
        "frame": frame(request, by),
        "case": found,
        "title": _("帮扶"),
        "facts": [
            (_("哪一种"), row.get_kind_display()),
            (_("谁提出"), _("反映人") if row.is_wish else _("工作人员")),
            (_("需要"), row.reason),
            (_("已经给的"), row.given or _("还没有")),
        ],
    }
    return form_page(
        request, "desk/decide.html", GiveForm(request.POST or None), act, said=_("已记录。"), context=context
    )
