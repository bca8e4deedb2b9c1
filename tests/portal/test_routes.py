"""The route adviser on the portal: question after question without a script, the answer, and no trace of either."""

from __future__ import annotations

import logging
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from huiyin.org import doorway
from huiyin.trail.models import Event
from huiyin.trail.moments import server_time
from tests.cases.world import World
from tests.portal.test_traces import kept

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LEFT = "2025.12.25"
WAGES = {"matter": "pay", "employed": "no", "left_on": LEFT}


@pytest.fixture(autouse=True)
def anew() -> None:
    doorway.forget()


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the first form for facts: hidden fields, and radio buttons that are on."""
    form = page[page.index('action="/routes/"') :]
    found = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', form))
    for tag in re.findall(r"<input[^>]*checked[^>]*>", form):
        found[re.findall(r'name="([\w-]+)"', tag)[0]] = re.findall(r'value="([^"]*)"', tag)[0]
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def walk(client: Client, said: dict[str, str]) -> str:
    """Answer what is asked, screen by screen, until the answer comes."""
    page = client.get("/routes/").content.decode()
    for _ in range(8):
        sent = fields(page)
        shown = sent.get("shown", "").split()
        if not shown:
            return page
        sent |= {f"fact-{code}": said[code] for code in shown if code in said}
        answer = client.post("/routes/", sent)
        assert answer.status_code == 200, answer.content.decode()
        page = answer.content.decode()
        if "您可以走的途径" in page or "这件事已经在法定程序里" in page:
            return page
    raise AssertionError("no answer after eight screens")


@pytest.mark.django_db
def test_a_wage_claim_eleven_months_after_leaving_gets_its_last_day() -> None:
    with server_time(NOW):
        page = walk(Client(), WAGES)
    assert "劳动报酬争议仲裁" in page and '还有 31 天<span class="num">（2026年12月25日 周五）</span>' in page
    assert 'class="way-day way-short"' in page
    assert "不保证上述期限停止计算" in page and "《劳动争议调解仲裁法》" in page


@pytest.mark.django_db
def test_an_injury_names_the_employer_s_last_day_and_the_own_year() -> None:
    with server_time(NOW):
        page = walk(
            Client(),
            {"matter": "injury", "injury_stage": "recognition", "accident_on": "2026-10-30", "employer_applied": "no"},
        )
    assert "2027年11月1日 周一" in page and "2026年11月30日 周一" in page


@pytest.mark.django_db
def test_what_is_in_a_procedure_gets_no_merits() -> None:
    page = walk(Client(), {**WAGES, "proceeding": "court"})
    assert "不再对实体作出处理" in page and "劳动报酬争议仲裁" not in page


@pytest.mark.django_db
def test_a_day_that_can_t_be_is_told_at_its_field_with_what_was_typed() -> None:
    sent = {"asked": "matter employed left_on", "shown": "left_on", "fact-matter": "pay", "fact-employed": "no"}
    answer = Client().post("/routes/", {**sent, "fact-left_on": "2199-1-1"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "还没有到的日子" in page and 'value="2199-1-1"' in page


@pytest.mark.django_db
def test_two_answers_that_contradict_are_both_there_to_be_mended() -> None:
    sent = {"asked": "matter employed left_on", "shown": "employed", "fact-matter": "pay", "fact-employed": "yes"}
    answer = Client().post("/routes/", {**sent, "fact-left_on": "2025-1-1"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "请改其中一项" in page and 'name="fact-left_on"' in page


@pytest.mark.django_db
def test_answers_can_be_changed() -> None:
    client = Client()
    sent = {
        "again": "1",
        "asked": "matter employed left_on",
        **{f"fact-{code}": value for code, value in WAGES.items()},
    }
    page = client.post("/routes/", sent).content.decode()
    assert f'value="{LEFT}"' in page and 'name="fact-matter"' in page


def test_nothing_of_what_was_asked_is_kept(world: World, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    before, events = kept(), Event.objects.count()
    with caplog.at_level(logging.DEBUG):
        walk(client, WAGES)
        answer = client.post("/routes/", {"asked": "matter left_on", "fact-matter": "pay", "fact-left_on": "2199-1-1"})
        assert answer.status_code == 422
    assert kept() == before and Event.objects.count() == events and not Session.objects.exists()
    assert "sessionid" not in client.cookies
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [line for line in lines if re.search(r"2025\D12\D25|2199|fact-|employed", line)]
    logging.getLogger("huiyin").warning("fact-left_on 2025.12.25")
    assert "2025.12.25" in caplog.text  # the twin: a line that holds a fact would be seen


def test_the_answer_of_somebody_signed_in_leaves_no_trace_either(world: World, client: Client) -> None:
    client.force_login(world.employee)
    before = kept()
    walk(client, WAGES)
    assert kept() == before


@pytest.mark.django_db
def test_who_goes_on_brings_the_facts_into_the_form_and_files_nothing_yet(client: Client) -> None:
    with server_time(NOW):
        sent = {"carry": "1", "asked": "matter employed left_on"}
        page = client.post("/file/", sent | {f"fact-{code}": value for code, value in WAGES.items()})
    text = page.content.decode()
    assert page.status_code == 200 and "还有 31 天（2026年12月25日 周五）" in text
    assert f'name="fact-left_on" value="{LEFT}"' in text
    assert not Event.objects.exists() and not Session.objects.exists()


@pytest.mark.django_db
def test_a_flood_is_told_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorway, "MOST_QUESTIONS", 1)
    client = Client()
    sent = {"asked": "matter", "shown": "matter", "fact-matter": "other"}
    assert client.post("/routes/", sent).status_code == 200
    assert client.post("/routes/", sent).status_code == 429
