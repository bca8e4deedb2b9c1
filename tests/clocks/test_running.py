"""Clocks on a subject: started, stopped, extended, paused, counted anew."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from huiyin.clocks import calendars, policy, policy_file, running
from huiyin.clocks.explain import explain_clock, urgency
from huiyin.clocks.models import Clock, PolicyText
from huiyin.kernel.actors import System
from huiyin.kernel.errors import DomainError, Invalid, Refused
from huiyin.trail import events, projections
from huiyin.trail.models import Event, Subject
from tests.clocks.rule_samples import SHIPPED

pytestmark = pytest.mark.django_db
HERE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


@pytest.fixture
def subject() -> Subject:
    with transaction.atomic():
        return events.new_subject("case")


@pytest.fixture
def decision(subject: Subject) -> Clock:
    [clock] = running.start(subject, ["decision"], at("2026-08-03T09:00"))
    return clock


def test_several_clocks_run_side_by_side_on_one_subject(subject: Subject) -> None:
    running.start(subject, ["backlog", "notice"], at("2026-02-01T09:00"))
    found = running.running(subject)
    assert [(clock.rule, clock.due_on) for clock in found] == [
        ("notice", date(2026, 2, 24)),
        ("backlog", date(2026, 5, 1)),
    ]
    assert found[0].unrolled_on == date(2026, 2, 16)
    assert found[0].internal_on == date(2026, 2, 14)


def test_starting_clocks_is_one_insert(subject: Subject, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    text = policy.stored()
    with django_assert_num_queries(1):
        running.start(subject, ["notice", "backlog", "objection"], at("2026-02-01T09:00"), text=text)


def test_a_rule_runs_once_on_a_subject(subject: Subject, decision: Clock) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        running.start(subject, ["decision"], at("2026-08-04T09:00"))
    running.stop([decision], at("2026-08-05T09:00"))
    running.start(subject, ["decision"], at("2026-08-06T09:00"))


def test_an_unknown_rule_starts_nothing(subject: Subject) -> None:
    with pytest.raises(Invalid):
        running.start(subject, ["notice", "nothing"], at("2026-02-01T09:00"))
    assert not running.running(subject)


def test_a_stopped_clock_stays_stopped(subject: Subject, decision: Clock) -> None:
    assert running.stop([decision], at("2026-09-01T09:00")) == [decision]
    assert running.stop([decision], at("2026-09-02T09:00")) == []
    assert not running.running(subject)
    decision.refresh_from_db()
    assert decision.stopped_at == at("2026-09-01T09:00")


def test_an_extension_moves_the_due_date_once(decision: Clock) -> None:
    running.extend(decision, 30, at=at("2026-10-08T17:00"))
    decision.refresh_from_db()
    assert (decision.due_on, decision.unrolled_on, decision.extended_days) == (date(2026, 11, 2), date(2026, 11, 1), 30)
    with pytest.raises(Refused) as refused:
        running.extend(decision, 1)
    assert refused.value.code == "extended_already"


@pytest.mark.parametrize(
    ("days", "moment", "code"),
    [
        (31, "2026-09-01", "extension_too_long"),
        (0, "2026-09-01", "extension_too_long"),
        (10, "2026-10-09", "extension_too_late"),
    ],
)
def test_an_extension_too_long_or_too_late_changes_nothing(decision: Clock, days: int, moment: str, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        running.extend(decision, days, at=at(moment))
    assert refused.value.code == code
    decision.refresh_from_db()
    assert (decision.due_on, decision.extended_days) == (date(2026, 10, 8), 0)


def test_what_the_law_does_not_extend_is_not_extended(subject: Subject) -> None:
    [notice] = running.start(subject, ["notice"], at("2026-02-01T09:00"))
    with pytest.raises(Refused) as refused:
        running.extend(notice, 5)
    assert refused.value.code == "not_extendable"


def test_a_stopped_clock_is_not_extended(decision: Clock) -> None:
    running.stop([decision], at("2026-09-01T09:00"))
    with pytest.raises(Refused) as refused:
        running.extend(decision, 5)
    assert refused.value.code == "clock_stopped"


@pytest.fixture
def with_final_review(db: None) -> PolicyText:
    return policy.stored()


def test_hearing_time_is_not_counted(subject: Subject, with_final_review: PolicyText) -> None:
    [clock] = running.start(subject, ["final_review"], at("2026-04-01T09:00"), text=with_final_review)
    assert clock.due_on == date(2026, 5, 6)  # 05-01 rolled over the holidays
    running.pause(clock, at("2026-04-11T09:00"))
    assert urgency(clock, date(2026, 6, 1)) == "calm"
    with pytest.raises(Refused):
        running.pause(clock, at("2026-04-12T09:00"))
    with pytest.raises(Invalid):
        running.resume(clock, at("2026-04-10T09:00"))
    running.resume(clock, at("2026-04-19T15:00"))
    clock.refresh_from_db()
    assert (clock.paused_days, clock.paused_at, clock.unrolled_on) == (8, None, date(2026, 5, 9))
    assert clock.due_on == date(2026, 5, 9)  # a make-up Saturday
    with pytest.raises(Refused):
        running.resume(clock, at("2026-04-20T09:00"))


def test_a_decision_cannot_be_paused(decision: Clock) -> None:
    with pytest.raises(Refused) as refused:
        running.pause(decision, at("2026-09-01"))
    assert refused.value.code == "not_pausable"


def test_a_case_keeps_the_limits_under_which_it_began(subject: Subject) -> None:
    text = SHIPPED.read_text("utf-8").replace("amount = 15", "amount = 10", 1)
    parsed = policy_file.parse(text, Path("earlier.toml"))
    earlier = PolicyText.objects.create(sha256=parsed.sha256, text=text, loaded_at=at("2026-01-01"))
    [clock] = running.start(subject, ["notice"], at("2026-03-02T09:00"), text=earlier)
    assert clock.due_on == date(2026, 3, 12)
    explanation = explain_clock(clock)
    assert explanation.as_dict()["policy"] == parsed.sha256
    assert explanation.as_dict()["due"] == "2026-03-12"


def test_the_declared_columns_read_as_the_record_spells_them(decision: Clock) -> None:
    columns = running.columns(decision)
    assert columns["rule"] == "decision"
    assert columns["started_at"] == "2026-08-03T01:00:00.000000Z"
    assert (columns["due_on"], columns["unrolled_on"]) == ("2026-10-08", "2026-10-02")
    assert (columns["extended_days"], columns["paused_days"], columns["stopped_at"]) == (0, 0, None)
    assert list(running.rows([decision.subject_id])) == [(decision.subject_id, f"clock:{decision.pk}", columns)]
    assert running.sets([decision]) == {f"clock:{decision.pk}": columns}


def test_a_due_date_changed_behind_the_program_s_back_reads_differently(decision: Clock) -> None:
    before = running.columns(decision)
    Clock.objects.filter(pk=decision.pk).update(due_on=date(2026, 12, 1))
    [(_subject, _entity, after)] = list(running.rows([decision.subject_id]))
    assert after != before


def test_clocks_declare_their_rows_to_the_record() -> None:
    assert any(projection.name == "clocks" for projection in projections.declared())


def test_a_published_year_counts_provisional_clocks_anew_and_keeps_both_dates(
    subject: Subject, tmp_path: Path, settings: Settings
) -> None:
    settings.CALENDAR_DIR = tmp_path / "calendar"
    [clock] = running.start(subject, ["notice"], at("2027-01-18T09:00"))
    assert (clock.due_on, clock.is_provisional) == (date(2027, 2, 2), True)
    days = [{"name": "春节", "date": f"2027-02-{day:02}", "isOffDay": True} for day in range(1, 8)]
    published = tmp_path / "2027.json"
    published.write_text(json.dumps({"year": 2027, "papers": [], "days": days}), "utf-8")
    calendars.add_year(published)
    moved: list[Clock] = []

    def also(found: Clock) -> dict[str, dict[str, object]]:
        moved.append(found)
        return {"case": {"next_due_on": found.due_on.isoformat()}}

    [changed] = running.recount(System("import"), at("2026-11-30T09:00"), also=also)
    assert (changed.due_on, changed.is_provisional) == (date(2027, 2, 8), False)
    assert moved == [changed]
    event = json.loads(bytes(Event.objects.get(act="clock_recounted").canonical))
    assert event["facts"] == {"rule": "notice", "due_before": "2027-02-02", "due_after": "2027-02-08"}
    assert event["sets"]["case"] == {"next_due_on": "2027-02-08"}
    assert running.recount(System("import"), at("2026-11-30T09:00")) == []


def test_a_mark_that_passes_is_not_missed(subject: Subject) -> None:
    backlog, notice = running.start(subject, ["backlog", "notice"], at("2026-02-02T09:00"))
    late = backlog.due_on + timedelta(days=1)
    assert urgency(backlog, late) == "calm"
    assert urgency(notice, late) == "missed"
