"""A review up to its end and the same matter again; supervision that nobody answered up to the chief; an instruction from a
phone: through a real server, with pictures where HUIYIN_PICTURES names a folder.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import DESKTOP, PASSWORD, PHONE, Person, pictures_folder
from tests.trials.installation import REPOSITORY, Installation

pytestmark = pytest.mark.browser(seconds=200)
BUILD = f"""
import django; django.setup()
from datetime import timedelta
from huiyin.cases.models import Stage
from huiyin.ops import vocabulary; vocabulary.load()
from huiyin.org.models import User
from huiyin.oversight import rounds
from huiyin.trail.moments import server_now, server_time
from tests.cases import reviews, world
now = server_now()
with server_time(now - timedelta(days=45)):
    made = world.build()
    world.bring(made, Stage.ASSIGNED)
for days in (35, 30, 20, 6):  # proposed, issued by itself, nobody answers: the head, the deputy, the chief
    with server_time(now - timedelta(days=days)):
        rounds.look(server_now())
with server_time(now - timedelta(days=20)):
    world.bring(made, Stage.ASSIGNED, text="食堂的伙食补助两个月没有发到饭卡里。")
rounds.look(now)
_found, case, filing = reviews.received(made)
for number in range(2):
    world.bring(made, Stage.REGISTERED)
for user in User.objects.all():
    user.set_password({PASSWORD!r}); user.save()
