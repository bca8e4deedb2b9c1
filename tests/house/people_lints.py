"""Lints that keep the house about cases, never about people (product.md §3). Each answers with the faults it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import sqlglot
from django.db import models
from django.urls import URLPattern, URLResolver
from sqlglot import exp

PARTY = "cases.Party"
PARTY_FIELDS = frozenset({"id", "case", "filing", "part", "sealed_identity", "account_digest", "consents_to_portal"})
# Accounts of people at work; what belongs to one account: its posts' record.
PEOPLE_AT_WORK = frozenset({"org.User"})
OF_A_PERSON = re.compile(
    r"(^|_)(person|people|persons|petitioner|filer|party|parties|id_number|id_card|phone|mobile|account_digest)(_|$)"
)
# Whole words of a name: a person must not have one of these.
JUDGING = frozenset(
    [
        "risk",
        "score",
        "rank",
        "ranking",
        "level",
        "grade",
        "watch",
        "watchlist",
        "blacklist",
        "black",
        "flag",
        "profile",
        "tag",
        "mood",
        "attitude",
        "threat",
    ]
)
CHINESE = re.compile(
    "重点" + "人|稳" + "控|风险" + "等级|风险" + "人员|缠" + "访|闹" + "访|老" + "户|画" + "像|预警" + "人员"
    "|[ABC甲乙丙]" + "类人|扬" + "言|思想" + "动态|信访" + "次数"
)
ABOUT_STAGES = frozenset({"stage_label"})  # words for a stage of a case
WITHOUT_PEOPLE = frozenset({"trail.Node"})  # a hash in a tree has a level
IDENTITY_INPUT = frozenset({"GivenPerson"})  # what a filer says of himself, nested in one filing


def label(model: Any) -> str:
    """`cases.Party`, also for a target that is still a name."""
    return model if isinstance(model, str) else str(model._meta.label)


def schema_faults(found: Iterable[type[models.Model]]) -> list[str]:
    """V1: nobody is a row but Party (in one case) and User; nothing points at a party; a party has no further field."""
    faults = []
    for model in found:
        name = label(model)
        fields = [field for field in model._meta.get_fields() if not field.auto_created or field.concrete]
        for field in fields:
            relation: Any = getattr(field, "remote_field", None)
            target = relation.model if relation else None
            if target is not None and label(target) == PARTY:
                faults.append(f"{name}.{field.name}: points at a party")
            is_only = isinstance(field, models.OneToOneField) or getattr(field, "unique", False)
            if target is not None and label(target) == "org.User" and is_only:
                faults.append(f"{name}.{field.name}: one row a person")
            if name != PARTY and OF_A_PERSON.search(field.name):
                faults.append(f"{name}.{field.name}: a person's field outside the party")
        if name == PARTY:
            faults += [f"{name}.{field.name}: not on the list" for field in fields if field.name not in PARTY_FIELDS]
            for needed in ("case", "filing"):
                if model._meta.get_field(needed).null:
                    faults.append(f"{name}.{needed}: a party belongs to one case")
        elif OF_A_PERSON.search(_snake(model.__name__)):
            faults.append(f"{name}: a table of people")
    return faults


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def name_faults(names: Iterable[tuple[str, str]]) -> list[str]:
    """V2: (place, name) pairs; a name with a judging word, in English as a whole word, in Chinese anywhere."""
    faults = []
    for place, name in names:
        words = set(re.split(r"[^a-z]+", _snake(name)))
        wrong = sorted(words & JUDGING) or CHINESE.findall(name)
        if wrong and name not in ABOUT_STAGES:
            faults.append(f"{place}: {name}: {', '.join(wrong)}")
    return list(dict.fromkeys(faults))


def model_names(found: Iterable[type[models.Model]]) -> Iterator[tuple[str, str]]:
    """Names of models, fields and choices with their titles."""
    for model in found:
        if label(model) in WITHOUT_PEOPLE:
            continue
        yield label(model), model.__name__
        for field in model._meta.get_fields():
            place = f"{label(model)}.{field.name}"
            yield place, field.name
            yield place, str(getattr(field, "verbose_name", ""))
            for value, title in getattr(field, "flatchoices", None) or ():
                yield place, str(value)
                yield place, str(title)


def routes(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """(address, name) of every page."""
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address, pattern.name or ""


def route_faults(found: Iterable[tuple[str, str]]) -> list[str]:
    """V4: no page whose row or key is a person."""
    return [
        f"{address}: a page of a person"
        for address, name in found
        if OF_A_PERSON.search(re.sub(r"[^a-z_]+", "_", address.lower())) or OF_A_PERSON.search(name)
    ]


def schema_document_faults(document: dict[str, Any]) -> list[str]:
    """V4: no parameter and no answer of the programs' face that is, holds, sorts or filters by a person."""
    faults = []
    for path, item in document["paths"].items():
        for operation in item.values():
            for parameter in operation.get("parameters", []):
                name = parameter["name"].lower().replace("-", "_")
                if OF_A_PERSON.search(name) or re.search(r"(^|_)(name|sort|order|order_by)(_|$)", name):
                    faults.append(f"{path}: parameter {name}")
    for name, part in document["components"]["schemas"].items():
        for field in part.get("properties", {}):
            is_own = name in IDENTITY_INPUT or (name == "GivenFiling" and field == "person")
            if not is_own and (OF_A_PERSON.search(field) or field in {"name", "address", "email", "filings_count"}):
                faults.append(f"{name}.{field}: a person's field")
    return faults


