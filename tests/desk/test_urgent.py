"""The pages of urgent reports: one tap to the form, one press to report; who sees what; what a page costs."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from huiyin.cases import triage
from huiyin.cases.models import Case, Stage
from huiyin.oversight import urgent
from huiyin.oversight.models import Urgent, UrgentTold
from huiyin.trail.moments import server_now
from tests.cases.world import World, bring
from tests.desk.signed import client
from tests.oversight.test_urgent import SAID, followed, reported

ALLOWED = 10


def page(name: str, url: str) -> str:
    return client(name).get(url).content.decode()


def test_the_form_begins_at_the_enterprises_own_hour(world: World) -> None:
    form = client("handler").get(reverse("desk:urgent_new")).context["form"]
    moments = {one: form[one].value() for one in ("happened_at", "known_at")}
    hour = localtime(server_now()).strftime("%Y-%m-%d %H:")
    assert all(moment.startswith(hour) for moment in moments.values())
    client("handler").post(reverse("desk:urgent_new"), SAID | {"headcount": "30"} | moments)
    assert not urgent.was_late(Urgent.objects.get())


def posted(**changes: str) -> dict[str, str]:
    """What the form sends when nothing but the words was filled in, with its own moments."""
    now = localtime(server_now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    return SAID | {"headcount": "30"} | dict.fromkeys(("happened_at", "known_at"), now) | changes


def test_one_tap_from_the_work_page_and_one_press_reports(world: World) -> None:
    new = reverse("desk:urgent_new")
    assert new in page("handler", reverse("desk:work")) and new not in page("chief", reverse("desk:work"))
    answer = client("handler").post(new, posted())
    row = Urgent.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, reverse("desk:urgent", args=[row.reference]))
    assert row.reports.get().headcount == 30


def test_a_leader_finds_it_on_the_work_page_and_in_the_notices(world: World) -> None:
    row = reported(world)
    url = reverse("desk:urgent", args=[row.reference])
    assert "1 份紧急报告等您看" in page("chief", reverse("desk:work"))
    notices = page("chief", reverse("desk:notices"))
    assert f'href="{url}"' in notices and reverse("desk:case", args=[row.reference]) not in notices
    assert "还没有" in page("chief", url) and SAID["demand"] in page("chief", url)
    assert client("chief").post(reverse("desk:urgent_read", args=[row.reference])).status_code == 303
    assert "份紧急报告等您看" not in page("chief", reverse("desk:work"))
    assert UrgentTold.objects.get(to__username="chief").read_at


def test_what_is_missing_is_said_at_its_field_and_nothing_is_made(world: World) -> None:
    answer = client("handler").post(reverse("desk:urgent_new"), posted(measures=""))
    assert answer.status_code == 422 and not Urgent.objects.exists()
    answer = client("handler").post(reverse("desk:urgent_new"), posted(case="信〔2026〕999号"))
    assert answer.status_code == 422 and "没有找到这个编号的事项" in answer.content.decode()


def test_a_case_that_is_sealed_later_tells_nobody_its_number(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    client("handler").post(reverse("desk:urgent_new"), posted(case=case.number or ""))
    row = Urgent.objects.get()
    url = reverse("desk:urgent", args=[row.reference])
    assert row.case_id == case.pk and case.reference in page("handler", url)
    triage.seal_lane(Case.objects.get(pk=case.pk), by=world.officer, at=server_now())
    for name in ("handler", "officer", "chief", "deputy"):
        text = page(name, url) + page(name, reverse("desk:urgents")) + page(name, reverse("desk:notices"))
        assert case.reference not in text and str(case.number) not in text
    answer = client("handler").post(reverse("desk:urgent_new"), posted(case=case.reference))
    assert answer.status_code == 422


def test_a_follow_up_stands_on_top(world: World) -> None:
    row = reported(world)
    url = reverse("desk:urgent_follow", args=[row.reference])
    answer = client("head").post(url, {**posted(), "state": "人员已经离开"})
    assert answer.status_code == 303
    text = page("deputy", reverse("desk:urgent", args=[row.reference]))
    assert text.index("第1次续报") < text.index("首次报告 <a")
    assert client("deputy").get(url).status_code == 404


def test_the_paper_is_a_pdf_to_those_who_see_the_matter(world: World) -> None:
    row = reported(world)
    url = reverse("desk:urgent_paper", args=[row.reference, row.reports.get().paper.reference])
    assert client("chief").get(url)["Content-Type"] == "application/pdf"
    assert client("stranger").get(url).status_code == 404
    assert client("chief").get(reverse("desk:urgent_paper", args=[row.reference, "NOTTHERE"])).status_code == 404


def statements(name: str, url: str) -> int:
    signed = client(name)
    signed.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert signed.get(url).status_code == 200
    return len(seen)


def test_pages_cost_no_more_with_more_rows(world: World) -> None:
    case = bring(world, Stage.HANDLING)[0]
    row = reported(world, case=case)
    urls = [
        ("chief", reverse("desk:urgents")),
        ("handler", reverse("desk:urgents")),
        ("chief", reverse("desk:urgent", args=[row.reference])),
        ("head", reverse("desk:work")),
        ("head", reverse("desk:urgent_new")),
    ]
    few = [statements(*one) for one in urls]
    for _time in range(2):
        followed(world, row)
        reported(world, "liaison")
    many = [statements(*one) for one in urls]
    assert many == few and max(few) <= ALLOWED, list(zip(urls, few, many, strict=True))
    assert urgent.visible(world.handler).count() == 3
