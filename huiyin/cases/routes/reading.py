"""The route adviser's two files: routes.toml (the ways) and facts.toml (what is asked). Read once, checked, immutable.

A damaged file stops the start with the entry and the reason (`lists.BadList`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from huiyin.cases.lists import BadList

HERE = Path(__file__).parent
TO_BE_CONFIRMED = "待法务部门确认"
UNITS: Mapping[str, str] = {"day": "日", "month": "个月", "year": "年"}
KINDS = ("choice", "yes_no", "date", "number")
YES_NO: Mapping[str, str] = {"yes": "是", "no": "否"}
OWN, REPORT = 6, 0
BRANCHES: Mapping[int, str] = {
    1: "诉讼、复议等涉法涉诉程序",
    2: "仲裁",
    3: "党员申诉、申请复审",
    4: "行政复议、裁决、确认、许可、处罚等行政程序",
    5: "申请查处违法行为、履行保护职责",
    OWN: "由本单位调查核实",
    REPORT: "检举控告",
}
# One set of answers: for each fact the answers that fit. All facts of a set, any of several sets.
Answers = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Fact:
    """One question. `kind` is choice, yes_no, date or number; `choices` are code → words (also of yes_no)."""

    code: str
    kind: str
    short: str
    question: str
    help: str
    choices: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    asked: tuple[Answers, ...] = ()


@dataclass(frozen=True)
class Limit:
    """How long a right lasts, counted from the first known of the facts `start`; anew from those of `restart`.

    Without `amount` the law sets none where the answers of `when` hold, and `said` says so.
    """

    amount: int = 0
    unit: str = ""
    start: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    when: Answers = field(default_factory=dict)
    name: str = ""
    said: str = ""

    @property
    def length(self) -> str:
        return f"{self.amount}{UNITS[self.unit]}" if self.amount else ""


@dataclass(frozen=True)
class Employer:
    """What the enterprise itself must do, by when where the law says, and by which answer it is done."""

    text: str = ""
    limit: Limit | None = None
    done: Answers = field(default_factory=dict)
    done_text: str = ""


@dataclass(frozen=True)
class Open:
    """Something that a route leaves open until a fact is known."""

    fact: str
    text: str


@dataclass(frozen=True)
class Route:
    """A statutory way, or the enterprise's own. `to_confirm`: the text of the law was not at hand, or the row is general
    knowledge; papers and pages then say that the legal office confirms it. `rows`: rows of domain.md §2.
    """

    code: str
    rows: tuple[str, ...]
    name: str
    grievances: tuple[str, ...]
    when: tuple[Answers, ...]
    branch: int
    organ: str
    phone: str
    procedure: str
    limit_text: str
    starts_from: str
    limits: tuple[Limit, ...]
    materials: tuple[str, ...]
    interruption: str
    article: str
    source: str
    employer: Employer
    to_confirm: bool = False
    during: bool = False
    opens: Limit | None = None
    unknowns: tuple[Open, ...] = ()

    @property
    def branch_name(self) -> str:
        return BRANCHES[self.branch]

    @property
    def leads_out(self) -> bool:
        """Whether it is one of 第三十一条第（一）至（五）项: a case may be led there by D6."""
        return 1 <= self.branch <= 5

    @property
    def limit(self) -> Limit | None:
        """The first limit that has a length."""
        return next((limit for limit in self.limits if limit.amount), None)


@dataclass(frozen=True)
class Aside:
    """What holds beside the routes of some branches: joint parties, representatives."""

    code: str
    row: str
    branches: tuple[int, ...]
    text: str
    material: str
    article: str
    when: Answers
    from_workers: int


@dataclass(frozen=True)
class Order:
    """Two dates of which the later can't be the earlier one."""

    earlier: str
    later: str
    sentence: str


@dataclass(frozen=True)
class Clash:
    """A fact that can't be known beside these answers."""

    fact: str
    beside: Answers
    sentence: str


