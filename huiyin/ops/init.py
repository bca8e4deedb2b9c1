"""`huiyin init`: bring a data folder to this version. Runs again without harm."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from huiyin.clocks import policy
from huiyin.ops import main, vocabulary
from huiyin.ops.start_checks import check_calendar, check_data_folder, check_database, check_keys, check_policy
from huiyin.ops.static_files import collect_if_changed
from huiyin.org import record
from huiyin.org.models import Unit
from huiyin.trail.models import Subject
from huiyin.trail.moments import server_now


def prepare() -> None:
    """Tables, cache table, keys, the policy's text and the topics on record, static files."""
    check_data_folder()
    check_database()
    check_policy()
    check_calendar()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    check_keys()
    policy.stored()
    vocabulary.load()
    record.take_up_units(server_now())
    collect_if_changed()


def is_empty() -> bool:
    """Nobody works here yet and nothing was filed."""
    return not Unit.objects.exists() and not Subject.objects.exists()


def run(options: argparse.Namespace) -> int:
    """Prepare, and fill a new folder with the demo enterprise where that was asked for."""
    prepare()
    print(f"huiyin: {settings.DATA} is ready.", flush=True)
    demo = main.COMMANDS.get("demo")
    if not (options.demo_when_empty and demo and is_empty()):
        return 0
    if (Path(settings.DATA) / "enterprise.toml").exists() and not settings.ENTERPRISE.is_fictional:
        return 0  # somebody is setting up a real enterprise
    words = ["demo", "--data", str(settings.DATA)]
    status: int = import_module(demo.module).run(main.parser_of(main.COMMANDS).parse_args(words))
    return status
