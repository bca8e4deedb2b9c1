from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from huiyin.kernel.errors import Refused
from huiyin.org import structure
from huiyin.org.models import Series, Unit
from huiyin.org.numbering import next_number
from tests.org.conftest import AT, BY, DAY, House


def test_numbers_read_as_on_papers_and_go_up_by_one(house: House) -> None:
    assert [next_number(house.refinery, "受", AT) for _ in range(3)] == [
        "炼化信受〔2026〕1号",
        "炼化信受〔2026〕2号",
        "炼化信受〔2026〕3号",
    ]


def test_each_unit_kind_and_year_counts_for_itself(house: House) -> None:
    next_number(house.refinery, "受", AT)
    assert next_number(house.refinery, "意", AT) == "炼化信意〔2026〕1号"
    assert next_number(house.group, "受", AT) == "信受〔2026〕1号"
    assert next_number(house.refinery, "受", AT.replace(year=2025)) == "炼化信受〔2025〕1号"


def test_the_year_turns_at_midnight_of_the_enterprise(house: House) -> None:
    assert "2026" in next_number(house.group, "访", datetime(2026, 12, 31, 15, 59, tzinfo=UTC))
    assert "2027" in next_number(house.group, "访", datetime(2026, 12, 31, 16, 0, tzinfo=UTC))


def test_what_fails_gives_its_number_back(house: House) -> None:
    next_number(house.group, "访", AT)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert next_number(house.group, "访", AT) == "信访〔2026〕2号"
        raise ZeroDivisionError
    assert next_number(house.group, "访", AT) == "信访〔2026〕2号"


def test_a_unit_without_a_code_gets_no_number(house: House) -> None:
    with pytest.raises(Refused, match="no_unit_code"):
        next_number(house.workshop, "受", AT)


def test_a_number_costs_two_statements(house: House, django_assert_num_queries: Any) -> None:
    next_number(house.group, "访", AT)
    with django_assert_num_queries(2):
        next_number(house.group, "访", AT)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_number_is_given() -> None:
    unit = Unit.objects.create(name="集团", short_name="集团", code="信", path="/1/", opened_on=DAY)
    with pytest.raises(RuntimeError):
        next_number(unit, "访", AT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time")
def test_many_at_once_leave_no_gap_and_nothing_twice_also_at_first_use() -> None:
    unit = structure.open_unit("集团", "集团", parent=None, on=DAY, code="信", acts_in_own_name=True, by=BY, at=AT)
    writers, each = 6, 15
    start = Barrier(writers)

    def take(writer: int) -> list[str]:
        taken = []
        start.wait()
        for turn in range(each):
            try:
                with transaction.atomic():
                    number = next_number(unit, "访", AT)
                    if (writer + turn) % 5 == 0:
                        raise ZeroDivisionError  # a transaction that fails
                taken.append(number)
            except ZeroDivisionError:
                continue
        connection.close()
        return taken

    with ThreadPoolExecutor(writers) as pool:
        numbers = [number for taken in pool.map(take, range(writers)) for number in taken]
    assert sorted(numbers, key=len) and set(numbers) == {f"信访〔2026〕{n}号" for n in range(1, len(numbers) + 1)}
    assert len(numbers) == len(set(numbers)) == Series.objects.get().last == writers * each * 4 // 5
