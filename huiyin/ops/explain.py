"""`huiyin explain RULE --from MOMENT`: how a due date comes about."""

from __future__ import annotations

import argparse
import json
from datetime import datetime

from huiyin.clocks.explain import explain
from huiyin.kernel.errors import Invalid
from huiyin.ops.start_checks import check_calendar, check_policy


def run(options: argparse.Namespace) -> int:
    """Print the explanation; needs policy and calendar, no database. A start without zone is the enterprise's time."""
    check_policy()
    check_calendar()
    try:
        start = datetime.fromisoformat(options.start)
    except ValueError:
        raise Invalid("bad_start", f"“{options.start}”不是时间。请写成 2026-09-24T10:00 或 2026-09-24。") from None
    explanation = explain(options.rule, start, extend=options.extend)
    if options.json:
        print(json.dumps(explanation.as_dict(), ensure_ascii=False, indent=2))
    else:
        print(explanation.as_text())
    return 0
