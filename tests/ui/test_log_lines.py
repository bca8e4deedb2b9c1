"""Log lines are one line of JSON each and hold nobody's data."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from huiyin.kernel.errors import Refused
from huiyin.ui.log_lines import JsonLines, safe


def line_of(message: str, *args: Any, error: BaseException | None = None) -> dict[str, Any]:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("huiyin.test", logging.ERROR, "x.py", 1, message, args, info)
    line = JsonLines().format(record)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize(
    "secret",
    [
        "11010519491231002X",
        "13812345678",
        "wang@example.com",
        "7K3M-Q2ZT-9WXA-4CDE-5FGH-6JNP-RS0V",
        "6222021234567890123",
    ],
)
def test_numbers_that_lead_to_a_person_are_cut(secret: str) -> None:
    assert secret not in line_of("looked at %s here", secret)["say"]
    assert "here" in line_of("looked at %s here", secret)["say"]


def test_query_strings_are_cut_and_paths_stay() -> None:
    assert safe("GET /desk/search/?q=夜班津贴 200") == "GET /desk/search/ 200"


def test_a_forged_line_stays_one_line_and_is_seen() -> None:
    said = line_of("name %s", 'x\n{"level":"info"}\x1b[31m\u202e')["say"]
    assert "\n" not in said and "\\u000a" in said and "\\u001b" in said and "\\u202e" in said


def test_chinese_stays_readable() -> None:
    assert line_of("已送达")["say"] == "已送达"


def test_an_errors_message_with_row_values_is_left_out_and_its_place_is_kept() -> None:
    try:
        raise IntegrityError("Key (name)=(王建国) already exists")
    except IntegrityError as error:
        line = line_of("failed", error=error)
    assert "王建国" not in json.dumps(line, ensure_ascii=False)
    assert line["error"] == "IntegrityError" and "test_log_lines.py" in line["places"][-1]


def test_an_errors_message_about_tables_is_kept() -> None:
    assert (
        line_of("x", error=OperationalError("no such table: cases_case"))["error_text"] == "no such table: cases_case"
    )


def test_a_refusal_is_logged_by_its_code() -> None:
    line = line_of("x", error=Refused("taken", "王建国已经办理"))
    assert line["code"] == "taken" and "王建国" not in str(line)
