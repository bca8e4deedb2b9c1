"""policy.toml: what ships is sound, what is damaged or beyond the law is refused with its line."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from pytest_django.fixtures import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from huiyin.clocks import calendars, policy, policy_file, running
from huiyin.clocks.counting import count
from huiyin.clocks.explain import explain_clock
from huiyin.clocks.models import PolicyText
from huiyin.clocks.policy_file import CEILINGS, BadPolicy
from huiyin.clocks.rules import MOMENTS, Rule
from huiyin.kernel.errors import Invalid
from huiyin.org.models import Unit
from huiyin.org.permissions import Role
from huiyin.trail import events
from huiyin.trail.moments import server_now
from tests.cases import world as made
from tests.clocks.rule_samples import POLICY, SHIPPED

TEXT = SHIPPED.read_text("utf-8")


def refused(text: str) -> BadPolicy:
    with pytest.raises(BadPolicy) as caught:
        policy_file.parse(text, Path("policy.toml"))
    return caught.value


def in_rule(rule_id: str, old: str, new: str) -> str:
    """The shipped text with one line of one rule changed."""
    head, table, rest = TEXT.partition(f"[rules.{rule_id}]\n")
    assert old in rest
    return head + table + rest.replace(old, new, 1)


def line_of(text: str, rule_id: str, part: str) -> int:
    lines = text.splitlines()
    first = lines.index(f"[rules.{rule_id}]")
    return next(number for number, line in enumerate(lines, start=1) if number > first and part in line)


def test_the_shipped_policy_has_the_rules_of_this_release() -> None:
    assert {
        "notice", "decision", "extension", "ask_review", "take_in", "first_contact", "execution", "objection",
        "backlog", "rating_window", "suggestion_reply", "report_reply",
        "commitment_urgent", "commitment_severe", "commitment_ordinary", "supervision_answer", "instruction",
        "advice_answer", "take_over", "objection_answer", "dispute", "order_answer",
        "co_handling", "unaddressed",
        "review", "ask_final_review", "final_review", "hearing_longest", "redo",
        "objection_above", "answer_above",
        "follow_up", "call_back",
        "urgent_report",
    } == set(POLICY.rules)  # fmt: skip


def test_the_shipped_limits_are_the_law_s() -> None:
    for rule_id in POLICY.rules.keys() & CEILINGS.keys():
        rule, ceiling = POLICY.rule(rule_id), CEILINGS[rule_id]
        assert (rule.amount, rule.unit, rule.basis) == (ceiling.amount, ceiling.unit, "statute")
        assert ceiling.article in rule.source


def test_every_due_step_that_is_missed_is_told_to_somebody() -> None:
    for rule in POLICY.rules.values():
        assert rule.told_when_missed or not rule.is_due_step, rule.id


@pytest.mark.parametrize(
    ("rule_id", "old", "new", "part", "reason"),
    [
        ("notice", "amount = 15", "amount = 16", "amount", "longer than the 15 that 《信访工作条例》第二十三条 allows"),
        ("decision", "amount = 60", "amount = 90", "amount", "longer than the 60"),
        ("decision", "max_days = 30", "max_days = 31", "max_days", "longer than the 30"),
        ("decision", "times = 1", "times = 2", "times", "one extension"),
        ("objection", "amount = 5", "amount = 6", "amount", "longer than the 5"),
        ("objection", 'unit = "workday"', 'unit = "day"', "unit", "counts this limit in workday"),
        ("ask_review", "amount = 30", "amount = 20", "amount", "this right can't be shortened"),
        ("ask_review", "amount = 30", "amount = 31", "amount", "longer than the 30"),
        ("notice", 'basis = "statute"', 'basis = "plan"', "basis", "basis statute, direction forward"),
        ("extension", "amount = 30", "amount = 20", "max_days", "both must be the same"),
        ("notice", "amount = 15", 'amount = "15"', "amount", "whole number"),
        ("notice", "amount = 15", "amount = 0", "amount", "whole number"),
        ("notice", "amount = 15", "amount = true", "amount", "whole number"),
        ("notice", "amount = 15", "amont = 15", "amont", "isn't known"),
        ("notice", 'unit = "day"', 'unit = "days"', "unit", "isn't one of"),
        ("notice", "roll = true", 'roll = "yes"', "roll", "true or false"),
        ("notice", 'starts_on = "received"', 'starts_on = "recieved"', "starts_on", "isn't one of"),
        ("notice", 'title = "书面告知"', 'title = ""', "title", "a text in quotes"),
        ("notice", "warn_at = [50, 75, 90]", "warn_at = [50, 75]", "warns", "as many lists"),
        ("notice", "warn_at = [50, 75, 90]", "warn_at = [75, 50, 90]", "warn_at", "rising"),
        ("notice", "warn_at = [50, 75, 90]", "warn_at = [50, 75, 100]", "warn_at", "1 to 99"),
        ("notice", '["officer", "deputy"]]', '["officer", "boss"]]', "warns", "'boss' isn't a role"),
        ("notice", 'told_when_missed = ["officer"', 'told_when_missed = ["boss"', "told_when_missed", "isn't a role"),
        ("objection", 'watch = "mark"', 'watch = "always"', "watch", "isn't one of"),
        ("execution", 'unit = "day"', 'unit = "day"\nroll = true', "roll", "only a limit of the law"),
        ("execution", 'unit = "day"', 'unit = "hour"\npause = true', "pause", "only limits that run forward"),
        ("notice", "roll = true", "pause = true", "pause", "does not allow this limit to be paused"),
        ("objection", "amount = 5", 'amount = 5\ndirection = "backward"', "direction", "direction forward"),
    ],
)
def test_a_bad_value_is_refused_with_line_and_reason(rule_id: str, old: str, new: str, part: str, reason: str) -> None:
    text = in_rule(rule_id, old, new)
    error = refused(text)
    assert reason in error.reason
    assert str(error) == f"huiyin: policy.toml, line {error.line}: {error.reason} Correct that line and start again."
    assert part in text.splitlines()[error.line - 1]


def test_the_line_is_that_of_the_rule_meant_not_of_the_first_with_such_a_key() -> None:
    text = in_rule("decision", "amount = 60", "amount = 61")
    assert refused(text).line == line_of(text, "decision", "amount")


def test_a_missing_key_is_told_at_its_table() -> None:
    text = in_rule("take_in", "amount = 2\n", "")
    error = refused(text)
    assert text.splitlines()[error.line - 1] == "[rules.take_in]"
    assert "rules.take_in.amount: this key is missing" in error.reason


def test_an_extension_where_the_law_has_none_is_refused() -> None:
    text = TEXT + '\n[rules.notice.extension]\nmax_days = 5\ntimes = 1\napproved_by = "unit_head"\n'
    error = refused(text)
    assert "does not allow this limit to be extended" in error.reason
    assert text.splitlines()[error.line - 1] == "[rules.notice.extension]"


def test_text_that_is_no_toml_is_refused_at_its_line() -> None:
    error = refused(TEXT + "\n[rules.broken\n")
    assert error.line == TEXT.count("\n") + 2
    assert "not TOML" in error.reason
    assert refused("x = \n").line == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "about: this key is missing"),
        ("[about]\ntitle = 'a'\ntime_zone_note = 'b'\n", "rules: this key is missing"),
        ("rules = 3\n[about]\ntitle = 'a'\ntime_zone_note = 'b'\n", "must be a table"),
        ("[rules]\n[about]\ntitle = 'a'\ntime_zone_note = 'b'\n", "no rule"),
        ("[about]\ntitle = 'a'\ntime_zone_note = 'b'\n[rules.Bad-Name]\ntitle = 'x'\n", "small letters"),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, reason: str) -> None:
    assert reason in refused(text).reason


@pytest.mark.parametrize("content", [None, b"\n\n\xff"])
def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "policy.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadPolicy) as caught:
        policy.load(path)
    assert isinstance(caught.value, SystemExit)
    assert caught.value.line == (1 if content is None else 3)
    assert str(path) in str(caught.value)


def test_a_shorter_limit_than_the_law_s_is_allowed() -> None:
    shorter = policy_file.parse(in_rule("notice", "amount = 15", "amount = 10"), Path("policy.toml"))
    assert shorter.rule("notice").amount == 10
    assert shorter.sha256 != POLICY.sha256


def test_an_unknown_rule_is_told_with_those_there_are() -> None:
    with pytest.raises(Invalid) as caught:
        POLICY.rule("notices")
    assert "notice、" in caught.value.sentence


def test_who_is_told_depends_on_how_much_time_has_gone() -> None:
    rule = POLICY.rule("decision")
    assert rule.roles_at(50) == ("handler",)
    assert rule.roles_at(90) == ("handler", "unit_head", "deputy")
    assert rule.roles_at(60) == ()
    assert rule.roles_at(100) == rule.told_when_missed


def test_every_word_of_the_vocabulary_is_of_roles_and_moments() -> None:
    assert {role.value for role in Role} == policy_file.ROLES
    assert all(rule.starts_on in MOMENTS and rule.stops_on in MOMENTS for rule in POLICY.rules.values())
    assert isinstance(POLICY.rule("notice"), Rule)


def test_the_policy_named_by_the_settings_is_in_force(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "own.toml"
    path.write_text(in_rule("take_in", "amount = 2", "amount = 1"), "utf-8")
    assert policy.current().rule("take_in").amount == 2
    settings.POLICY_FILE = path
    assert policy.current().rule("take_in").amount == 1


@pytest.mark.django_db
def test_a_text_is_stored_once_under_its_hash() -> None:
    policy.forget()
    first, second = policy.stored(), policy.stored()
    assert first.pk == second.pk == POLICY.sha256
    assert first.text == TEXT
    assert PolicyText.objects.count() == 1


@pytest.mark.django_db
def test_an_earlier_version_is_read_from_its_stored_text() -> None:
    text = in_rule("take_in", "amount = 2", "amount = 1")
    earlier = policy_file.parse(text, Path("policy.toml"))
    PolicyText.objects.create(sha256=earlier.sha256, text=text, loaded_at=server_now())
    assert policy.of(earlier.sha256).rule("take_in").amount == 1
    assert policy.of(POLICY.sha256).rule("take_in").amount == 2
    policy.forget()


@pytest.mark.django_db
def test_a_committed_text_costs_no_query_later(
    django_assert_num_queries: DjangoAssertNumQueries,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    policy.forget()
    with django_capture_on_commit_callbacks(execute=True):
        policy.stored()
    with django_assert_num_queries(0):
        policy.stored()
    policy.forget()


@pytest.mark.django_db
def test_a_text_that_was_rolled_back_is_stored_again() -> None:
    policy.forget()
    with pytest.raises(RuntimeError), transaction.atomic():
        policy.stored()
        raise RuntimeError
    assert not PolicyText.objects.exists()
    policy.stored()
    assert PolicyText.objects.count() == 1


PLACE = """
[places.seaside]
title = "海滨各单位"
units = ["炼化公司"]
[places.seaside.rules.notice]
amount = 5
unit = "workday"
source = "由法务部门确认"
"""


def test_a_place_has_shorter_limits_and_the_rest_of_the_enterprise_s() -> None:
    limits = policy_file.parse(TEXT + PLACE, Path("policy.toml"))
    assert (limits.rule("notice", "seaside").amount, limits.rule("notice", "seaside").unit) == (5, "workday")
    assert limits.rule("notice").amount == limits.rule("notice", "elsewhere").amount == 15
    assert limits.rule("decision", "seaside") is limits.rule("decision")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("amount = 5", "amount = 16", "whole number from 1 to 15"),
        ("rules.notice", "rules.ask_review", "no place can change it"),
        ("rules.notice", "rules.nothing", "no rule of this name"),
        ('unit = "workday"', 'unit = "month"', "isn't one of"),
        ("amount = 5", "amount = 5\nroll = true", "isn't known"),
        ('units = ["炼化公司"]', "units = []", "list of names"),
    ],
)
def test_a_place_cannot_go_beyond_the_enterprise(old: str, new: str, said: str) -> None:
    assert said in str(refused(TEXT + PLACE.replace(old, new, 1)))


def test_five_working_days_over_a_long_holiday_end_with_the_law_s_limit_at_the_latest() -> None:
    long_place = PLACE.replace("amount = 5", "amount = 15")  # fifteen working days are longer than fifteen days
    limits = policy_file.parse(TEXT + long_place, Path("policy.toml"))
    for rule in (limits.rule("notice", "seaside"), limits.rule("notice")):
        assert count(rule, date(2026, 2, 1), calendars.current()).due == date(2026, 2, 24)
    short = policy_file.parse(TEXT + PLACE, Path("policy.toml")).rule("notice", "seaside")
    assert count(short, date(2026, 2, 1), calendars.current()).due == date(2026, 2, 6)


@pytest.mark.django_db
def test_a_place_holds_for_the_unit_named_and_all_below_it(tmp_path: Path, settings: Settings) -> None:
    world = made.build()
    file = tmp_path / "policy.toml"
    file.write_text(TEXT + PLACE.replace("炼化公司", world.refinery.name), "utf-8")
    settings.POLICY_FILE = str(file)
    policy.forget()
    below = Unit.objects.filter(path__startswith=world.refinery.path).exclude(pk=world.refinery.pk).first()
    assert below is not None
    limits = policy.current()
    assert [policy.place_of(unit, limits) for unit in (world.refinery, below, world.group, None)] == [
        "seaside", "seaside", "", "",
    ]  # fmt: skip
    assert not policy.unknown_units()
    with transaction.atomic():
        subject = events.new_subject("case")
    at = datetime(2026, 2, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    [clock] = running.start(subject, ["notice"], at, unit=below)
    assert (clock.place, clock.due_on) == ("seaside", date(2026, 2, 6))
    assert explain_clock(clock).due.due == clock.due_on == running.due_of(clock).due
    policy.forget()


@pytest.mark.django_db
def test_a_unit_that_nobody_bears_is_named(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(TEXT + PLACE, "utf-8")
    settings.POLICY_FILE = str(file)
    policy.forget()
    assert policy.unknown_units() == ["炼化公司"]
    policy.forget()
