"""File a grievance, follow it and add to it by program. As on the portal, nobody needs an account for it.

Nothing of the sender is looked at but the network address, and that only to count tries; for an anonymous or
confidential filing not even that.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from ninja import Field, Header, Router, Schema, Status
from pydantic import ConfigDict

from huiyin.api.problems import documented
from huiyin.cases import handling, intake, timeline, together
from huiyin.cases.lists import topics
from huiyin.cases.models import Filing
from huiyin.cases.models.case import Identity
from huiyin.kernel import ids
from huiyin.kernel.actors import Employee
from huiyin.kernel.errors import Invalid, NotFound
from huiyin.org import sign_on, throttle
from huiyin.trail.moments import server_now

# Filings in a minute: from one address (a gateway of the enterprise may stand behind it), and from everywhere.
FROM_ADDRESS = 60
FROM_ALL = 120
MOST_FILES = 20
KEY_PATTERN = "^[0-9A-Za-z-]{16,64}$"

router = Router(tags=["filings"])


class Given(Schema):
    """What a program sends: an unknown field is refused, so that no misspelt one is lost."""

    model_config = ConfigDict(extra="forbid")


class GivenPerson(Given):
    """How the filer may be known. Left out or empty for an anonymous filing; otherwise a name is needed."""

    name: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    email: str = ""


class GivenFiling(Given):
    """One filing. `uploads` are tokens of finished uploads."""

    text: str = Field(min_length=1, max_length=intake.TEXT_LIMIT)
    demands: list[str] = Field(min_length=1, max_length=intake.DEMANDS_AT_MOST)
    identity: Literal["named", "confidential", "anonymous"]
    topic: str = ""
    said: Literal["", "claim", "suggestion", "report"] = ""
    person: GivenPerson = GivenPerson()
    headcount: int = Field(default=1, ge=1, le=100_000)
    uploads: list[str] = Field(default=[], max_length=MOST_FILES)
    consents_to_portal: bool = True


class GivenCode(Given):
    """The query code of the receipt; spaces and small letters are understood."""

    code: str = Field(max_length=400)


class GivenAddition(GivenCode):
    """Words added to the own filing, with files or without."""

    text: str = ""
    uploads: list[str] = Field(default=[], max_length=MOST_FILES)


class Next(Schema):
    """What comes next in words, and by when; '' and null when nothing does."""

    sentence: str
    due_on: date | None


class Receipt(Schema):
    """The receipt. `code` is shown here and nowhere else."""

    reference: str
    received_at: datetime
    content_hash: str
    code: str
    next: Next


class Happened(Schema):
    """One line of what happened."""

    at: datetime
    sentence: str


class Progress(Schema):
    """Where the filing stands: the stage in words, what comes next, what happened, the newest first."""

    reference: str
    received_at: datetime
    stage: str
    next: Next
    happened: list[Happened]


class Added(Schema):
    """The addition as it was recorded."""

    reference: str
    added_at: datetime


@router.post(
    "",
    operation_id="file",
    summary="File a grievance",
    response={201: Receipt, 200: Receipt},
    openapi_extra=documented(400, 404, 409, 422, 429),
)
def file(
    request: HttpRequest,
    given: GivenFiling,
    idempotency_key: Annotated[str, Header(alias="Idempotency-Key", pattern=KEY_PATTERN)],
) -> Status[Receipt]:
    """201 with the receipt once the filing is durable. The same key with the same words within 10 minutes is
    answered with the same receipt (200); with other words it is refused (409). Choose the key at random (a UUID)."""
    _count(request, given.identity)
    if given.topic and all(given.topic != topic.code for topic in topics()):
        raise Invalid("topic", _("没有这个内容分类。请从列出的分类里选择，或者不填。"), field="topic")
    person = intake.Person(**given.person.model_dump()) if given.identity != Identity.ANONYMOUS.value else None
    how = intake.Circumstances(
        headcount=given.headcount,
        uploads=given.uploads,
        consents_to_portal=given.consents_to_portal,
        idempotency_key=idempotency_key,
    )
    received = intake.receive(
        intake.Words(given.text, given.demands, given.topic, given.said),
        identity=given.identity,
        person=person,
        how=how,
        by=Employee(),
        at=server_now(),
    )
    filing = received.filing
    receipt = Receipt(
        reference=filing.reference,
        received_at=localtime(filing.received_at),
        content_hash=filing.content_hash,
        code=received.code,
        next=_next(filing),
    )
    return Status(200 if received.is_repeat else 201, receipt)


@router.post(
    "/track",
    operation_id="track",
    summary="Follow a filing by its query code",
    response=Progress,
    openapi_extra=documented(400, 404, 422, 429),
)
def track(request: HttpRequest, given: GivenCode) -> Progress:
    """What the holder of the code may know. POST, so that no address and no log holds the code."""
    filing = _filing_of(request, given.code)
    entries = timeline.for_employee(filing)
    return Progress(
        reference=filing.reference,
        received_at=localtime(filing.received_at),
        stage=timeline.stage_for_employee(together.leading(filing.case), is_withdrawn=filing.withdrawn_at is not None),
        next=_next(filing),
        happened=[Happened(at=localtime(entry.at), sentence=entry.sentence) for entry in entries],
    )


@router.post(
    "/add",
    operation_id="add",
    summary="Add words or files to a filing",
    response={201: Added},
    openapi_extra=documented(400, 404, 409, 422, 429),
)
def add(request: HttpRequest, given: GivenAddition) -> Status[Added]:
    """The addition reaches whoever handles the case."""
    filing = _filing_of(request, given.code)
    employee = Employee(filing_id=filing.pk)
    note = handling.add(filing, text=given.text, uploads=given.uploads, by=employee, at=server_now())
    return Status(201, Added(reference=filing.reference, added_at=localtime(note.written_at)))


def _count(request: HttpRequest, identity: str) -> None:
    """Count a filing. The address of somebody who wants to stay unknown is not even counted."""
    if identity == Identity.NAMED.value:
        throttle.allow("api.file.address", sign_on.client_address(request), FROM_ADDRESS, throttle.MINUTE)
    throttle.allow("api.file.all", throttle.EVERYBODY, FROM_ALL, throttle.MINUTE)


def _filing_of(request: HttpRequest, text: str) -> Filing:
    """The filing of a code, under the same limits as on the portal; NotFound for a code of no filing."""
    address = sign_on.client_address(request)
    code = ids.normalise_code(text)
    throttle.check_query_code(address)
    filing = intake.filing_by_code(code)
    if filing is None:
        throttle.missed_query_code(address)
        raise NotFound(_("没有找到这个查询码。请对照回执核对。"))
    return filing


def _next(filing: Filing) -> Next:
    if filing.withdrawn_at is not None:
        return Next(sentence="", due_on=None)
    sentence, due_on = timeline.next_for_employee(together.leading(filing.case))
    return Next(sentence=sentence, due_on=due_on)
