"""How a filing came: what one channel has and the others don't, and the acts that follow from it.

Dictated words are read back and confirmed (第十九条). What an organ above sent is answered by the date it set, or objected
to within 5 working days (第二十三条第三款). 第十七、二十条.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.timezone import localtime

from huiyin.cases import access, letters, sealed
from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Arrival, Case, Dictation, Filing, FromAbove, Instruction, Ticket
from huiyin.cases.models.case import Identity
from huiyin.cases.models.filing import Channel
from huiyin.cases.steps import STEPS
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import User
from huiyin.org.permissions import Permission
from huiyin.trail.moments import server_now

DICTATED = frozenset({Channel.PHONE, Channel.VISIT})
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Details:
    """What one channel has; what belongs to another is refused, so that nothing typed gets lost unseen.

    `caller` is identity: it is sealed with the filer's. `ticket`: the number of the day in the reception room's queue.
    `scan_hash`, `scan_reader`: SHA-256 of the words a program read from a scan, and the program.
    """

    tracking_no: str = ""
    caller: str = ""
    place: str = ""
    ticket: Ticket | None = None
    sender: str = ""
    sender_number: str = ""
    sent_on: date | None = None
    task: str = ""
    answer_by: date | None = None
    leader: int | None = None
    leader_name: str = ""
    instruction: str = ""
    given_on: date | None = None
    read_back: str = ""
    refusal: str = ""
    scan_hash: str = ""
    scan_reader: str = ""


# Of which channel each detail is.
OF_CHANNEL: Mapping[str, frozenset[str]] = {
    "tracking_no": frozenset({Channel.LETTER}),
    "caller": frozenset({Channel.PHONE}),
    "place": frozenset({Channel.VISIT}),
    "ticket": frozenset({Channel.VISIT}),
    "sender": frozenset({Channel.ABOVE}),
    "sender_number": frozenset({Channel.ABOVE}),
    "sent_on": frozenset({Channel.ABOVE}),
    "task": frozenset({Channel.ABOVE}),
    "answer_by": frozenset({Channel.ABOVE}),
    "leader": frozenset({Channel.INSTRUCTION}),
    "leader_name": frozenset({Channel.INSTRUCTION}),
    "instruction": frozenset({Channel.INSTRUCTION}),
    "given_on": frozenset({Channel.INSTRUCTION}),
    "read_back": DICTATED,
    "refusal": DICTATED,
    "scan_hash": frozenset(Channel) - {Channel.WEB},
    "scan_reader": frozenset(Channel) - {Channel.WEB},
}


def of_channel(details: Details, channel: str) -> Details:
    """The details of this channel alone: a form shows one channel's fields and may hold what was typed for another."""
    kept = {name: getattr(details, name) for name, channels in OF_CHANNEL.items() if channel in channels}
    return Details(**kept)


def check(details: Details, channel: str, identity: str, *, postmark_on: date | None, at: datetime) -> Details:
    """The details cleaned. Invalid, at its field, for what is missing, contradicts itself, or is another channel's."""
    for part in fields(details):
        if getattr(details, part.name) and channel not in OF_CHANNEL[part.name]:
            raise Invalid("other_channel", "这一项不属于所选的信访形式。请核对信访形式。", field=part.name)
    on, today = localtime(at).date(), localtime(server_now()).date()
    if postmark_on and postmark_on > on:
        raise Invalid("postmark", "邮戳日期不能晚于收到日期。请核对这两个日期。", field="postmark_on")
    if details.caller and identity == Identity.ANONYMOUS:
        raise Invalid("caller", "匿名来电不记来电号码。请删去号码，或者另选身份。", field="caller")
    if channel == Channel.ABOVE:
        _check_above(details, on)
    if channel == Channel.INSTRUCTION:
        _check_instruction(details, today)
    _check_read_back(details.read_back, details.refusal)
    if details.scan_hash and not SHA256.fullmatch(details.scan_hash):
        raise Invalid("scan", "扫描件的识别记录不对。请重新上传扫描件，或者直接录入文字。", field="text")
    lines = ("tracking_no", "place", "sender", "sender_number", "leader_name")
    limits = {"tracking_no": 40, "place": 120, "sender": 80, "sender_number": 60, "leader_name": 60}
    cleaned = {
        name: chinese.clean(getattr(details, name), limit=limits[name], field=name, is_line=True) for name in lines
    }
    cleaned["instruction"] = chinese.clean(details.instruction, limit=2000, field="instruction")
    cleaned["refusal"] = chinese.clean(details.refusal, limit=300, field="refusal")
    return Details(**{part.name: cleaned.get(part.name, getattr(details, part.name)) for part in fields(details)})


def _check_above(details: Details, on: date) -> None:
    if not details.sender.strip():
        raise Invalid("sender", "请写明来文单位。", field="sender")
    if details.task not in FromAbove.Task.values:
        raise Invalid("task", "请选择是转送还是交办。", field="task")
    if details.sent_on and details.sent_on > on:
        raise Invalid("sent_on", "来文日期不能晚于收到日期。请核对这两个日期。", field="sent_on")
    if details.answer_by and details.sent_on and details.answer_by < details.sent_on:
        raise Invalid("answer_by", "要求回复的日期早于来文日期。请照来文核对。", field="answer_by")


