"""Tokens by which programs sign on. A token is shown once; only its keyed digest is stored.

Every token ends by itself, after a year at most, and reads no more than its account's posts see on that day.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff, System
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import record
from huiyin.org.models import ApiToken, User
from huiyin.trail import projections
from huiyin.trail.moments import server_now
from huiyin.vault.digests import keyed_digest

RANDOM_BYTES = 32
LONGEST = 200
YEAR = timedelta(days=366)
MOST_LIVING = 20  # of one account: a program has one, and a second while it is changed over


def issue(
    user: User, name: str, *, is_list_only: bool = False, lasts: timedelta = YEAR, by: Actor, at: datetime
) -> str:
    """A new token for the account, in the clear: shown once, stored nowhere.

    `is_list_only`: it reads the list of cases, never one case with its requests and record. Only the account's own
    holder or the operator's command may ask for it: whoever holds a token reads what the account reads, so an
    administrator who could issue tokens could read grievances. Raises Forbidden, Invalid for a missing name or a
    time that isn't between a day and a year, Refused for a disabled account and for more than 20 living tokens.
    """
    _require_own(user, by, _("接口令牌只能由账号本人申请。请让使用这个账号的人自己办理。"))
    sentence = _("请写明这个令牌给哪个程序使用。")
    name = chinese.needed(name, limit=60, field="name", sentence=sentence)
    if not timedelta(days=1) <= lasts <= YEAR:
        raise Invalid("days", _("令牌的有效期要在 1 天到 366 天之间。请改短一些，到期前可以再申请。"), field="days")
    text = secrets.token_urlsafe(RANDOM_BYTES)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if not locked.is_active:
            raise Refused("account_disabled", _("这个账号已经停用，不能申请令牌。请先由系统管理员启用。"))
        if living(locked, at).count() >= MOST_LIVING:
            raise Refused("too_many_tokens", _("您的有效令牌已经有 20 个。请先停用不再使用的，再申请新的。"))
        token = ApiToken.objects.create(
            user=locked,
            name=name,
            digest=_digest(text),
            created_at=at,
            is_list_only=is_list_only,
            expires_at=at + lasts,
        )
        record.note(locked, "issue_token", by=by, at=at, sets={_entity(token): token_columns(token)})
    return text


def revoke(token: ApiToken, *, by: Actor, at: datetime) -> None:
    """The token opens nothing from now on. Doing it twice changes nothing. Raises Forbidden as `issue` does."""
    _require_own(token.user, by, _("接口令牌只能由账号本人停用。急需停用时，请系统管理员停用该账号。"))
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
            token.revoked_at = at
            record.note(token.user, "revoke_token", by=by, at=at, sets={_entity(token): token_columns(token)})


def living(user: User, at: datetime) -> QuerySet[ApiToken]:
    """The account's tokens that open something at this moment."""
    return ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at), user=user, revoked_at=None)


def holder(text: str) -> ApiToken | None:
    """The living token with this text and its active account, or None. One statement."""
    if not text or len(text) > LONGEST:
        return None
    found = ApiToken.objects.select_related("user").filter(digest=_digest(text), revoked_at=None, user__is_active=True)
    return found.filter(Q(expires_at=None) | Q(expires_at__gt=server_now())).first()


def token_columns(token: ApiToken) -> dict[str, object]:
    """What the account's record keeps of a token."""
    return {
        "is_revoked": token.revoked_at is not None,
        "is_list_only": token.is_list_only,
        "expires_at": token.expires_at,
    }


def declare() -> None:
    """Tell trail; called when the application starts."""
    projections.declare("org.tokens", columns=_columns)


def _columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    for token in ApiToken.objects.filter(user__subject_id__in=subject_ids).select_related("user"):
        yield token.user.subject_id or 0, _entity(token), token_columns(token)


def _entity(token: ApiToken) -> str:
    return f"token:{token.pk}"


def _require_own(user: User, by: Actor, sentence: str) -> None:
    if not (isinstance(by, System) or (isinstance(by, Staff) and by.user_id == user.pk)):
        raise Forbidden("not_your_token", sentence)


def _digest(text: str) -> bytes:
    return keyed_digest("api token", text)
