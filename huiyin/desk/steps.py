"""One address for each act of a case: `/desk/cases/<reference>/<step>/`. The registry of their pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.cases import access, closing, handling, lifecycle, steps
from huiyin.cases.models import Extension
from huiyin.desk import aid as aid_pages
from huiyin.desk import arrivals as arrival_pages
from huiyin.desk import closing as closing_pages
from huiyin.desk import deciding as deciding_pages
from huiyin.desk import dispatch as dispatch_pages
from huiyin.desk import handling as handling_pages
from huiyin.desk import hearing as hearing_pages
from huiyin.desk import identity as identity_pages
from huiyin.desk import intake as intake_pages
from huiyin.desk import interviews as interview_pages
from huiyin.desk import parting as parting_pages
from huiyin.desk import recusal as recusal_pages
from huiyin.desk import review as review_pages
from huiyin.desk import sealed as sealed_pages
from huiyin.desk import triage as triage_pages
from huiyin.desk.act_pages import ActPage, words
from huiyin.desk.cases import report_context
from huiyin.desk.frame import desk, frame, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org.permissions import Permission
from huiyin.papers.models import Delivery
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, LineField, OneOfField, TextField
from huiyin.ui.headers import shows_own_papers
from huiyin.ui.pages import form_page

PAGES: dict[str, ActPage] = {
    **intake_pages.PAGES,
    **arrival_pages.PAGES,
    **triage_pages.PAGES,
    **parting_pages.PAGES,
    **dispatch_pages.PAGES,
    **handling_pages.PAGES,
    **deciding_pages.PAGES,
    **closing_pages.PAGES,
    **identity_pages.PAGES,
    **sealed_pages.PAGES,
    **aid_pages.PAGES,
    **recusal_pages.PAGES,
    **review_pages.PAGES,
    **hearing_pages.PAGES,
    **interview_pages.PAGES,
}


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def step(request: HttpRequest, by: Staff, reference: str, step: str) -> HttpResponse:
    """Take one step: show its form, take it, go back to the case. A step that isn't offered says why."""
    found = access.case_for(by, reference)
    page = PAGES.get(step)
    if page is None:
        raise NotFound()
    form = page.form(request.POST or None, case=found, by=by)
    if request.method == "POST" and form.takes_files:
        form.is_valid()
        form.take_files(request.POST.getlist("files"), request.FILES.getlist("files_whole"))
    offered = {offer.code for offer in lifecycle.available(found, by=by)}
    if step in arrival_pages.PAGES:
        offered |= arrival_pages.offered(found, by).keys()
    context = {
        "frame": frame(request, by),
        "case": found,
        "title": steps.label(steps.STEPS[step], found),
        "page": page,
        "note": words(page.note, found),
        "is_offered": step in offered,
        "stage": found.stage_words,
        **(page.aside(found, by) if page.aside and step in offered else {}),
    }

    def act(said: dict[str, object]) -> str:
        page.act(found, said, by, form)
        return reverse("desk:work") if page.to_list else reverse("desk:case", args=[reference])

    if not request.POST and request.method == "POST":  # a form without fields still posts its token
        raise NotFound()
    answer = form_page(request, f"desk/{page.template}.html", form, act, said=words(page.said, found), context=context)
    return shows_own_papers(answer) if "shows_draft" in context else answer


class ExtensionForm(HuiyinForm):
    is_approved = OneOfField(
        label=gettext_lazy("决定"), options=[("yes", gettext_lazy("同意延期")), ("no", gettext_lazy("不同意"))]
    )
    refusal_reason = TextField(label=gettext_lazy("不同意的理由"), max_length=500, required=False)
    way = OneOfField(
        label=gettext_lazy("怎样告知反映人"), options=triage_pages.LETTER_WAYS, initial=Delivery.Way.PORTAL.value
    )
    place = LineField(
        label=gettext_lazy("地点"), max_length=120, required=False, help_text=gettext_lazy("当面送达时填写")
    )
    tracking_no = LineField(
        label=gettext_lazy("邮件号"), max_length=40, required=False, help_text=gettext_lazy("邮寄时填写，以便查询")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def extension(request: HttpRequest, by: Staff, reference: str, extension_id: int) -> HttpResponse:
    """Decide on an extension; the employee is told the reason (第三十四条)."""
    found = access.case_for(by, reference)
    row = Extension.objects.select_related("case", "asked_by").filter(case=found, pk=extension_id).first()
    if row is None or not access.may(by, Permission.EXTEND, found):
        raise NotFound()

    def act(said: dict[str, str]) -> str:
        handling.decide_extension(
            row,
            is_approved=said["is_approved"] == "yes",
            refusal_reason=said["refusal_reason"],
            way=said["way"],
            place=said["place"],
            tracking_no=said["tracking_no"],
            by=by,
            at=server_now(),
        )
        return reverse("desk:work")

    context = {
        "frame": frame(request, by),
        "case": found,
        "title": _("决定是否延期"),
        "facts": [
            (_("谁申请"), row.asked_by.name),
            (_("延长"), _("%(days)d天") % {"days": row.days}),
            (_("理由"), row.reason),
        ],
    }
    return form_page(
        request, "desk/decide.html", ExtensionForm(request.POST or None), act, said=_("已决定。"), context=context
    )


@require_POST
@desk
def read_report(request: HttpRequest, by: Staff, reference: str) -> HttpResponse:
    """Open the text of a report; the reading is recorded before it is shown."""
    found = access.case_for(by, reference)
    texts = closing.read_report(found, by=by, at=server_now())
    return show(request, by, "report", report_context(found, by) | {"texts": texts})
