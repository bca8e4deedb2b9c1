"""docs/behaviours.md lists the 20 behaviours of the check list, and each names tests that are there."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
LATER = {16: "comes with leaders' receptions"}


def rows(page: str) -> dict[int, tuple[str, str]]:
    """Number → where its tests are, and how their names begin."""
    found = {}
    for line in page.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].isdecimal():
            found[int(cells[0])] = (cells[2], cells[3])
    return found


def faults(page: str) -> list[str]:
    """What the page promises and no test holds."""
    found, listed = [], rows(page)
    if sorted(listed) != list(range(1, 21)):
        found.append(f"not 20 behaviours: {sorted(listed)}")
    for no, (where, begins) in listed.items():
        if no in LATER:
            if not where.startswith(LATER[no]):
                found.append(f"{no} doesn't say when it comes")
            continue
        path = ROOT / "tests" / where
        names = [node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
        if not begins or not any(name.startswith(begins) for name in names):
            found.append(f"{no}: no test in {where} begins with {begins}")
    return found


def test_each_of_the_twenty_behaviours_has_its_test() -> None:
    assert faults((ROOT / "docs/behaviours.md").read_text()) == []


def test_a_behaviour_without_its_test_is_named() -> None:
    page = (ROOT / "docs/behaviours.md").read_text()
    assert faults(page.replace("test_behaviour_4_", "test_behaviour_44_")) == [
        "4: no test in cases/test_behaviours.py begins with test_behaviour_44_"
    ]
    assert faults(page.replace("| 20 |", "| 21 |"))
