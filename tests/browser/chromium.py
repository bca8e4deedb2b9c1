"""A Chromium for tests. Nothing here waits for ever: each call has its time, and so has each test.

Never close a page while the next one is arriving: where the old page listens to `beforeunload` or `pagehide`, as ours
do, Chromium can forget to close it, and Playwright waits for an answer that never comes. `page_of` lets the next page
arrive first.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright

CALL = 15_000  # ms, for one call of Playwright that takes a time
TEST = 120  # s, for one test
MARK = f"--tested-by={os.getpid()}"  # Chromium ignores it; it tells our browsers from everybody else's
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    MARK,
]


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS, timeout=30_000)


@contextmanager
def page_of(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a context of its own (`options` of `new_context`), closed when nothing is arriving any more."""
    context = browser.new_context(locale="zh-CN", **options)
    context.set_default_timeout(CALL)
    context.set_default_navigation_timeout(CALL)
    page = context.new_page()
    arriving: list[str] = []
    page.on("request", lambda asked: arriving.append(asked.url) if asked.is_navigation_request() else None)
    page.on("requestfailed", lambda asked: arriving.clear() if asked.is_navigation_request() else None)
    page.on("framenavigated", lambda frame: arriving.clear())
    try:
        yield page
    finally:
        if browser.is_connected():
            _let_arrive(page, arriving)
            context.close()


def _let_arrive(page: Page, arriving: list[str]) -> None:
    until = time.monotonic() + CALL / 1000
    page.wait_for_timeout(30)  # what was clicked last has asked for its page by now
    while arriving and time.monotonic() < until:
        page.wait_for_timeout(20)
    page.wait_for_load_state()


def _kill_browsers() -> None:
    """End the browsers that this process started, so that whatever waits for them fails."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if MARK.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)


@contextmanager
def limit(seconds: float, end: Callable[[], None] = _kill_browsers) -> Iterator[None]:
    """Some calls take no time limit (`evaluate`, `press`, `close`). When time is over the browsers are ended, and the
    call that waits for one of them raises."""
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
