"""`huiyin serve`: one process with the web server, the minute tick and the worker (docs/decisions/0006)."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from waitress import create_server, wasyncore
from waitress.server import BaseWSGIServer

from huiyin.ops.start_checks import CannotStart, check_start
from huiyin.ops.static_files import collect_if_changed
from huiyin.ops.tick import TickThread
from huiyin.ops.worker import WorkerThread

log = logging.getLogger(__name__)
GRACE_SECONDS = 15.0
LAST_CALL_SECONDS = 0.2
LARGEST_BODY = 1100 * 1024 * 1024  # 20 files of 50 MB in one form; beyond, the connection ends with 413
IN_MEMORY = 6 * 1024 * 1024  # a piece of an upload is not written to a temporary file on its way
ACCOUNTS_NOTE = "demo-accounts.txt"


class Server:
    """The listening sockets and the threads behind them, with an end that answers what was begun."""

    def __init__(self, *, host: str, port: int, threads: int) -> None:
        from config.wsgi import application

        self._sockets: dict[int, Any] = {}
        self._ending = False
        try:
            self._server = create_server(
                application,
                map=self._sockets,
                host=host,
                port=port,
                threads=threads,
                ident=None,
                connection_limit=1000,
                channel_timeout=60,
                cleanup_interval=15,
                asyncore_use_poll=True,
                max_request_body_size=LARGEST_BODY,
                inbuf_overflow=IN_MEMORY,
                clear_untrusted_proxy_headers=settings.TRUSTED_PROXIES == 0,
            )
        except (OSError, ValueError) as error:
            raise CannotStart(cannot_listen(host, port, error)) from None

    def end(self, *_: object) -> None:
        """Take no new connection, answer what was begun (at most 15 s), then leave `run`."""
        self._ending = True

    def run(self) -> None:
        """Serve until `end` was called."""
        while not self._ending:
            self._turn(1)
        self._turn_for(LAST_CALL_SECONDS)  # whoever knocked already is let in
        for listener in [one for one in self._sockets.values() if isinstance(one, BaseWSGIServer)]:
            wasyncore.dispatcher.close(listener)
        self._turn_for(LAST_CALL_SECONDS)  # and heard
        until = time.monotonic() + GRACE_SECONDS
        while self._is_busy() and time.monotonic() < until:
            self._turn(0.1)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._sockets, ignore_all=True)

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._sockets, count=1)

    def _turn_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._turn(left)

    def _is_busy(self) -> bool:
        """A request is being read, an answer made or sent."""
        return any(
            getattr(one, "request", None) is not None
            or bool(getattr(one, "requests", None))
            or getattr(one, "total_outbufs_len", 0) > 0
            for one in self._sockets.values()
        )


def cannot_listen(host: str, port: int, error: Exception) -> str:
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return (
        f"can't listen on {host}:{port} ({reason}). If another server runs there, stop it or choose another port: "
        "huiyin serve --port 8123 (make run PORT=8123)."
    )


def greeting(host: str, port: int) -> str:
    """What the operator sees: the address and, with the demo, who can sign on."""
    everywhere = host.strip("0.:[]*") == ""  # 0.0.0.0, ::, *
    lines = [
        f"回音 Huiyin: http://{'127.0.0.1' if everywhere else host}:{port}/    (Ctrl-C 停止)",
        f"数据目录 data: {settings.DATA}",
    ]
    accounts = Path(settings.DATA) / ACCOUNTS_NOTE
    if settings.ENTERPRISE.is_fictional and accounts.exists():
        lines += ["", accounts.read_text("utf-8").rstrip()]
    return "\n".join(lines)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; then end in order. kill -9 is safe too: what was acknowledged is on the disk."""
    check_start()
    collect_if_changed()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of some requests is no news
    server = Server(host=options.host, port=options.port, threads=options.threads)
    threads: list[TickThread | WorkerThread] = [] if options.no_tick else [TickThread(), WorkerThread()]

    def ended(_number: int, _frame: FrameType | None) -> None:
        server.end()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ended)
    for thread in threads:
        thread.start()
    print(greeting(options.host, options.port), flush=True)
    server.run()
    stop_all(threads)
    return 0


def stop_all(threads: list[TickThread | WorkerThread]) -> None:
    for thread in threads:
        thread.stop()
    until = time.monotonic() + GRACE_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    if any(thread.is_alive() for thread in threading.enumerate() if thread in threads):
        print("huiyin: a background step was still at work and is left to the next start.", file=sys.stderr)
