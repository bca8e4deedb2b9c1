"""The limits in force: `current()`; the versions that were ever in force, by hash: `stored()` and `of()`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.cache import caches
from django.db import connection, transaction

from huiyin.clocks import policy_file
from huiyin.clocks.models import PolicyText
from huiyin.clocks.policy_file import BadPolicy
from huiyin.clocks.rules import Policy, Rule
from huiyin.org.models import Unit
from huiyin.trail.moments import server_now

SHIPPED = Path(__file__).parent / "policy.toml"
PLACES_FOR = 60  # seconds

__all__ = [
    "SHIPPED",
    "BadPolicy",
    "Policy",
    "Rule",
    "current",
    "forget",
    "load",
    "of",
    "place_of",
    "stored",
    "unknown_units",
]


def load(path: Path) -> Policy:
    """Read and check a policy file. Raises BadPolicy, which stops the start, with file, line and reason."""
    return policy_file.read(path)


@lru_cache(maxsize=8)
def _loaded(path: Path) -> Policy:
    return load(path)


def current() -> Policy:
    """The limits in force: of HUIYIN_POLICY, or those that ship. Read once; a changed file counts after a restart."""
    return _loaded(Path(settings.POLICY_FILE or SHIPPED))


# Hashes whose text is known to be committed, by database. Only what was committed is remembered: a row that was
# rolled back with its transaction would leave later clocks pointing to nothing.
_committed: dict[tuple[str, str], PolicyText] = {}


def stored() -> PolicyText:
    """The row of the text in force, for `Clock.policy` and `Case.policy`. One insert for each new text, then no query."""
    policy = current()
    name = (str(connection.settings_dict["NAME"]), policy.sha256)
    if name in _committed:
        return _committed[name]
    row, _created = PolicyText.objects.get_or_create(
        sha256=policy.sha256, defaults={"text": policy.text, "loaded_at": server_now()}
    )
    transaction.on_commit(lambda: _committed.setdefault(name, row))
    return row


@lru_cache(maxsize=64)
def _of_earlier(sha256: str) -> Policy:
    row = PolicyText.objects.get(pk=sha256)
    return policy_file.parse(row.text, Path(f"policy {sha256[:12]}"))


def of(sha256: str) -> Policy:
    """The limits of a stored version (`clock.policy_id`): no query for the one in force, one ever for an earlier one."""
    policy = current()
    return policy if policy.sha256 == sha256 else _of_earlier(sha256)


def place_of(unit: Unit | None, limits: Policy) -> str:
    """Which place's shorter limits hold in this unit: of itself, else of the nearest unit above; empty for none.

    No query while no place is written in the policy, else one a minute in each process.
    """
    if unit is None or not limits.places:
        return ""
    name = f"places:{limits.sha256}"
    by_path: dict[str, str] | None = caches["process"].get(name)
    if by_path is None:
        by_path = _paths(limits)
        caches["process"].set(name, by_path, PLACES_FOR)
    above = [path for path in by_path if unit.path.startswith(path)]
    return by_path[max(above, key=len)] if above else ""


def _paths(limits: Policy) -> dict[str, str]:
    codes = {name: code for code, place in limits.places.items() for name in place.units}
    return {path: codes[name] for name, path in Unit.objects.filter(name__in=codes).values_list("name", "path")}


def unknown_units() -> list[str]:
    """Names of units in the policy's places that no unit bears: their shorter limits would never be used."""
    named = {name for place in current().places.values() for name in place.units}
    return sorted(named - set(Unit.objects.filter(name__in=named).values_list("name", flat=True))) if named else []


def forget() -> None:
    """Read everything anew: for tests and for tools that swap files or databases within one process."""
    _loaded.cache_clear()
    _of_earlier.cache_clear()
    _committed.clear()
