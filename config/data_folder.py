"""What the settings read from the data folder: session secret, enterprise.toml, the database address."""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA busy_timeout=20000;"
    "PRAGMA cache_size=-20000;PRAGMA foreign_keys=ON"
)


class BadSetting(SystemExit):
    """A setting or file that stops the start, with a sentence that says what to do. Exit status 2."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"huiyin: {sentence}")


KINDS: dict[str, tuple[type, str]] = {
    "str": (str, "a text"),
    "bool": (bool, "true or false"),
    "int": (int, "a whole number"),
}


@dataclass(frozen=True)
class Enterprise:
    """enterprise.toml. Every value has a safe default so that a fresh folder starts."""

    name: str = "本企业"
    office: str = "信访工作机构"
    address: str = ""
    phone: str = ""
    reception: str = ""
    external_review_organ: str = "国有资产监督管理机构（按所在地规定）"
    external_inspection_organ: str = "上级纪检监察机关"
    external_final_review_organ: str = "上一级国有资产监督管理机构（按所在地规定）"
    call_back_percent: int = 10  # of closed cases, drawn by a keyed hash
    is_fictional: bool = False


def secret_from(path: Path) -> str:
    """The secret that signs sessions; made at first start, readable by its owner alone."""
    if path.exists():
        return path.read_text("ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = secrets.token_urlsafe(48)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError:  # another process of the same first start was faster
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret


def enterprise_from(path: Path) -> Enterprise:
    if not path.exists():
        return Enterprise()
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path} can't be read as TOML: {error}. Correct that line and start again.") from None
    known = {field.name: field.type for field in fields(Enterprise)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise BadSetting(f"{path}: unknown key {unknown[0]!r}; known are {', '.join(known)}.")
    for name, value in values.items():
        kind, words = KINDS[str(known[name])]
        if type(value) is not kind:
            raise BadSetting(f"{path}: {name} must be {words}.")
    if not 0 <= values.get("call_back_percent", 0) <= 100:
        raise BadSetting(f"{path}: call_back_percent must be between 0 and 100.")
    return Enterprise(**values)


def database_from(address: str, data: Path) -> dict[str, Any]:
    """`postgres://user:password@host:port/name` or '' for SQLite in the data folder.

    SQLite runs with synchronous=FULL: NORMAL loses acknowledged rows in a power cut (docs/decisions/0002).
    """
    if not address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(data / "huiyin.sqlite3"),
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS},
        }
    parts = urlsplit(address)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise BadSetting(
            "HUIYIN_DATABASE must look like postgres://user:password@host:5432/name, or be empty for SQLite."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
