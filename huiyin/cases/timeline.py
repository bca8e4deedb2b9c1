"""What happened, in sentences: for staff everything with both dates, for the employee everything but what would expose others.

Codes stand in the events, words here: wording can change, the record can't.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from huiyin.cases import together
from huiyin.cases.models import Case, Filing, Stage
from huiyin.cases.models.case import Classification
from huiyin.cases.models.filing import Channel
from huiyin.org.models import Unit
from huiyin.org.permissions import Role
from huiyin.trail.canonical import read_body
from huiyin.trail.models import Event

LATE_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Entry:
    """One line of a timeline. `is_late`: entered more than a day after it happened; both dates are shown then."""

    at: datetime
    recorded_at: datetime
    code: str
    sentence: str
    who: str
    is_late: bool


# act → (for staff, for the employee; '' where the employee's page does not show it)
SENTENCES: Mapping[str, tuple[str, str]] = {
    "receive": ("收到来件，出具回执", "我们收到了您反映的问题"),
    "register": ("登记编号", "已登记，正在研判"),
    "read_back": ("核对笔录", "向您宣读了笔录，由您核对"),
    "name_representatives": ("登记共同推选的代表", "已登记你们推选的代表"),
    "answer_above": ("回复上级", ""),
    "report_instruction": ("向领导报告批示办理情况", ""),
    "object_above": ("向上级提出异议", ""),
    "join": ("并入已有事项", "与您之前反映的同一问题合并办理"),
    "take_filing": ("并入一件重复来件", ""),
    "classify": ("研判分类", ""),
    "seal_lane": ("转纪检监察办理", "已转纪检监察人员办理，其他人看不到"),
    "seal_along": ("随主件转纪检监察办理", "已转纪检监察人员办理，其他人看不到"),
    "accept": ("受理，并书面告知", "已受理，请查看《受理告知书》"),
    "decline": ("不予受理，并书面告知", "不予受理，理由和应当去的地方请查看告知书"),
    "advise": ("查法定途径和期限，告知反映人", "我们查了您可以走的法定途径和最后一天，请查看"),
    "bring_facts": ("反映人带来查法定途径时填的情况", "您带来了查法定途径时填的情况"),
    "route_out": ("告知法定途径", "这个问题有法定途径，期限和材料请查看告知书"),
    "refer": ("不属于本单位，书面告知向哪里提出", "这个问题不属于本单位，应当向哪里提出请查看告知书"),
    "no_longer": ("不再受理，并书面告知", "这件事已经复查、复核，不再受理，理由请查看告知书"),
    "sort_demands": ("逐项定去向", ""),
    "lead_out": ("书面告知部分诉求的去向", "您的部分请求另有去向，请查看告知书"),
    "split": ("拆出部分诉求另立一件", "您的部分请求另立一件办理，两件都能在这里查到"),
    "split_off": ("从另一件事项拆出，另立编号", "从您反映的问题中拆出，单独办理"),
    "exempt_notice": ("姓名地址不清，免予书面告知", ""),
    "resume_notice": ("已知姓名地址，恢复书面告知", ""),
    "transfer": ("转送，并书面告知去向", "已转送有权处理的单位，请查看《去向告知书》"),
    "order": ("交办，并书面告知去向", "已交给有权处理的单位办理，请查看《去向告知书》"),
    "take_over": ("签收转来的事项", "收到的单位已经签收，正在研判"),
    "object": ("提出异议，说明理由", ""),
    "object_late": ("逾期提出异议，仍由其办理", ""),
    "agree_objection": ("同意异议，收回办理", "正在重新确定由谁办理"),
    "refuse_objection": ("不同意异议，说明理由", ""),
    "raise_dispute": ("管辖有争议，报共同上级决定", "由谁办理有不同意见，已报上级决定"),
    "decide_jurisdiction": ("共同上级决定由谁受理", "上级已经决定由谁办理"),
    "report_back": ("报送办结报告", ""),
    "accept_report": ("同意办结报告", ""),
    "return_report": ("退回办结报告", ""),
    "hand_over": ("单位撤并，交承接单位", "原单位已撤并，由承接的单位继续办理"),
    "assign": ("分办", "已交给承办单位"),
    "take_in": ("签收", "承办单位已接手，开始办理"),
    "send_back": ("要求退回，并说明理由", ""),
    "send_back_late": ("逾期要求退回，仍由其办理", ""),
    "agree_send_back": ("同意退回", "正在重新确定承办单位"),
    "refuse_send_back": ("不同意退回，说明理由", ""),
    "co_handle": ("请单位协办", ""),
    "answer_co_handling": ("协办单位答复", ""),
    "end_co_handling": ("撤销协办", ""),
    "contact": ("联系反映人", "工作人员与您联系并告知进展"),
    "note": ("写办理记录", ""),
    "add_evidence": ("存调查材料", ""),
    "ask": ("请反映人补充", "有一个问题需要您补充"),
    "answer": ("反映人答复提问", "您答复了提问"),
    "add": ("反映人补充材料", "您补充了材料"),
    "request_extension": ("申请延期", ""),
    "approve_extension": ("批准延期，并书面告知", "情况复杂，办理期限已延长，理由请查看《延期告知书》"),
    "refuse_extension": ("不同意延期", ""),
    "draft": ("起草处理意见", "处理意见已起草，正在审批"),
    "approve": ("批准处理意见", ""),
    "return_draft": ("退回修改处理意见", ""),
    "seal": ("处理意见书用印", "处理意见书已作出"),
    "deliver": ("送达处理意见书", "处理意见书已送出，请查看"),
    "keep_answer": ("姓名地址不清，答复存卷", "答复已经作出"),
    "serve": ("送达文书", "有一份给您的文书已送出，请查看"),
    "record_receipt": ("登记收到日期", "已登记您收到处理意见书的日期"),
    "confirm": ("反映人确认收到", "您确认收到处理意见书"),
    "execute": ("登记落实情况", "支持您的一项请求已落实"),
    "rate": ("反映人评价", "您作出了评价"),
    "close": ("办结", "已办结"),
    # review, hearing, mediation
    "ask_review": ("反映人请求复查或者复核", "我们收到了您的请求，等待受理"),
    "record_review": ("登记复查或者复核请求", "已登记您的请求，等待受理"),
    "ask_along": ("另一位反映人一并请求复查或者复核", "我们收到了您的请求，一并审查"),
    "record_along": ("登记另一位反映人的请求", "已登记您的请求，一并审查"),
    "take_up_review": ("受理复查或者复核请求，并书面告知", "上一级单位已受理请求，正在审查"),
    "refuse_review": ("不予受理复查或者复核请求，并书面告知", "请求超过期限，没有受理，理由请查看告知书"),
    "decide_review": ("作出复查或者复核意见", "上一级单位已作出意见，正在送达"),
    "deliver_review": ("送达复查或者复核意见书", "意见书已送出，请查看"),
    "deliver_redo": ("送达意见书，撤销处理意见，发回重新办理", "原处理意见已撤销，重新办理，请查看意见书"),
    "serve_review": ("送达一份复查或者复核意见书", "意见书已送出，请查看"),
    "move_review": ("机构调整，改由再上一级单位审查", "机构调整，改由再上一级单位审查"),
    "pass_on_review": ("移送外部机关复查或者复核", "您的请求已移送有权审查的机关"),
    "enter_opinion": ("登记外部机关的意见", "有权审查的机关已作出意见"),
    "enter_redo": ("登记外部机关撤销处理意见，重新办理", "原处理意见已撤销，重新办理"),
    "enter_refusal": ("登记外部机关不予受理", "有权审查的机关没有受理请求，理由请看它的文书"),
    "end": ("三级终结", "三级程序已经终结；帮扶和已定的落实继续"),
    "announce_hearing": ("通知听证", "将举行听证，时间地点请查看通知书"),
    "open_hearing": ("听证开始", "听证开始"),
    "end_hearing": ("听证结束，形成笔录和报告", "听证结束"),
    "call_off_hearing": ("取消听证", "听证取消了"),
    "begin_mediation": ("双方同意，开始调解", "双方同意，开始调解"),
    "end_mediation": ("调解没有达成协议", "调解没有达成协议，继续办理"),
    "settle": ("达成协议", "达成协议，请查看协议书，接下来履行"),
    "withdraw": ("反映人撤回", "您撤回了"),
    "withdraw_filing": ("反映人撤回一件来件", "您撤回了"),
    "void": ("作废", "这次登记有误，已作废"),
    "reopen": ("重新办理", "重新办理"),
    "resume": ("恢复办理", "恢复办理"),
    "read_report": ("打开检举内容", ""),
    "note_report": ("写办理记录", ""),
    "reply_report": ("答复检举人", "有一份给您的答复"),
    "declare_recusal": ("一名工作人员申报回避", ""),
    "ask_recusal": ("反映人请求工作人员回避", "您请求有关工作人员回避，决定前他不参与办理"),
    "decide_recusal": ("作出回避决定，并书面告知", "已对回避作出决定，请查看《回避决定书》"),
    "name_object": ("登记反映的是谁，加密保存", ""),
    "attach_retaliation": ("来件反映因另一件事项受到打击报复", ""),
    "name_accused": ("记下反映的是谁，相关单位和人员不再看到", ""),
    "stand_aside": ("一名纪检监察人员回避", ""),
    "refer_outside": ("移送上级纪检监察机关", "已移送上级纪检监察机关，请查看答复"),
    "conclude_report": ("检举事项办结", "已办结，请查看答复"),
    "open_identity": ("查看反映人身份", "有工作人员查看了您的身份信息"),
    "ask_opening": ("申请查看保密身份", "有工作人员申请查看您的身份，需另一人同意"),
    "decide_opening": ("决定是否查看保密身份", "对查看您身份的申请作出了决定"),
    "look_up": ("核对是否重复反映", "工作人员核对了是否重复反映"),
    "renew_code": ("换发查询码", "换发了查询码，旧码已作废"),
    "note_harms": ("登记困难情形", "登记了您遇到的困难，会按此联系您"),
    "promise": ("作出联系承诺", "承诺按期告诉您进展"),
    "keep_commitment": ("按承诺告知进展", "按承诺告诉了您进展"),
    "decline_contact": ("反映人不用定期联系", "您说不用定期联系"),
    "want_contact": ("反映人请继续联系", "您请我们继续联系"),
    "ask_aid": ("向工会申请帮扶", "为您向工会申请了帮扶"),
    "wish_aid": ("反映人申请帮扶", "您申请了帮扶"),
    "give_aid": ("记录帮扶", "工会记录了给您的帮扶"),
    "end_aid": ("结束帮扶", "这项帮扶已经结束"),
    "take_file": ("取走卷宗", "有工作人员取走了整件卷宗，目的写在“谁看过”"),
    "take_report_file": ("取走卷宗", ""),
    "interview": ("调查谈话", "进行了调查谈话 1 次"),
    "interview_report": ("调查谈话", ""),
    "follow_up": ("跟进不满意的评价", "就您的评价作了跟进，请看“来往”"),
    "call_back": ("电话回访", "电话回访了您，请看“来往”"),
    "settle_recount": ("确认重算后的期限", "按新公布的放假安排，确认了期限"),
    "clock_recounted": ("按新公布的放假安排重算期限", "按新公布的放假安排，期限已重新计算"),
}

# The same on a suggestion, where it reads otherwise: it is studied and answered, nobody decides on a claim.
ANSWER_SENTENCES: Mapping[str, tuple[str, str]] = {
    "receive": ("收到来件，出具回执", "我们收到了您的建议"),
    "accept": ("受理，并书面告知", "已受理，会认真研究您的建议，请查看《受理告知书》"),
    "take_in": ("签收", "承办单位已接手，开始研究您的建议"),
    "draft": ("起草答复", "答复已起草，正在审批"),
    "approve": ("批准答复", ""),
    "return_draft": ("退回修改答复", ""),
    "seal": ("答复意见书用印", "答复意见书已作出"),
    "deliver": ("送达答复意见书", "答复意见书已送出，请查看"),
    "record_receipt": ("登记收到日期", "已登记您收到答复意见书的日期"),
    "confirm": ("反映人确认收到", "您确认收到答复意见书"),
    "execute": ("登记落实情况", "采纳您的一项建议已落实"),
}

# Stages as the employee reads them.
STAGE_WORDS: Mapping[str, str] = {
    Stage.RECEIVED: "已收到，等待登记",
    Stage.REGISTERED: "已登记，正在研判由谁来办",
    Stage.DISPATCHED: "已转到有权处理的单位，等待签收",
    Stage.OBJECTED: "正在确定由谁办理",
    Stage.DISPUTED: "由谁办理有不同意见，上级正在决定",
    Stage.ACCEPTED: "已受理，正在确定承办单位",
    Stage.ASSIGNED: "已受理，等待承办单位接手",
    Stage.SENT_BACK: "已受理，正在确定承办单位",
    Stage.HANDLING: "已受理，正在调查",
    Stage.DRAFTED: "正在审批处理意见",
    Stage.APPROVED: "处理意见即将作出",
    Stage.DECIDED: "处理意见已作出，正在送达",
    Stage.DELIVERED: "处理意见已送达",
    Stage.REVIEW_ASKED: "请求已收到，等待上一级单位受理",
    Stage.IN_REVIEW: "上一级单位正在审查",
    Stage.REVIEWED: "上一级单位已作出意见，正在送达",
    Stage.ENDED: "三级程序已经终结",
    Stage.NO_LONGER: "不再受理，已告知理由",
    Stage.INSPECTED: "由纪检监察人员办理",
    Stage.CLOSED: "已办结",
    Stage.NOT_OURS: "不属于本单位，已告知向哪里提出",
    Stage.DECLINED: "不予受理，已告知理由",
    Stage.ROUTED_OUT: "已告知您法定途径",
    Stage.WITHDRAWN: "您已撤回",
    Stage.VOIDED: "登记有误，已作废",
    Stage.JOINED: "已与同一问题合并办理",
}

REVIEW_STAGE_WORDS: Mapping[tuple[str, int], str] = {
    (Stage.REVIEW_ASKED, 1): "复查请求已收到，等待上一级单位受理",
    (Stage.REVIEW_ASKED, 2): "复核请求已收到，等待上一级单位受理",
    (Stage.IN_REVIEW, 1): "上一级单位正在复查",
    (Stage.IN_REVIEW, 2): "上一级单位正在复核",
    (Stage.REVIEWED, 1): "复查意见已作出，正在送达",
    (Stage.REVIEWED, 2): "复核意见已作出，正在送达",
}

ANSWER_STAGE_WORDS: Mapping[str, str] = {
    Stage.HANDLING: "已受理，正在研究您的建议",
    Stage.DRAFTED: "正在审批给您的答复",
    Stage.APPROVED: "答复即将作出",
    Stage.DECIDED: "答复已作出，正在送达",
    Stage.DELIVERED: "答复已送达",
}

# What comes next, in the employee's words.
NEXT_WORDS: Mapping[str, str] = {
    Stage.RECEIVED: "我们会登记并书面告诉您怎样处理",
    Stage.REGISTERED: "我们会书面告诉您是否受理、由谁办理",
    Stage.DISPATCHED: "收到的单位会书面告诉您是否受理",
    Stage.OBJECTED: "确定由谁办理后会书面告诉您",
    Stage.DISPUTED: "确定由谁办理后会书面告诉您",
    Stage.ACCEPTED: "承办单位会接手办理",
    Stage.ASSIGNED: "承办单位会接手并联系您",
    Stage.SENT_BACK: "承办单位会接手并联系您",
    Stage.HANDLING: "承办单位会书面答复您",
    Stage.DRAFTED: "处理意见审批后会送达给您",
    Stage.APPROVED: "处理意见书会送达给您",
    Stage.DECIDED: "处理意见书会送达给您",
    Stage.DELIVERED: "支持您的请求会落实，请您评价",
    Stage.REVIEW_ASKED: "上一级单位会书面告诉您是否受理",
    Stage.IN_REVIEW: "上一级单位会书面答复您",
    Stage.REVIEWED: "意见书会送达给您",
    Stage.INSPECTED: "纪检监察人员会在这里答复您",
}


ANSWER_NEXT_WORDS: Mapping[str, str] = {
    Stage.HANDLING: "承办单位会逐项研究，书面答复您",
    Stage.DRAFTED: "答复审批后会送达给您",
    Stage.APPROVED: "答复意见书会送达给您",
    Stage.DECIDED: "答复意见书会送达给您",
    Stage.DELIVERED: "采纳的建议会落实，请您评价",
}


def for_staff(case: Case, known: Iterable[Unit | None] = ()) -> list[Entry]:
    """Every event of the case, newest first, with who did it. Units that are `known` already aren't read again."""
    rows = [
        (event, read_body(bytes(event.canonical)))
        for event in Event.objects.filter(subject=case.subject_id).order_by("-seq")
    ]
    units = {unit.pk: unit for unit in known if unit is not None}
    if lacking := {body["by"].get("unit", 0) for _, body in rows} - {0, *units}:
        units |= {unit.pk: unit for unit in Unit.objects.filter(pk__in=lacking)}
    said = sentences_of(case)
    return [
        _entry(event, said.get(event.act, (event.act, ""))[0] + _detail(event.act, body), _who(body["by"], units))
        for event, body in rows
    ]


