"""Gate V3 of the whole run: every statement that any test sends to the database is held to `people_lints.sql_faults`.

Each process of the run (with xdist: each worker) keeps the shapes it saw; at the end it reads them, and one that
groups, sorts, counts or pairs people fails the run and is named with the test in which it was first seen. What other
programs send that a test starts (`huiyin serve` in the walks through a browser) is not seen; the same acts and pages
run in this process in other tests.

A test marked `plants_statement` sends a forbidden one on purpose, to show that a gate is closed; it is passed over.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from tests.house.people_lints import names_people, sql_faults

PLANTED = "plants_statement"
# Lists of values differ in length only.
_VALUES = re.compile(r"%s(?:, %s)+")
_ROWS = re.compile(r"\(%s\)(?:, \(%s\))+")


class Statements:
    """The shapes of one process, and at the end the faults of all."""

    def __init__(self) -> None:
        self.known: set[int] = set()
        self.shapes: dict[str, str] = {}
        self.faults: list[str] = []
        self.test = ""
        self.is_planted = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        # Nearly every statement was seen before: one hash is what the gate costs.
        key = hash(sql)
        if key not in self.known and not self.is_planted:
            self.known.add(key)
            if names_people(sql):
                self.shapes.setdefault(shape_of(sql), self.test)
        return execute(sql, params, many, context)

    def attach(self, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
        """Below all other wrappers: one that a test put on while the connection was closed must come off first."""
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.insert(0, self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.test = item.nodeid
        self.is_planted = item.get_closest_marker(PLANTED) is not None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        dialect = "sqlite" if connection.vendor == "sqlite" else "postgres"
        for shape, test in self.shapes.items():
            self.faults += [f"{fault}\n  first in {test}\n  {shape}" for fault in sql_faults(shape, dialect)]
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["people_faults"] = self.faults
        elif self.faults:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        """Of xdist: a worker has ended; the faults it found are ours."""
        self.faults += getattr(node, "workeroutput", {}).get("people_faults", [])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.faults:
            terminalreporter.section("Statements that list, count or pair people (gate V3)", sep="=", red=True)
            terminalreporter.write_line("\n".join(sorted(set(self.faults))))


def shape_of(sql: str) -> str:
    """The statement with every list of values cut to one."""
    return _ROWS.sub("(%s)", _VALUES.sub("%s", sql))


def watch(config: pytest.Config) -> None:
    """Let every connection of this process pass by the gate, also those of other threads."""
    gate = Statements()
    config.pluginmanager.register(gate, "people-statements")
    connection_created.connect(gate.attach, weak=False, dispatch_uid="people-statements")
