"""A random walk over the step table: whoever tries whatever whenever, the record stays whole and nothing is lost.

2,000 steps and 100,000, both among the trials. Rules file, try steps by right and wrong people, let days pass, run the
minute's work, close a unit, publish a calendar. Only DomainErrors may come; an act that was refused leaves nothing.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import caches
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from huiyin.cases import access, lifecycle, watch
from huiyin.cases.models import Case, Stage
from huiyin.cases.models.case import ENDED, OPEN
from huiyin.cases.steps import STEPS
from huiyin.clocks import running
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Actor, System
from huiyin.kernel.errors import DomainError
from huiyin.notices.models import Notice
from huiyin.notices.sentences import WORDINGS
from huiyin.ops import tick
from huiyin.org import structure
from huiyin.org.models import Post, Series, Unit
from huiyin.org.permissions import Role
from huiyin.papers import composing, writers
from huiyin.papers.models import Paper
from huiyin.trail import events
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import walk as walking
from tests.cases import world as made
from tests.cases.walk import WAYS, Nothing, Walk
from tests.cases.walk_ground import cast

STARTS = {"receive": {Stage.RECEIVED, Stage.INSPECTED}, "split_off": {Stage.REGISTERED}}
TABLES = [
    model._meta.db_table
    for label in ("cases", "notices", "clocks", "trail", "vault", "oversight")
    for model in apps.get_app_config(label).get_models()
] + ["papers_paper", "papers_delivery", "papers_storedfile", "org_series"]
# Not the walk's to bring about: the tick's own parts that leave the database.
TICKS = {name: part for name, part in tick.STEPS.items() if name not in {"mail", "sweep_uploads", "collect_orphans"}}
# Steps for which several rare things must come together; each has its own tests.
RARE = {"move_review", "hand_over"}
SEEDS = st.integers(0, 2**32 - 1)
NUMBER = re.compile(r"^(?P<series>.+〔\d+〕)(?P<no>\d+)号$")


# What is likely to come after a step, where the next step of the case does not say it.
FOLLOWS = {
    "announce_hearing": "open_hearing call_off_hearing", "open_hearing": "end_hearing call_off_hearing",
    "begin_mediation": "settle end_mediation", "ask_aid": "give_aid end_aid", "wish_aid": "give_aid end_aid",
    "give_aid": "end_aid", "request_extension": "approve_extension refuse_extension", "ask": "answer",
    "ask_opening": "decide_opening", "ask_recusal": "decide_recusal", "declare_recusal": "decide_recusal",
    "object": "refuse_objection", "refuse_objection": "raise_dispute", "transfer": "object", "order": "take_over object",
    "exempt_notice": "resume_notice accept", "deliver": "confirm record_receipt", "confirm": "ask_review record_review rate",
    "co_handle": "answer_co_handling end_co_handling", "sort_demands": "lead_out", "decline_contact": "want_contact",
    "ask_review": "ask_along record_along", "decide_review": "serve_review", "deliver_review": "confirm",
    "serve": "confirm", "take_filing": "withdraw_filing seal_along", "report_back": "return_report accept_report",
    "draft": "return_draft", "send_back": "refuse_send_back", "receive": "bring_facts name_accused reply_report",
    "enter_opinion": "end", "execute": "end", "seal": "keep_answer", "register": "no_longer exempt_notice order split", "close": "reopen",
}  # fmt: skip
LATER = {code for codes in FOLLOWS.values() for code in codes.split()} - {"confirm", "rate", "ask_review", "no_longer"}


class Machine(RuleBasedStateMachine):
    """One walk from an empty enterprise; everything it did is rolled back at its end."""

    ground: Walk
    taken: Counter[str]
    refused: Counter[str]
    runs = 0
    failed = 0

    def __init__(self) -> None:
        super().__init__()
        caches["process"].clear()
        # Hypothesis likes to repeat itself: each run has dice of its own, the one that failed keeps them to be replayed.
        type(self).runs += 1
        self.run = self.failed or self.runs
        self.savepoint = transaction.savepoint()
        self.now = datetime(2026, 3, 2, 1, 0, tzinfo=timezone.get_current_timezone())
        self.steps = 0
        self.last_event = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.stages: dict[int, str] = {}
        self.tried: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.said = ""

    def teardown(self) -> None:
        is_whole = False
        try:
            if sys.exc_info()[0] is None:
                with server_time(self.now):
                    self.everybody_sees_what_is_theirs()
                    self.numbers_are_gapless()
                    report = verify()
                    assert report.is_ok, report
                is_whole = True
        finally:
            if not is_whole:
                type(self).failed = self.run
                print(f"in run {self.run}: {self.said}")
            transaction.savepoint_rollback(self.savepoint)

    # rules

    @rule(seed=SEEDS)
    def somebody_files(self, seed: int) -> None:
        if Case.objects.filter(stage__in=OPEN).count() < 6:
            self.files(seed)
        self.something_happens(seed)

    @rule(seed=SEEDS)
    def something_happens(self, seed: int) -> None:
        """A step: of those whose turn it is, of anybody, or a button that somebody sees."""
        if Case.objects.filter(stage__in=OPEN).count() < 5:
            self.files(seed)
        with self.moment(seed) as walk:
            kind = walk.dice.randrange(10)
            if kind < 3:
                self.those_whose_turn_it_is(walk)
            elif kind < 5:
                self.what_follows(walk)
            elif kind < 9:
                self.a_step(walk)
            else:
                self.an_offer(walk)

    @rule(seed=SEEDS, days=st.integers(1, 40))
    def days_pass(self, seed: int, days: int) -> None:
        self.now += timedelta(days=days if seed % 3 == 0 else 1 + days % 4)
        self.something_happens(seed)

    @rule(seed=SEEDS)
    def the_minute_comes(self, seed: int) -> None:
        with self.moment(seed):
            for part in TICKS.values():
                with transaction.atomic():
                    part(server_now())
            lost = watch.ownerless(walking.person(self.ground, "officer"), on=structure.current_day())
            assert not lost, [(case.stage, case.next_step, case.next_role, str(case.next_unit)) for case in lost]
        self.something_happens(seed)

    @rule(seed=SEEDS)
    def the_enterprise_changes(self, seed: int) -> None:
        with self.moment(seed) as walk:
            if walk.chance(30):
                self.a_unit_closes(walk)
            else:
                self.a_limit_is_counted_anew(walk)
        self.something_happens(seed)

    # what a rule is made of

    def files(self, seed: int) -> None:
        with self.moment(seed) as walk:
            self.said = "receive"
            if walk.chance(50):
                self.attempt("receive", lambda: walking.file(walk))
            else:  # well on its way: a walk of a hundred steps seldom comes that far by itself
                made.bring(walk.world, walk.one(list(Stage)), identity=walk.one(["named", "confidential"]))

    def those_whose_turn_it_is(self, walk: Walk) -> None:
        """One case is carried on, up to four steps."""
        case = walk.one([case for case in Case.objects.order_by("pk") if case.next_step][-5:])
        for _ in range(walk.dice.randint(1, 4)):
            case = Case.objects.get(pk=case.pk)
            if case.next_step:
                self.take(walk, case.next_step, case)
                self.stages_change_as_the_table_says()

    def a_step(self, walk: Walk) -> None:
        """As a rule one that the stage has, and of these one that this walk has tried least."""
        case = self.a_case(walk)
        fits = [code for code, step in STEPS.items() if case.stage in step.leaves and code not in LATER]
        fits = fits if walk.chance(92) else list(STEPS)
        wanted = {code: (4 * self.done[code] + self.tried[code], walk.dice.random()) for code in fits}
        self.take(walk, min(fits, key=lambda code: wanted[code]), case)

    def what_follows(self, walk: Walk) -> None:
        """What somebody began is gone on with: a hearing is held, a question answered, an objection decided."""
        pairs = []
        for case in Case.objects.select_related("subject").order_by("pk"):
            last = Event.objects.get(subject=case.subject, seq=case.subject.head_seq).act
            pairs += [(case, code) for code in FOLLOWS.get(last, "").split()]
        case, code = (
            min(pairs, key=lambda pair: (4 * self.done[pair[1]] + self.tried[pair[1]], walk.dice.random()))
            if pairs
            else walk.one([])
        )
        self.take(walk, code, case)

    def an_offer(self, walk: Walk) -> None:
        case = self.a_case(walk)
        by: Actor = walking.person(walk, walk.one(sorted(walk.world.people)))
        if walk.chance(25):
            by = walk.one(walk.employees)
        if access.visible_to(by).filter(pk=case.pk).exists() and (offers := lifecycle.available(case, by=by)):
            self.take(walk, walk.one(offers).code, case, by)

    def a_unit_closes(self, walk: Walk) -> None:
        mill = walk.units[-1]
        if Unit.objects.filter(pk=mill.pk, closed_on=None).exists():
            day = structure.current_day()
            structure.close_unit(mill, successor=walk.world.mine, on=day, by=System("test"), at=server_now())

    def a_limit_is_counted_anew(self, walk: Walk) -> None:
        """As after a published year: the day told stays until a person says which holds."""
        clocks = Clock.objects.filter(
            subject__case__stage__in=OPEN, stopped_at=None, counted_on=None, rule__in=["notice", "decision"]
        )
        clock = walk.one(list(clocks.order_by("pk")))
        told, counted = clock.due_on + timedelta(days=2), clock.due_on
        Clock.objects.filter(pk=clock.pk).update(due_on=told, counted_on=counted)
        clock.refresh_from_db()
        sets: dict[str, Any] = {**running.sets([clock])}
        case = Case.objects.get(subject=clock.subject_id)
        if case.next_rule == clock.rule:
            Case.objects.filter(pk=case.pk).update(next_due_on=told)
            sets["case"] = {"next_due_on": told}
        events.append(events.lock(case.subject_id), "clock_recounted", by=System("test"), at=server_now(), sets=sets)

    def moment(self, seed: int) -> Any:
        self.now += timedelta(minutes=1)
        self.steps += 1
        self.ground.dice = Random(f"{seed} {self.steps} {self.run}")
        return _At(self.now, self.ground)

    def a_case(self, walk: Walk) -> Case:
        rows = list(Case.objects.order_by("pk"))
        going = [case for case in rows if case.is_open]
        return walk.one(going if going and walk.chance(85) else rows)

    def take(self, walk: Walk, code: str, case: Case, by: Actor | None = None) -> None:
        self.tried[code] += 1
        by = by or walking.hand(walk, code, case)
        self.said = f"{code} on {case.reference} ({case.stage}) by {by}"
        self.attempt(code, lambda: WAYS[code](walk, case, by))

    def attempt(self, code: str, act: Any) -> None:
        """Do it, or have it refused: then everything is as it was."""
        before = _state()
        try:
            act()
        except (DomainError, Nothing) as error:
            after = _state()
            assert after == before, f"refused, yet something changed: {self.said}: {error}"
            self.refused[code] += 1

    # what holds after each step

    @invariant()
    def stages_change_as_the_table_says(self) -> None:
        fresh = Event.objects.filter(pk__gt=self.last_event).order_by("pk").select_related("subject__case")
        for event in fresh:
            self.last_event = event.pk
            case = getattr(event.subject, "case", None) if event.subject.kind == "case" else None
            if case is None:
                continue
            self.taken[event.act] += 1
            self.done[event.act] += 1
            if event.act in STARTS:
                self.stages[case.pk] = ""
            elif event.act in STEPS:
                step, old = STEPS[event.act], self.stages[case.pk]
                if old:
                    assert old in step.leaves, f"{event.act} left {old}"
                    self.stages[case.pk] = step.enters or old
                else:
                    self.stages[case.pk] = step.enters or ""
        for pk, stage in Case.objects.values_list("pk", "stage"):
            known = self.stages.get(pk)
            assert known is not None, f"case {pk} without its first event"
            assert known in {"", stage}, f"the events lead to {known}, the case stands in {stage}: {self.said}"
            self.stages[pk] = stage

    @invariant()
    def each_open_case_has_owner_step_and_day(self) -> None:
        limits = set(Clock.objects.filter(stopped_at=None).values_list("subject", "rule", "due_on"))
        for case in Case.objects.filter(stage__in=OPEN):
            where = f"{case.stage}, {case.next_step}: {self.said}"
            assert case.next_unit_id and case.next_role in Role.values and case.next_due_on, where
            assert case.next_step in STEPS and case.stage in STEPS[case.next_step].leaves, where
            assert case.closed_at is None, where
            assert (case.subject_id, case.next_rule, case.next_due_on) in limits, where
        assert not Case.objects.exclude(stage__in=OPEN).filter(closed_at=None).exists()

    @invariant()
    def nothing_sealed_is_seen_outside(self) -> None:
        reports = list(Case.objects.filter(is_sealed=True).select_related("office", "subject"))
        if not reports:
            return
        with server_time(self.now):
            self._only_inspectors(reports, self.ground.dice.sample(sorted(self.ground.world.people), 2))

    def _only_inspectors(self, reports: list[Case], names: list[str]) -> None:
        for name in names:
            by = walking.person(self.ground, name)
            seen = set(access.visible_to(by).filter(is_sealed=True).values_list("pk", flat=True))
            is_inspector = any(post.role == Role.INSPECTOR for post in by.posts)
            for case in reports:
                able = is_inspector and by.user_id in access.unconflicted(case, [by.user_id], structure.current_day())
                assert case.pk not in seen or able, f"{name} sees {case.reference}"
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM vault_indexentry i JOIN trail_subject s ON s.key_id = i.key_id"
                " JOIN cases_case c ON c.subject_id = s.id WHERE c.is_sealed"
            )
            assert cursor.fetchone() == (0,), "a sealed case stands in the look-up"
        inspectors = set(Post.objects.filter(role=Role.INSPECTOR).values_list("user_id", flat=True))
        for notice in Notice.objects.filter(subject__case__in=reports, withdrawn_at=None):
            assert WORDINGS[notice.code].is_for_employee or notice.to_id in inspectors, notice.code

    # at the end of a walk

    def everybody_sees_what_is_theirs(self) -> None:
        reports = list(Case.objects.filter(is_sealed=True).select_related("office", "subject"))
        self._only_inspectors(reports, sorted(self.ground.world.people))
        for employee in self.ground.employees:
            own = {
                pk
                for pk in access.visible_to(employee).values_list("pk", flat=True)
                if employee.user_id not in _accounts(pk)
            }
            assert not own, own

    def numbers_are_gapless(self) -> None:
        found: dict[str, set[int]] = {}
        rows = [*Case.objects.exclude(number=None).values_list("number", flat=True)]
        rows += [*Paper.objects.exclude(number=None).values_list("number", flat=True)]
        for number in rows:
            parts = NUMBER.match(number or "")
            assert parts, number
            numbers = found.setdefault(parts["series"], set())
            assert int(parts["no"]) not in numbers, number
            numbers.add(int(parts["no"]))
        for series, numbers in found.items():
            assert numbers == set(range(1, max(numbers) + 1)), (series, sorted(numbers))
        assert sum(Series.objects.values_list("last", flat=True)) == len(rows)


class _At:
    """The server's time for one rule."""

    def __init__(self, now: datetime, ground: Walk) -> None:
        self.told, self.ground = server_time(now), ground

    def __enter__(self) -> Walk:
        self.told.__enter__()
        return self.ground

    def __exit__(self, kind: Any, *rest: Any) -> bool:
        self.told.__exit__(kind, *rest)
        return kind is not None and issubclass(kind, Nothing)


