from __future__ import annotations

from datetime import timedelta

from huiyin.cases import reminders
from huiyin.cases.models import Case, Stage
from huiyin.clocks import warnings
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import System
from huiyin.notices.models import Notice
from huiyin.trail import checkpoints, events
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases.world import World, bring


def told(world: World) -> set[str]:
    return set(Notice.objects.filter(code__startswith="clock").values_list("to__username", flat=True))


def test_a_missed_limit_tells_the_levels_of_the_rule_once(world: World) -> None:
    bring(world, Stage.HANDLING)
    late = server_now() + timedelta(days=100)
    with server_time(late):
        warnings.raise_due(late, tell=reminders.tell)
        count = Notice.objects.count()
        warnings.raise_due(late, tell=reminders.tell)
    assert Notice.objects.count() == count
    assert {"head", "deputy"} <= told(world)
    assert not {"stranger", "stranger_head", "inspector", "E1"} & told(world)


def test_a_sealed_case_warns_the_inspector_alone(world: World) -> None:
    bring(world, Stage.INSPECTED)
    late = server_now() + timedelta(days=100)
    with server_time(late):
        warnings.raise_due(late, tell=reminders.tell)
    assert told(world) == {"inspector"}


def test_a_recounted_limit_moves_the_cases_next_date_and_stands_in_the_record(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    clock = Clock.objects.get(subject=case.subject, rule="notice")
    clock.due_on += timedelta(days=1)
    Clock.objects.filter(pk=clock.pk).update(due_on=clock.due_on)
    sets = {"clock:" + str(clock.pk): {"due_on": clock.due_on}, **reminders.moved(clock)}
    events.append(events.lock(case.subject_id), "clock_recounted", by=System("test"), at=server_now(), sets=sets)
    assert Case.objects.get(pk=case.pk).next_due_on == clock.due_on
    checkpoints.grow(server_now())
    assert verify().is_ok
