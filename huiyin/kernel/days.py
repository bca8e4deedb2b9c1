"""A day as people type it. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?")
COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
FIRST_YEAR, LAST_YEAR = 1900, 2200


def half_width(text: str) -> str:
    """Digits, letters and marks as on a Latin keyboard; spaces at the ends gone."""
    return unicodedata.normalize("NFKC", text).strip()


def read_day(text: str) -> date:
    """A day as people type it: 2026.1.5, 2026/1/5, 2026-01-05, 20260105, 2026年1月5日, full width. Raises ValueError."""
    plain = half_width(text)
    found = DAY.fullmatch(plain) or COMPACT_DAY.fullmatch(plain)
    if not found:
        raise ValueError(f"not a day: {len(plain)} characters")
    day = date(*(int(part) for part in found.groups()))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("year out of range")
    return day
