"""Issue, check and revoke the tokens of programs."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from huiyin.api.models import ApiToken
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff, System
from huiyin.kernel.errors import Forbidden
from huiyin.org import record
from huiyin.org.models import User
from huiyin.org.staff import staff_of
from huiyin.trail import projections
from huiyin.trail.moments import server_now
from huiyin.vault.digests import keyed_digest

RANDOM_BYTES = 32
LONGEST = 200


def issue(user: User, name: str, *, by: Actor, at: datetime) -> str:
    """A new token for the account, in the clear: shown once, stored nowhere.

    Only the account's own holder or the operator's command may ask for it: whoever holds a token reads what the
    account reads, so an administrator who could issue tokens could read grievances. Raises Forbidden, Invalid.
    """
    is_own = isinstance(by, Staff) and by.user_id == user.pk
    if not (is_own or isinstance(by, System)):
        raise Forbidden("not_your_token", _("接口令牌只能由账号本人申请。请让使用这个账号的人自己办理。"))
    sentence = _("请写明这个令牌给哪个程序使用。")
    name = chinese.needed(name, limit=60, field="name", sentence=sentence)
    text = secrets.token_urlsafe(RANDOM_BYTES)
    with transaction.atomic():
        token = ApiToken.objects.create(user=user, name=name, digest=_digest(text), created_at=at)
        record.note(user, "issue_token", by=by, at=at, sets={f"token:{token.pk}": token_columns(token)})
    return text


def revoke(token: ApiToken, *, by: Actor, at: datetime) -> None:
    """The token opens nothing from now on. Doing it twice changes nothing. Raises Forbidden as `issue` does."""
    is_own = isinstance(by, Staff) and by.user_id == token.user_id
    if not (is_own or isinstance(by, System)):
        raise Forbidden("not_your_token", _("接口令牌只能由账号本人停用。急需停用时，请系统管理员停用该账号。"))
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
            token.revoked_at = at
            record.note(token.user, "revoke_token", by=by, at=at, sets={f"token:{token.pk}": token_columns(token)})


def token_columns(token: ApiToken) -> dict[str, object]:
    """What the account's record keeps of a token."""
    return {"is_revoked": token.revoked_at is not None}


def declare() -> None:
    """Tell trail; called when the application starts."""
    projections.declare("api.tokens", columns=_columns)


def _columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    for token in ApiToken.objects.filter(user__subject_id__in=subject_ids).select_related("user"):
        yield token.user.subject_id or 0, f"token:{token.pk}", token_columns(token)


def holder(text: str) -> User | None:
    """The active account a token belongs to, or None. One statement."""
    if not text or len(text) > LONGEST:
        return None
    rows = ApiToken.objects.select_related("user")
    token = rows.filter(digest=_digest(text), revoked_at=None, user__is_active=True).first()
    return token.user if token else None


class StaffToken(HttpBearer):
    """`Authorization: Bearer …`; the request's `auth` is the Staff with the posts held today."""

    def authenticate(self, request: HttpRequest, token: str) -> Staff | None:
        user = holder(token)
        return staff_of(user, localtime(server_now()).date()) if user else None


def _digest(text: str) -> bytes:
    return keyed_digest("api token", text)
