"""紧急报告: one short form on a phone, then who was told when and who has read it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huiyin.cases import access as cases
from huiyin.cases.models import Case
from huiyin.desk import settings
from huiyin.desk.frame import desk, frame, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import Invalid, NotFound
from huiyin.org.permissions import Role
from huiyin.oversight import urgent
from huiyin.papers import files, issuing
from huiyin.papers.models import Paper
from huiyin.trail.moments import server_now
from huiyin.ui.forms import CountField, HuiyinForm, LineField, MomentField, TextField
from huiyin.ui.pages import form_page, see_other

ROWS = 20


class FollowForm(HuiyinForm):
    """What everybody on the spot can say in two minutes. There is no field for who is there."""

    place = LineField(label=gettext_lazy("地点"), max_length=urgent.PLACE_LIMIT)
    headcount = CountField(
        label=gettext_lazy("大约多少人"), min_value=0, help_text=gettext_lazy("只写人数，不写姓名。")
    )
    demand = TextField(label=gettext_lazy("提出什么诉求"), max_length=urgent.TEXT_LIMIT)
    state = TextField(label=gettext_lazy("现在的情况"), max_length=urgent.TEXT_LIMIT)
    measures = TextField(label=gettext_lazy("已经采取的措施"), max_length=urgent.TEXT_LIMIT)
    next_steps = TextField(label=gettext_lazy("下一步"), max_length=urgent.TEXT_LIMIT)
    happened_at = MomentField(label=gettext_lazy("发生时间"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in urgent.TEXTS:
            self.fields[name].widget.attrs["rows"] = 2


class UrgentForm(FollowForm):
    known_at = MomentField(
        label=gettext_lazy("您什么时候知道的"), help_text=gettext_lazy("从这时起30分钟内报告。报告时间由系统记录。")
    )
    case = LineField(
        label=gettext_lazy("有关的信访事项编号"), max_length=40, required=False,
        help_text=gettext_lazy("已经登记的才填，例如“信〔2026〕12号”。"),
    )  # fmt: skip


@require_GET
@desk
def urgents(request: HttpRequest, by: Staff) -> HttpResponse:
    """The urgent matters this person may see, the newest first."""
    _need(by)
    page = settings.numbered(request, urgent.visible(by), ROWS)
    return show(request, by, "urgents", {"page": page, "may_report": urgent.may_report(by)})


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def urgent_new(request: HttpRequest, by: Staff) -> HttpResponse:
    """Report: one form, one button."""
    if not urgent.may_report(by):
        raise NotFound()
    now = localtime(server_now())

    def act(said: dict[str, Any]) -> str:
        found = _case(by, said["case"]) if said["case"] else None
        made = urgent.report(
            said, headcount=said["headcount"], happened_at=said["happened_at"], known_at=said["known_at"], case=found,
            by=by, at=server_now(),
        )  # fmt: skip
        return reverse("desk:urgent", args=[made.reference])

    form = UrgentForm(request.POST or None, initial={"happened_at": now, "known_at": now})
    context = {
        "frame": frame(request, by), "title": _("紧急报告"), "back_url": reverse("desk:urgents"), "back": _("紧急报告"),
        "button": _("马上报告"),
        "note": _("点“马上报告”后，立即生成编号的报告，并通知主要领导、分管领导和信访机构。有人身危险的，请先拨打110、120。"),
    }  # fmt: skip
    return form_page(request, "desk/setting.html", form, act, said=_("已经报告，领导已收到通知。"), context=context)


@require_GET
@desk
def urgent_page(request: HttpRequest, by: Staff, urgent_ref: str) -> HttpResponse:
    """One matter: its reports, who was told when, who has read it."""
    row = urgent.one(by, urgent_ref)
    reports = list(
        row.reports.select_related("reported_by", "paper__subject__key")
        .prefetch_related("told__to")
        .order_by("-number")
    )
    shown = [
        {
            "report": one,
            "fields": issuing.fields_of(one.paper),
            "told": [(told, Role(told.role).label) for told in one.told.all()],
        }
        for one in reports
    ]
    case = row.case if row.case and cases.visible_to(by).filter(pk=row.case.pk).exists() else None
    is_unread = any(told.to_id == by.user_id and told.read_at is None for one in reports for told in one.told.all())
    return show(
        request, by, "urgent",
        {
            "urgent": row, "reports": shown, "case": case, "is_unread": is_unread,
            "was_late": urgent.was_late(row), "may_report": urgent.may_report(by),
        },
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def urgent_follow(request: HttpRequest, by: Staff, urgent_ref: str) -> HttpResponse:
    """Report on the same matter again."""
    row = urgent.one(by, urgent_ref)
    if not urgent.may_report(by):
        raise NotFound()

    def act(said: dict[str, Any]) -> str:
        urgent.follow(row, said, headcount=said["headcount"], happened_at=said["happened_at"], by=by, at=server_now())
        return reverse("desk:urgent", args=[row.reference])

    form = FollowForm(request.POST or None, initial={"happened_at": localtime(server_now())})
    context = {
        "frame": frame(request, by), "title": _("续报"), "back_url": reverse("desk:urgent", args=[row.reference]),
        "back": _("返回报告"), "button": _("报告"),
    }  # fmt: skip
    return form_page(request, "desk/setting.html", form, act, said=_("已经续报，领导已收到通知。"), context=context)


@require_POST
@desk
def urgent_read(request: HttpRequest, by: Staff, urgent_ref: str) -> HttpResponse:
    """我已看到."""
    urgent.read(urgent.one(by, urgent_ref), by=by, at=server_now())
    return see_other(request, reverse("desk:urgent", args=[urgent_ref]), _("已记下您看到的时间。"))


@require_GET
@desk
def urgent_paper(request: HttpRequest, by: Staff, urgent_ref: str, paper_reference: str) -> HttpResponse:
    """A report as the sealed PDF."""
    row = urgent.one(by, urgent_ref)
    paper = settings.found(
        Paper.objects.select_related("pdf__subject__key")
        .filter(subject=row.subject_id, reference=paper_reference, pdf__isnull=False)
        .first()
    )
    if paper.pdf is None:
        raise NotFound()
    return HttpResponse(b"".join(files.open_file(paper.pdf)), content_type="application/pdf")


def _need(by: Staff) -> None:
    """Whoever reports, leads or was told; an administrator has nothing here."""
    if not (urgent.may_report(by) or urgent.leads(by) or urgent.visible(by).exists()):
        raise NotFound()


def _case(by: Staff, text: str) -> Case:
    found = cases.visible_to(by).filter(number=text, is_sealed=False).first()
    found = found or cases.visible_to(by).filter(reference=text.upper(), is_sealed=False).first()
    if found is None:
        raise Invalid("case_unknown", _("没有找到这个编号的事项，请核对；来不及查的可以不填。"), field="case")
    return found
