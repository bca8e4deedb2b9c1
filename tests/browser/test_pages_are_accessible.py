"""The real pages of every role, on a desk's screen and on a phone: no rule of axe broken (WCAG 2.2 AA), nothing wider
than the phone, no complaint in the console, and nothing asked from another machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.browser.chromium import page_of
from tests.trials.installation import REPOSITORY, Installation

pytestmark = pytest.mark.browser(seconds=240)
AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text("utf-8") + ";0"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """tags => axe.run({runOnly: tags, iframes: false, resultTypes: ["violations"]})
    .then(found => found.violations.map(rule => rule.id + ": " + rule.nodes.map(node => node.html).join(" ")))"""
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
PASSWORD = "ganhuo-2026-shuo"
BUILD = f"""
import json, django; django.setup()
from huiyin.ops import vocabulary; vocabulary.load()
from huiyin.cases import deciding
from huiyin.cases.models import Stage
from huiyin.org.models import User
from huiyin.trail.moments import server_now
from tests.cases.world import ORDER, bring, build
world = build()
stages = [*ORDER, Stage.INSPECTED, Stage.ROUTED_OUT]
cases = {{str(stage): bring(world, stage, text=f"第{{n}}件：夜班津贴没有发。")[0].reference for n, stage in enumerate(stages)}}
case, filing = bring(world, Stage.DELIVERED, text="食堂的饭菜涨价太快。")
deciding.confirm(filing, by=world.filer, at=server_now())
deciding.execute(case, demand_no=1, text="已经退还多收的饭费", by=world.handler, at=server_now())
bring(world, Stage.RECEIVED, identity="confidential", text="值班室漏雨，没有人修。")
for user in User.objects.all():
    user.set_password({PASSWORD!r}); user.save()
