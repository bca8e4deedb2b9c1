"""Somebody at a browser of their own before a real server, and a small enterprise whose people have a password."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import CALL
from tests.trials.installation import REPOSITORY, Installation

PASSWORD = "ganhuo-2026-shuo"
PHONE, DESKTOP = (390, 844), (1366, 768)
BUILD = f"""
import django; django.setup()
from huiyin.ops import vocabulary; vocabulary.load()
from huiyin.org.models import User
from tests.cases.world import build; build()
for user in User.objects.all():
    user.set_password({PASSWORD!r}); user.save()
"""


@contextmanager
def enterprise(folder: Path) -> Iterator[Installation]:
    """A server with the cast of the tests, on SQLite, ended afterwards."""
    made = Installation(folder, "")
    prepared = made.run("init")
    assert prepared.returncode == 0, prepared.stderr
    subprocess.run([sys.executable, "-c", BUILD], env=made.environment, check=True, cwd=REPOSITORY)
    made.start()
    try:
        yield made
    finally:
        made.kill()


class Person:
    """Somebody at a browser of their own. Every page is looked at."""

    def __init__(self, browser: Browser, address: str, pictures: Path | None, name: str, size: tuple[int, int]) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", base_url=address
        )
        self.context.set_default_timeout(CALL)
        self.context.set_default_navigation_timeout(CALL)
        self.page: Page = self.context.new_page()
        self._pictures, self._name, self.complaints = pictures, name, list[str]()
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def look(self, what: str) -> None:
        """The page must not be wider than the screen; a picture is kept where somebody asked for pictures."""
        if self._pictures is not None:
            number = len(list(self._pictures.glob("*.png"))) + 1
            self.page.screenshot(path=self._pictures / f"{number:02}-{self._name}-{what}.png", full_page=True)
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{self._name} {what}: {too_wide} px wider than the screen"

    def sign_in(self) -> None:
        self.page.goto("/sign-in/?next=/desk/")
        self.page.fill("[name=username]", self._name)
        self.page.fill("[name=password]", PASSWORD)
        with self.page.expect_navigation():  # a page that is loaded already answers every other wait at once
            self.page.click("main button[type=submit]")
        self.page.goto("/desk/")
        expect(self.page.locator("h1")).to_have_text("工作台")

    def take(self, reference: str, step: str, fill: Callable[[Page], None] | None = None) -> None:
        """From the list of work to the case, to the step's page; fill it in, send it, and be told that it is done."""
        page = self.page
        page.goto("/desk/")
        self.look(f"work-before-{step}")
        page.goto(f"/desk/cases/{reference}/")
        link = page.locator(f"main a[href$='/{reference}/{step}/']").first
        if not link.is_visible():
            page.locator("main details.menu summary").click()
        self.look(f"case-before-{step}")
        link.click()
        page.wait_for_url(f"**/{step}/")
        if fill:
            fill(page)
        self.look(step)
        page.wait_for_load_state("networkidle")  # a paper's frame that is just arriving swallows the click
        with page.expect_navigation():
            page.locator("main form button[type=submit].btn-main").press("Enter")
        assert page.locator(".error-summary").count() == 0, page.locator(".error-summary").inner_text()
        assert not page.url.endswith(f"/{step}/"), page.url
        self.look(f"after-{step}")


def pictures_folder() -> Path | None:
    """Where HUIYIN_PICTURES says, emptied of earlier pictures."""
    if not os.environ.get("HUIYIN_PICTURES"):
        return None
    folder = Path(os.environ["HUIYIN_PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    return folder


def choose(name: str, *, label: str | None = None, index: int | None = None) -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        page.select_option(f"[name={name}]", label=label, index=index)

    return fill


def come_back(employee: Person, code: str, what: str) -> None:
    page = employee.page
    page.goto("/track/")
    page.fill("[name=code]", code)
    page.click("main button[type=submit].btn-main")
    page.wait_for_url("**/progress/**")
    employee.look(what)
