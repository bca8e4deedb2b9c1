"""Behaviours 1, 3, 10 and 17 of the check list in domain.md §10."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from huiyin.cases import counts, identity, intake, joining
from huiyin.cases.intake import Person
from huiyin.cases.models import Case, Filing, Party
from huiyin.kernel.errors import Invalid
from huiyin.org.models import User
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases.channels import take_in
from tests.cases.world import DEMAND, TEXT, World, file

SIX = [f"代表{no}" for no in "甲乙丙丁戊己"]


def posted(**more: str) -> dict[str, str]:
    """What quick registration sends for a visit."""
    now = localtime(server_now())
    return {
        "channel": "visit", "received_at": f"{now:%Y-%m-%d %H:%M}", "text": TEXT, "demands": DEMAND,
        "identity": "named", "name": "王小明", "headcount": "8", "idempotency_key": "k" * 20,
    } | more  # fmt: skip


def test_behaviour_1_six_representatives_refuse_the_field_not_the_petition(world: World) -> None:
    client = Client()
    client.force_login(User.objects.get(username="officer"))
    answer = client.post(reverse("desk:register_new"), posted(representatives="\n".join(SIX)))
    assert answer.status_code == 201
    assert "代表最多5人" in answer.text and "6位代表" in answer.text
    filing = Filing.objects.get()
    assert filing.headcount == 8
    parties = Party.objects.filter(filing=filing)
    assert [party.part for party in parties] == ["filer"]  # none of the six is recorded until they choose
    with pytest.raises(Invalid) as refusal:
        intake.name_representatives(filing, [Person(name=name) for name in SIX], by=world.officer, at=server_now())
    assert refusal.value.field == "representatives"
    five = [Person(name=name) for name in SIX[:5]]
    intake.name_representatives(filing, five, by=world.officer, at=server_now())
    assert parties.filter(part="representative").count() == 5
    assert verify().findings == []


def test_behaviour_3_late_paper_keeps_receipt_and_entry_and_shows_both(world: World) -> None:
    received = take_in(world, "letter", days_ago=9, postmark_on=localtime(server_now()).date() - timedelta(days=11))
    filing, case = received.filing, received.case
    came, entered = localtime(filing.received_at).date(), localtime(filing.entered_at).date()
    assert (entered - came).days == 9
    clock = case.subject.clocks.get(rule="notice")
    assert (clock.unrolled_on - came).days == 15  # the limit runs from the real receipt
    client = Client()
    client.force_login(User.objects.get(username="officer"))
    page = client.get(reverse("desk:case", args=[case.reference])).text
    days = [f"{on.month}月{on.day}日" for on in (came, entered)]
    assert all(on in page for on in days) and "邮戳" in page
    assert "补登" in client.get(reverse("desk:cases")).text
    guest = Client()
    guest.post(reverse("track"), {"code": received.code})
    progress = guest.get(reverse("progress", args=[filing.reference])).text
    assert all(on in progress for on in days)


def test_behaviour_10_web_and_visit_within_seven_days_are_linked_and_both_counted(world: World) -> None:
    first = file(world).case
    intake.register(first, matter="拖欠工资", by=world.officer, at=server_now())
    visit = take_in(world, "visit", "财务科一直说等通知，三个月没有发工资了，我又来问。").case
    assert first in [found.case for found in joining.find_alike(TEXT, by=world.officer, leave_out=visit)]
    intake.register(visit, matter="又来问工资", by=world.officer, at=server_now())
    found = identity.look_up(visit, kind="phone", purpose="repeat", by=world.officer, at=server_now())
    assert found == [first]  # the one logged look-up, after saving
    joining.join(visit, into=first, reason="同一件事", by=world.officer, at=server_now())
    counted = counts.count(Case.objects.all())
    assert (counted.matters, counted.filings) == (1, 2)


def test_behaviour_17_one_visit_of_eight_is_one_matter_one_visit_eight_people(world: World) -> None:
    filing = take_in(world, "visit", headcount=8).filing
    take_in(world, "phone", "食堂饭菜太贵。")
    counted = counts.count(Case.objects.filter(filings=filing))
    assert counted == counts.Counts(matters=1, filings=1, visits=1, people=8, group_visits=1)
    assert counts.is_group_visit(filing)
    everything = counts.count(Case.objects.all())
    assert (everything.matters, everything.filings, everything.visits, everything.people) == (2, 2, 1, 8)
