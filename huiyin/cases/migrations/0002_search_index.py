"""The text index: FTS5 on SQLite, an array with GIN on PostgreSQL. Written and read by cases.search alone."""

from typing import Any

from django.db import migrations

SQLITE = "CREATE VIRTUAL TABLE cases_search USING fts5(grams, words UNINDEXED, tokenize='unicode61', detail='column')"
POSTGRES = (
    "CREATE TABLE cases_search (case_id bigint PRIMARY KEY, grams text[] NOT NULL, words text NOT NULL);"
    "CREATE INDEX cases_search_grams ON cases_search USING gin (grams)"
)


def make(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE cases_search")


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
