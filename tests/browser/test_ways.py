"""The lawful ways in real browsers: asked on a phone before filing, seen at triage, printed on the notice; a visit of many."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from huiyin.org.structure import current_day
from tests.browser.person import DESKTOP, PHONE, Person, enterprise, pictures_folder
from tests.trials.installation import Installation

pytestmark = pytest.mark.browser(seconds=200)
DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with enterprise(tmp_path_factory.mktemp("ways")) as made:
        yield made


@pytest.fixture(scope="module")
def pictures() -> Path | None:
    return pictures_folder()


def day_in(text: str) -> date:
    found = DAY.search(text)
    assert found, text
    return date(*map(int, found.groups()))


def ask(employee: Person, answers: dict[str, str]) -> Page:
    """From the home page through the adviser's questions to its answer, in large type."""
    page = employee.page
    page.goto("/")
    page.get_by_role("button", name="大字").click()
    with page.expect_navigation():
        page.locator("main a[href='/routes/']").click()
    for _screen in range(5):
        for code, value in answers.items():
            field = page.locator(f"main [name=fact-{code}]:not([type=hidden])")
            if not field.count():
                continue
            if field.first.get_attribute("type") == "radio":
                page.check(f"[name=fact-{code}][value={value}]")
            else:
                field.fill(value)
        employee.look("question")
        with page.expect_navigation():
            page.click("main form button.btn-main")
        if page.locator("main .way").count():
            break
    employee.look("answer")
    return page


def go_on_and_file(employee: Person, text: str, demand: str) -> None:
    """From the answer to the receipt: what was asked goes along."""
    page = employee.page
    page.get_by_role("button", name="继续向单位反映").click()
    page.wait_for_load_state()

    def further(what: str) -> None:
        employee.look(what)
        page.click("[data-steps-foot] .btn-main")

    page.check("[name=said][value=claim]")
    further("file-what")
    page.fill("[name=text]", text)
    further("file-text")
    page.fill("[name=demands-0]", demand)
    further("file-demands")
    expect(page.locator("[name=keeps_ways]")).to_be_checked()
    further("file-ways")
    further("file-materials")
    page.check("[name=identity][value=named]")
    page.fill("[name=name]", "王大山")
    page.fill("[name=phone]", "13812345678")
    further("file-who")
    page.click("button[data-main]")
    expect(page.locator("body")).to_contain_text("我们收到了")
    employee.look("receipt")
    with page.expect_navigation():
        page.get_by_role("button", name="查看进度").click()
    employee.look("progress")


def find(officer: Person, text: str) -> str:
    """The reference of the filing with these words, from the list of work."""
    officer.page.goto("/desk/")
    row = officer.page.locator("main table tr", has_text=text[:6])
    link = row.locator("a[href*='/desk/cases/']").first.get_attribute("href") or ""
    return link.rstrip("/").split("/")[-1]


