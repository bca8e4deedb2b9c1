"""The demo: whole stories, played at moments that make sense whatever day it is, with a record that is proved."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from huiyin.cases import lists, routes
from huiyin.cases.models import Case, CoHandling, Dispatch, Filing, Rating, Recusal, Stage, Topic
from huiyin.clocks.models import Warning
from huiyin.kernel.errors import Refused
from huiyin.notices.models import Notice
from huiyin.ops import vocabulary
from huiyin.ops.demo import acting, enterprise, play, stories
from huiyin.ops.demo.enterprise import Enterprise
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify

# Stages the demo has no story of: what goes between offices is tested in tests/cases/test_dispatch.py and test_parting.py.
UNTOLD = {Stage.OBJECTED, Stage.DISPUTED, Stage.SENT_BACK, Stage.NO_LONGER}
UNTOLD |= {Stage.REVIEW_ASKED, Stage.IN_REVIEW, Stage.REVIEWED, Stage.ENDED}  # test_behaviours_review.py
LAWS = ("信访工作条例", "劳动合同法", "社会保险法", "职业病防治法", "住房公积金管理条例", "工伤保险条例")
NOWS = [
    datetime(2026, 11, 24, 10, 48, tzinfo=UTC),
    datetime(2026, 11, 22, 16, 10, tzinfo=UTC),  # ten past midnight of a Monday
    datetime(2026, 10, 4, 1, 0, tzinfo=UTC),  # in the National Day week
    datetime(2027, 2, 8, 23, 59, tzinfo=UTC),  # a year whose days off are not known
]


@pytest.fixture
def told() -> tuple[stories.Story, ...]:
    return stories.read()


def paper_world() -> Enterprise:
    """The enterprise without a database: enough to write the schedule."""
    units = {place.key: Unit(pk=number, name=place.name) for number, place in enumerate(enterprise.UNITS, 1)}
    names = [job.username for job in enterprise.JOBS] + [person.username for person in enterprise.EMPLOYEES]
    return Enterprise(units, {name: User(pk=number, name=name) for number, name in enumerate(names, 1)})


def test_the_stories_are_whole(told: tuple[stories.Story, ...]) -> None:
    topics = {topic.code for topic in lists.topics()}
    assert len(told) >= 24
    assert max(Counter(story.key for story in told).values()) == 1
    for story in told:
        assert 60 <= len(story.text.strip()) <= 400, story.key
        assert story.topic in topics or story.said == "report", story.key
        assert "route" not in story.end or routes.route(story.end["route"]), story.key
        assert not story.replies or len(story.replies) == len(story.demands), story.key


def test_every_answer_cites_a_law_or_what_was_agreed(told: tuple[stories.Story, ...]) -> None:
    for story in told:
        for reply in story.replies:
            if story.said != "suggestion":  # its answer needs no basis (第二十九条)
                assert any(law in reply.basis for law in LAWS), (story.key, reply.basis)
            assert reply.outcome != "supported" or reply.measure, story.key


def test_every_stage_has_a_story(told: tuple[stories.Story, ...]) -> None:
    assert {story.until for story in told} == {stage.value for stage in Stage if stage not in UNTOLD}


def test_every_role_has_an_account_and_the_tree_three_levels() -> None:
    assert {job.role for job in enterprise.JOBS} == set(Role)
    above = {place.key: place.parent for place in enterprise.UNITS}
    assert len(above) >= 12
    assert {bool(parent) + bool(above.get(parent)) for parent in above.values()} == {0, 1, 2}


@pytest.mark.parametrize("now", NOWS)
def test_no_scene_plays_after_now_and_each_after_the_one_before(now: datetime, told: tuple[stories.Story, ...]) -> None:
    for number, (story, scenes) in enumerate(acting.scenes(paper_world(), told)):
        moments = play.moments_of(scenes, now - timedelta(days=story.ago), now, number)
        assert all(before < after for before, after in pairwise(moments)), story.key
        assert moments[-1] <= now, story.key


@pytest.mark.django_db
def test_topics_are_loaded_once_and_again_without_harm() -> None:
    assert vocabulary.load() == vocabulary.load() == Topic.objects.count() == len(lists.topics())
    assert Topic.objects.get(code="pay.arrears").parent_id == "pay"


@pytest.mark.django_db
def test_the_demo_stands_in_every_stage_and_its_record_is_proved(told: tuple[stories.Story, ...]) -> None:
    assert play.fill("hu4k-92xm-q7dp", server_now()) == len(told)
    assert set(Case.objects.values_list("stage", flat=True)) == set(Stage.values) - UNTOLD
    assert Case.objects.count() == len(told) + sum(bool(story.split_off) for story in told)
    assert set(Dispatch.objects.values_list("kind", flat=True)) == {"order", "transfer"}
    assert CoHandling.objects.filter(ended_at=None).exists() and Recusal.objects.filter(is_granted=None).exists()
    report = verify()
    assert report.is_ok, report.first
    assert {True, False} == set(Rating.objects.values_list("is_solved", flat=True))
    assert Case.objects.filter(next_due_on__lt=server_now().date()).exists()
    joined = Case.objects.get(stage=Stage.JOINED)
    assert joined.joined_to is not None and joined.joined_to.is_open
    assert Filing.objects.get(headcount=8).case.parties.filter(part="representative").count() == 5
    # played at their own times, not all today
    assert Filing.objects.filter(entered_at__lt=server_now() - timedelta(days=300)).exists()
    week_ago = server_now() - timedelta(days=8)
    assert not Notice.objects.filter(created_at__lt=week_ago, read_at__isnull=True).exists()
    assert Notice.objects.filter(read_at__isnull=True).exists()
    assert Warning.objects.filter(raised_at__lt=week_ago).exists()
    with pytest.raises(Refused):
        play.run(argparse.Namespace())


@pytest.mark.django_db
def test_a_real_enterprise_is_never_filled(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "prepare", lambda: None)
    settings.DATA = tmp_path
    (tmp_path / "enterprise.toml").write_text('name = "真企业"', encoding="utf-8")
    with pytest.raises(Refused) as refused:
        play.run(argparse.Namespace())
    assert refused.value.code == "real"
    assert not Unit.objects.exists()


def test_the_table_of_accounts_names_every_account_and_the_password() -> None:
    table = enterprise.accounts_table("hu4k-92xm-q7dp")
    assert "hu4k-92xm-q7dp" in table
    assert all(job.username in table for job in enterprise.JOBS)
