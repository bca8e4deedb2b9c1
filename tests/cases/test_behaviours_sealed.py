"""Behaviours 8 and 9 of the domain page, and what goes with them: a report and whom it is about; recusal."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from huiyin.cases import (
    access,
    accused,
    closing,
    deciding,
    handling,
    identity,
    intake,
    lifecycle,
    recusal,
    reminders,
    search,
    triage,
)
from huiyin.cases.accused import Named
from huiyin.cases.intake import Circumstances, Received, Words
from huiyin.cases.models import Accused, Case, Filing, Note, Recusal, Retaliation, Stage
from huiyin.clocks import running
from huiyin.kernel.actors import Employee, Staff, System
from huiyin.kernel.errors import DomainError
from huiyin.notices.models import Notice
from huiyin.org import accounts, structure
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Role
from huiyin.org.staff import staff_of
from huiyin.papers import issuing
from huiyin.papers.models import Paper
from huiyin.trail import verify
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now
from tests.cases import world as made
from tests.cases.world import World, bring, person

TEXT = "他把食堂的采购都给了自己亲戚开的公司，价格比市场高三成。"


@pytest.fixture
def world(db: None) -> World:
    world = made.build()
    structure.amend_unit(
        world.refinery, name="炼化公司", short_name="炼化", code="炼信", acts_in_own_name=True, has_petition_office=True,
        by=System("test"), at=server_now(),
    )  # fmt: skip
    world.people["near"] = person("near", Role.INSPECTOR, world.refinery)
    return world


def report(world: World, named: Named = accused.NOBODY, unit: Unit | None = None) -> Received:
    """A report by somebody nobody knows, through the web; `unit`: where it is handled."""
    how = Circumstances(about=named, unit=unit)
    words = Words(TEXT, ["请查清楚"], said="report")
    return intake.receive(words, identity="anonymous", how=how, by=Employee(), at=server_now())


def signed(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=name))
    return client


def told(who: Staff) -> int:
    return Notice.objects.filter(to=who.user_id, withdrawn_at=None).count()


def sees(who: Staff, case: Case) -> bool:
    return access.visible_to(who).filter(pk=case.pk).exists()


def test_8_a_report_about_a_unit_head_is_not_there_for_the_users_of_the_unit(world: World) -> None:
    world.people["near2"] = person("near2", Role.INSPECTOR, world.workshop)
    received = report(world, Named(username="head"), unit=world.refinery)
    case = received.case
    nobody_s = Filing.objects.get(pk=received.filing.pk).reference
    for name in ("head", "handler", "liaison", "near", "near2", "deputy", "officer", "chief", "admin", "stranger"):
        by, client = world.people[name], signed(name)
        assert not sees(by, case), name
        assert search.page(by, search.Filters(), today=server_now().date()).paginator.count == 0
        assert search.my_work(by, today=server_now().date()) == []
        assert told(by) == 0
        made_up = client.get(reverse("desk:case", args=["0000000000"]))
        for reference in (case.reference, nobody_s):
            answer = client.get(reverse("desk:case", args=[reference]))
            assert (answer.status_code, len(answer.content)) == (404, len(made_up.content)), name
    assert sees(world.inspector, case) and told(world.inspector) == 1
    assert [item.case for item in search.my_work(world.inspector, today=server_now().date())] == [case]


def test_8_named_later_it_ends_in_the_same_act_and_the_work_moves_on(world: World) -> None:
    case = report(world, unit=world.refinery).case
    assert sees(world.near, case) and (told(world.near), told(world.inspector)) == (1, 0)
    assert case.next_unit == world.refinery
    closing.read_report(case, by=world.near, at=server_now())
    signed_on = signed("near")
    assert signed_on.get(reverse("desk:case", args=[case.reference])).status_code == 200
    accused.name(case, Named("炼化公司一把手", world.refinery), by=world.near, at=server_now())
    assert not sees(world.near, case) and (told(world.near), told(world.inspector)) == (0, 1)
    assert case.next_unit == world.group and not case.is_outside
    assert signed_on.get(reverse("desk:case", args=[case.reference])).status_code == 404
    for step in (closing.note_report, closing.reply_report, closing.conclude_report):
        with pytest.raises(DomainError):
            step(case, text="看不到了", by=world.near, at=server_now())
    reminders.tell(running.running(case.subject)[0], 100)
    assert (told(world.near), told(world.inspector)) == (0, 2)
    closing.conclude_report(case, text="已查实并处理。", by=world.inspector, at=server_now())
    assert verify.verify().findings == []


def test_an_accused_inspector_finds_nothing_and_the_other_one_has_it(world: World) -> None:
    second = person("纪小青", Role.INSPECTOR, world.group)
    case = report(world, Named("你们那位纪小青")).case
    assert not sees(second, case) and sees(world.inspector, case)
    assert told(second) == 0 and told(world.inspector) == 1
    assert second.user_id not in access.inspectors(case, server_now().date())[1]


def test_a_report_about_the_head_of_everything_goes_to_the_organ_above_and_says_so_at_once(world: World) -> None:
    User.objects.filter(username="chief").update(name="诸葛正明")
    client = Client()
    form = client.get("/file/").context["form"]
    said = {
        "said": "report", "text": TEXT, "demands-0": "请查清楚", "identity": "anonymous", "accused": "总经理诸葛正明",
        "idempotency_key": form.key,
    }  # fmt: skip
    answer = client.post("/file/", said)
    assert answer.status_code == 201 and "12388" in answer.content.decode()
    assert settings.ENTERPRISE.external_inspection_organ in answer.content.decode()
    case = Case.objects.get()
    assert case.is_outside and case.stage == Stage.INSPECTED
    assert not any(sees(by, case) for by in world.people.values())
    assert Notice.objects.count() == 0
    words = accused.OUTSIDE.format(organ=settings.ENTERPRISE.external_inspection_organ)
    filing = case.filings.get()
    codes = {"code": answer.context["code"]}
    page = client.post("/track/", codes, follow=True).content.decode()
    assert words[:20] in page and filing.reference in page
    reminders.tell(running.running(case.subject)[0], 100)
    assert Notice.objects.count() == 0
    later = person("later", Role.INSPECTOR, world.group)
    assert not sees(later, case)


def test_an_inspector_hands_a_report_to_the_organ_above(world: World) -> None:
    received = report(world)
    case = received.case
    accused.refer_outside(
        case, how="由书记当面送达", named=Named(username="chief"), by=world.inspector, at=server_now()
    )
    assert case.stage == Stage.CLOSED and not sees(world.inspector, case)
    notes = [note for note in Note.objects.filter(case=case) if note.kind == Note.Kind.REPLY]
    assert len(notes) == 1 and notes[0].text == ""
    assert verify.verify().findings == []


def test_an_inspector_stands_aside(world: World) -> None:
    second = person("second", Role.INSPECTOR, world.group)
    case = report(world).case
    accused.stand_aside(case, by=world.inspector, at=server_now())
    assert not sees(world.inspector, case) and sees(second, case) and told(world.inspector) == 0
    assert access.inspectors(case, server_now().date())[1] == [second.user_id]


def test_who_is_accused_stands_nowhere_in_the_clear(world: World) -> None:
    User.objects.filter(username="head").update(name="夏侯铁牛")
    report(world, Named("炼化公司夏侯铁牛", world.refinery))
    accused.name(Case.objects.get(), Named(username="stranger_head"), by=world.inspector, at=server_now())
    tables = [table for table in connection.introspection.table_names() if table != "org_user"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the tables there are
            rows = str([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor])
            assert "夏侯铁牛" not in rows and "夏侯铁牛" not in rows.encode().decode("unicode_escape", "ignore"), table
    assert {row.digest for row in Accused.objects.all()} >= {access.accused_digest(unit=world.refinery.pk)}
    assert "夏侯铁牛" in [row.name for row in accused.shown(Case.objects.get())]


def test_sealed_by_the_office_without_a_number_and_with_whom_it_is_about(world: World) -> None:
    received = made.file(world)
    client = signed("officer")
    step = reverse("desk:step", args=[received.case.reference, "seal_lane"])
    assert "反映的是谁" in client.get(step).content.decode()
    answer = client.post(step, {"sent": "1", "accused": "不清楚", "accused_unit": str(world.group.pk)})
    assert answer.status_code == 303 and answer["Location"] == reverse("desk:work")
    case = Case.objects.get()
    assert case.number is None and case.is_sealed and case.is_outside and not sees(world.inspector, case)


def test_a_joined_report_is_kept_from_the_accused_as_well(world: World) -> None:
    case, _filing = bring(world, Stage.JOINED)
    into = Case.objects.get(pk=case.joined_to_id or 0)
    triage.seal_lane(into, by=world.officer, at=server_now())
    second = person("second", Role.INSPECTOR, world.group)
    assert access.visible_to(second).count() == 2
    accused.name(into, Named(username="second"), by=world.inspector, at=server_now())
    assert access.visible_to(second).count() == 0 and access.visible_to(world.inspector).count() == 2
    assert verify.verify().findings == []


def test_no_notice_about_a_report_leaves_the_inspectors(world: World) -> None:
    how = intake.Person("钱小八", phone="13700001111")
    words = Words(TEXT, ["请查清楚"], said="report")
    case = intake.receive(words, identity="confidential", person=how, by=Employee(), at=server_now()).case
    with pytest.raises(DomainError):
        identity.ask_opening(case, purpose="contact", reason="想问清楚", by=world.inspector, at=server_now())
    assert set(Notice.objects.values_list("to_id", flat=True)) == {world.inspector.user_id}


def test_naming_somebody_unknown_says_what_to_do(world: World) -> None:
    case = report(world).case
    for named in (accused.NOBODY, Named(username="0000")):
        with pytest.raises(DomainError):
            accused.name(case, named, by=world.inspector, at=server_now())
    assert not Accused.objects.exists()


def blocked(by: Staff, case: Case) -> bool:
    """Whether a note is refused for want of a decision on recusal, and no button but the own declaration is shown."""
    try:
        handling.note(case, text="核对了工资表", by=by, at=server_now())
    except DomainError as refusal:
        assert refusal.code == "recusal"
        offers = {offer.code for offer in lifecycle.available(Case.objects.get(pk=case.pk), by=by)}
        assert offers <= {"declare_recusal"}
        return True
    return False


def papers(case: Case) -> list[Paper]:
    return list(Paper.objects.filter(subject=case.subject_id, kind="D11").order_by("pk"))


@pytest.mark.parametrize("whom", ["accused", "manager", "relative"])
def test_9_a_handler_with_an_interest_is_blocked_until_recusal_is_decided(world: World, whom: str) -> None:
    second = person("second", Role.HANDLER, world.refinery)
    case, _filing = bring(world, Stage.ASSIGNED)
    if whom == "relative":
        handling.take_in(case, handler=User.objects.get(username="handler"), by=world.liaison, at=server_now())
        row = recusal.declare(case, reason="反映人是我表弟", by=world.handler, at=server_now())
    else:
        if whom == "manager":  # the handler heads the workshop in which the accused works
            person("worker", Role.LIAISON, world.workshop)
            user = User.objects.get(username="handler")
            accounts.grant_post(
                user, Role.UNIT_HEAD, world.workshop, title="", starts_on=made.SINCE, by=System("test"), at=server_now()
            )
            world.people["handler"] = staff_of(user, server_now().date())
        named = Named(username="handler" if whom == "accused" else "worker")
        recusal.name_object(case, named, by=world.officer, at=server_now())
        handling.take_in(case, handler=User.objects.get(username="handler"), by=world.liaison, at=server_now())
        row = Recusal.objects.get()
        assert row.ground == Recusal.Ground.FOUND
    case.refresh_from_db()
    assert blocked(world.handler, case) and not blocked(world.officer, case) and not blocked(second, case)
    assert [item.step for item in search.my_work(world.head, today=server_now().date())] == ["decide_recusal"]
    for nobody in (world.handler, world.officer, world.stranger_head, world.chief):
        with pytest.raises(DomainError):
            recusal.decide(row, is_granted=False, reason="无关", by=nobody, at=server_now())
    recusal.decide(
        row, is_granted=True, reason="确有利害关系", successor=User.objects.get(username="second"), by=world.head,
        at=server_now(),
    )  # fmt: skip
    case.refresh_from_db()
    assert case.handler_id == second.user_id and not sees(world.handler, case) and sees(second, case)
    told_by = [notice.code for notice in Notice.objects.filter(to=world.handler.user_id, withdrawn_at=None)]
    assert told_by == ["recusal_decided"]
    assert len(papers(case)) == 1 and papers(case)[0].deliveries.exists()
    assert verify.verify().findings == []


def test_9_refused_the_handler_goes_on(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    row = recusal.ask(filing, about="handler", reason="他是车间主任的亲戚", by=world.filer, at=server_now())[0]
    assert blocked(world.handler, case)
    with pytest.raises(DomainError):
        recusal.ask(filing, about="handler", reason="再说一次", by=world.filer, at=server_now())
    recusal.decide(row, is_granted=False, reason="经核实没有亲属关系", by=world.head, at=server_now())
    assert not blocked(world.handler, Case.objects.get())
    said = str(issuing.fields_of(papers(case)[0]))
    assert "经核实没有亲属关系" in said and "他是车间主任的亲戚" in said
    row.refresh_from_db()
    assert "亲戚" not in str(bytes(row.sealed_reason or b""))
    assert verify.verify().findings == []


def test_a_head_is_decided_on_by_the_next_above_and_the_chief_by_a_deputy(world: World) -> None:
    case, filing = bring(world, Stage.DRAFTED)
    row = recusal.ask(filing, about="head", reason="我反映的就是他", by=world.filer, at=server_now())[0]
    assert (row.concerns_id, row.decides) == (world.head.user_id, world.group)
    with pytest.raises(DomainError):
        deciding.approve(case, by=world.head, at=server_now())
    with pytest.raises(DomainError):
        recusal.decide(row, is_granted=False, reason="我自己定", by=world.head, at=server_now())
    recusal.decide(row, is_granted=False, reason="没有关系", by=world.chief, at=server_now())
    deciding.approve(Case.objects.get(), by=world.head, at=server_now())
    own = recusal.declare(case, reason="与本人有关", by=world.chief, at=server_now())
    assert recusal.deciders(own, server_now().date()) == [world.deputy.user_id]
    officer = recusal.ask(filing, about="officer", reason="认识对方", by=world.filer, at=server_now())[0]
    assert officer.concerns_id == world.officer.user_id and blocked(world.officer, case)


def test_without_the_check_the_blocked_handler_would_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    recusal.declare(case, reason="反映人是我表弟", by=world.handler, at=server_now())
    monkeypatch.setattr(access, "check_recusal", lambda by, case: None)
    handling.note(case, text="核对了工资表", by=world.handler, at=server_now())


def test_the_pages_of_recusal_lead_from_request_to_decision(world: World) -> None:
    case, filing = bring(world, Stage.HANDLING)
    employee, head = signed("E1"), signed("head")
    page = reverse("ask_recusal", args=[filing.reference])
    assert page in employee.get(reverse("progress", args=[filing.reference])).content.decode()
    said = {"about": "handler", "reason": "他是我反映的人"}
    assert employee.post(page, said).status_code == 303
    step = reverse("desk:recusal", args=[case.reference, 1])
    assert step in head.get(reverse("desk:work")).content.decode()
    assert "他是我反映的人" in head.get(step).content.decode()
    assert signed("handler").get(step).status_code == 404 and signed("officer").get(step).status_code == 404
    assert "他是我反映的人" not in signed("handler").get(reverse("desk:case", args=[case.reference])).content.decode()
    assert head.post(step, {"sent": "1", "is_granted": "yes", "reason": "予以回避"}).status_code == 303
    assert signed("handler").get(reverse("desk:case", args=[case.reference])).status_code == 404
    assert "回避决定书" in employee.get(reverse("progress", args=[filing.reference])).content.decode()


def test_retaliation_goes_past_the_unit_under_the_same_code(world: World) -> None:
    second = person("second", Role.INSPECTOR, world.workshop)
    case, filing = bring(world, Stage.HANDLING)
    before = {
        name: signed(name).get(reverse("desk:case", args=[case.reference])).content.count(b"<")
        for name in ("head", "handler")
    }
    events = Event.objects.filter(subject=case.subject_id).count()
    employee = signed("E1")
    page = reverse("report_retaliation", args=[filing.reference])
    assert page in employee.get(reverse("progress", args=[filing.reference])).content.decode()
    said = {"text": "反映以后班长把我调去扫地，还扣了奖金。", "who": "班长"}
    assert employee.post(page, said).status_code == 303
    report_of = Retaliation.objects.select_related("case").get().case
    assert report_of.is_sealed and report_of.matter == "" and report_of.office == world.group
    assert Event.objects.filter(subject=case.subject_id).count() == events
    for name in ("head", "handler", "liaison", "near", "officer", "chief", "deputy"):
        assert not sees(world.people[name], report_of), name
    assert not sees(second, report_of) and sees(world.inspector, report_of)
    after = {name: signed(name).get(reverse("desk:case", args=[case.reference])).content.count(b"<") for name in before}
    assert after == before
    assert case.reference not in signed("inspector").get(reverse("desk:reports")).content.decode()
    inspected = signed("inspector").get(reverse("desk:case", args=[report_of.reference])).content.decode()
    assert str(Case.objects.get(pk=case.pk).number) in inspected
    closing.reply_report(report_of, text="我们已经介入，请保存好通知。", by=world.inspector, at=server_now())
    own = employee.get(reverse("progress", args=[filing.reference])).content.decode()
    assert "我们已经介入" in own
    assert report_of.filings.get().reference not in employee.get("/mine/").content.decode()
    assert employee.post(page, {"text": "又把我的班停了。"}).status_code == 303
    assert Retaliation.objects.count() == 1 and Note.objects.filter(case=report_of, kind="addition").count() == 1
    assert verify.verify().findings == []
