"""A small enterprise and a case brought to any stage, made through the acts."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from huiyin.cases import (
    closing,
    deciding,
    dispatch,
    elsewhere,
    handling,
    intake,
    joining,
    repeated,
    review,
    review_outside,
    triage,
)
from huiyin.cases.intake import Circumstances, Person, Received, Words
from huiyin.cases.models import Case, Filing, Stage
from huiyin.cases.models.case import UNDER_REVIEW
from huiyin.kernel.actors import Employee, Staff, System
from huiyin.org import accounts, structure
from huiyin.org.models import Area, Unit, User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of
from huiyin.papers import uploads
from huiyin.trail.moments import server_now

SINCE = date(2020, 1, 1)
TEXT = "三个月没有发工资了，王小明等人去财务科问过两次，都说等通知。"
DEMAND = "补发拖欠的三个月工资"
SCANNED = "国资复核〔2026〕3号：维持。".encode()


@dataclass
class World:
    """The group with its office, a refinery that acts in its own name, a workshop below it, another unit beside it."""

    group: Unit
    refinery: Unit
    workshop: Unit
    mine: Unit
    people: dict[str, Staff]
    employee: User

    def __getattr__(self, name: str) -> Staff:
        return self.people[name]

    @property
    def filer(self) -> Employee:
        return Employee(user_id=self.employee.pk)


def build() -> World:
    group = _unit("远山集团", "集团", None, code="信", office=True)
    refinery = _unit("炼化公司", "炼化", group, code="炼信")
    workshop = _unit("一车间", "一车间", refinery)
    mine = _unit("矿业公司", "矿业", group, code="矿信")
    people = {
        "officer": person("officer", Role.OFFICER, group),
        "chief": person("chief", Role.CHIEF, group),
        "reviewer": person("reviewer", Role.REVIEWER, group),
        "inspector": person("inspector", Role.INSPECTOR, group),
        "liaison": person("liaison", Role.LIAISON, refinery),
        "handler": person("handler", Role.HANDLER, refinery),
        "head": person("head", Role.UNIT_HEAD, refinery),
        "stranger": person("stranger", Role.HANDLER, mine),
        "stranger_head": person("stranger_head", Role.UNIT_HEAD, mine),
        "admin": person("admin", Role.SYSTEM_ADMIN, group),
    }
    area = Area.objects.create(name="生产")
    area.units.add(refinery)
    people["deputy"] = person("deputy", Role.DEPUTY, group, area)
    employee = User.objects.create_user("E1", None, name="王小明")
    return World(group, refinery, workshop, mine, people, employee)


def _unit(name: str, short: str, parent: Unit | None, *, code: str = "", office: bool = False) -> Unit:
    return structure.open_unit(
        name, short, parent=parent, on=SINCE, code=code, acts_in_own_name=bool(code), has_petition_office=office,
        by=System("test"), at=server_now(),
    )  # fmt: skip


def person(name: str, role: Role, unit: Unit, area: Area | None = None) -> Staff:
    """Somebody with this post since long ago."""
    user = User.objects.create_user(name, None, name=name)
    accounts.grant_post(
        user, role, unit, title=role.label, starts_on=SINCE, area=area, by=System("test"), at=server_now()
    )
    return staff_of(user, server_now().date())


def file(world: World, text: str = TEXT, *, identity: str = "named", said: str = "", key: str = "") -> Received:
    person = Person(name="王小明", phone="13812345678", account=world.employee.pk)
    how = Circumstances(idempotency_key=key)
    return intake.receive(
        Words(text, [DEMAND], said=said), identity=identity, person=person, how=how, by=world.filer, at=server_now()
    )


ORDER = (
    Stage.RECEIVED, Stage.REGISTERED, Stage.ACCEPTED, Stage.ASSIGNED, Stage.HANDLING, Stage.DRAFTED, Stage.APPROVED,
    Stage.DECIDED, Stage.DELIVERED, Stage.CLOSED,
)  # fmt: skip


def bring(world: World, stage: Stage, *, identity: str = "named", text: str = TEXT) -> tuple[Case, Filing]:
    """A case in this stage, by the acts that lead there."""
    if stage == Stage.INSPECTED:
        received = file(world, text, identity=identity, said="report")
        return received.case, received.filing
    if stage == Stage.VOIDED:
        return _void(world)
    received = file(world, text, identity=identity)
    case, filing = received.case, received.filing
    if stage in {*UNDER_REVIEW, Stage.ENDED}:
        return _review(world, case, filing, stage)
    if stage == Stage.WITHDRAWN:
        closing.withdraw(filing, by=world.filer, at=server_now())
        return case, filing
    if stage in {Stage.DECLINED, Stage.ROUTED_OUT, Stage.JOINED, Stage.NOT_OURS, Stage.NO_LONGER}:
        _end_early(world, case, stage)
        return case, filing
    if stage in {Stage.DISPATCHED, Stage.OBJECTED, Stage.DISPUTED}:
        step_into(world, case, filing, Stage.REGISTERED)
        _dispatch(world, case, stage)
        return case, filing
    if stage == Stage.SENT_BACK:
        for reached in ORDER[1 : ORDER.index(Stage.ASSIGNED) + 1]:
            step_into(world, case, filing, reached)
        handling.send_back(case, reason="应由矿业公司办", by=world.liaison, at=server_now())
        return case, filing
    for reached in ORDER[1 : ORDER.index(stage) + 1]:
        step_into(world, case, filing, reached)
    return case, filing


def _review(world: World, case: Case, filing: Filing, stage: Stage) -> tuple[Case, Filing]:
    """Decided against, reviewed by the group, finally by an organ outside; then the same matter once more."""
    for reached in ORDER[1 : ORDER.index(Stage.DELIVERED) + 1]:
        step_into(world, case, filing, reached)
    deciding.confirm(filing, by=world.filer, at=server_now())
    review.request(filing, grounds="少算了一个月。", by=world.filer, at=server_now())
    if stage == Stage.REVIEW_ASKED:
        return case, filing
    review.take_up(case, by=world.reviewer, at=server_now())
    if stage == Stage.IN_REVIEW:
        return case, filing
    uphold(world, case)
    if stage == Stage.REVIEWED:
        return case, filing
    review.deliver(case, way="portal", by=world.reviewer, at=server_now())
    deciding.confirm(filing, by=world.filer, at=server_now())
    review.request(filing, grounds="还是少算了一个月。", by=world.filer, at=server_now())
    review_outside.pass_on(case, by=world.officer, at=server_now())
    outside_upholds(world, case)
    deciding.execute(case, demand_no=1, text="已补发到工资卡", by=world.handler, at=server_now())
    review.end(case, by=world.officer, at=server_now())
    return case, filing


def uphold(world: World, case: Case, by: str = "reviewer") -> None:
    review.decide(
        case, findings="复核工资表，计算无误。", reasons="三个月已经算全。", basis="《劳动合同法》第三十条", result="upheld",
        by=world.people[by], at=server_now(),
    )  # fmt: skip


def outside_upholds(world: World, case: Case, result: str = "upheld") -> None:
    today = timezone.localtime(server_now()).date()
    review_outside.enter(
        case, result=result, number="国资复核〔2026〕3号", decided_on=today, received_on=today, text="维持。",
        uploads=[scan()], by=world.officer, at=server_now(),
    )  # fmt: skip


def scan() -> str:
    """A picture that has arrived, as a paper somebody scanned."""
    return uploads.take_whole("文书.txt", len(SCANNED), io.BytesIO(SCANNED)).token


def _void(world: World) -> tuple[Case, Filing]:
    """A call entered by mistake: what an employee filed online can't be voided."""
    how = Circumstances(channel="phone")
    received = intake.receive(Words(TEXT, [DEMAND]), identity="anonymous", how=how, by=world.officer, at=server_now())
    closing.void(received.case, reason="登记错了", by=world.officer, at=server_now())
    return received.case, received.filing


