"""How accounts and posts read in the record: what events set, and what `verify` compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from huiyin.kernel.actors import Actor
from huiyin.org.models import Post, User
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


def declare() -> None:
    """Tell trail; called when the application starts."""
    projections.declare("org.accounts", columns=_columns, checks=_unrecorded)


def _columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    for user in User.objects.filter(subject_id__in=subject_ids):
        yield user.subject_id or 0, "account", account_columns(user)
    for post in Post.objects.filter(user__subject_id__in=subject_ids).select_related("user"):
        yield post.user.subject_id or 0, post_entity(post), post_columns(post)


def _unrecorded(subject_ids: Sequence[int]) -> Iterator[projections.Finding]:
    """Posts of accounts that have no record at all belong to no subject: named once, with the first subjects."""
    first = Subject.objects.order_by("pk").values_list("pk", flat=True).first()
    if first in subject_ids:
        for post in Post.objects.filter(user__subject__isnull=True).order_by("pk"):
            yield projections.Finding(
                "projection",
                f"account {post.user_id} · {post_entity(post)}",
                "The account holds a post, but nobody gave it: there is no record of the account.",
            )
