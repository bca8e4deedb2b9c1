"""Behaviour 20 of the check list, what follows a bad rating, and call-backs, which never become one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from huiyin.cases import closing, deciding, follow_ups, search, timeline
from huiyin.cases.models import CallBack, Case, Filing, FollowUp, Note, Rating, Stage
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Employee
from huiyin.kernel.errors import DomainError, Forbidden
from huiyin.org.models import User
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World, bring


@pytest.fixture
def world(db: None) -> World:
    return made.build()


def rate(filing: Filing, by: object, *, unit: str = "satisfied", solved: bool = True) -> Rating:
    at = server_now()
    return closing.rate(filing, office="satisfied", unit=unit, is_solved=solved, by=by, at=at)  # type: ignore[arg-type]


def received(world: World) -> tuple[Case, Filing]:
    case, filing = bring(world, Stage.DELIVERED)
    deciding.confirm(filing, by=world.filer, at=server_now())
    return case, filing


def test_behaviour_20_rating_only_by_petitioner_once_after_delivery_unrated_is_not_satisfied(world: World) -> None:
    case, filing = bring(world, Stage.DELIVERED)
    with pytest.raises(DomainError):  # delivered, not received yet
        rate(filing, world.filer)
    deciding.confirm(filing, by=world.filer, at=server_now())
    for name in ("officer", "handler", "head", "chief"):
        with pytest.raises(Forbidden):
            rate(filing, world.people[name])
    other = made.file(world, "另一件事，食堂的饭菜一直是凉的。").filing
    with pytest.raises(DomainError):  # their own case is not decided; and it is no way to this one
        rate(other, Employee(filing_id=other.pk))
    deciding.execute(case, demand_no=1, text="已补发", by=world.handler, at=server_now())
    with server_time(server_now() + timedelta(days=16)):
        closing.close(case, by=world.officer, at=server_now())
        assert not Rating.objects.exists()  # closed and unrated: no row that says anything
        rate(filing, world.filer)
        with pytest.raises(DomainError, match="已经评价过"):
            rate(filing, world.filer, unit="not")
        with pytest.raises(IntegrityError), transaction.atomic():
            Rating.objects.create(
                case=case, filing=filing, office="not", unit="not", is_solved=False, rated_at=server_now()
            )
    assert Rating.objects.get().unit == "satisfied"


@pytest.mark.parametrize(
    ("unit", "solved", "owed"), [("satisfied", True, 0), ("not", True, 1), ("basically", False, 1)]
)
def test_a_bad_rating_opens_a_follow_up_beside_the_next_step(world: World, unit: str, solved: bool, owed: int) -> None:
    case, filing = received(world)
    before = Case.objects.values_list("next_step", "next_due_on").get(pk=case.pk)
    rate(filing, world.filer, unit=unit, solved=solved)
    assert FollowUp.objects.filter(case=case, done_at=None).count() == owed
    assert Case.objects.values_list("next_step", "next_due_on").get(pk=case.pk) == before
    items = search.my_work(world.officer, today=server_now().date())
    assert [item.kind for item in items].count("follow_up") == owed
    assert not any(item.kind == "follow_up" for item in search.my_work(world.handler, today=server_now().date()))


def test_it_outlives_the_end_and_is_closed_by_what_was_done(world: World) -> None:
    case, filing = bring(world, Stage.CLOSED)  # rated "not" on the way
    row = FollowUp.objects.get(case=case)
    assert row.clock.stopped_at is None
    before = Rating.objects.values().get()
    for bad in ({"text": " "}, {"way": "thought"}, {"result": "ignored"}):
        said = {"way": "phone", "result": "talked", "text": "解释了补发的算法"} | bad
        with pytest.raises(DomainError):
            follow_ups.follow_up(row, **said, by=world.officer, at=server_now())
    with pytest.raises(Forbidden):
        follow_ups.follow_up(row, way="phone", result="talked", text="好", by=world.handler, at=server_now())
    done = follow_ups.follow_up(
        row, way="phone", result="talked", text="解释了补发的算法", by=world.officer, at=server_now()
    )
    assert done.clock.pk and Clock.objects.get(pk=done.clock.pk).stopped_at is not None
    assert Rating.objects.values().get() == before
    assert "就您的评价作了跟进，请看“来往”" in [one.sentence for one in timeline.for_employee(filing)]
    with pytest.raises(DomainError, match="已经跟进过"):
        follow_ups.follow_up(row, way="phone", result="talked", text="再说", by=world.officer, at=server_now())
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_it_leads_to_the_review_with_its_last_day_while_that_runs(world: World) -> None:
    case, filing = bring(world, Stage.CLOSED)
    row = FollowUp.objects.get(case=case)
    limit = Clock.objects.get(subject=case.subject, rule="ask_review")
    with server_time(server_now() + timedelta(days=60)), pytest.raises(DomainError, match="已经过了"):
        follow_ups.follow_up(row, way="phone", result="review", text="可以复查", by=world.officer, at=server_now())
    done = follow_ups.follow_up(row, way="phone", result="review", text="可以复查", by=world.officer, at=server_now())
    assert done.review_until == limit.due_on
    note = Note.objects.get(follow_up=done)
    assert limit.due_on.isoformat() in note.text and note.filing == filing


def test_it_takes_the_case_up_again(world: World) -> None:
    case, _filing = bring(world, Stage.CLOSED)
    row = FollowUp.objects.get(case=case)
    follow_ups.follow_up(row, way="phone", result="reopened", text="漏算了一个月", by=world.officer, at=server_now())
    case.refresh_from_db()
    assert case.stage == Stage.HANDLING and Rating.objects.get().unit == "not"
    checkpoints.grow(server_now())
    assert verify().is_ok


def sampled(world: World, settings: object, percent: int) -> tuple[Case, Filing]:
    from dataclasses import replace

    settings.ENTERPRISE = replace(settings.ENTERPRISE, call_back_percent=percent)  # type: ignore[attr-defined]
    return bring(world, Stage.CLOSED)


def test_the_sample_is_drawn_by_the_keyed_hash_alone(world: World, settings: object) -> None:
    case, _filing = sampled(world, settings, 100)
    assert CallBack.objects.filter(case=case).count() == 1
    assert closing.is_drawn(case) and closing.is_drawn(Case.objects.get(pk=case.pk))
    other, _filing = sampled(world, settings, 0)
    assert not CallBack.objects.filter(case=other).exists() and not closing.is_drawn(other)


def test_a_confidential_filer_is_not_called(world: World, settings: object) -> None:
    from dataclasses import replace

    settings.ENTERPRISE = replace(settings.ENTERPRISE, call_back_percent=100)  # type: ignore[attr-defined]
    bring(world, Stage.CLOSED, identity="confidential")
    assert not CallBack.objects.exists()


def test_a_call_back_stands_beside_the_rating_and_never_changes_it(world: World, settings: object) -> None:
    case, filing = sampled(world, settings, 100)
    before = Rating.objects.values().get()
    row = CallBack.objects.get(case=case)
    with pytest.raises(DomainError):
        follow_ups.call_back(row, outcome="answered", by=world.officer, at=server_now())
    follow_ups.call_back(row, outcome="answered", answer="satisfied", is_solved=True, by=world.officer, at=server_now())
    assert Rating.objects.values().get() == before
    row.refresh_from_db()
    assert (row.answer, row.is_solved) == ("satisfied", True) and before["unit"] == "not"
    assert not any(item.kind == "call_back" for item in search.my_work(world.officer, today=server_now().date()))
    assert any("电话回访" in one.sentence for one in timeline.for_employee(filing))
    with pytest.raises(DomainError, match="已经回访过"):
        follow_ups.call_back(row, outcome="not_reached", by=world.officer, at=server_now())
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_the_pages_do_it(world: World, settings: object) -> None:
    case, filing = sampled(world, settings, 100)
    row, sample = FollowUp.objects.get(case=case), CallBack.objects.get(case=case)
    pages: dict[str, Client] = {}
    for name in ("officer", "handler"):
        pages[name] = Client()
        pages[name].force_login(User.objects.get(username=name))
    here = f"/desk/cases/{case.reference}/"
    first, second = here + f"follow_ups/{row.pk}/", here + f"call_backs/{sample.pk}/"
    work = pages["officer"].get("/desk/").content.decode()
    assert first in work and second in work
    assert pages["handler"].get(first).status_code == pages["handler"].get(second).status_code == 404
    assert pages["officer"].get(first).status_code == pages["officer"].get(second).status_code == 200
    said = {"sent": "1", "way": "phone", "result": "talked", "text": "当面解释了算法"}
    assert pages["officer"].post(first, said).status_code == 303
    answer = pages["officer"].post(second, {"sent": "1", "outcome": "answered"})
    assert answer.status_code == 422
    said = {"sent": "1", "outcome": "answered", "answer": "basically", "is_solved": "no", "text": "还差一个月"}
    assert pages["officer"].post(second, said).status_code == 303
    page = pages["officer"].get(here).content.decode()
    assert "回访不改变本人的评价" in page and "沟通解释" in page
    employee = Client()
    employee.force_login(world.employee)
    own = employee.get(f"/progress/{filing.reference}/").content.decode()
    assert "当面解释了算法" in own and "还差一个月" in own


def test_the_clocks_warn_and_are_internal() -> None:
    from tests.clocks.rule_samples import POLICY

    for rule in ("follow_up", "call_back"):
        assert POLICY.rule(rule).basis == "internal" and not POLICY.rule(rule).is_next_step
        assert POLICY.rule(rule).is_due_step and POLICY.rule(rule).told_when_missed
