"""The pages of oversight: one press, one act; who sees what; what a page costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from huiyin.cases.models import Case, Stage
from huiyin.org.models import Post, User
from huiyin.oversight import answering, instructions, rounds, supervision
from huiyin.oversight.models import Advice, Instruction, State, Supervision
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World, bring
from tests.desk.signed import client

ALLOWED = 10


def page(name: str, url: str, **query: str) -> str:
    return client(name).get(url, query).content.decode()


def proposed(world: World) -> Supervision:
    bring(world, Stage.ASSIGNED)
    with server_time(server_now() + timedelta(days=9)):
        rounds.propose(server_now())
    return Supervision.objects.get(trigger="overdue")


def act(row: Supervision | Instruction | Advice, code: str) -> str:
    return reverse("desk:asked_act", args=[type(row).__name__.lower(), row.reference, code])


def demanded(world: World, case: Case | None = None) -> Supervision:
    return supervision.demand(
        case or bring(world, Stage.HANDLING)[0], unit=world.refinery, trigger="shirking", missed="没有按期联系反映人",
        text="请三日内联系。", by=world.officer, at=server_now(),
    )  # fmt: skip


def test_one_press_issues_what_was_proposed(world: World) -> None:
    row = proposed(world)
    shown = page("officer", reverse("desk:proposals"))
    assert row.missed in shown and "发出督办" in shown
    assert "件建议督办等您决定" in page("officer", reverse("desk:work"))
    answer = client("officer").post(act(row, "issue") + "?back=list", {"text": row.text})
    assert answer.status_code == 303 and answer["Location"] == reverse("desk:proposals")
    row.refresh_from_db()
    assert row.state == State.ASKED


def test_a_dismissal_without_a_reason_is_shown_again(world: World) -> None:
    row = proposed(world)
    assert client("officer").post(act(row, "dismiss"), {"reason": "", "sent": "1"}).status_code == 422
    assert client("officer").post(act(row, "dismiss"), {"reason": "当天已签收"}).status_code == 303
    row.refresh_from_db()
    assert row.state == State.DISMISSED


@pytest.mark.parametrize("name", ["chief", "deputy", "head", "liaison", "handler", "inspector"])
def test_a_proposal_is_there_for_the_office_alone(world: World, name: str) -> None:
    row = proposed(world)
    assert client(name).get(reverse("desk:proposals")).status_code == 404
    assert client(name).get(reverse("desk:asked", args=["supervision", row.reference])).status_code == 404


def test_a_demand_by_hand_is_answered_and_read_on_its_pages(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    said = {
        "unit": str(world.refinery.pk),
        "trigger": "superior_asks",
        "missed": "上级11月20日来函催办",
        "text": "请速办。",
    }
    assert client("officer").post(reverse("desk:supervise", args=[case.reference]), said).status_code == 303
    row = Supervision.objects.get()
    url = reverse("desk:asked", args=["supervision", row.reference])
    assert "上级11月20日来函催办" in page("head", url) and "书面答复" in page("head", url)
    assert act(row, "answer") not in page("officer", url)
    assert row.number and row.number in page("head", reverse("desk:work"))
    assert client("head").post(act(row, "answer"), {"text": "已经办理。"}).status_code == 303
    assert "审阅答复" in page("officer", reverse("desk:work"))
    assert client("officer").post(act(row, "accept"), {"sent": "1"}).status_code == 303
    row.refresh_from_db()
    assert row.state == State.CLOSED and verify().findings == []


def test_an_act_that_is_not_ones_own_is_refused_with_a_sentence(world: World) -> None:
    row = demanded(world)
    assert client("officer").post(act(row, "answer"), {"text": "代答。"}).status_code == 403
    assert client("handler").post(act(row, "withdraw"), {"reason": "不需要"}).status_code == 403
    assert client("stranger_head").post(act(row, "answer"), {"text": "代答。"}).status_code == 404
    assert client("officer").get(act(row, "nothing")).status_code == 404


def test_a_leader_instructs_in_two_taps(world: World) -> None:
    case = bring(world, Stage.ASSIGNED)[0]
    with server_time(server_now() + timedelta(days=9)):
        area = page("deputy", reverse("desk:area"))
        link = reverse("desk:instruct", args=[case.reference])
        assert link in area
        assert client("deputy").post(link, {"unit": str(world.refinery.pk), "text": "请马上签收。"}).status_code == 303
        row = Instruction.objects.get()
        assert reverse("desk:asked", args=["instruction", row.reference]) in page("deputy", reverse("desk:area"))
    assert row.given_by.username == "deputy"


def test_the_office_enters_one_that_was_written_on_paper(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    chief = User.objects.get(username="chief")
    said = {"unit": str(world.refinery.pk), "text": "请妥善处理。", "given_by": str(chief.pk), "given_on": "2026.1.5"}
    today = localtime(server_now()).date()
    said["given_on"] = f"{today.year}.{today.month}.{today.day}"
    assert client("officer").post(reverse("desk:instruct", args=[case.reference]), said).status_code == 303
    assert Instruction.objects.get().given_by == chief


def test_advice_goes_out_and_comes_back(world: World) -> None:
    said = {
        "unit": str(world.refinery.pk),
        "kind": "improve",
        "problem": "没有公示。",
        "basis": "企业制度",
        "text": "每月公示。",
    }
    assert client("officer").post(reverse("desk:advise"), said).status_code == 303
    row = Advice.objects.get()
    feedback = {"adoption": "partly_adopted", "text": "逐步公示。"}
    assert client("head").post(act(row, "answer"), feedback).status_code == 303
    shown = page("officer", reverse("desk:asked", args=["advice", row.reference]))
    assert "部分采纳" in shown and "信访工作建议反馈函" in shown


def test_the_block_of_a_case_is_a_fragment_and_a_page(world: World) -> None:
    row = demanded(world)
    url = reverse("desk:case_oversight", args=[row.case.reference])
    assert url in page("officer", reverse("desk:case", args=[row.case.reference]))
    whole = page("officer", url)
    fragment = client("officer").get(url, headers={"HX-Request": "true"}).content.decode()
    assert row.number and row.number in whole and row.number in fragment
    assert "<html" in whole and "<html" not in fragment
    assert reverse("desk:supervise", args=[row.case.reference]) in fragment
    assert reverse("desk:supervise", args=[row.case.reference]) not in page("handler", url)


def test_a_list_shows_what_is_in_view_and_its_filters_as_words(world: World) -> None:
    row = demanded(world)
    url = reverse("desk:oversight", args=["supervision"])
    assert row.number and row.number in page("head", url) and row.number not in page("stranger_head", url)
    assert row.number not in page("officer", url, due="missed")
    narrowed = page("officer", url, state="asked", unit=str(world.refinery.pk))
    assert row.number in narrowed and "去掉“待答复”" in narrowed and "去掉“炼化”" in narrowed


def test_what_stalled_stands_on_top_of_the_work_page_with_where_to_go(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    Post.objects.filter(user__username__in=["head", "deputy", "chief"]).update(ends_on=made.SINCE)
    row = demanded(world, case)
    shown = page("officer", reverse("desk:work"))
    assert "件督办停住了" in shown and row.number and row.number in shown
    assert "件督办停住了" not in page("liaison", reverse("desk:work"))


def test_a_running_demand_raises_no_alarm(world: World) -> None:
    demanded(world)
    assert "件督办停住了" not in page("officer", reverse("desk:work"))


def test_its_paper_opens_for_who_sees_it(world: World) -> None:
    row = demanded(world)
    assert row.paper
    url = reverse("desk:asked_paper", args=["supervision", row.reference, row.paper.reference])
    assert client("head").get(url)["Content-Type"] == "application/pdf"
    assert client("stranger").get(url).status_code == 404


def statements(name: str, url: str) -> int:
    signed = client(name)
    signed.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert signed.get(url).status_code == 200
    return len(seen)


def test_pages_cost_no_more_with_more_rows(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    row = demanded(world, case)
    instructions.give(case, text="请办。", unit=world.refinery, by=world.deputy, at=server_now())
    answering.answer(row, text="已办。", by=world.head, at=server_now())
    answering.return_answer(row, reason="不全", by=world.officer, at=server_now())
    urls = [
        ("officer", reverse("desk:work")),
        ("head", reverse("desk:work")),
        ("officer", reverse("desk:oversight", args=["supervision"])),
        ("officer", reverse("desk:proposals")),
        ("deputy", reverse("desk:area")),
        ("officer", reverse("desk:case_oversight", args=[case.reference])),
        ("head", reverse("desk:asked", args=["supervision", row.reference])),
    ]
    few = [statements(*one) for one in urls]
    for _time in range(3):
        demanded(world, case)
        instructions.give(case, text="请办。", unit=world.refinery, by=world.deputy, at=server_now())
        answering.answer(row, text="已办。", by=world.head, at=server_now())
        answering.return_answer(row, reason="不全", by=world.officer, at=server_now())
    many = [statements(*one) for one in urls]
    assert many == few and max(few) <= ALLOWED, list(zip(urls, few, many, strict=True))
