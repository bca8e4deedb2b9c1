"""The chapters of docs/guide as blocks for a template: the little Markdown they are written in, and no HTML.

The chapters are links in `chapters/`, so that the wheel carries the text people read in the repository. What this
reader doesn't know stays plain text; a test reads every chapter for leftovers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, groupby
from pathlib import Path

from huiyin.org.permissions import Role

CHAPTERS = Path(__file__).parent / "chapters"
CHAPTER_OF = {
    Role.OFFICER: "officer",
    Role.LIAISON: "unit",
    Role.HANDLER: "unit",
    Role.UNIT_HEAD: "unit",
    Role.DEPUTY: "unit",
    Role.CHIEF: "unit",
    Role.UNION: "unit",
    Role.REVIEWER: "unit",
    Role.INSPECTOR: "unit",
    Role.SYSTEM_ADMIN: "administrator",
    Role.SECURITY_ADMIN: "administrator",
    Role.AUDIT_ADMIN: "administrator",
}
PIECE = re.compile(r"\*\*(?P<strong>.+?)\*\*|`(?P<code>.+?)`")


@dataclass(frozen=True)
class Piece:
    """A stretch of a line. `kind`: text, strong, code."""

    kind: str
    text: str


Line = Sequence[Piece]


@dataclass(frozen=True)
class Block:
    """`kind`: heading, subheading, text, bullets, numbers, table (rows of cells; the first row is the head)."""

    kind: str
    lines: Sequence[Line] = ()
    rows: Sequence[Sequence[Line]] = ()
    title: str = ""
    anchor: str = ""


def chapters_for(roles: Sequence[str]) -> list[list[Block]]:
    """The chapters for people with these roles, each once, in the order of their posts."""
    return [chapter(name) for name in dict.fromkeys(CHAPTER_OF[Role(role)] for role in roles)]


@cache
def chapter(name: str) -> list[Block]:
    """A chapter by the name of its file in `chapters/`."""
    return blocks((CHAPTERS / f"{name}.md").read_text("utf-8"), name)


def blocks(text: str, name: str = "part") -> list[Block]:
    """The text as blocks, in order; its parts are numbered: `name-1` is the anchor of the first."""
    parts = count(1)
    return [
        replace(block, anchor=f"{name}-{next(parts)}") if block.kind == "subheading" else block
        for block in _blocks(text)
    ]


def _blocks(text: str) -> Iterator[Block]:
    for kind, group in groupby(text.splitlines(), key=_kind):
        lines = list(group)
        match kind:
            case "heading" | "subheading":
                for line in lines:
                    yield Block(kind, title=line.lstrip("# ").strip())
            case "bullets":
                yield Block(kind, lines=[pieces(line[2:]) for line in lines])
            case "numbers":
                yield Block(kind, lines=[pieces(line.split(". ", 1)[1]) for line in lines])
            case "table":
                cells = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]
                rows = [[pieces(cell) for cell in row] for row in cells if not set("".join(row)) <= set("-: ")]
                yield Block(kind, rows=rows)
            case "text":
                yield Block(kind, lines=[pieces("".join(lines))])


def _kind(line: str) -> str:
    if line.startswith("## "):
        return "subheading"
    if line.startswith("# "):
        return "heading"
    if line.startswith("- "):
        return "bullets"
    if re.match(r"\d+\. ", line):
        return "numbers"
    if line.startswith("|"):
        return "table"
    return "text" if line.strip() else ""


def pieces(line: str) -> list[Piece]:
    """A line as stretches of plain, strong and code."""
    found, done = [], 0
    for match in PIECE.finditer(line):
        if match.start() > done:
            found.append(Piece("text", line[done : match.start()]))
        kind = match.lastgroup or "text"
        found.append(Piece(kind, match[kind]))
        done = match.end()
    if done < len(line):
        found.append(Piece("text", line[done:]))
    return found