FREE = {"cases_party": {"id", "case_id", "filing_id"}, "vault_indexentry": {"id", "key_id"}}


def names_people(statement: str) -> bool:
    """Whether a statement touches a table that tells people apart."""
    return any(table in statement for table in FREE)


def sql_faults(statement: str, dialect: str) -> list[str]:
    """V3: what groups, sorts, counts or pairs people. `dialect`: sqlite or postgres."""
    text = statement.replace("%s", "NULL")
    if not names_people(text):
        return []
    tree = sqlglot.parse_one(text, dialect=dialect)
    faults: list[str] = []
    for select in tree.find_all(exp.Select):
        tables = {table.alias_or_name: table.name for table in tree.find_all(exp.Table)}
        shown = [part.unalias() for part in select.expressions]
        places: list[tuple[str, Any]] = [
            ("GROUP BY", select.args.get("group")),
            ("ORDER BY", select.args.get("order")),
            ("HAVING", select.args.get("having")),
        ]
        places += [("PARTITION", window) for part in select.expressions for window in part.find_all(exp.Window)]
        places += [("COUNT DISTINCT", found) for part in select.expressions for found in part.find_all(exp.Distinct)]
        if select.args.get("distinct"):
            places += [("DISTINCT", part) for part in shown]
        for word, part in places:
            faults += [f"{word} {name}" for name in _columns(part, shown, tables) if _is_of_a_person(name)]
        own = [
            source.this
            for source in [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or [])]
            if source
        ]
        if sum(isinstance(source, exp.Table) and source.name == "cases_party" for source in own) > 1:
            faults.append("JOIN of parties with parties")
    return faults


def _columns(part: Any, shown: list[Any], tables: dict[str, str]) -> Iterator[str]:
    """`table.column` for every column in this part; a number stands for what is shown in that place."""
    if part is None:
        return
    parts = [part]
    for number in part.find_all(exp.Literal):
        if number.is_int and 1 <= int(number.name) <= len(shown):
            parts.append(shown[int(number.name) - 1])
    for one in parts:
        for column in one.find_all(exp.Column):
            # A bare name belongs to the one table there is.
            table = column.table or (next(iter(tables)) if len(tables) == 1 else "")
            yield f"{tables.get(table, table)}.{column.name}"


def _is_of_a_person(name: str) -> bool:
    table, _, column = name.partition(".")
    return column in {"account_digest", "sealed_identity"} or (table in FREE and column not in FREE[table])
