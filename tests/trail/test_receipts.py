"""A receipt's proof, made and checked; and what it says when the record was touched afterwards."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin.trail import notes, receipts
from huiyin.trail.canonical import event_hash
from huiyin.trail.checkpoints import grow, sign
from huiyin.trail.models import Event, Subject
from tests.trail.conftest import NOON, Behind, Write


def event_of(subject: Subject, seq: int = 1) -> Event:
    return Event.objects.get(subject=subject, seq=seq)


def failed(document: object) -> list[str]:
    return [step.code for step in receipts.check(json.loads(json.dumps(document))) if not step.is_ok]


@pytest.fixture
def sealed(write: Write) -> tuple[Subject, dict[str, Any]]:
    """A proof from a checkpoint of 6 events, in a record that has grown to 10 since."""
    write(3)
    subject = write(3)
    grow(NOON)
    sign(NOON)
    write(4)
    grow(NOON)
    sign(NOON + timedelta(hours=1))
    return subject, receipts.proof_of(event_of(subject))


def test_a_receipt_proves_that_its_event_is_sealed(sealed: tuple[Subject, dict[str, Any]]) -> None:
    subject, document = sealed
    assert (document["state"], document["index"], document["size"]) == ("sealed", 3, 6)
    assert subject.public_id not in json.dumps(document)
    steps = receipts.check(json.loads(json.dumps(document)))
    assert receipts.is_good(steps), steps
    assert [step.code for step in steps] == ["form", "key", "event", "signature", "inclusion", "consistency"]


def test_the_proof_stays_the_same_while_the_record_grows(sealed: tuple[Subject, dict[str, Any]], write: Write) -> None:
    subject, document = sealed
    write(5)
    grow(NOON)
    sign(NOON + timedelta(hours=2))
    assert receipts.proof_of(event_of(subject)) == document


def test_before_the_seal_a_receipt_says_pending_and_the_event_can_be_checked(write: Write, behind: Behind) -> None:
    subject = write(1)
    document = receipts.proof_of(event_of(subject))
    assert document["state"] == "pending"
    assert failed(document) == []
    grow(NOON)
    assert receipts.proof_of(event_of(subject)) == document  # in the tree, but no checkpoint covers it yet
    sign(NOON)
    assert receipts.proof_of(event_of(subject))["state"] == "sealed"
    behind("UPDATE trail_event SET canonical = %s", b"{}")
    assert failed(document) == ["event"]


@pytest.mark.parametrize(
    ("name", "value", "codes"),
    [
        ("leaf", "00" * 32, ["event", "inclusion"]),
        ("index", 4, ["event", "inclusion"]),
        ("size", 5, ["signature"]),
        ("path", [], ["inclusion"]),
        ("checkpoint", "", ["signature"]),
        ("public_key", "huiyin/0000+00000000+AAAA", ["key"]),
        ("v", 2, ["form"]),
        ("state", "other", ["form"]),
        ("path", ["zz"], ["form"]),
        ("path", ["00" * 32] * 1000, ["form"]),
        ("leaf", None, ["form"]),
        ("index", True, ["form"]),
        ("index", -1, ["form"]),
        ("index", 2**70, ["form"]),
    ],
)
def test_a_changed_receipt_is_found_out(
    sealed: tuple[Subject, dict[str, Any]], name: str, value: object, codes: list[str]
) -> None:
    assert failed({**sealed[1], name: value}) == codes


def test_a_checkpoint_of_another_signer_is_found_out(sealed: tuple[Subject, dict[str, Any]]) -> None:
    forged = notes.signed(Ed25519PrivateKey.generate(), 6, bytes(32))
    assert failed({**sealed[1], "checkpoint": forged}) == ["signature"]


@pytest.mark.django_db
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["v", "leaf", "state", "index", "size", "path"]), inner, max_size=6)
        ),
        max_leaves=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_anything_can_be_given_and_is_called_no_proof(document: object) -> None:
    assert [step.code for step in receipts.check(document)] == ["form"]


def test_a_receipt_tells_when_its_event_was_changed_with_all_hashes_made_anew(
    sealed: tuple[Subject, dict[str, Any]], behind: Behind
) -> None:
    subject, document = sealed
    event = event_of(subject)
    changed = bytes(event.canonical).replace(b"stage0", b"stage9")
    behind("UPDATE trail_event SET canonical = %s, hash = %s WHERE id = %s", changed, event_hash(changed), event.pk)
    assert failed(document) == ["event"]


def test_a_receipt_tells_when_another_event_of_its_time_was_changed(
    sealed: tuple[Subject, dict[str, Any]], behind: Behind
) -> None:
    behind('UPDATE trail_node SET hash = %s WHERE level = 2 AND "index" = 0', bytes(32))
    assert failed(sealed[1]) == ["consistency"]


def test_a_receipt_tells_when_the_end_was_cut_off(sealed: tuple[Subject, dict[str, Any]], behind: Behind) -> None:
    behind('DELETE FROM trail_node WHERE level = 0 AND "index" >= 5')
    assert failed(sealed[1]) == ["consistency"]
    behind("DELETE FROM trail_node")
    assert failed(sealed[1]) == ["event", "consistency"]


def test_a_hole_in_the_tree_is_said_and_raises_nothing(sealed: tuple[Subject, dict[str, Any]], behind: Behind) -> None:
    behind("DELETE FROM trail_node WHERE level = 2")
    assert failed(sealed[1]) == ["consistency"]
