"""The office's list of topics (topics.toml): what a matter is about. The statutory ways are in `cases.routes`.

Pure data, no models: read once, checked, immutable.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


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


@lru_cache(maxsize=1)
def topics() -> tuple[Topic, ...]:
    """All topics, parents before their children, in the order of the page."""
    return read_topics(HERE / "topics.toml")


def read_topics(path: Path) -> tuple[Topic, ...]:
    """Topics of a file. Raises BadList."""
    found: dict[str, Topic] = {}
    for position, entry in enumerate(_entries(path, "topics"), start=1):
        code = str(entry.get("code", f"no. {position}"))
        _shape(path, code, entry, {"code": str, "name": str, "plain_name": str})
        parent = code.rpartition(".")[0] or None
        if code in found:
            raise BadList(path, code, "this code stands twice.")
        if parent and parent not in found:
            raise BadList(path, code, f"its parent {parent} must stand before it.")
        if len(code) > 30 or len(entry["name"]) > 30 or len(entry["plain_name"]) > 60:
            raise BadList(path, code, "code and name have at most 30 characters, plain_name 60.")
        found[code] = Topic(code, entry["name"], entry["plain_name"], parent, position)
    return tuple(found.values())


def _entries(path: Path, name: str) -> list[dict[str, Any]]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadList(path, "file", f"it can't be read ({error}).") from None
    entries = content.get(name)
    if set(content) != {name} or not isinstance(entries, list) or not entries:
        raise BadList(path, "file", f"it must hold [[{name}]] entries and nothing else.")
    return entries


def _shape(path: Path, code: str, entry: dict[str, Any], wanted: Mapping[str, type]) -> None:
    for key, value in entry.items():
        if key not in wanted:
            raise BadList(path, code, f"the key {key} isn't known.")
        if type(value) is not wanted[key]:
            raise BadList(path, code, f"{key} must be of the kind {wanted[key].__name__}.")
    for key in wanted:
        if key not in entry:
            raise BadList(path, code, f"{key} is missing.")
