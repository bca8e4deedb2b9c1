"""设置 · 组织机构: the tree of units, opened, changed and closed by the system administrator."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.desk import settings
from huiyin.desk.frame import desk, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org import roster, structure
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, HuiyinForm, LineField

ROWS = 100


class UnitForm(HuiyinForm):
    name = LineField(label=gettext_lazy("全称"), max_length=60)
    short_name = LineField(label=gettext_lazy("简称"), max_length=20, help_text=gettext_lazy("列表里用的名称。"))
    acts_in_own_name = forms.BooleanField(label=gettext_lazy("以自己名义行文、作处理意见"), required=False)
    code = LineField(
        label=gettext_lazy("机关代字"),
        max_length=8,
        required=False,
        help_text=gettext_lazy("以自己名义行文的单位必填，用在文书编号里，例如“炼化信”。"),
    )
    has_petition_office = forms.BooleanField(label=gettext_lazy("设有信访工作机构"), required=False)


class OpenForm(UnitForm):
    on = DayField(label=gettext_lazy("从哪一天起"))


class CloseForm(HuiyinForm):
    successor = forms.ModelChoiceField(
        label=gettext_lazy("由哪个单位承接"),
        queryset=Unit.objects.none(),
        empty_label=gettext_lazy("请选择"),
        help_text=gettext_lazy("没有办完的事项、以后来的复查都由它接着办。"),
    )
    on = DayField(label=gettext_lazy("从哪一天起撤销"))


@require_GET
@desk
def units(request: HttpRequest, by: Staff) -> HttpResponse:
    """The tree from the root down; closed units where they are asked for."""
    paths = settings.need(by)
    is_closed = request.GET.get("state") == "closed"
    text = settings.read(request, "q")
    today = localtime(server_now()).date()
    rows = roster.units_in(paths, None if is_closed else today).select_related("successor")
    if is_closed:
        rows = rows.filter(closed_on__lte=today)
    if text:
        rows = rows.filter(name__contains=text)
    page = settings.numbered(request, rows, ROWS)
    for row in page.object_list:
        row.steps = range(row.path.count("/") - 2)
    return show(
        request, by, "units",
        {
            "tabs": settings.tabs(request, by), "page": page, "text": text,
            "is_closed": is_closed, "is_tree": not (is_closed or text), "is_narrowed": bool(text or is_closed),
        },
    )  # fmt: skip


@require_GET
@desk
def unit(request: HttpRequest, by: Staff, unit_id: int) -> HttpResponse:
    """One unit: in whose name it acts, who holds a post there today, what was done with it."""
    row = _unit(by, unit_id)
    today = localtime(server_now()).date()
    is_open = structure.is_open(row, today)
    posts = (
        structure.held_on(today).filter(unit=row, user__is_active=True).select_related("user").order_by("role", "pk")
    )
    before = settings.older(request)
    issuer = next((one for one in structure.ancestors(row) if one.acts_in_own_name), None)
    return show(
        request, by, "unit",
        {
            "unit": row, "is_open": is_open, "issuer": issuer, "before": before,
            "posts": settings.numbered(request, cast("Any", posts)),
            "lines": roster.history(row.subject_id, before), "most_lines": roster.LINES,
            "may_manage": row.closed_on is None and settings.may(by, Permission.MANAGE_UNITS),
        },
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def unit_new(request: HttpRequest, by: Staff, unit_id: int) -> HttpResponse:
    """Open a unit below this one."""
    parent = _unit(by, unit_id, Permission.MANAGE_UNITS)
    form = OpenForm(request.POST or None, initial={"on": localtime(server_now()).date()})

    def act(said: dict[str, Any]) -> str:
        made = structure.open_unit(**said, parent=parent, by=by, at=server_now())
        return _address(made)

    return settings.act_page(
        request, by, form, act, title=_("设立下级单位"), back=(_address(parent), parent.name),
        said=_("单位已经设立。"), note=_("在“%(unit)s”下面设立一个单位。") % {"unit": parent.name},
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def unit_change(request: HttpRequest, by: Staff, unit_id: int) -> HttpResponse:
    """Change its names, and whether it acts in its own name."""
    row = _unit(by, unit_id, Permission.MANAGE_UNITS)
    form = UnitForm(request.POST or None, initial={name: getattr(row, name) for name in UnitForm.base_fields})

    def act(said: dict[str, Any]) -> str:
        structure.amend_unit(row, **said, by=by, at=server_now())
        return _address(row)

    return settings.act_page(
        request, by, form, act, title=_("修改单位"), back=(_address(row), row.name), button=_("保存"),
        said=_("已经保存。"), note=_("已经盖章的文书不会变，以后的文书按新的写。"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def unit_close(request: HttpRequest, by: Staff, unit_id: int) -> HttpResponse:
    """Close the unit; another takes over."""
    row = _unit(by, unit_id, Permission.MANAGE_UNITS)
    today = localtime(server_now()).date()
    form = CloseForm(request.POST or None, initial={"on": today})
    field = cast(forms.ModelChoiceField[Unit], form.fields["successor"])
    paths = settings.need(by, Permission.MANAGE_UNITS)
    field.queryset = roster.units_in(paths, today).exclude(path__startswith=row.path)
    field.label_from_instance = lambda obj: "　" * (obj.path.count("/") - 2) + obj.name  # type: ignore[method-assign]

    def act(said: dict[str, Any]) -> str:
        structure.close_unit(row, successor=said["successor"], on=said["on"], by=by, at=server_now())
        return _address(row)

    return settings.act_page(
        request, by, form, act, title=_("撤销单位"), back=(_address(row), row.name), said=_("单位已经撤销。"),
        note=_("从那一天起，本单位的岗位不再有效，请安全管理员在承接单位重新授予。单位的记录和文书都保留。"),
        warning=_("撤销后不能恢复，只能另设新单位。"),
    )  # fmt: skip


def _unit(by: Staff, unit_id: int, *codes: Permission) -> Unit:
    """The unit, within reach; NotFound otherwise."""
    paths = settings.need(by, *codes)
    row = Unit.objects.select_related("parent", "successor").filter(pk=unit_id).first()
    if row is None or not any(row.path.startswith(path) for path in paths):
        raise NotFound()
    return row


def _address(unit: Unit) -> str:
    return reverse("desk:unit", args=[unit.pk])
