"""Triggers that refuse to change or delete what is recorded, on both engines.

They stop mistakes and the application's own account. An owner of the database can take them off: against him stand
the chain, the tree, and the checkpoints that others keep (docs/decisions/0004).
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

KEPT = ("trail_event", "trail_node", "trail_checkpoint")

_SQLITE = """CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the record is never changed: {table}'); END"""

_POSTGRESQL_FUNCTION = """CREATE OR REPLACE FUNCTION trail_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the record is never changed: %', TG_TABLE_NAME; END $$"""
_POSTGRESQL_ROW = """CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION trail_refuse()"""
_POSTGRESQL_TRUNCATE = """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse()"""


def put_on(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers. A migration that rebuilds one of the tables on SQLite loses them and calls this again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
            for table in KEPT:
                cursor.execute(_POSTGRESQL_ROW.format(table=table))
                cursor.execute(_POSTGRESQL_TRUNCATE.format(table=table))
        else:
            for table in KEPT:
                for verb in ("UPDATE", "DELETE"):
                    cursor.execute(_SQLITE.format(table=table, verb=verb))


def take_off(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers: for the migration's way back and for tests, which empty tables."""
    with connection.cursor() as cursor:
        for table in KEPT:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_change ON {table}")
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_UPDATE")
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_DELETE")
