"""What no source file may hold. Each rule has a twin that shows it can fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT, python_files, text_files

MOST_LINES = 500
# Spelled in pieces, so that this file does not break its own rules.
UNFINISHED = re.compile(
    "|".join(
        [
            "TO" + "DO",
            "FIX" + "ME",
            "X" + "XX",
            "raise NotImplemented" + "Error",
            "敬请" + "期待",
            "开发" + "中",
            "尚未" + "实现",
        ]
    )
)
PEOPLE = re.compile(
    "重点" + "人员|稳" + "控|缠" + "访|闹" + "访|老上" + "访|风险" + "人员|watch_?list"
    "|(person|petitioner)_?(risk|score|rank|level|tag|class|count)",
    re.IGNORECASE,
)
ADDRESSES = re.compile(
    r"https?://[a-z0-9.-]*(regist" + r"ry|pythonhosted|npm" + r"js|py" + r"pi|mirror|debian)[a-z0-9.-]*"
    r"|\"resolved\": *\"http|--(extra-)?index" + r"-url[ =]",
    re.IGNORECASE,
)
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|managers?|services?|core|misc)(_|$)")


def too_long(files: Iterator[tuple[str, str]]) -> list[str]:
    return [f"{name}: {content.count(chr(10))}" for name, content in files if content.count("\n") > MOST_LINES]


def found(pattern: re.Pattern[str], files: Iterator[tuple[str, str]]) -> list[str]:
    return [
        f"{name}:{number}: {match.group()}"
        for name, content in files
        for number, line in enumerate(content.splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def signals_used(files: Iterator[tuple[str, str]]) -> list[str]:
    """Imports of Django's signals: business flow by signal can't be read."""
    wrong = []
    for name, content in files:
        for node in ast.walk(ast.parse(content)):
            modules = []
            if isinstance(node, ast.ImportFrom):
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            if any(
                module.startswith("django.") and ("signals" in module or "dispatch" in module) for module in modules
            ):
                wrong.append(f"{name}:{node.lineno}")  # type: ignore[attr-defined]
    return wrong


def clock_readers(files: Iterator[tuple[str, str]]) -> list[str]:
    """Calls that read the clock: `now()`, `today()`, `utcnow()`, `time.time()`."""
    wrong = []
    for name, content in files:
        for node in ast.walk(ast.parse(content)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                if node.func.attr in {"now", "today", "utcnow", "localdate"} or called == "time.time":
                    wrong.append(f"{name}:{node.lineno}: {called}")
    return wrong


def sample(content: str) -> Iterator[tuple[str, str]]:
    yield "huiyin/sample.py", content


def test_every_source_file_is_a_room_of_at_most_500_lines() -> None:
    assert too_long(python_files("huiyin", "config", "scripts", "tests")) == []


def test_a_file_of_501_lines_is_named() -> None:
    assert too_long(sample("x = 1\n" * 501)) == ["huiyin/sample.py: 501"]


def test_nothing_unfinished_is_in_the_product() -> None:
    assert found(UNFINISHED, text_files("huiyin", "config", "scripts")) == []


def test_an_unfinished_word_is_named_with_its_line() -> None:
    assert found(UNFINISHED, sample("x = 1\n# TO" + "DO later\n")) == ["huiyin/sample.py:2: TO" + "DO"]


def test_no_word_marks_people_who_file() -> None:
    assert found(PEOPLE, text_files("huiyin")) == []


@pytest.mark.parametrize("line", ["稳" + "控", "person_" + "score = 1", "petitioner" + "Level"])
def test_a_word_that_marks_people_is_named(line: str) -> None:
    assert found(PEOPLE, sample(line))


def test_no_address_of_a_package_source_is_stored() -> None:
    files = [*text_files("huiyin", "config", "scripts", "requirements", "docs", ".ci", "tests")]
    files += [
        (name, (ROOT / name).read_text("utf-8")) for name in ("Makefile", "pyproject.toml", "README.md", "README.zh.md")
    ]
    assert found(ADDRESSES, iter(files)) == []


def test_an_address_of_a_package_source_is_named() -> None:
    assert found(ADDRESSES, sample("--index" + "-url https://example.org/simple"))


def test_no_module_has_a_name_that_says_nothing() -> None:
    stems = {
        name: name.rsplit("/", 1)[-1].removesuffix(".py") for name, _ in python_files("huiyin", "config", "scripts")
    }
    assert [name for name, stem in stems.items() if VAGUE.search(stem)] == []


def test_a_name_that_says_nothing_is_seen() -> None:
    assert VAGUE.search("case_utils") and VAGUE.search("service") and not VAGUE.search("score_board")


def test_nothing_flows_by_signals() -> None:
    assert signals_used(python_files("huiyin", "config")) == []


def test_a_signal_is_seen() -> None:
    assert signals_used(sample("from django.db.models.signals import post_save"))
    assert signals_used(sample("from django.dispatch import receiver"))


# The start of a process, a minute's rhythm and timeouts are no business of the record.
READS_THE_CLOCK = {"huiyin/trail/moments.py", "huiyin/ops/tick.py"}


def test_the_domain_asks_for_the_time_in_one_place() -> None:
    files = ((name, content) for name, content in python_files("huiyin") if name not in READS_THE_CLOCK)
    assert clock_readers(files) == []


def test_reading_the_clock_elsewhere_is_seen() -> None:
    assert clock_readers(sample("import datetime\nx = datetime.date.today()\n"))
    assert clock_readers(sample("from django.utils import timezone\nx = timezone.now()\n"))
