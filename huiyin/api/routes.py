"""Which statutory ways fit some facts, by program. Nothing is kept, nobody needs an account."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.timezone import localtime
from ninja import Field, Router, Schema
from pydantic import create_model

from huiyin.api.filings import Given
from huiyin.api.problems import documented
from huiyin.cases import routes
from huiyin.cases.routes import Fact
from huiyin.clocks import calendars
from huiyin.org import doorway
from huiyin.trail.moments import server_now

router = Router(tags=["routes"])
MOST_WORKERS = 1_000_000


def _type_of(fact: Fact) -> Any:
    """A fact as JSON gives it; null says that it isn't known."""
    match fact.kind:
        case "choice":
            return Literal[tuple(fact.choices)] | None
        case "yes_no":
            return bool | None
        case "number":
            return int | None
    return str | None


def _shape_of(fact: Fact) -> Any:
    told = f"{fact.question}{fact.help}"
    if fact.kind == "number":
        return Field(default=None, ge=1, le=MOST_WORKERS, description=told)
    if fact.kind == "date":
        return Field(default=None, max_length=40, description=told)
    return Field(default=None, description=told)


# One field for each question of facts.toml. Days as people write them: 2026-01-05, 2026.1.5, 20260105.
FIELDS: dict[str, Any] = {fact.code: (_type_of(fact), _shape_of(fact)) for fact in routes.questions().facts.values()}
GivenFacts: Any = create_model("GivenFacts", __base__=Given, **FIELDS)


class OtherLimit(Schema):
    """A further limit of the same way."""

    what: str
    last_day: date
    days_left: int


class Way(Schema):
    """One way. `last_day` is null where none can be told: `unknown` says what to find out."""

    route: str
    organ: str
    last_day: date | None
    days_left: int | None
    article: str
    materials: list[str]
    employer_duty: str
    unknown: list[str]
    code: str
    branch: int
    is_sure: bool
    procedure: str
    helpline: str
    limit: str
    interruption: str
    lapsed: bool
    help: str
    last_day_without_interruption: date | None
    opens_on: date | None
    other_limits: list[OtherLimit]
    employer_last_day: date | None
    employer_days_left: int | None
    notes: list[str]
    to_confirm: bool
    explain: list[str]


class Ways(Schema):
    """The answer on day `on`. `pending`: the matter is in a statutory procedure already. `caution` belongs to every answer."""

    on: date
    facts: dict[str, str | int]
    routes: list[Way]
    pending: bool
    caution: str


@router.post(
    "",
    operation_id="routes",
    summary="Statutory ways for some facts, with their last days",
    response=Ways,
    openapi_extra=documented(400, 422, 429),
)
def ways(request: HttpRequest, given: GivenFacts) -> dict[str, object]:
    """The same answer as `huiyin route`. What is left out is taken as the questions' default, null as not known."""
    doorway.question(request)
    on = localtime(server_now()).date()
    said = routes.read(given.model_dump(exclude_unset=True), on)
    return routes.advise(said, on, calendars.current()).as_dict()
