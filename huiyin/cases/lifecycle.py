"""The one way to take a step of the table in `steps`. The only writer of `Case.stage`.

A step is taken
inside `with taking(...) as turn:`: permission and stage are checked, the body changes rows through `turn`, then clocks
turn, the watch-dog is set, the event is appended and notices are put out, all in one transaction. An error anywhere
leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from huiyin.cases import access, record, sealed
from huiyin.cases.models import Case, Note, OrderReport, Stage
from huiyin.cases.models.case import ENDED
from huiyin.cases.models.review import FINAL, final_of
from huiyin.cases.steps import NEXT, NOT_BUTTONS, OUTSIDE, OWN_BRANCH, STEPS, Step, fits, label
from huiyin.clocks import running
from huiyin.clocks.models import Clock
from huiyin.kernel.actors import Actor, Employee, Staff
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.notices import outbox, sentences
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission, Role
from huiyin.papers import content, files, uploads
from huiyin.papers.models import StoredFile
from huiyin.trail import events
from huiyin.trail.moments import server_now

Row = TypeVar("Row", bound=Model)
# The employee's rights to ask for a review; reports owed upward: to the office that ordered, an organ above, a leader;
# what a bad rating and a call-back ask for.
OUTLIVES = frozenset(
    {"ask_review", "ask_final_review", "order_answer", "answer_above", "instruction", "follow_up", "call_back"}
)


@dataclass
class Turn:
    """A step being taken. The body changes rows and says so here; `taking` does the rest when the body ends."""

    code: str
    case: Case
    by: Actor
    at: datetime
    clocks: list[Clock] = field(default_factory=list)
    sets: dict[str, Mapping[str, object]] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)
    facts: dict[str, record.Value] = field(default_factory=dict)
    inspectors: list[int] = field(default_factory=list)
    _notices: list[tuple[list[int], str, dict[str, str | int]]] = field(default_factory=list)

    @property
    def user_id(self) -> int:
        """The account of the staff member who acts; Forbidden for anybody else."""
        if not isinstance(self.by, Staff):
            raise Forbidden("staff_only", "这一步由工作人员办理。")
        return self.by.user_id

    def keep(self, row: Row) -> Row:
        """Save a row and put its declared columns and committed words into the event."""
        row.save()
        return self.note(row)

    def note(self, row: Row) -> Row:
        """Put a row that is saved already into the event."""
        self.sets[record.entity(row)] = record.columns(row)
        self.texts.update(record.words(row))
        return row

    def keep_files(self, tokens: Sequence[str]) -> list[StoredFile]:
        """Store finished uploads with the case and put them into the event. Invalid when they are more than it takes."""
        most = content.MOST_BY_THE_OFFICE if isinstance(self.by, Staff) else content.MOST_OF_A_CASE
        taken = uploads.ready(tokens) if tokens else []
        stored = files.store_all(self.case.subject, taken, self.at, most=most)
        for name, values in files.sets(stored).items():
            self.sets[name] = dict(values)
        return stored

    def start(
        self, *rules: str, at: datetime | None = None, whose: int | None = None, set_days: int | None = None
    ) -> None:
        """Start clocks of these rules; those that run already go on. `whose`: the copy, for a limit of each who got one.
        `set_days`: their length, where somebody else set it.

        There is no limit to tell somebody in writing whose name or address is unclear (第二十三条第一款)."""
        going = {(clock.rule, clock.whose) for clock in self.clocks}
        if self.case.is_notice_exempt:
            going.add(("notice", None))
        fresh = [rule for rule in rules if (rule, whose) not in going]
        for clock in running.start(
            self.case.subject,
            fresh,
            at or self.at,
            text=self.case.policy,
            whose=whose,
            set_days=set_days,
            unit=self.case.unit or self.case.office,
        ):
            self.clocks.append(clock)
            self.set_clock(clock)

    def stop(self, *rules: str) -> None:
        """Stop the running clocks of these rules."""
        stopping = [clock for clock in self.clocks if clock.rule in rules]
        if stopping:
            running.stop(stopping, self.at)
            for clock in stopping:
                self.set_clock(clock)
            self.clocks = [clock for clock in self.clocks if clock.rule not in rules]

    def stop_one(self, clock: Clock) -> None:
        """Stop this clock alone, of several under one rule."""
        running.stop([clock], self.at)
        self.set_clock(clock)
        self.clocks = [other for other in self.clocks if other.pk != clock.pk]

    def stop_all(self) -> None:
        """Stop what runs; a right of the employee's, a report owed upward and what a rating or a call-back asks for outlive the
        end of the case."""
        self.stop(*(clock.rule for clock in self.clocks if clock.rule not in OUTLIVES))

    def running_for(self, rule: str, whose: int | None) -> Clock | None:
        """The running limit of one of those who each have it."""
        return next((clock for clock in self.clocks if clock.rule == rule and clock.whose == whose), None)

    def running(self, rule: str) -> Clock | None:
        return next((clock for clock in self.clocks if clock.rule == rule), None)

    def set_clock(self, clock: Clock) -> None:
        self.sets.update(running.sets([clock]))

    def notify(self, people: Iterable[int], code: str, **facts: str | int) -> None:
        """Put a notice out to these accounts when the step is done; never about a sealed case."""
        self._notices.append((list(people), code, facts))

    def notify_holders(self, permission: Permission, unit: Unit, code: str) -> None:
        """Put a notice out to whoever holds the permission in the unit today."""
        self.notify((user.pk for user in structure.holders(permission, unit, timezone.localtime(self.at).date())), code)

    def enter(self, stage: Stage) -> None:
        """Set the stage and who owes the next step by when. For `taking` and `begin` alone."""
        case = self.case
        case.stage = stage
        if stage in ENDED:
            case.closed_at = case.closed_at or self.at
            self._owe_report()
            return
        where, case.next_role, case.next_step = NEXT[stage]
        if stage == Stage.REGISTERED and case.classification:
            case.next_step = "accept" if case.branch in {None, OWN_BRANCH} else "route_out"
        if stage == Stage.HANDLING and self.running("first_contact"):
            case.next_step = "contact"
        if stage == Stage.DELIVERED and self.running("execution"):
            where, case.next_role, case.next_step = "unit", Role.HANDLER, "execute"
        if stage == Stage.DELIVERED and case.next_step == "close" and self._is_final():
            case.next_step = "end"
        if stage == Stage.DELIVERED and case.sender_id:
            is_owed = self.running("order_answer") is not None
            where, case.next_step = ("office", "report_back") if is_owed else ("sender", "accept_report")
            case.next_role = Role.OFFICER
        if case.is_sealed:
            self.route_report()
        elif where == "reviewer":
            case.next_unit = structure.live(case.review_unit) if case.review_unit else case.office
            if case.review_unit is None:
                case.next_role, case.next_step = Role.OFFICER, OUTSIDE[stage]
        else:
            unit = case.office if where == "office" else case.unit or case.office
            if where == "sender":
                unit = case.sender or case.office
            elif where == "superior":  # whom the act that laid it there named
                unit = case.next_unit or case.office
            case.next_unit = structure.issuer(unit) if where == "issuer" else unit
        if stage == Stage.DRAFTED and case.next_unit and case.next_unit.parent_id is None:
            case.next_role = Role.CHIEF
        due = [clock for clock in self.clocks if running.rule_of(clock).is_next_step and clock.paused_at is None]
        if not due:
            raise AssertionError(f"an open case needs a running limit: {case.reference} in {stage}")
        first = min(due, key=lambda clock: (clock.due_on, clock.pk))
        case.next_due_on, case.next_rule = first.due_on, first.rule

    def _owe_report(self) -> None:
        """Of an ended case nobody owes a step, but the report on an order, and the word on that report."""
        case, clock = self.case, self.running("order_answer")
        is_laid = clock is None and case.sender_id is not None and _lies(case)
        if case.sender_id is None or not (clock or is_laid):
            case.next_unit, case.next_role, case.next_step = None, "", ""
            case.next_due_on, case.next_rule = None, ""
            return
        case.next_role, case.next_rule = Role.OFFICER, "order_answer"
        case.next_unit, case.next_step = (case.office, "report_back") if clock else (case.sender, "accept_report")
        case.next_due_on = clock.due_on if clock else case.next_due_on or timezone.localtime(self.at).date()

    def _is_final(self) -> bool:
        """Whether the opinion of the final review reached the filers: then the case ends, and isn't merely closed."""
        return self.case.review_step == FINAL and final_of(self.case) is not None

    def route_report(self) -> None:
        """Say where a report waits: with the nearest inspectors it need not be kept from; else the organ above has it."""
        case = self.case
        unit_id, self.inspectors = access.inspectors(case, timezone.localtime(self.at).date())
        case.next_unit = Unit.objects.get(pk=unit_id) if unit_id else case.office
        case.is_outside = unit_id is None

    def put_notices(self) -> None:
        """Put the notices out; about a sealed case only to the inspectors whose turn it is and to who filed, and never
        a word of what it says."""
        for people, code, facts in self._notices:
            if self.case.is_sealed and not sentences.WORDINGS[code].is_for_employee:
                people = [user for user in people if user in self.inspectors]
            if people:
                outbox.put(self.case.subject, people, code, {"reference": self.case.reference, **facts}, server_now())