def _check_instruction(details: Details, today: date) -> None:
    if details.leader is None and not details.leader_name.strip():
        raise Invalid("leader_name", "请选择或者写明是哪位领导批示的。", field="leader_name")
    if not details.instruction.strip():
        raise Invalid("instruction", "请照原文录入批示内容。", field="instruction")
    if details.given_on is None:
        raise Invalid("given_on", "请填写批示日期。", field="given_on")
    if details.given_on > today:
        raise Invalid("given_on", "批示日期不能晚于今天。请核对日期。", field="given_on")


def _check_read_back(way: str, refusal: str) -> None:
    if way and way not in Dictation.Way.values:
        raise Invalid("read_back", "请选择笔录是怎样核对的。", field="read_back")
    if way == Dictation.Way.REFUSED and not refusal.strip():
        raise Invalid("refusal", "请写明本人为什么不愿签名，照本人说的写。", field="refusal")


def rules_of(channel: str) -> tuple[str, ...]:
    """Limits that begin with the filing itself, besides those of every filing."""
    if channel == Channel.ABOVE:
        return ("objection_above",)
    return ("instruction",) if channel == Channel.INSTRUCTION else ()


def days_set(details: Details, at: datetime) -> dict[str, int]:
    """The limit that an organ above set, as days from the day of receipt; below 1 where its date has come already."""
    return {"answer_above": (details.answer_by - localtime(at).date()).days} if details.answer_by else {}


def keep(turn: Turn, filing: Filing, details: Details) -> None:
    """Save what the channel has with the filing, within the act that takes it in."""
    case, channel = turn.case, filing.channel
    if details.tracking_no or details.place or details.scan_hash:
        turn.keep(
            Arrival(
                case=case,
                filing=filing,
                tracking_no=details.tracking_no,
                place=details.place,
                scan_hash=details.scan_hash,
                scan_reader=details.scan_reader,
            )
        )
    if details.scan_hash:
        turn.facts["proof_read_by"] = turn.user_id
    if channel in DICTATED:
        row = Dictation(case=case, filing=filing)
        if details.read_back:
            _read_back(row, details.read_back, details.refusal, turn)
        turn.keep(row)
    if channel == Channel.ABOVE:
        turn.keep(
            FromAbove(
                case=case,
                filing=filing,
                sender=details.sender,
                sender_number=details.sender_number,
                sent_on=details.sent_on,
                task=details.task,
                answer_by=details.answer_by,
            )
        )
    if channel == Channel.INSTRUCTION:
        leader = User.objects.filter(pk=details.leader).first() if details.leader else None
        given = Instruction(case=case, filing=filing, leader=leader)
        given.given_on = details.given_on or localtime(turn.at).date()
        given.leader_name = leader.name if leader else details.leader_name
        sealed.put_text(given, details.instruction, case)
        turn.keep(given)
    if details.ticket is not None:
        _bind(details.ticket, filing)


def _bind(ticket: Ticket, filing: Filing) -> None:
    """The ticket keeps the filing that came of it; a second one from the same visit leaves it as it is."""
    done = {"state": Ticket.State.DONE, "ended_at": server_now()}
    Ticket.objects.filter(pk=ticket.pk, filing=None).update(filing=filing, **done)


def _read_back(row: Dictation, way: str, refusal: str, turn: Turn) -> None:
    row.way, row.read_back_at, row.read_back_by_id = way, turn.at, turn.user_id
    row.refusal = refusal if way == Dictation.Way.REFUSED else ""


def to_read_back(case: Case) -> QuerySet[Dictation]:
    """The dictated record of a case that nobody confirmed yet. Joined into another, it is still this case's."""
    return Dictation.objects.filter(case=case, read_back_at=None).select_related("filing", "case").order_by("pk")


def read_back(
    dictation: Dictation, *, way: str, refusal: str = "", uploads: Sequence[str] = (), by: Actor, at: datetime
) -> Dictation:
    """Record that the words were read back: confirmed aloud, signed on paper (a scan may come with it), or that who
    said them would not sign, and why. Once; Refused the second time."""
    if not way:
        raise Invalid("read_back", "请选择笔录是怎样核对的。", field="way")
    _check_read_back(way, refusal)
    with taking("read_back", dictation.case, by=by, at=at) as turn:
        row = Dictation.objects.select_related("filing").get(pk=dictation.pk)
        if row.read_back_at is not None:
            raise Refused("read_back", "这份笔录已经核对过了。请刷新页面查看。")
        _read_back(row, way, chinese.clean(refusal, limit=300, field="refusal"), turn)
        turn.keep(row)
        turn.keep_files(uploads)
        turn.facts["filing"] = row.filing.reference
    return row


def from_above(case: Case) -> FromAbove | None:
    """What an organ above sent with this case's own filing, if one did."""
    return FromAbove.objects.select_related("filing", "case").filter(case=case).order_by("pk").first()


