"""Interviews: two investigators without an interest, possible times, read back, sealed; the filer learns only that it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone

from huiyin.cases import accused, interviews, search, timeline
from huiyin.cases.accused import Named
from huiyin.cases.interviews import Held
from huiyin.cases.models import Interview, Recusal, Stage
from huiyin.kernel.actors import System
from huiyin.kernel.errors import DomainError
from huiyin.org import accounts
from huiyin.org.models import User
from huiyin.org.permissions import Role
from huiyin.papers import issuing, uploads
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World, bring

WITNESS = "赵铁柱"


@pytest.fixture
def world(db: None) -> World:
    return made.build()


def held() -> Held:
    now = server_now()
    return Held(
        first="handler", second="liaison", recorder="liaison", began_at=now - timedelta(minutes=50),
        ended_at=now - timedelta(minutes=10), place="会议室", name=WITNESS, unit="财务科 出纳",
        content="问：工资什么时候停发的？答：九月起没有发。", read_back="和我说的相符", refusal="本人要求先咨询家人",
    )  # fmt: skip


def test_an_interview_is_sealed_at_once_and_verifies(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    row = interviews.interview(case, held(), by=world.handler, at=server_now())
    assert row.paper.sealed_at and row.paper.kind == "D12"
    fields = issuing.fields_of(row.paper)
    assert fields["investigators"] == ["handler", "liaison"] and fields["spoken_with"] == WITNESS
    assert "本人要求先咨询家人" in str(fields["signed"]) and not row.is_signed
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_the_record_would_see_an_altered_interview(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    row = interviews.interview(case, held(), by=world.handler, at=server_now())
    Interview.objects.filter(pk=row.pk).update(second=world.officer.user_id)
    checkpoints.grow(server_now())
    assert not verify().is_ok


def test_one_investigator_is_refused_with_a_sentence(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    for second in ("", "handler"):
        with pytest.raises(DomainError, match="两名调查人员") as refused:
            interviews.interview(case, replace(held(), second=second), by=world.handler, at=server_now())
        assert refused.value.field == "second"
    assert not Interview.objects.exists()


def test_impossible_times_are_refused(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    now, said = server_now(), held()
    wrong = [
        replace(said, ended_at=now + timedelta(hours=1)),
        replace(said, ended_at=said.began_at),
        replace(said, began_at=said.ended_at - timedelta(hours=13)),
    ]
    for one in wrong:
        with pytest.raises(DomainError):
            interviews.interview(case, one, by=world.handler, at=now)
    interviews.interview(case, said, by=world.handler, at=now)
    other, _filing = bring(world, Stage.HANDLING, text="另一件事，夜班津贴少发了两个月。")
    with pytest.raises(DomainError, match="时间重叠"):
        interviews.interview(other, replace(said, first="officer"), by=world.handler, at=now)


def test_nobody_with_an_interest_investigates(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    User.objects.filter(username="E1").update(name="王小明")
    accounts.grant_post(
        world.employee, Role.HANDLER, world.refinery, title="承办人", starts_on=made.SINCE,
        by=System("test"), at=server_now(),
    )  # fmt: skip
    with pytest.raises(DomainError, match="回避"):
        interviews.interview(case, replace(held(), second="E1"), by=world.handler, at=server_now())
    Recusal.objects.create(
        case=case, no=1, concerns_id=world.liaison.user_id, ground="declared", asked_at=server_now(),
        decides=world.refinery,
    )  # fmt: skip
    with pytest.raises(DomainError, match="回避"):
        interviews.interview(case, held(), by=world.handler, at=server_now())


def test_in_the_sealed_lane_nobody_accused_investigates(world: World) -> None:
    case, _filing = bring(world, Stage.INSPECTED)
    made.person("inspector2", Role.INSPECTOR, world.group)
    said = replace(held(), first="inspector", second="inspector2", recorder="inspector2")
    accused.name(case, Named(username="handler"), by=world.inspector, at=server_now())
    with pytest.raises(DomainError, match="不能参加"):
        interviews.interview(case, replace(said, second="handler"), by=world.inspector, at=server_now())
    assert interviews.interview(case, said, by=world.inspector, at=server_now()).paper.number


def test_unsigned_without_a_reason_is_refused_and_a_scan_will_do(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    unsigned = replace(held(), refusal="")
    with pytest.raises(DomainError, match="签名"):
        interviews.interview(case, unsigned, by=world.handler, at=server_now())
    upload = uploads.begin("笔录.txt", 6)
    uploads.put_piece(upload.token, 0, BytesIO("签名".encode()).read())
    uploads.finish(upload.token)
    row = interviews.interview(case, replace(unsigned, scans=[upload.token]), by=world.handler, at=server_now())
    assert row.is_signed and row.scans.count() == 1


def test_the_filer_learns_that_there_was_one_and_nothing_else(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    interviews.interview(case, held(), by=world.handler, at=server_now())
    assert [one.sentence for one in timeline.for_employee(filing)].count("进行了调查谈话 1 次") == 1
    employee = Client()
    employee.force_login(world.employee)
    page = employee.get(f"/progress/{filing.reference}/").content.decode()
    assert "进行了调查谈话 1 次" in page and WITNESS not in page and "调查（谈话）笔录" not in page
    row = Interview.objects.get()
    assert employee.get(f"/progress/{filing.reference}/papers/{row.paper.reference}/").status_code == 404
    found = search.page(world.officer, search.Filters(text=WITNESS), today=server_now().date())
    assert found.paginator.count == 0


def test_the_page_does_it(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    handler = Client()
    handler.force_login(User.objects.get(username="handler"))
    url = f"/desk/cases/{case.reference}/interview/"
    assert "第二名调查人" in handler.get(url).content.decode()
    day = (timezone.localtime(server_now()).date() - timedelta(days=1)).isoformat()
    said = {
        "sent": "1", "purpose": "talk", "first": "handler", "second": "handler", "recorder": "liaison",
        "began_at": f"{day} 9:05", "ended_at": f"{day} 10点", "place": "会议室", "name": WITNESS,
        "content": "问答", "read_back": "相符", "refusal": "拒签",
    }  # fmt: skip
    answer = handler.post(url, said)
    assert answer.status_code == 422 and "两名调查人员" in answer.content.decode()
    assert handler.post(url, said | {"second": "liaison"}).status_code == 303
    page = handler.get(f"/desk/cases/{case.reference}/").content.decode()
    assert "调查（谈话）笔录" in page and WITNESS not in page
