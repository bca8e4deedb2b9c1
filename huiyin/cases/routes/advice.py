"""From facts to the ways that fit, each with its last day. Pure: no models, no database, nothing kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from huiyin.cases.routes.counting import Last, Urgency, full_day, last_of
from huiyin.cases.routes.facts import Given, is_asked
from huiyin.cases.routes.reading import Aside, Limit, Route, questions, rules
from huiyin.clocks.counting import add_months
from huiyin.clocks.workdays import Calendar

CAUTION = "向本单位反映，不代表已经按上述途径提出，也不保证上述期限停止计算。请您在期限内自行向有关机构提出。"
LEGAL_HELP = "请尽快咨询法务部门，或者拨打法律援助热线 12348。"
LAPSED = (
    f"按您填写的日期，期限已经届满。如果期间发生过中断、中止的情形并有证据，或者日期不准，结果可能不同。{LEGAL_HELP}"
)
MERITS = "就这件事已经走了法定程序，按那个程序办理，本单位不再对实体作出处理。别的请求请另外查一次。"
TO_CONFIRM = "这一条的期限或者依据待法务部门确认，请以受理机构的答复为准。"


@dataclass(frozen=True)
class Advised:
    """One way that fits, with what was counted for these facts. `is_sure` is False where an open question decides."""

    route: Route
    given: Given
    on: date
    is_sure: bool
    lasts: tuple[Last, ...]
    said: str
    employer: Last | None
    is_employer_done: bool
    opens_on: date | None
    asides: tuple[Aside, ...]
    open_facts: tuple[str, ...]

    @property
    def last(self) -> Last | None:
        """The limit that is named first, and usually ends first."""
        return self.lasts[0] if self.lasts else None

    @property
    def last_day(self) -> date | None:
        return self.last.last_day if self.last else None

    @property
    def urgency(self) -> Urgency:
        return self.last.urgency if self.last else "calm"

    @property
    def article(self) -> str:
        return "；".join([self.route.article, *(aside.article for aside in self.asides)])

    @property
    def materials(self) -> list[str]:
        return [*self.route.materials, *(aside.material for aside in self.asides)]

    @property
    def notes(self) -> list[str]:
        return [aside.text for aside in self.asides]

    @property
    def employer_duty(self) -> str:
        """What the enterprise itself must do; with its own last day where the law gives one."""
        if self.is_employer_done:
            return self.route.employer.done_text
        if self.employer is None:
            return self.route.employer.text
        return f"{self.route.employer.text}单位的最后一天：{self.employer.words}。"

    @property
    def has_employer_alert(self) -> bool:
        """Whether the enterprise still owes a step that has a last day of its own."""
        return self.employer is not None and not self.is_employer_done

    @cached_property
    def unknown(self) -> list[str]:
        """What isn't known, with what to find out; and what this answer can't say."""
        facts = questions().facts
        lines = [f"请查清：{facts[code].question}{facts[code].help}" for code in self.open_facts]
        for missing in self.route.unknowns:
            if self.given.answer(missing.fact) is None:
                lines.append(missing.text)
        restart = {code for last in self.lasts for code in last.limit.restart}
        if restart and not restart & set(self.given.values):
            lines.append(
                "没有填写期限中断的情形：向单位主张过权利、向有关部门请求过救济、单位答应过履行，都可能使期限重新计算，要有证据。"
            )
        if restart and self.given.answer("hindered") == "yes":
            lines.append(
                "有不可抗力等正当理由的，期限中止，从原因消除之日起继续计算；这里没有把中止的时间算进去，请按上面的日期准备。"
            )
        if "proceeding" not in self.given.values and is_asked(facts["proceeding"], self.given):
            lines.append("没有说明是否已经申请仲裁、复议或者起诉；已经申请的，按那个程序办。")
        if self.route.to_confirm:
            lines.append(TO_CONFIRM)
        return lines

    def explain(self) -> list[str]:
        """How each last day comes about."""
        lines = [self.said] if self.said else []
        for last in self.lasts:
            name = f"{last.limit.name}：" if last.limit.name else ""
            lines += [f"{name}{sentence}" for sentence in last.sentences()]
        if self.opens_on:
            lines.append(f"{full_day(self.opens_on)}以后才可以申请。")
        return lines

    def as_dict(self) -> dict[str, object]:
        """One entry of `routes` in the answer of the command and the interface. Days in ISO 8601, null where unknown."""
        last, employer = self.last, self.employer
        return {
            "route": self.route.name,
            "organ": self.route.organ,
            "last_day": last.last_day.isoformat() if last else None,
            "days_left": last.days_left if last else None,
            "article": self.article,
            "materials": self.materials,
            "employer_duty": self.employer_duty,
            "unknown": self.unknown,
            "code": self.route.code,
            "branch": self.route.branch,
            "is_sure": self.is_sure,
            "procedure": self.route.procedure,
            "helpline": self.route.phone,
            "limit": self.route.limit_text,
            "interruption": self.route.interruption,
            "lapsed": bool(last and last.is_lapsed),
            "help": LAPSED if last and last.is_lapsed else "",
            "last_day_without_interruption": last.first.isoformat() if last and last.first else None,
            "opens_on": self.opens_on.isoformat() if self.opens_on else None,
            "other_limits": [
                {"what": more.limit.name, "last_day": more.last_day.isoformat(), "days_left": more.days_left}
                for more in self.lasts[1:]
            ],
            "employer_last_day": employer.last_day.isoformat() if employer and self.has_employer_alert else None,
            "employer_days_left": employer.days_left if employer and self.has_employer_alert else None,
            "notes": self.notes,
            "to_confirm": self.route.to_confirm,
            "explain": self.explain(),
        }


@dataclass(frozen=True)
class Advice:
    """The answer: every way that fits these facts on this day, sure ones first."""

    on: date
    given: Given
    routes: tuple[Advised, ...]

    @property
    def is_pending(self) -> bool:
        """Whether the matter is in a statutory procedure already: no merits are handled (第三十一条第（一）项)."""
        return (self.given.answer("proceeding") or "none") != "none"

    def of(self, code: str) -> Advised | None:
        return next((advised for advised in self.routes if advised.route.code == code), None)

    def as_dict(self) -> dict[str, object]:
        return {
            "on": self.on.isoformat(),
            "facts": self.given.plain(),
            "routes": [advised.as_dict() for advised in self.routes],
            "pending": self.is_pending,
            "caution": CAUTION,
        }

    def as_text(self) -> str:
        """For a terminal and for print."""
        lines = [f"按{full_day(self.on)}计算"]
        lines += [f"  {short}：{answer}" for short, answer in self.given.said()]
        if self.is_pending:
            lines += ["", MERITS]
        for advised in self.routes:
            lines += ["", *_text_of(advised)]
        return "\n".join([*lines, "", CAUTION])


def _text_of(advised: Advised) -> list[str]:
    route = advised.route
    lines = [f"■ {route.name}{'' if advised.is_sure else '（可能适用，还要看下面不清楚的事）'}"]
    if advised.last:
        lines.append(f"  最后一天：{advised.last.words}")
        if advised.last.is_lapsed:
            lines.append(f"  {LAPSED}")
    lines += [f"  {sentence}" for sentence in advised.explain()]
    lines.append(f"  期限：{route.limit_text}")
    if route.interruption:
        lines.append(f"  中断：{route.interruption}")
    lines.append(f"  受理机构：{route.organ}{f'，{route.phone}' if route.phone else ''}")
    lines.append(f"  怎么办：{route.procedure}")
    lines += [f"  注意：{note}" for note in advised.notes]
    lines += ["  带什么：", *(f"    · {material}" for material in advised.materials)]
    if advised.employer_duty:
        lines.append(f"  单位应当做的：{advised.employer_duty}")
    lines.append(f"  依据：{advised.article}")
    if advised.unknown:
        lines += ["  还不清楚：", *(f"    · {line}" for line in advised.unknown)]
    return lines


def advise(given: Given, on: date, calendar: Calendar) -> Advice:
    """The ways that fit. A matter that is in a procedure already gets that procedure alone, beside what is never closed."""
    is_pending = (given.answer("proceeding") or "none") != "none"
    found = []
    for route in rules().routes.values():
        if is_pending and not route.during:
            continue
        fits = [given.holds(answers) for answers in route.when]
        if any(fit is not False for fit in fits):
            found.append(_advised(route, given, on, calendar, is_sure=True in fits))
    found.sort(key=lambda advised: not advised.is_sure)
    return Advice(on, given, tuple(found))


def _advised(route: Route, given: Given, on: date, calendar: Calendar, *, is_sure: bool) -> Advised:
    open_facts = [] if is_sure else _open(route, given)
    lasts, said, missing = _limits(route, given, on, calendar)
    open_facts += [code for code in missing if code not in open_facts]
    owed = route.employer.limit
    start = route.opens.start[0] if route.opens else ""
    concluded = given.day(start) if start else None
    if start and concluded is None and start not in open_facts:
        open_facts.append(start)
    return Advised(
        route=route,
        given=given,
        on=on,
        is_sure=is_sure,
        lasts=tuple(lasts),
        said=said,
        employer=last_of(owed, given, on, calendar) if owed else None,
        is_employer_done=bool(route.employer.done) and given.holds(route.employer.done) is True,
        opens_on=_opens_on(route.opens, concluded),
        asides=tuple(aside for aside in rules().asides if _is_beside(aside, route, given)),
        open_facts=tuple(open_facts),
    )


def _open(route: Route, given: Given) -> list[str]:
    found: dict[str, None] = {}
    for answers in route.when:
        if given.holds(answers) is None:
            found.update({code: None for code in answers if given.answer(code) is None})
    return list(found)


def _limits(route: Route, given: Given, on: date, calendar: Calendar) -> tuple[list[Last], str, list[str]]:
    """The limits that run, what is said where none does, and the facts that are missing for a day."""
    lasts: list[Last] = []
    missing: list[str] = []
    for limit in route.limits:
        holds = given.holds(limit.when) if limit.when else True
        if holds is False:
            continue
        if not limit.amount:
            if holds:
                return lasts, limit.said, missing
            missing += [code for code in limit.when if given.answer(code) is None]
            continue
        last = last_of(limit, given, on, calendar)
        if last:
            lasts.append(last)
        else:
            missing += [code for code in _startable(limit, given) if code not in missing]
    return lasts, "", [] if lasts else missing


def _startable(limit: Limit, given: Given) -> list[str]:
    """Which of the facts a limit starts from belong to this matter: those that are asked, else the first."""
    facts = questions().facts
    return [code for code in limit.start if is_asked(facts[code], given)] or [limit.start[0]]


def _opens_on(opens: Limit | None, concluded: date | None) -> date | None:
    if opens is None or concluded is None:
        return None
    return add_months(concluded, opens.amount * (12 if opens.unit == "year" else 1))


def _is_beside(aside: Aside, route: Route, given: Given) -> bool:
    if route.branch not in aside.branches:
        return False
    if aside.from_workers:
        return given.number("workers") >= aside.from_workers
    return given.holds(aside.when) is True
