"""Templates of papers (文书): one file a kind in `forms/`, one list of parts for both writers.

A template names its fields and its parts. A part's text has {placeholders}: fields of the template, or what every
paper knows (unit, number, on, office_contact, site). Kinds of parts:

    addressee     称谓, flush left
    paragraph     one or more paragraphs; `strong` in the heading font
    heading       一、…      subheading   （一）…
    list          the items of a list field, numbered
    each          parts repeated for every row of a rows field
    table         a rows field as a table, its columns as heads, by their `width` against each other
    quote         somebody's own words
    field         a cell of a form: label and text; `half` shares its row, `tall` is its least height in lines
    code          the query code in fours with a QR of its address
    signature     issuing unit and date, and where the seal goes
    attachment_note   附件 …
    hint          small print

`when` shows a part only where that field is filled in; `empty` is what an empty field reads as. `law` is the list of what
a paper of the kind must say whatever the workshop makes of it (`papers.workshop`): article, name, and the words that one
part which always shows must hold.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FORMS = Path(__file__).parent / "forms"
PART_KINDS = frozenset(
    [
        "addressee",
        "paragraph",
        "heading",
        "subheading",
        "list",
        "each",
        "table",
        "quote",
        "field",
        "code",
        "signature",
        "attachment_note",
        "hint",
    ]
)
LAYOUTS = frozenset({"letter", "form", "sheet"})
KNOWN = frozenset({"unit", "number", "on", "office_contact", "site"})
PLACEHOLDER = re.compile(r"\{(\w+)\}")

Value = str | list[str] | list[dict[str, str]]
Fields = Mapping[str, Value]


@dataclass(frozen=True)
class Field:
    """`shape`: text, date (2026年8月3日), moment (with the time of day), list, rows. `columns` are those of rows, and
    `width` is a column's share of a table.

    `is_kept` is False for what is printed once and stored nowhere (the query code).
    `words` turn codes into the words of the paper.
    """

    name: str
    label: str
    shape: str = "text"
    is_required: bool = False
    is_kept: bool = True
    columns: tuple[Field, ...] = ()
    width: int = 1
    words: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Part:
    kind: str
    text: str = ""
    label: str = ""
    of: str = ""
    when: str = ""
    empty: str = ""
    is_half: bool = False
    is_strong: bool = False
    tall: int = 0
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Law:
    """What must stand in a paper: one part holds all of `says`, and shows always, or where the field `when` is filled in."""

    article: str
    name: str
    says: tuple[str, ...]
    when: str = ""


@dataclass(frozen=True)
class Template:
    """`series` is the word in its numbers (信受〔2026〕12号); `layout` is letter (GB/T 9704), form, or sheet: a form across
    (A4 landscape), for ledgers. `note` tells two forms of one title apart."""

    kind: str
    version: int
    title: str
    series: str
    layout: str
    fields: Mapping[str, Field]
    parts: tuple[Part, ...]
    law: tuple[Law, ...] = ()
    note: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name, known in self.fields.items() if known.is_required)


def kinds() -> list[str]:
    return sorted(path.stem for path in FORMS.glob("*.toml"))


def ordered(names: Iterable[str]) -> list[str]:
    """Kinds as people count them: D2, D2S, D3 … D10."""
    return sorted(names, key=lambda kind: (int(re.sub(r"\D", "", kind) or 0), kind))


def of(form: str | Template) -> Template:
    """The template itself, or the one that ships for a kind."""
    return form if isinstance(form, Template) else template(form)


@cache
def template(kind: str) -> Template:
    """The template of a kind of paper ("D2"). LookupError for a kind that there is none of."""
    return of_source(kind, source(kind))


def source(kind: str) -> dict[str, Any]:
    """A form as it ships, as read from its file: for the workshop, which makes its own from it."""
    path = FORMS / f"{kind}.toml"
    if not kind.isalnum() or not path.is_file():
        raise LookupError(f"there is no template {kind!r}; there are {', '.join(kinds())}")
    return tomllib.loads(path.read_text("utf-8"))


def read(kind: str, text: str) -> Template:
    """A template from its TOML. ValueError where a part asks for what isn't there, or a required field isn't shown."""
    return of_source(kind, tomllib.loads(text))


def of_source(kind: str, source: Mapping[str, Any], *, is_whole: bool = True) -> Template:
    """As `read`, of a form that was read already; `is_whole` False for one to look at that still lacks something."""
    made = Template(
        kind=kind,
        version=source["version"],
        title=source["title"],
        series=source["series"],
        layout=source["layout"],
        fields={name: _field(name, values) for name, values in source["fields"].items()},
        parts=tuple(_part(values) for values in source["parts"]),
        law=tuple(
            Law(one["article"], one["name"], tuple(one["says"]), one.get("when", "")) for one in source.get("law", [])
        ),
        note=source.get("note", ""),
    )
    if made.layout not in LAYOUTS:
        raise ValueError(f"{kind}: layout is letter, form or sheet, not {made.layout!r}")
    shown = set(_check_parts(made, made.parts, frozenset()))
    if is_whole and (hidden := set(made.required) - shown):
        raise ValueError(f"{kind}: required, but in no part: {', '.join(sorted(hidden))}")
    return made


def missing(form: str | Template, fields: Fields) -> list[str]:
    """What a paper still lacks before it can be sealed, as labels to show, in the template's order."""
    return [label for _name, label in lacking(form, fields)]


