"""The head of the work page: nothing wrong, nothing shown; each finding to those who can mend it, with where."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime
from pytest_django.fixtures import Settings

from huiyin.cases import reminders, watch
from huiyin.cases.models import Case, Stage
from huiyin.clocks import calendars, policy, warnings
from huiyin.desk import guide
from huiyin.desk.watch import CALENDAR, MAIL, NUMBERS, POSTS, RECORD, findings
from huiyin.notices import mail, outbox
from huiyin.notices.models import Notice
from huiyin.org.models import Post, Series, Unit, User
from huiyin.org.permissions import Role
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now, server_time
from tests.cases import world as made
from tests.cases.world import World, bring

HEAD = "需要处理的问题"


def another(name: str, role: Role, unit: Unit) -> None:
    user = User.objects.create_user(name, None, name=name)
    Post.objects.create(user=user, unit=unit, role=role, title=role.label, starts_on=made.SINCE)


def page(name: str) -> str:
    signed = Client()
    signed.force_login(User.objects.get(username=name))
    return signed.get(reverse("desk:work")).content.decode()


def end_posts(role: Role) -> None:
    Post.objects.filter(role=role).update(ends_on=date(2021, 1, 1))


def test_nothing_wrong_nothing_shown(world: World) -> None:
    bring(world, Stage.HANDLING)
    for name in ("officer", "admin", "handler", "head", "chief"):
        assert HEAD not in page(name)


def test_a_case_that_nobody_can_take_on_is_named_to_the_officer_alone(world: World) -> None:
    case, _filing = bring(world, Stage.ASSIGNED)
    other, _filing = bring(world, Stage.HANDLING)
    for role in (Role.LIAISON, Role.HANDLER, Role.UNIT_HEAD):
        Post.objects.filter(role=role, unit=world.refinery).update(ends_on=date(2021, 1, 1))
    assert {found.pk for found in watch.ownerless(world.officer, on=localtime(server_now()).date())} == {
        case.pk,
        other.pk,
    }
    shown = page("officer")
    assert HEAD in shown and "炼化缺信访联络员" in shown and reverse("desk:case", args=[case.reference]) in shown
    assert HEAD not in page("chief")


def test_who_stands_in_is_enough(world: World) -> None:
    bring(world, Stage.ASSIGNED)
    Post.objects.filter(role=Role.LIAISON).update(ends_on=date(2021, 1, 1))
    assert watch.ownerless(world.officer, on=localtime(server_now()).date()) == []


def test_what_a_handler_left_behind_waits_for_the_others_of_the_unit(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    another("second", Role.HANDLER, world.refinery)
    assert case.matter not in page("second")
    Post.objects.filter(user__username="handler").update(ends_on=date(2021, 1, 1))
    assert case.matter in page("second")


def test_a_hole_in_the_numbers_is_named(world: World) -> None:
    cases = [bring(world, Stage.REGISTERED, text=f"第{no}个月的工资没有发，问过财务科。")[0] for no in range(3)]
    today = localtime(server_now()).date()
    assert watch.missing_numbers(world.officer, on=today) == []
    lost = cases[1].number
    Case.objects.filter(pk=cases[1].pk).update(number=None)
    assert watch.missing_numbers(world.officer, on=today) == [lost]
    assert str(lost) in page("officer") and HEAD not in page("chief")


def test_a_unit_with_a_new_code_has_no_hole(world: World) -> None:
    bring(world, Stage.REGISTERED)
    world.group.code = "远"
    world.group.save()
    assert Series.objects.exists()
    assert watch.missing_numbers(world.officer, on=localtime(server_now()).date()) == []


def test_mail_given_up_is_shown_to_the_system_administrator_who_sends_it_again(world: World) -> None:
    outbox.put(None, [world.officer.user_id], "assigned", {}, server_now())
    Notice.objects.update(mail_due_at=None, mail_tries=mail.TRIES)
    assert "1封通知邮件没有发出" in page("admin") and HEAD not in page("officer")
    for name, status in (("officer", 404), ("admin", 303)):
        signed = Client()
        signed.force_login(User.objects.get(username=name))
        assert signed.post(reverse("desk:mail_again")).status_code == status
    assert not mail.given_up().exists() and HEAD not in page("admin")


def test_a_record_without_a_seal_for_hours_is_shown_a_quiet_night_is_not(world: World) -> None:
    bring(world, Stage.REGISTERED)
    now = server_now()
    checkpoints.grow(now)
    assert checkpoints.sign(now) is not None
    assert not checkpoints.is_late(now + timedelta(days=3))
    with server_time(now + timedelta(hours=1)):
        made.file(world, "又一件事：夜班津贴没有发。")
    assert not checkpoints.is_late(now + timedelta(hours=2))
    later = now + timedelta(hours=4)
    assert checkpoints.is_late(later)
    assert [finding.sentence for finding in findings(world.admin, later)] == [
        "记录有两个多小时没有签印记，后台任务可能停了。"
    ]
    assert findings(world.officer, later) == []


def test_a_year_without_holidays_is_asked_for_in_december(world: World) -> None:
    known = calendars.current()
    first = max(year for year in range(2020, 2040) if not known.is_provisional(date(year, 6, 1)))
    november, december = (localtime(server_now()).replace(year=first, month=month, day=2) for month in (11, 12))
    assert findings(world.officer, november) == []
    [finding] = findings(world.officer, december)
    assert f"{first + 1}年" in finding.sentence and finding.links[0][1].endswith("#administrator-3")
    assert findings(world.handler, december) == []


def test_a_warning_that_nobody_could_receive_reaches_whoever_can_mend_it(world: World) -> None:
    bring(world, Stage.HANDLING)
    Post.objects.exclude(role=Role.OFFICER).update(ends_on=date(2021, 1, 1))
    another("guard", Role.SECURITY_ADMIN, world.group)
    late = server_now() + timedelta(days=40)
    with server_time(late):
        warnings.raise_due(late, tell=reminders.tell)
    unheard = Notice.objects.filter(code="warning_unheard")
    assert unheard.exists() and set(unheard.values_list("to__username", flat=True)) == {"officer"}
    assert "期限提醒没有人能收到" in page("officer") and HEAD not in page("guard")


def test_without_an_officer_the_security_administrator_is_told_but_not_of_which_case(world: World) -> None:
    bring(world, Stage.HANDLING)
    Post.objects.update(ends_on=date(2021, 1, 1))
    another("guard", Role.SECURITY_ADMIN, world.group)
    late = server_now() + timedelta(days=100)
    with server_time(late):
        warnings.raise_due(late, tell=reminders.tell)
    told = Notice.objects.filter(code="warning_unheard")
    assert set(told.values_list("to__username", flat=True)) == {"guard"}
    assert not any("reference" in row.facts or row.subject_id for row in told)
    assert HEAD in page("guard")


def test_each_line_leads_to_its_part_of_the_guide() -> None:
    titles = {block.anchor: block.title for block in guide.chapter("administrator") if block.anchor}
    parts = (MAIL, RECORD, CALENDAR, POSTS, NUMBERS)
    assert [titles[f"administrator-{part}"] for part in parts] == [
        "通知邮件",
        "记录印记",
        "放假安排",
        "人员缺位",
        "编号",
    ]


@pytest.mark.parametrize("name", ["officer", "admin"])
def test_the_head_costs_the_same_whatever_is_wrong(world: World, name: str) -> None:
    by, now, counts = world.people[name], server_now(), []
    for no in range(3):
        bring(world, Stage.HANDLING, text=f"第{no}个月的工资没有发，问过财务科。")
        if no == 2:
            end_posts(Role.HANDLER)
        caches["process"].clear()
        with CaptureQueriesContext(connection) as seen:
            findings(by, now)
        counts.append(len(seen))
    assert all(left == right for left, right in pairwise(counts)) and counts[0] <= 6, counts


def test_a_unit_that_only_the_policy_knows_is_named_to_the_administrator(
    world: World, tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "policy.toml"
    shorter = '[places.sea]\ntitle = "海滨"\nunits = ["没有的单位"]\n[places.sea.rules.notice]\namount = 5\nsource = "由法务部门确认"\n'
    file.write_text(policy.SHIPPED.read_text("utf-8") + shorter, "utf-8")
    settings.POLICY_FILE = str(file)
    policy.forget()
    assert "没有的单位" in page("admin")
    assert "没有的单位" not in page("officer")
    policy.forget()
