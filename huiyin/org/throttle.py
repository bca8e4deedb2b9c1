"""How often somebody may try: at most so many within a window, counted in the cache that all processes share.

Each try takes one of `limit` places for `window`, so that the window slides and there is nothing to reset. Keys are
keyed hashes: no name and no address stands in the cache. Call it outside a transaction: what is rolled back isn't counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.kernel.errors import TooMany
from huiyin.trail.moments import server_now
from huiyin.vault.digests import keyed_digest

MINUTE = timedelta(minutes=1)
EVERYBODY = "*"
# Wrong query codes: from one address, and from all together.
CODE_LIMITS = ((10, "query_code.address"), (100, "query_code.all"))


@dataclass(frozen=True)
class Place:
    """One try that counts. Give it back when it turned out well and is not to count."""

    name: str

    def give_back(self) -> None:
        cache.delete(self.name)


def allow(purpose: str, key: str, limit: int, window: timedelta) -> Place:
    """Count one try. Raises TooMany, which says when to try again, when `limit` tries lie within the window.

    Also under parallel tries never more than `limit` get through.
    """
    now = server_now()
    until = now + window
    names, taken, stale = _places(purpose, key, limit, now)
    for name in names:
        if name in taken:
            continue
        if name in stale:
            cache.delete(name)
        if cache.add(name, until.timestamp(), ceil(window.total_seconds())):
            return Place(name)
    raise _too_many(min(taken.values(), default=until.timestamp()))


def check(purpose: str, key: str, limit: int, window: timedelta) -> None:
    """Raise TooMany when `allow` would; counts nothing. One statement."""
    _names, taken, _stale = _places(purpose, key, limit, server_now())
    if len(taken) >= limit:
        raise _too_many(min(taken.values()))


def check_query_code(address: str) -> None:
    """Before a query code is looked up. Raises TooMany after 10 misses a minute from here or 100 from everywhere.

    Only misses count (`missed_query_code`): a plant behind one address may look up as many codes as it has.
    """
    for limit, purpose in CODE_LIMITS:
        check(purpose, address if purpose.endswith(".address") else EVERYBODY, limit, MINUTE)


def missed_query_code(address: str) -> None:
    """Count a query code that belongs to nothing. Raises TooMany when the places were taken meanwhile."""
    for limit, purpose in CODE_LIMITS:
        allow(purpose, address if purpose.endswith(".address") else EVERYBODY, limit, MINUTE)


def _places(purpose: str, key: str, limit: int, now: datetime) -> tuple[list[str], dict[str, float], set[str]]:
    """All names, those taken with the end of their time, and those whose time has passed on the server's clock."""
    digest = keyed_digest(f"throttle.{purpose}", key).hex()[:40]
    names = [f"throttle.{digest}.{number}" for number in range(limit)]
    found: dict[str, float] = cache.get_many(names)
    taken = {name: until for name, until in found.items() if until > now.timestamp()}
    return names, taken, found.keys() - taken.keys()


def _too_many(until: float) -> TooMany:
    free_at = datetime.fromtimestamp(ceil(until / 60) * 60, timezone.get_default_timezone())
    return TooMany(
        "too_many_tries", _("尝试的次数太多了。为了安全，请在 %(time)s 之后再试。") % {"time": f"{free_at:%H:%M}"}
    )
