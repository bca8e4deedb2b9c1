"""What is due, each minute. Safe to run twice at once: every step claims its rows or changes nothing the second time."""

from __future__ import annotations

import argparse
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connections

from huiyin.cases import commitments, queue, succession
from huiyin.clocks import warnings
from huiyin.kernel.actors import System
from huiyin.notices import mail
from huiyin.ops.start_checks import check_start
from huiyin.oversight import rounds
from huiyin.papers import files, scans, uploads
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now

log = logging.getLogger(__name__)
SECONDS = 60


def _sign(now: datetime) -> int:
    return 0 if checkpoints.sign(now) is None else 1


def _warn(now: datetime) -> int:
    return len(warnings.raise_due(now, tell=rounds.tell))


def _follow(now: datetime) -> int:
    return succession.follow(System("tick"), now)


# Name → step(now) → how many things it did. The seal comes first: it is what an outage must not delay.
STEPS: dict[str, Callable[[datetime], int]] = {
    "grow_tree": checkpoints.grow,
    "sign_checkpoint": _sign,
    "follow_successors": _follow,
    "promise": commitments.start_due,
    "warn": _warn,
    "oversight": rounds.look,
    "mail": mail.deliver,
    "sweep_uploads": uploads.sweep,
    "sweep_scans": scans.sweep,
    "sweep_tickets": queue.sweep,
    "collect_orphans": files.collect_orphans,
}


def tick(now: datetime | None = None) -> dict[str, int | None]:
    """Run every step once; how many things each did, None where it failed (logged; the others still run)."""
    moment = now or server_now()
    done: dict[str, int | None] = {}
    for name, step in STEPS.items():
        try:
            done[name] = step(moment)
        except Exception:  # one step's trouble must not stop the others
            log.exception("tick: %s failed", name)
            done[name] = None
    return done


def run(_options: argparse.Namespace) -> int:
    """Once, for a timer of the system. Status 1 when a step failed."""
    check_start()
    done = tick()
    print(" ".join(f"{name}={'failed' if count is None else count}" for name, count in done.items()))
    return 1 if None in done.values() else 0


class TickThread(threading.Thread):
    """Ticks each full minute inside the server's process."""

    def __init__(self) -> None:
        super().__init__(name="tick", daemon=True)
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(SECONDS - time.time() % SECONDS):
            tick()
            connections.close_all()  # a minute's pause is longer than a connection is worth keeping

    def stop(self) -> None:
        """End after the step at hand."""
        self._ended.set()
