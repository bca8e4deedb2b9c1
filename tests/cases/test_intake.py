from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huiyin.cases import access, intake, joining, sealed, search
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Filing, Party, Stage
from huiyin.kernel.actors import Employee
from huiyin.kernel.errors import DomainError, Invalid, NotFound, Refused
from huiyin.trail.moments import server_now
from tests.cases.world import DEMAND, TEXT, World, bring, file

Receive = Callable[..., intake.Received]


def receive(world: World, **how: Any) -> intake.Received:
    return intake.receive(
        Words(TEXT, [DEMAND]),
        identity="named",
        person=Person(name="王小明"),
        how=Circumstances(channel="visit", **how),
        by=world.officer,
        at=server_now(),
    )


def test_a_receipt_has_number_hash_and_a_code_that_opens_it(world: World) -> None:
    received = file(world)
    found = intake.filing_by_code(received.code)
    assert found == received.filing
    assert received.filing.content_hash == sealed.content_hash(TEXT, [DEMAND])
    assert received.case.stage == Stage.RECEIVED


def test_the_code_is_stored_nowhere(world: World) -> None:
    received = file(world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_filing")
        assert received.code not in str(cursor.fetchall())


def test_a_sixth_representative_is_told_not_dropped(world: World) -> None:
    six = [Person(name=f"代表{no}") for no in range(6)]
    with pytest.raises(Invalid) as refusal:
        receive(world, headcount=8, representatives=six)
    assert refusal.value.field == "representatives"
    assert Filing.objects.count() == 0
    received = receive(world, headcount=8, representatives=six[:5])
    assert received.case.headcount == 8
    assert Party.objects.filter(case=received.case, part="representative").count() == 5


def test_the_same_key_and_words_give_the_same_receipt(world: World) -> None:
    first, again = file(world, key="k"), file(world, key="k")
    assert (again.filing, again.code, again.is_repeat) == (first.filing, first.code, True)
    assert Filing.objects.count() == 1


def test_the_same_key_with_other_words_is_refused(world: World) -> None:
    file(world, key="k")
    with pytest.raises(Refused):
        file(world, "另外一件事，食堂太贵。", key="k")
    assert Filing.objects.count() == 1


def test_a_receipt_costs_at_most_twelve_statements(world: World) -> None:
    file(world)  # the policy's text is stored once
    with CaptureQueriesContext(connection) as statements:
        file(world, "食堂的饭菜又贵又凉，中午排队半个小时。", key="k2")
    counted = [
        row["sql"] for row in statements if not row["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
    ]
    assert len(counted) <= 12, counted


@pytest.mark.parametrize(
    ("words", "field"),
    [(Words("", [DEMAND]), "text"), (Words(TEXT, [" "]), "demands"), (Words("长" * 20_001, [DEMAND]), "text")],
)
def test_bad_words_name_their_field(world: World, words: Words, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        intake.receive(words, identity="anonymous", by=Employee(), at=server_now())
    assert refusal.value.field == field


def test_an_anonymous_filing_keeps_nothing_of_who_sent_it(world: World) -> None:
    received = file(world, identity="anonymous")
    party = Party.objects.get(case=received.case)
    assert (party.account_digest, party.sealed_identity) == (None, None)
    assert received.filing.entered_by_id is None
    with pytest.raises(NotFound):
        access.filing_for(world.filer, received.filing.reference)


def test_names_of_parties_are_in_no_index(world: World) -> None:
    file(world)
    assert count(world, "王小明") == 0
    assert count(world, "财务科") == 1


def count(world: World, text: str) -> int:
    return search.page(world.officer, search.Filters(text=text), today=server_now().date()).paginator.count


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("工资", 1),
        ("没有发工资", 1),
        ("工资王", 0),  # across what was cut
        ("都说等", 1),
        ("两次都说", 0),  # across punctuation
        ("%", 0),
        ("_", 0),
        ("'", 0),
        ('"', 0),
        ("资", 1),
        ("工资 通知", 1),
        ("工资 食堂", 0),
    ],
)
def test_search_finds_exactly_what_contains_the_words(world: World, text: str, hits: int) -> None:
    file(world)
    assert count(world, text) == hits


def test_a_case_of_another_unit_does_not_exist(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    for stranger in (world.stranger, world.stranger_head, world.admin, world.inspector):
        with pytest.raises(NotFound):
            access.case_for(stranger, case.reference)
    for known in (world.officer, world.chief, world.handler, world.head, world.liaison, world.deputy):
        assert access.case_for(known, case.reference) == case


def test_a_report_is_out_of_everything_but_the_inspectors(world: World) -> None:
    text = "举报有人在车间吃空饷，工资冒领。"
    received = file(world, text, said="report")
    assert visible_anywhere(world, received.case, text) == {"inspector"}
    assert Case.objects.get(pk=received.case.pk).matter == ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM cases_filing UNION SELECT text FROM cases_demand")
        assert not any(row[0] for row in cursor.fetchall())


def test_a_claim_is_seen_by_the_office(world: World) -> None:
    """The twin: the same words not said to be a report are found."""
    text = "举报有人在车间吃空饷，工资冒领。"
    assert "officer" in visible_anywhere(world, file(world, text).case, text)


def visible_anywhere(world: World, case: Case, text: str) -> set[str]:
    today, found = server_now().date(), set()
    for name, by in world.people.items():
        lists = [*search.page(by, search.Filters(), today=today)]
        lists += search.page(by, search.Filters(text=text[:4]), today=today)
        lists += [item.case for item in search.my_work(by, today=today)]
        lists += [alike.case for alike in joining.find_alike(text, by=by)]
        if case in lists or access.visible_to(by).filter(pk=case.pk).exists():
            found.add(name)
    return found


def test_a_repeat_joins_and_its_code_shows_only_its_own(world: World) -> None:
    first, second = file(world), file(world, "又来反映一次：" + TEXT)
    joining.join(second.case, into=first.case, reason="同一件事", by=world.officer, at=server_now())
    second.case.refresh_from_db()
    assert (second.case.stage, second.case.joined_to) == (Stage.JOINED, first.case)
    mine = access.filing_for(Employee(filing_id=second.filing.pk), second.filing.reference)
    assert mine.case == second.case
    with pytest.raises(NotFound):
        access.filing_for(Employee(filing_id=second.filing.pk), first.filing.reference)
    assert count(world, "又来反映") == 1


def test_exact_repeats_are_offered_as_alike(world: World) -> None:
    received = file(world)
    best = joining.find_alike(TEXT, by=world.officer)[0]
    assert best.case == received.case


def test_registering_numbers_without_gaps(world: World) -> None:
    numbers = []
    for no in range(3):
        case = file(world, f"第{no}件事，宿舍漏水。").case
        intake.register(case, matter="宿舍漏水", by=world.officer, at=server_now())
        numbers.append(case.number)
        with pytest.raises(DomainError):
            intake.register(case, matter="再登记一次", by=world.officer, at=server_now())
    assert [number.rpartition("〕")[2] for number in numbers if number] == ["1号", "2号", "3号"]
