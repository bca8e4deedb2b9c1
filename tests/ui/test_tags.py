"""Template tags: dates in the enterprise's zone, time in words, masks, labels tied to their fields."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.template import engines

import huiyin
from huiyin.clocks import policy
from huiyin.clocks.models import Clock
from huiyin.trail.moments import server_time
from huiyin.ui import due
from scripts import vendor
from tests.ui.style_pages import StyleForm

NOW = datetime(2026, 9, 21, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai


def drawn(text: str, **context: Any) -> str:
    with server_time(NOW):
        page: str = engines["django"].from_string("{% load ui_tags %}" + text).render(context)
    return page


def clock(**more: Any) -> Clock:
    values: dict[str, Any] = {
        "started_at": NOW - timedelta(days=5),
        "due_on": date(2026, 9, 24),
        "rule": "notice",
        "policy_id": policy.current().sha256,
    }
    return Clock(**(values | more))


def test_dates_read_in_the_enterprises_zone() -> None:
    late = datetime(2026, 9, 23, 18, 5, tzinfo=UTC)  # already the 24th in Shanghai
    assert drawn("{{ at|day }} {{ at|moment }}", at=late) == "2026年9月24日 9月24日 周四 02:05"
    assert drawn("{{ at|moment }}", at=late.replace(year=2025)) == "2025年9月24日 周三 02:05"
    assert drawn("{{ at|iso }}", at=late) == "2026-09-24T02:05:00+08:00"
    assert drawn("{{ at|day }}{{ at|moment }}{{ at|iso }}{{ at|weekday }}", at=None) == ""


@pytest.mark.parametrize(
    ("what", "text", "urgency"),
    [
        (clock(), "还有 3 个工作日（9月24日 周四）", "calm"),
        (clock(started_at=NOW - timedelta(days=30)), "还有 3 个工作日（9月24日 周四）", "soon"),
        (clock(due_on=date(2026, 9, 21)), "今天到期", "soon"),
        (clock(due_on=date(2026, 9, 19)), "已超期 2 天", "missed"),
        (clock(due_on=date(2026, 9, 19), rule="ask_review"), "9月19日 周六已到期", "done"),
        (clock(stopped_at=NOW), "已完成（9月21日 周一）", "done"),
        (clock(paused_at=NOW), "9月21日 周一起中止计算", "done"),
        (
            clock(due_at=NOW + timedelta(minutes=25), started_at=NOW - timedelta(minutes=35)),
            "还有 25 分钟（10:25）",
            "calm",
        ),
        (
            clock(due_at=NOW + timedelta(minutes=9), started_at=NOW - timedelta(minutes=51)),
            "还有 9 分钟（10:09）",
            "soon",
        ),
        (clock(due_at=NOW - timedelta(minutes=5)), "已超时 5 分钟", "missed"),
        (date(2026, 9, 19), "已超期 2 天", "missed"),
        (None, "没有期限", "done"),
    ],
)
def test_time_is_said_in_words(what: Clock | date | None, text: str, urgency: str) -> None:
    said = due.words(what, now=NOW)
    assert (said.text, said.urgency) == (text, urgency)


def test_a_due_date_leads_to_its_explanation() -> None:
    page = drawn("{% due clock '/explain/1/' %}", clock=clock())
    assert '<a href="/explain/1/"' in page and "还有 3 个工作日" in page


def test_a_due_date_breaks_before_its_bracket_alone() -> None:
    page = drawn("{% due clock %}", clock=clock())
    assert re.findall('"time-left">([^<]*)<', page) == ["还有 3 个工作日", "（9月24日 周四）"]


def test_every_field_has_its_label_help_and_error_tied_to_it() -> None:
    page = drawn("{% field form.matter %}", form=StyleForm({}))
    assert '<label for="id_matter">' in page
    assert 'aria-describedby="id_matter_helptext id_matter_error"' in page and 'id="id_matter_error"' in page
    assert 'aria-invalid="true"' in page
    assert "（选填）" not in page and "（选填）" in drawn("{% field form.day %}", form=StyleForm())


def test_each_choice_says_what_it_means() -> None:
    page = drawn("{% field form.identity %}", form=StyleForm())
    assert page.count('class="choice"') == 3 and "只能凭查询码回复您" in page and "<legend>" in page


def test_what_was_typed_is_never_markup() -> None:
    page = drawn(
        "{% field form.matter %}{% error_summary form %}", form=StyleForm({"matter": "<script>x</script>" * 9})
    )
    assert "<script>" not in page


def test_the_summary_names_every_error_once_and_links_to_its_field() -> None:
    page = drawn("{% error_summary form %}", form=StyleForm({}))
    assert page.count("<li>") == 4 and 'href="#id_identity_0"' in page
    assert drawn("{% error_summary form %}", form=StyleForm()).strip() == ""


def test_masks_and_sizes() -> None:
    assert drawn("{{ v|masked:'phone' }}", v="13812345678") == "138****5678"
    assert drawn("{{ v|masked:'phone' }}", v="") == ""
    assert [drawn("{{ v|filesize }}", v=v) for v in (0, 12, 2048, 5_452_595)] == ["空文件", "12 字节", "2 KB", "5.2 MB"]


def test_a_badge_takes_only_known_tones() -> None:
    with pytest.raises(ValueError, match="no badge tone"):
        drawn("{% badge 'x' 'purple' %}")


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    root = Path(huiyin.__file__).parent
    sprite = (root / "ui/static/vendor/icons.svg").read_text("utf-8")
    have = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    named = {
        name
        for path in root.rglob("templates/**/*.html")
        for name in re.findall(r'\{% icon "([\w-]+)"', path.read_text("utf-8"))
    }
    assert named and named <= have, named - have


def test_vendored_files_are_as_listed_and_a_change_is_seen(tmp_path: Path) -> None:
    assert vendor.differences() == []
    listed = json.loads(vendor.LIST.read_text("utf-8"))
    listed[0]["sha256"] = "0" * 64
    changed = tmp_path / "versions.json"
    changed.write_text(json.dumps(listed), "utf-8")
    assert any("was changed" in line for line in vendor.differences(changed))


def test_the_stylesheet_stays_small_and_old_browsers_read_it() -> None:
    css = (Path(huiyin.__file__).parent / "ui/static/ui/huiyin.css").read_text("utf-8")
    assert len(css.encode()) <= 40 * 1024
    asked_first = re.sub(r"@supports selector\(:has\(a\)\) {.*?\n}", "", css, flags=re.DOTALL)
    assert ":has(" not in asked_first and not re.search(r"[{;]\s*&", css), "Chromium 100 knows neither :has nor nesting"
    assert "http" not in css


def test_no_template_has_inline_style_or_script() -> None:
    for path in Path(huiyin.__file__).parent.rglob("templates/**/*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", text), path
