from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from huiyin.cases import queue
from huiyin.cases.arrivals import Details
from huiyin.cases.models import Ticket
from huiyin.kernel.errors import DomainError, Invalid, NotFound, Refused
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now
from tests.cases.channels import take_in
from tests.cases.world import World, person


def take(world: World, people: int = 1, days: int = 0) -> Ticket:
    return queue.take(people, by=world.officer, at=server_now() + timedelta(days=days))


def test_numbers_begin_with_one_each_day_in_each_office(world: World) -> None:
    assert [take(world).no, take(world, 8).no, take(world, days=1).no, take(world, days=1).no] == [1, 2, 1, 2]
    world.mine.has_petition_office = True
    world.mine.save()
    other = person("mine_officer", Role.OFFICER, world.mine)
    assert queue.take(1, by=other, at=server_now()).no == 1


def test_the_next_is_who_waited_longest_and_nobody_is_called_twice(world: World) -> None:
    first, second = take(world), take(world)
    assert queue.call_next(by=world.officer, at=server_now()) == first
    with pytest.raises(Refused):
        queue.move(first, "called", at=server_now())
    assert queue.call_next(by=world.officer, at=server_now()) == second
    with pytest.raises(Refused):
        queue.call_next(by=world.officer, at=server_now())


def test_a_ticket_goes_from_waiting_to_done_or_left(world: World) -> None:
    ticket = take(world)
    with pytest.raises(Refused):
        queue.move(ticket, "done", at=server_now())
    queue.move(ticket, "called", at=server_now())
    queue.move(ticket, "waiting", at=server_now())
    queue.move(ticket, "left", at=server_now())
    assert ticket.state == "left"
    with pytest.raises(Invalid):
        queue.move(ticket, "gone", at=server_now())


def test_a_ticket_holds_nobody(world: World) -> None:
    names = {field.name for field in Ticket._meta.get_fields()}
    assert names == {"id", "office", "day", "no", "headcount", "state", "taken_at", "called_at", "ended_at", "filing"}


def test_a_visit_from_a_ticket_ends_it(world: World) -> None:
    ticket = take(world, 8)
    filing = take_in(world, "visit", headcount=8, details=Details(ticket=ticket)).filing
    ticket.refresh_from_db()
    assert (ticket.filing, ticket.state) == (filing, "done")
    assert queue.ticket_of(world.officer, str(ticket.pk)) is None  # not a second time


def test_tickets_without_a_filing_go_after_the_days_that_are_set(world: World) -> None:
    ticket, kept = take(world), take(world)
    take_in(world, "visit", details=Details(ticket=kept))
    later = server_now() + timedelta(days=31)
    assert queue.sweep(server_now()) == 0
    assert queue.sweep(later) == 1
    assert list(Ticket.objects.all()) == [kept]
    with override_settings(TICKETS_KEPT_DAYS=60):
        take(world)
        assert queue.sweep(later) == 0
    assert ticket.pk is not None


def test_the_queue_is_the_offices_own(world: World) -> None:
    ticket = take(world)
    with pytest.raises(DomainError):
        queue.of_day(world.handler, ticket.day)
    world.mine.has_petition_office = True
    world.mine.save()
    other = person("mine_officer", Role.OFFICER, world.mine)
    with pytest.raises(NotFound):
        queue.ticket_for(other, ticket.pk)
