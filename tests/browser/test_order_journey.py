"""A case ordered to a subsidiary's own office that says it is not theirs: refused, decided above, handled, reported on. The
employee reads on a phone where it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import DESKTOP, PHONE, Person, come_back, pictures_folder
from tests.trials.installation import REPOSITORY, Installation

pytestmark = pytest.mark.browser(seconds=120)
# A registered case, and offices of their own for two units.
BEGIN = """
import django; django.setup()
from huiyin.ops import vocabulary; vocabulary.load()
from huiyin.cases.models import Stage
from huiyin.org.models import User
from tests.cases import world as made
world = made.with_offices(made.build())
received = made.file(world)
made.step_into(world, received.case, received.filing, Stage.REGISTERED)
for user in User.objects.all():
    user.set_password("ganhuo-2026-shuo"); user.save()
print(received.case.reference, received.code)
"""
# What the refinery's people do with any case: tests/browser/test_journey.py looks at each of those pages.
HANDLE = """
import sys, django; django.setup()
from django.utils import timezone
from huiyin.cases.models import Case, Stage
from huiyin.org.models import Unit, User
from huiyin.org.staff import staff_of
from huiyin.trail.moments import server_now
from tests.cases.world import World, step_into
today = timezone.localtime(server_now()).date()
people = {user.username: staff_of(user, today) for user in User.objects.exclude(username="E1")}
people["officer"] = people["refinery_officer"]
units = {unit.name: unit for unit in Unit.objects.all()}
world = World(units["远山集团"], units["炼化公司"], units["一车间"], units["矿业公司"], people, User.objects.get(username="E1"))
case = Case.objects.get(reference=sys.argv[1])
for stage in (Stage.ACCEPTED, Stage.ASSIGNED, Stage.HANDLING, Stage.DRAFTED, Stage.APPROVED, Stage.DECIDED, Stage.DELIVERED):
    step_into(world, case, case.filings.get(), stage)
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("order"), "")
    prepared = made.run("init")
    assert prepared.returncode == 0, prepared.stderr
    yield made
    made.kill()


def python(installation: Installation, program: str, *words: str) -> str:
    """What the program prints, run beside the server in its data folder."""
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=installation.environment, check=True, cwd=REPOSITORY,
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


def say(**values: str) -> Callable[[Page], None]:
    def fill(page: Page) -> None:
        for name, value in values.items():
            page.fill(f"[name={name}]", value)

    return fill


def test_an_order_goes_there_and_back_before_the_employee_s_eyes(installation: Installation, chromium: Browser) -> None:
    reference, code = python(installation, BEGIN).split()
    installation.start()
    pictures, address = pictures_folder(), f"http://127.0.0.1:{installation.port}"
    employee = Person(chromium, address, pictures, "employee", PHONE)
    officer = Person(chromium, address, pictures, "officer", DESKTOP)
    theirs = Person(chromium, address, pictures, "refinery_officer", DESKTOP)
    chief = Person(chromium, address, pictures, "chief", PHONE)
    for one in (officer, theirs, chief):
        one.sign_in()

    def where(sentence: str, what: str) -> None:
        come_back(employee, code, what)
        expect(employee.page.locator("main")).to_contain_text(sentence)

    def order(page: Page) -> None:
        page.select_option("[name=unit]", label="　炼化公司")
        page.fill("[name=requirements]", "查清拖欠的月份和金额，答复本人后报办结报告。")

    officer.take(reference, "order", order)
    where("已转到炼化公司", "ordered")

    def object_to(page: Page) -> None:
        page.fill("[name=reason]", "劳动合同是矿业公司签的。")
        page.select_option("[name=proposed]", label="　矿业公司")

    theirs.take(reference, "object", object_to)
    officer.take(reference, "refuse_objection", say(reason="人事关系去年已转到炼化公司。"))
    theirs.take(reference, "raise_dispute", say(reason="工资仍由矿业公司发放。"))
    where("已转到炼化公司", "disputed")

    def decide(page: Page) -> None:
        page.select_option("[name=unit]", label="　炼化公司")
        page.fill("[name=reason]", "人事关系在哪里，由哪里受理。")

    chief.take(reference, "decide_jurisdiction", decide)
    theirs.take(reference, "take_over")
    python(installation, HANDLE, reference)
    report = say(
        findings="工资表、考勤表核对属实。",
        handling="三个月工资随本月工资补发。",
        basis="《劳动合同法》第三十条",
        reply="处理意见书已从网上送达。",
    )
    theirs.take(reference, "report_back", report)
    officer.take(reference, "accept_report")
    where("已转到炼化公司", "reported")
    for one in (officer, theirs):
        one.page.goto(f"/desk/cases/{reference}/")
        one.look("case-at-the-end")
    expect(theirs.page.locator("main")).to_contain_text("同意办结报告")
    assert [one.complaints for one in (employee, officer, theirs, chief)] == [[]] * 4