print(case.reference, filing.reference)
"""


@dataclass(frozen=True)
class Rooms:
    """A running server, the matter that was decided and received, its filing."""

    server: Installation
    case: str
    filing: str


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    made = Installation(tmp_path_factory.mktemp("rooms"), "")
    prepared = made.run("init")
    assert prepared.returncode == 0, prepared.stderr
    built = subprocess.run(
        [sys.executable, "-c", BUILD], env=made.environment, check=True, cwd=REPOSITORY, capture_output=True, text=True
    )
    made.start()
    yield Rooms(made, *built.stdout.split())
    made.kill()


@pytest.fixture(scope="module")
def pictures() -> Path | None:
    return pictures_folder()


@pytest.fixture
def person(rooms: Rooms, chromium: Browser, pictures: Path | None) -> Callable[..., Person]:
    address = f"http://127.0.0.1:{rooms.server.port}"

    def signed_in(name: str, size: tuple[int, int] = DESKTOP, at: str = "/desk/") -> Person:
        made = Person(chromium, address, pictures, name, size)
        made.page.goto(f"/sign-in/?next={at}")
        made.page.fill("[name=username]", name)
        made.page.fill("[name=password]", PASSWORD)
        with made.page.expect_navigation():
            made.page.click("main button[type=submit]")
        return made

    return signed_in


def ask(employee: Person, filing: str, why: str) -> None:
    page = employee.page
    page.goto(f"/progress/{filing}/")
    employee.look("progress-before-asking")
    page.locator("main a[href$='/review/']").first.click()
    page.fill("[name=text]", why)
    employee.look("asking")
    page.wait_for_load_state("networkidle")
    with page.expect_navigation():
        page.click("main form button[type=submit].btn-main")
    assert page.locator(".error-summary").count() == 0, page.locator(".error-summary").inner_text()
    employee.look("asked")


def confirm(employee: Person, filing: str) -> None:
    employee.page.goto(f"/progress/{filing}/")
    employee.look("progress-delivered")
    with employee.page.expect_navigation():
        employee.page.get_by_role("button", name="确认收到").first.click()


def decide(page: Page) -> None:
    page.fill("[name=findings]", "又核对了银行流水和工资表，三个月的工资都已经发放。")
    page.fill("[name=reasons]", "银行流水与工资表一致。")
    page.fill("[name=basis]", "《劳动合同法》第三十条")
    page.check("[name=result][value=upheld]")


def classify(page: Page) -> None:
    page.check("[name=classification][value=claim]")
    page.check("[name=branch][value='6']")


def test_a_review_and_the_final_one_end_a_matter_and_the_same_again_is_answered_so(
    rooms: Rooms, person: Callable[..., Person]
) -> None:
    case, filing = rooms.case, rooms.filing
    employee = person("E1", PHONE, "/mine/")
    ask(employee, filing, "工资表是后来补的，上面没有我的签字。")
    for name in ("refinery_reviewer", "reviewer"):
        reviewer = person(name)
        for step in ("take_up_review", "decide_review", "deliver_review"):
            reviewer.take(case, step, decide if step == "decide_review" else None)
        confirm(employee, filing)
        if name == "refinery_reviewer":
            ask(employee, filing, "流水少了一页。")
    officer = person("officer")
    officer.take(case, "end")
    employee.page.goto(f"/progress/{filing}/")
    employee.look("progress-ended")
    expect(employee.page.locator("main")).to_contain_text("三级程序已经终结")

    officer.page.goto("/desk/cases/?state=registered")
    officer.look("registered")
    links = officer.page.locator("main table a[href*='/desk/cases/']")
    again = sorted(
        {(links.nth(i).get_attribute("href") or "").rstrip("/").split("/")[-1] for i in range(links.count())}
    )
    same, new = again[:2]
    officer.take(same, "no_longer", lambda page: page.fill("[name=why_same]", "同样三个月的工资，没有新材料。"))
    expect(officer.page.locator("main")).to_contain_text("不再受理")
    officer.take(new, "classify", classify)
    officer.take(new, "accept")
    expect(officer.page.locator("main")).to_contain_text("已受理")
    assert (employee.complaints, officer.complaints) == ([], [])


def test_a_missed_limit_goes_up_to_the_chief_is_answered_and_a_phone_instructs(
    rooms: Rooms, person: Callable[..., Person]
) -> None:
    officer, head = person("officer"), person("head")
    deputy, chief = person("deputy", PHONE), person("chief", PHONE)
    for one in (deputy, chief):
        one.page.goto("/desk/")
        one.look("work")
        one.page.goto("/desk/oversight/area/")
        one.look("area")
    officer.page.goto("/desk/oversight/proposals/")
    officer.look("proposals")
    officer.page.goto("/desk/oversight/supervision/")
    officer.look("supervision")

    head.page.goto("/desk/oversight/supervision/")
    head.look("supervision")
    head.page.locator("main table a[href*='/oversight/supervision/']").first.click()
    head.look("asked")
    where = head.page.url.removesuffix("/") + "/"
    chief.page.goto(where)
    chief.look("asked")
    expect(chief.page.locator("main")).to_contain_text("没有答复，报主要领导 chief")
    head.page.goto(where + "answer/")
    head.page.fill("[name=text]", "已经联系反映人，工资本周发放。")
    head.look("answer")
    with head.page.expect_navigation():
        head.page.click("main form button[type=submit].btn-main")
    head.look("answered")
    officer.page.goto(where)
    officer.look("answered")
    officer.page.goto(where + "accept/")
    officer.look("accept")
    with officer.page.expect_navigation():
        officer.page.click("main form button[type=submit].btn-main")
    expect(officer.page.locator("main")).to_contain_text("已经办结")
    officer.look("accepted")

    chief.page.goto("/desk/cases/")
    chief.look("cases")
    chief.page.goto(
        (chief.page.locator("main a[href*='/desk/cases/']").first.get_attribute("href") or "") + "instruct/"
    )
    chief.look("instruct")
    chief.page.fill("[name=text]", "请本周内答复职工，结果报我。")
    with chief.page.expect_navigation():
        chief.page.click("main form button[type=submit].btn-main")
    assert chief.page.locator(".error-summary").count() == 0, chief.page.locator(".error-summary").inner_text()
    chief.look("instructed")
    assert [one.complaints for one in (officer, head, deputy, chief)] == [[]] * 4
