"""The ground of every test run: a data folder of its own for each process, made before Django reads its settings.

The database comes from HUIYIN_DATABASE (`make test` runs both); SQLite is a file, as in life.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import pytest

FOLDER = Path(tempfile.mkdtemp(prefix="huiyin-test-"))
_OWNER = os.getpid()


def _remove_folder() -> None:
    if os.getpid() == _OWNER:  # not in a forked child
        shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(_remove_folder)
# What a run may choose: the database, and where walks through a browser leave their pictures.
KEPT = {"HUIYIN_DATABASE", "HUIYIN_PICTURES"}
# Always a fresh folder, whatever the caller's environment says: tests must never meet real data.
for _name in [name for name in os.environ if name.startswith("HUIYIN_") and name not in KEPT]:
    del os.environ[_name]
os.environ["HUIYIN_DATA"] = str(FOLDER)
# Nobody is called back by chance: what a test finds must not hang on a random reference.
(FOLDER / "enterprise.toml").write_text("call_back_percent = 0\n", "utf-8")
os.environ["HUIYIN_PLAIN_STATIC"] = "1"
# One address sends what thousands would in life.
os.environ["HUIYIN_FILINGS_PER_ADDRESS"] = os.environ["HUIYIN_UPLOADS_PER_ADDRESS"] = "0"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
# The processes of pytest -n start from this environment and must make their own folder before they read settings.
del os.environ["DJANGO_SETTINGS_MODULE"]

from django.conf import settings  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.db import connection  # noqa: E402

from tests import statements  # noqa: E402

if FOLDER.resolve() != settings.DATA:
    pytest.exit("The settings were read before the tests had a folder. Unset DJANGO_SETTINGS_MODULE and try again.", 2)


def pytest_configure(config: pytest.Config) -> None:
    """Gate V3 reads what the whole run sends to the database."""
    statements.watch(config)


@pytest.fixture(autouse=True)
def nothing_kept_of_another_test() -> None:
    """What a process keeps for a minute belongs to the database of one test."""
    caches["process"].clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """SQLite in a file of this process's folder: several connections work as they do in life."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(FOLDER / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Tests with real transactions empty the tables afterwards, which the record's triggers rightly refuse."""
    operations = connection.ops
    original: Callable[..., list[str]] = operations.sql_flush

    def sql_flush(*arguments: Any, **options: Any) -> list[str]:
        statements = original(*arguments, **options)
        if not statements:
            return statements
        if connection.vendor == "postgresql":
            return ["SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        drops = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        return [*drops, *statements, *(sql for _, sql in triggers)]

    operations.sql_flush = sql_flush  # type: ignore[method-assign]
