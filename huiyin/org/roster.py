"""What the three administrators see: accounts of people at work, the tree of units, and what was done with either.

Nothing here knows of cases. An account that never held a post is named only to whoever looks it up by its work number
or name: the list is of people at work, not of those who might file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.kernel.actors import Staff
from huiyin.org import structure
from huiyin.org.models import Post, Unit, User
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role
from huiyin.org.sign_on import plain_username
from huiyin.trail.canonical import read_body
from huiyin.trail.models import Event

READERS = frozenset({Permission.MANAGE_ACCOUNTS, Permission.GRANT_POSTS, Permission.AUDIT})
LINES = 30  # of a record at a time
_LAST = "\U0010ffff"

WORDS: Mapping[str, object] = {
    "create_account": gettext_lazy("建立账号"),
    "disable_account": gettext_lazy("停用账号"),
    "enable_account": gettext_lazy("启用账号"),
    "reset_password": gettext_lazy("重设密码"),
    "change_password": gettext_lazy("本人修改密码"),
    "grant_post": gettext_lazy("授予岗位"),
    "end_post": gettext_lazy("结束任职"),
    "issue_token": gettext_lazy("申请接口令牌"),
    "revoke_token": gettext_lazy("停用接口令牌"),
    "open_unit": gettext_lazy("设立单位"),
    "amend_unit": gettext_lazy("修改单位"),
    "close_unit": gettext_lazy("撤销单位"),
    "take_up_unit": gettext_lazy("升级时记入已有的单位"),
}


@dataclass(frozen=True)
class Line:
    """One step of the record of an account or unit: `what` in words, `who` did it."""

    seq: int
    at: datetime
    what: str
    detail: str
    who: str


def reach(by: Staff, *needed: Permission) -> tuple[str, ...]:
    """The unit paths for which a post carries one of these permissions; without any, those of the three administrators."""
    wanted = frozenset(needed) or READERS
    return tuple(path for post in by.posts if ROLE_PERMISSIONS[Role(post.role)] & wanted for path in post.reach)


def has_whole(paths: Iterable[str]) -> bool:
    """Whether these subtrees are the whole enterprise."""
    return any(structure.is_whole_tree(path) for path in paths)


def account_in(paths: tuple[str, ...], account_id: int) -> User | None:
    """The account, where it is one of these subtrees'."""
    user = User.objects.select_related("unit").filter(pk=account_id).first()
    if user is None:
        return None
    is_ours = has_whole(paths) if user.unit is None else any(user.unit.path.startswith(path) for path in paths)
    return user if is_ours else None


def units_in(paths: Iterable[str], on: date | None = None) -> QuerySet[Unit]:
    """The units of these subtrees, from the root down; on a day, those open then."""
    found = Unit.objects.filter(_below(paths, "path"))
    if on is not None:
        found = found.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on))
    return found.order_by("path")


def accounts_in(paths: tuple[str, ...], text: str, *, is_active: bool | None, on: date) -> QuerySet[User]:
    """Accounts of these subtrees (for the whole enterprise also those of no unit), by work number, with `current` posts.

    With `text` those whose work number or name begins with it; without, those that hold or held a post.
    """
    of_no_unit = Q(unit__isnull=True) if has_whole(paths) else Q(pk__in=())
    found = User.objects.filter(_below(paths, "unit__path") | of_no_unit).select_related("unit")
    if is_active is not None:
        found = found.filter(is_active=is_active)
    wanted = plain_username(text)
    if wanted:
        found = found.filter(_begins("username", wanted) | _begins("name", wanted))
    else:
        found = found.filter(Exists(Post.objects.filter(user=OuterRef("pk"))))
    current = structure.held_on(on).select_related("unit").order_by("pk")
    return found.prefetch_related(Prefetch("posts", queryset=current, to_attr="current")).order_by("username")


def posts_of(user: User) -> list[Post]:
    """Every post the account ever had, the newest first."""
    return list(user.posts.select_related("unit", "area").order_by("-starts_on", "-pk"))


def history(subject_id: int | None, before: int = 0) -> list[Line]:
    """What was done, the newest first, at most LINES; `before`: only steps below this number. Three statements."""
    if subject_id is None:
        return []
    rows = Event.objects.filter(subject_id=subject_id)
    if before:
        rows = rows.filter(seq__lt=before)
    events = [(event, read_body(bytes(event.canonical))) for event in rows.order_by("-seq")[:LINES]]
    names = User.objects.in_bulk({body["by"]["user"] for _event, body in events if body["by"].get("user")})
    units = Unit.objects.in_bulk({unit for _event, body in events for unit in _units_in(body["sets"])})
    return [
        Line(event.seq, event.at, str(WORDS.get(event.act, event.act)), _detail(body, units), _who(body["by"], names))
        for event, body in events
    ]


def _who(by: Mapping[str, Any], names: Mapping[int, User]) -> str:
    if by["kind"] == "system":
        return _("系统（%(name)s）") % {"name": by["name"]}
    who = names.get(by.get("user", 0))
    role = Role(by["role"]).label if by.get("role") in Role.values else ""
    return " ".join(part for part in (who.name if who else _("不明"), str(role)) if part)


def _units_in(sets: Mapping[str, Any]) -> Iterable[int]:
    for entity, values in sets.items():
        if entity.startswith("post:") and values and values.get("unit"):
            yield values["unit"]


def _detail(body: Mapping[str, Any], units: Mapping[int, Unit]) -> str:
    """Of a post given: the role and where."""
    if body["act"] != "grant_post":
        return ""
    return "、".join(
        f"{Role(values['role']).label}（{units[values['unit']].short_name}）"
        for entity, values in body["sets"].items()
        if entity.startswith("post:") and values.get("role") in Role.values and values.get("unit") in units
    )


def _below(paths: Iterable[str], field: str) -> Q:
    found = Q(pk__in=())
    for path in paths:
        found |= Q(**{f"{field}__startswith": path})
    return found


def _begins(field: str, text: str) -> Q:
    """By its index on both databases: SQLite uses none for LIKE, PostgreSQL has one made for it."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + _LAST})
    return Q(**{f"{field}__startswith": text})
