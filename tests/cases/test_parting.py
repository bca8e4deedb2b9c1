"""Request by request: each its own way, its own paper, or a case of its own; and four kinds of "not accepted" kept apart."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huiyin.cases import access, advising, closing, dispatch, handling, intake, letters, parting, search, triage
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Filing, Party, Stage
from huiyin.cases.routes import full_day
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Employee
from huiyin.kernel.errors import Invalid, NotFound, Refused
from huiyin.org.models import User
from huiyin.org.structure import current_day
from huiyin.papers import issuing
from huiyin.papers.models import Paper
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases.world import LETTER, World, bring, step_into, with_offices

TEXT = "食堂菜价涨了。三个月没有发工资。医保卡不能用。邻居在公共走廊堆东西。"
DEMANDS = ["补发三个月工资", "恢复医保卡", "请物业清走廊", "确认工伤"]
WAYS = [
    parting.Sorted(1, "own", "claim", 6),
    parting.Sorted(2, "not_ours"),
    parting.Sorted(3, "split"),
    parting.Sorted(4, "routed", "claim", 4),
]


@pytest.fixture
def case(world: World) -> Case:
    person = Person(name="王小明", phone="13812345678", account=world.employee.pk)
    received = intake.receive(
        Words(TEXT, DEMANDS), identity="named", person=person, how=Circumstances(), by=world.filer, at=server_now()
    )
    intake.register(received.case, matter="工资、医保、走廊和工伤", by=world.officer, at=server_now())
    received.case.__dict__["code"] = received.code
    return received.case


def all_ways(world: World, case: Case) -> Case:
    """Sorted, told, split: only the wages stay. Answers the case that was split off."""
    officer = world.officer
    parting.sort_demands(case, ways=WAYS, by=officer, at=server_now())
    made = parting.split(
        case, nos=[3], matter="公共走廊堆物", text="邻居在公共走廊堆东西。", by=officer, at=server_now()
    )
    to_health = parting.Leading(reason="医保由医保局管", right_organ="市医保局")
    parting.lead_out(case, nos=[2], leading=to_health, letter=LETTER, by=officer, at=server_now())
    to_recognition = parting.Leading(route="injury_recognition")
    parting.lead_out(case, nos=[4], leading=to_recognition, letter=LETTER, by=officer, at=server_now())
    return made


def test_one_case_goes_different_ways(world: World, case: Case) -> None:
    made = all_ways(world, case)
    told = {paper.kind: issuing.fields_of(paper) for paper in Paper.objects.filter(subject=case.subject_id)}
    assert set(told) == {"D5N", "D6"}
    assert "恢复医保卡" in str(told["D5N"]) and "工资" not in str(told["D5N"])
    assert "确认工伤" in str(told["D6"]) and "医保卡" not in str(told["D6"])
    assert [(row.no, row.way, row.led_at is None) for row in letters.demands(case)] == [
        (1, "own", True), (2, "not_ours", False), (3, "split", False), (4, "routed", False),
    ]  # fmt: skip
    assert (made.stage, made.split_from, letters.demand_texts(made)) == (Stage.REGISTERED, case, ["请物业清走廊"])
    assert verify().is_ok


def test_a_request_led_out_prints_the_last_day_and_what_the_enterprise_owes_as_a_whole_case_does(
    world: World, case: Case
) -> None:
    happened = current_day() - timedelta(days=25)
    injury = {
        "matter": "injury",
        "injury_stage": "recognition",
        "accident_on": happened.isoformat(),
        "employer_applied": "no",
    }
    row = advising.keep(case, injury, by=world.officer, at=server_now())
    assert row.last_day is not None and row.employer_last_day is not None
    parting.sort_demands(case, ways=WAYS, by=world.officer, at=server_now())
    leading = parting.Leading(route="injury_recognition")
    parting.lead_out(case, nos=[4], leading=leading, letter=LETTER, by=world.officer, at=server_now())
    told = issuing.fields_of(Paper.objects.get(subject=case.subject_id, kind="D6"))
    assert f"{full_day(row.last_day)}，自本告知书之日起还有" in str(told["last_day"])
    assert full_day(row.employer_last_day)[:10] in str(told["employer_duty"])
    assert f'"last_day":"{row.last_day}"'.encode() in bytes(Event.objects.get(act="lead_out").canonical)


def test_the_rest_is_accepted_decided_and_closed_on_what_is_its_own(world: World, case: Case) -> None:
    parting.sort_demands(case, ways=WAYS, by=world.officer, at=server_now())
    triage.classify(case, classification="claim", branch=6, by=world.officer, at=server_now())
    with pytest.raises(Refused, match="第2、3、4项"):
        triage.accept(case, way="portal", by=world.officer, at=server_now())
    all_ways(world, case)
    paper = triage.accept(case, way="portal", by=world.officer, at=server_now())
    assert issuing.fields_of(paper)["demands"] == ["补发三个月工资"]
    filing = Filing.objects.get(case=case)
    for stage in (Stage.ASSIGNED, Stage.HANDLING, Stage.DRAFTED, Stage.APPROVED, Stage.DECIDED, Stage.DELIVERED):
        step_into(world, case, filing, stage)
    answered = issuing.fields_of(Paper.objects.get(subject=case.subject_id, kind="D14"))["answers"]
    assert [row["no"] for row in answered if isinstance(row, dict)] == ["1"]
    step_into(world, case, filing, Stage.CLOSED)
    assert case.stage == Stage.CLOSED
    assert verify().is_ok


def test_who_filed_finds_both_by_the_same_code_and_account_and_nobody_else_does(world: World, case: Case) -> None:
    made = all_ways(world, case)
    whole, part = Filing.objects.get(case=case), Filing.objects.get(case=made)
    by_code, by_account = Employee(filing_id=whole.pk), world.filer
    for employee in (by_code, by_account):
        assert set(access.visible_to(employee)) == {case, made}
        assert access.filing_for(employee, part.reference) == part
    stranger = Employee(user_id=User.objects.create_user("other", None, name="旁人").pk)
    assert not access.visible_to(stranger).exists()
    with pytest.raises(NotFound):
        access.filing_for(stranger, part.reference)
    assert intake.filing_by_code(case.__dict__["code"]) == whole


def test_each_number_is_found_and_a_part_reads_no_more_than_its_own_words(world: World, case: Case) -> None:
    made = all_ways(world, case)
    assert made.number and case.number and made.number != case.number
    today = current_day()
    for one in (case, made):
        found = search.page(world.officer, search.Filters(text=one.number or ""), today=today)
        assert list(found.object_list) == [one]
    part = Filing.objects.get(case=made)
    assert part.text == "邻居在公共走廊堆东西。" and "工资" not in part.text
    assert part.received_at == made.received_at == case.received_at
    whole = Clock.objects.filter(subject=case.subject_id, rule="notice").earliest("pk")
    assert Clock.objects.get(subject=made.subject_id, rule="notice").due_on == whole.due_on


def test_the_parties_go_along_sealed_under_the_new_key(world: World, case: Case) -> None:
    made = all_ways(world, case)
    old, new = Party.objects.get(case=case), Party.objects.get(case=made)
    assert old.sealed_identity != new.sealed_identity and made.subject.key_id != case.subject.key_id
    assert letters.addressee(made) == letters.addressee(case) == "王小明同志"


def test_a_part_goes_to_another_office_and_is_answered_there(world: World, case: Case) -> None:
    with_offices(world)
    made = all_ways(world, case)
    dispatch.transfer(made, to=world.mine, letter=LETTER, by=world.officer, at=server_now())
    dispatch.take_over(made, by=world.people["mine_officer"], at=server_now())
    with pytest.raises(NotFound):
        access.case_for(world.people["mine_officer"], case.reference)
    triage.classify(made, classification="claim", branch=6, by=world.people["mine_officer"], at=server_now())
    triage.accept(made, way="portal", by=world.people["mine_officer"], at=server_now())
    handling.assign(made, to=world.mine, by=world.people["mine_officer"], at=server_now())
    assert verify().is_ok


def test_something_must_stay_and_what_was_told_stays_told(world: World, case: Case) -> None:
    with pytest.raises(Refused, match="没有留下"):
        parting.split(case, nos=[1, 2, 3, 4], matter="全部", by=world.officer, at=server_now())
    all_ways(world, case)
    with pytest.raises(Refused, match="去向不能再改"):
        parting.sort_demands(case, ways=[parting.Sorted(2, "own")], by=world.officer, at=server_now())
    with pytest.raises(Refused, match="没有留下"):
        parting.split(case, nos=[1], matter="最后一项", by=world.officer, at=server_now())


def test_a_statutory_way_needs_its_branch_and_a_paper_one_way(world: World, case: Case) -> None:
    with pytest.raises(Invalid, match="第三十一条第一至五项"):
        parting.sort_demands(case, ways=[parting.Sorted(4, "routed", "claim", 6)], by=world.officer, at=server_now())
    parting.sort_demands(case, ways=WAYS, by=world.officer, at=server_now())
    with pytest.raises(Invalid, match="去向相同"):
        parting.lead_out(case, nos=[2, 4], leading=parting.Leading(), letter=LETTER, by=world.officer, at=server_now())


def test_four_kinds_of_not_accepted_are_four_stages_papers_and_counts(world: World) -> None:
    kinds = {}
    for stage in (Stage.NOT_OURS, Stage.DECLINED, Stage.NO_LONGER, Stage.ROUTED_OUT):
        made, _filing = bring(world, stage, text=f"{stage.label}的一件事，说了很多。")
        made.refresh_from_db()
        kinds[stage] = Paper.objects.get(subject=made.subject_id).kind
    assert kinds == {Stage.NOT_OURS: "D5N", Stage.DECLINED: "D3", Stage.NO_LONGER: "D4", Stage.ROUTED_OUT: "D6"}
    for stage in kinds:
        found = search.page(world.officer, search.Filters(state=stage.value), today=current_day())
        assert [one.stage for one in found.object_list] == [stage]
    assert verify().is_ok


def test_a_part_is_rated_and_withdrawn_by_itself(world: World, case: Case) -> None:
    made = all_ways(world, case)
    closing.withdraw(Filing.objects.get(case=made), by=world.filer, at=server_now())
    made.refresh_from_db()
    case.refresh_from_db()
    assert (made.stage, case.stage) == (Stage.WITHDRAWN, Stage.REGISTERED)
