"""The statutory ways of a case: the facts as they were given, what was told of them, and what they give today.

《信访工作条例》第二十三条, 第三十一条: whoever files is told the way, and the day until when it is open. What was told stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import letters, routes, sealed, together
from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Case, Filing, RouteAdvice, Stage
from huiyin.cases.routes import Route, full_day
from huiyin.clocks import calendars
from huiyin.kernel.actors import Actor, Employee, Staff
from huiyin.kernel.errors import Invalid, NotFound
from huiyin.papers.templates import Value


def keep(case: Case, said: Mapping[str, object], *, by: Actor, at: datetime) -> RouteAdvice:
    """Keep the facts and tell the ways: the employee's page shows them from now on, and a notice says so. Raises Invalid
    as `routes.read`."""
    with taking("advise", case, by=by, at=at) as turn:
        row = _kept(turn, said)
        # This case's own filers alone: the page of whoever joined shows what was told of their own case.
        turn.notify(letters.accounts(turn.case, Filing.objects.filter(case=turn.case)), "ways_told")
    return row


def bring(filing: Filing, said: Mapping[str, object], *, by: Employee, at: datetime) -> RouteAdvice | None:
    """Keep the facts with which the employee asked for ways before filing; None where they can't be kept any more: a
    report of wrongdoing has no such way, and a question that can't be is no reason to lose a filing."""
    if filing.case.stage != Stage.RECEIVED:
        return None
    try:
        routes.read(said, timezone.localtime(at).date())
    except Invalid:
        return None
    with taking("bring_facts", filing.case, by=by, at=at) as turn:
        return _kept(turn, said)


def _kept(turn: Turn, said: Mapping[str, object]) -> RouteAdvice:
    on = timezone.localtime(turn.at).date()
    given = routes.read(said, on)
    advice = routes.advise(given, on, calendars.current())
    main = next((way for way in advice.routes if way.is_sure), None)
    owed = main.employer if main is not None and main.has_employer_alert else None
    row = RouteAdvice(
        case=turn.case,
        sealed_facts=sealed.seal_facts(turn.case, json.dumps(given.plain(), ensure_ascii=False)),
        route=main.route.code if main else "",
        last_day=main.last_day if main else None,
        employer_last_day=owed.last_day if owed else None,
        computed_on=on,
        shown_at=turn.at,
        given_by_id=turn.by.user_id if isinstance(turn.by, Staff) else None,
    )
    letters.note_filings(turn, Filing.objects.filter(case=turn.case))
    return turn.keep(row)


def latest(case: Case) -> RouteAdvice | None:
    """What was told last of this case. One statement."""
    return RouteAdvice.objects.filter(case=case).select_related("case__subject__key").order_by("-pk").first()


def facts_of(row: RouteAdvice) -> dict[str, str]:
    """The facts as they were given, by code."""
    found: dict[str, str | int] = json.loads(sealed.facts_of(row))
    return {code: str(value) for code, value in found.items()}


def on_day(row: RouteAdvice, on: date) -> routes.Advice:
    """What the facts give on this day: days left shrink, limits lapse."""
    return routes.advise(routes.read(facts_of(row), max(on, row.computed_on)), on, calendars.current())


def way_of(case: Case, route: str, on: date) -> routes.Advised | None:
    """The way of this code for the facts of this case, for a paper. None where no facts were given, it doesn't fit them,
    or others filed too: the paper goes to each of them, and the last day is one person's own."""
    if together.standing(case).count() > 1:
        return None
    row = latest(case)
    return on_day(row, on).of(route) if row else None


def on_paper(route: Route, way: routes.Advised | None, on: date) -> dict[str, Value]:
    """What D6 says of a way: where, by when, with what. `way` is the same way for the facts of the case (`way_of`), and
    None leaves the last day out."""
    return {
        "branch": str(route.branch),
        "procedure": f"{route.name}：{route.procedure}{''.join(way.notes if way else ())}",
        "organ": route.organ,
        "organ_address": _("以该机构公布的地址为准"),
        "organ_phone": route.phone or _("以该机构公布的电话为准"),
        "last_day": _last_day(way, on),
        "limit": f"{route.limit_text}。",
        "interruption": route.interruption,
        "employer_duty": way.employer_duty if way else route.employer.text,
        "materials": list(way.materials if way else route.materials),
        "article": way.article if way else route.article,
        "caution": routes.CAUTION,
    }


def _last_day(way: routes.Advised | None, on: date) -> str:
    """The last day as the paper says it, counted on the day of the paper; '' where none can be told."""
    if way is None or not way.lasts:
        return ""
    told = [
        f"{last.limit.name}{full_day(last.last_day)}，"
        + (
            f"自本告知书之日起还有{last.days_left}天"
            if not last.is_lapsed
            else f"到{full_day(on)}已经过了{-last.days_left}天"
        )
        for last in way.lasts
    ]
    return "；".join(told) + "（按您提供的情况计算，情况有变化的以受理机构的认定为准）。"


def shown_to(filing: Filing, on: date) -> tuple[RouteAdvice, routes.Advice]:
    """What was told of this very filing's case, for its own page. NotFound where nothing was."""
    row = latest(filing.case)
    if row is None:
        raise NotFound()
    return row, on_day(row, on)