@contextmanager
def taking(code: str, case: Case, *, by: Actor, at: datetime) -> Iterator[Turn]:
    """Take one step of the table on a case. The passed `case` is brought up to date when the step is done.

    Raises Forbidden (wrong role), Refused (not in this stage, somebody was faster), Invalid (a moment in the future).
    """
    step = STEPS[code]
    with transaction.atomic():
        locked = (
            access.with_recusal(Case.objects.all(), by)
            .select_for_update(of=("self", "subject"))
            .select_related("subject__key", "office", "sender", "unit", "next_unit", "policy", "review_unit")
            .get(pk=case.pk)
        )
        _check(step, locked, by, at)
        before, old_stage = record.columns(locked), locked.stage
        old_matter = locked.matter
        turn = Turn(code, locked, by, at, clocks=list(running.running(locked.subject)))
        yield turn
        turn.stop(*step.stops)
        turn.start(*step.starts)
        stage = step.enters or Stage(old_stage)
        if stage in ENDED:
            turn.stop_all()
        turn.enter(stage)
        after = record.columns(locked)
        changed = {name: value for name, value in after.items() if before[name] != value}
        if changed or locked.matter != old_matter:
            _update(locked, old_stage, [*changed, *(["matter"] if locked.matter != old_matter else [])])
        if changed:
            turn.sets["case"] = changed
        if locked.matter != old_matter:
            turn.texts["case.matter"] = locked.matter or None
        events.append(locked.subject, code, by=by, at=at, sets=turn.sets, facts=turn.facts, texts=turn.texts)
        turn.put_notices()
    case.__dict__.update(locked.__dict__)


