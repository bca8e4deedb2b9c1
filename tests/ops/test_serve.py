"""A real server in a process of its own: starts, answers, stops in order, and is gone when it is killed."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

HUIYIN = [sys.executable, "-m", "huiyin.ops.main"]
MOST_MEMORY = 200 * 1024  # KiB, of the whole server


def environment() -> dict[str, str]:
    """As an operator would have it: nothing of the tests' own. The suite runs this on SQLite."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUIYIN_")}
    return kept | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="a server's process is the same on both databases"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    subprocess.run([*HUIYIN, "init", "--data", folder], check=True, env=environment(), capture_output=True)
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Serve = Callable[[int], "subprocess.Popen[str]"]


@pytest.fixture
def serve(data: Path) -> Iterator[Serve]:
    begun: list[subprocess.Popen[str]] = []

    def start(port: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*HUIYIN, "serve", "--data", data, "--port", str(port)],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        assert process.stdout is not None
        greeting = process.stdout.readline()
        assert f"http://127.0.0.1:{port}/" in greeting
        return process

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.communicate()


def get(port: int, path: str = "/healthz") -> tuple[int, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, answer.read()
    finally:
        client.close()


def memory_of(pid: int) -> int:
    """Proportional memory of a process and its children, KiB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    total = 0
    for one in (str(pid), *children):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def test_the_server_answers_within_200_mb_and_ends_in_order(serve: Serve) -> None:
    port = free_port()
    process = serve(port)
    assert get(port) == (200, b"ok\n")
    assert memory_of(process.pid) < MOST_MEMORY
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_what_was_begun_is_answered_before_the_end(serve: Serve) -> None:
    port = free_port()
    process = serve(port)
    slow = socket.create_connection(("127.0.0.1", port), timeout=20)
    slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    process.send_signal(signal.SIGTERM)
    assert slow.recv(4096).startswith(b"HTTP/1.1 200")
    assert process.wait(timeout=20) == 0
    with pytest.raises(ConnectionError):
        get(port)


def test_after_a_kill_the_next_start_has_the_port_and_the_data(serve: Serve) -> None:
    port = free_port()
    process = serve(port)
    assert get(port)[0] == 200
    process.kill()
    process.wait()
    serve(port)
    assert get(port)[0] == 200


def test_a_taken_port_is_told_with_status_2(serve: Serve, data: Path) -> None:
    port = free_port()
    serve(port)
    second = subprocess.run(
        [*HUIYIN, "serve", "--data", data, "--port", str(port)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 2
    assert f"127.0.0.1:{port}" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_folder_that_was_never_prepared_is_told_with_status_2(tmp_path: Path) -> None:
    started = subprocess.run(
        [*HUIYIN, "serve", "--data", tmp_path / "new"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert started.returncode == 2
    assert "huiyin init" in started.stderr


def test_an_idle_connection_does_not_hold_up_the_end(serve: Serve) -> None:
    port = free_port()
    process = serve(port)
    idle = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    idle.request("GET", "/healthz")
    idle.getresponse().read()  # kept alive
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    assert time.monotonic() - begun < 10


def test_many_at_once_are_all_answered(serve: Serve) -> None:
    port = free_port()
    serve(port)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(get(port)[0])) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 30
