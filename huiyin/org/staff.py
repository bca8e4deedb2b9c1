"""Who somebody is at work on a day: the account's posts as the `Staff` that every act takes as `by`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import FilteredRelation

from huiyin.kernel.actors import Held, Staff
from huiyin.org import structure
from huiyin.org.models import Area, Post, Unit, User
from huiyin.org.permissions import Role


def account_with_posts(user_id: int) -> User | None:
    """An active account with every post it ever held, for `staff_of` in the same request. One statement."""
    rows = User.objects.filter(pk=user_id, is_active=True).annotate(held=FilteredRelation("posts")).order_by("held__pk")
    # The checker of types does not know that a filtered relation can be followed.
    found = list(rows.select_related("held__unit"))  # type: ignore[misc]
    if not found:
        return None
    found[0].posts_read = [post for row in found if (post := getattr(row, "held", None)) is not None]
    return found[0]


def staff_of(user: User, on: date) -> Staff:
    """The account with the posts held on this day, both ends counted, in the order they were given.

    One statement, none where `account_with_posts` read them just now; one more for a deputy, to read the units of the area. A disabled account holds no post, and a post
    in a unit that is closed by that day has fallen away. Most posts reach the subtree of their unit, a deputy's the
    subtrees of the area's units; where one of these was closed, also the unit that took over.
    """
    if not user.is_active:
        return Staff(user_id=user.pk, name=user.name)
    posts = [post for post in _posts_of(user) if structure.is_held(post, on)]
    areas = {post.area_id for post in posts if post.role == Role.DEPUTY and post.area_id}
    reaches = _area_reaches(areas, on) if areas else {}
    return Staff(user_id=user.pk, name=user.name, posts=tuple(_held(post, reaches) for post in posts))


def _posts_of(user: User) -> Iterable[Post]:
    if user.posts_read is not None:
        return user.posts_read
    return Post.objects.filter(user_id=user.pk).select_related("unit").order_by("pk")


def _held(post: Post, reaches: dict[int, tuple[str, ...]]) -> Held:
    reach = reaches.get(post.area_id or 0, ()) if post.role == Role.DEPUTY else (post.unit.path,)
    return Held(post_id=post.pk, role=post.role, unit_id=post.unit_id, unit_path=post.unit.path, reach=reach)


def _area_reaches(areas: set[int], on: date) -> dict[int, tuple[str, ...]]:
    rows = Area.units.through.objects.filter(area_id__in=areas).select_related("unit").order_by("unit__path")
    reaches: dict[int, list[str]] = {area: [] for area in areas}
    for row in rows:
        unit: Unit = row.unit
        paths = [unit.path] if structure.is_open(unit, on) else [unit.path, structure.live(unit, on).path]
        reaches[row.area_id] += [path for path in paths if path not in reaches[row.area_id]]
    return {area: tuple(paths) for area, paths in reaches.items()}
