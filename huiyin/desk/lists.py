"""Lists of cases: filters said in words, saved views, chosen columns, several at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huiyin.cases import search, steps
from huiyin.cases.lists import topics
from huiyin.cases.models import Case, Stage
from huiyin.cases.models.case import Classification
from huiyin.cases.models.filing import Channel
from huiyin.desk import several, views
from huiyin.desk.frame import desk, permissions, show
from huiyin.kernel.actors import Staff
from huiyin.org.models import Unit
from huiyin.trail.moments import server_now

PAGE = 20


@require_GET
@desk
def cases(request: HttpRequest, by: Staff) -> HttpResponse:
    """The viewer's cases, newest first, narrowed by words and filters."""
    asked = request.GET
    units = search.units_of(by)
    unit = next((row for row in units if str(row.pk) == asked.get("unit", "")), None)
    filters = search.Filters(
        text=asked.get("q", "")[:80],
        state=asked.get("state", ""),
        unit=unit,
        topic=asked.get("topic", ""),
        due=asked.get("due", ""),
        channel=asked.get("channel", ""),
        classification=asked.get("class", ""),
    )
    number = int(asked["page"]) if asked.get("page", "").isdecimal() else 1
    found = search.page(by, filters, today=localtime(server_now()).date(), number=number, size=PAGE)
    query, kept = views.canonical(asked), views.kept(by)
    chips = _in_words(filters, query, by)
    context = {
        "page": found,
        "rows": [{"case": case, "step": _step(case)} for case in found],
        "filters": filters,
        "chips": chips,
        "query": query,
        "columns": kept.columns,
        "choices": [(code, title, code in kept.columns) for code, title in views.COLUMNS.items()],
        "views": [{"row": row, "url": views.list_url(row.query), "is_here": row.query == query} for row in kept.views],
        "states": _states(),
        "topics": [topic for topic in topics() if topic.parent is None],
        "dues": _dues(),
        "channels": Channel.choices,
        "classes": _classes(),
        "units": units,
        "takes_several": bool(several.needs() & permissions(by)),
    }
    return show(request, by, "cases", context)


def _states() -> list[tuple[str, str]]:
    return [("open", _("未办结")), ("ended", _("已结束")), *((str(code), str(name)) for code, name in Stage.choices)]


def _dues() -> list[tuple[str, str]]:
    return [("missed", _("已超期")), ("week", _("7天内到期")), ("month", _("30天内到期"))]


def _classes() -> list[tuple[str, str]]:
    """Reports of wrongdoing are in no list but the inspector's."""
    return [(one.value, str(one.label)) for one in (Classification.CLAIM, Classification.SUGGESTION)]


def _in_words(filters: search.Filters, query: str, by: Staff) -> list[dict[str, str]]:
    """Each filter as words, with the address of the list without it."""
    names = {topic.code: topic.name for topic in topics()}
    said = {
        "unit": _unit_words(filters.unit, by),
        "due": dict(_dues()).get(filters.due, ""),
        "state": dict(_states()).get(filters.state, ""),
        "topic": names.get(filters.topic, ""),
        "class": dict(_classes()).get(filters.classification, ""),
        "channel": str(dict(Channel.choices).get(filters.channel, "")),
        "q": _("含“%(words)s”") % {"words": filters.text} if filters.text.strip() else "",
    }
    return [{"words": words, "url": _without(query, name)} for name, words in said.items() if words]


def _unit_words(unit: Unit | None, by: Staff) -> str:
    if unit is None:
        return ""
    return _("本单位") if unit.pk in {post.unit_id for post in by.posts} else unit.short_name


def _without(query: str, name: str) -> str:
    left = QueryDict(query, mutable=True)
    left.pop(name, None)
    return views.list_url(left.urlencode())


def _step(case: Case) -> Any:
    step = steps.STEPS.get(case.next_step)
    return steps.label(step, case) if step else ""
