"""An installation of its own: data folder, database, and a server that is killed and started again."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
HUIYIN = [sys.executable, "-m", "huiyin.ops.main"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """One data folder with its database and at most one running server on a port that stays the same."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database, self.port = folder, database, free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIYIN_")}
        own = {"PYTHONPATH": str(REPOSITORY), "HUIYIN_DATA": str(folder), "HUIYIN_PLAIN_STATIC": "1"}
        own |= {"HUIYIN_FILINGS_PER_ADDRESS": "0"}  # all filers of a trial share one address
        self.environment = kept | own | {"DJANGO_SETTINGS_MODULE": "config.settings", "HUIYIN_DATABASE": database}
        self._server: subprocess.Popen[bytes] | None = None

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A subcommand of huiyin, to its end, with whatever status."""
        command = [*HUIYIN, words[0], "--data", str(self.folder), *words[1:]]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def fill(self) -> None:
        """Tables and the small enterprise of the tests."""
        prepared = self.run("init")
        assert prepared.returncode == 0, prepared.stderr
        build = "import django; django.setup(); from tests.cases.world import build; build()"
        subprocess.run([sys.executable, "-c", build], env=self.environment, check=True, cwd=REPOSITORY)

    def start(self) -> None:
        """Start the server; it takes requests when this returns."""
        with (self.folder / "server.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*HUIYIN, "serve", "--data", str(self.folder), "--port", str(self.port)],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._server.stdout is not None
        assert self._server.stdout.readline(), (self.folder / "server.log").read_text("utf-8")[-2000:]

    def kill(self) -> None:
        """kill -9, in the middle of whatever it does. Nothing to kill is no error."""
        if self._server is not None:
            self._server.kill()
            self._server.communicate()
            self._server = None

    def connect(self, timeout: float = 20) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def filed(self) -> list[str]:
        """The idempotency key of every filing in the database, past the product's own code."""
        statement = "SELECT idempotency_key FROM cases_filing"
        if not self.database:
            with closing(sqlite3.connect(self.folder / "huiyin.sqlite3")) as connection:
                return [row[0] for row in connection.execute(statement)]
        import psycopg

        with psycopg.connect(self.database) as connection_:
            return [row[0] for row in connection_.execute(statement).fetchall()]


@contextmanager
def own_database() -> Iterator[str]:
    """'' for SQLite; with HUIYIN_DATABASE a new database in its cluster, dropped afterwards."""
    address = os.environ.get("HUIYIN_DATABASE", "")
    if not address:
        yield ""
        return
    import psycopg

    name = f"trial_{secrets.token_hex(4)}"

    def order(statement: str) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            cursor: Any = connection.cursor()
            cursor.execute(statement)

    order(f"CREATE DATABASE {name}")
    try:
        yield f"{address.rsplit('/', 1)[0]}/{name}"
    finally:
        order(f"DROP DATABASE {name} WITH (FORCE)")
