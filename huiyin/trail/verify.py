"""The whole record against itself and against the tables: `huiyin verify`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from huiyin.trail import chains, leaves, tables
from huiyin.trail.report import Report


def verify() -> Report:
    """Read the whole record once, as it stands at this moment, and report everything that doesn't fit.

    Chains (gaps, order, hashes, columns), heads, tree, checkpoints and signatures; then folds the events and
    compares with the declared columns, committed texts and further checks. Writes nothing and stops nobody.
    Memory stays the same however long the record is. Kinds of findings: chain, head, tree, checkpoint, signature,
    projection, commitment, and those that packages name in their checks (file).
    """
    report = Report()
    with _one_moment():
        for subjects in chains.batches(report):
            tables.compare(subjects, report)
        chains.count_all(report)
        leaves.check(report)
    return report


def verify_record() -> Report:
    """Chains, heads, tree, checkpoints and signatures alone, without the tables."""
    report = Report()
    with _one_moment():
        for _subjects in chains.batches(report):
            pass
        chains.count_all(report)
        leaves.check(report)
    return report


@contextmanager
def _one_moment() -> Iterator[None]:
    """One snapshot of the database for all that is read, without keeping writers out."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:  # Django would begin a write transaction; a plain BEGIN only reads
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
