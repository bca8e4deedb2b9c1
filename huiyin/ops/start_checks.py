"""What must hold before the server answers anybody. Each failure is one sentence that says what to do; exit status 2."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, InterfaceError

from huiyin.clocks import calendars, policy
from huiyin.vault import keys

FULL, EXTRA = 2, 3  # values of PRAGMA synchronous that survive a power cut
OLDEST_POSTGRES = 14


class CannotStart(SystemExit):
    """A condition that stops the start. The sentence names what is wrong and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"huiyin: {sentence}")


def check_data_folder() -> None:
    """The data folder can be written to; an acknowledged filing has somewhere to go."""
    folder = Path(settings.DATA)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"huiyin")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        raise CannotStart(
            f"the data folder {folder} can't be written to: {error.strerror}. Make room, or give HUIYIN_DATA "
            "(or --data) a folder on a local disk that belongs to this user."
        ) from None


def check_database() -> None:
    """The database opens and is one."""
    where = settings.DATABASES["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            if connection.vendor == "sqlite":
                cursor.execute("SELECT count(*) FROM sqlite_master")
    except (DatabaseError, InterfaceError, ImproperlyConfigured) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if connection.vendor == "sqlite":
            raise CannotStart(
                f"the database {where['NAME']} can't be opened ({reason}). Restore the newest backup of this file, "
                "or give HUIYIN_DATA another folder; don't delete it, its -wal file holds the last filings."
            ) from None
        raise CannotStart(
            f"PostgreSQL at {where['HOST']}:{where['PORT'] or 5432} can't be reached or refuses the sign-on ({reason}). "
            "Check HUIYIN_DATABASE and that the server runs."
        ) from None


def check_durability() -> None:
    """A commit is on the disk when it is acknowledged: a power cut loses nothing (docs/decisions/0002)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            if cursor.fetchone()[0] not in {FULL, EXTRA}:
                raise CannotStart(
                    "SQLite runs with synchronous below FULL, so a power cut would lose acknowledged filings. "
                    "Take the change of SQLITE_PRAGMAS back."
                )
            return
        cursor.execute("SHOW server_version_num")
        if int(cursor.fetchone()[0]) < OLDEST_POSTGRES * 10_000:
            raise CannotStart(f"PostgreSQL {OLDEST_POSTGRES} or newer is needed; this server is older. Upgrade it.")
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute(f"SHOW {name}")
            if cursor.fetchone()[0] == "off":
                raise CannotStart(
                    f"PostgreSQL runs with {name} = off, so a power cut would lose acknowledged filings. "
                    f"Set {name} = on in postgresql.conf (or for this database and role) and reload the server."
                )


def check_migrations() -> None:
    """The tables have the shape this version expects, and no newer one."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CannotStart("the database is not up to date with this version. Run: huiyin init (with the same --data).")
    ours = {name for name, _ in executor.loader.graph.nodes}
    ahead = sorted(
        key for key in executor.loader.applied_migrations if key[0] in ours and key not in executor.loader.graph.nodes
    )
    if ahead:
        raise CannotStart(
            f"the database was made by a newer version of huiyin ({'.'.join(ahead[0])}). "
            "Install that version, or restore the backup made before the upgrade."
        )


def check_keys() -> None:
    """The master key file is whole, private and the right one (raises BadKeyFile)."""
    keys.check_key_file()


def check_policy() -> None:
    """The limits can be read and keep within the statute's (raises BadPolicy with file, line and reason)."""
    policy.current()


def check_calendar() -> None:
    """The years of days off can be read (raises BadCalendar)."""
    calendars.current()


CHECKS: tuple[Callable[[], None], ...] = (
    check_data_folder,
    check_database,
    check_migrations,
    check_durability,
    check_keys,
    check_policy,
    check_calendar,
)


def check_start() -> None:
    """All checks in order; the first that fails stops the start."""
    for check in CHECKS:
        check()