print(json.dumps(cases))
"""


@dataclass
class House:
    address: str
    cases: dict[str, str]  # stage → reference


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = Installation(tmp_path_factory.mktemp("pages"), "")
    prepared = made.run("init")
    assert prepared.returncode == 0, prepared.stderr
    built = subprocess.run(
        [sys.executable, "-c", BUILD], env=made.environment, check=True, cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    made.start()
    yield House(f"http://127.0.0.1:{made.port}", json.loads(built.stdout))
    made.kill()


@dataclass
class Look:
    """Looks at pages one after the other and keeps what is wrong with them."""

    page: Page
    house: str
    faults: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._note)

    def _hear(self, said: ConsoleMessage) -> None:
        refused = "status of 422" in said.text  # a form that comes back with its errors; Chromium says so by itself
        if said.type == "error" and not refused:
            self.faults.append(f"{self.page.url}: console: {said.text}")

    def _note(self, asked: Request) -> None:
        if urlsplit(asked.url).scheme in {"http", "https", "ws", "wss"} and not asked.url.startswith(self.house):
            self.faults.append(f"{self.page.url}: asked {asked.url}")

    def here(self, what: str) -> None:
        self.page.evaluate(AXE)
        for size, (width, height) in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.faults += [f"{what} ({size}): {broken}" for broken in self.page.evaluate(RUN, RULES)]
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.faults.append(f"{what}: wider than the phone")

    def at(self, path: str) -> None:
        answer = self.page.goto(path)
        assert answer is not None and answer.ok, f"{path}: {answer and answer.status}"
        self.here(path)

    def links(self, selector: str) -> list[str]:
        """Where the page leads to, files and papers left out."""
        found = self.page.eval_on_selector_all(selector, "all => all.map(a => a.getAttribute('href'))")
        return [path for path in dict.fromkeys(found) if not path.endswith(".pdf") and "/papers/" not in path]

    def kinds(self, selector: str, place: int) -> None:
        """Every kind of page that the page leads to, each once: a kind is one part of the path, as `assign`."""
        for path in self.links(selector):
            kind = path.split("/")[place]
            if kind and kind not in self.seen:
                self.seen.add(kind)
                self.at(path)


@pytest.fixture
def look(chromium: Browser, house: House) -> Iterator[Look]:
    with page_of(chromium, base_url=house.address) as page:
        yield Look(page, house.address)


def sign_in(look: Look, name: str) -> None:
    look.page.goto("/sign-in/")
    look.page.fill("[name=username]", name)
    look.page.fill("[name=password]", PASSWORD)
    look.page.click("main button[type=submit]")
    look.page.wait_for_url(lambda address: "sign-in" not in address)


def test_the_pages_before_anybody_signs_in(look: Look) -> None:
    for path in ("/", "/how/", "/track/", "/sign-in/", "/verify/"):
        look.at(path)
    look.page.goto("/track/")
    look.page.click("main button[type=submit].btn-main")
    look.here("track, nothing typed")
    assert look.faults == []


def test_filing_screen_by_screen_to_the_receipt_and_the_progress(look: Look) -> None:
    page = look.page

    def further(what: str) -> None:
        look.here(what)
        page.click("[data-steps-foot] .btn-main")

    page.goto("/file/")
    page.check("[name=said][value=claim]")
    further("file: what")
    page.fill("[name=text]", "从九月起夜班津贴没有发，问过车间主任，都说等通知。")
    further("file: text")
    page.fill("[name=demands-0]", "补发九月以来的夜班津贴")
    further("file: demands")
    further("file: materials")
    page.check("[name=identity][value=named]")
    page.fill("[name=name]", "王小明")
    page.fill("[name=phone]", "13812345678")
    further("file: who")
    look.here("file: read back")
    page.click("button[data-main]")
    page.wait_for_selector("main input[name=code]", state="attached")
    look.here("receipt")
    code = page.locator("main input[name=code]").first.get_attribute("value") or ""
    page.goto("/track/")
    page.fill("[name=code]", code)
    page.click("main button[type=submit].btn-main")
    page.wait_for_url("**/progress/**")
    look.here("progress")
    assert look.faults == []


def test_what_an_employee_follows_and_may_do(look: Look, house: House) -> None:
    sign_in(look, "E1")
    look.at("/password/")
    look.at("/mine/")
    cases = look.links("main a[href^='/progress/']")
    assert len(cases) >= 10
    for path in cases:
        look.at(path)
        look.kinds("main a[href^='/progress/']", 3)
    assert {"add", "rate", "withdraw", "limits"} <= look.seen
    assert look.faults == []


DESK = {
    "officer": (
        ["received", "registered", "accepted", "approved", "decided", "delivered", "closed", "routed_out"],
        {"register", "classify", "accept", "assign", "seal", "deliver", "close"},
    ),
    "liaison": (["assigned"], {"take_in", "send_back"}),
    "handler": (["handling", "delivered"], {"contact", "note", "draft", "execute"}),
    "head": (["drafted"], {"approve", "return_draft"}),
    "chief": (["handling"], set[str]()),
    "inspector": ([], set[str]()),
    "admin": ([], set[str]()),
}


@pytest.mark.parametrize("name", DESK)
def test_the_desk_of(name: str, look: Look, house: House) -> None:
    sign_in(look, name)
    look.at("/desk/")
    for path in look.links("nav a[href^='/desk/'], header a[href^='/desk/']"):
        look.at(path)
    stages, acts = DESK[name]
    for stage in stages:
        case = f"/desk/cases/{house.cases[stage]}/"
        look.at(case)
        look.kinds(f"main a[href^='{case}']", 4)
    assert acts <= look.seen
    assert look.faults == []


def test_a_bad_page_would_be_found(look: Look, house: House) -> None:
    look.page.route("**/elsewhere.test/**", lambda route: route.abort())
    look.page.goto("/how/")
    look.page.evaluate(
        """() => {
            const picture = document.createElement("img");
            picture.src = "https://elsewhere.test/picture.png";
            picture.style.minWidth = "2000px";
            document.querySelector("main").append(picture);
            console.error("something broke");
        }"""
    )
    look.here("bad page")
    said = "\n".join(look.faults)
    assert "something broke" in said
    assert "bad page (desk): image-alt" in said and "bad page (phone): image-alt" in said
    assert "bad page: wider than the phone" in said
    assert "elsewhere.test" in said
