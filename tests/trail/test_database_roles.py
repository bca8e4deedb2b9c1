"""The roles of docs/operate/postgresql.md: the serving account can file a case and can't touch what is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import ProgrammingError, connection, transaction

from huiyin.cases.models import Stage
from huiyin.trail import checkpoints
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.house.tree import ROOT

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no roles"),
]


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role}")
        try:
            yield
        finally:
            cursor.execute("RESET ROLE")


@pytest.fixture
def world(db: None) -> made.World:
    """The cast, in a database with the roles as the page makes them. The test's transaction takes them back."""
    page = (ROOT / "docs/operate/postgresql.md").read_text("utf-8")
    blocks = re.findall(r"(?s)```sql\n(.*?)```", page)
    assert len(blocks) == 2
    with connection.cursor() as cursor:
        for block in blocks:
            cursor.execute(block)
    return made.build()


def refused(statement: str) -> None:
    refusal = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_serving_role_takes_a_case_from_filing_to_its_end(world: made.World) -> None:
    with acting_as("huiyin_app"):
        case, filing = made.bring(world, Stage.CLOSED)
        assert case.stage == Stage.CLOSED and filing.content_hash
        checkpoints.grow(server_now())
        checkpoints.sign(server_now(), force=True)
        assert verify().is_ok


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM trail_event",
        "UPDATE trail_event SET at = now()",
        "TRUNCATE trail_event",
        "TRUNCATE cases_case CASCADE",
        "ALTER TABLE trail_event DISABLE TRIGGER ALL",
        "DROP TRIGGER trail_event_no_change ON trail_event",
        "DELETE FROM trail_node",
        "UPDATE trail_checkpoint SET size = 0",
        "CREATE TABLE somebody_s_list (name text)",
        "DELETE FROM django_migrations",
    ],
)
def test_the_serving_role_cannot_touch_the_record_or_its_guards(world: made.World, statement: str) -> None:
    made.file(world)
    with acting_as("huiyin_app"):
        refused(statement)
    assert Event.objects.exists()


def test_the_auditor_reads_the_record_and_no_grievance(world: made.World) -> None:
    made.file(world)
    with acting_as("huiyin_audit"):
        assert Event.objects.exists()
        for table in ("cases_filing", "cases_party", "vault_datakey", "org_user"):
            refused(f"TABLE {table}")
        refused("INSERT INTO trail_node SELECT * FROM trail_node")


def test_without_the_grants_the_owner_reaches_the_trigger_alone(world: made.World) -> None:
    """The twin: with the rights of an owner only the trigger refuses, and it can be taken off."""
    made.file(world)
    with pytest.raises(Exception, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM trail_event")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE trail_event DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM trail_event")
    assert not Event.objects.exists()
