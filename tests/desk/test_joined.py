"""The deliver page with several addressees: each with its own state, names masked, one delivery at a time."""

from __future__ import annotations

import pytest
from django.test import Client

from huiyin.cases.models import Stage
from huiyin.org.models import User
from huiyin.papers.models import Paper
from tests.cases.test_joined import HER_NAME, HIS_NAME, together_at
from tests.cases.world import World


def test_the_deliver_page_shows_each_addressee_with_its_state(world: World) -> None:
    case, his, mine = together_at(world, Stage.DECIDED)
    officer = Client()
    officer.force_login(User.objects.get(username="officer"))
    url = f"/desk/cases/{case.reference}/deliver/"
    shown = officer.get(url).content.decode()
    assert his.reference in shown and mine.reference in shown and "还没有送" in shown
    assert HIS_NAME not in shown and HER_NAME not in shown
    to = Paper.objects.get(kind="D14", copy__filing=mine).reference
    assert officer.post(url, {"sent": "1", "way": "hand", "to": [to]}).status_code == 303
    assert "收到" in officer.get(url).content.decode()
    case.refresh_from_db()
    assert case.stage == Stage.DECIDED
    other = Paper.objects.get(kind="D14", copy__filing=his).reference
    assert officer.post(url, {"sent": "1", "way": "portal", "to": [other]}).status_code == 303
    case.refresh_from_db()
    assert case.stage == Stage.DELIVERED


@pytest.mark.parametrize("name, follows", [("officer", True), ("handler", False)])
def test_the_case_page_leads_to_a_joined_case_only_who_may_see_it(world: World, name: str, follows: bool) -> None:
    case, _his, mine = together_at(world, Stage.DECIDED)
    somebody = Client()
    somebody.force_login(User.objects.get(username=name))
    shown = somebody.get(f"/desk/cases/{case.reference}/").content.decode()
    there = f"/desk/cases/{mine.case.reference}/"
    assert mine.reference in shown and (there in shown) == follows
    assert (somebody.get(there).status_code == 200) == follows
