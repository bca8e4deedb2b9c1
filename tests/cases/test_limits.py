"""An earlier day after a new calendar: shown to the officer, decided with a reason, on the page and in the record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from huiyin.cases import limits, timeline
from huiyin.cases.models import Case, Stage
from huiyin.clocks import running
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import System
from huiyin.kernel.errors import DomainError
from huiyin.org.models import User
from huiyin.trail import checkpoints, events
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World, bring

HEAD = "使已告知的期限提前"
EARLIER = timedelta(days=2)


@pytest.fixture
def world(db: None) -> World:
    return made.build()


def waits(world: World) -> tuple[Case, Clock]:
    """A case whose notice was told for a day, which a new calendar counts two days earlier."""
    case, _filing = bring(world, Stage.REGISTERED)
    clock = Clock.objects.get(subject=case.subject, rule="notice")
    told = clock.due_on + EARLIER
    Clock.objects.filter(pk=clock.pk).update(due_on=told, counted_on=clock.due_on)
    Case.objects.filter(pk=case.pk).update(next_due_on=told)
    sets = {f"clock:{clock.pk}": {"due_on": told, "counted_on": clock.due_on}, "case": {"next_due_on": told}}
    events.append(events.lock(case.subject_id), "clock_recounted", by=System("test"), at=server_now(), sets=sets)
    clock.refresh_from_db()
    return Case.objects.get(pk=case.pk), clock


def signed(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


@pytest.mark.parametrize("is_taken", [True, False])
def test_the_officer_says_which_day_holds_and_the_record_keeps_both(world: World, is_taken: bool) -> None:
    case, clock = waits(world)
    assert list(limits.waiting(world.officer)) == [case]
    limits.settle_recount(case, clock, is_taken=is_taken, reason="已电话告知反映人", by=world.officer, at=server_now())
    told, counted = clock.due_on, clock.counted_on
    clock.refresh_from_db()
    assert (clock.due_on, clock.counted_on) == (counted if is_taken else told, None)
    assert Case.objects.get(pk=case.pk).next_due_on == clock.due_on
    assert timeline.for_staff(case)[0].code == "settle_recount"
    assert not limits.waiting(world.officer)
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_it_needs_a_reason_a_limit_that_waits_and_the_office(world: World) -> None:
    case, clock = waits(world)
    for by, reason in ((world.officer, " "), (world.people["handler"], "可以")):
        with pytest.raises(DomainError):
            limits.settle_recount(case, clock, is_taken=True, reason=reason, by=by, at=server_now())
    limits.settle_recount(case, clock, is_taken=True, reason="可以", by=world.officer, at=server_now())
    with pytest.raises(DomainError):
        limits.settle_recount(case, clock, is_taken=True, reason="可以", by=world.officer, at=server_now())


def test_the_pages_lead_there(world: World) -> None:
    case, clock = waits(world)
    officer = signed("officer")
    limit_no = next(no for no, found in running.numbered(case.subject_id).items() if found.pk == clock.pk)
    step = reverse("desk:settle", args=[case.reference, limit_no])
    assert HEAD in officer.get(reverse("desk:work")).content.decode()
    assert step in officer.get(reverse("desk:case", args=[case.reference])).content.decode()
    assert "已告知反映人" in officer.get(step).content.decode()
    said = {"sent": "1", "word": "kept", "reason": "已告知"}
    assert officer.post(step, said).status_code == 303
    clock.refresh_from_db()
    assert clock.counted_on is None
    assert HEAD not in officer.get(reverse("desk:work")).content.decode()
    assert officer.get(step).status_code == 404