def _lies(case: Case) -> bool:
    return OrderReport.objects.filter(case=case, dispatch__ended_at=None, is_accepted=None).exists()


def note_row(turn: Turn, kind: str, text: str) -> Note:
    """A note of this step, unsaved: its words in the clear, or sealed where the case is."""
    note = Note(case=turn.case, kind=kind, at=turn.at, written_at=server_now())
    note.written_by_id = turn.by.user_id if isinstance(turn.by, Staff) else None
    sealed.put_text(note, text, turn.case)
    return note


def begin(
    case: Case,
    stage: Stage,
    rules: tuple[str, ...],
    *,
    set_days: Mapping[str, int] | None = None,
    by: Actor,
    at: datetime,
    code: str = "receive",
    since: datetime | None = None,
) -> Turn:
    """Insert a new case with its clocks running. The caller adds filing, party and demands, then calls `received`.

    `set_days`: rules with the length in days that somebody else set for them.
    `since`: from when its limits count, where that is not now: what was split from a case counts from its receipt.
    """
    turn = Turn(code, case, by, at)
    turn.start(*rules, at=since)
    for rule, days in (set_days or {}).items():
        turn.start(rule, at=since, set_days=days)
    turn.enter(stage)
    case.save(force_insert=True)
    return turn


def received(turn: Turn) -> None:
    """Append the first event of a case begun by `begin`."""
    turn.note(turn.case)
    subject = turn.case.subject
    events.append(subject, turn.code, by=turn.by, at=turn.at, sets=turn.sets, facts=turn.facts, texts=turn.texts)
    turn.put_notices()


def _update(case: Case, old_stage: str, names: list[str]) -> None:
    values = {name: getattr(case, name) for name in names}
    if not Case.objects.filter(pk=case.pk, stage=old_stage).update(**values):
        raise Refused("already_moved", "这件事项刚刚有人办理过。请刷新页面，看看最新进展再继续。")


def _check(step: Step, case: Case, by: Actor, at: datetime) -> None:
    if at > server_now() + timedelta(minutes=5):
        raise Invalid("future", "时间不能晚于现在。请核对日期和时间。", field="at")
    if timezone.localtime(at).date() < timezone.localtime(case.received_at).date():
        raise Invalid("before_receipt", "时间早于收到这件事项的时间。请核对日期。", field="at")
    if step.needs is None:
        if not isinstance(by, Employee):
            raise Forbidden("employee_only", "这一步只能由反映人本人来做。")
    else:
        access.require(by, step.needs, case)
    if step is not STEPS["declare_recusal"]:
        access.check_recusal(by, case)
    if case.stage not in step.leaves:
        raise Refused("not_now", _not_now(step, case))
    if step.not_for and case.classification == step.not_for:
        raise Refused("not_for_class", f"这件事项是{step.not_for.label}，没有“{step.label}”这一步。请研究后书面答复。")


def _not_now(step: Step, case: Case) -> str:
    where = "、".join(f"“{stage.label}”" for stage in Stage if stage in step.leaves)
    return f"这件事项现在是“{case.stage_words}”，不能“{label(step, case)}”。这一步要在{where}时办理。可能有人刚刚办理过，请刷新页面。"


@dataclass(frozen=True)
class Offer:
    """A step that can be taken now by this actor: a button. `is_main` marks the one that is due."""

    code: str
    label: str
    is_main: bool


def available(case: Case, *, by: Actor) -> list[Offer]:
    """The steps this actor may take on the case now, in the order of the table, the due one marked."""
    offers = []
    is_blocked = access.is_blocked(by, case)
    state = {"report_back": "owed", "accept_report": "laid"}.get(case.next_step, "")
    for code, step in STEPS.items():
        if is_blocked and code != "declare_recusal":
            continue
        if step.of_order and step.of_order != state:
            continue
        if (
            case.stage not in step.leaves
            or code in NOT_BUTTONS
            or (step.not_for and case.classification == step.not_for)
            or not fits(code, case)
        ):
            continue
        if access.may(by, step.needs, case) if step.needs else isinstance(by, Employee):
            offers.append(Offer(code, label(step, case), code == case.next_step and isinstance(by, Staff)))
    return offers
