"""`huiyin demo`: the fictional enterprise with its cases, played through the acts at their real times.

All of it is one transaction: a demo broken off leaves an empty folder that can be filled again.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.data_folder import enterprise_from
from huiyin.clocks import calendars, warnings
from huiyin.kernel.errors import Refused
from huiyin.notices import outbox
from huiyin.ops import vocabulary
from huiyin.ops.demo import asked, enterprise, stories
from huiyin.ops.demo.acting import Scene, scenes
from huiyin.ops.demo.enterprise import Enterprise
from huiyin.ops.demo.stories import Story
from huiyin.ops.init import is_empty, prepare
from huiyin.oversight import rounds
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now, server_time

ACCOUNTS = "demo-accounts.txt"
UNREAD_FOR = timedelta(days=7)
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True)
class Cue:
    """A scene at its moment."""

    moment: datetime
    play: Callable[[], None]


def run(_options: argparse.Namespace) -> int:
    """Fill an empty data folder. Refuses one that holds anything, and one of a real enterprise."""
    prepare()
    folder = Path(settings.DATA)
    if not is_empty():
        raise Refused("not_empty", f"{folder} 里已经有数据。演示数据只能放进空的数据目录，请用 --data 指定另一个目录。")
    if (folder / "enterprise.toml").exists() and not settings.ENTERPRISE.is_fictional:
        raise Refused("real", f"{folder}/enterprise.toml 是真实企业的设置。演示数据请用 --data 指定另一个目录。")
    settings.ENTERPRISE = enterprise_from(enterprise.write_settings(folder))
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
    path = folder / ACCOUNTS
    path.touch(mode=0o600)
    path.write_text(enterprise.accounts_table(password), encoding="utf-8")  # first: the password is stored nowhere else
    count = fill(password, server_now())
    print(
        f"huiyin: {count} demo cases in {folder}. Accounts are listed in {path}; officer1 and employee1 to begin with."
    )
    print(f"huiyin: the password of all demo accounts is {password}", flush=True)
    return 0


def fill(password: str, now: datetime) -> int:
    """Vocabulary, enterprise, and every story up to `now`; answers how many cases there are. The tree grows daily."""
    told = stories.read()
    first = now - timedelta(days=max(story.ago for story in told) + 2)
    with transaction.atomic():
        vocabulary.load()
        with server_time(first):
            world = enterprise.build(password, first)
        cues = sorted(schedule(world, told, now), key=lambda cue: cue.moment)
        for place, cue in enumerate(cues):
            with server_time(cue.moment):
                cue.play()
            following = cues[place + 1].moment if place + 1 < len(cues) else now
            if following.date() != cue.moment.date():
                _evening(cue.moment)
        asked.play(world, now)
        _read_what_is_old(world, now)
        _evening(now)
    return len(told)


def _evening(moment: datetime) -> None:
    """What the minute tick would have done that day: warnings, the tree, its signed head."""
    with server_time(moment):
        warnings.raise_due(moment, tell=rounds.tell)
        checkpoints.grow(moment)
        checkpoints.sign(moment, force=True)


def _read_what_is_old(world: Enterprise, now: datetime) -> None:
    """Nobody finds more than a week's notices unread."""
    for user in world.users.values():
        old = outbox.inbox(user).filter(read_at__isnull=True, created_at__lt=now - UNREAD_FOR)
        outbox.mark_read(user, now - UNREAD_FOR, old.values_list("pk", flat=True))


def schedule(world: Enterprise, told: tuple[Story, ...], now: datetime) -> list[Cue]:
    """Every scene of every story with its moment: staff at working hours, one scene after another, none after `now`."""
    cues = []
    for number, (story, played) in enumerate(scenes(world, told)):
        start = now - timedelta(days=story.ago)
        moments = moments_of(played, start, now, number)
        cues += [Cue(moment, scene.play) for moment, scene in zip(moments, played, strict=True)]
    return cues


def moments_of(played: list[Scene], start: datetime, now: datetime, number: int) -> list[datetime]:
    """When each scene of a story plays: staff at working hours, in order, none after `now`."""
    latest = now - timedelta(minutes=len(played) + number % 7)
    moments: list[datetime] = []
    for place, scene in enumerate(played):
        moment = start + timedelta(days=scene.day)
        if scene.is_staff:
            moment = _at_work(moment, minutes=(number * 37 + place * 53) % 470)
        if moments and moment <= moments[-1]:
            moment = moments[-1] + timedelta(minutes=3)
        moment = min(moment, latest + timedelta(minutes=place))
        moments.append(max(moment, moments[-1] + timedelta(seconds=20)) if moments else moment)
    return moments


def _at_work(moment: datetime, *, minutes: int) -> datetime:
    """The first working day from this moment's day on, so many minutes after nine."""
    calendar = calendars.current()
    day = timezone.localtime(moment).date()
    if not calendar.is_workday(day):
        day = calendar.next_workday(day)
    morning = datetime.combine(day, time(9), tzinfo=timezone.get_current_timezone())
    return morning + timedelta(minutes=minutes)
