"""What is sealed opens only whole, in its place, with its key; digests tell nothing without the master key."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.vault import keys
from huiyin.vault.digests import commitment, keyed_digest
from huiyin.vault.models import DataKey
from huiyin.vault.sealing import seal, unseal
from huiyin.vault.suites import Altered

PLACE = "cases.Party.sealed_identity"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> DataKey:
    return keys.new_key()


@pytest.mark.parametrize("text", ["", "王堃", "𬭎·䶮 😀\n\t", "名" * 100_000])
def test_a_text_comes_back_as_it_was(key: DataKey, text: str) -> None:
    blob = seal(key, text, place=PLACE)
    assert unseal(key, blob, place=PLACE) == text
    assert unseal(key, memoryview(blob), place=PLACE) == text
    assert not text or text.encode() not in blob


def test_the_envelope_names_version_suite_and_key_and_no_two_are_the_same(key: DataKey) -> None:
    blob = seal(key, "王堃", place=PLACE)
    assert blob[:2] == b"\x01\x01"
    assert int.from_bytes(blob[2:10], "big") == key.pk
    assert len(blob) == 10 + 12 + len("王堃".encode()) + 16
    assert seal(key, "王堃", place=PLACE) != blob


def test_every_changed_byte_and_every_cut_is_found(key: DataKey) -> None:
    blob = seal(key, "王堃", place=PLACE)
    for place in range(len(blob)):
        for changed in (blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :], blob[:place], blob + b"\0"):
            with pytest.raises(Altered):
                unseal(key, changed, place=PLACE)
    assert unseal(key, blob, place=PLACE) == "王堃"


def test_a_text_moved_to_another_place_or_another_case_does_not_open(key: DataKey) -> None:
    blob, other = seal(key, "王堃", place=PLACE), keys.new_key()
    with pytest.raises(Altered, match="another place"):
        unseal(key, blob, place="papers.Paper.sealed_fields")
    with pytest.raises(Altered, match=f"sealed with key {key.pk}"):
        unseal(other, blob, place=PLACE)
    renamed = blob[:2] + other.pk.to_bytes(8, "big") + blob[10:]
    with pytest.raises(Altered):
        unseal(other, renamed, place=PLACE)


def test_a_wrapped_key_copied_over_another_s_opens_nothing(key: DataKey) -> None:
    """Two rows exchanged behind the program's back: neither case shows the other's people."""
    other = keys.new_key()
    blob = seal(other, "王堃", place=PLACE)
    other.wrapped = key.wrapped
    with pytest.raises(Altered):
        unseal(other, blob, place=PLACE)


def test_after_the_key_is_destroyed_nothing_is_sealed_opened_or_committed(key: DataKey) -> None:
    blob = seal(key, "王堃", place=PLACE)
    keys.destroy(key, AT)
    for act in (
        lambda: unseal(key, blob, place=PLACE),
        lambda: seal(key, "x", place=PLACE),
        lambda: commitment(key, "a", "b"),
    ):
        with pytest.raises(keys.KeyDestroyed):
            act()


def test_a_digest_is_lasting_and_differs_by_purpose_and_value() -> None:
    one = keyed_digest("query_code", "ABC")
    assert one == keyed_digest("query_code", b"ABC")
    assert len(one) == 32
    assert len({one, keyed_digest("account", "ABC"), keyed_digest("query_code", "ABD")}) == 3
    keys.forget()
    assert keyed_digest("query_code", "ABC") == one


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_a_commitment_binds_label_and_text(label: str, text: str, label2: str, text2: str) -> None:
    key = DataKey.objects.last() or keys.new_key()
    assert (commitment(key, label, text) == commitment(key, label2, text2)) == ((label, text) == (label2, text2))


def test_a_commitment_differs_by_case_and_is_64_hexadecimal_characters(key: DataKey) -> None:
    one = commitment(key, "filing:3.text", "工资")
    assert bytes.fromhex(one).hex() == one
    assert len(one) == 64
    assert commitment(keys.new_key(), "filing:3.text", "工资") != one


@pytest.mark.parametrize("use", ["digest", "seal", "unseal", "commit"])
def test_each_use_costs_microseconds(key: DataKey, use: str) -> None:
    """0.2 ms allows for a busy machine; measured 2-15 µs."""
    blob = seal(key, "x" * 200, place=PLACE)
    acts: dict[str, Callable[[], object]] = {
        "digest": lambda: keyed_digest("query_code", "x" * 28),
        "seal": lambda: seal(key, "x" * 200, place=PLACE),
        "unseal": lambda: unseal(key, blob, place=PLACE),
        "commit": lambda: commitment(key, "a", "x" * 200),
    }
    act = acts[use]
    act()
    spent = []
    for _ in range(200):
        start = time.perf_counter()
        act()
        spent.append(time.perf_counter() - start)
    assert sorted(spent)[100] < 0.0002
