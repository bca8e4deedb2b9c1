"""设置: who may open its pages, and the form page they share. The acts themselves ask again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from huiyin.desk.frame import frame, permissions
from huiyin.kernel.actors import Staff
from huiyin.kernel.days import half_width
from huiyin.kernel.errors import NotFound
from huiyin.org import roster
from huiyin.org.permissions import Permission
from huiyin.ui.forms import HuiyinForm, LineField
from huiyin.ui.pages import form_page

ROWS = 30
Row = TypeVar("Row", bound=Model)


class NoForm(HuiyinForm):
    """An act that needs no words."""


def need(by: Staff, *codes: Permission) -> tuple[str, ...]:
    """The unit paths this person answers for here. Without one of these permissions (none named: any of the three
    administrators') the page is not there."""
    paths = roster.reach(by, *codes)
    if not paths:
        raise NotFound()
    return paths


def numbered(request: HttpRequest, rows: QuerySet[Any], size: int = ROWS) -> Page[Any]:
    """The page that `?page=` names, else the first."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def tabs(request: HttpRequest, by: Staff) -> list[dict[str, Any]]:
    """The parts of the settings that this person may open."""
    parts: list[tuple[str, str]] = []
    if permissions(by) & roster.READERS:
        parts += [(_("账号和岗位"), reverse("desk:accounts")), (_("组织机构"), reverse("desk:units"))]
    if may(by, Permission.MANAGE_ACCOUNTS):
        parts.append((_("放假安排"), reverse("desk:calendar")))
    if may(by, Permission.MANAGE_FORMS) and roster.has_whole(roster.reach(by, Permission.MANAGE_FORMS)):
        parts.append((_("文书模板"), reverse("desk:paper_forms")))
    return [{"title": title, "url": url, "is_here": request.path == url} for title, url in parts]


def older(request: HttpRequest) -> int:
    """Of the record: below which step to go on, 0 for the newest."""
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def act_page(
    request: HttpRequest,
    by: Staff,
    form: HuiyinForm,
    act: Callable[[dict[str, Any]], str],
    *,
    title: str,
    back: tuple[str, str],
    note: str = "",
    warning: str = "",
    button: str = "",
    said: str = "",
) -> HttpResponse:
    """A form of the settings; `back` is the address and name of the page it belongs to."""
    context = {
        "frame": frame(request, by), "title": title, "back_url": back[0], "back": back[1], "note": note,
        "warning": warning, "button": button or title,
    }  # fmt: skip
    return form_page(request, "desk/setting.html", form, act, said=said, context=context)


def may(by: Staff, code: Permission) -> bool:
    """Whether some post carries the permission: which buttons are offered."""
    return code in permissions(by)


def read(request: HttpRequest, name: str, limit: int = 40) -> str:
    """A filter of a list as typed, cleaned and cut."""
    field = LineField(required=False, max_length=limit)
    return str(field.clean(half_width(request.GET.get(name, ""))[:limit]))


def found(row: Row | None) -> Row:
    """The row, or NotFound."""
    if row is None:
        raise NotFound()
    return row
