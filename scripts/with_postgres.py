"""Run a command with HUIYIN_DATABASE pointing to a throw-away PostgreSQL, and remove it afterwards.

    python scripts/with_postgres.py COMMAND [ARGUMENT …]

The cluster lives in a temporary folder, on a free port of 127.0.0.1, with fsync on (durability is what is tested),
as user postgres when started by root, which PostgreSQL refuses to serve. Answers the command's exit status.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

WAIT_SECONDS = 60


def find_programs() -> Path:
    """The folder of initdb and postgres: the newest of Debian's, else the one on the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if folders:
        return folders[-1].parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    sys.exit("huiyin: PostgreSQL's initdb was not found. Install it (Debian, Ubuntu: apt-get install postgresql).")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def other_user() -> dict[str, Any]:
    """Popen's arguments that leave root; nothing when somebody else runs this."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    sys.exit("huiyin: PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.")


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a running cluster, gone when the block is left."""
    programs, identity = find_programs(), other_user()
    with tempfile.TemporaryDirectory(prefix="huiyin-postgres-", ignore_cleanup_errors=True) as name:
        folder, port, password = Path(name), free_port(), secrets.token_urlsafe(18)
        password_file = folder / "password"
        password_file.write_text(password, "ascii")
        if identity:
            for path in (folder, password_file):
                os.chown(path, identity["user"], identity["group"])
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        subprocess.run(
            [
                *(programs / "initdb", "--pgdata", folder / "data", "--username", "huiyin", "--encoding", "UTF8"),
                *("--locale", "C.UTF-8", "--auth", "scram-sha-256", "--pwfile", password_file, "--no-instructions"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            env=clean,
            **identity,
        )
        options = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "shared_buffers": "64MB",
            "max_connections": 80,
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
        }
        with (folder / "log").open("wb") as log:
            words = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
            server = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(folder / "data"), *words],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env=clean,
                start_new_session=True,  # a Ctrl-C of the terminal reaches us, and we stop it in order
                **identity,
            )
        try:
            wait_until_ready(programs, server, port, folder / "log", clean)
            yield f"postgres://huiyin:{password}@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # fast shutdown: closes connections, leaves a whole cluster
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_until_ready(
    programs: Path, server: subprocess.Popen[Any], port: int, log: Path, clean: dict[str, str]
) -> None:
    until = time.monotonic() + WAIT_SECONDS
    command: list[str | Path] = [programs / "pg_isready", "--quiet", "--host", "127.0.0.1", "--port", str(port)]
    while server.poll() is None and time.monotonic() < until:
        if subprocess.run(command, check=False, env=clean).returncode == 0:
            return
        time.sleep(0.1)
    sys.exit(f"huiyin: the throw-away PostgreSQL did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def stop(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main(command: list[str]) -> int:
    if not command:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    with postgres() as address:
        child = subprocess.Popen(command, env=os.environ | {"HUIYIN_DATABASE": address})
        try:
            return child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
