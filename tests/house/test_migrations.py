"""The migrations make exactly the tables the models describe."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.utils import translation


def changes(wanted: ProjectState) -> list[str]:
    """What `makemigrations` would write to get from the migrations to `wanted`."""
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), wanted)
    with translation.override(None):  # as the command does: titles are compared as they are written
        found = detector.changes(graph=loader.graph)
    return [f"{app}: {step.describe()}" for app, steps in found.items() for one in steps for step in one.operations]


def test_no_migration_is_missing() -> None:
    assert changes(ProjectState.from_apps(apps)) == []


def test_a_missing_migration_is_named() -> None:
    wanted = ProjectState.from_apps(apps)
    wanted.add_model(ModelState("trail", "Forgotten", [("id", models.BigAutoField(primary_key=True))]))
    assert changes(wanted) == ["trail: Create model Forgotten"]


@pytest.mark.django_db
def test_every_table_is_there() -> None:
    from django.db import connection

    tables = set(connection.introspection.table_names())
    assert [model._meta.db_table for model in apps.get_models() if model._meta.db_table not in tables] == []
