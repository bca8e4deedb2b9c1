"""The time limits of walks through a browser, and what they are for."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.browser.chromium import launch, limit, page_of

pytestmark = pytest.mark.browser


def test_a_call_that_waits_for_ever_fails_when_its_time_is_over() -> None:
    began = time.monotonic()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        with pytest.raises(Error, match="closed"), limit(2), page_of(browser) as page:
            page.evaluate("new Promise(() => {})")
        assert not browser.is_connected()
    assert time.monotonic() - began < 15


def test_a_call_in_time_is_left_alone() -> None:
    with sync_playwright() as playwright, limit(30):
        browser = launch(playwright)
        with page_of(browser) as page:
            assert page.evaluate("1 + 1") == 2
        browser.close()
