"""`huiyin route --facts FILE`: which statutory ways fit, with their last days. Reads policy of days alone, no database."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from huiyin.cases import routes
from huiyin.clocks import calendars
from huiyin.kernel.days import read_day
from huiyin.kernel.errors import Invalid
from huiyin.ops.start_checks import check_calendar
from huiyin.trail.moments import server_now

MOST = 100_000  # characters of a file of facts


def run(options: argparse.Namespace) -> int:
    """Print the answer, or the questions. Nothing is kept."""
    if options.questions:
        print(json.dumps(list(_questions()), ensure_ascii=False, indent=2) if options.json else _questions_as_text())
        return 0
    if options.facts is None:
        raise Invalid("no_facts", "请用 --facts 指明写着事实的文件（JSON 或 TOML），或者用 --questions 看能填哪些。")
    check_calendar()
    calendar = calendars.current()
    on = _today(options.on) if options.on else calendar.local_date(server_now())
    answer = routes.advise(routes.read(_facts(options.facts), on), on, calendar)
    print(json.dumps(answer.as_dict(), ensure_ascii=False, indent=2) if options.json else answer.as_text())
    return 0


def _today(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise Invalid("bad_day", "“%(day)s”不是日期。请写成 2026-09-24。", day=text[:40], field="on") from None


def _facts(source: str) -> dict[str, Any]:
    """What the file says: an object of JSON, or TOML. `-` is standard input."""
    try:
        text = sys.stdin.read(MOST + 1) if source == "-" else _read(Path(source))
    except UnicodeDecodeError:
        raise Invalid("bad_file", "文件“%(file)s”不是 UTF-8 编码的文本。", file=source) from None
    if len(text) > MOST:
        raise Invalid("bad_file", "文件“%(file)s”太大，事实只有几行。请核对是不是选错了文件。", file=source)
    text = text.removeprefix("\ufeff")
    try:
        found = (
            json.loads(text, object_pairs_hook=_once) if text.lstrip().startswith(("{", "[")) else tomllib.loads(text)
        )
    except (ValueError, RecursionError) as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid(
            "bad_file", "文件“%(file)s”既不是 JSON 也不是 TOML：%(why)s", file=source, why=str(error)
        ) from None
    if not isinstance(found, dict):
        raise Invalid("bad_file", "文件“%(file)s”里应当是一组“名称: 值”，不是列表。", file=source)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid("twice", "“%(fact)s”写了两次，请只留一次。", fact=twice, field=twice)
    return found


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(MOST + 1)


def _questions() -> list[dict[str, object]]:
    return [
        {
            "fact": fact.code,
            "kind": fact.kind,
            "question": fact.question,
            "help": fact.help,
            "choices": dict(fact.choices),
            "default": fact.default,
        }
        for fact in routes.questions().facts.values()
    ]


def _questions_as_text() -> str:
    kinds = {"choice": "选一项", "yes_no": "yes 或 no", "date": "日期", "number": "数字"}
    lines = []
    for fact in routes.questions().facts.values():
        lines.append(f"{fact.code}（{kinds[fact.kind]}） {fact.question}")
        lines.append(f"    {fact.help}")
        if fact.kind == "choice":
            lines += [f"      {code}  {words}" for code, words in fact.choices.items()]
    return "\n".join(lines)
