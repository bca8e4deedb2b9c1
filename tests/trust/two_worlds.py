"""Two worlds that differ in one sealed report alone, and everything that somebody can read in one of them.

Everything by chance is drawn from a seed, apart for the report and for the rest, and the clock stands still: what then
differs in an answer, its status, its headers or its size comes from the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.test import Client

from huiyin.cases import accused, closing, handling, intake, triage
from huiyin.cases.accused import Named
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Stage
from huiyin.kernel.actors import Employee, System
from huiyin.org import tokens
from huiyin.org.models import Area, Unit, User
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now, server_time
from tests.cases import world as made

REPORT = "他让财务把防暑降温费打到自己亲戚的卡上，去年夏天到今年一共三次。"
WORD = "防暑降温费"
PAGES_AT_MOST = 18
CHANGING = (
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'),
    re.compile(rb'"X-CSRFToken": ?"[^"]*"'),
)
HREF = re.compile(r'(?:href|action)="(/[^"#]*)"')
NOT_FOLLOWED = ("/static/", "/sign-out", "/leave")


class Drawn:
    """Stands for `secrets` in `kernel.ids`: seeded, and the report draws from a source of its own."""

    def __init__(self, seed: int) -> None:
        self.open, self.hidden = Random(seed), Random(-seed - 1)
        self.source = self.open

    def token_bytes(self, length: int) -> bytes:
        return self.source.randbytes(length)

    def token_hex(self, length: int) -> str:
        return self.source.randbytes(length).hex()

    @contextmanager
    def of_the_report(self) -> Iterator[None]:
        self.source = self.hidden
        yield
        self.source = self.open


@dataclass
class Ground:
    """The enterprise before anything differs, everybody signed on."""

    world: made.World
    drawn: Drawn
    now: datetime
    units: dict[str, Unit]
    open_case: Case
    clients: dict[str, Client] = field(default_factory=dict)
    bearers: dict[str, str] = field(default_factory=dict)

    def user(self, name: str) -> User:
        return User.objects.get(username=name)


def build(drawn: Drawn) -> Ground:
    """The group, a refinery with an office, officer and inspector of its own, a workshop; a case being handled there."""
    now = server_now()
    with server_time(now):
        world = made.build()
        Unit.objects.filter(pk=world.refinery.pk).update(has_petition_office=True)
        world.refinery.refresh_from_db()
        area = Area.objects.get()
        posts = [
            ("inspector2", Role.INSPECTOR, world.group), ("inspector_r", Role.INSPECTOR, world.refinery),
            ("officer_r", Role.OFFICER, world.refinery), ("shop_head", Role.UNIT_HEAD, world.workshop),
            ("shop_handler", Role.HANDLER, world.workshop), ("security", Role.SECURITY_ADMIN, world.group),
            ("auditor", Role.AUDIT_ADMIN, world.group), ("mine_inspector", Role.INSPECTOR, world.mine),
        ]  # fmt: skip
        for name, role, unit in posts:
            world.people[name] = made.person(name, role, unit, area if role == Role.DEPUTY else None)
        User.objects.filter(username="shop_head").update(name="欧阳铁军")
        User.objects.filter(username="inspector2").update(name="司马清源")
        User.objects.filter(username="chief").update(name="诸葛正明")
        case, _filing = made.bring(world, Stage.HANDLING)
        units = {"refinery": world.refinery, "workshop": world.workshop, "group": world.group, "mine": world.mine}
        found = Ground(world, drawn, now, units, case)
        for name in [*world.people, "E1"]:
            found.clients[name] = Client()
            found.clients[name].force_login(found.user(name))
        for name in ("officer", "head", "chief", "inspector2"):
            found.bearers[name] = tokens.issue(found.user(name), "报表", by=System("test"), at=now)
    return found


def _named(ground: Ground, random: Random, about: str) -> Named:
    unit = ground.units.get(about)
    if unit is not None:
        return Named(unit=unit) if random.random() < 0.5 else Named("他们单位的人", unit)
    user = ground.user(about)
    return Named(f"{user.name}，职务不清楚") if len(user.name) > 3 else Named(username=about)


def _web(ground: Ground, random: Random, named: Named) -> Case:
    identity = random.choice(["named", "confidential", "anonymous"])
    who = Person() if identity == "anonymous" else Person("钱小八", phone="13700001111")
    said = Words(REPORT, ["请查清楚"], said="report")
    found = intake.receive(
        said, identity=identity, person=who, how=Circumstances(about=named), by=Employee(), at=server_now()
    )
    return found.case


def _phone(ground: Ground, random: Random, named: Named, said: str = "report") -> Case:
    name = random.choice(["officer", "officer_r"])
    unit = ground.units["group" if name == "officer" else "refinery"]
    how = Circumstances(channel=random.choice(["phone", "letter"]), unit=unit, about=named)
    words = Words(REPORT, ["请查清楚"], said=said)
    by = ground.world.people[name]
    return intake.receive(words, identity="anonymous", how=how, by=by, at=server_now()).case


def tell(ground: Ground, random: Random) -> tuple[str, str]:
    """Put the report into this world. Answers whom it is about and how it came."""
    about = random.choice(["refinery", "workshop", "head", "shop_head", "inspector2", "inspector_r", "chief", "group"])
    way = random.choice(["web", "phone", "sealed later", "named later", "named after reading"])
    named = _named(ground, random, about)
    with ground.drawn.of_the_report():
        if way == "web":
            case = _web(ground, random, named)
        elif way == "phone":
            case = _phone(ground, random, named)
        elif way == "sealed later":
            case = _phone(ground, random, Named(), said="claim")
            office = "officer" if case.office_id == ground.world.group.pk else "officer_r"
            triage.seal_lane(case, about=named, by=ground.world.people[office], at=server_now())
        else:
            case = _web(ground, random, Named())
            by = ground.world.people["inspector"]
            if way == "named after reading":
                closing.read_report(case, by=by, at=server_now())
                closing.note_report(case, text="已调取账目", by=by, at=server_now())
            name = ground.user(about).username if about not in ground.units else ""
            accused.name(case, named or Named(username=name), by=by, at=server_now())
    return about, way


def go_on(ground: Ground) -> None:
    """What happens afterwards in either world: an ordinary filing accepted, and a question about the older case."""
    case, _filing = made.bring(ground.world, Stage.ACCEPTED, text="夜班津贴从五月起没有发，班长说要等通知。")
    handling.ask(ground.open_case, question="工资卡是哪家银行？", by=ground.world.handler, at=server_now())
    handling.assign(case, to=ground.units["refinery"], by=ground.world.officer, at=server_now())


@contextmanager
def of_this_world(ground: Ground, seed: int) -> Iterator[None]:
    """Whatever happens inside is gone afterwards, numbers given by the database as well."""
    given, files = _sequences(), set(_files())
    for kept in (cache, caches["process"]):
        kept.clear()
    ground.drawn.open, ground.drawn.hidden = Random(seed), Random(-seed - 1)
    ground.drawn.source = ground.drawn.open
    with server_time(ground.now), transaction.atomic():
        yield
        transaction.set_rollback(True)
    for path in set(_files()) - files:
        path.unlink()
    with connection.cursor() as cursor:
        for name, last in given.items():
            cursor.execute("SELECT setval(%s::regclass, %s)", [name, last])


def _files() -> Iterator[Path]:
    return (path for path in Path(settings.FILES).rglob("*") if path.is_file())


def _sequences() -> dict[str, int]:
    """Of PostgreSQL, whose sequences don't roll back; SQLite's do."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        return dict(cursor.fetchall())


