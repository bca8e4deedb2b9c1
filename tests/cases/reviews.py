"""A plant below the refinery that acts in its own name: its decisions are reviewed by the refinery, finally by the group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from huiyin.cases import deciding, handling, hearing, intake, review, triage
from huiyin.cases.models import Case, Filing, Hearing, Stage
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Employee, Staff, System
from huiyin.org import structure
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Role
from huiyin.papers import issuing
from huiyin.papers.models import Paper
from huiyin.trail.moments import server_now
from tests.cases import world as made
from tests.cases.world import SINCE, World, file


@dataclass
class Chain:
    """The plant's people, the reviewer of the refinery, the reviewer of the group (`world.reviewer`)."""

    world: World
    plant: Unit
    handler: Staff
    head: Staff
    first: Staff

    @property
    def final(self) -> Staff:
        return self.world.reviewer


def chain(world: World) -> Chain:
    plant = structure.open_unit(
        "三分厂", "三分厂", parent=world.refinery, on=SINCE, code="三信", acts_in_own_name=True, by=System("test"),
        at=server_now(),
    )  # fmt: skip
    found = Chain(
        world,
        plant,
        made.person("plant_handler", Role.HANDLER, plant),
        made.person("plant_head", Role.UNIT_HEAD, plant),
        made.person("refinery_reviewer", Role.REVIEWER, world.refinery),
    )
    world.people["refinery_reviewer"] = found.first
    return found


def accepted(world: World) -> tuple[Case, Filing]:
    received = file(world)
    intake.register(received.case, matter="拖欠三个月工资", by=world.officer, at=server_now())
    triage.classify(received.case, classification="claim", branch=6, by=world.officer, at=server_now())
    triage.accept(received.case, way="portal", by=world.officer, at=server_now())
    return received.case, received.filing


def decided(found: Chain, case: Case, outcome: str = "not_supported") -> None:
    """The plant decides, and the decision is sent to everybody who agreed to the portal."""
    handling.assign(case, to=found.plant, by=found.world.officer, at=server_now())
    handling.take_in(case, handler=User.objects.get(username="plant_handler"), by=found.handler, at=server_now())
    answer_again(found, case, outcome)


def answer_again(found: Chain, case: Case, outcome: str = "not_supported") -> None:
    answer = deciding.Answer(1, "没有拖欠。", "《劳动合同法》第三十条", outcome, "12月10日前补发")
    deciding.draft(case, findings="经核对工资表。", answers=[answer], by=found.handler, at=server_now())
    deciding.approve(case, by=found.head, at=server_now())
    deciding.seal(case, by=found.world.officer, at=server_now())
    deciding.deliver(case, way="portal", by=found.world.officer, at=server_now())


def received(world: World) -> tuple[Chain, Case, Filing]:
    """Decided by the plant, not supported, and received by the employee today."""
    found = chain(world)
    case, filing = accepted(world)
    decided(found, case)
    deciding.confirm(filing, by=world.filer, at=server_now())
    return found, case, filing


def asked(world: World) -> tuple[Chain, Case, Filing]:
    found, case, filing = received(world)
    review.request(filing, grounds="工资表是后来补的。", by=world.filer, at=server_now())
    return found, case, filing


def opinion(case: Case, by: Staff, result: str = "upheld", **more: object) -> None:
    """Taken up, decided and sent."""
    review.take_up(case, by=by, at=server_now())
    review.decide(
        case, findings="又核对了银行流水。", reasons="流水与工资表一致。", basis="《劳动合同法》第三十条", result=result,
        by=by, at=server_now(), **more,  # type: ignore[arg-type]
    )  # fmt: skip
    review.deliver(case, way="portal", by=by, at=server_now())


def in_final(world: World) -> tuple[Chain, Case, Filing]:
    """Reviewed and upheld by the refinery; the final review asked of the group and taken up."""
    found, case, filing = asked(world)
    opinion(case, found.first)
    deciding.confirm(filing, by=world.filer, at=server_now())
    review.request(filing, grounds="流水少了一页。", by=world.filer, at=server_now())
    review.take_up(case, by=found.final, at=server_now())
    return found, case, filing


def own(filing: Filing) -> Employee:
    return Employee(filing_id=filing.pk)


START = datetime(2026, 3, 2, 2, tzinfo=timezone.get_default_timezone())


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def clock(case: Case, rule: str) -> Clock:
    return Clock.objects.filter(subject=case.subject_id, rule=rule).latest("pk")


def paper(case: Case, kind: str) -> Paper:
    return Paper.objects.select_related("subject__key").filter(subject=case.subject_id, kind=kind).latest("pk")


def said(case: Case, kind: str) -> str:
    return str(issuing.fields_of(paper(case, kind)))


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def announce(found: Chain, case: Case, by: object, at: datetime) -> Hearing:
    people = [made.person(f"member{no}", Role.HANDLER, found.world.mine).user_id for no in range(3)]
    return hearing.announce(
        case, held_at=at + timedelta(hours=1), place="二楼会议室", members=list(User.objects.filter(pk__in=people)),
        points="流水是否完整\n工资表何时制作", by=by, at=at,  # type: ignore[arg-type]
    )  # fmt: skip


WHAT_WAS_HEARD: dict[str, Any] = dict(
    proceedings="双方各自陈述。", participants="本人\n三分厂", read_back="已向参加人宣读，没有意见", facts="流水少一页。",
    conclusion="应当补查流水。",
)  # fmt: skip


def again(world: World) -> Case:
    """The same person files again; registered and classified."""
    case, _filing = made.bring(world, Stage.REGISTERED, text="还是那三个月的工资，没有补发给我。")
    triage.classify(case, classification="claim", branch=6, by=world.officer, at=server_now())
    return case
