"""One matter from an employee's phone to its end, through six browsers and a real server, with pictures of each page where HUIYIN_PICTURES names a folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import DESKTOP, PHONE, Person, choose, come_back, enterprise, pictures_folder
from tests.trials.installation import Installation

pytestmark = pytest.mark.browser(seconds=200)
TEXT = "我是一车间操作工。从九月起夜班津贴没有发，问过车间主任和财务科，都说等通知。"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with enterprise(tmp_path_factory.mktemp("journey")) as made:
        yield made


def file(employee: Person) -> str:
    """Six steps of the form on a phone; the query code of the receipt."""
    page = employee.page
    page.goto("/")
    employee.look("home")
    page.goto("/file/")

    def further(what: str) -> None:
        employee.look(what)
        page.click("[data-steps-foot] .btn-main")

    page.check("[name=said][value=claim]")
    further("file-what")
    page.fill("[name=text]", TEXT)
    further("file-text")
    page.fill("[name=demands-0]", "补发九月以来的夜班津贴")
    further("file-demands")
    further("file-materials")
    page.check("[name=identity][value=named]")
    page.fill("[name=name]", "王小明")
    page.fill("[name=phone]", "13812345678")
    further("file-who")
    employee.look("file-read-back")
    page.click("button[data-main]")
    expect(page.locator("body")).to_contain_text("我们收到了")
    employee.look("receipt")
    return page.locator("main input[name=code]").first.get_attribute("value") or ""


def test_a_matter_goes_from_a_phone_to_its_end(installation: Installation, chromium: Browser) -> None:
    pictures, address = pictures_folder(), f"http://127.0.0.1:{installation.port}"

    def person(name: str, size: tuple[int, int] = DESKTOP) -> Person:
        return Person(chromium, address, pictures, name, size)

    employee = person("employee", PHONE)
    code = file(employee)
    officer, liaison, handler = person("officer"), person("liaison"), person("handler")
    head, inspector = person("head", PHONE), person("inspector")
    staff = (officer, liaison, handler, head, inspector)
    for one in staff:
        one.sign_in()

    link = officer.page.locator("main table a[href*='/desk/cases/']").first.get_attribute("href") or ""
    reference = link.rstrip("/").split("/")[-1]
    officer.take(reference, "register", lambda page: page.fill("[name=matter]", "夜班津贴三个月未发"))

    def classify(page: Page) -> None:
        page.check("[name=classification][value=claim]")
        page.check("[name=branch][value='6']")

    officer.take(reference, "classify", classify)
    officer.take(reference, "accept")
    come_back(employee, code, "progress-accepted")
    officer.take(reference, "assign", choose("unit", label="　炼化公司"))
    liaison.take(reference, "take_in", choose("handler", index=1))

    def contact(page: Page) -> None:
        page.locator("[name=way]").first.check()
        page.fill("[name=told]", "已收到您反映的津贴问题，正在核对考勤和工资表。")

    handler.take(reference, "contact", contact)

    def draft(page: Page) -> None:
        page.fill("[name=findings]", "经核对考勤记录和工资表，九月至十一月夜班津贴未发放，情况属实。")
        page.check("[name=outcome_1][value=supported]")
        page.fill("[name=reasons_1]", "三个月共二十六个夜班，津贴漏发。")
        page.fill("[name=basis_1]", "《集团夜班津贴管理办法》第六条")
        page.fill("[name=measure_1]", "12月10日前随工资补发")

    handler.take(reference, "draft", draft)
    head.take(reference, "approve")
    officer.take(reference, "seal")
    officer.take(reference, "deliver")

    come_back(employee, code, "progress-delivered")
    employee.page.get_by_role("button", name="确认收到").click()
    employee.page.wait_for_load_state()
    employee.look("progress-confirmed")
    handler.take(reference, "execute", lambda page: page.fill("[name=text]", "已随十二月工资补发，本人确认到账。"))

    come_back(employee, code, "progress-executed")
    employee.page.click("main a[href$='/rate/']")
    for name in ("office", "unit"):
        employee.page.locator(f"[name={name}]").first.check()
    employee.page.locator("[name=is_solved]").first.check()
    employee.look("rate")
    employee.page.click("main button[type=submit].btn-main")
    employee.page.wait_for_url("**/progress/**")
    employee.look("rated")

    officer.take(reference, "close")
    officer.page.goto(f"/desk/cases/{reference}/")
    expect(officer.page.locator("main")).to_contain_text("已办结")
    officer.page.goto("/desk/cases/")
    officer.look("list")
    come_back(employee, code, "progress-closed")
    expect(employee.page.locator("main")).to_contain_text("已办结")

    inspector.page.goto("/desk/reports/")
    inspector.look("reports")
    answer = inspector.page.goto(f"/desk/cases/{reference}/")
    assert answer is not None and answer.status in {200, 404}
    assert [one.complaints for one in (employee, *staff[:-1])] == [[]] * 5
