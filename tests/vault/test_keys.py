"""The master key file and the keys wrapped by it: made once, private, never replaced unseen; destroyed for good."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from huiyin.vault import keys
from huiyin.vault.models import DataKey, IndexEntry
from huiyin.vault.suites import Altered

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An empty key folder of its own; what was read from it is forgotten, and so is what was read before."""
    settings.KEYS = tmp_path / "keys"
    keys.forget()
    yield settings.KEYS
    keys.forget()


def refused() -> str:
    keys.forget()
    with pytest.raises(keys.BadKeyFile) as caught:
        keys.check_key_file()
    assert isinstance(caught.value, SystemExit)
    return str(caught.value)


def replace(path: Path, content: bytes, mode: int = 0o400) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


@pytest.mark.django_db
def test_the_first_start_makes_a_private_file_and_the_next_reads_it(folder: Path) -> None:
    first = keys.check_key_file()
    path = folder / "master.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert len(bytes.fromhex(path.read_text())) == 32
    assert os.listdir(folder) == ["master.key"]
    keys.forget()
    assert keys.check_key_file() == first == keys.master().id


@pytest.mark.django_db
def test_two_processes_of_the_first_start_end_with_one_key(folder: Path) -> None:
    folder.mkdir()
    path = folder / "master.key"
    found: list[keys.Master] = []

    def start() -> None:
        keys._make(path)
        found.append(keys._read(path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({master.secret for master in found}) == 1
    assert os.listdir(folder) == ["master.key"]


@pytest.mark.django_db
def test_a_missing_file_is_not_made_anew_when_keys_depend_on_it(folder: Path) -> None:
    keys.new_key()
    (folder / "master.key").unlink()
    assert "missing" in refused()
    assert not (folder / "master.key").exists()
    DataKey.objects.all().delete()  # the twin: with nothing to lose it is made
    assert keys.check_key_file()


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"00" * 31, b"00" * 33, b"zz" * 32, bytes(range(128, 160)), b"\xff" * 64])
def test_a_damaged_file_stops_the_start_and_stays_untouched(folder: Path, content: bytes) -> None:
    keys.check_key_file()
    replace(folder / "master.key", content)
    assert "damaged" in refused()
    assert (folder / "master.key").read_bytes() == content


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [0o440, 0o404, 0o420, 0o600 | 0o004])
def test_a_file_others_can_read_stops_the_start(folder: Path, mode: int) -> None:
    keys.check_key_file()
    (folder / "master.key").chmod(mode)
    assert "chmod 0400" in refused()
    (folder / "master.key").chmod(0o600)  # the twin
    assert keys.check_key_file()


@pytest.mark.django_db
def test_a_folder_in_its_place_stops_the_start(folder: Path) -> None:
    (folder / "master.key").mkdir(parents=True)
    assert "not a file" in refused()


@pytest.mark.django_db
def test_another_installation_s_file_is_named(folder: Path) -> None:
    key = keys.new_key()
    replace(folder / "master.key", b"ab" * 32)
    sentence = refused()
    assert key.master_id in sentence
    assert keys.master().id in sentence
    with pytest.raises(keys.WrongMasterKey):
        keys.secret_of(key)
    keys.destroy(key, AT)  # a destroyed key needs no master any more
    assert keys.check_key_file() == keys.master().id


@pytest.mark.django_db
def test_a_wrapped_key_changed_in_the_table_is_found(folder: Path) -> None:
    key = keys.new_key()
    wrapped = bytearray(bytes(key.wrapped or b""))
    wrapped[-1] ^= 1
    DataKey.objects.filter(pk=key.pk).update(wrapped=bytes(wrapped))
    key.refresh_from_db()
    with pytest.raises(Altered):
        keys.secret_of(key)
    assert "vault_datakey" in refused()


@pytest.mark.django_db
def test_keys_differ_are_stored_wrapped_and_come_back_after_a_restart(folder: Path) -> None:
    made = [keys.new_key(), *keys.new_keys(3)]
    secrets = [keys.secret_of(key) for key in made]
    assert len(set(secrets)) == 4
    keys.forget()
    for key, secret in zip(made, secrets, strict=True):
        again = DataKey.objects.get(pk=key.pk)
        assert keys.secret_of(again) == secret
        assert secret not in bytes(again.wrapped or b"")
    assert keys.master().secret.hex() not in repr(keys.master())


@pytest.mark.django_db
def test_a_new_key_is_one_statement(folder: Path, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    keys.master()
    with django_assert_num_queries(1):
        keys.new_key()


@pytest.mark.django_db
def test_derived_keys_are_lasting_and_differ_by_purpose(folder: Path) -> None:
    first = keys.derived("a")
    assert len(first) == 32
    assert keys.derived("b") != first
    keys.forget()
    assert keys.derived("a") == first
    assert first != keys.master().secret


@pytest.mark.django_db
def test_a_destroyed_key_is_gone_with_its_index_entries_and_keeps_its_first_date(folder: Path) -> None:
    key, other = keys.new_keys(2)
    for one in (key, other):
        IndexEntry.objects.create(key=one, kind="phone", digest=b"1" * 32)
    keys.destroy(key, AT)
    keys.destroy(key, AT.replace(year=2027))
    again = DataKey.objects.get(pk=key.pk)
    assert (key.wrapped, again.wrapped, again.destroyed_at) == (None, None, AT)
    assert list(IndexEntry.objects.values_list("key_id", flat=True)) == [other.pk]
    with pytest.raises(keys.KeyDestroyed) as caught:
        keys.secret_of(again)
    assert "永久删除" in caught.value.sentence
    assert keys.secret_of(other)


@pytest.mark.django_db
def test_the_database_keeps_no_key_half_destroyed(folder: Path) -> None:
    key = keys.new_key()
    for change in ({"wrapped": None}, {"destroyed_at": AT}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DataKey.objects.filter(pk=key.pk).update(**change)


@pytest.mark.django_db(transaction=True)
def test_a_destroyed_key_s_bytes_are_no_longer_in_the_database_file(folder: Path, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL overwrites dead rows at vacuum; docs/decisions/0003 says so")
    key = keys.new_key()
    wrapped = bytes(key.wrapped or b"")

    def is_there() -> bool:
        copy = tmp_path / f"{os.urandom(4).hex()}.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            raw = connection.connection.serialize()
        copy.write_bytes(raw)
        return wrapped in copy.read_bytes()

    assert is_there()
    keys.destroy(key, AT)
    assert not is_there()
