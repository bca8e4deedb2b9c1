"""The one way from a number to cases: logged first, in the same transaction, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huiyin.kernel.errors import Invalid
from huiyin.vault import keys, lookup
from huiyin.vault.models import DataKey, IndexEntry

pytestmark = pytest.mark.django_db
ID_NUMBER, PHONE = "11010519491231002X", "13812345678"


@pytest.fixture
def key() -> DataKey:
    key = keys.new_key()
    lookup.index_all(key, [("id_number", ID_NUMBER), ("phone", PHONE)])
    return key


def probes(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries if "SELECT" in query["sql"] and "vault_indexentry" in query["sql"]]


def test_a_number_leads_to_its_cases_however_it_is_written(key: DataKey) -> None:
    other = keys.new_key()
    lookup.index(other, "phone", "+86 138-1234-5678")
    logged: list[str] = []
    found = lookup.look_up("phone", "１３８ １２３４ ５６７８", log=lambda: logged.append("log"))
    assert sorted(found) == sorted([key.pk, other.pk])
    assert logged == ["log"]
    assert lookup.look_up("id_number", "110105491231002", log=list) == [key.pk]
    assert lookup.look_up("phone", "13912345678", log=list) == []


def test_the_log_comes_before_the_index_is_asked(key: DataKey) -> None:
    with CaptureQueriesContext(connection) as queries:
        seen: list[int] = []
        lookup.look_up("phone", PHONE, log=lambda: seen.append(len(probes(queries))))
    assert seen == [0]
    assert len(probes(queries)) == 1


def test_no_log_no_result_and_the_index_is_not_even_asked(key: DataKey) -> None:
    def log() -> None:
        keys.new_key()  # what the log had written before it failed goes too
        raise RuntimeError("the trail is locked")

    count = DataKey.objects.count()
    with CaptureQueriesContext(connection) as queries, pytest.raises(RuntimeError):
        lookup.look_up("phone", PHONE, log=log)
    assert probes(queries) == []
    assert DataKey.objects.count() == count


def test_the_guard_above_sees_a_look_up_that_asks_first(key: DataKey) -> None:
    """The twin: the same two steps in the wrong order, and the probe shows."""

    def asks_first(kind: str, value: str, *, log: Callable[[], object]) -> list[int]:
        found = list(
            IndexEntry.objects.filter(kind=kind, digest=lookup._digest(kind, value)).values_list("key_id", flat=True)
        )
        log()
        return found

    def log() -> None:
        raise RuntimeError

    with CaptureQueriesContext(connection) as queries, pytest.raises(RuntimeError):
        asks_first("phone", PHONE, log=log)
    assert len(probes(queries)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_failing_probe_takes_the_log_back_with_it(key: DataKey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Log and answer share one transaction: there is never one without the other."""
    count = DataKey.objects.count()

    def fails(**_: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(IndexEntry.objects, "filter", fails)
    with pytest.raises(IntegrityError):
        lookup.look_up("phone", PHONE, log=keys.new_key)
    assert DataKey.objects.count() == count


def test_what_is_no_number_is_refused_before_anything_is_logged(key: DataKey) -> None:
    logged: list[int] = []
    for kind, value in (("phone", "张三"), ("id_number", "110105194912310021"), ("phone", "")):
        with pytest.raises(Invalid):
            lookup.look_up(kind, value, log=lambda: logged.append(1))
    with pytest.raises(ValueError, match="name"):
        lookup.look_up("name", "张三", log=lambda: logged.append(1))
    assert logged == []


def test_the_index_holds_digests_that_differ_by_kind_and_no_number(key: DataKey) -> None:
    for entry in IndexEntry.objects.filter(key=key):
        assert len(bytes(entry.digest)) == 32
        assert PHONE.encode() not in bytes(entry.digest)
    assert lookup._digest("phone", PHONE) != lookup._digest("id_number", ID_NUMBER)


def test_twice_indexed_is_once_and_costs_one_statement(key: DataKey) -> None:
    with CaptureQueriesContext(connection) as queries:
        lookup.index_all(key, [("phone", PHONE), ("phone", f"+86{PHONE}"), ("id_number", ID_NUMBER)])
    assert len([query for query in queries if query["sql"].startswith("INSERT")]) == 1
    assert IndexEntry.objects.filter(key=key).count() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        IndexEntry.objects.create(key=key, kind="phone", digest=lookup._digest("phone", PHONE))


def test_taken_out_of_the_index_or_destroyed_a_case_is_not_found(key: DataKey) -> None:
    lookup.unindex(key)
    assert lookup.look_up("phone", PHONE, log=list) == []
    lookup.index(key, "phone", PHONE)
    assert lookup.look_up("phone", PHONE, log=list) == [key.pk]
    keys.destroy(key, datetime(2026, 3, 2, tzinfo=UTC))
    assert lookup.look_up("phone", PHONE, log=list) == []
    with pytest.raises(keys.KeyDestroyed):
        lookup.index(key, "phone", PHONE)
