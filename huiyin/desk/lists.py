"""Lists of cases with filters and search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huiyin.cases import search
from huiyin.cases.lists import topics
from huiyin.cases.models import Stage
from huiyin.cases.models.filing import Channel
from huiyin.desk.frame import desk, show
from huiyin.kernel.actors import Staff
from huiyin.org.models import Unit
from huiyin.trail.moments import server_now

PAGE = 20


@require_GET
@desk
def cases(request: HttpRequest, by: Staff) -> HttpResponse:
    """The viewer's cases, newest first, narrowed by words and filters."""
    asked = request.GET
    unit = Unit.objects.filter(pk=int(asked["unit"])).first() if asked.get("unit", "").isdecimal() else None
    filters = search.Filters(
        text=asked.get("q", "")[:80],
        state=asked.get("state", ""),
        unit=unit,
        topic=asked.get("topic", ""),
        due=asked.get("due", ""),
        channel=asked.get("channel", ""),
    )
    number = int(asked["page"]) if asked.get("page", "").isdecimal() else 1
    found = search.page(by, filters, today=localtime(server_now()).date(), number=number, size=PAGE)
    context = {
        "page": found,
        "filters": filters,
        "states": [("open", _("未办结")), ("ended", _("已结束")), *Stage.choices],
        "topics": [topic for topic in topics() if topic.parent is None],
        "dues": [("missed", _("已超期")), ("week", _("七天内到期")), ("month", _("三十天内到期"))],
        "channels": Channel.choices,
        "units": search.units_of(by),
        "is_narrowed": any((filters.text, filters.state, filters.unit, filters.topic, filters.due, filters.channel)),
    }
    return show(request, by, "cases", context)