@dataclass(frozen=True)
class Questions:
    """facts.toml as it reads."""

    facts: Mapping[str, Fact]
    orders: tuple[Order, ...]
    clashes: tuple[Clash, ...]


@dataclass(frozen=True)
class Rules:
    """routes.toml as it reads. `rows`: the rows of domain.md §2 by id."""

    rows: Mapping[str, str]
    routes: Mapping[str, Route]
    asides: tuple[Aside, ...]


@lru_cache(maxsize=1)
def questions() -> Questions:
    return read_questions(HERE / "facts.toml")


@lru_cache(maxsize=1)
def rules() -> Rules:
    return read_rules(HERE / "routes.toml", questions())


def routes() -> tuple[Route, ...]:
    """All routes, in the order of the file."""
    return tuple(rules().routes.values())


def route(code: str) -> Route | None:
    """The route of this code, or None."""
    return rules().routes.get(code)


def read_questions(path: Path) -> Questions:
    """Facts of a file. Raises BadList."""
    content = _content(path, {"facts", "orders", "clashes"})
    facts: dict[str, Fact] = {}
    for entry in content["facts"]:
        code = _text(path, "facts", entry, "code")
        if code in facts:
            raise BadList(path, code, "this code stands twice.")
        kind = _text(path, code, entry, "kind")
        if kind not in KINDS:
            raise BadList(path, code, f"kind is one of {', '.join(KINDS)}.")
        choices = YES_NO if kind == "yes_no" else entry.get("choices", {})
        if (kind == "choice") != bool(entry.get("choices")):
            raise BadList(path, code, "a choice has choices, no other kind has them.")
        texts = {key: _text(path, code, entry, key) for key in ("short", "question", "help")}
        asked = tuple(_answers(path, code, found, facts) for found in entry.get("asked", []))
        facts[code] = Fact(
            code=code, kind=kind, choices=dict(choices), default=entry.get("default", ""), asked=asked, **texts
        )
    for entry in [*content["orders"], *content["clashes"]]:
        for key in ("earlier", "later", "fact"):
            if key in entry and entry[key] not in facts:
                raise BadList(path, str(entry[key]), "there is no such fact.")
    orders = tuple(Order(**entry) for entry in content["orders"])
    clashes = tuple(
        Clash(entry["fact"], _answers(path, entry["fact"], entry["beside"], facts), entry["sentence"])
        for entry in content["clashes"]
    )
    return Questions(facts, orders, clashes)


def read_rules(path: Path, asked: Questions) -> Rules:
    """Routes of a file, whose conditions are answers to the questions. Raises BadList."""
    content = _content(path, {"rows", "routes", "notes"})
    rows: dict[str, str] = dict(content["rows"])
    found: dict[str, Route] = {}
    for entry in content["routes"]:
        one = _route(path, entry, asked.facts)
        if one.code in found:
            raise BadList(path, one.code, "this code stands twice.")
        if set(one.rows) - set(rows):
            raise BadList(path, one.code, "rows are those of [rows].")
        found[one.code] = one
    asides = tuple(
        Aside(
            code=entry["code"],
            row=entry["row"],
            branches=tuple(entry["branches"]),
            text=entry["text"],
            material=entry["material"],
            article=entry["article"],
            when=_answers(path, entry["code"], entry.get("when", {}), asked.facts),
            from_workers=entry.get("from_workers", 0),
        )
        for entry in content["notes"]
    )
    return Rules(rows, found, asides)


TEXTS = (
    "code",
    "name",
    "organ",
    "phone",
    "procedure",
    "limit_text",
    "starts_from",
    "interruption",
    "article",
    "source",
)
LISTS = ("rows", "grievances", "materials")
MAY_BE_EMPTY = {"interruption", "phone"}
OTHERS = {"branch", "when", "limits", "employer", "to_confirm", "during", "opens", "unknowns"}