def _accounts(pk: int) -> set[int | None]:
    """The accounts that filed this case, read from the sealed identities."""
    from huiyin.cases import sealed
    from huiyin.cases.models import Party

    rows = Party.objects.select_related("case__subject__key").filter(case=pk)
    return {sealed.identity_of(party).get("account") for party in rows}


def _state() -> tuple[object, ...]:
    """Everything an act could change: rows counted, heads and cases as they stand."""
    counts = ", ".join(f"(SELECT COUNT(*) FROM {table})" for table in TABLES)  # noqa: S608
    sums = "(SELECT SUM(head_seq) FROM trail_subject), (SELECT SUM(last) FROM org_series)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}, {sums}")
        counted = cursor.fetchone()
    return counted, tuple(Case.objects.order_by("pk").values_list()), _clocks()


def _clocks() -> tuple[object, ...]:
    return tuple(Clock.objects.order_by("pk").values_list("pk", "due_on", "stopped_at", "paused_at"))


@pytest.fixture
def walk(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Machine]]:
    """The machine with its ground built. Papers are composed and checked as ever; only Typst's drawing of them is replaced by
    one fixed page, since it is most of the time of a walk and has tests of its own (tests/papers)."""

    def drawn(kind: str, fields: Any, *, unit: Unit | str, number: str, on: Any) -> bytes:
        composing.compose(kind, fields, unit=str(unit), number=number, on=on)
        return b"%PDF-1.7\n%%EOF\n"

    monkeypatch.setattr(writers, "pdf", drawn)
    with server_time(datetime(2026, 3, 2, 0, 30, tzinfo=timezone.get_current_timezone())):
        ground = cast(made.build(), Random(0))
    yield type("Walked", (Machine,), {"ground": ground, "taken": Counter(), "refused": Counter()})