def with_offices(world: World) -> World:
    """Give the refinery and the mine petition offices of their own, each with an officer."""
    for unit, name in ((world.refinery, "refinery_officer"), (world.mine, "mine_officer")):
        if name not in world.people:
            structure.amend_unit(
                unit, name=unit.name, short_name=unit.short_name, code=unit.code, acts_in_own_name=True,
                has_petition_office=True, by=System("test"), at=server_now(),
            )  # fmt: skip
            world.people[name] = person(name, Role.OFFICER, unit)
    return world


LETTER = dispatch.Letter("portal")


def _dispatch(world: World, case: Case, stage: Stage) -> None:
    """Transferred to the refinery's own office, which objects, is refused, and lays it before the superior of both."""
    with_offices(world)
    dispatch.transfer(case, to=world.refinery, letter=LETTER, by=world.officer, at=server_now())
    receiver = world.people["refinery_officer"]
    if stage != Stage.DISPATCHED:
        dispatch.object_to(case, reason="应由矿业公司办", proposed=world.mine, by=receiver, at=server_now())
    if stage == Stage.DISPUTED:
        dispatch.refuse_objection(case, reason="人事关系在炼化公司", by=world.officer, at=server_now())
        dispatch.raise_dispute(case, reason="劳动合同是矿业公司签的", by=receiver, at=server_now())


