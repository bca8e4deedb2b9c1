"""`huiyin worker`, and the same as a thread of `huiyin serve`: works off the rows of django-tasks."""

from __future__ import annotations

import argparse
import logging
import secrets
import threading

from django.core.management import call_command
from django.db import connections
from django_tasks_db.management.commands.db_worker import Worker

from huiyin.ops.start_checks import check_start

log = logging.getLogger(__name__)
POLL_SECONDS = 2.0
PAUSE_AFTER_ERROR = 10.0


def run(options: argparse.Namespace) -> int:
    """Runs until SIGTERM or SIGINT, which let the task at hand end first."""
    check_start()
    call_command("db_worker", queue_name="*", interval=POLL_SECONDS, batch=options.batch, reload=False, verbosity=0)
    return 0


class WorkerThread(threading.Thread):
    """One worker inside the server's process. A task cut off by a kill stays in its row as running, never half done
    in the tables: tasks write in one transaction."""

    def __init__(self) -> None:
        super().__init__(name="worker", daemon=True)
        self._ended = threading.Event()
        self._worker = Worker(
            queue_names=["*"],
            interval=POLL_SECONDS,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=secrets.token_hex(16),
            excluded_queue_names=[],
        )

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self._worker.run()
            except Exception:  # the database was away: try again, the server goes on
                log.exception("The worker stopped and starts again in %d s", PAUSE_AFTER_ERROR)
                connections.close_all()
                self._ended.wait(PAUSE_AFTER_ERROR)

    def stop(self) -> None:
        """Let the task at hand end and take no other."""
        self._ended.set()
        self._worker.running = False