def answer_above(
    sent: FromAbove, *, number: str, answered_on: date, uploads: Sequence[str] = (), by: Actor, at: datetime
) -> FromAbove:
    """Record the answer to the organ above: its paper's number and the day it was sent. Once. Ends its limit."""
    number = chinese.clean(number, limit=60, field="number", is_line=True)
    if not number:
        raise Invalid("number", "请填写复函的文号；没有文号的，写“无文号”和题目。", field="number")
    if answered_on > localtime(at).date():
        raise Invalid("future", "发出日期不能晚于今天。请核对日期。", field="answered_on")
    if answered_on < localtime(sent.filing.received_at).date():
        raise Invalid("before_receipt", "发出日期早于收到来文的日期。请核对日期。", field="answered_on")
    with taking("answer_above", sent.case, by=by, at=at) as turn:
        row = FromAbove.objects.select_related("filing").get(pk=sent.pk)
        if row.answered_on is not None:
            raise Refused("answered", "已经登记过回复上级。请刷新页面查看。")
        row.answered_on, row.answer_number, row.answered_by_id = answered_on, number, turn.user_id
        turn.keep(row)
        turn.keep_files(uploads)
        turn.facts["filing"] = row.filing.reference
    return row


def object_above(sent: FromAbove, *, reason: str, proposed_unit: str, by: Actor, at: datetime) -> FromAbove:
    """Object to a wrong dispatch from above: paper D9 with reasons, within 5 working days (第二十三条第三款).

    Later than that it is recorded, flagged late, and the paper says so. Until the organ above agrees the duty stays here.
    """
    reason = chinese.needed(reason, "请写明为什么不属于本单位职责。", limit=2000, field="reason")
    proposed_unit = chinese.needed(proposed_unit, "请写明应当由哪个单位办理。", limit=120, field="proposed_unit")
    with taking("object_above", sent.case, by=by, at=at) as turn:
        row = FromAbove.objects.select_related("filing").get(pk=sent.pk)
        if row.objected_on is not None:
            raise Refused("objected", "已经提出过异议。请等对方核实；对方不同意的，继续办理。")
        on, limit = localtime(at).date(), turn.running("objection_above")
        row.objected_on, row.objection = on, f"{reason}\n{proposed_unit}"
        row.is_objection_late = limit is None or on > limit.due_on
        turn.keep(row)
        turn.facts["filing"] = row.filing.reference
        papered = {
            "addressee": row.sender,
            "case_number": turn.case.number or turn.case.reference,
            "sent_number": row.sender_number or "无文号",
            "received_on": localtime(row.filing.received_at).date().isoformat(),
            "reason": reason,
            "proposed_unit": proposed_unit,
        }
        if row.is_objection_late:
            papered["lateness"] = "本函超过5个工作日提出，请一并核实。"
        letters.issue_within(turn, "D9", papered, structure.issuer(turn.case.office))
    return row


def report_instruction(
    given: Instruction, *, reported_on: date, uploads: Sequence[str] = (), by: Actor, at: datetime
) -> Instruction:
    """Record that the leader was told what came of the instruction. Once. Ends its limit."""
    if reported_on > localtime(at).date():
        raise Invalid("future", "报告日期不能晚于今天。请核对日期。", field="reported_on")
    if reported_on < given.given_on:
        raise Invalid("before_receipt", "报告日期早于批示日期。请核对日期。", field="reported_on")
    with taking("report_instruction", given.case, by=by, at=at) as turn:
        row = Instruction.objects.select_related("filing", "case__subject__key").get(pk=given.pk)
        if row.reported_on is not None:
            raise Refused("reported", "已经登记过报告。请刷新页面查看。")
        row.reported_on = reported_on
        turn.keep(row)
        turn.keep_files(uploads)
        turn.facts["filing"] = row.filing.reference
    return row


def own_filing(case: Case) -> Filing | None:
    """The filing a case came with, with what its channel has. One statement."""
    came = ("dictation", "from_above", "instruction")
    return Filing.objects.select_related("case", *came).filter(case=case).order_by("pk").first()


def offered(case: Case, filing: Filing, by: Actor) -> dict[str, str]:
    """The steps of this room that can be taken now, by code, with their label. `filing` is the case's own, as
    `own_filing` or `identity.filings` give it: no statement of its own."""
    if case.is_sealed or not access.may(by, Permission.REGISTER, case):
        return {}
    found = []
    dictation: Dictation | None = getattr(filing, "dictation", None)
    sent: FromAbove | None = getattr(filing, "from_above", None)
    if dictation and dictation.read_back_at is None:
        found.append("read_back")
    if filing.channel == Channel.VISIT and filing.headcount > 1:
        found.append("name_representatives")
    given: Instruction | None = getattr(filing, "instruction", None)
    if given and given.reported_on is None:
        found.append("report_instruction")
    if sent and sent.answered_on is None:
        found.append("answer_above")
    if sent and sent.objected_on is None:
        found.append("object_above")
    return {code: STEPS[code].label for code in found if case.stage in STEPS[code].leaves}
