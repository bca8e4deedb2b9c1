"""What was said to the adviser, typed and checked. Nothing is guessed: what isn't known stays out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from huiyin.cases.routes.reading import Answers, Fact, questions
from huiyin.kernel.days import half_width, read_day
from huiyin.kernel.errors import Invalid

Plain = str | int | date
UNKNOWN = "unknown"
UNKNOWN_WORDS = frozenset({"", UNKNOWN, "不知道", "不清楚", "记不清", "不确定", "不记得"})
YES = frozenset({"yes", "true", "1", "是", "有", "对"})
NO = frozenset({"no", "false", "0", "否", "没有", "不是", "无"})
FIRST_DAY = date(1949, 10, 1)
MOST_WORKERS = 1_000_000
LONGEST = 200


@dataclass(frozen=True)
class Given:
    """Facts by code: a choice's code, yes or no, a date, a number. `unsure`: said to be unknown."""

    values: Mapping[str, Plain]
    unsure: frozenset[str] = field(default_factory=frozenset)

    def day(self, code: str) -> date | None:
        value = self.values.get(code)
        return value if isinstance(value, date) else None

    def answer(self, code: str) -> str | None:
        """The answer to a choice or a yes-or-no; its default where nothing was said, None where nobody knows."""
        value = self.values.get(code)
        if value is None:
            return None if code in self.unsure else questions().facts[code].default or None
        return str(value)

    def number(self, code: str) -> int:
        value = self.values.get(code)
        return value if isinstance(value, int) else int(questions().facts[code].default or 0)

    def holds(self, answers: Answers) -> bool | None:
        """Whether all these answers were given. None: nothing speaks against it, and something that is asked isn't known."""
        is_open = False
        for code, wanted in answers.items():
            said = self.answer(code)
            if said is None and is_asked(questions().facts[code], self):
                is_open = True
            elif said is None or said not in wanted:
                return False
        return None if is_open else True

    def plain(self) -> dict[str, str | int]:
        """As JSON holds it, in the order of the questions; unknown ones said to be so."""
        found: dict[str, str | int] = {}
        for code in questions().facts:
            if code in self.unsure:
                found[code] = UNKNOWN
            elif code in self.values:
                value = self.values[code]
                found[code] = value.isoformat() if isinstance(value, date) else value
        return found

    def said(self) -> list[tuple[str, str]]:
        """What was said in words: name of the fact, answer."""
        found = []
        for code, fact in questions().facts.items():
            if code in self.values:
                found.append((fact.short, words_of(fact, self.values[code])))
            elif code in self.unsure:
                found.append((fact.short, "不知道"))
        return found


def words_of(fact: Fact, value: Plain) -> str:
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return fact.choices.get(str(value), str(value))


def is_asked(fact: Fact, given: Given) -> bool:
    """Whether the question comes up with what is known."""
    return not fact.asked or any(_surely(given, answers) for answers in fact.asked)


def _surely(given: Given, answers: Answers) -> bool:
    return all(given.answer(code) in wanted for code, wanted in answers.items())


def read(said: Mapping[str, object], on: date) -> Given:
    """Type and check what was said: by code, dates in any usual way, choices by code or in words, null or “不知道” for what
    isn't known. `on` is today: nothing may lie after it.

    Raises Invalid with the fact as its field: an unknown fact, a wrong type, a day in the future, two that contradict.
    """
    facts = questions().facts
    values: dict[str, Plain] = {}
    unsure: set[str] = set()
    for code, value in said.items():
        fact = facts.get(str(code))
        if fact is None:
            raise Invalid(
                "unknown_fact",
                "没有“%(fact)s”这一项。能填的有：%(known)s。",
                field=str(code)[:LONGEST],
                fact=str(code)[:LONGEST],
                known="、".join(facts),
            )
        if value is None or (isinstance(value, str) and half_width(value[:LONGEST]).lower() in UNKNOWN_WORDS):
            unsure.add(fact.code)
        else:
            values[fact.code] = _typed(fact, value, on)
    if "matter" not in values:
        matter = _implied(values)
        if matter is None:
            raise Invalid("no_matter", "请先选择是什么事，才能查到法定途径。", field="matter")
        values["matter"] = matter
        unsure.discard("matter")
    given = Given(values, frozenset(unsure))
    _check(given)
    return given


