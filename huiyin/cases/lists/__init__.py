"""The office's lists: what a matter is about (topics.toml) and the statutory ways outside this procedure (routes.toml).

Pure data, no models: read once, checked, immutable. Article 31(1)-(5) of 《信访工作条例》 sends a claim with a
statutory way there; the list names that way, its organ, its limit, and what interrupts it, each with its article.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LIMIT_UNITS = ("day", "month", "year")
TO_BE_CONFIRMED = "待法务部门确认"
BRANCHES: Mapping[int, str] = {
    1: "诉讼、复议等涉法涉诉程序",
    2: "仲裁",
    3: "党员申诉、申请复审",
    4: "行政复议、裁决、确认、许可、处罚等行政程序",
    5: "申请查处违法行为、履行保护职责",
}


class BadList(SystemExit):
    """A list that ships damaged stops the start: which file, which entry, why."""

    def __init__(self, path: Path, entry: str, reason: str) -> None:
        super().__init__(f"huiyin: {path}, entry {entry}: {reason} Correct that entry and start again.")


@dataclass(frozen=True)
class Topic:
    """What a matter is about: the office's name, and the people's words for the portal."""

    code: str
    name: str
    plain_name: str
    parent: str | None
    position: int


@dataclass(frozen=True)
class Limit:
    """How long a right lasts: `amount` in day, month or year, counted from the route's `starts_from`."""

    amount: int
    unit: str


@dataclass(frozen=True)
class Route:
    """A statutory way. `limit` is None where the law names none, or where its length isn't confirmed.

    `to_confirm`: the text of the law was not at hand, or the row is general knowledge; papers and pages then say
    that the legal office confirms it. `source` is the mark of the fact's origin, for the legal office.
    """

    code: str
    name: str
    grievances: tuple[str, ...]
    branch: int
    organ: str
    procedure: str
    limit_text: str
    starts_from: str
    materials: tuple[str, ...]
    interruption: str
    article: str
    source: str
    limit: Limit | None = None
    to_confirm: bool = False

    @property
    def branch_name(self) -> str:
        return BRANCHES[self.branch]


@lru_cache(maxsize=1)
def topics() -> tuple[Topic, ...]:
    """All topics, parents before their children, in the order of the page."""
    return read_topics(HERE / "topics.toml")


@lru_cache(maxsize=1)
def routes() -> tuple[Route, ...]:
    """All statutory routes, in the order of the list to pick from."""
    return read_routes(HERE / "routes.toml")


def route(code: str) -> Route | None:
    """The route of this code, or None."""
    return next((found for found in routes() if found.code == code), None)


def read_topics(path: Path) -> tuple[Topic, ...]:
    """Topics of a file. Raises BadList."""
    found: dict[str, Topic] = {}
    for position, entry in enumerate(_entries(path, "topics"), start=1):
        code = str(entry.get("code", f"no. {position}"))
        _shape(path, code, entry, {"code": str, "name": str, "plain_name": str}, {})
        parent = code.rpartition(".")[0] or None
        if code in found:
            raise BadList(path, code, "this code stands twice.")
        if parent and parent not in found:
            raise BadList(path, code, f"its parent {parent} must stand before it.")
        if len(code) > 30 or len(entry["name"]) > 30 or len(entry["plain_name"]) > 60:
            raise BadList(path, code, "code and name have at most 30 characters, plain_name 60.")
        found[code] = Topic(code, entry["name"], entry["plain_name"], parent, position)
    return tuple(found.values())


def read_routes(path: Path) -> tuple[Route, ...]:
    """Routes of a file. Raises BadList."""
    wanted = {field.name: _kind(field.type) for field in fields(Route) if field.default is MISSING}
    found: dict[str, Route] = {}
    for position, entry in enumerate(_entries(path, "routes"), start=1):
        code = str(entry.get("code", f"no. {position}"))
        _shape(path, code, entry, wanted, {"limit": dict, "to_confirm": bool})
        if code in found:
            raise BadList(path, code, "this code stands twice.")
        if entry["branch"] not in BRANCHES:
            raise BadList(path, code, "branch is 1 to 5, after 第三十一条.")
        limit = _limit(path, code, entry.get("limit"))
        if entry.get("to_confirm") and TO_BE_CONFIRMED not in entry["limit_text"]:
            raise BadList(path, code, f"what isn't confirmed says so: limit_text must contain {TO_BE_CONFIRMED}.")
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
        }
        values["limit"] = limit
        found[code] = Route(**values)
    return tuple(found.values())


def _kind(annotation: Any) -> type:
    return {"str": str, "int": int}.get(str(annotation), list)


def _entries(path: Path, name: str) -> list[dict[str, Any]]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadList(path, "file", f"it can't be read ({error}).") from None
    entries = content.get(name)
    if set(content) != {name} or not isinstance(entries, list) or not entries:
        raise BadList(path, "file", f"it must hold [[{name}]] entries and nothing else.")
    return entries


def _shape(
    path: Path, code: str, entry: dict[str, Any], wanted: Mapping[str, type], optional: Mapping[str, type]
) -> None:
    kinds = {**wanted, **optional}
    for key, value in entry.items():
        if key not in kinds:
            raise BadList(path, code, f"the key {key} isn't known.")
        if type(value) is not kinds[key]:
            raise BadList(path, code, f"{key} must be of the kind {kinds[key].__name__}.")
        if isinstance(value, list) and not all(isinstance(item, str) and item for item in value):
            raise BadList(path, code, f"{key} must be a list of texts.")
    for key in wanted:
        if key not in entry:
            raise BadList(path, code, f"{key} is missing.")


def _limit(path: Path, code: str, value: dict[str, Any] | None) -> Limit | None:
    if value is None:
        return None
    amount, unit = value.get("amount"), value.get("unit")
    if set(value) != {"amount", "unit"} or type(amount) is not int or amount < 1 or unit not in LIMIT_UNITS:
        raise BadList(path, code, 'limit must look like { amount = 1, unit = "year" }.')
    return Limit(amount, str(unit))
