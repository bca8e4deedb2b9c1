"""Gate V3 holds the whole run: a statement about people that any test sends turns the run red, with one process or more."""

from __future__ import annotations

import os
import subprocess  # nosec B404
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.house.tree import ROOT
from tests.statements import Statements, shape_of

PLANT = """
import pytest
from django.db import DatabaseError, connection

def send(django_db_blocker):
    with django_db_blocker.unblock(), connection.cursor() as cursor, pytest.raises(DatabaseError):
        cursor.execute("SELECT account_digest, COUNT(*) FROM cases_party WHERE id IN (%s, %s) GROUP BY 1", [1, 2])

{mark}
def test_planted(django_db_blocker):
    send(django_db_blocker)

def test_beside():
    pass
"""


def run(folder: Path, *options: str, mark: str = "") -> subprocess.CompletedProcess[str]:
    """A run of its own over one planted file; no table is there, so that it costs no migration."""
    (folder / "test_plant.py").write_text(PLANT.format(mark=mark))
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml")]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HUIYIN_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, *words, *options, str(folder / "test_plant.py")],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env=inherited | {"PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_run_that_counts_people_is_red_and_names_statement_and_test(tmp_path: Path, processes: str) -> None:
    done = run(tmp_path, "-n", processes)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert "2 passed" in done.stdout  # it is the gate that failed, no test
    assert "GROUP BY cases_party.account_digest" in done.stdout
    assert "::test_planted" in done.stdout
    assert "WHERE id IN (%s) GROUP BY 1" in done.stdout


def test_a_test_that_plants_on_purpose_is_passed_over(tmp_path: Path) -> None:
    done = run(tmp_path, "-n", "0", mark="@pytest.mark.plants_statement")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
def test_every_connection_of_this_run_passes_by_the_gate() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert [one for one in connection.execute_wrappers if isinstance(one, Statements)]


def test_lists_of_values_have_one_shape() -> None:
    assert shape_of("WHERE id IN (%s, %s, %s)") == shape_of("WHERE id IN (%s)") == "WHERE id IN (%s)"
    assert shape_of("VALUES (%s, %s), (%s, %s)") == "VALUES (%s)"
