"""The ground of a random walk: a larger cast, dice that draw everything, filings by every door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from huiyin.cases import accused, intake, letters, together
from huiyin.cases.accused import Named
from huiyin.cases.arrivals import Details
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Filing
from huiyin.kernel.actors import Actor, Employee, Staff, System
from huiyin.org import structure
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of
from huiyin.trail.moments import server_now
from tests.cases import channels, reviews
from tests.cases import world as made
from tests.cases.world import World

T = TypeVar("T")
TEXTS = (
    "三个月没有发工资了，去财务科问过两次。",
    "食堂的菜价又涨了，希望公开采购价格。",
    "宿舍漏水半年没有人修，墙上都是霉。",
    "加班费算少了，考勤表上写得很清楚。",
)
WISHES = ("补发拖欠的工资", "公开采购价格", "修好漏水的屋顶", "按考勤表补足加班费")


class Nothing(Exception):
    """What the act is about is not there."""


@dataclass
class Walk:
    """The cast, and the dice. Everything is drawn from the dice, so that a walk can be repeated."""

    world: World
    units: list[Unit]
    employees: list[Employee]
    dice: Random

    def one(self, rows: Sequence[T]) -> T:
        if not rows:
            raise Nothing
        return self.dice.choice(rows)

    def some(self, rows: Sequence[T]) -> list[T]:
        return self.dice.sample(list(rows), self.dice.randint(1, len(rows))) if rows else []

    def chance(self, percent: int) -> bool:
        return self.dice.randrange(100) < percent

    def unit(self) -> Unit:
        return Unit.objects.get(pk=self.one(self.units).pk)

    def account(self, *, where: Unit | None = None, role: Role | None = None) -> User:
        posts = structure.held_on(structure.current_day())
        if where is not None:
            posts = posts.filter(unit__path__startswith=where.path)
        if role is not None:
            posts = posts.filter(role=role)
        return self.one([post.user for post in posts.select_related("user").order_by("pk")])

    def filing(self, case: Case) -> Filing:
        """A filing of the case, one that stands as a rule."""
        stands = list(together.standing(case).order_by("pk"))
        rows = stands if stands and self.chance(95) else list(Filing.objects.filter(case=case).order_by("pk"))
        return self.one(rows)

    def told(self, case: Case) -> list[str]:
        """Whom an act tells: references where several filings stand."""
        stands = list(together.standing(case).order_by("pk"))
        return [filing.reference for filing in self.some(stands)] if len(stands) > 1 else []

    def letter(self, case: Case) -> dict[str, Any]:
        """A way that reaches the filer, as a rule."""
        way = self.one(["portal", "portal", "post", "hand"] if letters.consents(case) else ["post", "hand"])
        return {"way": way, "tracking_no": "EMS1234567"} if way == "post" else {"way": way}

    def named(self) -> Named:
        return self.one(
            [Named("财务科的人"), Named(unit=self.unit()), Named(username=self.account().username), Named("head")]
        )

    def scan(self) -> list[str]:
        return [made.scan()]


def cast(world: World, dice: Random) -> Walk:
    """The world's people and those whom some steps need: offices below, a plant, a union, a second of several roles."""
    made.with_offices(world)
    plant = reviews.chain(world)
    world.people |= {"plant_handler": plant.handler, "plant_head": plant.head}
    mill = structure.open_unit(
        "老磨坊", "磨坊", parent=world.group, on=made.SINCE, code="磨信", acts_in_own_name=True, by=System("test"),
        at=server_now(),
    )  # fmt: skip
    posts = [
        ("union", Role.UNION, world.group), ("inspector_2", Role.INSPECTOR, world.refinery),
        ("mine_liaison", Role.LIAISON, world.mine), ("refinery_reviewer_2", Role.REVIEWER, world.refinery),
        ("group_liaison", Role.LIAISON, world.group), ("group_handler", Role.HANDLER, world.group),
        ("workshop_handler", Role.HANDLER, world.workshop), ("workshop_head", Role.UNIT_HEAD, world.workshop),
        ("handler_2", Role.HANDLER, world.refinery), ("mill_handler", Role.HANDLER, mill),
        ("mill_head", Role.UNIT_HEAD, mill), ("mill_liaison", Role.LIAISON, mill),
        ("officer_2", Role.OFFICER, world.group), ("reviewer_2", Role.REVIEWER, world.group),
    ]  # fmt: skip
    for name, role, unit in posts:
        world.people[name] = made.person(name, role, unit)
    employees = [world.filer]
    for name in ("E2", "E3"):
        employees.append(Employee(user_id=User.objects.create_user(name, None, name=f"李{name}").pk))
    units = [world.group, world.refinery, world.workshop, world.mine, plant.plant, mill]
    return Walk(world, units, employees, dice)


def person(walk: Walk, name: str) -> Staff:
    """Somebody at work with the posts held today."""
    return staff_of(User.objects.get(pk=walk.world.people[name].user_id), structure.current_day())


def file(walk: Walk) -> intake.Received:
    """A filing by one of the doors: identity, class, unit, headcount as they come."""
    dice = walk.dice
    by_staff = walk.chance(35)
    by: Actor = person(walk, walk.one(["officer", "officer", "handler"])) if by_staff else walk.one(walk.employees)
    kind = walk.one(["named", "named", "named", "confidential", "anonymous"])
    account = by.user_id if isinstance(by, Employee) else None
    known = Person(
        name=walk.one(["王小明", "李大山", "赵红"]), phone=walk.one(["13812345678", "13912345678"]), account=account
    )
    people = walk.one([1, 1, 1, 3, 8])
    channel = walk.one(["phone", "visit", "letter", "fax", "above", "instruction"]) if by_staff else "web"
    details = {"above": channels.from_above, "instruction": channels.instructed}.get(channel, Details)
    how = Circumstances(
        channel=channel,
        details=details(),
        headcount=people,
        representatives=[Person(name="代表甲")] * (people > 1),
        unit=walk.unit() if walk.chance(25) else None,
        consents_to_portal=walk.chance(80),
        about=walk.named() if walk.chance(15) else accused.NOBODY,
    )
    words = Words(
        walk.one(TEXTS) + str(dice.randrange(100)),
        walk.some(WISHES)[:3],
        said=walk.one(["", "", "", "claim", "suggestion", "report"]),
    )
    return intake.receive(words, identity=kind, person=known, how=how, by=by, at=server_now())