def lacking(form: str | Template, fields: Fields) -> list[tuple[str, str]]:
    """As `missing`, with the field's name before each label."""
    found: list[tuple[str, str]] = []
    for name, known in of(form).fields.items():
        value = fields.get(name)
        if known.is_required and is_empty(value):
            found.append((name, known.label))
        elif known.columns and isinstance(value, Sequence) and not isinstance(value, str):
            for place, row in enumerate(value, 1):
                cells: Mapping[str, str] = row if isinstance(row, Mapping) else {}
                found += [
                    (name, f"{known.label}第{place}项的{column.label}")
                    for column in known.columns
                    if column.is_required and is_empty(cells.get(column.name))
                ]
    return found


def is_empty(value: Value | None) -> bool:
    """Nothing, blanks only, or a list of such."""
    if value is None or isinstance(value, str):
        return not (value or "").strip()
    return not any(item if isinstance(item, Mapping) else item.strip() for item in value)


def check_names(form: str | Template, fields: Fields) -> None:
    """ValueError for a field that the template doesn't have: a caller's slip that would drop words from a paper."""
    made = of(form)
    if unknown := sorted(set(fields) - set(made.fields)):
        raise ValueError(f"{made.kind} has no field {', '.join(unknown)}; it has {', '.join(made.fields)}")


def _field(name: str, values: Mapping[str, Any]) -> Field:
    shape = values.get("shape", "text")
    if shape not in {"text", "date", "moment", "list", "rows"}:
        raise ValueError(f"field {name}: unknown shape {shape!r}")
    return Field(
        name=name,
        label=values["label"],
        shape=shape,
        is_required=values.get("required", False),
        is_kept=values.get("kept", True),
        columns=tuple(_field(column, details) for column, details in values.get("columns", {}).items()),
        width=values.get("width", 1),
        words=values.get("words", {}),
    )


def _part(values: Mapping[str, Any]) -> Part:
    if values["kind"] not in PART_KINDS:
        raise ValueError(f"unknown kind of part {values['kind']!r}")
    return Part(
        kind=values["kind"],
        text=values.get("text", ""),
        label=values.get("label", ""),
        of=values.get("of", ""),
        when=values.get("when", ""),
        empty=values.get("empty", ""),
        is_half=values.get("half", False),
        is_strong=values.get("strong", False),
        tall=values.get("tall", 0),
        parts=tuple(_part(part) for part in values.get("parts", [])),
    )


def _check_parts(made: Template, parts: Sequence[Part], columns: frozenset[str]) -> Iterator[str]:
    """The names of the fields that parts show; ValueError for one that isn't there."""
    names = frozenset(made.fields) | KNOWN | columns
    for part in parts:
        asked = PLACEHOLDER.findall(part.text) + [name for name in (part.of, part.when) if name]
        if wrong := sorted(set(asked) - names):
            raise ValueError(f"{made.kind}: a {part.kind} asks for {', '.join(wrong)}, which is no field")
        yield from asked
        if part.kind == "each":
            own = frozenset(column.name for column in made.fields[part.of].columns)
            yield from _check_parts(made, part.parts, own)
