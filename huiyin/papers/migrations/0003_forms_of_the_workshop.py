"""Versions of forms, made in the workshop; triggers on both engines keep each version as it was saved."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# A later migration that rebuilds papers_formversion on SQLite drops its triggers: it must call `keep` again.
SQLITE = (
    """CREATE TRIGGER papers_formversion_no_update BEFORE UPDATE ON papers_formversion
       BEGIN SELECT RAISE(ABORT, 'a version of a form never changes'); END""",
    """CREATE TRIGGER papers_formversion_no_delete BEFORE DELETE ON papers_formversion
       BEGIN SELECT RAISE(ABORT, 'a version of a form never changes'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION papers_keep_formversion() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'a version of a form never changes'; END $$""",
    """CREATE TRIGGER papers_formversion_keep BEFORE UPDATE OR DELETE ON papers_formversion
       FOR EACH ROW EXECUTE FUNCTION papers_keep_formversion()""",
)
SQLITE_UNDO = tuple(f"DROP TRIGGER {statement.split()[2]}" for statement in SQLITE)
POSTGRESQL_UNDO = (
    "DROP TRIGGER papers_formversion_keep ON papers_formversion",
    "DROP FUNCTION papers_keep_formversion()",
)


def keep(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def let_go(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL_UNDO if schema_editor.connection.vendor == "postgresql" else SQLITE_UNDO:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("papers", "0002_prints_are_found"),
        ("trail", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FormVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("based_on", models.PositiveSmallIntegerField()),
                ("source", models.TextField()),
                ("reason", models.CharField(max_length=200)),
                ("saved_at", models.DateTimeField()),
                (
                    "saved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="paper",
            name="form_version",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="papers.formversion"
            ),
        ),
        migrations.CreateModel(
            name="PaperForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=4, unique=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "in_force",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="in_force_of",
                        to="papers.formversion",
                    ),
                ),
                (
                    "subject",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trail.subject"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="formversion",
            name="form",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="papers.paperform"
            ),
        ),
        migrations.AddConstraint(
            model_name="formversion",
            constraint=models.UniqueConstraint(fields=("form", "number"), name="papers_formversion_number"),
        ),
        migrations.RunPython(keep, let_go, elidable=False),
    ]
