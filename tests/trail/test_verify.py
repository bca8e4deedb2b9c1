"""Each kind of tampering, done with the triggers off, is found with its place; and what can't be found alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from huiyin.kernel.actors import System
from huiyin.trail import checkpoints, events, leaves, moments, notes, projections, tree
from huiyin.trail.canonical import canonical, event_hash
from huiyin.trail.checkpoints import grow, sign
from huiyin.trail.models import Checkpoint, Event, Node, Subject
from huiyin.trail.projections import Finding
from huiyin.trail.verify import verify, verify_record
from huiyin.vault import keys
from tests.trail.conftest import NOON, Behind, Tables, Write


@pytest.fixture
def cases(write: Write) -> list[Subject]:
    """Three cases with five events each, sealed; then one event more in the last."""
    made = [write(5), write(5), write(5)]
    grow(NOON)
    sign(NOON)
    return made


def event_of(subject: Subject, seq: int) -> Event:
    return Event.objects.get(subject=subject, seq=seq)


def found() -> list[tuple[str, str]]:
    return [(finding.kind, finding.place) for finding in verify().findings]


def rebuild_chain(subject: Subject, behind: Behind, bodies: Callable[[dict[str, object]], object]) -> None:
    """What an owner of the database would do: change a body, then make every hash after it anew."""
    before = bytes(32)
    for event in Event.objects.filter(subject=subject).order_by("seq"):
        body = json.loads(bytes(event.canonical))
        bodies(body)
        body["prev"] = before.hex()
        kept = canonical(body)
        before = event_hash(kept)
        behind("UPDATE trail_event SET canonical = %s, hash = %s WHERE id = %s", kept, before, event.pk)
    behind("UPDATE trail_subject SET head_hash = %s WHERE id = %s", before, subject.pk)


def rebuild_tree(behind: Behind) -> None:
    behind("DELETE FROM trail_node")
    grow(NOON)


def test_an_untouched_record_is_fine_and_says_how_much_was_read(cases: list[Subject], write: Write) -> None:
    write(2)
    report = verify()
    assert report.is_ok and report.first is None, report.findings
    assert report.counts == {
        "subjects": 4, "events": 17, "leaves": 15, "nodes": 15 + 7 + 3 + 1, "waiting": 2,
        "checkpoints": 1, "rows": 4, "texts": 4,
    }  # fmt: skip
    assert report.as_dict()["ok"] is True
    assert json.loads(json.dumps(report.as_dict()))["findings"] == []
    assert verify_record().is_ok


def test_an_empty_record_is_fine(db: None, tables: Tables) -> None:
    assert verify().is_ok


@pytest.mark.parametrize(
    ("column", "value"),
    [("act", "other"), ("at", "2026-08-01 00:00:00+00:00"), ("recorded_at", "2026-08-01 00:00:00.5+00:00")],
)
def test_a_changed_column_of_an_event_is_found(cases: list[Subject], behind: Behind, column: str, value: str) -> None:
    if connection.vendor == "sqlite":
        value = value.removesuffix("+00:00")
    behind(
        "UPDATE trail_event SET column = %s WHERE id = %s".replace("column", column), value, event_of(cases[1], 3).pk
    )
    assert found() == [("chain", f"case {cases[1].public_id} event 3")]
    assert f"The column {column} says" in verify().findings[0].sentence


@pytest.mark.parametrize("changed", [b"{}", b"\xff\x00", b"[]", b""])
def test_changed_bytes_are_found(cases: list[Subject], behind: Behind, changed: bytes) -> None:
    behind("UPDATE trail_event SET canonical = %s WHERE id = %s", changed, event_of(cases[1], 5).pk)
    assert found()[0] == ("chain", f"case {cases[1].public_id} event 5")


def test_bytes_and_hash_changed_together_break_the_chain_at_the_next_event(
    cases: list[Subject], behind: Behind
) -> None:
    event = event_of(cases[1], 3)
    kept = bytes(event.canonical).replace(b"stage2", b"stage9")
    behind("UPDATE trail_event SET canonical = %s, hash = %s WHERE id = %s", kept, event_hash(kept), event.pk)
    assert found()[0] == ("chain", f"case {cases[1].public_id} event 4")
    assert ("tree", f"leaf 7, case {cases[1].public_id} event 3") in found()


def test_a_deleted_event_is_found(cases: list[Subject], behind: Behind) -> None:
    event = event_of(cases[1], 3)
    behind("UPDATE trail_node SET event_id = NULL WHERE event_id = %s", event.pk)
    behind("DELETE FROM trail_event WHERE id = %s", event.pk)
    report = verify()
    assert [(finding.kind, finding.place) for finding in report.findings[:2]] == [
        ("chain", f"case {cases[1].public_id} event 4"),
        ("tree", "leaf 7"),
    ]
    assert "event 3 is missing" in report.findings[0].sentence


def test_a_swapped_pair_is_found(cases: list[Subject], behind: Behind) -> None:
    two, three = event_of(cases[1], 2), event_of(cases[1], 3)
    for number, event in ((99, two), (2, three), (3, two)):
        behind("UPDATE trail_event SET seq = %s WHERE id = %s", number, event.pk)
    assert found()[0] == ("chain", f"case {cases[1].public_id} event 2")


def test_a_duplicated_event_is_found(cases: list[Subject], behind: Behind) -> None:
    last = event_of(cases[1], 5)
    again = Event(subject=cases[1], seq=6, act=last.act, at=last.at, recorded_at=last.recorded_at)
    again.canonical, again.hash = last.canonical, last.hash
    again.save()
    behind("UPDATE trail_subject SET head_seq = 6 WHERE id = %s", cases[1].pk)
    assert found() == [("chain", f"case {cases[1].public_id} event 6")]


def test_an_event_moved_to_another_subject_is_found(cases: list[Subject], behind: Behind) -> None:
    behind("UPDATE trail_event SET subject_id = %s, seq = 6 WHERE id = %s", cases[0].pk, event_of(cases[1], 5).pk)
    assert found()[:2] == [
        ("chain", f"case {cases[0].public_id} event 6"),
        ("head", f"case {cases[1].public_id} event 5"),
    ]


def test_a_cut_tail_is_found_at_the_head(cases: list[Subject], write: Write, behind: Behind) -> None:
    young = write(3)
    behind("DELETE FROM trail_event WHERE id = %s", event_of(young, 3).pk)
    assert found()[0] == ("head", f"case {young.public_id} event 3")


@pytest.mark.parametrize(
    ("column", "value"), [("head_hash", bytes(32)), ("head_at", "2026-08-01 00:00:00"), ("head_seq", 9)]
)
def test_a_changed_head_is_found(cases: list[Subject], behind: Behind, column: str, value: object) -> None:
    if column == "head_at" and connection.vendor == "postgresql":
        value = f"{value}+00:00"
    behind("UPDATE trail_subject SET column = %s WHERE id = %s".replace("column", column), value, cases[2].pk)
    assert [kind for kind, _place in found()] == ["head"]


def cut_tail_of_the_last_case(cases: list[Subject], behind: Behind) -> None:
    """The last event of the last case goes, and everything that would tell of it but the checkpoint."""
    last, before = event_of(cases[2], 5), event_of(cases[2], 4)
    behind("DELETE FROM trail_node")
    behind("DELETE FROM trail_event WHERE id = %s", last.pk)
    behind(
        "UPDATE trail_subject SET head_seq = 4, head_hash = %s, head_at = (SELECT recorded_at FROM trail_event WHERE id = %s) "
        "WHERE id = %s",
        before.hash,
        before.pk,
        cases[2].pk,
    )
    grow(NOON)


def test_a_tail_cut_without_a_trace_is_found_by_the_checkpoint(
    cases: list[Subject], behind: Behind, tables: Tables
) -> None:
    cut_tail_of_the_last_case(cases, behind)
    tables.rows[cases[2].pk, "case"].update(stage="stage3", no=3)
    tables.words[cases[2].pk, "filing:1.text"] = "第3段"
    assert found() == [("checkpoint", "checkpoint 15")]
    behind("DELETE FROM trail_checkpoint")
    assert found() == []  # the twin: without a checkpoint, kept by somebody else, nothing tells of it


def test_a_chain_made_anew_is_found_by_its_leaves(cases: list[Subject], behind: Behind) -> None:
    rebuild_chain(cases[1], behind, lambda body: body.update(facts={"way": "visit"}))
    assert found()[0] == ("tree", f"leaf 5, case {cases[1].public_id} event 1")


def test_a_chain_and_tree_made_anew_are_found_by_the_checkpoint(cases: list[Subject], behind: Behind) -> None:
    rebuild_chain(cases[1], behind, lambda body: body.update(facts={"way": "visit"}))
    rebuild_tree(behind)
    assert found() == [("checkpoint", "checkpoint 15")]
    behind("DELETE FROM trail_checkpoint")
    assert found() == []  # the twin: a chain alone does not stop the owner of the database


def test_a_checkpoint_kept_by_a_witness_tells_even_when_the_servers_was_signed_anew(
    cases: list[Subject], behind: Behind
) -> None:
    kept = checkpoints.latest()
    assert kept is not None
    rebuild_chain(cases[1], behind, lambda body: body.update(facts={"way": "visit"}))
    rebuild_tree(behind)
    behind("DELETE FROM trail_checkpoint")
    sign(NOON)
    assert found() == []
    note = notes.read(kept.note, checkpoints.public_key())
    assert note is not None and note.is_signed
    assert tree.root_at(note.size, checkpoints.read) != note.root


def test_a_forged_checkpoint_is_found(cases: list[Subject], behind: Behind) -> None:
    rebuild_chain(cases[1], behind, lambda body: body.update(facts={"way": "visit"}))
    rebuild_tree(behind)
    root = tree.root_at(15, checkpoints.read)
    note = notes.signed(Ed25519PrivateKey.generate(), 15, root)
    behind("UPDATE trail_checkpoint SET root = %s, note = %s", root, note)
    assert found() == [("signature", "checkpoint 15")]


def test_a_checkpoint_whose_columns_differ_from_its_note_is_found(cases: list[Subject], behind: Behind) -> None:
    behind("UPDATE trail_checkpoint SET root = %s", bytes(32))
    assert found() == [("checkpoint", "checkpoint 15")] * 2


def test_a_checkpoint_with_a_damaged_note_or_a_date_out_of_order_is_found(
    cases: list[Subject], write: Write, behind: Behind
) -> None:
    write(1)
    grow(NOON)
    sign(NOON + timedelta(hours=1))
    behind("UPDATE trail_checkpoint SET note = 'nothing' WHERE size = 15")
    Checkpoint.objects.filter(size=16).update(signed_at=NOON - timedelta(days=1))
    assert found() == [("signature", "checkpoint 15"), ("checkpoint", "checkpoint 16")]


def test_a_lost_key_file_is_a_finding_not_an_end(cases: list[Subject], own_keys: Path) -> None:
    (own_keys / checkpoints.FILE_NAME).unlink()
    assert found() == [("signature", "checkpoint.key")]


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ('UPDATE trail_node SET hash = %s WHERE level = 1 AND "index" = 2', "node 1/2"),
        ('UPDATE trail_node SET hash = %s WHERE level = 3 AND "index" = 0', "node 3/0"),
    ],
)
def test_a_changed_node_is_found(cases: list[Subject], behind: Behind, sql: str, place: str) -> None:
    behind(sql, bytes(32))
    assert found()[0] == ("tree", place)


def test_a_tree_of_several_blocks_is_checked_whole(
    write: Write, behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaves, "_BLOCK_LEVEL", 2)
    monkeypatch.setattr(leaves, "_BLOCK", 4)
    for size in (3, 4, 5, 7, 8, 4, 6):  # 3, 7, 12, 19, 27, 31, 37 leaves
        write(size)
        grow(NOON)
        assert found() == []
    for node in Node.objects.filter(level__gt=0):
        behind("UPDATE trail_node SET hash = %s WHERE id = %s", bytes(32), node.pk)
        assert found()[0] == ("tree", f"node {node.level}/{node.index}")
        behind("UPDATE trail_node SET hash = %s WHERE id = %s", bytes(node.hash), node.pk)


def test_a_missing_or_extra_node_is_found(cases: list[Subject], behind: Behind) -> None:
    Node.objects.create(level=9, index=0, hash=bytes(32))
    assert found() == [("tree", "trail_node")]
    behind('DELETE FROM trail_node WHERE level = 2 AND "index" = 1')
    assert ("tree", "node 2/1") in found()
    behind('DELETE FROM trail_node WHERE level = 0 AND "index" = 1')
    assert ("tree", "leaf 1") in found()


@pytest.mark.parametrize(
    ("entity", "column", "value"), [("case", "stage", "stage9"), ("case", "no", 9), ("case", "stage", None)]
)
def test_a_changed_projected_value_is_found(
    cases: list[Subject], tables: Tables, entity: str, column: str, value: object
) -> None:
    tables.rows[cases[1].pk, entity][column] = value
    assert found() == [("projection", f"case {cases[1].public_id} · {entity}.{column}")]


def test_a_row_without_events_and_events_without_a_row_are_found(cases: list[Subject], tables: Tables) -> None:
    tables.rows[cases[0].pk, "clock:1"] = {"due_on": "2026-10-08"}
    del tables.rows[cases[1].pk, "case"]
    assert found() == [
        ("projection", f"case {cases[0].public_id} · clock:1"),
        ("projection", f"case {cases[1].public_id} · case"),
    ]


def test_a_column_is_empty_until_an_event_sets_it(cases: list[Subject], tables: Tables) -> None:
    tables.rows[cases[0].pk, "case"].update(closed_at=None, is_sealed=False, number="", count=0)
    assert found() == []
    tables.rows[cases[0].pk, "case"].update(is_sealed=True)
    assert found() == [("projection", f"case {cases[0].public_id} · case.is_sealed")]


def test_a_column_that_nobody_declares_is_found(cases: list[Subject], tables: Tables) -> None:
    del tables.rows[cases[0].pk, "case"]["no"]
    assert found() == [("projection", f"case {cases[0].public_id} · case.no")]


def test_dates_and_moments_of_the_tables_compare_with_the_texts_of_the_events(write: Write, tables: Tables) -> None:
    subject = write(1)
    tables.rows[subject.pk, "clock:1"] = {"started_at": NOON, "due_on": NOON.date(), "name": "\u00e9"}
    events.append(
        subject,
        "start",
        by=System("test"),
        at=NOON,
        sets={"clock:1": {"started_at": NOON, "due_on": "2026-08-03", "name": "e\u0301"}},
    )
    assert found() == []


def test_a_row_that_an_event_ended_is_not_asked_for_and_not_allowed(write: Write, tables: Tables) -> None:
    subject = write(1)
    tables.rows[subject.pk, "draft:1"] = {"kind": "d14"}
    events.append(subject, "draft", by=System("test"), at=NOON, sets={"draft:1": {"kind": "d14"}})
    events.append(subject, "discard", by=System("test"), at=NOON, sets={"draft:1": None})
    assert found() == [("projection", f"case {subject.public_id} · draft:1")]
    del tables.rows[subject.pk, "draft:1"]
    assert found() == []


LABEL = "filing:1.text"


@pytest.mark.parametrize("text", ["被改过的话", "", None])
def test_a_changed_or_emptied_text_is_found(cases: list[Subject], tables: Tables, text: str | None) -> None:
    tables.words[cases[1].pk, LABEL] = text
    assert found() == [("commitment", f"case {cases[1].public_id} · {LABEL}")]


def test_a_text_that_is_gone_or_that_no_event_tells_of_is_found(cases: list[Subject], tables: Tables) -> None:
    del tables.words[cases[0].pk, LABEL]
    tables.words[cases[1].pk, "note:9.text"] = "后来塞进来的"
    tables.words[cases[2].pk, "note:9.text"] = ""
    assert found() == [
        ("commitment", f"case {cases[1].public_id} · note:9.text"),
        ("commitment", f"case {cases[0].public_id} · {LABEL}"),
    ]


def test_an_erased_text_is_fine_when_an_event_says_so(cases: list[Subject], tables: Tables) -> None:
    subject = events.lock(cases[1].pk)
    events.append(subject, "erase", by=System("test"), at=moments.server_now(), texts={LABEL: None})
    assert found() == [("commitment", f"case {cases[1].public_id} · {LABEL}")]  # said, but not done
    tables.words[cases[1].pk, LABEL] = None
    assert found() == []


def test_destroying_the_key_leaves_the_chain_whole_when_an_event_tells_of_it(
    cases: list[Subject], tables: Tables
) -> None:
    subject = events.lock(cases[1].pk)
    events.append(subject, "erase", by=System("test"), at=moments.server_now(), texts={LABEL: None})
    keys.destroy(subject.key, NOON)
    tables.words[cases[1].pk, LABEL] = None
    assert found() == []


@pytest.mark.parametrize("left", [None, "第4段", "被改过的话"])
def test_a_key_destroyed_without_an_event_is_found(cases: list[Subject], tables: Tables, left: str | None) -> None:
    keys.destroy(cases[1].key, NOON)
    tables.words[cases[1].pk, LABEL] = left
    assert found() == [("commitment", f"case {cases[1].public_id} · {LABEL}")]


def test_a_changed_key_is_found(cases: list[Subject], behind: Behind) -> None:
    behind("UPDATE vault_datakey SET wrapped = %s WHERE id = %s", bytes(60), cases[1].key_id)
    assert found() == [("commitment", f"case {cases[1].public_id} · {LABEL}")]


def test_findings_of_a_package_are_passed_on(cases: list[Subject], tables: Tables) -> None:
    tables.findings.append((cases[0].pk, Finding("file", "file 3", "The file was replaced.")))
    assert found() == [("file", "file 3")]


def test_a_reader_that_fails_names_the_subject_and_the_rest_is_read(cases: list[Subject], tables: Tables) -> None:
    def fails(ids: Sequence[int]) -> Iterable[tuple[int, str, dict[str, object]]]:
        if cases[1].pk in ids:
            raise ValueError("altered")
        return tables.columns(ids)

    projections.declare("fake", columns=fails, texts=tables.texts)
    tables.rows[cases[2].pk, "case"]["no"] = 77
    assert found() == [
        ("projection", f"case {cases[1].public_id}"),
        ("projection", f"case {cases[2].public_id} · case.no"),
    ]


def test_only_so_many_findings_are_kept_and_all_are_counted(
    cases: list[Subject], tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huiyin.trail.report.MOST", 2)
    for case in cases:
        tables.rows[case.pk, "case"]["no"] = 77
    report = verify()
    assert (len(report.findings), report.finding_count, report.is_ok) == (2, 3, False)


@pytest.mark.django_db(transaction=True)
def test_verifying_reads_one_moment_and_leaves_the_connection_as_it_was(tables: Tables) -> None:
    with transaction.atomic():
        subject = events.new_subject("case")
        events.append(subject, "receive", by=System("test"), at=NOON)

    def writes(ids: Sequence[int]) -> Iterable[Finding]:
        """While `verify` runs, somebody else changes what it has yet to read."""
        with ThreadPoolExecutor(1) as other:
            other.submit(in_another_connection).result()
        return []

    def in_another_connection() -> None:
        with transaction.atomic():
            for _number in range(3):
                events.append(events.lock(subject.pk), "note", by=System("test"), at=NOON)
        grow(NOON)
        connection.close()

    projections.declare("fake", checks=writes)
    report = verify()
    assert report.is_ok, report.findings
    assert (report.counts["events"], report.counts["leaves"]) == (1, 0)
    assert not connection.in_atomic_block
    projections.declare("fake")
    assert verify().counts["leaves"] == 4


@pytest.mark.django_db(transaction=True)
def test_two_who_grow_and_sign_at_once_add_each_event_once(tables: Tables) -> None:
    with transaction.atomic():
        subject = events.new_subject("case")
        for _number in range(60):
            events.append(subject, "note", by=System("test"), at=NOON)
    start = Barrier(2)

    def tick() -> int:
        start.wait(10)
        try:
            added = grow(NOON)
            sign(NOON)
            return added
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        added = [tick_of.result() for tick_of in [both.submit(tick), both.submit(tick)]]
    assert sorted(added) == [0, 60]
    assert Checkpoint.objects.count() == 1
    assert verify().is_ok


@pytest.mark.django_db(transaction=True)
def test_two_who_append_to_one_subject_at_once_wait_for_each_other(tables: Tables) -> None:
    with transaction.atomic():
        subject = events.new_subject("case")
    start = Barrier(2)

    def act() -> None:
        start.wait(10)
        try:
            for _number in range(10):
                with transaction.atomic():
                    events.append(events.lock(subject.pk), "note", by=System("test"), at=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(act), both.submit(act)]:
            done.result()
    assert verify().counts["events"] == 20
    assert verify().is_ok
