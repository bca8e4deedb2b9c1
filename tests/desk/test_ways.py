"""The ways of a case at the desk: asked question by question, told, and in sight on both pages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from huiyin.cases import advising
from huiyin.cases.models import Case, RouteAdvice, Stage
from huiyin.org import doorway
from huiyin.org.models import User
from huiyin.trail.moments import server_now, server_time
from tests.cases import world as made
from tests.cases.test_advising import INJURY, WAGES
from tests.cases.world import World, bring
from tests.portal.typed import filing

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

LAST = '还有 31 天<span class="num">（2026年12月25日 周五）</span>'


@pytest.fixture
def world(db: None) -> World:
    doorway.forget()
    return made.build()


def signed(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def sent(facts: dict[str, object], **more: str) -> dict[str, str]:
    return {"asked": " ".join(facts), **{f"fact-{code}": str(value) for code, value in facts.items()}, **more}


def ways_page(case: Case) -> str:
    return reverse("desk:advise", args=[case.reference])


def case_page(case: Case, name: str = "officer") -> str:
    return signed(name).get(reverse("desk:case", args=[case.reference])).content.decode()


def test_the_officer_asks_tells_and_both_pages_show_the_last_day(world: World) -> None:
    with server_time(NOW):
        case, filing_row = bring(world, Stage.REGISTERED)
        officer = signed("officer")
        assert "是什么事" in officer.get(ways_page(case)).content.decode()
        first = officer.post(ways_page(case), {"asked": "matter", "shown": "matter", "fact-matter": "pay"})
        assert "您现在还是本单位的职工吗" in first.content.decode()
        everything = {
            **WAGES, "proceeding": "none", "dispatched": "no", "workers": "1", "punish": "no", "asked_on": "",
            "relief_on": "", "promised_on": "", "hindered": "no",
        }  # fmt: skip
        answer = officer.post(ways_page(case), sent(everything)).content.decode()
        assert LAST in answer and not RouteAdvice.objects.exists()
        assert officer.post(ways_page(case), sent(everything, keep="1")).status_code == 303
        page = case_page(case)
        assert '<span class="way-short"><strong>还有 31 天（2026年12月25日 周五）</strong></span>' in page
        own = signed("E1").get(reverse("progress", args=[filing_row.reference])).content.decode()
        assert LAST in own and "劳动报酬争议仲裁" in own
        changed = officer.get(ways_page(case)).content.decode()
        assert 'value="2025-12-25"' in changed


def test_an_injury_25_days_ago_alerts_to_the_employer_s_own_duty(world: World) -> None:
    with server_time(NOW):
        case, _ = bring(world, Stage.REGISTERED)
        assert "单位还有法定义务" not in case_page(case)
        advising.keep(case, INJURY, by=world.officer, at=server_now())
        page = case_page(case)
        assert "note-red" in page and "单位还有法定义务（工伤认定）" in page
        assert "还有 6 天（2026年11月30日 周一）" in page and "2027年11月1日 周一" in page
        advising.keep(case, {**INJURY, "employer_applied": "yes"}, by=world.officer, at=server_now())
        assert "单位还有法定义务" not in case_page(case)  # the twin: done, and gone


def test_a_refused_answer_comes_back_with_what_was_typed(world: World) -> None:
    case, _ = bring(world, Stage.REGISTERED)
    answer = signed("officer").post(ways_page(case), sent({**WAGES, "left_on": "2199-1-1"}, keep="1"))
    assert answer.status_code == 422 and 'value="2199-1-1"' in answer.content.decode()


def test_who_may_not_tell_sees_why_and_a_stranger_sees_nothing(world: World) -> None:
    case, _ = bring(world, Stage.HANDLING)
    assert "不能由您办理" in signed("head").get(ways_page(case)).content.decode()
    assert signed("head").post(ways_page(case), sent(WAGES, keep="1")).status_code == 403
    assert signed("stranger").get(ways_page(case)).status_code == 404


def test_the_notice_s_page_says_the_last_day_at_the_way_that_fits(world: World) -> None:
    with server_time(NOW):
        case, _ = bring(world, Stage.REGISTERED)
        Case.objects.filter(pk=case.pk).update(classification="claim", branch=2)
        advising.keep(case, WAGES, by=world.officer, at=server_now())
        page = signed("officer").get(reverse("desk:step", args=[case.reference, "route_out"])).content.decode()
    assert "还有 31 天（2026年12月25日 周五）" in page


def test_facts_carried_into_a_filing_are_kept_with_it_when_the_person_wants(world: World) -> None:
    brought = {key: value for key, value in sent(WAGES).items()}
    for keeps, count in ((None, 0), ("on", 1)):
        words = filing(identity="anonymous", name="", phone="", topic=None, keeps_ways=keeps, idempotency_key=None)
        assert Client().post("/file/", words | brought).status_code == 201
        assert RouteAdvice.objects.count() == count
    assert RouteAdvice.objects.get().given_by_id is None