def run(machine: type[Machine], *, examples: int, steps: int, derandomize: bool = True) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, derandomize=derandomize, database=None, deadline=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate], report_multiple_bugs=False,
        ),
    )  # fmt: skip


def test_every_step_of_the_table_is_in_the_walk() -> None:
    assert set(WAYS) == set(STEPS)


@pytest.mark.trial
def test_two_thousand_steps_by_anybody_leave_every_case_owned_and_the_record_whole(walk: type[Machine]) -> None:
    run(walk, examples=16, steps=100)
    assert sum(walk.taken.values()) + sum(walk.refused.values()) >= 2000
    missing = sorted(set(STEPS) - set(walk.taken))
    assert len(missing) <= len(STEPS) // 5, missing


@pytest.mark.trial
@pytest.mark.parametrize("guard", ["_check", "enter"])
def test_without_one_guard_the_walk_finds_it(walk: type[Machine], monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """The twin: who and where unchecked; nobody said anew to owe the next step."""
    if guard == "_check":
        monkeypatch.setattr(lifecycle, "_check", lambda *_arguments: None)
    else:
        monkeypatch.setattr(lifecycle.Turn, "enter", _without_owner)
    with pytest.raises((AssertionError, IntegrityError)):
        run(walk, examples=4, steps=60)


def _without_owner(turn: lifecycle.Turn, stage: Stage) -> None:
    """As `enter`, forgetting to say anew what comes next."""
    turn.case.stage = stage
    if stage in ENDED:
        turn.case.closed_at = turn.at
    elif not turn.case.next_step:
        turn.case.next_unit, turn.case.next_role, turn.case.next_step = turn.case.office, Role.OFFICER, "register"
        turn.case.next_due_on, turn.case.next_rule = turn.clocks[0].due_on, turn.clocks[0].rule


@pytest.mark.trial
def test_a_hundred_thousand_steps_do(walk: type[Machine]) -> None:
    run(walk, examples=700, steps=100, derandomize=False)
    assert sum(walk.taken.values()) + sum(walk.refused.values()) >= 100_000
    assert set(walk.taken) >= set(STEPS) - RARE
