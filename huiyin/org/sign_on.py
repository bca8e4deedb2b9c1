"""Signing on with work number and password, and how long a session lasts (docs/decisions/0008-sign-on.md).

For whatever is wrong (no such account, wrong password, disabled) the answer and the work behind it are the same.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _

from huiyin.kernel.errors import Invalid, TooMany
from huiyin.org import throttle
from huiyin.org.models import User
from huiyin.org.staff import account_with_posts
from huiyin.trail.moments import server_now

WINDOW = timedelta(minutes=5)
FAILURES_ON_ACCOUNT = 5  # for one account from one address, so that nobody can lock somebody else out
FAILURES_FROM_ADDRESS = 30
IDLE_STAFF = timedelta(minutes=15)
IDLE_EMPLOYEE = timedelta(minutes=10)
LONGEST = timedelta(hours=8)
NOTED_EVERY = timedelta(seconds=60)
_SIGNED_ON, _USED = "signed_on_at", "used_at"


class Accounts:
    """Authentication backend: argon2, limited failures. `django.contrib.auth.authenticate` leads here."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        """The account, or None. Raises TooMany after 5 failures in 5 minutes on one account from one address, or 30
        from one address; a failure counts, a success does not."""
        if not username or password is None:
            return None
        name = plain_username(username)
        address = client_address(request) if request is not None else ""
        from_address = throttle.allow("sign_on.address", address, FAILURES_FROM_ADDRESS, WINDOW)
        try:
            on_account = throttle.allow("sign_on.account", f"{name}\n{address}", FAILURES_ON_ACCOUNT, WINDOW)
        except TooMany:
            from_address.give_back()  # nothing was tried
            raise
        user = User.objects.filter(username=name).first()
        is_right = (user or _nobody()).check_password(password)
        if user is None or not is_right or not user.is_active:
            return None
        from_address.give_back()
        on_account.give_back()
        return user

    def get_user(self, user_id: int) -> User | None:
        """The account of a session with its posts; None once it is disabled, which ends the session. One statement."""
        return account_with_posts(user_id)


def _nobody() -> User:
    """Stands in for an account that isn't there: an unusable password costs one hash to check, as any other does."""
    user = User()
    user.set_unusable_password()
    return user


def sign_in(request: HttpRequest, username: str, password: str) -> User:
    """Sign on: a fresh session key, the session's times noted. Raises Invalid or TooMany; then nothing has changed."""
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise Invalid(
            "sign_on",
            _("工号或密码不对。请核对后再试；忘记密码请联系系统管理员重设。"),
            field="password",
        )
    login(request, user)
    begin(request.session, server_now())
    return user


def plain_username(text: str) -> str:
    """A work number as it is stored: full-width digits made plain, no spaces around it."""
    return unicodedata.normalize("NFKC", text).strip()


def client_address(request: HttpRequest) -> str:
    """Where the request came from, for counting alone: an IPv4 address, or the /64 network of an IPv6 one.

    Behind HUIYIN_TRUSTED_PROXIES proxies it is what the outermost of them saw; whatever a client wrote into
    X-Forwarded-For before that is not believed. '' when unknown.
    """
    seen = str(request.META.get("REMOTE_ADDR") or "")
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        hops = str(request.META.get("HTTP_X_FORWARDED_FOR") or "").split(",")
        if len(hops) >= proxies:
            return _network(hops[-proxies]) or _network(seen)
    return _network(seen)


def _network(text: str) -> str:
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return str(address)


def begin(session: SessionBase, now: datetime) -> None:
    """Note when the session began; for a way of signing on other than `sign_in`."""
    session[_SIGNED_ON] = session[_USED] = now.isoformat()


def is_over(session: SessionBase, now: datetime, *, is_staff: bool) -> bool:
    """Whether a signed-on session has ended: unused for 15 minutes (an employee's: 10), or 8 hours old."""
    idle = now - _noted(session, _USED, now)
    return idle > (IDLE_STAFF if is_staff else IDLE_EMPLOYEE) or now - _noted(session, _SIGNED_ON, now) > LONGEST


def note_use(session: SessionBase, now: datetime) -> None:
    """Note that the session is in use. Writes once a minute at most, so that a page does not cost a write."""
    if _SIGNED_ON not in session:
        begin(session, now)
    elif now - _noted(session, _USED, now) >= NOTED_EVERY:
        session[_USED] = now.isoformat()


def _noted(session: SessionBase, name: str, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(session[name]) if name in session else otherwise


def end_other_sessions(request: HttpRequest, user: User) -> None:
    """Sign the account out everywhere but here. One update, however many sessions there are."""
    end_sessions(user)
    update_session_auth_hash(request, user)


def end_sessions(user: User) -> None:
    """Sign the account out everywhere."""
    User.objects.filter(pk=user.pk).update(sign_on_round=F("sign_on_round") + 1)
    user.refresh_from_db(fields=["sign_on_round"])
