"""A report about the head of a unit, filed on a phone: whom it is about and their people find nothing anywhere. And what else
protects who files: recusal asked for, retaliation told under the code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import DESKTOP, PHONE, Person, come_back, pictures_folder
from tests.browser.test_order_journey import python, say
from tests.trials.installation import Installation

pytestmark = pytest.mark.browser(seconds=120)
TEXT = "炼化公司负责人把食堂的采购都给了自己亲戚开的公司，价格比市场高三成。"
# Another case of the same unit, being handled. The head has a name as people have.
BEGIN = """
import django; django.setup()
from huiyin.ops import vocabulary; vocabulary.load()
from huiyin.cases.models import Stage
from huiyin.org.models import User
from tests.cases import world as made
world = made.build()
received = made.file(world)
for stage in (Stage.REGISTERED, Stage.ACCEPTED, Stage.ASSIGNED, Stage.HANDLING):
    made.step_into(world, received.case, received.filing, stage)
for user in User.objects.all():
    user.set_password("ganhuo-2026-shuo")
    user.name = {"head": "赵大山"}.get(user.username, user.name)
    user.save()
print(received.case.reference, received.code)
"""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("report"), "")
    prepared = made.run("init")
    assert prepared.returncode == 0, prepared.stderr
    yield made
    made.kill()


def file_report(employee: Person) -> str:
    """The form on a phone, anonymous, with whom it is about; the query code."""
    page = employee.page
    page.goto("/file/")

    def further(what: str) -> None:
        employee.look(what)
        page.click("[data-steps-foot] .btn-main")

    page.check("[name=said][value=report]")
    further("report-what")
    page.fill("[name=text]", TEXT)
    page.fill("[name=accused]", "赵大山")
    further("report-text")
    page.fill("[name=demands-0]", "请查清食堂采购")
    further("report-demands")
    further("report-materials")
    page.check("[name=identity][value=anonymous]")
    further("report-who")
    employee.look("report-read-back")
    page.click("button[data-main]")
    expect(page.locator("body")).to_contain_text("我们收到了")
    employee.look("report-receipt")
    return page.locator("main input[name=code]").first.get_attribute("value") or ""


def finds_nothing(one: Person, reference: str) -> None:
    """Not in the work, the lists, the search, the notices; and its address answers as one that was made up."""
    page, words = one.page, ("食堂", "检举控告事项", reference)
    for address in (
        "/desk/",
        "/desk/cases/",
        "/desk/cases/?text=食堂",
        f"/desk/cases/?text={reference}",
        "/desk/notices/",
    ):
        page.goto(address)
        shown = page.locator("main table, main ul.notices, main .empty").all_inner_texts()
        assert not [word for word in words if any(word in text for text in shown)], (address, shown)
    one.look("finds-nothing")
    pages = []
    for typed in (reference, "0000000000"):
        answer = page.goto(f"/desk/cases/{typed}/")
        assert answer is not None and answer.status == 404
        pages.append(page.locator("body").inner_text())
    assert pages[0] == pages[1]
    one.look("typed-in")
    assert page.goto("/desk/reports/").status == 404  # type: ignore[union-attr]


def test_a_report_about_the_head_is_not_there_for_the_head(installation: Installation, chromium: Browser) -> None:
    reference, code = python(installation, BEGIN).split()
    installation.start()
    pictures, address = pictures_folder(), f"http://127.0.0.1:{installation.port}"
    employee = Person(chromium, address, pictures, "employee", PHONE)
    report_code = file_report(employee)
    inspector = Person(chromium, address, pictures, "inspector", DESKTOP)
    theirs = [Person(chromium, address, pictures, name, DESKTOP) for name in ("head", "liaison", "handler")]
    for one in (inspector, *theirs):
        one.sign_in()
    inspector.page.goto("/desk/reports/")
    inspector.look("reports")
    link = inspector.page.locator("main a[href*='/desk/cases/']").first.get_attribute("href") or ""
    report = link.rstrip("/").split("/")[-1]

    inspector.page.goto(f"/desk/cases/{report}/")
    inspector.look("report-closed")
    expect(inspector.page.locator("main")).to_contain_text("赵大山")
    with inspector.page.expect_navigation():
        inspector.page.locator("main form button.btn-main").press("Enter")
    expect(inspector.page.locator("main")).to_contain_text("食堂的采购")
    inspector.look("report-open")
    inspector.take(report, "note_report", say(text="已调取三年的采购台账。"))
    inspector.take(report, "reply_report", say(text="已经开始核查，有结果会写在这里。"))
    for one in theirs:
        finds_nothing(one, report)
    come_back(employee, report_code, "report-progress")
    expect(employee.page.locator("main")).to_contain_text("已经开始核查")

    recusal_is_asked_for(employee, theirs[0], reference, code)
    retaliation_is_told(employee, inspector, code)
    for one in theirs:
        finds_nothing(one, report)
    assert [one.complaints for one in (employee, inspector)] == [[]] * 2


def recusal_is_asked_for(employee: Person, head: Person, reference: str, code: str) -> None:
    """That the handler stand aside; the head decides, the employee reads the paper."""
    come_back(employee, code, "other-progress")
    page = employee.page
    page.locator("main a[href$='/recusal/']").press("Enter")
    page.wait_for_url("**/recusal/")
    page.locator("[name=about]").first.check()
    page.fill("[name=reason]", "他是车间主任的弟弟。")
    employee.look("recusal")
    with page.expect_navigation():
        page.locator("main button[type=submit].btn-main").press("Enter")
    employee.look("recusal-asked")
    expect(page.locator("main")).to_contain_text("回避")
    page = head.page
    page.goto("/desk/")
    head.look("work-with-recusal")
    page.locator("main a[href*='/recusals/']").first.press("Enter")
    page.wait_for_url("**/recusals/**")
    page.locator("[name=is_granted][value=yes]").check()
    page.fill("[name=reason]", "确有亲属关系。")
    head.look("decide-recusal")
    with page.expect_navigation():
        page.locator("main button[type=submit].btn-main").press("Enter")
    page.goto(f"/desk/cases/{reference}/")
    head.look("case-after-recusal")
    come_back(employee, code, "recusal-decided")
    expect(employee.page.locator("main")).to_contain_text("回避决定书")


def retaliation_is_told(employee: Person, inspector: Person, code: str) -> None:
    page = employee.page
    page.locator("main a[href$='/retaliation/']").press("Enter")
    page.wait_for_url("**/retaliation/")
    page.fill("[name=text]", "反映工资以后，主任把我从白班调到了夜班。")
    page.fill("[name=who]", "赵大山")
    employee.look("retaliation")
    with page.expect_navigation():
        page.locator("main button[type=submit].btn-main").press("Enter")
    employee.look("retaliation-told")
    expect(page.locator("main")).to_contain_text("您反映的打击报复")
    inspector.page.goto("/desk/reports/")
    inspector.look("reports-with-retaliation")
    inspector.page.locator("main a[href*='/desk/cases/']").first.press("Enter")
    inspector.page.wait_for_url("**/desk/cases/**")
    inspector.look("retaliation-report")
