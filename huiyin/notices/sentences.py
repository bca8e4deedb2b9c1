"""Notice codes as words: a title and one sentence, the same on the screen and in an e-mail.

Facts are numbers, dates and codes only. Nothing here can say what a case is about or who filed it: a code has a fixed
sentence, and a fact that no sentence asks for is refused when the notice is put.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from string import Formatter

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.clocks import policy

Fact = str | int
FORMS: dict[str, re.Pattern[str]] = {
    "reference": re.compile(r"[0-9A-Z]{4,20}"),
    "number": re.compile(r"[\w\-]{1,20}〔\d{4}〕\d{1,7}号"),
    "step": re.compile(r"[a-z_]{1,30}"),
    "percent": re.compile(r"\d{1,3}"),
    "due_on": re.compile(r"\d{4}-\d{2}-\d{2}"),
}


@dataclass(frozen=True)
class Wording:
    """`{case}` is the register number, else the reference; `{step}` a limit's title; `{due_on}` a day in words."""

    title: object
    sentence: object
    is_for_employee: bool = False

    @property
    def asks_for(self) -> set[str]:
        return {name for _text, name, _form, _turn in Formatter().parse(str(self.sentence)) if name in FORMS}


WORDINGS: dict[str, Wording] = {
    # Staff
    "assigned": Wording(
        gettext_lazy("有一件事项交给了您的单位"),
        gettext_lazy("{case} 已分办到您的单位。请签收；不属于本单位的，请在期限内说明理由退回。"),
    ),
    "aid_asked": Wording(
        gettext_lazy("有一件事项请工会帮扶"),
        gettext_lazy("{case} 申请了帮扶，情况写在事项页上。请联系本人，并记录结果。"),
    ),
    "sent_back": Wording(
        gettext_lazy("承办单位要求退回一件事项"),
        gettext_lazy("承办单位认为 {case} 不归自己办，理由写在事项页上。请核实后答复是否同意。"),
    ),
    "objected_late": Wording(
        gettext_lazy("有一份逾期的异议"),
        gettext_lazy("{case} 的异议在5个工作日届满后提出，已经留存，仍由收到的单位办理。"),
    ),
    "dispatch_received": Wording(
        gettext_lazy("有一件转送或交办的事项"),
        gettext_lazy("{case} 已转到您的机构。请在5个工作日内签收；不属于本单位的，请在期限内提出异议并说明理由。"),
    ),
    "objection_raised": Wording(
        gettext_lazy("有一份异议等您答复"),
        gettext_lazy("收件单位对 {case} 提出了异议，理由写在事项页上。请核实后答复是否同意。"),
    ),
    "objection_decided": Wording(
        gettext_lazy("您提出的异议有了答复"),
        gettext_lazy("{case} 的异议已有答复。请到事项页查看；不同意的，请签收办理，或者报共同上级决定。"),
    ),
    "dispute_to_decide": Wording(
        gettext_lazy("有一件管辖争议等您决定"),
        gettext_lazy("两个单位对 {case} 由谁受理意见不一。请看双方理由，决定由谁受理。"),
    ),
    "dispute_decided": Wording(
        gettext_lazy("管辖争议有了决定"),
        gettext_lazy("{case} 由谁受理，上级已经决定。请到事项页查看。"),
    ),
    "report_laid": Wording(
        gettext_lazy("有一份办结报告等您答复"),
        gettext_lazy("{case} 的办结报告已经报送。请审阅后同意，或写明要补什么再退回。"),
    ),
    "report_accepted": Wording(
        gettext_lazy("办结报告已经同意"),
        gettext_lazy("交办单位同意了 {case} 的办结报告。"),
    ),
    "report_returned": Wording(
        gettext_lazy("办结报告被退回"),
        gettext_lazy("{case} 的办结报告被退回，要补的地方写在事项页上。请补充后重新报送。"),
    ),
    "handed_over": Wording(
        gettext_lazy("原单位撤并，有事项由您的单位承接"),
        gettext_lazy("{case} 原来的单位已经撤并，现由您的单位继续办理。期限不变。"),
    ),
    "co_handling_asked": Wording(
        gettext_lazy("有一件事项请您的单位协办"),
        gettext_lazy("{case} 请您的单位协办，要做什么写在事项页上。请在七天内答复。"),
    ),
    "co_handling_answered": Wording(
        gettext_lazy("协办单位已经答复"),
        gettext_lazy("{case} 的协办请求已有答复。请查看后继续办理。"),
    ),
    "decision_to_approve": Wording(
        gettext_lazy("有一份处理意见或答复等您审批"),
        gettext_lazy("{case} 的处理意见或答复已经拟好。请审阅后批准，或写明要改什么再退回。"),
    ),
    "decision_returned": Wording(
        gettext_lazy("处理意见或答复被退回修改"),
        gettext_lazy("{case} 的处理意见或答复被退回，要改的地方写在事项页上。请修改后重新提交。"),
    ),
    "decision_to_seal": Wording(
        gettext_lazy("有一份处理意见或答复等您核对用印"),
        gettext_lazy("{case} 的处理意见或答复已经批准。请核对、编号、用印，再送达本人。"),
    ),
    "extension_to_decide": Wording(
        gettext_lazy("有一份延期申请等您决定"),
        gettext_lazy("{case} 的承办人申请延长办理期限。请在到期前决定是否同意。"),
    ),
    "extension_decided": Wording(
        gettext_lazy("延期申请有了结果"),
        gettext_lazy("{case} 的延期申请已有决定。请查看新的期限，或抓紧在原期限内办完。"),
    ),
    "opening_to_decide": Wording(
        gettext_lazy("有一份查看保密身份的申请等您决定"),
        gettext_lazy("有人申请查看 {case} 的保密身份。请看理由是否充分；本人会看到这次申请和您的决定。"),
    ),
    "opening_decided": Wording(
        gettext_lazy("查看保密身份的申请有了结果"),
        gettext_lazy("您为 {case} 提出的申请已有决定。请到事项页查看。"),
    ),
    "employee_added": Wording(
        gettext_lazy("本人补充了材料"),
        gettext_lazy("{case} 有新的补充材料。请查看，并在办理中一并考虑。"),
    ),
    "employee_answered": Wording(
        gettext_lazy("本人回答了您的提问"),
        gettext_lazy("{case} 中的提问已有回答。请查看后继续办理。"),
    ),
    "employee_rated": Wording(
        gettext_lazy("本人作出了评价"),
        gettext_lazy("{case} 已有评价。请查看；不满意的，请了解原因并跟进。"),
    ),
    "delivery_confirmed": Wording(
        gettext_lazy("本人确认收到文书"),
        gettext_lazy("{case} 的文书已确认收到，申请复查的期限从收到之日算起。"),
    ),
    "answer_confirmed": Wording(
        gettext_lazy("本人确认收到答复"),
        gettext_lazy("{case} 的答复已确认收到。采纳的建议请抓紧落实，并登记落实情况。"),
    ),
    "withdrawn": Wording(
        gettext_lazy("本人撤回了反映"),
        gettext_lazy("{case} 已由本人撤回，不用再往下办理。"),
    ),
    "clock_warning": Wording(
        gettext_lazy("有一项期限临近"),
        gettext_lazy("{case} 的“{step}”期限已过 {percent}%，{due_on} 到期。请尽快办理。"),
    ),
    "clock_missed": Wording(
        gettext_lazy("有一项期限已经超过"),
        gettext_lazy("{case} 的“{step}”应在 {due_on} 前办完，现已超期。请马上办理，并向本人说明。"),
    ),
    "warning_unheard": Wording(
        gettext_lazy("有一次期限提醒没有人能收到"),
        gettext_lazy("{case} 的“{step}”期限 {due_on} 到期，应当提醒的岗位上没有人。请补上任职，并请有关人员办理。"),
    ),
    "recusal_to_decide": Wording(
        gettext_lazy("有一件回避等您决定"),
        gettext_lazy("{case} 有工作人员需要决定是否回避。决定前他不能办理，请尽快决定，以免耽误期限。"),
    ),
    "recusal_decided": Wording(
        gettext_lazy("您的回避有了决定"),
        gettext_lazy("{case} 已就您是否回避作出决定。不用回避的，请继续办理；回避的，您不再看到这件事项。"),
    ),
    "review_asked": Wording(
        gettext_lazy("有一份复查或者复核请求等您办理"),
        gettext_lazy("{case} 有人请求复查或者复核。请在期限内决定是否受理，再作出意见，书面答复本人。"),
    ),
    "review_decided": Wording(
        gettext_lazy("复查或者复核意见已经作出"),
        gettext_lazy("{case} 的复查或者复核意见已经作出。送达以后请查看结果，该落实的抓紧落实。"),
    ),
    "review_sent_back": Wording(
        gettext_lazy("一份处理意见被撤销，要重新办理"),
        gettext_lazy("{case} 的处理意见经复查或者复核撤销。请查看意见，重新调查核实，在期限内另行作出处理意见。"),
    ),
    "report_received": Wording(
        gettext_lazy("有新的来件请您办理"),
        gettext_lazy("{case} 已转到您这里。请登录后查看和办理。"),
    ),
    # Oversight
    "urgent_reported": Wording(
        gettext_lazy("有一份紧急报告，请马上查看"),
        gettext_lazy("{case} 刚刚报来。请打开查看，并点“我已看到”。"),
    ),
    "urgent_followed": Wording(
        gettext_lazy("紧急报告有了续报，请查看"),
        gettext_lazy("{case} 刚刚报来，是前一份紧急报告的续报。请打开查看，并点“我已看到”。"),
    ),
    "supervision_demanded": Wording(
        gettext_lazy("有一件督办等您的单位答复"),
        gettext_lazy("{case} 被督办。请办理后在 {due_on} 前书面答复。"),
    ),
    "supervision_escalated": Wording(
        gettext_lazy("有一件督办逾期没有答复，请您过问"),
        gettext_lazy("{case} 的督办没有按期答复，现报到您这里。请督促承办单位在 {due_on} 前答复。"),
    ),
    "supervision_answered": Wording(
        gettext_lazy("有一件督办已经答复，等您审阅"),
        gettext_lazy("{case} 的督办已有书面答复。请审阅后办结，或写明要补充什么再退回。"),
    ),
    "supervision_returned": Wording(
        gettext_lazy("督办答复被退回，请补充"),
        gettext_lazy("{case} 的督办答复被退回，理由写在督办页上。请补充后在 {due_on} 前重新答复。"),
    ),
    "supervision_stalled": Wording(
        gettext_lazy("有一件督办停住了"),
        gettext_lazy("{case} 的督办各级都没有答复，或者没有人任职。请当面报告有关领导，或请安全管理员补上任职。"),
    ),
    "supervision_unheard": Wording(
        gettext_lazy("有一件督办没有人能收到"),
        gettext_lazy("有一件督办应当报告的岗位上没有人。请补上信访专员、单位负责人和领导的任职。"),
    ),
    "instruction_given": Wording(
        gettext_lazy("有一件批示等您的单位办理"),
        gettext_lazy("领导对 {case} 作出批示。请办理后在 {due_on} 前书面回复。"),
    ),
    "instruction_answered": Wording(
        gettext_lazy("批示已经回复，等您审阅"),
        gettext_lazy("{case} 的批示已有回复。请审阅后办结，或写明要补充什么再退回。"),
    ),
    "instruction_returned": Wording(
        gettext_lazy("批示的回复被退回，请补充"),
        gettext_lazy("{case} 的批示回复被退回，理由写在批示页上。请补充后在 {due_on} 前重新回复。"),
    ),
    "advice_given": Wording(
        gettext_lazy("有一份建议书等您的单位反馈"),
        gettext_lazy("信访机构提出了一份建议。请研究后在 {due_on} 前书面反馈是否采纳，未采纳的说明理由。"),
    ),
    "advice_answered": Wording(
        gettext_lazy("建议已经反馈，等您审阅"),
        gettext_lazy("一份建议已有书面反馈。请到督导页面审阅。"),
    ),
    "advice_returned": Wording(
        gettext_lazy("建议的反馈被退回，请补充"),
        gettext_lazy("一份建议的反馈被退回，理由写在建议页上。请补充后在 {due_on} 前重新反馈。"),
    ),
    # Employees
    "progress": Wording(
        gettext_lazy("您反映的问题有了新进展"),
        gettext_lazy("查询号 {case} 有新的办理情况。您可以登录查看。"),
        is_for_employee=True,
    ),
    "question_asked": Wording(
        gettext_lazy("请您补充一点情况"),
        gettext_lazy("查询号 {case} 的办理单位想向您了解一点情况。请登录查看提问，在网上就能回答。"),
        is_for_employee=True,
    ),
    "ways_told": Wording(
        gettext_lazy("我们查到了您可以走的途径"),
        gettext_lazy("查询号 {case} 有了法定途径的提示，有的有最后一天，过了就可能不能再提出。请尽快登录查看。"),
        is_for_employee=True,
    ),
    "paper_arrived": Wording(
        gettext_lazy("有一份文书送给您"),
        gettext_lazy("查询号 {case} 有一份新文书。请登录查看，看到后请点“确认收到”。"),
        is_for_employee=True,
    ),
}


