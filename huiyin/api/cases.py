"""Cases for programs with a staff token: exactly those its account sees at the desk, with no word about who files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema

from huiyin.api.problems import documented
from huiyin.api.tokens import StaffToken, staff
from huiyin.cases import access, sealed, search, timeline
from huiyin.cases.models import Case, Demand
from huiyin.kernel.errors import Invalid, NotFound
from huiyin.trail.moments import server_now

MOST_ROWS = 100
DEFAULT_ROWS = 20
LAST_PAGE = 10_000

router = Router(tags=["cases"], auth=StaffToken())


class Asked(Schema):
    """What the list is narrowed to; every filter is about the matter."""

    text: str = ""
    state: str = ""
    unit: int | None = None
    topic: str = ""
    due: Literal["", "missed", "week", "month"] = ""
    channel: Literal["", "web", "letter", "phone", "visit", "fax", "above", "instruction"] = ""
    classification: Literal["", "claim", "suggestion"] = ""


class CaseRow(Schema):
    """A case as lists show it. `matter` is empty for a report of wrongdoing."""

    reference: str
    number: str | None
    matter: str
    topic: str | None
    classification: str
    stage: str
    stage_label: str
    office: str
    unit: str | None
    received_at: datetime
    next_step: str
    next_unit: str | None
    next_due_on: date | None


class CasePage(Schema):
    """One page; `count` is the number of cases that fit."""

    items: list[CaseRow]
    count: int
    page: int
    pages: int


class DemandRow(Schema):
    """One request: its outcome is '' until decided. The words of a report of wrongdoing are not given out here."""

    no: int
    text: str
    outcome: str
    executed_at: datetime | None


class EventRow(Schema):
    """One step of the record."""

    at: datetime
    recorded_at: datetime
    code: str
    sentence: str
    who: str


class CaseWhole(CaseRow):
    """One case with its requests and its record, the newest first."""

    registered_at: datetime | None
    accepted_at: datetime | None
    closed_at: datetime | None
    demands: list[DemandRow]
    events: list[EventRow]


@router.get(
    "",
    operation_id="cases",
    summary="The cases the account sees, newest first; by next due date where `due` narrows",
    response=CasePage,
    openapi_extra=documented(401, 422),
)
def cases(
    request: HttpRequest,
    asked: Annotated[Asked, Query()],
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
    size: Annotated[int, Query(ge=1, le=MOST_ROWS)] = DEFAULT_ROWS,
) -> CasePage:
    """A page beyond the last is the last. A unit the account doesn't reach has no cases for it."""
    by = staff(request)
    if unknown := sorted(set(request.GET) - {*Asked.model_fields, "page", "size"}):
        raise Invalid(
            "unknown_filter", _("没有“%(name)s”这个筛选条件。请对照接口说明改正。") % {"name": unknown[0][:40]}
        )
    unit = None
    if asked.unit is not None:
        unit = next((unit for unit in search.units_of(by) if unit.pk == asked.unit), None)
        if unit is None:
            return CasePage(items=[], count=0, page=1, pages=1)
    filters = search.Filters(asked.text, asked.state, unit, asked.topic, asked.due, asked.channel, asked.classification)
    found = search.page(by, filters, today=localtime(server_now()).date(), number=page, size=size)
    paginator = found.paginator
    items = [CaseRow(**_row(case)) for case in found.object_list]
    return CasePage(items=items, count=paginator.count, page=found.number, pages=paginator.num_pages)


@router.get(
    "/{reference}",
    operation_id="case",
    summary="One case",
    response=CaseWhole,
    openapi_extra=documented(401, 403, 404, 422),
)
def case(request: HttpRequest, reference: Annotated[str, Path(max_length=40)]) -> CaseWhole:
    """The case with its requests and record. One that the account may not see is not there (404)."""
    if "\x00" in reference:
        raise NotFound()
    found = access.case_for(staff(request, for_whole=True), reference)
    demands = Demand.objects.select_related("case__subject__key").filter(case=found).order_by("no")
    return CaseWhole(
        **_row(found),
        registered_at=found.registered_at,
        accepted_at=found.accepted_at,
        closed_at=found.closed_at,
        demands=[
            DemandRow(
                no=row.no,
                text="" if found.is_sealed else sealed.text_of(row),  # opening a sealed text is an act of its own
                outcome=row.outcome,
                executed_at=row.executed_at,
            )
            for row in demands
        ],
        events=[
            EventRow(at=e.at, recorded_at=e.recorded_at, code=e.code, sentence=e.sentence, who=e.who)
            for e in timeline.for_staff(found)
        ],
    )


def _row(case: Case) -> dict[str, Any]:
    return {
        "reference": case.reference,
        "number": case.number,
        "matter": case.matter,
        "topic": case.topic_id,
        "classification": case.classification,
        "stage": case.stage,
        "stage_label": case.stage_words,
        "office": case.office.short_name,
        "unit": case.unit.short_name if case.unit else None,
        "received_at": localtime(case.received_at),
        "next_step": case.next_step,
        "next_unit": case.next_unit.short_name if case.next_unit else None,
        "next_due_on": case.next_due_on,
    }
