"""The tables against what the events say of them: declared columns, committed texts, further checks. Part of `verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from huiyin.trail import projections
from huiyin.trail.canonical import plain
from huiyin.trail.chains import Chained
from huiyin.trail.report import Report
from huiyin.vault import digests
from huiyin.vault.keys import KeyDestroyed

_NOT_SET = object()


def compare(subjects: Sequence[Chained], report: Report) -> None:
    """Compare the rows of these subjects with their folded events, both ways."""
    by_id = {one.subject.pk: one for one in subjects}
    _compare_columns(by_id, report)
    _compare_texts(by_id, report)
    for projection in projections.declared():
        if projection.checks:
            findings, _unread = _all_of(projection.name, projection.checks, by_id, report)
            for finding in findings:
                report.add(finding.kind, finding.place, finding.sentence)


def _compare_columns(by_id: dict[int, Chained], report: Report) -> None:
    known: dict[tuple[int, str], set[str]] = {}
    unread: set[int] = set()
    for projection in projections.declared():
        if not projection.columns:
            continue
        rows, failed = _all_of(projection.name, projection.columns, by_id, report)
        unread |= failed
        for subject_id, entity, values in rows:
            report.counts["rows"] += 1
            one = by_id[subject_id]
            known.setdefault((subject_id, entity), set()).update(values)
            if entity not in one.columns or one.columns[entity] is None:
                what = "no event made it" if entity not in one.columns else "an event says that it is gone"
                report.add("projection", f"{one.place} · {entity}", f"The tables have this row, but {what}.")
                continue
            folded = one.columns[entity] or {}
            for name, value in values.items():
                said = folded.get(name, _NOT_SET)
                if said is _NOT_SET:
                    if value:
                        report.add(
                            "projection",
                            f"{one.place} · {entity}.{name}",
                            f"The table says {plain(value)!r}, but no event ever set it.",
                        )
                elif said != value and said != (shown := plain(value)):
                    report.add(
                        "projection",
                        f"{one.place} · {entity}.{name}",
                        f"The table says {shown!r}, the events say {said!r}.",
                    )
    for subject_id, one in by_id.items():
        if subject_id not in unread:
            _name_missing(one, subject_id, known, report)


def _name_missing(one: Chained, subject_id: int, known: dict[tuple[int, str], set[str]], report: Report) -> None:
    for entity, folded in one.columns.items():
        if folded is None:
            continue
        names = known.get((subject_id, entity))
        if names is None:
            report.add("projection", f"{one.place} · {entity}", "The events tell of this row, but it is not there.")
        elif not folded.keys() <= names:
            name = min(folded.keys() - names)
            report.add(
                "projection", f"{one.place} · {entity}.{name}", "Events set this column, but nobody declares it."
            )


def _compare_texts(by_id: dict[int, Chained], report: Report) -> None:
    """Every text against its last commitment. After erasure nothing is left to compare, but events must tell of it."""
    seen: set[tuple[int, str]] = set()
    unread: set[int] = set()
    for projection in projections.declared():
        if not projection.texts:
            continue
        rows, failed = _all_of(projection.name, projection.texts, by_id, report)
        unread |= failed
        for subject_id, label, text in rows:
            report.counts["texts"] += 1
            seen.add((subject_id, label))
            _compare_text(by_id[subject_id], label, text, report)
    for subject_id, one in by_id.items():
        if subject_id in unread:
            continue
        for label, commit in one.commits.items():
            if commit is not None and (subject_id, label) not in seen:
                report.add("commitment", f"{one.place} · {label}", "The events tell of this text, but it is not there.")


def _compare_text(one: Chained, label: str, text: str | None, report: Report) -> None:
    place = f"{one.place} · {label}"
    commit = one.commits.get(label)
    if not text and label not in one.commits:
        return
    if label not in one.commits:
        report.add("commitment", place, "The text is there, but no event tells of it.")
    elif text is None or commit is None:
        if text is not None:
            report.add("commitment", place, "The text is there, but an event says that it was erased.")
        elif commit is not None:
            report.add("commitment", place, "The text is gone, but no event says that it was erased.")
    else:
        try:
            is_same = digests.commitment(one.subject.key, label, text) == commit
        except KeyDestroyed:
            report.add("commitment", place, "The subject's key was destroyed, but the text is still there.")
        except Exception as error:  # a key that was changed or belongs to another master key
            report.add("commitment", place, f"The subject's key can't be opened: {error}")
        else:
            if not is_same:
                report.add("commitment", place, "The text was changed: it is not the one that was recorded.")


def _all_of(
    name: str,
    reader: Callable[[Sequence[int]], Iterable[Any]],
    by_id: dict[int, Chained],
    report: Report,
) -> tuple[list[Any], set[int]]:
    """Everything a reader has for these subjects. When it fails (what it unseals was altered), subject by subject, so
    that the place gets a name; the second answer is the ids of those that can't be read."""
    try:
        return list(reader(list(by_id))), set()
    except Exception:  # whatever a damaged row does to its reader is a finding, not the end of the verification
        rows: list[Any] = []
        unread: set[int] = set()
        for subject_id, one in by_id.items():
            try:
                rows += list(reader([subject_id]))
            except Exception as error:
                unread.add(subject_id)
                report.add("projection", one.place, f"Its {name} can't be read: {type(error).__name__}: {error}")
        return rows, unread
