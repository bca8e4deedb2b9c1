"""Reading policy.toml: every key known, every value of the right kind, no limit longer than the law's.

A file that fails stops the start with BadPolicy: which file, which line, why, and what to do.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from huiyin.clocks.rules import BASES, CLOCK_UNITS, MOMENTS, UNITS, Cadence, ExtensionRule, Place, Policy, Rule
from huiyin.org.permissions import Role

ROLES = frozenset(role.value for role in Role)
# More than anybody means; keeps a slip of the finger from making a date in the next century.
LONGEST = {"day": 1000, "workday": 500, "hour": 1000, "minute": 60_000, "month": 120, "year": 10, "day_of_month": 31}
REQUIRED = ("title", "basis", "source", "starts_on", "stops_on", "amount", "unit")
OPTIONAL = ("direction", "roll", "extension", "pause", "warn_at", "warns", "told_when_missed", "watch", "told")
EXTENSION_KEYS = ("max_days", "times", "approved_by")
PLACE_RULE_KEYS = ("amount", "source")


@dataclass(frozen=True)
class Ceiling:
    """What the law allows at most. `is_a_right`: it is the employee's time, so it may not be shortened either."""

    amount: int
    unit: str
    article: str
    is_a_right: bool = False


# domain.md's table L1-L9, each with its article. No file can go beyond it.
CEILINGS: Mapping[str, Ceiling] = {
    "notice": Ceiling(15, "day", "《信访工作条例》第二十三条"),
    "objection": Ceiling(5, "workday", "《信访工作条例》第二十三条"),
    "objection_above": Ceiling(5, "workday", "《信访工作条例》第二十三条"),
    "decision": Ceiling(60, "day", "《信访工作条例》第三十四条"),
    "extension": Ceiling(30, "day", "《信访工作条例》第三十四条"),
    "ask_review": Ceiling(30, "day", "《信访工作条例》第三十五条", is_a_right=True),
    "review": Ceiling(30, "day", "《信访工作条例》第三十五条"),
    "ask_final_review": Ceiling(30, "day", "《信访工作条例》第三十六条", is_a_right=True),
    "final_review": Ceiling(30, "day", "《信访工作条例》第三十六条"),
}
# Art. 34 lets the decision alone be extended; Art. 36 leaves out the hearing in the final review alone.
EXTENDABLE_BY_LAW = {"decision": "《信访工作条例》第三十四条"}
PAUSABLE_BY_LAW = {"final_review": "《信访工作条例》第三十六条"}


class BadPolicy(SystemExit):
    """The policy file can't be used. Nothing starts on limits that nobody checked."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        super().__init__(f"huiyin: {path}, line {line}: {reason} Correct that line and start again.")


def is_right(rule_id: str) -> bool:
    """Whether a limit is the employee's own time, which nobody may shorten."""
    ceiling = CEILINGS.get(rule_id)
    return ceiling is not None and ceiling.is_a_right


def read(path: Path) -> Policy:
    """Read and check a policy file. Raises BadPolicy with file, line and reason."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadPolicy(path, 1, f"the file can't be read ({error.strerror}); check HUIYIN_POLICY.") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPolicy(path, raw[: error.start].count(b"\n") + 1, "the text is not UTF-8.") from None
    return parse(text, path)


def parse(text: str, path: Path) -> Policy:
    """The policy in a text; `path` is for messages alone. Raises BadPolicy."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise BadPolicy(path, line, f"this is not TOML ({error}).") from None
    reader = _Reader(path, text)
    reader.keys((), content, required=("about", "rules"), optional=("places", "harms", "commitments"))
    about = reader.table((), content, "about")
    reader.keys(("about",), about, required=("title", "time_zone_note"))
    tables = reader.table((), content, "rules")
    if not tables:
        raise reader.bad(("rules",), "no rule is written here.")
    rules = {rule_id: reader.rule(rule_id, reader.table(("rules",), tables, rule_id)) for rule_id in tables}
    reader.check_extensions(rules)
    places = reader.table((), content, "places") if "places" in content else {}
    return Policy(
        rules=rules,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        title=reader.words(("about",), about, "title"),
        time_zone_note=reader.words(("about",), about, "time_zone_note"),
        harms=reader.harms(content),
        cadences=reader.cadences(content, rules),
        places={code: reader.place(code, reader.table(("places",), places, code), rules) for code in places},
    )


