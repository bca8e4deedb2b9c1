"""The cases that are measured: made through the acts, as in life, only with many in one transaction.

Spread over the last 300 days. Of ten all are received; four are registered and classified; of those one in eight is
accepted and assigned, half of which are taken in. Nobody in them exists.
"""

from __future__ import annotations

import random
import sys
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.utils.timezone import localtime

from huiyin.cases import handling, intake, triage
from huiyin.cases.intake import Person, Received, Words
from huiyin.cases.models import Case
from huiyin.kernel.actors import Employee, Staff, System
from huiyin.ops import vocabulary
from huiyin.org import accounts, structure
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of
from huiyin.trail.moments import server_now, server_time

SINCE = date(2020, 1, 1)
BY = System("bench")
BATCH = 200
SPREAD = timedelta(days=300)
UNITS = 10

PLACES = ("一车间", "二车间", "食堂", "家属区", "运输队", "选煤厂", "老年活动中心", "三号宿舍", "机修班", "东门岗亭")
TROUBLES = (
    "加班费没有按规定发放", "医药费报销拖了很久", "暖气温度不够", "职称评审结果没有公示", "工龄认定和档案不一致",
    "班车取消以后上班困难", "饭菜价格上涨太快", "劳保用品发得太晚", "夜班津贴标准不清楚", "退休手续一直没有办好",
    "房屋漏水多次报修没人来", "噪声影响休息", "年休假不能安排", "工伤待遇没有落实", "岗位调整没有说明理由",
)  # fmt: skip
ASKED = ("找过班长和车间主任", "去办公室问过两次", "打过三次电话", "写过书面申请", "在职工大会上提过")
ANSWERED = ("都说再等等", "没有人答复", "答复前后不一致", "说要请示上级", "说经费紧张")
WISHES = ("请尽快解决", "请说明依据和标准", "请按规定补发", "请公开处理结果", "请安排专人联系我")
SHORT_WORDS = ("加班", "医药", "暖气", "职称", "工龄", "班车", "劳保", "夜班", "退休", "噪声", "工伤", "食堂", "津贴")
LONG_WORDS = (
    "职称评审",
    "夜班津贴",
    "退休手续",
    "房屋漏水",
    "工伤待遇",
    "岗位调整",
    "劳保用品",
    "饭菜价格",
    "班车取消",
)


class Told(NamedTuple):
    """What the measurement needs to know: how many cases, session keys by role, a unit, a case to look at."""

    cases: int
    officer_session: str
    liaison_session: str
    unit_id: int
    reference: str


def is_ours() -> bool:
    """Whether this database was made by the bench."""
    return "bench_row" in connection.introspection.table_names()


def make(count: int) -> None:
    """Bring the world to so many cases. Goes on where an earlier run ended."""
    if not is_ours():
        _begin()
    have = Case.objects.count()
    chance = random.Random(have)  # noqa: S311 # nosec B311 - the same world each time
    officer, liaisons, units = _people()
    begun = start = server_now() - SPREAD
    while have < count:
        size = min(BATCH, count - have)
        with transaction.atomic():
            for number in range(have, have + size):
                start = begun + SPREAD * number / (count + 1)
                _case(number, start, chance, officer, liaisons, units)
        have += size
        if sys.stderr.isatty() or have % 2000 == 0:
            print(f"bench: {have} of {count} cases", file=sys.stderr, flush=True)


def told() -> Told:
    """Signs two people on and looks up what the pages are asked for."""
    units = list(Unit.objects.filter(parent__isnull=False).order_by("pk"))
    case = Case.objects.filter(unit=units[0], stage="handling").order_by("-pk").first()
    case = case or Case.objects.order_by("-pk")[0]
    sessions = [_session(User.objects.get(username=name)) for name in ("bench-officer", "bench-liaison-0")]
    return Told(Case.objects.count(), sessions[0], sessions[1], units[0].pk, case.reference)


def _begin() -> None:
    """Units, people and topics; and the table of the bare insert, by which the bench knows its own."""
    number = "BIGSERIAL" if connection.vendor == "postgresql" else "INTEGER"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE bench_row(id {number} PRIMARY KEY, written_at TEXT, text TEXT)")
        vocabulary.load()
        group = structure.open_unit(
            "测试集团", "集团", parent=None, on=SINCE, code="测信", acts_in_own_name=True, has_petition_office=True,
            by=BY, at=server_now(),
        )  # fmt: skip
        _account("bench-officer", Role.OFFICER, group)
        for number_ in range(UNITS):
            unit = structure.open_unit(
                f"第{number_}公司",
                f"公司{number_}",
                parent=group,
                on=SINCE,
                code=f"测{number_}信",
                acts_in_own_name=True,
                by=BY,
                at=server_now(),
            )
            _account(f"bench-liaison-{number_}", Role.LIAISON, unit)


def _account(username: str, role: Role, unit: Unit) -> None:
    user, _password = accounts.create_account(username, username, unit=unit, by=BY, at=server_now())
    accounts.grant_post(user, role, unit, title=str(role.label), starts_on=SINCE, by=BY, at=server_now())


def _people() -> tuple[Staff, list[Staff], list[Unit]]:
    today = localtime(server_now()).date()
    units = list(Unit.objects.filter(parent__isnull=False).order_by("pk"))
    staff = [
        staff_of(User.objects.get(username=name), today)
        for name in ("bench-officer", *(f"bench-liaison-{number}" for number in range(len(units))))
    ]
    return staff[0], staff[1:], units


def _case(
    number: int, at: datetime, chance: random.Random, officer: Staff, liaisons: list[Staff], units: list[Unit]
) -> None:
    place, trouble = chance.choice(PLACES), chance.choice(TROUBLES)
    text = f"我在{place}工作，{trouble}，{chance.choice(ASKED)}，{chance.choice(ANSWERED)}。第{number}件。"
    with server_time(at):
        words = Words(text, [chance.choice(WISHES)])
        received = intake.receive(words, identity="named", person=Person(name="测试人"), by=Employee(), at=at)
    if number % 10 < 4:
        _register(received, f"{place}{trouble}", at + timedelta(hours=1), officer)
        if number % 80 < 4:  # one in twenty of all
            turn = number // 80 + number % 80
            _assign(received, at + timedelta(hours=2), officer, liaisons[turn % UNITS], units[turn % UNITS], number)


def _register(received: Received, matter: str, at: datetime, officer: Staff) -> None:
    with server_time(at):
        intake.register(received.case, matter=matter, by=officer, at=at)
        triage.classify(received.case, classification="claim", branch=6, by=officer, at=at)


def _assign(received: Received, at: datetime, officer: Staff, liaison: Staff, unit: Unit, number: int) -> None:
    with server_time(at):
        triage.accept(received.case, way="portal", by=officer, at=at)
        handling.assign(received.case, to=unit, by=officer, at=at)
        if number % 2:
            handling.take_in(received.case, by=liaison, at=at)


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
