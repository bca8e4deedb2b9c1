"""Who tells the filer the progress of an open case by when. The filer sees each promise, each contact, each broken one.

How often follows the policy's closed list of harms and the waiting time, and nothing else (product.md §3): `cadence`
is given these two alone. Where two apply, the shorter holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from huiyin.cases import letters, together
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import Case, Commitment, Filing, Note, Quiet
from huiyin.cases.steps import UNSETTLED
from huiyin.clocks import policy
from huiyin.clocks.counting import count
from huiyin.clocks.models import Clock
from huiyin.clocks.rules import Cadence, Policy
from huiyin.clocks.workdays import Calendar
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Employee, Staff, System
from huiyin.kernel.errors import DomainError, Forbidden, Invalid, Refused
from huiyin.org.permissions import Role

TOLD_LIMIT = 2000
AT_ONCE = 200  # cases a tick promises for


def cadence(harms: Collection[str], waited: int, limits: Policy) -> Cadence | None:
    """How often, for these harms and this many days since the first receipt. None: no promise is due."""
    fitting = [
        one
        for one in limits.cadences
        if set(one.harms) & set(harms) or (one.after_days is not None and waited >= one.after_days)
    ]
    return min(fitting, key=lambda one: _length(one, limits), default=None)


def running_of(case: Case) -> Commitment | None:
    """The promise that stands, if there is one."""
    rows = Commitment.objects.select_related("clock").filter(case=case, kept_at=None, clock__stopped_at=None)
    return rows.first()


def note_harms(case: Case, *, harms: Sequence[str], by: Actor, at: datetime) -> Case:
    """Say which harms of the closed list the case involves now; those left out have ended. The promise follows at once."""
    with taking("note_harms", case, by=by, at=at) as turn:
        known = policy.of(turn.case.policy_id).harms
        if unknown := set(harms) - set(known):
            raise Invalid("harms", "请从列出的困难情形里选择。", field="harms", unknown="、".join(sorted(unknown)))
        turn.case.harms = " ".join(code for code in known if code in harms)
        _follow(turn)
    return case


def keep_commitment(case: Case, *, way: str, told: str, to: Sequence[str] = (), by: Actor, at: datetime) -> Note:
    """The filer was told the progress as promised: when, how, what. The next promise starts from here.

    By the role the cadence names, or one above it. There is no field for impressions.
    """
    told = chinese.clean(told, limit=TOLD_LIMIT, field="told")
    if not told:
        raise Invalid("told", "请写明告诉了反映人哪些进展。", field="told")
    if way not in Note.ContactWay.values:
        raise Invalid("way", "请选择联系方式。", field="way")
    with taking("keep_commitment", case, by=by, at=at) as turn:
        standing = running_of(turn.case)
        if standing is None:
            raise Refused("nothing_promised", "这件事项现在没有联系承诺。一般的联系请用“记录联系反映人”。")
        _check_role(turn, standing)
        silent = quiet(turn.case)
        filings = [one for one in letters.chosen(turn.case, to) if one.pk not in silent]
        if not filings:
            raise Refused("declined", "反映人说过不用定期联系。有文书或者问题，请按送达、提问办理。")
        letters.note_filings(turn, filings)
        for filing in reversed(filings):
            note = note_row(turn, Note.Kind.CONTACT, told)
            note.way, note.filing = way, filing
            turn.keep(note)
        standing.kept_at, standing.kept_by = at, note
        turn.keep(standing)
        turn.stop(standing.clock.rule)
        _follow(turn)
        turn.notify(letters.accounts(turn.case, filings), "progress")
    return note


def decline_contact(filing: Filing, *, by: Actor, at: datetime) -> Filing:
    """The filer wants no regular contact: for this filing it stops. Papers and questions come as before."""
    with _wishing("decline_contact", filing, by, at) as turn:
        if Quiet.objects.filter(filing=filing, ended_at=None).exists():
            raise Refused("said_already", "您已经说过不用定期联系。")
        turn.keep(Quiet(case=turn.case, filing=filing, said_at=at))
        _follow(turn)
    return filing


def want_contact(filing: Filing, *, by: Actor, at: datetime) -> Filing:
    """The filer wants to be told again."""
    with _wishing("want_contact", filing, by, at) as turn:
        row = Quiet.objects.filter(filing=filing, case=turn.case, ended_at=None).first()
        if row is None:
            raise Refused("not_quiet", "我们一直会按承诺联系您，不需要再申请。")
        row.ended_at = at
        turn.keep(row)
        _follow(turn)
    return filing


def quiet(case: Case) -> set[int]:
    """Filings of a case, joined ones too, whose filers want no regular contact."""
    rows = Quiet.objects.filter(filing__in=together.standing(case), ended_at=None)
    return set(rows.values_list("filing_id", flat=True))


@contextmanager
def _wishing(step: str, filing: Filing, by: Actor, at: datetime) -> Iterator[Turn]:
    if not isinstance(by, Employee):
        raise Forbidden("employee_only", "这一步只能由反映人本人来做。")
    letters.check_stands(filing)
    with taking(step, together.leading(filing.case), by=by, at=at) as turn:
        turn.facts["filing"] = filing.reference
        yield turn


def start_due(now: datetime) -> int:
    """Promise, or promise more often, for open cases that have waited long enough. For the tick; safe to run twice."""
    limits, done = policy.current(), 0
    for one in sorted(limits.cadences, key=lambda one: _length(one, limits)):
        if one.after_days is None:
            continue
        enough = [other.rule for other in limits.cadences if _length(other, limits) <= _length(one, limits)]
        standing = Clock.objects.filter(subject=OuterRef("subject"), rule__in=enough, stopped_at=None)
        of_case = (
            Q(case=OuterRef("pk")) | Q(case__joined_to=OuterRef("pk")) | Q(case__joined_to__joined_to=OuterRef("pk"))
        )
        wanting = Filing.objects.filter(of_case, withdrawn_at=None).exclude(quiet__ended_at=None, quiet__isnull=False)
        since = now - timedelta(days=one.after_days)
        rows = Case.objects.filter(stage__in=UNSETTLED, is_sealed=False, received_at__lte=since)
        rows = rows.filter(~Exists(standing), Exists(wanting)).order_by("received_at", "pk")
        for case in rows[:AT_ONCE]:
            try:
                with taking("promise", case, by=System("tick"), at=now) as turn:
                    done += _follow(turn)
            except DomainError:  # somebody moved the case meanwhile; the next minute looks again
                continue
    return done


def _follow(turn: Turn) -> bool:
    """Bring the promise in line with harms and waiting time. Whether something changed."""
    case = turn.case
    limits = policy.of(case.policy_id)
    waited = (timezone.localtime(turn.at).date() - timezone.localtime(case.received_at).date()).days
    is_wanted = bool({filing.pk for filing in together.standing(case)} - quiet(case))
    due = cadence(case.harms.split(), waited, limits) if is_wanted and not case.is_sealed else None
    standing = running_of(case)
    if standing is not None and (due is None or standing.clock.rule != due.rule):
        turn.stop(standing.clock.rule)
    elif standing is not None or due is None:
        return False
    if due is not None:
        turn.start(due.rule)
        clock = turn.running(due.rule)
        turn.keep(Commitment(case=case, clock=clock, promised_at=turn.at))
    return True


def _check_role(turn: Turn, standing: Commitment) -> None:
    limits = policy.of(turn.case.policy_id)
    named = next((one.by for one in limits.cadences if one.rule == standing.clock.rule), ())
    able = {above for role in named for above in ABOVE.get(role, (role,))}
    if turn.case.unit is None:
        able.add(Role.OFFICER)  # no unit has it yet: the office speaks for all
    if isinstance(turn.by, Staff) and not any(post.role in able for post in turn.by.posts):
        who = "、".join(str(Role(role).label) for role in named)
        raise Forbidden("not_yours_to_do", "这一步需要“%(who)s”来办，请转告他们或换用相应岗位的账号。", who=who)


# Who may keep a promise that names a role: the role itself, and those above it.
ABOVE: dict[str, tuple[str, ...]] = {
    Role.HANDLER: (Role.HANDLER, Role.OFFICER, Role.UNIT_HEAD, Role.DEPUTY, Role.CHIEF),
    Role.UNION: (Role.UNION,),
    Role.UNIT_HEAD: (Role.UNIT_HEAD, Role.DEPUTY, Role.CHIEF),
    Role.DEPUTY: (Role.DEPUTY, Role.CHIEF),
}


def _length(one: Cadence, limits: Policy) -> int:
    """Days of a cadence, counted from a fixed day: months and days compare."""
    start = datetime(2026, 1, 1, tzinfo=timezone.get_current_timezone())
    calendar = Calendar({}, zone=timezone.get_current_timezone())
    return (count(limits.rule(one.rule), start, calendar).unrolled - start.date()).days
