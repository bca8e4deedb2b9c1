"""Steps from filing to decision, each through its public act with sensible arguments: what a random walk is made of.

`WAYS[code](walk, case, by)` tries that step. A DomainError is the domain's answer; `Nothing` says that what the act is
about is not there: no extension to decide, no hearing called.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils import timezone

from huiyin.cases import (
    accused,
    advising,
    aid,
    arrivals,
    co_handling,
    commitments,
    deciding,
    dispatch,
    elsewhere,
    handling,
    intake,
    joining,
    limits,
    parting,
    repeated,
    succession,
    triage,
)
from huiyin.cases.models import Aid, Case, CoHandling, Demand, Dictation, Extension, FromAbove, Instruction, Note, Stage
from huiyin.cases.models.case import OPEN
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Actor
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now
from tests.cases.walk_ground import Walk

Way = Callable[[Walk, Case, Actor], object]
WAYS: dict[str, Way] = {}


def step(*codes: str) -> Callable[[Way], Way]:
    def put(function: Way) -> Way:
        WAYS.update(dict.fromkeys(codes, function))
        return function

    return put


def acting(by: Actor) -> dict[str, Any]:
    return {"by": by, "at": server_now()}


def today() -> date:
    return timezone.localtime(server_now()).date()


def _letter(walk: Walk, case: Case) -> dispatch.Letter:
    return dispatch.Letter(**walk.letter(case))


def _other(walk: Walk, case: Case) -> Case:
    return walk.one(list(Case.objects.filter(stage__in=OPEN, is_sealed=False).exclude(pk=case.pk).order_by("pk")))


def _numbers(walk: Walk, case: Case, **values: object) -> list[int]:
    return walk.some(list(Demand.objects.filter(case=case, **values).order_by("no").values_list("no", flat=True)))


# intake


@step("register")
def register(walk: Walk, case: Case, by: Actor) -> object:
    return intake.register(case, matter="拖欠工资", headcount=walk.one([None, 3]), **acting(by))


@step("join", "take_filing")
def join(walk: Walk, case: Case, by: Actor) -> object:
    return joining.join(case, into=_other(walk, case), reason="同一件事", **acting(by))


@step("renew_code")
def renew_code(walk: Walk, case: Case, by: Actor) -> object:
    return intake.renew_code(walk.filing(case), **acting(by))


@step("bring_facts")
def bring_facts(walk: Walk, case: Case, by: Actor) -> object:
    return advising.bring(walk.filing(case), {"matter": "pay", "today": today()}, **acting(by))


@step("advise")
def advise(walk: Walk, case: Case, by: Actor) -> object:
    return advising.keep(case, {"matter": "pay"}, **acting(by))


@step("name_representatives")
def name_representatives(walk: Walk, case: Case, by: Actor) -> object:
    people = [intake.Person(name=f"代表{no}") for no in "甲乙丙丁戊己"[: walk.one([2, 5, 6])]]
    return intake.name_representatives(walk.filing(case), people, **acting(by))


@step("read_back")
def read_back(walk: Walk, case: Case, by: Actor) -> object:
    row = walk.one(list(Dictation.objects.select_related("case").filter(case=case).order_by("pk")))
    return arrivals.read_back(row, way=walk.one(["signed", "aloud"]), **acting(by))


def _from_above(walk: Walk, case: Case) -> FromAbove:
    return walk.one(list(FromAbove.objects.select_related("filing", "case").filter(case=case).order_by("pk")))


@step("answer_above")
def answer_above(walk: Walk, case: Case, by: Actor) -> object:
    sent = _from_above(walk, case)
    return arrivals.answer_above(sent, number="远信〔2026〕9号", answered_on=today(), **acting(by))


@step("object_above")
def object_above(walk: Walk, case: Case, by: Actor) -> object:
    return arrivals.object_above(_from_above(walk, case), reason="不归我们", proposed_unit="市人社局", **acting(by))


@step("report_instruction")
def report_instruction(walk: Walk, case: Case, by: Actor) -> object:
    given = walk.one(list(Instruction.objects.select_related("filing", "case").filter(case=case).order_by("pk")))
    return arrivals.report_instruction(given, reported_on=today(), **acting(by))


# triage


@step("classify")
def classify(walk: Walk, case: Case, by: Actor) -> object:
    kind, branch = walk.one([("claim", 6), ("claim", 6), ("claim", 2), ("suggestion", None), ("claim", None)])
    return triage.classify(case, classification=kind, branch=branch, **acting(by))


@step("seal_lane", "seal_along")
def seal_lane(walk: Walk, case: Case, by: Actor) -> object:
    return triage.seal_lane(case, about=walk.named() if walk.chance(50) else accused.NOBODY, **acting(by))


@step("accept")
def accept(walk: Walk, case: Case, by: Actor) -> object:
    return triage.accept(case, **walk.letter(case), **acting(by))


@step("decline")
def decline(walk: Walk, case: Case, by: Actor) -> object:
    said: dict[str, Any] = {"reason": "炼化公司已经受理", "article": "第十九条第三款", "right_organ": "炼化公司"}
    return triage.decline(case, **said, **walk.letter(case), **acting(by))


@step("route_out")
def route_out(walk: Walk, case: Case, by: Actor) -> object:
    return triage.route_out(case, route="labour_arbitration", **walk.letter(case), **acting(by))


@step("refer")
def refer(walk: Walk, case: Case, by: Actor) -> object:
    return elsewhere.refer(case, right_organ="市医保局", reason="由医保局核定", **walk.letter(case), **acting(by))


@step("no_longer")
def no_longer(walk: Walk, case: Case, by: Actor) -> object:
    ended = list(Case.objects.filter(stage=Stage.ENDED).order_by("pk"))
    said: dict[str, Any] = {"why_same": "一样", **walk.letter(case), **acting(by)}
    if ended and walk.chance(80):
        return repeated.no_longer(case, earlier=ended[0].reference, **said)
    three = [repeated.Opinion(f"信处〔2025〕{no}号", "远山集团", date(2025, no, 1)) for no in (1, 3, 5)]
    return repeated.no_longer(case, outside=repeated.Opinions(*three), **said)


@step("sort_demands")
def sort_demands(walk: Walk, case: Case, by: Actor) -> object:
    ways = [("own", "claim", 6), ("routed", "claim", 2), ("not_ours", "claim", None), ("declined", "claim", None)]
    said = [parting.Sorted(no, *walk.one([("own", "claim", 6), *ways])) for no in _numbers(walk, case)]
    return parting.sort_demands(case, ways=said, **acting(by))


@step("lead_out")
def lead_out(walk: Walk, case: Case, by: Actor) -> object:
    told = parting.Leading("labour_arbitration", "不归我们办", "第三十一条", "仲裁委员会")
    sorted_out = Demand.objects.filter(case=case, led_at=None, way__in=["routed", "not_ours", "declined"])
    nos = [walk.one(list(sorted_out.order_by("no"))).no]
    return parting.lead_out(case, nos=nos, leading=told, letter=_letter(walk, case), **acting(by))


@step("split")
def split(walk: Walk, case: Case, by: Actor) -> object:
    return parting.split(case, nos=_numbers(walk, case, led_at=None)[:1], matter="另一件", **acting(by))


@step("exempt_notice")
def exempt_notice(walk: Walk, case: Case, by: Actor) -> object:
    return elsewhere.exempt_notice(case, reason="没有留下姓名和地址", **acting(by))


@step("resume_notice")
def resume_notice(walk: Walk, case: Case, by: Actor) -> object:
    return elsewhere.resume_notice(case, reason="打电话核实了", **acting(by))


# between offices


@step("transfer")
def transfer(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.transfer(case, to=walk.unit(), letter=_letter(walk, case), **acting(by))


@step("order")
def order(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.order(case, to=walk.unit(), requirements="查清并答复", letter=_letter(walk, case), **acting(by))


@step("take_over")
def take_over(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.take_over(case, **acting(by))


@step("object", "object_late")
def object_to(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.object_to(case, reason="应由别的单位办", proposed=walk.unit(), **acting(by))


@step("agree_objection")
def agree_objection(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.agree_objection(case, **acting(by))


@step("refuse_objection")
def refuse_objection(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.refuse_objection(case, reason="人事关系在你们那里", **acting(by))


@step("raise_dispute")
def raise_dispute(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.raise_dispute(case, reason="合同不是我们签的", **acting(by))


@step("decide_jurisdiction")
def decide_jurisdiction(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.decide_jurisdiction(case, unit=walk.unit(), reason="由用人单位办", **acting(by))


@step("report_back")
def report_back(walk: Walk, case: Case, by: Actor) -> object:
    report = dispatch.Report("查清了", "补发了", "《劳动法》第五十条", "已经答复")
    return dispatch.report_back(case, report=report, **acting(by))


@step("accept_report")
def accept_report(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.accept_report(case, **acting(by))


@step("return_report")
def return_report(walk: Walk, case: Case, by: Actor) -> object:
    return dispatch.return_report(case, reason="没有写清楚", **acting(by))


@step("hand_over")
def hand_over(walk: Walk, case: Case, by: Actor) -> object:
    return succession.hand_over(case, **acting(by))


# handling


@step("assign")
def assign(walk: Walk, case: Case, by: Actor) -> object:
    return handling.assign(case, to=walk.unit(), **acting(by))


@step("take_in")
def take_in(walk: Walk, case: Case, by: Actor) -> object:
    handler = walk.account(where=case.unit, role=Role.HANDLER) if walk.chance(85) else None
    return handling.take_in(case, handler=handler, **acting(by))


@step("send_back", "send_back_late")
def send_back(walk: Walk, case: Case, by: Actor) -> object:
    return handling.send_back(case, reason="不归我们", proposed=walk.unit(), **acting(by))


@step("agree_send_back")
def agree_send_back(walk: Walk, case: Case, by: Actor) -> object:
    return handling.agree_send_back(case, **acting(by))


@step("refuse_send_back")
def refuse_send_back(walk: Walk, case: Case, by: Actor) -> object:
    return handling.refuse_send_back(case, reason="归你们", **acting(by))


@step("co_handle")
def co_handle(walk: Walk, case: Case, by: Actor) -> object:
    return co_handling.co_handle(case, unit=walk.unit(), asked="请提供考勤表", **acting(by))


@step("answer_co_handling")
def answer_co_handling(walk: Walk, case: Case, by: Actor) -> object:
    return co_handling.answer_co_handling(case, text="考勤表见附件", **acting(by))


@step("end_co_handling")
def end_co_handling(walk: Walk, case: Case, by: Actor) -> object:
    row = walk.one(list(CoHandling.objects.filter(case=case).order_by("pk")))
    return co_handling.end_co_handling(case, co_handling_id=row.pk, **acting(by))


@step("contact")
def contact(walk: Walk, case: Case, by: Actor) -> object:
    return handling.contact(case, way="phone", told="正在核实", to=walk.told(case), **acting(by))


@step("note")
def note(walk: Walk, case: Case, by: Actor) -> object:
    return handling.note(case, text="去财务科看了工资表", **acting(by))


@step("add_evidence")
def add_evidence(walk: Walk, case: Case, by: Actor) -> object:
    return handling.add_evidence(case, text="工资表", uploads=walk.scan(), **acting(by))


@step("ask")
def ask(walk: Walk, case: Case, by: Actor) -> object:
    return handling.ask(case, question="是哪三个月？", to=walk.told(case), **acting(by))


@step("answer")
def answer(walk: Walk, case: Case, by: Actor) -> object:
    question = walk.one(list(Note.objects.filter(case=case, kind=Note.Kind.QUESTION).order_by("pk")))
    return handling.answer(question, question.filing or walk.filing(case), text="七月到九月", **acting(by))


@step("add")
def add(walk: Walk, case: Case, by: Actor) -> object:
    return handling.add(walk.filing(case), text="补充一点", **acting(by))


@step("request_extension")
def request_extension(walk: Walk, case: Case, by: Actor) -> object:
    return handling.request_extension(case, days=walk.one([10, 30, 30, 31]), reason="要等外地的材料", **acting(by))


def _decide_extension(walk: Walk, case: Case, by: Actor, is_approved: bool) -> object:
    row = walk.one(list(Extension.objects.filter(case=case).order_by("pk")))
    said = walk.letter(case) | {"refusal_reason": "" if is_approved else "来得及"}
    return handling.decide_extension(row, is_approved=is_approved, **said, **acting(by))


@step("approve_extension")
def approve_extension(walk: Walk, case: Case, by: Actor) -> object:
    return _decide_extension(walk, case, by, True)


@step("refuse_extension")
def refuse_extension(walk: Walk, case: Case, by: Actor) -> object:
    return _decide_extension(walk, case, by, False)


# deciding


@step("draft")
def draft(walk: Walk, case: Case, by: Actor) -> object:
    outcomes = deciding.outcomes(case)
    answers = [
        deciding.Answer(row.no, "查实了。", "《劳动法》第五十条", walk.one(outcomes), "下月底前办好")
        for row in Demand.objects.filter(case=case).order_by("no")
        if row.is_own
    ]
    return deciding.draft(case, findings="看了工资表和考勤表。", answers=answers, **acting(by))


@step("approve")
def approve(walk: Walk, case: Case, by: Actor) -> object:
    return deciding.approve(case, **acting(by))


@step("return_draft")
def return_draft(walk: Walk, case: Case, by: Actor) -> object:
    return deciding.return_draft(case, reason="依据没写全", **acting(by))


@step("seal")
def seal(walk: Walk, case: Case, by: Actor) -> object:
    return deciding.seal(case, **acting(by))


@step("deliver", "serve")
def deliver(walk: Walk, case: Case, by: Actor) -> object:
    return deciding.deliver(case, **walk.letter(case), **acting(by))


@step("keep_answer")
def keep_answer(walk: Walk, case: Case, by: Actor) -> object:
    return deciding.keep_answer(case, **acting(by))


@step("record_receipt")
def record_receipt(walk: Walk, case: Case, by: Actor) -> object:
    return deciding.record_receipt(case, received_on=today(), **acting(by))


@step("confirm")
def confirm(walk: Walk, case: Case, by: Actor) -> object:
    return deciding.confirm(walk.filing(case), **acting(by))


@step("execute")
def execute(walk: Walk, case: Case, by: Actor) -> object:
    rows = Demand.objects.filter(case=case, executed_at=None).order_by("no")
    return deciding.execute(case, demand_no=walk.one([row.no for row in rows]), text="补发到卡里了", **acting(by))


@step("settle_recount")
def settle_recount(walk: Walk, case: Case, by: Actor) -> object:
    waiting = Clock.objects.filter(subject=case.subject_id, counted_on__isnull=False).order_by("pk")
    clock = walk.one(list(waiting))
    return limits.settle_recount(case, clock, is_taken=walk.chance(50), reason="已经告知", **acting(by))


# commitments, aid


@step("note_harms")
def note_harms(walk: Walk, case: Case, by: Actor) -> object:
    return commitments.note_harms(case, harms=walk.some(["no_income", "injury", "safety"])[:2], **acting(by))


@step("promise")
def promise(walk: Walk, case: Case, by: Actor) -> object:
    return commitments.start_due(server_now())


@step("keep_commitment")
def keep_commitment(walk: Walk, case: Case, by: Actor) -> object:
    return commitments.keep_commitment(case, way="phone", told="还在核实", to=walk.told(case), **acting(by))


@step("decline_contact")
def decline_contact(walk: Walk, case: Case, by: Actor) -> object:
    return commitments.decline_contact(walk.filing(case), **acting(by))


@step("want_contact")
def want_contact(walk: Walk, case: Case, by: Actor) -> object:
    return commitments.want_contact(walk.filing(case), **acting(by))


@step("ask_aid")
def ask_aid(walk: Walk, case: Case, by: Actor) -> object:
    return aid.ask_aid(case, kind=walk.one(["money", "legal"]), reason="没有钱买药", **acting(by))


@step("wish_aid")
def wish_aid(walk: Walk, case: Case, by: Actor) -> object:
    return aid.wish_aid(walk.filing(case), kind=walk.one(["money", "medical"]), reason="没有钱买药", **acting(by))


def _aid(walk: Walk, case: Case) -> Aid:
    return walk.one(list(Aid.objects.select_related("case").filter(case=case).order_by("pk")))


@step("give_aid")
def give_aid(walk: Walk, case: Case, by: Actor) -> object:
    return aid.give_aid(_aid(walk, case), given="发了困难补助", **acting(by))


@step("end_aid")
def end_aid(walk: Walk, case: Case, by: Actor) -> object:
    return aid.end_aid(_aid(walk, case), reason="已经给了", **acting(by))
