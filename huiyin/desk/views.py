"""Columns and saved views of the list of cases: kept for each person, changed by small forms on the list."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from huiyin.desk.frame import desk, permissions
from huiyin.desk.models import SavedView
from huiyin.kernel import chinese
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import Invalid, NotFound, Refused
from huiyin.org.permissions import Permission
from huiyin.ui.pages import see_other

FILTERS = ("q", "state", "due", "unit", "topic", "class", "channel")
MOST_VIEWS = 12
NAME_LIMIT = 20
# Number and matter always stand; these can be chosen, shown in this order.
COLUMNS: dict[str, object] = {
    "stage": gettext_lazy("状态"),
    "next": gettext_lazy("下一步"),
    "due": gettext_lazy("下一期限"),
    "unit": gettext_lazy("单位"),
    "handler": gettext_lazy("承办人"),
    "topic": gettext_lazy("内容分类"),
    "headcount": gettext_lazy("人数"),
    "received": gettext_lazy("收到"),
    "registered": gettext_lazy("登记"),
}
AT_FIRST = ("stage", "due", "unit", "received")


@dataclass
class Kept:
    """What a person keeps: columns, and the named views in order."""

    columns: tuple[str, ...] = AT_FIRST
    views: list[SavedView] = field(default_factory=list)


def kept(by: Staff) -> Kept:
    """Columns and views of this person. One statement."""
    found = Kept()
    for row in SavedView.objects.filter(user=by.user_id).order_by("position", "pk"):
        if row.name:
            found.views.append(row)
        elif row.columns:
            found.columns = tuple(code for code in row.columns.split(",") if code in COLUMNS) or AT_FIRST
    return found


def canonical(asked: QueryDict | str) -> str:
    """The filters of an address in one order, without page and unknown parts."""
    given = QueryDict(asked) if isinstance(asked, str) else asked
    query = QueryDict(mutable=True)
    for name in FILTERS:
        if value := given.get(name, "").strip()[:80]:
            query[name] = value
    return query.urlencode()


def list_url(query: str) -> str:
    return reverse("desk:cases") + (f"?{query}" if query else "")


@require_POST
@desk
def columns_save(request: HttpRequest, by: Staff) -> HttpResponse:
    """Keep which columns the list shows. None chosen: those at first."""
    _must_see(by)
    chosen = [code for code in COLUMNS if code in request.POST.getlist("column")]
    SavedView.objects.update_or_create(user_id=by.user_id, name="", defaults={"columns": ",".join(chosen)})
    return see_other(request, list_url(canonical(request.POST.get("query", ""))), _("已保存要显示的列。"))


@require_POST
@desk
def view_save(request: HttpRequest, by: Staff) -> HttpResponse:
    """Keep the filters at hand under a name; the same name again replaces them."""
    _must_see(by)
    name = chinese.needed(
        request.POST.get("name", ""),
        limit=NAME_LIMIT,
        field="name",
        sentence=_("请给这个视图起个名称，例如“本周到期”。"),
    )
    query = canonical(request.POST.get("query", ""))
    if not query:
        raise Invalid("no_filter", _("还没有筛选。请先筛选，再保存为视图。"), field="name")
    with transaction.atomic():
        mine = SavedView.objects.filter(user=by.user_id).exclude(name="")
        if mine.exclude(name=name).count() >= MOST_VIEWS:
            sentence = _("最多保存%(most)d个视图。请先删去不用的。") % {"most": MOST_VIEWS}
            raise Refused("too_many_views", sentence)
        last = mine.order_by("-position").values_list("position", flat=True).first() or 0
        row, is_new = SavedView.objects.get_or_create(user_id=by.user_id, name=name, defaults={"position": last + 1})
        row.query = query
        row.save(update_fields=["query"])
    said = _("已保存视图“%(name)s”。") if is_new else _("已更新视图“%(name)s”。")
    return see_other(request, list_url(query), said % {"name": name})


@require_POST
@desk
def view_change(request: HttpRequest, by: Staff, view_id: int) -> HttpResponse:
    """Move a view one place earlier, or delete it."""
    with transaction.atomic():
        mine = list(SavedView.objects.filter(user=by.user_id).exclude(name="").order_by("position", "pk"))
        place = next((place for place, row in enumerate(mine) if row.pk == view_id), None)
        if place is None:
            raise NotFound()
        if request.POST.get("act") == "delete":
            mine.pop(place).delete()
        elif place:
            mine[place - 1], mine[place] = mine[place], mine[place - 1]
        for position, row in enumerate(mine, start=1):
            row.position = position
        SavedView.objects.bulk_update(mine, ["position"])
    return see_other(request, list_url(canonical(request.POST.get("query", ""))))


def _must_see(by: Staff) -> None:
    if Permission.SEE_CASES not in permissions(by):
        raise NotFound()
