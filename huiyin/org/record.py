"""How units, accounts and posts read in the record: what events set, and what `verify` compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from huiyin.kernel.actors import Actor, System
from huiyin.org.models import Post, Unit, User
from huiyin.trail import events, projections
from huiyin.trail.models import Subject

Columns = dict[str, object]


def account_columns(user: User) -> Columns:
    return {"user": user.pk, "is_active": user.is_active}


def post_entity(post: Post) -> str:
    return f"post:{post.pk}"


def post_columns(post: Post) -> Columns:
    return {
        "role": str(post.role),
        "unit": post.unit_id,
        "area": post.area_id,
        "starts_on": post.starts_on,
        "ends_on": post.ends_on,
    }


def note(user: User, act: str, *, by: Actor, at: datetime, sets: Mapping[str, Columns] | None = None) -> None:
    """Append to the account's record. An account that has none yet gets one, with what its rows hold now."""
    if user.subject_id is None:
        user.subject = subject = events.new_subject("account")
        user.save(update_fields=["subject"])
        rows = {post_entity(post): post_columns(post) for post in user.posts.all()}
        events.append(subject, act, by=by, at=at, sets={"account": account_columns(user), **rows, **(sets or {})})
    else:
        events.append(events.lock(user.subject_id), act, by=by, at=at, sets=sets)


def unit_columns(unit: Unit) -> Columns:
    return {
        "unit": unit.pk,
        "name": unit.name,
        "short_name": unit.short_name,
        "code": unit.code,
        "parent": unit.parent_id,
        "path": unit.path,
        "acts_in_own_name": unit.acts_in_own_name,
        "has_petition_office": unit.has_petition_office,
        "opened_on": unit.opened_on,
        "closed_on": unit.closed_on,
        "successor": unit.successor_id,
    }


def note_unit(unit: Unit, act: str, *, by: Actor, at: datetime) -> None:
    """Append to the unit's record what its row holds now. A unit that has no record yet gets one."""
    if unit.subject_id is None:
        unit.subject = subject = events.new_subject("unit")
        unit.save(update_fields=["subject"])
    else:
        subject = events.lock(unit.subject_id)
    events.append(subject, act, by=by, at=at, sets={"unit": unit_columns(unit)})


def take_up_units(at: datetime) -> int:
    """Give units of a release that kept no record of them one, as they stand; answers how many. Safe to run again."""
    with transaction.atomic():
        units = list(Unit.objects.select_for_update().filter(subject__isnull=True).order_by("pk"))
        for unit in units:
            note_unit(unit, "take_up_unit", by=System("init"), at=at)
    return len(units)


def declare() -> None:
    """Tell trail; called when the application starts."""
    projections.declare("org.units", columns=_unit_columns, checks=_unrecorded_units)
    projections.declare("org.accounts", columns=_columns, checks=_unrecorded)


def _unit_columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    for unit in Unit.objects.filter(subject_id__in=subject_ids):
        yield unit.subject_id or 0, "unit", unit_columns(unit)


def _unrecorded_units(subject_ids: Sequence[int]) -> Iterator[projections.Finding]:
    """Units that have no record at all belong to no subject: named once, with the first subjects."""
    if _are_first(subject_ids):
        for unit in Unit.objects.filter(subject__isnull=True).order_by("pk"):
            yield projections.Finding("projection", f"unit {unit.pk}", "The unit is there, but nobody opened it.")


def _are_first(subject_ids: Sequence[int]) -> bool:
    return Subject.objects.order_by("pk").values_list("pk", flat=True).first() in subject_ids


def _columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    for user in User.objects.filter(subject_id__in=subject_ids):
        yield user.subject_id or 0, "account", account_columns(user)
    for post in Post.objects.filter(user__subject_id__in=subject_ids).select_related("user"):
        yield post.user.subject_id or 0, post_entity(post), post_columns(post)


def _unrecorded(subject_ids: Sequence[int]) -> Iterator[projections.Finding]:
    """Posts of accounts that have no record at all belong to no subject: named once, with the first subjects."""
    if _are_first(subject_ids):
        for post in Post.objects.filter(user__subject__isnull=True).order_by("pk"):
            yield projections.Finding(
                "projection",
                f"account {post.user_id} · {post_entity(post)}",
                "The account holds a post, but nobody gave it: there is no record of the account.",
            )
