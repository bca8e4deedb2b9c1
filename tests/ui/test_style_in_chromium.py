"""The components in a real Chromium: no rule of axe broken, no policy violation, nothing wider than the screen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import page_of

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent.parent / "browser/vendor/axe.min.js"
SIZES = {"desk": (1366, 768), "phone": (390, 844)}
PAGES = ["style/desk", "style/home", "style/portal", "style/portal-errors", "refuse/409", "desk/refuse/404"]
PICTURES = os.environ.get("PICTURES")  # a folder to keep screenshots in


@pytest.fixture
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = SIZES[getattr(request, "param", "phone")]
    # axe is put in by the test's own hand, which the strict policy would refuse; the policy has its own test.
    with page_of(chromium, viewport={"width": width, "height": height}, bypass_csp=True) as page:
        yield page


@pytest.fixture
def plain(chromium: Browser) -> Iterator[Page]:
    """As people have it: nothing bypassed."""
    with page_of(chromium) as page:
        yield page


@pytest.mark.parametrize("page", SIZES, indirect=True)
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("is_large", [False, True])
def test_no_page_breaks_a_rule_of_axe_or_is_wider_than_the_screen(
    page: Page, name: str, is_large: bool, style_address: str, request: pytest.FixtureRequest
) -> None:
    if is_large:
        page.context.add_cookies([{"name": "type", "value": "large", "url": style_address}])
    answer = page.goto(f"{style_address}/{name}/")
    assert answer and answer.status == (int(name[-3:]) if "refuse" in name else 200)
    if PICTURES:
        size = request.node.callspec.params["page"]
        file = f"{name.replace('/', '-')}-{size}{'-large' if is_large else ''}.png"
        page.screenshot(path=Path(PICTURES) / file, full_page=True)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_axe_would_find_a_pale_badge(page: Page, style_address: str) -> None:
    page.goto(f"{style_address}/style/desk/")
    page.add_style_tag(content=".badge { color: #9aa }")
    page.add_script_tag(path=AXE)
    assert page.evaluate("axe.run().then(r => r.violations.map(v => v.id))") == ["color-contrast"]


@pytest.mark.parametrize("name", PAGES)
def test_no_page_breaks_its_own_content_security_policy(plain: Page, name: str, style_address: str) -> None:
    said: list[str] = []
    plain.on("console", lambda message: said.append(message.text))
    plain.goto(f"{style_address}/{name}/", wait_until="networkidle")
    assert [line for line in said if "Content Security Policy" in line or "violates" in line] == []
    plain.evaluate("document.body.setAttribute('style', 'color:red')")
    plain.wait_for_timeout(50)
    assert any("violates" in line or "Content Security Policy" in line for line in said), "the guard is awake"


def test_keys_reach_search_and_new_filing_but_not_while_typing(plain: Page, style_address: str) -> None:
    plain.goto(f"{style_address}/style/desk/")
    plain.keyboard.press("/")
    assert plain.evaluate("document.activeElement.id") == "search"
    plain.keyboard.type("n/?")
    assert plain.input_value("#search") == "n/?"
    plain.evaluate("document.activeElement.blur()")
    plain.keyboard.press("n")
    plain.wait_for_url("**/style/new/")


def test_large_type_changes_at_once_and_keeps_what_was_typed(plain: Page, style_address: str) -> None:
    plain.goto(f"{style_address}/style/portal/")
    plain.fill("#id_story", "夜班津贴没有发")
    with plain.expect_response("**/ui/type/"):
        plain.click("[data-type-switch] button")
    plain.wait_for_selector("html.large")
    assert plain.input_value("#id_story") == "夜班津贴没有发"
    plain.reload()
    assert plain.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"


def test_a_draft_comes_back_and_is_gone_after_sending(plain: Page, style_address: str) -> None:
    plain.goto(f"{style_address}/style/portal/")
    plain.locator("#id_story").press_sequentially("去年十月起没有发")
    plain.check("#id_identity_1")
    plain.goto(f"{style_address}/style/portal/")
    assert plain.input_value("#id_story") == "去年十月起没有发"
    assert plain.is_checked("#id_identity_1")
    assert "已找回" in plain.inner_text("[data-draft-said]")
    assert plain.inner_text(".left-over") == "还可以写 4992 字"
    plain.goto(f"{style_address}/style/home/")  # carries data-draft-done="style"
    plain.goto(f"{style_address}/style/portal/")
    assert plain.input_value("#id_story") == ""


def test_a_draft_can_be_cleared_by_hand(plain: Page, style_address: str) -> None:
    plain.goto(f"{style_address}/style/portal/")
    plain.locator("#id_story").press_sequentially("不想留下")
    plain.wait_for_selector("[data-draft-clear]")
    plain.click("[data-draft-clear]")
    assert plain.input_value("#id_story") == ""
    assert plain.evaluate("Object.keys(localStorage).length") == 0


def test_a_double_click_sends_once(plain: Page, style_address: str) -> None:
    plain.goto(f"{style_address}/style/portal/")
    sent: list[str] = []
    plain.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    with plain.expect_navigation():
        plain.evaluate("const b = document.querySelector('.btn-main'); b.click(); b.click(); b.click();")
    plain.wait_for_load_state("networkidle")
    assert len(sent) == 1
