"""Every step of the table: those from filing to decision (`walk_to_decision`), and here what comes after and beside.

`WAYS[code](walk, case, by)` tries a step through its public act; `hand(walk, code, case)` draws who tries it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from huiyin.cases import (
    access,
    accused,
    closing,
    dossier,
    follow_ups,
    hearing,
    identity,
    interviews,
    mediation,
    recusal,
    retaliation,
    review,
    review_outside,
)
from huiyin.cases.models import CallBack, Case, Demand, Filing, FollowUp, Opening, Recusal
from huiyin.cases.models.case import Outcome
from huiyin.cases.steps import STEPS
from huiyin.kernel.actors import Actor, Employee, System
from huiyin.org.models import User
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now
from tests.cases.walk_ground import Nothing, Walk, file, person
from tests.cases.walk_to_decision import WAYS, acting, step, today

__all__ = ["WAYS", "Nothing", "Walk", "file", "hand", "person"]


def hand(walk: Walk, code: str, case: Case) -> Actor:
    """Who tries the step: five times in six somebody who may, else anybody of the cast."""
    needs = STEPS[code].needs
    if code == "promise":
        return System("test")
    if walk.chance(16):
        names = sorted(walk.world.people)
        people: list[Actor] = [person(walk, walk.one(names)), *walk.employees]
        return walk.one(people)
    if needs is None:
        filing = Filing.objects.filter(case=case).order_by("pk").first()
        return walk.one([*walk.employees, Employee(filing_id=filing.pk if filing else None)])
    names = sorted(walk.world.people)
    walk.dice.shuffle(names)
    for name in names:
        by = person(walk, name)
        if access.may(by, needs, case):
            return by
    return person(walk, names[0])


# the end


@step("rate")
def rate(walk: Walk, case: Case, by: Actor) -> object:
    grades = ["satisfied", "basically", "not"]
    said: dict[str, Any] = {"office": walk.one(grades), "unit": walk.one(grades)}
    return closing.rate(walk.filing(case), **said, is_solved=walk.chance(50), **acting(by))


@step("close")
def close(walk: Walk, case: Case, by: Actor) -> object:
    return closing.close(case, **acting(by))


@step("withdraw", "withdraw_filing")
def withdraw(walk: Walk, case: Case, by: Actor) -> object:
    return closing.withdraw(walk.filing(case), reason=walk.one(["", "解决了"]), **acting(by))


@step("void")
def void(walk: Walk, case: Case, by: Actor) -> object:
    return closing.void(case, reason="登记错了", **acting(by))


@step("reopen", "resume")
def reopen(walk: Walk, case: Case, by: Actor) -> object:
    return closing.reopen(case, reason="有新的材料", **acting(by))


@step("follow_up")
def follow_up(walk: Walk, case: Case, by: Actor) -> object:
    row = walk.one(list(FollowUp.objects.select_related("case").filter(case=case).order_by("pk")))
    result = walk.one(["talked", "reopened", "review"])
    return follow_ups.follow_up(row, way="phone", result=result, text="说明了依据", **acting(by))


@step("call_back")
def call_back(walk: Walk, case: Case, by: Actor) -> object:
    row = walk.one(list(CallBack.objects.select_related("case").filter(case=case).order_by("pk")))
    said: dict[str, Any] = walk.one([{"outcome": "not_reached"}, {"outcome": "answered", "answer": "not"}])
    return follow_ups.call_back(row, is_solved=walk.chance(50), **said, **acting(by))


@step("interview", "interview_report")
def interview(walk: Walk, case: Case, by: Actor) -> object:
    now = server_now()
    pair = ["inspector", "inspector_2"] if case.is_sealed else ["handler", walk.one(["handler_2", "handler"])]
    held = interviews.Held(
        first=pair[0], second=pair[1], recorder="officer", began_at=now - timedelta(hours=2), ended_at=now, place="会议室",
        name="李会计", content="问：工资发了吗？答：没有。", read_back="相符", refusal="不愿签名",
    )  # fmt: skip
    return interviews.interview(case, held, **acting(by))


@step("take_file", "take_report_file")
def take_file(walk: Walk, case: Case, by: Actor) -> object:
    return dossier.take_file(case, purpose=walk.one(sorted(identity.FILE_PURPOSES)), **acting(by))


# review and final review


@step("ask_review", "record_review", "ask_along", "record_along")
def ask_review(walk: Walk, case: Case, by: Actor) -> object:
    filing = walk.filing(case)
    return review.request(filing, grounds="少算了一个月。", why_late="住院了", **acting(by))


@step("take_up_review")
def take_up_review(walk: Walk, case: Case, by: Actor) -> object:
    return review.take_up(case, late_reason="住院有证明", **walk.letter(case), **acting(by))


@step("refuse_review")
def refuse_review(walk: Walk, case: Case, by: Actor) -> object:
    return review.refuse(case, reason="超过三十日，没有正当理由", **walk.letter(case), **acting(by))


def _changes(case: Case) -> list[review.Change]:
    rows = Demand.objects.filter(case=case).exclude(outcome="").order_by("no")
    return [review.Change(row.no, Outcome.SUPPORTED, "一个月内补发") for row in rows[:1]]


@step("decide_review")
def decide_review(walk: Walk, case: Case, by: Actor) -> object:
    result = walk.one(["upheld", "upheld", "changed", "sent_back"])
    return review.decide(
        case, findings="查了工资表。", reasons="算得对。", basis="《劳动法》第五十条", result=result, conclusion="重新查",
        changes=_changes(case) if result == "changed" else (), **acting(by),
    )  # fmt: skip


@step("deliver_review", "deliver_redo")
def deliver_review(walk: Walk, case: Case, by: Actor) -> object:
    return review.deliver(case, **walk.letter(case), **acting(by))


@step("serve_review")
def serve_review(walk: Walk, case: Case, by: Actor) -> object:
    waiting = review.opinions(case, review.current(case))
    return review.deliver(case, way="hand", to=[walk.one(waiting).paper.reference], **acting(by))


@step("move_review")
def move_review(walk: Walk, case: Case, by: Actor) -> object:
    return review.move(case, **acting(by))


@step("pass_on_review")
def pass_on_review(walk: Walk, case: Case, by: Actor) -> object:
    return review_outside.pass_on(case, **acting(by))


@step("enter_opinion", "enter_redo", "enter_refusal")
def enter_opinion(walk: Walk, case: Case, by: Actor) -> object:
    result = walk.one(["upheld", "upheld", "changed", "sent_back", "refused"])
    changes = _changes(case) if result == "changed" else ()
    return review_outside.enter(
        case, result=result, number="国资复〔2026〕3号", decided_on=today(), received_on=today(), text="见文书。",
        changes=changes, uploads=walk.scan(), **acting(by),
    )  # fmt: skip


@step("end")
def end(walk: Walk, case: Case, by: Actor) -> object:
    return review.end(case, **acting(by))


# hearing, mediation


@step("announce_hearing")
def announce_hearing(walk: Walk, case: Case, by: Actor) -> object:
    members = list(User.objects.filter(username__in=["stranger", "stranger_head", "mine_liaison", "union"]))
    held_at = server_now() + timedelta(days=walk.one([0, 3]))
    said = walk.letter(case)
    return hearing.announce(
        case, held_at=held_at, place="会议室", members=members, points="工资\n加班", way=said["way"],
        tracking_no=said.get("tracking_no", ""), **acting(by),
    )  # fmt: skip


@step("open_hearing")
def open_hearing(walk: Walk, case: Case, by: Actor) -> object:
    return hearing.begin(case, **acting(by))


@step("end_hearing")
def end_hearing(walk: Walk, case: Case, by: Actor) -> object:
    return hearing.end(
        case, proceedings="双方说了", participants="王小明\n人事科", read_back="念过", facts="属实", conclusion="应当补发",
        **acting(by),
    )  # fmt: skip


@step("call_off_hearing")
def call_off_hearing(walk: Walk, case: Case, by: Actor) -> object:
    return hearing.call_off(case, reason="已经说好了", **acting(by))


@step("begin_mediation")
def begin_mediation(walk: Walk, case: Case, by: Actor) -> object:
    way = walk.one(["mediation", "settlement"])
    return mediation.begin(case, way=way, consent="双方都签了字", **acting(by))


@step("end_mediation")
def end_mediation(walk: Walk, case: Case, by: Actor) -> object:
    return mediation.end(case, reason="数目谈不拢", **acting(by))


@step("settle")
def settle(walk: Walk, case: Case, by: Actor) -> object:
    said = walk.letter(case)
    return mediation.settle(
        case, facts="少发了一个月", terms="一个月内补发", carried_out_by_on=today() + timedelta(days=20),
        uploads=walk.scan(), way=said["way"], tracking_no=said.get("tracking_no", ""), **acting(by),
    )  # fmt: skip


# the sealed lane, recusal


@step("read_report")
def read_report(walk: Walk, case: Case, by: Actor) -> object:
    return closing.read_report(case, **acting(by))


@step("note_report")
def note_report(walk: Walk, case: Case, by: Actor) -> object:
    return closing.note_report(case, text="约谈了一位证人", **acting(by))


@step("reply_report")
def reply_report(walk: Walk, case: Case, by: Actor) -> object:
    return closing.reply_report(case, text="正在核查", **acting(by))


@step("conclude_report")
def conclude_report(walk: Walk, case: Case, by: Actor) -> object:
    return closing.conclude_report(case, text="已经处理", **acting(by))


@step("name_accused")
def name_accused(walk: Walk, case: Case, by: Actor) -> object:
    return accused.name(case, walk.named(), **acting(by))


@step("stand_aside")
def stand_aside(walk: Walk, case: Case, by: Actor) -> object:
    return accused.stand_aside(case, **acting(by))


@step("refer_outside")
def refer_outside(walk: Walk, case: Case, by: Actor) -> object:
    return accused.refer_outside(case, how="专人送达", **acting(by))


@step("attach_retaliation")
def attach_retaliation(walk: Walk, case: Case, by: Actor) -> object:
    """A report of its own, from a filing of any other case: the step follows from it."""
    filing = walk.one(list(Filing.objects.filter(part_of=None).order_by("pk")))
    return retaliation.report(filing, text="被调了岗", who=walk.one(["", "head"]), **acting(by))


@step("declare_recusal")
def declare_recusal(walk: Walk, case: Case, by: Actor) -> object:
    return recusal.declare(case, reason="是亲戚", **acting(by))


@step("ask_recusal")
def ask_recusal(walk: Walk, case: Case, by: Actor) -> object:
    about = walk.one(["handler", "head", "officer"])
    return recusal.ask(walk.filing(case), about=about, name="officer", reason="是亲戚", **acting(by))


@step("decide_recusal")
def decide_recusal(walk: Walk, case: Case, by: Actor) -> object:
    row = walk.one(list(Recusal.objects.select_related("case").filter(case=case).order_by("pk")))
    if walk.chance(70) and (able := recusal.deciders(row, today())):
        by = person(walk, User.objects.get(pk=able[0]).username)
    successor = walk.account(where=case.unit, role=Role.HANDLER) if case.unit and walk.chance(50) else None
    return recusal.decide(row, is_granted=walk.chance(50), reason="查过了", successor=successor, **acting(by))


@step("name_object")
def name_object(walk: Walk, case: Case, by: Actor) -> object:
    return recusal.name_object(case, walk.named(), **acting(by))


# identity


@step("open_identity")
def open_identity(walk: Walk, case: Case, by: Actor) -> object:
    return identity.open_identity(case, purpose="contact", **acting(by))


@step("ask_opening")
def ask_opening(walk: Walk, case: Case, by: Actor) -> object:
    return identity.ask_opening(case, purpose="contact", reason="要当面核实", **acting(by))


@step("decide_opening")
def decide_opening(walk: Walk, case: Case, by: Actor) -> object:
    row = walk.one(list(Opening.objects.select_related("case").filter(case=case).order_by("pk")))
    return identity.decide_opening(row, is_granted=walk.chance(70), **acting(by))


@step("look_up")
def look_up(walk: Walk, case: Case, by: Actor) -> object:
    return identity.look_up(case, kind="phone", purpose="repeat", **acting(by))
