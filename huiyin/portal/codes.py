"""Coming back by query code: looked up under a throttle, then open in this browser for 30 minutes.

The session keeps the filing's id and the end of its time, never the code. Giving it up forgets both.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import logout
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from huiyin.cases import intake
from huiyin.cases.models import Filing
from huiyin.cases.models.case import Identity
from huiyin.kernel import ids
from huiyin.kernel.actors import Employee
from huiyin.kernel.errors import NotFound
from huiyin.org import sign_on, throttle
from huiyin.trail.moments import server_now

OPEN_FOR = timedelta(minutes=30)
FILING = "filing_id"
UNTIL = "filing_until"


class UnknownCode(NotFound):
    """No filing has this code. Well-formed: its check characters fit."""

    def __init__(self) -> None:
        super().__init__(_("没有找到这个查询码。请对照回执核对；查询码丢失的，可以带身份证件到接待场所换发。"))


def filing_of(request: HttpRequest, text: str) -> Filing:
    """The filing of a code. Invalid for a typing error, UnknownCode, TooMany after many unknown codes from one place."""
    address = sign_on.client_address(request)
    code = ids.normalise_code(text)  # a typing error is told before anything is counted
    throttle.check_query_code(address)
    filing = intake.filing_by_code(code)
    if filing is None:
        throttle.missed_query_code(address)
        raise UnknownCode
    return filing


def begin(request: HttpRequest, filing: Filing) -> bool:
    """Open the filing in this browser. Answers whether that signed an account out.

    A session is a row: one that holds an account and a filing whose sender is not to be known would tell who sent it.
    So beside such a filing nobody stays signed in.
    """
    is_signed_out = request.user.is_authenticated and filing.identity != Identity.NAMED
    if is_signed_out:
        logout(request)
    request.session.cycle_key()
    request.session[FILING] = filing.pk
    request.session[UNTIL] = (server_now() + OPEN_FOR).isoformat()
    return is_signed_out


def forget(request: HttpRequest) -> None:
    """Close the filing when somebody signs on: an account and a filing don't share a session unless the name is known."""
    request.session.pop(FILING, None)
    request.session.pop(UNTIL, None)


def end(request: HttpRequest) -> None:
    """Forget the filing; for somebody who isn't signed in the whole session."""
    if request.user.is_authenticated:
        forget(request)
    else:
        request.session.flush()


def open_filing_id(request: HttpRequest) -> int | None:
    """The id of the filing that is open in this browser now."""
    filing_id, until = request.session.get(FILING), request.session.get(UNTIL)
    if not isinstance(filing_id, int) or not isinstance(until, str):
        return None
    return filing_id if server_now() < datetime.fromisoformat(until) else None


def was_open(request: HttpRequest) -> bool:
    """Whether a filing was open in this browser and its time is over."""
    return FILING in request.session and open_filing_id(request) is None


def employee_of(request: HttpRequest, reference: str) -> Employee:
    """Who is asking about this filing: the code's holder where it is the open one or a part of it, else the signed-in
    account."""
    filing_id = open_filing_id(request)
    if filing_id is not None:
        own = Q(pk=filing_id) | Q(part_of=filing_id)
        is_this = Filing.objects.filter(own, reference=reference).exists()
        if is_this or not request.user.is_authenticated:
            return Employee(filing_id=filing_id)
    if request.user.is_authenticated:
        now = server_now()
        if sign_on.is_over(request.session, now, is_staff=False):
            logout(request)
            return Employee()
        sign_on.note_use(request.session, now)
        return Employee(user_id=request.user.pk)
    return Employee()
