"""Reviews through HTTP: the employee asks, the reviewer decides, the same once more, and the same matter again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from huiyin.cases import review
from huiyin.cases.models import Case, Filing, Hearing, Mediation, Review, ReviewRequest, Stage
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now
from tests.cases import reviews
from tests.cases import world as made
from tests.cases.world import World, bring
from tests.desk.signed import client

ALLOWED = 10
DECIDED = {"findings": "又核对了流水。", "reasons": "一致。", "basis": "第三十条"}


def page(case: Case, step: str = "") -> str:
    return reverse("desk:step", args=[case.reference, step]) if step else reverse("desk:case", args=[case.reference])


def take(name: str, case: Case, step: str, **said: object) -> None:
    answer = client(name).post(page(case, step), {"sent": "1", **said})
    assert answer.status_code == 303, answer.content.decode()
    case.refresh_from_db()


def asks(world: World, filing: Filing, text: str) -> None:
    signed = Client()
    signed.force_login(world.employee)
    where = reverse("ask_review", args=[filing.reference])
    shown = signed.get(where).content.decode()
    assert "30日内书面答复您" in shown
    assert signed.post(where, {"text": ""}).status_code == 422
    assert signed.post(where, {"text": text}).status_code == 303


def confirms(world: World, filing: Filing) -> None:
    signed = Client()
    signed.force_login(world.employee)
    assert signed.post(reverse("confirm", args=[filing.reference])).status_code == 303


def test_decision_review_final_review_and_the_same_matter_again_by_pages(world: World) -> None:
    _found, case, filing = reviews.received(world)
    asks(world, filing, "工资表是后来补的。")
    asked = client("refinery_reviewer").get(page(case, "take_up_review")).content.decode()
    assert "工资表是后来补的" in asked and "为什么受理超期的请求" not in asked
    take("refinery_reviewer", case, "take_up_review", way="portal")
    take("refinery_reviewer", case, "decide_review", result="upheld", **DECIDED)
    take("refinery_reviewer", case, "deliver_review", way="portal")
    confirms(world, filing)
    asks(world, filing, "流水少了一页。")
    for no in range(3):
        made.person(f"member{no}", Role.HANDLER, world.mine)
    take("reviewer", case, "take_up_review", way="portal")
    held = localtime(server_now() + timedelta(days=1))
    wrong = client("reviewer").post(
        page(case, "announce_hearing"),
        {
            "sent": "1",
            "held_at": f"{held:%Y-%m-%d %H:%M}",
            "hall": "会议室",
            "members": "nobody",
            "points": "流水",
            "way": "portal",
        },
    )
    assert wrong.status_code == 422 and "没有找到工号" in wrong.content.decode()
    take(
        "reviewer", case, "announce_hearing", held_at=f"{held:%Y-%m-%d %H:%M}", hall="会议室",
        members="member0\nmember1\nmember2", points="流水", way="portal",
    )  # fmt: skip
    take("reviewer", case, "open_hearing")
    take("reviewer", case, "end_hearing", **reviews.WHAT_WAS_HEARD)
    assert Hearing.objects.get().report_paper_id
    take(
        "reviewer", case, "decide_review", result="changed", outcome_1="supported", measure_1="月底前补发", **DECIDED
    )  # fmt: skip
    take("reviewer", case, "deliver_review", way="portal")
    confirms(world, filing)
    take("plant_handler", case, "execute", demand_no="1", text="已补发")
    take("officer", case, "end")
    assert case.stage == Stage.ENDED
    again, _filing = bring(world, Stage.REGISTERED)
    offered = client("officer").get(page(again, "no_longer")).content.decode()
    assert f'value="{case.number}"' in offered  # the ended matter with like words stands there already
    nothing = client("officer").post(page(again, "no_longer"), {"sent": "1", "way": "portal", "first_number": "甲1号"})
    assert nothing.status_code == 422 and "三级意见逐项写全" in nothing.content.decode()
    take("officer", again, "no_longer", earlier=case.number, why_same="同一笔工资", way="portal")
    assert again.stage == Stage.NO_LONGER
    own = Client()
    own.force_login(world.employee)
    shown = own.get(reverse("progress", args=[filing.reference])).content.decode()
    assert "三级程序已经终结" in shown and "您提出的理由" in shown and "请求复核" not in shown


def test_staff_write_down_a_request_and_the_organ_outside_answers_by_pages(world: World) -> None:
    case, filing = bring(world, Stage.REVIEWED)
    review.deliver(case, way="portal", by=world.reviewer, at=server_now())
    confirms(world, filing)
    today = localtime(server_now()).date().isoformat()
    take("officer", case, "record_review", way="oral", requested_on=today, grounds="不服复查")
    assert ReviewRequest.objects.latest("pk").way == "oral"
    take("officer", case, "pass_on_review")
    scanned = SimpleUploadedFile("文书.txt", made.SCANNED, "text/plain")
    take(
        "officer", case, "enter_opinion", result="upheld", number="国资复核〔2026〕3号", decided_on=today,
        received_on=today, text="维持。", files_whole=scanned,
    )  # fmt: skip
    assert (case.stage, case.next_step) == (Stage.DELIVERED, "execute")
    assert "国资复核〔2026〕3号" in client("officer").get(page(case)).content.decode()


def test_an_agreement_by_pages(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    take("handler", case, "begin_mediation", way="mediation", consent="双方都同意")
    day = (localtime(server_now()) + timedelta(days=9)).date().isoformat()
    signed = SimpleUploadedFile("协议.txt", "双方签名".encode(), "text/plain")
    take(
        "handler", case, "settle", facts="欠三个月", terms="月底前付清", carried_out_by_on=day, way="hand",
        files_whole=signed,
    )  # fmt: skip
    assert Mediation.objects.get().paper_id and case.stage == Stage.DELIVERED


@pytest.mark.parametrize("name", ["officer", "refinery_reviewer", "reviewer", "plant_handler"])
def test_the_page_of_a_reviewed_case_has_its_ceiling(world: World, name: str) -> None:
    _found, case, _filing = reviews.in_final(world)
    signed = client(name)
    signed.get(page(case))
    with CaptureQueriesContext(connection) as seen:
        shown = signed.get(page(case)).content.decode()
    assert "流水少了一页" in shown
    assert len(seen) <= ALLOWED, "\n".join(row["sql"] for row in seen.captured_queries)


def test_a_review_is_no_page_for_whoever_has_nothing_to_do_with_it(world: World) -> None:
    found, case, _filing = reviews.asked(world)
    made.person("other_reviewer", Role.REVIEWER, world.mine)
    for step in ("", "take_up_review", "decide_review"):
        assert client("other_reviewer").get(page(case, step)).status_code == 404
        assert client("refinery_reviewer").get(page(case, step)).status_code == 200
    refused = client("officer").post(page(case, "take_up_review"), {"sent": "1", "way": "portal"})
    assert refused.status_code == 403 and Review.objects.get().taken_up_at is None
    assert found.first.user_id


def test_before_anything_was_received_the_page_says_what_is_missing(world: World) -> None:
    _case, filing = bring(world, Stage.DELIVERED)
    own = Client()
    own.force_login(world.employee)
    shown = own.get(reverse("ask_review", args=[filing.reference])).content.decode()
    assert "现在不能请求复查" in shown and "<textarea" not in shown
    assert "请求复查</a>" not in own.get(reverse("progress", args=[filing.reference])).content.decode()