def _end_early(world: World, case: Case, stage: Stage) -> None:
    now = server_now()
    if stage == Stage.JOINED:
        other = file(world, "另一件一样的事。" + TEXT).case
        joining.join(case, into=other, reason="同一件事", by=world.officer, at=now)
    else:
        step_into(world, case, case.filings.get(), Stage.REGISTERED)
        if stage == Stage.DECLINED:
            triage.decline(
                case, reason="炼化公司已经受理，还在办理期限内", article="《信访工作条例》第十九条第三款",
                right_organ="炼化公司，炼信访〔2026〕3号", way="portal", by=world.officer, at=server_now(),
            )  # fmt: skip
        elif stage == Stage.NOT_OURS:
            elsewhere.refer(
                case,
                right_organ="市医保局",
                reason="医保待遇由医保局核定",
                way="portal",
                by=world.officer,
                at=server_now(),
            )
        elif stage == Stage.NO_LONGER:
            given = [repeated.Opinion(f"信处〔2025〕{no}号", "远山集团", date(2025, no, 1)) for no in (1, 3, 5)]
            repeated.no_longer(
                case, outside=repeated.Opinions(*given), why_same="同一笔工资", way="portal", by=world.officer,
                at=server_now(),
            )  # fmt: skip
        else:
            triage.classify(case, classification="claim", branch=2, by=world.officer, at=server_now())
            triage.route_out(case, route="labour_arbitration", way="portal", by=world.officer, at=server_now())


def step_into(world: World, case: Case, filing: Filing, stage: Stage) -> None:
    """Take the step that leads into this stage on the main way."""
    now, officer, handler = server_now(), world.officer, world.handler
    match stage:
        case Stage.REGISTERED:
            intake.register(case, matter="拖欠三个月工资", by=officer, at=now)
        case Stage.ACCEPTED:
            triage.classify(case, classification="claim", branch=6, by=officer, at=now)
            triage.accept(case, way="portal", by=officer, at=server_now())
        case Stage.ASSIGNED:
            handling.assign(case, to=world.refinery, by=officer, at=now)
        case Stage.HANDLING:
            handling.take_in(case, handler=User.objects.get(username="handler"), by=world.liaison, at=now)
        case Stage.DRAFTED:
            draft(world, case)
        case Stage.APPROVED:
            deciding.approve(case, by=world.head, at=now)
        case Stage.DECIDED:
            deciding.seal(case, by=officer, at=now)
        case Stage.DELIVERED:
            deciding.deliver(case, way="portal", by=officer, at=now)
        case Stage.CLOSED:
            deciding.confirm(filing, by=world.filer, at=now)
            deciding.execute(case, demand_no=1, text="已补发到工资卡", by=handler, at=server_now())
            closing.rate(filing, office="satisfied", unit="not", is_solved=True, by=world.filer, at=server_now())
            closing.close(case, by=officer, at=server_now())


def draft(world: World, case: Case, outcome: str = "supported") -> None:
    answer = deciding.Answer(1, "确有拖欠。", "《劳动合同法》第三十条", outcome, "12月10日前补发")
    deciding.draft(case, findings="经核对工资表，情况属实。", answers=[answer], by=world.handler, at=server_now())


def days(count: int) -> timedelta:
    return timedelta(days=count)
