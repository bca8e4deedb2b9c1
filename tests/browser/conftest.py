"""Each test that is marked `browser` has its time, setting up and clearing away included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chromium import TEST, launch, limit


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    mark = item.get_closest_marker("browser")
    if mark is None:
        return (yield)
    with limit(mark.kwargs.get("seconds", TEST)):
        return (yield)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def _browsers() -> Iterator[list[Browser]]:
    kept: list[Browser] = []
    yield kept
    for browser in kept:
        if browser.is_connected():
            browser.close()


@pytest.fixture
def chromium(playwright: Playwright, _browsers: list[Browser]) -> Browser:
    """The Chromium of this module; a new one where the last test's time was over."""
    if not _browsers or not _browsers[-1].is_connected():
        _browsers.append(launch(playwright))
    return _browsers[-1]