Where = tuple[str, ...]


@dataclass(frozen=True)
class _Reader:
    path: Path
    text: str

    def line_of(self, place: Where) -> int:
        """The line where a key or table stands; for a missing one, the line of what should hold it."""
        while place:
            table, key = place[:-1], place[-1]
            inside: Where = ()
            for number, line in enumerate(self.text.splitlines(), start=1):
                if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
                    inside = tuple(part.strip(" \"'") for part in header[1].split("."))
                    if inside[: len(place)] == place:
                        return number
                elif found := re.match(r"\s*([\w.\"'-]+)\s*=", line):
                    written = inside + tuple(part.strip("\"'") for part in found[1].split("."))
                    if written == (*table, key):
                        return number
            place = table
        return 1

    def bad(self, place: Where, reason: str) -> BadPolicy:
        return BadPolicy(self.path, self.line_of(place), f"{'.'.join(place)}: {reason}" if place else reason)

    def keys(
        self, place: Where, table: Mapping[str, Any], required: Iterable[str], optional: Iterable[str] = ()
    ) -> None:
        known = (*required, *optional)
        for key in table:
            if key not in known:
                raise self.bad((*place, key), f"this key isn't known. Known here are {', '.join(known)}.")
        for key in required:
            if key not in table:
                raise self.bad((*place, key), "this key is missing.")

    def table(self, place: Where, holder: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = holder[key]
        if not isinstance(value, dict):
            raise self.bad((*place, key), f"this must be a table [{'.'.join((*place, key))}].")
        return value

    def words(self, place: Where, table: Mapping[str, Any], key: str) -> str:
        value = table[key]
        if not isinstance(value, str) or not value.strip():
            raise self.bad((*place, key), f"this must be a text in quotes, not {value!r}.")
        return value

    def choice(
        self, place: Where, table: Mapping[str, Any], key: str, choices: Collection[str], default: str = ""
    ) -> Any:
        value = table.get(key, default)
        if not isinstance(value, str) or value not in choices:
            raise self.bad((*place, key), f"{value!r} isn't one of {', '.join(sorted(choices))}.")
        return value

    def number(self, place: Where, table: Mapping[str, Any], key: str, most: int) -> int:
        value = table[key]
        if type(value) is not int or not 1 <= value <= most:
            raise self.bad((*place, key), f"this must be a whole number from 1 to {most}, not {value!r}.")
        return value

    def yes_or_no(self, place: Where, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self.bad((*place, key), f"this must be true or false, not {value!r}.")
        return value

    def roles(self, place: Where, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise self.bad(place, f'this must be a list of roles like ["officer"], not {value!r}.')
        for role in value:
            if role not in ROLES:
                raise self.bad(place, f"{role!r} isn't a role. Roles are {', '.join(sorted(ROLES))}.")
        return tuple(value)

    def rule(self, rule_id: str, table: Mapping[str, Any]) -> Rule:
        """One rule, checked alone and against the law's ceiling."""
        place = ("rules", rule_id)
        if not re.fullmatch(r"[a-z][a-z_]{1,29}", rule_id):
            raise self.bad(place, "a rule's name is made of small letters and _, at most 30.")
        self.keys(place, table, REQUIRED, OPTIONAL)
        unit = self.choice(place, table, "unit", UNITS)
        warn_at = self.percents(place, table)
        rule = Rule(
            id=rule_id,
            title=self.words(place, table, "title"),
            basis=self.choice(place, table, "basis", BASES),
            source=self.words(place, table, "source"),
            starts_on=self.choice(place, table, "starts_on", MOMENTS),
            stops_on=self.choice(place, table, "stops_on", MOMENTS),
            amount=self.number(place, table, "amount", LONGEST[unit]),
            unit=unit,
            direction=self.choice(place, table, "direction", ("forward", "backward"), "forward"),
            roll=self.yes_or_no(place, table, "roll"),
            extension=self.extension(place, table) if "extension" in table else None,
            pause=self.yes_or_no(place, table, "pause"),
            warn_at=warn_at,
            warns=self.warned(place, table, warn_at),
            told_when_missed=self.roles((*place, "told_when_missed"), table.get("told_when_missed", [])),
            watch=self.choice(place, table, "watch", ("due", "aside", "mark"), "due"),
            told=self.yes_or_no(place, table, "told"),
        )
        self.check_ceiling(place, rule)
        self.check_sense(place, rule)
        return rule

    def harms(self, content: Mapping[str, Any]) -> dict[str, str]:
        """The closed list of harms that decide how often a filer is told the progress: code = words."""
        table = self.table((), content, "harms") if "harms" in content else {}
        return {code: self.words(("harms",), table, code) for code in table}

    def cadences(self, content: Mapping[str, Any], rules: Mapping[str, Rule]) -> tuple[Cadence, ...]:
        """Who tells the progress how often. Only harms and waiting time can decide it (product rules: never a person)."""
        tables = self.table((), content, "commitments") if "commitments" in content else {}
        known, found = self.harms(content), []
        for rule_id in tables:
            place = ("commitments", rule_id)
            table = self.table(("commitments",), tables, rule_id)
            self.keys(place, table, ("by",), ("harms", "after_days"))
            if rule_id not in rules:
                raise self.bad(place, "there is no rule of this name.")
            harms = table.get("harms", [])
            if not isinstance(harms, list) or not all(harm in known for harm in harms):
                raise self.bad((*place, "harms"), f"this must be a list of {', '.join(known)}, not {harms!r}.")
            days = self.number(place, table, "after_days", 1000) if "after_days" in table else None
            found.append(Cadence(rule_id, self.roles((*place, "by"), table["by"]), tuple(harms), days))
        return tuple(found)

    def place(self, code: str, table: Mapping[str, Any], whole: Mapping[str, Rule]) -> Place:
        """One place with shorter limits. A right of the employee keeps its length everywhere."""
        place = ("places", code)
        if not re.fullmatch(r"[a-z][a-z_]{1,29}", code):
            raise self.bad(place, "a place's name is made of small letters and _, at most 30.")
        self.keys(place, table, ("title", "units", "rules"))
        units = table["units"]
        if not isinstance(units, list) or not units or not all(isinstance(unit, str) and unit for unit in units):
            raise self.bad((*place, "units"), f"this must be a list of names of units, not {units!r}.")
        tables = self.table(place, table, "rules")
        rules = {}
        for rule_id in tables:
            where = (*place, "rules", rule_id)
            if rule_id not in whole:
                raise self.bad(where, "there is no rule of this name to shorten.")
            rules[rule_id] = self.shorter(where, self.table((*place, "rules"), tables, rule_id), whole[rule_id])
        return Place(code, self.words(place, table, "title"), tuple(units), rules)

    def shorter(self, place: Where, table: Mapping[str, Any], whole: Rule) -> Rule:
        """A rule as a place has it: a smaller amount in the same unit, or in working days where the whole's is in days."""
        self.keys(place, table, PLACE_RULE_KEYS, ("unit",))
        ceiling = CEILINGS.get(whole.id)
        if ceiling and ceiling.is_a_right:
            raise self.bad(place, f"{ceiling.article} gives the employee this time; no place can change it.")
        unit = self.choice(
            place, table, "unit", {whole.unit, *(("workday",) if whole.unit == "day" else ())}, whole.unit
        )
        amount = self.number(place, table, "amount", whole.amount)
        source = self.words(place, table, "source")
        roll = whole.roll and unit != "workday"
        return replace(whole, amount=amount, unit=unit, roll=roll, source=source, cap=whole)

    def percents(self, place: Where, table: Mapping[str, Any]) -> tuple[int, ...]:
        value = table.get("warn_at", [])
        is_list = isinstance(value, list) and all(type(part) is int and 1 <= part <= 99 for part in value)
        if not is_list or value != sorted(set(value)):
            raise self.bad(
                (*place, "warn_at"), f"this must be rising per cents from 1 to 99 like [50, 75, 90], not {value!r}."
            )
        return tuple(value)

    def warned(self, place: Where, table: Mapping[str, Any], warn_at: tuple[int, ...]) -> tuple[tuple[str, ...], ...]:
        value = table.get("warns", [])
        if not isinstance(value, list) or len(value) != len(warn_at):
            raise self.bad(
                (*place, "warns"), f"warn_at has {len(warn_at)} steps, so this must be as many lists of roles."
            )
        return tuple(self.roles((*place, "warns"), roles) for roles in value)

    def extension(self, place: Where, table: Mapping[str, Any]) -> ExtensionRule:
        inner = self.table(place, table, "extension")
        place = (*place, "extension")
        self.keys(place, inner, EXTENSION_KEYS)
        return ExtensionRule(
            max_days=self.number(place, inner, "max_days", 365),
            times=self.number(place, inner, "times", 10),
            approved_by=self.choice(place, inner, "approved_by", ROLES),
        )

    def check_sense(self, place: Where, rule: Rule) -> None:
        """What can't be meant: rolling what the law doesn't count, pausing or extending minutes."""
        if rule.roll and rule.basis != "statute":
            raise self.bad((*place, "roll"), "only a limit of the law (basis statute) moves past days off.")
        if rule.roll and (rule.direction == "backward" or rule.unit not in {"day", "month", "year"}):
            raise self.bad((*place, "roll"), f"a limit counted in {rule.unit}, {rule.direction}, has nothing to roll.")
        fixed = rule.unit in CLOCK_UNITS or rule.unit == "day_of_month" or rule.direction == "backward"
        if fixed and (rule.pause or rule.extension):
            key = "pause" if rule.pause else "extension"
            raise self.bad(
                (*place, key), "only limits that run forward in days, working days, months or years can have this."
            )

    def check_ceiling(self, place: Where, rule: Rule) -> None:
        """Shorter than the law is allowed, longer never; a right of the employee keeps its exact length."""
        ceiling = CEILINGS.get(rule.id)
        if ceiling is None:
            return
        if rule.basis != "statute" or rule.direction != "forward":
            key = "basis" if rule.basis != "statute" else "direction"
            raise self.bad((*place, key), f"this limit is set by {ceiling.article}: basis statute, direction forward.")
        if rule.unit != ceiling.unit:
            raise self.bad(
                (*place, "unit"), f"{ceiling.article} counts this limit in {ceiling.unit}, not in {rule.unit}."
            )
        if rule.amount > ceiling.amount:
            reason = f"{rule.amount} is longer than the {ceiling.amount} that {ceiling.article} allows."
            raise self.bad((*place, "amount"), reason)
        if ceiling.is_a_right and rule.amount < ceiling.amount:
            reason = f"{ceiling.article} gives the employee {ceiling.amount}; this right can't be shortened to {rule.amount}."
            raise self.bad((*place, "amount"), reason)
        if rule.extension and rule.id not in EXTENDABLE_BY_LAW:
            raise self.bad((*place, "extension"), f"{ceiling.article} does not allow this limit to be extended.")
        if rule.pause and rule.id not in PAUSABLE_BY_LAW:
            raise self.bad((*place, "pause"), f"{ceiling.article} does not allow this limit to be paused.")

    def check_extensions(self, rules: Mapping[str, Rule]) -> None:
        """《信访工作条例》第三十四条: at most 30 days, once; and the rule `extension`, where written, says the same."""
        decision = rules.get("decision")
        if decision is None or decision.extension is None:
            return
        place = ("rules", "decision", "extension")
        most, article = CEILINGS["extension"].amount, CEILINGS["extension"].article
        if decision.extension.max_days > most:
            raise self.bad(
                (*place, "max_days"), f"{decision.extension.max_days} is longer than the {most} that {article} allows."
            )
        if decision.extension.times > 1:
            raise self.bad((*place, "times"), f"{article} allows one extension.")
        written = rules.get("extension")
        if written and written.amount != decision.extension.max_days:
            raise self.bad(
                (*place, "max_days"), f"rules.extension.amount says {written.amount}; both must be the same."
            )
