"""Commitments: harms and waiting time move the cadence, and nothing else does; the filer sees all of it and can end it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.cases import aid, closing, commitments, intake, joining, search
from huiyin.cases.commitments import cadence
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Aid, Case, Commitment, Stage
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Employee, Staff
from huiyin.kernel.errors import DomainError, Forbidden, Invalid, Refused
from huiyin.org.models import User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now, server_time
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import DEMAND, TEXT, World, bring
from tests.clocks.rule_samples import POLICY

URGENT, SEVERE, ORDINARY = "commitment_urgent", "commitment_severe", "commitment_ordinary"


@pytest.fixture
def world(db: None) -> World:
    found = made.build()
    found.people["union"] = made.person("union", Role.UNION, found.group)
    return found


def standing(case: Case) -> str:
    found = commitments.running_of(case)
    return found.clock.rule if found else ""


@pytest.mark.parametrize(
    ("harms", "waited", "rule"),
    [
        ([], 0, None), ([], 29, None), ([], 30, ORDINARY), ([], 89, ORDINARY), ([], 90, SEVERE),
        (["no_income"], 0, SEVERE), (["injury"], 0, SEVERE), (["housing"], 0, SEVERE),
        (["safety"], 0, URGENT), (["right_lapsing"], 0, URGENT),
        (["no_income", "safety"], 0, URGENT), (["no_income"], 40, SEVERE), (["safety"], 400, URGENT),
    ],
)  # fmt: skip
def test_harms_and_waiting_time_give_the_cadence_the_shorter_where_two_apply(
    harms: list[str], waited: int, rule: str | None
) -> None:
    found = cadence(harms, waited, POLICY)
    assert (found.rule if found else None) == rule


@given(st.sets(st.sampled_from(sorted(POLICY.harms))), st.integers(0, 1000), st.sampled_from(sorted(POLICY.harms)))
def test_another_harm_or_a_longer_wait_never_makes_it_rarer(harms: set[str], waited: int, more: str) -> None:
    order = [URGENT, SEVERE, ORDINARY, None]

    def rank(found: object) -> int:
        return order.index(getattr(found, "rule", None))

    assert rank(cadence(harms | {more}, waited + 1, POLICY)) <= rank(cadence(harms, waited, POLICY))


def test_a_promise_follows_the_harms_at_once_and_ends_with_them(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    now = server_now()
    assert standing(case) == ""
    commitments.note_harms(case, harms=["no_income"], by=world.handler, at=now)
    assert standing(case) == SEVERE
    commitments.note_harms(case, harms=["no_income", "safety"], by=world.handler, at=server_now())
    assert standing(case) == URGENT
    commitments.note_harms(case, harms=[], by=world.handler, at=server_now())
    assert standing(case) == ""
    assert Commitment.objects.filter(case=case, kept_at=None).count() == 2  # both stand in the record as not kept
    with pytest.raises(Invalid):
        commitments.note_harms(case, harms=["angry"], by=world.handler, at=server_now())
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_the_tick_promises_what_waiting_time_asks_for_once(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    fresh, _filing = bring(world, Stage.REGISTERED, text="另一件事，食堂的饭菜一直是凉的。")
    Case.objects.filter(pk=fresh.pk).update(received_at=server_now() + timedelta(days=25))
    with server_time(server_now() + timedelta(days=31)):
        assert commitments.start_due(server_now()) == 1
        assert (standing(case), standing(fresh)) == (ORDINARY, "")
        assert commitments.start_due(server_now()) == 0
    with server_time(server_now() + timedelta(days=95)):
        commitments.start_due(server_now())
        assert (standing(case), standing(fresh)) == (SEVERE, ORDINARY)


def test_a_sealed_an_ended_and_a_declined_case_carry_no_promise(world: World) -> None:
    bring(world, Stage.INSPECTED)
    bring(world, Stage.DECLINED, text="第二件事，与本单位无关的一件事情。")
    _case, filing = bring(world, Stage.HANDLING, text="第三件事，夜班津贴少发了两个月。")
    commitments.decline_contact(filing, by=world.filer, at=server_now())
    with server_time(server_now() + timedelta(days=100)):
        assert commitments.start_due(server_now()) == 0


# Everything a promise must not follow: each changed alone, nothing moves (product rules §3).
def _plain(world: World) -> tuple[str, Circumstances, Person | None]:
    return "named", Circumstances(channel="phone"), Person(name="王小明", phone="13812345678")


def _channel(world: World) -> tuple[str, Circumstances, Person | None]:
    return "named", Circumstances(channel="visit"), Person(name="王小明", phone="13812345678")


def _group(world: World) -> tuple[str, Circumstances, Person | None]:
    return "named", Circumstances(channel="phone", headcount=60), Person(name="王小明", phone="13812345678")


def _identity(world: World) -> tuple[str, Circumstances, Person | None]:
    return "anonymous", Circumstances(channel="phone"), None


def _somebody_else(world: World) -> tuple[str, Circumstances, Person | None]:
    return "named", Circumstances(channel="phone"), Person(name="刘凤英", phone="13900001111")


@pytest.mark.parametrize("change", [_plain, _channel, _group, _identity, _somebody_else])
@pytest.mark.parametrize("tone", ["", "再不解决我们就一直找，天天来，问题必须马上解决！！！"])
@pytest.mark.parametrize("filings", [1, 4])
def test_nothing_but_harm_and_waiting_time_moves_the_cadence(
    world: World, change: object, tone: str, filings: int
) -> None:
    identity_, how, person = change(world)  # type: ignore[operator]
    now = server_now()
    first = intake.receive(
        Words(TEXT + tone, [DEMAND]), identity=identity_, how=how, person=person, by=world.officer, at=now
    )
    case = first.case
    intake.register(case, matter="拖欠三个月工资", by=world.officer, at=server_now())
    for no in range(filings - 1):
        again = intake.receive(
            Words(f"第{no}次来说同一件事。{TEXT}", [DEMAND]), identity=identity_, how=how, person=person,
            by=world.officer, at=server_now(),
        )  # fmt: skip
        joining.join(again.case, into=case, reason="同一件事", by=world.officer, at=server_now())
    commitments.note_harms(case, harms=["no_income"], by=world.officer, at=server_now())
    assert standing(case) == SEVERE
    commitments.note_harms(case, harms=[], by=world.officer, at=server_now())
    with server_time(server_now() + timedelta(days=31)):
        commitments.start_due(server_now())
        assert standing(case) == ORDINARY
        clock = Clock.objects.get(commitment__case=case, stopped_at=None)
        assert (clock.due_on - clock.started_at.date()).days in range(28, 33)


def test_the_role_that_is_named_keeps_it_and_the_next_begins(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    commitments.note_harms(case, harms=["no_income"], by=world.handler, at=server_now())
    with pytest.raises(Forbidden):
        commitments.keep_commitment(case, way="phone", told="还在核对", by=world.handler, at=server_now())
    for bad in ({"told": " "}, {"way": "thought"}):
        with pytest.raises(Invalid):
            said = {"way": "phone", "told": "还在核对"} | bad
            commitments.keep_commitment(case, **said, by=world.deputy, at=server_now())
    note = commitments.keep_commitment(case, way="phone", told="工资表已核对", by=world.deputy, at=server_now())
    assert note.filing == filing
    kept = Commitment.objects.get(kept_by=note)
    assert kept.clock.stopped_at is not None
    assert standing(case) == SEVERE
    assert commitments.running_of(case) != kept
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_no_promise_no_keeping(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    with pytest.raises(Refused):
        commitments.keep_commitment(case, way="phone", told="好", by=world.deputy, at=server_now())


def test_who_is_named_finds_it_in_the_own_work_and_others_do_not(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    commitments.note_harms(case, harms=["safety"], by=world.handler, at=server_now())
    today = server_now().date()

    def promised(name: str) -> list[Case]:
        items = search.my_work(world.people[name], today=today)
        return [item.case for item in items if item.kind == "commitment"]

    assert promised("head") == [case]
    assert not any(promised(name) for name in ("deputy", "handler", "officer", "stranger_head", "union", "inspector"))
    # The step that the case needs next is not moved by what is owed beside it.
    case.refresh_from_db()
    assert (case.next_step, case.next_rule) == ("contact", "first_contact")


def test_the_filer_ends_it_and_wants_it_again(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    commitments.note_harms(case, harms=["safety"], by=world.handler, at=server_now())
    with pytest.raises(Refused):
        commitments.want_contact(filing, by=world.filer, at=server_now())
    commitments.decline_contact(filing, by=world.filer, at=server_now())
    assert standing(case) == ""
    with pytest.raises(Refused):
        commitments.decline_contact(filing, by=world.filer, at=server_now())
    with pytest.raises(Forbidden):
        commitments.want_contact(filing, by=world.officer, at=server_now())
    commitments.want_contact(filing, by=world.filer, at=server_now())
    assert standing(case) == URGENT
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_of_two_filers_one_may_be_left_in_peace(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    other = made.file(world, "同车间另一个人说的同一件事，" + TEXT)
    joining.join(other.case, into=case, reason="同一件事", by=world.officer, at=server_now())
    commitments.note_harms(case, harms=["safety"], by=world.handler, at=server_now())
    commitments.decline_contact(other.filing, by=Employee(filing_id=other.filing.pk), at=server_now())
    assert standing(case) == URGENT
    with pytest.raises(Refused):
        commitments.keep_commitment(
            case, way="phone", told="好", to=[other.filing.reference], by=world.head, at=server_now()
        )
    commitments.keep_commitment(case, way="phone", told="好", to=[filing.reference], by=world.head, at=server_now())
    commitments.decline_contact(filing, by=Employee(filing_id=filing.pk), at=server_now())
    assert standing(case) == ""


def test_every_promise_and_contact_is_on_the_filer_s_page(world: World, client: object) -> None:
    from django.test import Client

    case, filing = bring(world, Stage.HANDLING)
    commitments.note_harms(case, harms=["safety"], by=world.handler, at=server_now())
    commitments.keep_commitment(case, way="phone", told="明天派人检修", by=world.head, at=server_now())
    browser = Client()
    browser.force_login(world.employee)
    page = browser.get(f"/progress/{filing.reference}/").content.decode()
    assert "我们承诺在" in page
    assert "人身安全、生产安全有危险" in page
    assert "明天派人检修" in page
    answer = browser.post(f"/progress/{filing.reference}/contact/", follow=True)
    assert "您说过不用定期联系" in answer.content.decode()
    assert standing(case) == ""


def test_nothing_of_a_commitment_can_be_kept_from_the_filer() -> None:
    """No field of the three rows is a mark, a level or a note for insiders."""
    allowed = {"id", "case", "clock", "promised_at", "kept_at", "kept_by", "filing", "said_at", "ended_at"}
    from huiyin.cases.models import Quiet

    for model in (Commitment, Quiet):
        assert {field.name for field in model._meta.get_fields()} <= allowed


def test_a_deaf_role_is_warned_up_the_levels() -> None:
    for rule in (URGENT, SEVERE, ORDINARY):
        assert POLICY.rule(rule).told_when_missed
        assert POLICY.rule(rule).is_due_step and not POLICY.rule(rule).is_next_step


def union(world: World) -> Staff:
    return staff_of(User.objects.get(username="union"), server_now().date())


def test_the_union_sees_a_case_while_it_is_asked_to_help(world: World) -> None:
    from huiyin.cases import access

    case, filing = bring(world, Stage.HANDLING)
    assert not access.visible_to(union(world)).exists()
    row = aid.ask_aid(case, kind="money", reason="三个月没有收入，房租交不上", by=world.handler, at=server_now())
    assert list(access.visible_to(union(world))) == [case]
    with pytest.raises(Refused):
        aid.ask_aid(case, kind="money", reason="再问一次", by=world.handler, at=server_now())
    with pytest.raises(Forbidden):
        aid.give_aid(row, given="补助2000元", by=world.handler, at=server_now())
    aid.give_aid(row, given="补助2000元", by=union(world), at=server_now())
    aid.end_aid(row, reason="补助已发放", by=union(world), at=server_now())
    assert not access.visible_to(union(world)).exists()
    with pytest.raises(DomainError):
        aid.give_aid(row, given="又一次", by=union(world), at=server_now())
    assert filing.case_id == case.pk
    checkpoints.grow(server_now())
    assert verify().is_ok


def test_help_can_be_wished_for_after_the_end_but_not_out_of_the_sealed_lane(world: World) -> None:
    _case, filing = bring(world, Stage.CLOSED)
    aid.wish_aid(filing, kind="counsel", reason="睡不好", by=world.filer, at=server_now())
    _sealed, report = bring(world, Stage.INSPECTED)
    with pytest.raises(DomainError):
        aid.wish_aid(report, kind="counsel", reason="睡不好", by=world.filer, at=server_now())
    assert Aid.objects.count() == 1


def test_a_case_with_a_harm_is_not_closed_before_help_was_asked_for(world: World) -> None:
    case, _filing = bring(world, Stage.DELIVERED)
    commitments.note_harms(case, harms=["no_income"], by=world.handler, at=server_now())
    case.refresh_from_db()
    said = "还没有申请过帮扶"
    assert any(said in sentence for sentence in closing.obstacles(case, server_now()))
    aid.ask_aid(case, kind="money", reason="没有收入", by=world.handler, at=server_now())
    case.refresh_from_db()
    assert not any(said in sentence for sentence in closing.obstacles(case, server_now()))


def test_the_pages_do_it(world: World) -> None:
    from django.test import Client

    case, filing = bring(world, Stage.HANDLING)
    pages: dict[str, Client] = {}
    for name in ("handler", "deputy", "union"):
        pages[name] = Client()
        pages[name].force_login(User.objects.get(username=name))
    here = f"/desk/cases/{case.reference}/"
    assert pages["handler"].post(here + "note_harms/", {"sent": "1", "harms": ["no_income"]}).status_code == 303
    assert "没有收入来源" in pages["handler"].get(here).content.decode()
    assert here + "keep_commitment/" in pages["deputy"].get("/desk/").content.decode()
    said = {"sent": "1", "way": "phone", "told": "已报财务"}
    assert pages["deputy"].post(here + "keep_commitment/", said).status_code == 303
    employee = Client()
    employee.force_login(world.employee)
    wish = {"sent": "1", "kind": "money", "reason": "房租交不上"}
    assert employee.post(f"/progress/{filing.reference}/aid/", wish).status_code == 303
    row = Aid.objects.get()
    assert pages["union"].get(here).status_code == 200
    give = {"sent": "1", "what": "ended", "text": "已补助"}
    assert pages["handler"].post(here + f"aid/{row.pk}/", give).status_code == 404
    assert pages["union"].post(here + f"aid/{row.pk}/", give).status_code == 303
    assert "已补助" in employee.get(f"/progress/{filing.reference}/").content.decode()