def test_wages_eleven_months_after_leaving(
    installation: Installation, chromium: Browser, pictures: Path | None, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{installation.port}"
    employee, officer = (
        Person(chromium, address, pictures, "employee", PHONE),
        Person(chromium, address, pictures, "officer", DESKTOP),
    )
    left = current_day() - timedelta(days=334)
    written = f"{left.year}年{left.month}月{left.day}日"
    page = ask(employee, {"matter": "pay", "employed": "no", "left_on": written})
    told = page.locator("main .way-day").first
    last_day = day_in(told.inner_text())
    assert timedelta(days=364) < last_day - left < timedelta(days=380)
    expect(told).to_contain_text(f"还有 {(last_day - current_day()).days} 天")
    red = told.evaluate("element => getComputedStyle(element).color").removeprefix("rgb(").rstrip(")").split(", ")
    assert int(red[0]) > 150 > int(red[1])
    text = "我离职快一年了，最后三个月的工资一直没有给我。"
    go_on_and_file(employee, text, "补发三个月工资")
    assert day_in(page.locator("main .way-day").first.inner_text()) == last_day

    officer.sign_in()
    reference = find(officer, text)
    officer.take(reference, "register", lambda form: form.fill("[name=matter]", "离职后工资未发"))
    officer.page.goto(f"/desk/cases/{reference}/")
    assert day_in(officer.page.locator("main .way-short").first.inner_text()) == last_day

    def classify(form: Page) -> None:
        form.check("[name=classification][value=claim]")
        form.check("[name=branch][value='2']")

    officer.take(reference, "classify", classify)
    officer.take(reference, "route_out", lambda form: form.check("[name=route][value=wage_arrears_arbitration]"))
    employee.page.reload()
    employee.look("progress-told")
    link = employee.page.locator("main a", has_text="法定途径告知书").first.get_attribute("href")
    answer = employee.context.request.get(f"{address}{link}")
    paper = (pictures or tmp_path) / "D6.pdf"
    paper.write_bytes(answer.body())
    printed = subprocess.run(["pdftotext", paper, "-"], capture_output=True, text=True, check=True).stdout
    assert f"{last_day.year}年{last_day.month}月{last_day.day}日" in "".join(printed.split())
    assert employee.complaints == officer.complaints == []


def test_an_injury_25_days_ago(installation: Installation, chromium: Browser, pictures: Path | None) -> None:
    address = f"http://127.0.0.1:{installation.port}"
    employee, officer = (
        Person(chromium, address, pictures, "employee", PHONE),
        Person(chromium, address, pictures, "officer", DESKTOP),
    )
    happened = current_day() - timedelta(days=25)
    facts = {
        "matter": "injury", "injury_stage": "recognition", "employer_applied": "no",
        "accident_on": happened.isoformat(),
    }  # fmt: skip
    page = ask(employee, facts)
    own = day_in(page.locator("main .way-day").first.inner_text())
    assert timedelta(days=364) < own - happened < timedelta(days=380)
    owed = page.locator("main .way dd strong").first
    expect(owed).to_contain_text("30日")
    employer = day_in(owed.inner_text())
    assert timedelta(days=30) <= employer - happened < timedelta(days=42)
    text = "我上班时从架子上摔下来，腿断了，单位一直没有申请工伤。"
    go_on_and_file(employee, text, "申请工伤认定")

    officer.sign_in()
    reference = find(officer, text)
    officer.page.goto(f"/desk/cases/{reference}/")
    alert = officer.page.locator("main .note", has_text="单位还有法定义务")
    officer.look("duty-of-the-enterprise")
    assert day_in(alert.inner_text()) == employer
    assert day_in(officer.page.locator("main .way-calm").first.inner_text()) == own
    assert employee.complaints == officer.complaints == []


def test_a_visit_of_eight_with_six_named(installation: Installation, chromium: Browser, pictures: Path | None) -> None:
    officer = Person(chromium, f"http://127.0.0.1:{installation.port}", pictures, "officer", DESKTOP)
    officer.sign_in()
    page = officer.page
    page.goto("/desk/new/?channel=visit")
    names = ["赵一", "钱二", "孙三", "李四", "周五", "吴六"]
    page.fill("[name=text]", "装卸班八个人来访，反映高温补贴连续两年没有发。")
    page.fill("[name=demands]", "补发两年高温补贴")
    page.fill("[name=headcount]", "8")
    page.fill("[name=representatives]", "\n".join(names))
    page.fill("[name=name]", "赵一")
    officer.look("visit")
    page.locator("[name=text]").press("Control+Enter")
    receipt = page.locator("main .receipt")
    expect(receipt).to_contain_text("代表最多5人")
    for name in names:
        expect(receipt).to_contain_text(name)
    officer.look("visit-receipt")
    with page.expect_download() as printed:
        receipt.get_by_role("button", name="打印回执").click()
    assert printed.value.path().read_bytes().startswith(b"%PDF")
    with page.expect_navigation():
        receipt.get_by_role("link", name="登记代表").click()
    officer.look("representatives")
    page.fill("[name=names]", "\n".join(names[:5]))
    with page.expect_navigation():
        page.locator("main form button[type=submit].btn-main").click()
    reference = page.url.rstrip("/").split("/")[-1]
    officer.take(reference, "register", lambda form: form.fill("[name=matter]", "高温补贴两年未发"))
    page.goto(f"/desk/cases/{reference}/")
    expect(page.locator("main")).to_contain_text("共8人")
    officer.look("visit-case")
    assert officer.complaints == []
