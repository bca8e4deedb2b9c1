"""Log lines as JSON, one line an event, safe to keep: no request bodies, no query strings, no personal data.

An exception is logged as its class and the places it passed; its message only where such messages never hold
a row's values. What slips into a message all the same (ID numbers, phones, mail addresses, query codes) is cut.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, ProgrammingError
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from huiyin.kernel.errors import DomainError

QUERY = re.compile(r"(/[^\s?\"'<>]*)\?[^\s\"'<>]+")
PERSONAL = (
    re.compile(r"(?<![0-9A-Za-z])\d{11,19}[Xx]?(?![0-9A-Za-z])"),  # ID number, phone, account
    re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+"),
    re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Za-z]{4}[- ]?){6}[0-9A-Za-z]{4}(?![0-9A-Za-z])"),  # query code
)
# Of these the first line names tables, modules or settings, never a row's values.
PLAIN = (
    OperationalError,
    ProgrammingError,
    ImportError,
    ImproperlyConfigured,
    TemplateDoesNotExist,
    TemplateSyntaxError,
)
FRAMES = 12


def safe(text: str) -> str:
    """The text without query strings and personal numbers, every unprintable character written as `\\u….`"""
    text = QUERY.sub(r"\1", text)
    for pattern in PERSONAL:
        text = pattern.sub("…", text)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def exception_facts(error: BaseException) -> dict[str, object]:
    """Class, safe message where there is one, and the innermost places as `file:line function`."""
    facts: dict[str, object] = {"error": type(error).__name__}
    if isinstance(error, DomainError):
        facts["code"] = error.code
    elif isinstance(error, PLAIN):
        facts["error_text"] = safe(str(error).partition("\n")[0][:300])
    elif isinstance(error, OSError) and error.strerror:
        facts["error_text"] = safe(error.strerror)
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    facts["places"] = [safe(f"{frame.filename}:{frame.lineno} {frame.name}") for frame in frames]
    cause = error.__cause__ or error.__context__
    if cause is not None:
        facts["cause"] = type(cause).__name__
    return facts


class JsonLines(logging.Formatter):
    """`{"at": …, "level": …, "from": logger, "say": message, …}`, always one line, always valid JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "say": safe(record.getMessage()),
        }
        status = getattr(record, "status_code", None)
        if isinstance(status, int):
            line["status"] = status
        if record.exc_info and record.exc_info[1] is not None:
            line |= exception_facts(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)
