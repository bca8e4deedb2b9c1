"""Stored files, uploads, papers, deliveries; and the triggers that keep a sealed paper and its PDF as they are."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# A later migration that rebuilds one of these tables on SQLite drops its triggers: it must call `keep` again.
SQLITE = (
    """CREATE TRIGGER papers_paper_no_update BEFORE UPDATE ON papers_paper WHEN OLD.sealed_at IS NOT NULL
       BEGIN SELECT RAISE(ABORT, 'a sealed paper never changes'); END""",
    """CREATE TRIGGER papers_paper_no_delete BEFORE DELETE ON papers_paper WHEN OLD.sealed_at IS NOT NULL
       BEGIN SELECT RAISE(ABORT, 'a sealed paper never changes'); END""",
    """CREATE TRIGGER papers_storedfile_no_update BEFORE UPDATE ON papers_storedfile
       WHEN EXISTS (SELECT 1 FROM papers_paper WHERE pdf_id = OLD.id AND sealed_at IS NOT NULL)
       BEGIN SELECT RAISE(ABORT, 'the file of a sealed paper never changes'); END""",
    """CREATE TRIGGER papers_storedfile_no_delete BEFORE DELETE ON papers_storedfile
       WHEN EXISTS (SELECT 1 FROM papers_paper WHERE pdf_id = OLD.id AND sealed_at IS NOT NULL)
       BEGIN SELECT RAISE(ABORT, 'the file of a sealed paper never changes'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION papers_keep_paper() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF OLD.sealed_at IS NOT NULL THEN RAISE EXCEPTION 'a sealed paper never changes'; END IF;
         IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
         RETURN NEW;
       END $$""",
    """CREATE FUNCTION papers_keep_file() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF EXISTS (SELECT 1 FROM papers_paper WHERE pdf_id = OLD.id AND sealed_at IS NOT NULL) THEN
           RAISE EXCEPTION 'the file of a sealed paper never changes';
         END IF;
         IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
         RETURN NEW;
       END $$""",
    """CREATE FUNCTION papers_keep_all() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF EXISTS (SELECT 1 FROM papers_paper WHERE sealed_at IS NOT NULL) THEN
           RAISE EXCEPTION 'a sealed paper never changes';
         END IF;
         RETURN NULL;
       END $$""",
    """CREATE TRIGGER papers_paper_keep BEFORE UPDATE OR DELETE ON papers_paper
       FOR EACH ROW EXECUTE FUNCTION papers_keep_paper()""",
    """CREATE TRIGGER papers_paper_keep_all BEFORE TRUNCATE ON papers_paper
       FOR EACH STATEMENT EXECUTE FUNCTION papers_keep_all()""",
    """CREATE TRIGGER papers_storedfile_keep BEFORE UPDATE OR DELETE ON papers_storedfile
       FOR EACH ROW EXECUTE FUNCTION papers_keep_file()""",
)
SQLITE_UNDO = tuple(f"DROP TRIGGER {statement.split()[2]}" for statement in SQLITE)
POSTGRESQL_UNDO = (
    "DROP TRIGGER papers_paper_keep ON papers_paper",
    "DROP TRIGGER papers_paper_keep_all ON papers_paper",
    "DROP TRIGGER papers_storedfile_keep ON papers_storedfile",
    "DROP FUNCTION papers_keep_paper()",
    "DROP FUNCTION papers_keep_file()",
    "DROP FUNCTION papers_keep_all()",
)


def keep(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def let_go(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL_UNDO if schema_editor.connection.vendor == "postgresql" else SQLITE_UNDO:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("org", "0001_initial"),
        ("trail", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=32, unique=True)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("media_type", models.CharField(max_length=80)),
                ("sealed_name", models.BinaryField()),
                ("path", models.CharField(max_length=120)),
                ("stored_at", models.DateTimeField()),
                (
                    "original",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cleaned",
                        to="papers.storedfile",
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="trail.subject"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=32, unique=True)),
                ("name", models.CharField(max_length=255)),
                ("size", models.PositiveBigIntegerField()),
                ("received", models.PositiveBigIntegerField(default=0)),
                ("media_type", models.CharField(blank=True, max_length=80)),
                ("started_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=4)),
                ("template_version", models.PositiveSmallIntegerField()),
                ("reference", models.CharField(max_length=10, unique=True)),
                ("number", models.CharField(max_length=40, null=True, unique=True)),
                ("sealed_fields", models.BinaryField()),
                ("sealed_at", models.DateTimeField(null=True)),
                (
                    "pdf",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="papers.storedfile",
                    ),
                ),
                (
                    "sealed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="trail.subject"
                    ),
                ),
                (
                    "supersedes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="papers.paper",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="org.unit"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sealed_at__isnull", True),
                            models.Q(("number__isnull", False), ("pdf__isnull", False)),
                            _connector="OR",
                        ),
                        name="papers_sealed_is_whole",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("hand", "直接送达"),
                            ("portal", "网上送达"),
                            ("post", "邮寄送达"),
                            ("left", "留置送达"),
                        ],
                        max_length=8,
                    ),
                ),
                ("sent_at", models.DateTimeField()),
                ("received_on", models.DateField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("place", models.CharField(blank=True, max_length=120)),
                ("tracking_no", models.CharField(blank=True, max_length=40)),
                ("refusal", models.CharField(blank=True, max_length=300)),
                ("witness", models.CharField(blank=True, max_length=80)),
                (
                    "paper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="papers.paper"
                    ),
                ),
                (
                    "proof",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="papers.storedfile",
                    ),
                ),
                (
                    "return_paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="papers.paper"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunPython(keep, let_go, elidable=False),
    ]
