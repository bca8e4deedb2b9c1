"""A running server with the style pages alone, and a Chromium. No database: these pages must not need one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from socketserver import ThreadingMixIn
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import launch, page_of
from tests.browser.conftest import _browsers, chromium, playwright, pytest_runtest_protocol

__all__ = ["_browsers", "chromium", "playwright", "pytest_runtest_protocol"]

T = TypeVar("T")
COOKIE = "django.contrib.messages.storage.cookie.CookieStorage"  # the session needs a database


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def style_address() -> Iterator[str]:
    with override_settings(ROOT_URLCONF="tests.ui.style_pages", ALLOWED_HOSTS=["localhost"], MESSAGE_STORAGE=COOKIE):
        server = make_server("localhost", 0, WSGIHandler(), server_class=Threaded, handler_class=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        server.server_close()


def in_chromium(act: Callable[[Page], T]) -> T:
    """Run `act` with a page of a Chromium of its own, in another thread, and answer what it answers.

    Playwright keeps an event loop running in its thread. Django then takes that thread for another context with
    database connections of its own, and the test's teardown would miss its connection: tests with a database use this.
    """

    def work() -> T:
        with sync_playwright() as started:
            browser = launch(started)
            try:
                with page_of(browser) as page:
                    return act(page)
            finally:
                browser.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(timeout=120)
