"""`huiyin bench`: the product's pages beside bare Django views, in the same run and server (docs/operate/commands.md)."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess  # nosec B404
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from huiyin.ops import init
from huiyin.ops.bench import measure, world
from huiyin.ops.start_checks import CannotStart
from huiyin.ops.tick import tick

END_SECONDS = 30


def run(options: argparse.Namespace) -> int:
    """Make the cases that are missing, measure, print the table. Status 1 when a number is over its limit."""
    init.prepare()
    if not (init.is_empty() or world.is_ours()):
        raise CannotStart(
            "this data folder is in use. Give bench a folder of its own: huiyin bench --data build/bench."
        )
    world.make(options.cases)
    tick()  # what a year of minutes would have done: else the server does it all while it is measured
    with server(options.port) as pid:
        lines, is_good = measure.table(options.port, pid, world.told())
    print("\n".join(lines))
    return 0 if is_good else 1


@contextmanager
def server(port: int) -> Iterator[int]:
    """`huiyin serve` on the bench's data, with the bare views beside the product's; gives the process id."""
    connection.close()  # SQLite: the server is alone with its file
    command = [sys.executable, "-m", "huiyin.ops.bench.server", str(port)]
    environment = os.environ | {"HUIYIN_DATA": str(settings.DATA)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603  # nosec B603
    try:
        if process.stdout is None or not process.stdout.readline():
            raise CannotStart(f"the server of the bench did not start on port {port}. Choose another: --port.")
        time.sleep(2)  # the first tick is over
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
