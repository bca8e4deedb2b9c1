"""The page of notices: each says in words what happened, and leads to its case."""

from __future__ import annotations

from django.test import Client

from huiyin.cases.models import Stage
from huiyin.org.models import User
from tests.cases.world import World, bring


def test_a_notice_says_what_happened_and_leads_to_its_case(world: World) -> None:
    case, _filing = bring(world, Stage.ASSIGNED)
    client = Client()
    client.force_login(User.objects.get(username="liaison"))
    page = client.get("/desk/notices/").content.decode()
    assert f'href="/desk/cases/{case.reference}/"><strong>有一件事项交给了您的单位</strong>' in page
    assert "请签收" in page and "未读" in page
    client.post("/desk/notices/read/")
    assert "未读" not in client.get("/desk/notices/").content.decode()


def test_without_notices_the_page_says_what_will_come(world: World) -> None:
    client = Client()
    client.force_login(User.objects.get(username="liaison"))
    assert "还没有通知" in client.get("/desk/notices/").content.decode()
