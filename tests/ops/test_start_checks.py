"""What stops the start, each with one sentence that says what to do; and that the same thing in order passes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from huiyin.clocks import calendars, policy
from huiyin.clocks.policy_file import BadPolicy
from huiyin.ops import start_checks
from huiyin.ops.start_checks import CannotStart
from huiyin.vault import keys

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="a setting of SQLite")
postgres_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="a setting of PostgreSQL")


@contextmanager
def refused(*parts: str) -> Iterator[None]:
    """The start stops with a sentence that holds these parts."""
    with pytest.raises(SystemExit) as caught:
        yield
    sentence = str(caught.value.code)
    assert sentence.startswith("huiyin: ")
    assert "\n" not in sentence.strip()
    for part in parts:
        assert part in sentence


@pytest.mark.django_db
def test_everything_in_order_lets_the_server_start() -> None:
    start_checks.check_start()


def test_a_data_folder_that_is_a_file_stops_the_start(settings: Any, tmp_path: Path) -> None:
    settings.DATA = tmp_path / "data"
    start_checks.check_data_folder()
    settings.DATA = tmp_path / "file"
    settings.DATA.write_text("", "ascii")
    with refused("can't be written to", "HUIYIN_DATA"):
        start_checks.check_data_folder()


@pytest.mark.django_db(transaction=True)
@sqlite_only
def test_sqlite_that_forgets_in_a_power_cut_stops_the_start() -> None:
    start_checks.check_durability()
    for weak in ("NORMAL", "OFF"):
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={weak}")
        with refused("synchronous below FULL"):
            start_checks.check_durability()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=EXTRA")
    start_checks.check_durability()
    connection.close()


@pytest.mark.django_db
@postgres_only
def test_postgres_that_forgets_in_a_power_cut_stops_the_start() -> None:
    start_checks.check_durability()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    with refused("synchronous_commit = off", "Set synchronous_commit = on"):
        start_checks.check_durability()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")


class Answers:
    """A PostgreSQL with these settings, for what can't be switched off in a running one."""

    vendor = "postgresql"

    def __init__(self, **values: str) -> None:
        self.values = {"server_version_num": "150020", "fsync": "on", "full_page_writes": "on"} | values
        self.asked = ""

    def cursor(self) -> Answers:
        return self

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, statement: str) -> None:
        self.asked = statement.removeprefix("SHOW ")

    def fetchone(self) -> tuple[Any]:
        return (self.values.get(self.asked, "on"),)


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_each_setting_of_postgres_is_looked_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(start_checks, "connection", Answers())
    start_checks.check_durability()
    monkeypatch.setattr(start_checks, "connection", Answers(**{name: "off"}))
    with refused(f"{name} = off"):
        start_checks.check_durability()


def test_a_postgres_too_old_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start_checks, "connection", Answers(server_version_num="130012"))
    with refused("PostgreSQL 14 or newer"):
        start_checks.check_durability()


@pytest.mark.django_db
def test_a_database_not_migrated_stops_the_start() -> None:
    start_checks.check_migrations()
    newest = MigrationRecorder(connection).migration_qs.filter(app="trail").order_by("-name").first()
    assert newest is not None
    MigrationRecorder(connection).record_unapplied("trail", newest.name)
    with refused("not up to date", "huiyin init"):
        start_checks.check_migrations()


@pytest.mark.django_db
def test_a_database_of_a_newer_version_stops_the_start() -> None:
    MigrationRecorder(connection).record_applied("trail", "9999_of_next_year")
    with refused("newer version", "trail.9999_of_next_year"):
        start_checks.check_migrations()


@pytest.mark.django_db
def test_a_damaged_key_file_stops_the_start(settings: Any, tmp_path: Path) -> None:
    settings.KEYS = tmp_path
    start_checks.check_keys()
    file = tmp_path / keys.FILE_NAME
    file.chmod(0o600)
    file.write_text("not a key", "ascii")
    try:
        with refused(str(file), "damaged"):
            start_checks.check_keys()
    finally:
        keys.forget()


def test_a_damaged_policy_stops_the_start_with_its_line(settings: Any, tmp_path: Path) -> None:
    settings.POLICY_FILE = tmp_path / "policy.toml"
    settings.POLICY_FILE.write_text("[notice\n", "utf-8")
    policy.forget()
    try:
        with refused("policy.toml", "line 1"):
            start_checks.check_policy()
        with pytest.raises(BadPolicy):
            start_checks.check_policy()
    finally:
        settings.POLICY_FILE = None
        policy.forget()
    start_checks.check_policy()


def test_a_damaged_calendar_stops_the_start_with_its_place(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendars, "_loaded", None)
    settings.CALENDAR_DIR = tmp_path
    start_checks.check_calendar()
    monkeypatch.setattr(calendars, "_loaded", None)
    (tmp_path / "2027.json").write_text('{"year": 2027,\n"days": [', "utf-8")
    with refused("2027.json", "line 2"):
        start_checks.check_calendar()


class Broken:
    vendor = "sqlite"

    def cursor(self) -> Answers:
        from django.db.utils import DatabaseError

        raise DatabaseError("file is not a database") from sqlite3.DatabaseError()


def test_a_damaged_database_is_not_to_be_deleted(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(start_checks, "connection", Broken())
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", "x.sqlite3")
    with refused("x.sqlite3", "file is not a database", "Restore"):
        start_checks.check_database()


def test_a_refusal_ends_with_status_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from huiyin.ops import main, tick

    def refuse() -> None:
        raise CannotStart("the moon is wrong. Wait.")

    monkeypatch.setattr(tick, "check_start", refuse)
    monkeypatch.setattr(main, "settle_data_folder", lambda _given: None)
    assert main.main(["tick"]) == main.CANNOT
    assert capsys.readouterr().err == "huiyin: the moon is wrong. Wait.\n"
