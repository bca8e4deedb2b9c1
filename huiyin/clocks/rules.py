"""What a limit is made of (Rule, Policy) and the closed lists its fields choose from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from huiyin.kernel.errors import Invalid

UNITS: Mapping[str, str] = {
    "day": "日",
    "workday": "个工作日",
    "hour": "小时",
    "minute": "分钟",
    "month": "个月",
    "year": "年",
    "day_of_month": "日（每月）",
}
CLOCK_UNITS = frozenset({"hour", "minute"})
BASES: Mapping[str, str] = {"statute": "法定", "plan": "工作方案", "internal": "内部"}
MOMENTS: Mapping[str, str] = {
    "received": "收到信访事项",
    "classified": "完成研判分类",
    "notice_sent": "书面告知发出或当面交付",
    "assigned": "转送、交办送达单位",
    "taken_in": "责任单位签收",
    "objected": "异议送出",
    "contacted": "首次联系反映人",
    "accepted": "受理",
    "decision_sent": "盖章的处理意见书发出或当面交付",
    "decision_limit_ended": "六十日办理期限届满",
    "decision_received": "反映人收到书面答复",
    "review_asked": "复查请求提出",
    "review_sent": "复查意见发出",
    "final_review_asked": "复核请求提出",
    "final_review_sent": "复核意见发出",
    "review_received": "反映人收到复查意见",
    "redo_ordered": "撤销重办的意见送达",
    "hearing_begun": "听证开始",
    "hearing_ended": "听证结束",
    "executed": "支持的诉求、采纳的建议落实到位",
    "rated": "反映人评价",
    "reply_sent": "答复发出",
    "closed": "办结",
    "reception_held": "领导接访",
    "unit_named": "明确责任单位和期限",
    "published": "公布",
    "begun": "开始",
    "ended": "完成",
    "occasion": "节点当日",
    "month_begun": "每月开始",
    "became_known": "获知紧急情况",
    "reported_first": "首次报告",
    "reported": "报告",
    "on_site": "领导到场",
    "demanded": "提出要求",
    "answered": "书面答复",
    "followed_up": "就评价作出跟进",
    "called_back": "回访",
    "promised": "作出联系承诺",
    "progress_told": "告知办理进展",
}

Basis = Literal["statute", "plan", "internal"]
Unit = Literal["day", "workday", "hour", "minute", "month", "year", "day_of_month"]


@dataclass(frozen=True)
class ExtensionRule:
    """How far a limit may be extended: days each time, how often, and the role that approves."""

    max_days: int
    times: int
    approved_by: str


@dataclass(frozen=True)
class Rule:
    """One limit, as written in policy.toml. `amount` is in `unit`; roles are codes of `org.permissions.Role`.

    `told`: the filer is told the day in a paper. `cap`: the rule of the whole enterprise, where a place has a shorter
    one: whichever ends first counts.
    """

    id: str
    title: str
    basis: Basis
    source: str
    starts_on: str
    stops_on: str
    amount: int
    unit: Unit
    direction: Literal["forward", "backward"] = "forward"
    roll: bool = False
    extension: ExtensionRule | None = None
    pause: bool = False
    warn_at: tuple[int, ...] = ()
    warns: tuple[tuple[str, ...], ...] = ()
    told_when_missed: tuple[str, ...] = ()
    watch: Literal["due", "aside", "mark"] = "due"
    told: bool = False
    cap: Rule | None = None

    @property
    def is_due_step(self) -> bool:
        """Whether somebody owes a step: a mark (backlog, a right that lapses) is never 'missed'."""
        return self.watch != "mark"

    @property
    def is_next_step(self) -> bool:
        """Whether it limits the step that the case needs next; what is `aside` is owed beside it, by somebody else."""
        return self.watch == "due"

    @property
    def is_told(self) -> bool:
        """Whether a filer was told this last day: it is never moved to an earlier one without a person's word."""
        return self.told or self.basis == "statute"

    @property
    def length(self) -> str:
        """15日 · 5个工作日 · 每月25日前."""
        if self.unit == "day_of_month":
            return f"每月{self.amount}日前"
        return f"{'提前' if self.direction == 'backward' else ''}{self.amount}{UNITS[self.unit]}"

    def of_length(self, days: int | None) -> Rule:
        """The same rule with another amount, where somebody else set the limit; itself for None."""
        return self if days is None else replace(self, amount=days)

    def roles_at(self, percent: int) -> tuple[str, ...]:
        """Who is told when this per cent of the time has gone; 100 and more is 'missed'."""
        if percent >= 100:
            return self.told_when_missed
        return dict(zip(self.warn_at, self.warns, strict=True)).get(percent, ())


@dataclass(frozen=True)
class Place:
    """Units with shorter limits of their own (a local 信访条例, a stricter unit): those named, and all below them."""

    code: str
    title: str
    units: tuple[str, ...]
    rules: Mapping[str, Rule]


@dataclass(frozen=True)
class Cadence:
    """How often the filer of an open case is told the progress, and by whom: for these harms, or once the case has
    waited `after_days` days since its first receipt (None: however long it waits)."""

    rule: str
    by: tuple[str, ...]
    harms: tuple[str, ...]
    after_days: int | None = None


@dataclass(frozen=True)
class Policy:
    """One version of the limits; `sha256` is the hash of `text`, its name for ever."""

    rules: Mapping[str, Rule]
    sha256: str
    text: str = field(repr=False)
    title: str = ""
    time_zone_note: str = ""
    places: Mapping[str, Place] = field(default_factory=dict)
    harms: Mapping[str, str] = field(default_factory=dict)
    cadences: tuple[Cadence, ...] = ()

    def rule(self, rule_id: str, place: str = "") -> Rule:
        """The rule of this name, as it is in this place. Raises Invalid with the names there are."""
        if place in self.places and rule_id in self.places[place].rules:
            return self.places[place].rules[rule_id]
        try:
            return self.rules[rule_id]
        except KeyError:
            known = "、".join(self.rules)
            raise Invalid(
                "unknown_rule", "没有名为“%(rule)s”的时限。现有：%(known)s。", field="rule", rule=rule_id, known=known
            ) from None
