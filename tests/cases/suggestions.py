"""A suggestion brought to any stage of its way, made through the acts."""

from __future__ import annotations

from huiyin.cases import closing, deciding, triage
from huiyin.cases.models import Case, Filing, Stage
from huiyin.trail.moments import server_now
from tests.cases.world import ORDER, World, file, step_into

TEXT = "夜班的人只能吃泡面，建议食堂给夜班留一个窗口，哪怕只有面条也行。"
STAGES: list[Stage] = [stage for stage in ORDER if stage != Stage.RECEIVED]


def bring(world: World, stage: Stage, outcome: str = "adopted") -> tuple[Case, Filing]:
    """A suggestion in this stage, classified even where it is only registered."""
    received = file(world, TEXT, said="suggestion")
    case, filing = received.case, received.filing
    for reached in STAGES[: STAGES.index(stage) + 1]:
        match reached:
            case Stage.REGISTERED:
                step_into(world, case, filing, reached)
                triage.classify(case, classification="suggestion", by=world.officer, at=server_now())
            case Stage.ACCEPTED:
                triage.accept(case, way="portal", by=world.officer, at=server_now())
            case Stage.DRAFTED:
                answer(world, case, outcome)
            case Stage.CLOSED:
                close(world, case, filing)
            case _:
                step_into(world, case, filing, reached)
    return case, filing


def answer(world: World, case: Case, outcome: str, measure: str = "下月起每晚开一个面点窗口", basis: str = "") -> None:
    """Draft the answer to the one suggestion."""
    given = deciding.Answer(1, "夜班有六十多人，用餐人数够。", basis, outcome, measure)
    deciding.draft(case, findings="统计了夜班用餐人数。", answers=[given], by=world.handler, at=server_now())


def close(world: World, case: Case, filing: Filing) -> None:
    """Confirmed, carried out, rated, closed."""
    deciding.confirm(filing, by=world.filer, at=server_now())
    deciding.execute(case, demand_no=1, text="窗口已开", by=world.handler, at=server_now())
    closing.rate(filing, office="satisfied", unit="satisfied", is_solved=True, by=world.filer, at=server_now())
    closing.close(case, by=world.officer, at=server_now())