def for_employee(filing: Filing) -> list[Entry]:
    """What the employee may read, newest first: no notes of the investigation, no names of staff, nothing of others.

    The events of the own case; where it was joined into another, from then on those of that one too.
    """
    found: list[Entry] = []
    since: datetime | None = None
    for case in together.chain(filing.case):
        is_own, joined_at, said = case.pk == filing.case_id, None, sentences_of(case)
        for event in Event.objects.filter(subject=case.subject_id).order_by("seq"):
            body = read_body(bytes(event.canonical))
            sentence = said.get(event.act, ("", ""))[1]
            joined_at = event.recorded_at if event.act == "join" else joined_at
            if sentence and (since is None or event.recorded_at > since) and _concerns(filing, body, is_own=is_own):
                found.append(_entry(event, sentence + (_detail(event.act, body) if is_own else "")))
        since = joined_at
    return found[::-1]


def sentences_of(case: Case) -> Mapping[str, tuple[str, str]]:
    """Act → (for staff, for the employee), in the words of the case's class."""
    return {**SENTENCES, **ANSWER_SENTENCES} if case.is_suggestion else SENTENCES


def _entry(event: Event, sentence: str, who: str = "") -> Entry:
    is_late = event.recorded_at - event.at > LATE_AFTER
    return Entry(event.at, event.recorded_at, event.act, sentence, who, is_late)