def _route(path: Path, entry: dict[str, Any], facts: Mapping[str, Fact]) -> Route:
    code = _text(path, "routes", entry, "code")
    for key in entry:
        if key not in {*TEXTS, *LISTS, *OTHERS}:
            raise BadList(path, code, f"the key {key} isn't known.")
    texts: dict[str, Any] = {key: _text(path, code, entry, key, may_be_empty=key in MAY_BE_EMPTY) for key in TEXTS}
    for key in LISTS:
        value = entry.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
            raise BadList(path, code, f"{key} must be a list of texts.")
    branch = entry.get("branch")
    if type(branch) is not int or branch not in BRANCHES:
        raise BadList(path, code, "branch is 1 to 6 after 第三十一条, or 0 for a report.")
    to_confirm = entry.get("to_confirm", False)
    if to_confirm and TO_BE_CONFIRMED not in texts["limit_text"]:
        raise BadList(path, code, f"what isn't confirmed says so: limit_text must contain {TO_BE_CONFIRMED}.")
    when = entry.get("when")
    if not isinstance(when, list) or not when:
        raise BadList(path, code, "when must list the answers for which the way fits.")
    employer = entry.get("employer")
    if not isinstance(employer, dict) or "text" not in employer:
        raise BadList(path, code, "employer must have a text, '' where the enterprise owes nothing.")
    return Route(
        **texts,
        rows=tuple(entry["rows"]),
        grievances=tuple(entry["grievances"]),
        materials=tuple(entry["materials"]),
        branch=branch,
        when=tuple(_answers(path, code, one, facts) for one in when),
        limits=tuple(_limit(path, code, one, facts) for one in entry.get("limits", [])),
        employer=Employer(
            text=employer["text"],
            limit=_limit(path, code, employer["limit"], facts) if "limit" in employer else None,
            done=_answers(path, code, employer.get("done", {}), facts),
            done_text=employer.get("done_text", ""),
        ),
        to_confirm=to_confirm,
        during=entry.get("during", False),
        opens=_limit(path, code, entry["opens"], facts) if "opens" in entry else None,
        unknowns=tuple(Open(**one) for one in entry.get("unknowns", [])),
    )


def _content(path: Path, names: set[str]) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadList(path, "file", f"it can't be read ({error}).") from None
    if set(content) != names:
        raise BadList(path, "file", f"it must hold {', '.join(sorted(names))} and nothing else.")
    return content


def _text(path: Path, code: str, entry: dict[str, Any], key: str, *, may_be_empty: bool = False) -> str:
    if key not in entry:
        raise BadList(path, code, f"{key} is missing.")
    value = entry[key]
    if not isinstance(value, str) or (not value and not may_be_empty):
        raise BadList(path, code, f"{key} must be a text.")
    return value


def _answers(path: Path, code: str, given: Any, facts: Mapping[str, Fact]) -> Answers:
    found: dict[str, tuple[str, ...]] = {}
    for name, answers in dict(given).items():
        if name not in facts or not isinstance(answers, list) or set(answers) - set(facts[name].choices):
            raise BadList(path, code, f"{name}: {answers} are not answers to a question of facts.toml.")
        found[name] = tuple(answers)
    return found


def _limit(path: Path, code: str, given: dict[str, Any], facts: Mapping[str, Fact]) -> Limit:
    keys = {"amount", "unit", "from", "restart", "when", "name", "said"}
    amount, unit = given.get("amount", 0), given.get("unit", "")
    is_length = type(amount) is int and amount >= 1 and unit in UNITS
    starts = (*given.get("from", ()), *given.get("restart", ()))
    is_dated = bool(given.get("from")) and all(name in facts and facts[name].kind == "date" for name in starts)
    is_none = "amount" not in given and "unit" not in given and bool(given.get("said")) and not starts
    if set(given) - keys or not ((is_length and is_dated) or is_none):
        raise BadList(path, code, 'a limit looks like { amount = 1, unit = "year", from = ["known_on"] }.')
    return Limit(
        amount=amount,
        unit=unit,
        start=tuple(given.get("from", ())),
        restart=tuple(given.get("restart", ())),
        when=_answers(path, code, given.get("when", {}), facts),
        name=given.get("name", ""),
        said=given.get("said", ""),
    )