def hidden_references(ground: Ground, seed: int) -> list[str]:
    """The references that the report's case and filing get in every world of this seed: to be asked for."""
    with of_this_world(ground, seed):
        with ground.drawn.of_the_report():
            case = _web(ground, Random(0), Named())
        return [case.reference, case.filings.get().reference]


def starts(references: list[str]) -> list[str]:
    found = [
        "/desk/", "/desk/cases/", "/desk/cases/?state=open", f"/desk/cases/?q={WORD}", "/desk/notices/",
        "/desk/reports/", "/desk/cases/?due=month", "/mine/", "/api/v1/cases",
    ]  # fmt: skip
    for reference in references:
        found += [f"/desk/cases/{reference}/", f"/desk/cases/?q={reference}", f"/progress/{reference}/"]
    return found


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def crawl(ground: Ground, name: str, references: list[str], at_most: int = PAGES_AT_MOST) -> dict[str, Answer]:
    """Everything this account gets: from the starting pages along the links, then what is only sent to."""
    client = ground.clients[name]
    answers: dict[str, Answer] = {}
    waiting, seen = starts(references), set()
    ground.drawn.source = Random(0)  # keys of forms
    while waiting and len(answers) < at_most:
        path = waiting.pop(0)
        if path in seen or path.startswith(NOT_FOLLOWED):
            continue
        seen.add(path)
        bearer = {"Authorization": f"Bearer {ground.bearers[name]}"} if name in ground.bearers else {}
        answers[path] = _answer(client.get(path, headers=bearer if path.startswith("/api/") else {}))
        waiting += HREF.findall(answers[path].body.decode("utf-8", "replace").replace("&amp;", "&"))
    answers["POST alike"] = _answer(client.post("/desk/new/alike/", {"text": REPORT}))
    return answers


def _answer(response: object) -> Answer:
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    for changing in CHANGING:
        content = changing.sub(b"", content)
    headers = sorted((key, value) for key, value in response.headers.items() if key != "Set-Cookie")  # type: ignore[attr-defined]
    return Answer(response.status_code, tuple(headers), content)  # type: ignore[attr-defined]


def kept_out(ground: Ground, about: str) -> list[str]:
    """Everybody from whom a report about this one is kept, written out by hand: all who don't inspect, and the
    inspectors on its side."""
    side = {
        "refinery": {"inspector_r"}, "workshop": set(), "head": {"inspector_r"}, "shop_head": set(), "inspector2": {"inspector2"},
        "inspector_r": {"inspector_r"},
    }  # fmt: skip
    inspectors = {"inspector", "inspector2", "inspector_r", "mine_inspector"}
    out = side.get(about, inspectors)
    # An inspector of a unit beside or below the report's office is not asked either.
    out = out | {"mine_inspector"}
    return [name for name in ground.clients if name not in inspectors or name in out]
