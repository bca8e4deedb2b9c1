"""The step table of a case: the machine, the list of buttons, the list of tests and docs/rules/steps.md.

A step names the stages it leaves, the one it enters, whose it is, and the clocks it turns; `lifecycle.taking` takes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from huiyin.cases.models import Case, Stage
from huiyin.cases.models.case import ENDED, NOT_ACCEPTED, OPEN, UNDER_REVIEW, Classification
from huiyin.org.permissions import Permission, Role


@dataclass(frozen=True)
class Step:
    """One act on a case. `needs` None: the employee's own step. `enters` None: the case stays where it is.

    `not_for`: a class of case that has no such step. `answer_label` is what it is called on a suggestion. `of_order`: a
    button only where a report on an order is owed ("owed") or lies with the office that gave it ("laid").
    """

    label: str
    leaves: frozenset[Stage]
    enters: Stage | None
    needs: Permission | None
    stops: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    not_for: Classification | None = None
    answer_label: str = ""
    of_order: str = ""


S = Stage
P = Permission
SUGGESTION = Classification.SUGGESTION
IN_OFFICE = frozenset({S.RECEIVED, S.REGISTERED, S.ACCEPTED})
IN_UNIT = frozenset({S.HANDLING, S.DRAFTED, S.APPROVED, S.DECIDED, S.DELIVERED})
OWN_BRANCH = 6  # 第三十一条第六项: the enterprise itself investigates and answers with a 处理意见书
ON_ITS_WAY = frozenset({S.DISPATCHED, S.OBJECTED, S.DISPUTED})  # between two offices
BEFORE_DECISION = IN_OFFICE | ON_ITS_WAY | {S.ASSIGNED, S.SENT_BACK, S.HANDLING, S.DRAFTED, S.APPROVED}
ASKABLE = frozenset({S.DELIVERED, S.CLOSED})  # whoever asks for a review has a decision in hand
ANSWERED = ASKABLE | UNDER_REVIEW | {S.DECIDED, S.ENDED}
HEARD = frozenset({S.HANDLING, S.IN_REVIEW})
SERVED = (
    NOT_ACCEPTED | ON_ITS_WAY | UNDER_REVIEW | {S.ENDED} | {S.REGISTERED, S.ACCEPTED, S.ASSIGNED, S.SENT_BACK} | IN_UNIT
)
REOPENABLE = NOT_ACCEPTED | {S.WITHDRAWN}
REPORTABLE = ENDED | {S.DELIVERED}  # of what was ordered: when there is something to report
RATED = IN_UNIT | UNDER_REVIEW | {S.CLOSED, S.ENDED}  # also of a case that is handled again
UNSETTLED = OPEN - {S.INSPECTED}
AIDABLE = UNSETTLED | {S.CLOSED, S.ENDED, S.NO_LONGER}  # help goes on after the end (第三十七条)

# 条例 = 《信访工作条例》. Clock rules are those of policy.toml.
STEPS: dict[str, Step] = {
    # intake
    "register": Step("登记编号", frozenset({S.RECEIVED}), S.REGISTERED, P.REGISTER),  # 条例第二十三条
    "join": Step("并入已有事项", IN_OFFICE, S.JOINED, P.REGISTER),
    "take_filing": Step("并入新来件", OPEN - {S.INSPECTED}, None, P.REGISTER),
    # how it came (cases.arrivals)
    "read_back": Step("核对笔录", (OPEN | {S.JOINED}) - {S.INSPECTED}, None, P.REGISTER),  # 第十九条
    "name_representatives": Step("登记代表", IN_OFFICE, None, P.REGISTER),  # 第二十条第三款
    "answer_above": Step(
        "登记回复上级", frozenset(Stage) - {S.VOIDED, S.INSPECTED}, None, P.REGISTER, stops=("answer_above",)
    ),
    "report_instruction": Step(
        "登记批示办理报告", frozenset(Stage) - {S.VOIDED, S.INSPECTED}, None, P.REGISTER, stops=("instruction",)
    ),
    "object_above": Step(
        "向上级提出异议", OPEN - {S.INSPECTED}, None, P.REGISTER, stops=("objection_above",)
    ),  # 第二十三条第三款
    # triage
    "classify": Step("研判分类", frozenset({S.REGISTERED}), None, P.TRIAGE),  # 第二十九至三十一条
    "seal_lane": Step(
        "转纪检监察", BEFORE_DECISION, S.INSPECTED, P.TRIAGE, stops=("follow_up", "call_back"), starts=("report_reply",)
    ),  # 第三十条
    "seal_along": Step("随主件转纪检监察", frozenset({S.JOINED}), None, P.TRIAGE),
    "accept": Step("受理并告知", frozenset({S.REGISTERED}), S.ACCEPTED, P.TRIAGE, stops=("notice", "unaddressed")),
    "decline": Step("不予受理并告知", frozenset({S.REGISTERED}), S.DECLINED, P.TRIAGE, stops=("notice",)),
    "route_out": Step(
        "告知法定途径", frozenset({S.REGISTERED}), S.ROUTED_OUT, P.TRIAGE, stops=("notice",), not_for=SUGGESTION
    ),  # 第三十一条
    "refer": Step("告知向他处提出", frozenset({S.REGISTERED}), S.NOT_OURS, P.TRIAGE, stops=("notice",)),  # 第二十三条
    "no_longer": Step(
        "不再受理并告知", frozenset({S.REGISTERED}), S.NO_LONGER, P.TRIAGE, stops=("notice",)
    ),  # 第三十六条
    "sort_demands": Step("逐项定去向", frozenset({S.REGISTERED}), None, P.TRIAGE),  # 第三十一条
    "lead_out": Step("逐项书面告知", frozenset({S.REGISTERED}), None, P.TRIAGE),
    "split": Step("拆出另立一件", frozenset({S.REGISTERED}), None, P.TRIAGE),
    "exempt_notice": Step(
        "姓名地址不清，免予告知", frozenset({S.REGISTERED}), None, P.TRIAGE, stops=("notice",), starts=("unaddressed",)
    ),  # 第二十三条第一款
    "resume_notice": Step(
        "已知姓名地址，恢复告知", frozenset({S.REGISTERED}), None, P.TRIAGE, stops=("unaddressed",), starts=("notice",)
    ),
    # between offices of the group: 第二十三条, 第二十四条; orders and their reports after the model of 第二十二条
    "transfer": Step(
        "转送下级或其他单位",
        frozenset({S.REGISTERED}),
        S.DISPATCHED,
        P.TRIAGE,
        stops=("notice",),
        starts=("notice", "take_over", "objection"),
    ),
    "order": Step(
        "交办并要求报告",
        frozenset({S.REGISTERED}),
        S.DISPATCHED,
        P.TRIAGE,
        stops=("notice",),
        starts=("notice", "take_over", "objection", "order_answer"),
    ),
    "take_over": Step(
        "签收转来的事项", frozenset({S.DISPATCHED}), S.REGISTERED, P.TRIAGE, stops=("take_over", "objection")
    ),
    "object": Step(
        "提出异议",
        frozenset({S.DISPATCHED}),
        S.OBJECTED,
        P.TRIAGE,
        stops=("take_over", "objection"),
        starts=("objection_answer",),
    ),  # 第二十三条第三款
    "object_late": Step("逾期提出异议", frozenset({S.DISPATCHED}), None, P.TRIAGE),
    "agree_objection": Step(
        "同意异议，收回办理", frozenset({S.OBJECTED}), S.REGISTERED, P.ANSWER_SENT, stops=("objection_answer",)
    ),
    "refuse_objection": Step(
        "不同意异议",
        frozenset({S.OBJECTED}),
        S.DISPATCHED,
        P.ANSWER_SENT,
        stops=("objection_answer",),
        starts=("take_over",),
    ),
    "raise_dispute": Step(
        "报共同上级决定", frozenset({S.DISPATCHED}), S.DISPUTED, P.TRIAGE, stops=("take_over",), starts=("dispute",)
    ),  # 第二十四条
    "decide_jurisdiction": Step(
        "决定由谁受理",
        frozenset({S.DISPUTED}),
        S.DISPATCHED,
        P.DECIDE_JURISDICTION,
        stops=("dispute",),
        starts=("take_over",),
    ),
    "report_back": Step("报送办结报告", REPORTABLE, None, P.TRIAGE, stops=("order_answer",), of_order="owed"),
    "accept_report": Step("同意办结报告", REPORTABLE, None, P.ANSWER_SENT, of_order="laid"),
    "return_report": Step("退回办结报告", REPORTABLE, None, P.ANSWER_SENT, starts=("order_answer",), of_order="laid"),
    "hand_over": Step("交承接单位", OPEN, None, P.HAND_OVER),  # 第二十四条
    # routes
    "advise": Step("查法定途径和期限", IN_OFFICE | IN_UNIT, None, P.HANDLE, not_for=SUGGESTION),  # 第二十三、三十一条
    "bring_facts": Step("带来查途径的情况", frozenset({S.RECEIVED}), None, None),
    # handling
    "assign": Step("分办到承办单位", frozenset({S.ACCEPTED}), S.ASSIGNED, P.ASSIGN, starts=("take_in", "objection")),
    "take_in": Step(
        "签收",
        frozenset({S.ASSIGNED}),
        S.HANDLING,
        P.TAKE_IN,
        stops=("take_in", "objection"),
        starts=("first_contact",),
    ),
    "send_back": Step(
        "退回并说明理由",
        frozenset({S.ASSIGNED}),
        S.SENT_BACK,
        P.TAKE_IN,
        stops=("take_in", "objection"),
        starts=("objection_answer",),
    ),  # 第二十三条第三款
    "send_back_late": Step("逾期要求退回", frozenset({S.ASSIGNED}), None, P.TAKE_IN),
    "agree_send_back": Step("同意退回", frozenset({S.SENT_BACK}), S.ACCEPTED, P.ASSIGN, stops=("objection_answer",)),
    "refuse_send_back": Step(
        "不同意退回", frozenset({S.SENT_BACK}), S.ASSIGNED, P.ASSIGN, stops=("objection_answer",), starts=("take_in",)
    ),
    "co_handle": Step("请单位协办", IN_UNIT | {S.ACCEPTED}, None, P.HANDLE),  # 第二十四条
    "answer_co_handling": Step("答复协办请求", IN_UNIT | {S.ACCEPTED}, None, P.CO_HANDLE),
    "end_co_handling": Step("不再需要协办", IN_UNIT | {S.ACCEPTED}, None, P.HANDLE),
    "contact": Step("记录联系反映人", IN_UNIT, None, P.HANDLE, stops=("first_contact",)),
    "note": Step("写办理记录", IN_OFFICE | IN_UNIT, None, P.HANDLE),
    "add_evidence": Step("存调查材料", IN_UNIT, None, P.HANDLE),
    "ask": Step("请反映人补充", IN_OFFICE | IN_UNIT, None, P.HANDLE),
    "answer": Step("答复提问", OPEN, None, None),
    "add": Step("补充材料", OPEN, None, None),
    "request_extension": Step(
        "申请延期", frozenset({S.HANDLING}), None, P.HANDLE, not_for=SUGGESTION
    ),  # 第三十四条: of the 60 days of 第三十一条第六项 alone
    "approve_extension": Step("批准延期", frozenset({S.HANDLING, S.DRAFTED}), None, P.EXTEND, not_for=SUGGESTION),
    "refuse_extension": Step("不同意延期", frozenset({S.HANDLING, S.DRAFTED}), None, P.EXTEND, not_for=SUGGESTION),
    # deciding
    "draft": Step(
        "拟处理意见", frozenset({S.HANDLING}), S.DRAFTED, P.HANDLE, stops=("first_contact",), answer_label="拟答复"
    ),  # 第二十九条, 第三十二条
    "approve": Step("批准处理意见", frozenset({S.DRAFTED}), S.APPROVED, P.APPROVE, answer_label="批准答复"),
    "return_draft": Step("退回修改", frozenset({S.DRAFTED, S.APPROVED}), S.HANDLING, P.APPROVE),
    "seal": Step("核对用印", frozenset({S.APPROVED}), S.DECIDED, P.SEAL),
    "deliver": Step(
        "送达",
        frozenset({S.DECIDED}),
        S.DELIVERED,
        P.SEAL,
        stops=("decision", "redo", "suggestion_reply"),
        starts=("rating_window",),
    ),  # 第三十四、三十五条
    "keep_answer": Step(
        "姓名地址不清，答复存卷",
        frozenset({S.DECIDED}),
        S.DELIVERED,
        P.SEAL,
        stops=("decision", "suggestion_reply"),
        starts=("rating_window",),
    ),  # 第二十三条第一款
    "serve": Step("补送文书", SERVED, None, P.SEAL),  # to whoever it has not reached, in any way
    "record_receipt": Step("登记收到日期", SERVED, None, P.SEAL),
    "confirm": Step("确认收到", ANSWERED | IN_UNIT, None, None),
    "execute": Step("登记落实情况", UNDER_REVIEW | {S.DELIVERED}, None, P.HANDLE),  # 第二十九条, 第三十二条第二款
    "settle_recount": Step("确认重算后的期限", OPEN, None, P.CLOSE),  # a published calendar gave an earlier day
    # commitments (product.md §3) and aid (第二十七、三十七条)
    "note_harms": Step("登记困难情形", UNSETTLED, None, P.HANDLE),
    "promise": Step("作出联系承诺", UNSETTLED, None, P.HANDLE),
    "keep_commitment": Step("告知进展（联系承诺）", UNSETTLED, None, P.KEEP_COMMITMENT),
    "decline_contact": Step("不用定期联系我", UNSETTLED, None, None),
    "want_contact": Step("请继续联系我", UNSETTLED, None, None),
    "ask_aid": Step("申请帮扶", AIDABLE, None, P.HANDLE),
    "wish_aid": Step("申请帮扶", AIDABLE, None, None),
    "give_aid": Step("记录帮扶", AIDABLE, None, P.AID),
    "end_aid": Step("结束帮扶", AIDABLE, None, P.AID),
    # closing
    "rate": Step("评价", ANSWERED, None, None),  # 第二十一条
    "close": Step("办结", frozenset({S.DELIVERED}), S.CLOSED, P.CLOSE, stops=("rating_window", "backlog")),
    "withdraw": Step("撤回", BEFORE_DECISION | {S.INSPECTED}, S.WITHDRAWN, None),
    "withdraw_filing": Step(
        "撤回一件来件", BEFORE_DECISION | {S.INSPECTED, S.JOINED}, None, None
    ),  # others of the case stand
    "void": Step("作废", IN_OFFICE, S.VOIDED, P.REGISTER),
    "reopen": Step("重新办理", frozenset({S.CLOSED}), S.HANDLING, P.CLOSE),
    "resume": Step("恢复办理", REOPENABLE, S.REGISTERED, P.CLOSE, starts=("notice", "backlog")),
    # review and final review (第三十五条, 第三十六条)
    "ask_review": Step("请求复查、复核", ASKABLE, S.REVIEW_ASKED, None, stops=("rating_window",), not_for=SUGGESTION),
    "record_review": Step(
        "登记复查、复核请求", ASKABLE, S.REVIEW_ASKED, P.REGISTER, stops=("rating_window",), not_for=SUGGESTION
    ),
    "ask_along": Step("一并请求复查、复核", frozenset({S.REVIEW_ASKED, S.IN_REVIEW}), None, None),
    "record_along": Step("登记另一位的请求", frozenset({S.REVIEW_ASKED, S.IN_REVIEW}), None, P.REGISTER),
    "take_up_review": Step("受理请求", frozenset({S.REVIEW_ASKED}), S.IN_REVIEW, P.REVIEW),
    "refuse_review": Step(
        "不予受理请求",
        frozenset({S.REVIEW_ASKED}),
        S.DELIVERED,
        P.REVIEW,
        stops=("review", "final_review"),
        starts=("rating_window",),
    ),
    "decide_review": Step("作出复查、复核意见", frozenset({S.IN_REVIEW}), S.REVIEWED, P.REVIEW),
    "deliver_review": Step(
        "送达复查、复核意见",
        frozenset({S.REVIEWED}),
        S.DELIVERED,
        P.REVIEW,
        stops=("review", "final_review", "ask_review"),
        starts=("rating_window",),
    ),
    "deliver_redo": Step(
        "送达并发回重新办理",
        frozenset({S.REVIEWED}),
        S.HANDLING,
        P.REVIEW,
        stops=("review", "final_review", "ask_review", "execution"),
        starts=("redo",),
    ),
    "serve_review": Step("送达其中一份", frozenset({S.REVIEWED}), None, P.REVIEW),
    "move_review": Step("改由再上一级审查", frozenset({S.REVIEW_ASKED, S.IN_REVIEW}), None, P.TRIAGE),
    "pass_on_review": Step("移送外部复查、复核机关", frozenset({S.REVIEW_ASKED}), S.IN_REVIEW, P.SEAL),
    "enter_opinion": Step(
        "登记外部机关的意见",
        frozenset({S.IN_REVIEW}),
        S.DELIVERED,
        P.SEAL,
        stops=("review", "final_review", "ask_review"),
        starts=("rating_window",),
    ),
    "enter_redo": Step(
        "登记外部机关发回重办",
        frozenset({S.IN_REVIEW}),
        S.HANDLING,
        P.SEAL,
        stops=("review", "final_review", "ask_review", "execution"),
        starts=("redo",),
    ),
    "enter_refusal": Step(
        "登记外部机关不予受理",
        frozenset({S.IN_REVIEW}),
        S.DELIVERED,
        P.SEAL,
        stops=("review", "final_review"),
        starts=("rating_window",),
    ),
    "end": Step("三级终结", frozenset({S.DELIVERED}), S.ENDED, P.CLOSE, stops=("rating_window", "backlog")),
    # hearing (第三十一条第六项, 第三十六条第二款), mediation (第三十三条)
    "announce_hearing": Step("通知听证", HEARD, None, P.HEAR, not_for=SUGGESTION),
    "open_hearing": Step("听证开始", HEARD, None, P.HEAR, not_for=SUGGESTION),
    "end_hearing": Step("听证结束", HEARD | IN_UNIT, None, P.HEAR, not_for=SUGGESTION),
    "call_off_hearing": Step("取消听证", HEARD | IN_UNIT, None, P.HEAR, not_for=SUGGESTION),
    "begin_mediation": Step("开始调解", HEARD, None, P.HEAR, not_for=SUGGESTION),
    "end_mediation": Step("调解未达成协议", HEARD | IN_UNIT, None, P.HEAR, not_for=SUGGESTION),
    "settle": Step(
        "达成协议",
        HEARD,
        S.DELIVERED,
        P.HEAR,
        stops=("decision", "redo", "first_contact", "review", "final_review", "hearing_longest"),
        starts=("execution", "rating_window"),
        not_for=SUGGESTION,
    ),
    # the sealed lane
    "read_report": Step("打开内容", frozenset({S.INSPECTED, S.CLOSED}), None, P.INSPECT),
    "note_report": Step("写办理记录", frozenset({S.INSPECTED}), None, P.INSPECT),
    "reply_report": Step("答复检举人", frozenset({S.INSPECTED}), None, P.INSPECT),
    # interviews (第三十一条第六项), a bad rating and call-backs (product.md §4.5)
    "take_file": Step("取走卷宗", frozenset(Stage) - {S.INSPECTED}, None, P.CLOSE),
    "take_report_file": Step("取走卷宗", frozenset({S.INSPECTED, S.CLOSED}), None, P.INSPECT),
    "interview": Step("登记调查谈话", IN_UNIT, None, P.HANDLE),
    "interview_report": Step("登记调查谈话", frozenset({S.INSPECTED}), None, P.INSPECT),
    "follow_up": Step("跟进不满意的评价", RATED, None, P.CLOSE),
    "call_back": Step("电话回访", RATED, None, P.CLOSE),
    # recusal (条例第二十八条第三款)
    "declare_recusal": Step("申报回避", OPEN - {S.INSPECTED}, None, P.SEE_CASES),
    "ask_recusal": Step("请求回避", OPEN - {S.INSPECTED}, None, None),
    "decide_recusal": Step("决定是否回避", OPEN - {S.INSPECTED}, None, P.SEE_CASES),
    "name_object": Step("登记反映的是谁", OPEN - {S.INSPECTED}, None, P.TRIAGE),
    "attach_retaliation": Step("附在原事项上", frozenset({S.INSPECTED}), None, None),  # 第十八条, 第四十六条
    "name_accused": Step("记下反映的是谁", frozenset({S.INSPECTED, S.CLOSED, S.JOINED}), None, P.INSPECT),  # 第三十条
    "stand_aside": Step("我应当回避", frozenset({S.INSPECTED}), None, P.INSPECT),  # 第二十八条
    "refer_outside": Step(
        "移送上级纪检监察机关", frozenset({S.INSPECTED}), S.CLOSED, P.INSPECT, stops=("report_reply", "backlog")
    ),
    "conclude_report": Step("办结", frozenset({S.INSPECTED}), S.CLOSED, P.INSPECT, stops=("report_reply", "backlog")),
    # identity (product.md §3)
    "open_identity": Step("查看反映人身份", frozenset(Stage), None, P.OPEN_IDENTITY),
    "ask_opening": Step("申请查看保密身份", OPEN, None, P.OPEN_IDENTITY),
    "decide_opening": Step("决定是否查看保密身份", OPEN, None, P.APPROVE_OPENING),
    "look_up": Step("查找同一反映人的同类事项", OPEN, None, P.LOOK_UP),
    "renew_code": Step("换发查询码", frozenset(Stage), None, P.REGISTER),
}

# The watch-dog: who owes the next step in each open stage. `issuer` is the unit that issues the decision, `superior` the
# one that was asked to decide a dispute.
NEXT: dict[Stage, tuple[str, str, str]] = {
    S.RECEIVED: ("office", Role.OFFICER, "register"),
    S.REGISTERED: ("office", Role.OFFICER, "classify"),
    S.DISPATCHED: ("office", Role.OFFICER, "take_over"),
    S.OBJECTED: ("sender", Role.OFFICER, "agree_objection"),
    S.DISPUTED: ("superior", Role.CHIEF, "decide_jurisdiction"),
    S.ACCEPTED: ("office", Role.OFFICER, "assign"),
    S.ASSIGNED: ("unit", Role.LIAISON, "take_in"),
    S.SENT_BACK: ("office", Role.OFFICER, "agree_send_back"),
    S.HANDLING: ("unit", Role.HANDLER, "draft"),
    S.DRAFTED: ("issuer", Role.UNIT_HEAD, "approve"),
    S.APPROVED: ("office", Role.OFFICER, "seal"),
    S.DECIDED: ("office", Role.OFFICER, "deliver"),
    S.DELIVERED: ("office", Role.OFFICER, "close"),
    S.REVIEW_ASKED: ("reviewer", Role.REVIEWER, "take_up_review"),
    S.IN_REVIEW: ("reviewer", Role.REVIEWER, "decide_review"),
    S.REVIEWED: ("reviewer", Role.REVIEWER, "deliver_review"),
    S.INSPECTED: ("office", Role.INSPECTOR, "conclude_report"),
}
# Where an organ outside the enterprise reviews, the office owes what is between.
OUTSIDE = {S.REVIEW_ASKED: "pass_on_review", S.IN_REVIEW: "enter_opinion"}

# Steps that follow from another page's act, never pressed by themselves.
NOT_BUTTONS = frozenset(
    {
        "take_filing",
        "approve_extension",
        "refuse_extension",
        "decide_opening",
        "object_late",
        "send_back_late",
        "hand_over",
        "end_co_handling",
        "seal_along",
        "decide_recusal",
        "attach_retaliation",
        "withdraw_filing",
        "settle_recount",
        "promise",
        "end_aid",
        "give_aid",
        "ask_along",
        "deliver_redo",
        "serve_review",
        "enter_redo",
        "enter_refusal",
        "read_back",
        "name_representatives",
        "answer_above",
        "report_instruction",
        "object_above",
        "follow_up",
        "call_back",
    }
)


def fits(code: str, case: Case) -> bool:
    """Whether the button makes sense on this case: who reviews, and whether the final review has ended it."""
    if code in {"pass_on_review", "enter_opinion"}:
        return case.review_unit_id is None
    if code == "move_review":  # units changed since it was asked for
        return case.review_unit is not None and case.review_unit.closed_on is not None
    if code in {"exempt_notice", "resume_notice"}:
        return (code == "resume_notice") == case.is_notice_exempt
    if code in {"close", "end"}:
        return (code == "end") == (case.next_step == "end")
    return True


def label(step: Step, case: Case) -> str:
    """What the step is called on this case."""
    return step.answer_label if case.is_suggestion and step.answer_label else step.label