def _implied(values: Mapping[str, Plain]) -> str | None:
    """The matter that an answer can belong to alone (injury_stage → injury)."""
    for code in values:
        asked = questions().facts[code].asked
        if len(asked) == 1 and set(asked[0]) == {"matter"} and len(asked[0]["matter"]) == 1:
            return asked[0]["matter"][0]
    return None


def _typed(fact: Fact, value: object, on: date) -> Plain:
    if fact.kind == "date":
        return _day(fact, value, on)
    if fact.kind == "number":
        return _number(fact, value)
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    if not isinstance(text, str):
        raise _wrong(fact, "“%(fact)s”请从这些里面选一项：%(choices)s。", choices=_listed(fact))
    text = half_width(text[:LONGEST])
    if fact.kind == "yes_no" and text.lower() in YES | NO:
        return "yes" if text.lower() in YES else "no"
    by_words = {half_width(words): code for code, words in fact.choices.items()}
    found = text if text in fact.choices else by_words.get(text)
    if found is None:
        raise _wrong(fact, "“%(fact)s”请从这些里面选一项：%(choices)s。", choices=_listed(fact))
    return found


def _listed(fact: Fact) -> str:
    return "、".join(f"{code}（{words}）" for code, words in fact.choices.items())


def _day(fact: Fact, value: object, on: date) -> date:
    day: date | None = None
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    elif isinstance(value, str | int) and not isinstance(value, bool):
        text = str(value)[:LONGEST]
        if re.fullmatch(r"\d{4}\s*[-./年]\s*\d{1,2}\s*月?", half_width(text)):
            raise _wrong(fact, "“%(fact)s”只写到了月份。请查清是哪一天再填；查不清就写“不知道”。")
        try:
            day = read_day(text)
        except ValueError:
            day = None
    if day is None:
        raise _wrong(fact, "“%(fact)s”请写成年、月、日，例如 2026-1-5；记不清就写“不知道”。")
    if day > on:
        raise _wrong(fact, "“%(fact)s”是还没有到的日子，请核对。")
    if day < FIRST_DAY:
        raise _wrong(fact, "“%(fact)s”的年份太早，请核对。")
    return day


def _number(fact: Fact, value: object) -> int:
    text = half_width(value) if isinstance(value, str) and len(value) <= LONGEST else value
    if isinstance(text, str) and re.fullmatch(r"[0-9]{1,9}\s*[人名个]?", text):
        text = int(re.sub(r"\D", "", text))
    if not isinstance(text, int) or isinstance(text, bool) or not 1 <= text <= MOST_WORKERS:
        raise _wrong(fact, "“%(fact)s”请写数字，至少是 1。")
    return text


def _wrong(fact: Fact, sentence: str, **more: str) -> Invalid:
    return Invalid("fact", sentence, field=fact.code, fact=fact.short, **more)


def _check(given: Given) -> None:
    asked = questions()
    for order in asked.orders:
        earlier, later = given.day(order.earlier), given.day(order.later)
        if earlier and later and later < earlier:
            raise Invalid("contradiction", order.sentence, field=order.later)
    for clash in asked.clashes:
        if clash.fact in given.values and all(given.values.get(code) in said for code, said in clash.beside.items()):
            raise Invalid("contradiction", clash.sentence, field=clash.fact)


def next_questions(given: Given, answered: Iterable[str]) -> Sequence[Fact]:
    """What to ask next: the questions that come up with what is known and weren't put yet, in their order."""
    put = {*answered, *given.values, *given.unsure}
    return [fact for fact in questions().facts.values() if fact.code not in put and is_asked(fact, given)]