# Steps about one filing or one filer's identity: on the page of the filing they name, else of the case's own filing.
ABOUT_ONE = frozenset(
    {
        "register",
        "read_back",
        "ask",
        "contact",
        "follow_up",
        "call_back",
        "keep_commitment",
        "decline_contact",
        "want_contact",
        "wish_aid",
        "deliver",
        "serve",
        "record_receipt",
        "ask_review",
        "record_review",
        "ask_along",
        "record_along",
        "refuse_review",
        "serve_review",
        "open_identity",
        "ask_opening",
        "decide_opening",
        "look_up",
        "renew_code",
    }
)


def _concerns(filing: Filing, body: dict[str, Any], *, is_own: bool) -> bool:
    """Whether this filing's page shows an event. Events from before filings were named are the case's own filer's."""
    facts = body["facts"]
    if body["act"] == "withdraw_filing" and not is_own:
        return False  # stands in the own case's record too
    if named := facts.get("filing") or facts.get("to"):
        return filing.reference in str(named).split() or (
            body["act"] not in ABOUT_ONE and body["by"]["kind"] == "staff"
        )
    return is_own or (body["by"]["kind"] != "employee" and body["act"] not in ABOUT_ONE)


def _who(by: dict[str, Any], units: dict[int, Unit]) -> str:
    if by["kind"] == "employee":
        return "反映人"
    if by["kind"] == "system":
        return "系统"
    role = Role(by["role"]).label if by.get("role") in Role.values else "工作人员"
    unit = units.get(by.get("unit", 0))
    return f"{unit.short_name} {role}" if unit else role


