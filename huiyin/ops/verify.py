"""`huiyin verify`: the record against itself and the tables; or one receipt's proof. Status 1 when something is wrong."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from huiyin.ops.start_checks import CannotStart, check_database, check_keys, check_migrations
from huiyin.trail import receipts
from huiyin.trail.checkpoints import KeyMissing
from huiyin.trail.report import Report
from huiyin.trail.verify import verify


def run(options: argparse.Namespace) -> int:
    """Writes nothing, stops nobody: the server may go on meanwhile."""
    check_database()
    check_migrations()
    check_keys()
    try:
        return check_receipt(options) if options.receipt else check_record(options)
    except KeyMissing as error:
        raise CannotStart(str(error)) from None


def check_record(options: argparse.Namespace) -> int:
    report = verify()
    print(json.dumps(report.as_dict(), ensure_ascii=False, indent=2) if options.json else told(report))
    return 0 if report.is_ok else 1


def told(report: Report) -> str:
    """The outcome for a terminal: what was read; the first bad place on the first line, where there is one."""
    read = ", ".join(f"{count} {name}" for name, count in sorted(report.counts.items()))
    first = report.first
    if first is None:
        return f"verify: all is as the record says ({read})."
    lines = [f"verify: FIRST BAD PLACE {first.place}: {first.sentence} [{first.kind}]"]
    lines += [f"  also {one.place}: {one.sentence} [{one.kind}]" for one in report.findings[1:]]
    if report.finding_count > len(report.findings):
        lines.append(f"  and {report.finding_count - len(report.findings)} more")
    return "\n".join([*lines, f"{report.finding_count} found in {read}."])


def check_receipt(options: argparse.Namespace) -> int:
    """The proof a receipt carries, as it was downloaded. Checks key, event, signature, place in the tree, and growth."""
    steps = receipts.check(document_in(options.receipt))
    is_good = receipts.is_good(steps)
    if options.json:
        found = [{"code": step.code, "ok": step.is_ok, "sentence": step.sentence} for step in steps]
        print(json.dumps({"ok": is_good, "steps": found}, ensure_ascii=False, indent=2))
    else:
        for step in steps:
            print(f"{'ok ' if step.is_ok else 'BAD'} {step.code}: {step.sentence}")
        print("verify: the receipt is proved." if is_good else "verify: the receipt is NOT proved.")
    return 0 if is_good else 1


def document_in(path: Path) -> object:
    """The JSON of a file, None where it holds none: `receipts.check` says so."""
    try:
        document: object = json.loads(path.read_bytes())
    except ValueError:
        return None
    return document