def checked(code: str, facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts, if they are only codes, numbers and dates that the sentence of this code has a place for.

    A reference and a number may always stand, so that a page can link. Raises ValueError otherwise: a mistake of the
    program, never of a person.
    """
    if code not in WORDINGS:
        raise ValueError(f"no notice has the code {code!r}")
    for name, value in facts.items():
        if name not in {"reference", "number", *WORDINGS[code].asks_for}:
            raise ValueError(f"the notice {code!r} has no place for {name!r}")
        if not FORMS[name].fullmatch(str(value)):
            raise ValueError(f"{name!r} of a notice holds a code, a number or a date, nothing else")
    return dict(facts)


def words(code: str, facts: Mapping[str, Fact]) -> tuple[str, str]:
    """Title and sentence in the language at hand. A fact that is missing is said in general words."""
    wording = WORDINGS[code]
    said = {
        "case": str((facts.get("reference") if wording.is_for_employee else facts.get("number")) or "")
        or str(facts.get("reference") or _("一件事项")),
        "step": _step(str(facts.get("step", ""))),
        "percent": str(facts.get("percent", "")),
        "due_on": _day(str(facts.get("due_on", ""))),
    }
    return str(wording.title), str(wording.sentence).format_map(said)


def _step(code: str) -> str:
    """A limit's title from the policy; a rule that the policy no longer has is called a limit."""
    rules = policy.current().rules
    return rules[code].title if code in rules else _("办理")


def _day(text: str) -> str:
    if not text:
        return _("期限日")
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"