def _detail(act: str, body: dict[str, Any]) -> str:
    case = body["sets"].get("case", {})
    if act == "receive" and (came := _channel(body)):
        return f"（{came}）"
    if act == "register" and case.get("number"):
        return f"（{case['number']}）"
    if act == "classify" and case.get("classification") in Classification.values:
        return f"（{Classification(case['classification']).label}）"
    return ""


def _channel(body: dict[str, Any]) -> str:
    """How a filing came that staff took in; of what came on the web nothing is said."""
    codes = [sets.get("channel") for name, sets in body["sets"].items() if name.startswith("filing:")]
    known = [Channel(code).label for code in codes if code in Channel.values and code != Channel.WEB]
    return str(known[0]) if known else ""


def stage_for_employee(case: Case, *, is_withdrawn: bool = False) -> str:
    """Where the case stands, in the employee's words; to whom withdrew the own filing, that."""
    if is_withdrawn:
        return STAGE_WORDS[Stage.WITHDRAWN]
    words = ANSWER_STAGE_WORDS.get(case.stage) if case.is_suggestion else None
    words = words or REVIEW_STAGE_WORDS.get((case.stage, case.review_step))
    return words or STAGE_WORDS[case.stage]


def next_for_employee(case: Case) -> tuple[str, date | None]:
    """What comes next and by when; ('', None) for an ended case."""
    words = {**NEXT_WORDS, **ANSWER_NEXT_WORDS} if case.is_suggestion else NEXT_WORDS
    sentence = words.get(case.stage, "")
    return sentence, case.next_due_on if sentence else None
