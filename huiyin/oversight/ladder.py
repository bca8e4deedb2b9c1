"""Who answers for a unit, and who next when no answer comes: its head, the deputy of the area, the chief, and at the top
the petition office with an alarm. It always finds somebody to go on with; a vacant post goes to the next above."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from huiyin.kernel.errors import Refused
from huiyin.org import structure
from huiyin.org.models import Post, Unit
from huiyin.org.permissions import Permission, Role, roles_with
from huiyin.oversight.models import Tier

ROLES = {Tier.HEAD: Role.UNIT_HEAD, Tier.DEPUTY: Role.DEPUTY, Tier.CHIEF: Role.CHIEF, Tier.OFFICE: Role.OFFICER}


@dataclass(frozen=True)
class Rung:
    """Who is told: accounts, nearest upward, of one tier. `people` is empty where nobody at all holds a post."""

    tier: Tier
    people: tuple[int, ...]

    @property
    def is_top(self) -> bool:
        """Nobody further up leads: the alarm goes to the petition office."""
        return self.tier == Tier.OFFICE


def next_above(unit: Unit, on: date, *, above: int = Tier.NONE, leaving_out: Collection[int] = ()) -> Rung:
    """The lowest tier above this one where somebody holds the post on this day and was not asked already; nearest
    upward within it. The office where there is none. Two statements, a few more for a closed unit.
    """
    with suppress(Refused):  # closed without a successor: those above it answer
        unit = structure.live(unit, on)
    ladder = _held(unit, on)
    for tier in (Tier.HEAD, Tier.DEPUTY, Tier.CHIEF):
        people = tuple(user for user in _nearest(ladder, tier) if user not in leaving_out)
        if tier > above and people:
            return Rung(tier, people)
    return Rung(Tier.OFFICE, _nearest(ladder, Tier.OFFICE))


def guards(on: date) -> list[int]:
    """Who can fill vacant posts: told where no officer is there to be told. One statement."""
    held = structure.held_on(on).filter(user__is_active=True, role__in=roles_with(Permission.GRANT_POSTS))
    return sorted(set(held.values_list("user_id", flat=True)))


def _held(unit: Unit, on: date) -> list[Post]:
    paths = structure.paths_up(unit.path)
    by_area = Q(area__units__path__in=paths, role=Role.DEPUTY)
    own = Q(unit__path__in=paths, role__in=[Role.UNIT_HEAD, Role.CHIEF, Role.OFFICER])
    held = structure.held_on(on).filter(own | by_area, user__is_active=True)
    return list(held.select_related("unit").order_by("pk").distinct())


def _nearest(ladder: list[Post], tier: Tier) -> tuple[int, ...]:
    posts = [post for post in ladder if post.role == ROLES[tier]]
    if tier != Tier.DEPUTY and posts:
        longest = max(len(post.unit.path) for post in posts)
        posts = [post for post in posts if len(post.unit.path) == longest]
    return tuple(dict.fromkeys(post.user_id for post in posts))
