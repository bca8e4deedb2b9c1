"""One grievance through both faces, as people live it: filed without an account, settled at the desk, rated, proved."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from huiyin.cases.models import Case, Rating, Stage
from huiyin.ops import vocabulary
from huiyin.org.models import User
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World
from tests.portal.typed import opened

DRAFT = {
    "findings": "经核对工资表和银行回单，三个月工资没有发放。",
    "outcome_1": "supported",
    "reasons_1": "确有拖欠。",
    "basis_1": "《劳动合同法》第三十条第一款",
    "measure_1": "10个工作日内补发",
}


@pytest.fixture
def world(db: None) -> World:
    vocabulary.load()
    return made.build()


def at_desk(name: str) -> Client:
    signed = Client()
    signed.force_login(User.objects.get(username=name))
    return signed


def take(name: str, case: Case, step: str, **said: str) -> None:
    answer = at_desk(name).post(reverse("desk:step", args=[case.reference, step]), {"sent": "1", **said})
    assert answer.status_code == 303, answer.content.decode()[:3000]


def settle(world: World, case: Case) -> None:
    """The steps of the desk from registering to delivery on the portal."""
    take("officer", case, "register", matter="拖欠三个月工资", demands="补发三个月工资", headcount="1", topic="pay")
    take("officer", case, "classify", classification="claim", branch="6")
    take("officer", case, "accept", way="portal")
    take("officer", case, "assign", unit=str(world.refinery.pk))
    take("liaison", case, "take_in", handler=str(world.handler.user_id))
    take("handler", case, "contact", way="portal", told="正在核对工资表")
    take("handler", case, "draft", **DRAFT)
    take("head", case, "approve")
    take("officer", case, "seal")
    take("officer", case, "deliver", way="portal")


def seen(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_grievance_gets_from_the_portal_to_its_end(world: World) -> None:
    phone = Client()
    _code, own = opened(phone)
    case = Case.objects.get()
    assert case.stage == Stage.RECEIVED
    settle(world, case)
    assert "正在核对工资表" in seen(phone, own)

    assert phone.post(f"{own}confirm/").status_code == 303
    take("handler", case, "execute", demand_no="1", text="三个月工资已经补发到工资卡")
    assert "三个月工资已经补发到工资卡" in seen(phone, own)
    rated = phone.post(f"{own}rate/", {"office": "satisfied", "unit": "basically", "is_solved": "yes"})
    assert rated.status_code == 303, rated.content.decode()[:2000]
    take("officer", case, "close")

    case.refresh_from_db()
    assert case.stage == Stage.CLOSED
    assert Rating.objects.get().is_solved
    checkpoints.grow(server_now())
    checkpoints.sign(server_now(), force=True)
    report = verify()
    assert report.is_ok, report.first


def test_nobody_reaches_the_own_page_of_another(world: World) -> None:
    _code, own = opened(Client())
    assert Client().get(own).headers["Location"] == "/track/"
    other = Client()
    opened(other, idempotency_key="f" * 32, text="另一件事：夜班食堂没有饭。")
    assert other.get(own).status_code == 404


def test_the_desk_closes_nothing_before_it_is_carried_out(world: World) -> None:
    phone = Client()
    _code, own = opened(phone)
    case = Case.objects.get()
    settle(world, case)
    phone.post(f"{own}confirm/")
    refused = at_desk("officer").post(reverse("desk:step", args=[case.reference, "close"]), {"sent": "1"})
    assert refused.status_code == 409
    assert "还没有登记落实" in refused.content.decode()
