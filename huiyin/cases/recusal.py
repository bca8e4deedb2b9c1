"""Recusal (回避, 《信访工作条例》第二十八条第三款): declared, asked for by who filed, or found from the organisation.

Until it is decided the person takes no step on the case (`access.check_recusal`, asked by every step); granted, the case is
out of their sight. Decided by the head of the unit that issues the decision, of a worker of the office by the office's
head, of a head by the next one above. Nobody decides on themselves, and nobody learns who complained.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import access, accused, letters, sealed, together
from huiyin.cases.accused import Named
from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Case, Filing, Recusal
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Employee
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.notices import outbox
from huiyin.org import structure
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Permission, Role
from huiyin.papers.models import Delivery
from huiyin.papers.templates import Value

REASON_LIMIT = 500
HANDLER, HEAD, OFFICER = "handler", "head", "officer"
ABOUT = {HANDLER: "承办这件事的人", HEAD: "审批这件事的单位负责人", OFFICER: "信访专员"}
FOUND = "按登记的情况和任职关系，与信访事项有直接利害关系"
OWN_WORD = "本人说明与信访事项或者信访人有直接利害关系"


def declare(case: Case, *, reason: str, by: Actor, at: datetime) -> Recusal:
    """Somebody at work says that they have an interest of their own in the case; blocked at once."""
    reason = chinese.needed(
        reason, limit=REASON_LIMIT, field="reason", sentence=_("请写明是什么关系，例如亲属、被反映的人、有经济往来。")
    )
    with taking("declare_recusal", case, by=by, at=at) as turn:
        return _open(turn, User.objects.get(pk=turn.user_id), Recusal.Ground.DECLARED, reason)


def ask(filing: Filing, *, about: str, reason: str, name: str = "", by: Actor, at: datetime) -> list[Recusal]:
    """Who filed asks that somebody step aside: the handler, the head who approves, or an officer (by name where there
    are several). Invalid where nobody is meant, with a sentence that says what to write."""
    reason = chinese.needed(
        reason, limit=REASON_LIMIT, field="reason", sentence=_("请写明为什么请求回避，例如是亲属、就是您反映的人。")
    )
    if not isinstance(by, Employee):
        raise Forbidden("employee_only", _("这一步只能由反映人本人来做。"))
    letters.check_stands(filing)
    with taking("ask_recusal", together.leading(filing.case), by=by, at=at) as turn:
        turn.facts["filing"] = filing.reference
        people = _meant(turn.case, about, name, timezone.localtime(at).date())
        return [_open(turn, user, Recusal.Ground.REQUESTED, reason, filing) for user in people]


def _meant(case: Case, about: str, name: str, on: date) -> list[User]:
    if about == HANDLER:
        found = [case.handler] if case.handler else []
    elif about == HEAD:
        head = structure.head_of(structure.issuer(case.unit or case.office), on)
        found = [head] if head else []
    elif about == OFFICER:
        found = structure.holders(Permission.TRIAGE, case.office, on)
        if len(found) > 1:
            found = [user for user in found if user.name == name.strip()]
            if not found:
                raise Invalid("name", _("信访专员不止一位，请写明是哪一位的姓名。"), field="name")
    else:
        raise Invalid("about", _("请选择请求谁回避。"), field="about")
    if not found:
        raise Invalid("about", _("现在还没有人担任这项工作。等确定了办理的人再请求，或者换一项。"), field="about")
    return found


def name_object(case: Case, named: Named, *, by: Actor, at: datetime) -> Case:
    """The officer keeps, sealed, whom an ordinary case complains of. Whoever handles or approves it and is that person, or
    heads their department, is blocked until their recusal is decided."""
    if not named:
        raise Invalid("accused", _("请写明反映的是谁，或者选择单位、填写工号。"), field="accused")
    with taking("name_object", case, by=by, at=at) as turn:
        accused.put(turn, named)
        find(turn)
    return case


def find(turn: Turn) -> None:
    """Within an act that says who handles a case or whom it is about: ask for the recusal of those in conflict."""
    case, on = turn.case, timezone.localtime(turn.at).date()
    head = structure.head_of(structure.issuer(case.unit), on) if case.unit else None
    for user in filter(None, (case.handler, head)):
        is_known = Recusal.objects.filter(case=case, concerns=user).exists()
        if not is_known and access.is_object(case, user.pk):
            _open(turn, user, Recusal.Ground.FOUND, "")


def _open(turn: Turn, user: User, ground: str, reason: str, filing: Filing | None = None) -> Recusal:
    case = turn.case
    earlier = Recusal.objects.filter(case=case)
    if earlier.filter(concerns=user, is_granted=None).exists():
        raise Refused("recusal_asked", _("这个人的回避已经提出，正在等待决定，决定前不会参与办理。"))
    if earlier.filter(concerns=user, is_granted=True).exists():
        raise Refused("recusal_granted", _("这个人已经回避，不再参与办理。"))
    row = Recusal(case=case, no=earlier.count() + 1, concerns=user, ground=ground, filing=filing, asked_at=turn.at)
    row.sealed_reason = sealed.seal_recusal(case, reason) if reason else None
    row.decides = _decides(case, user, timezone.localtime(turn.at).date())
    turn.keep(row)
    turn.notify(deciders(row, timezone.localtime(turn.at).date()), "recusal_to_decide")
    return row


def _decides(case: Case, user: User, on: date) -> Unit:
    """The unit whose head decides: the one that issues the decision where they work for it, else the office's; the next
    above where that head is the person; the uppermost where there is none."""
    unit = case.unit or case.office
    works_there = structure.held_on(on).filter(user=user, unit__path__startswith=unit.path).exists()
    first = structure.issuer(unit if works_there else case.office, on)
    heads = [one for one in structure.ancestors(first) if one.acts_in_own_name and structure.is_open(one, on)]
    for one in heads:
        head = structure.head_of(one, on)
        if head is not None and head.pk != user.pk:
            return one
    return heads[-1]


def deciders(row: Recusal, on: date) -> list[int]:
    """The accounts that may decide: the heads of that unit but the person, else its deputies. At most two statements."""
    posts = structure.held_on(on).filter(unit=row.decides_id, user__is_active=True).exclude(user=row.concerns_id)
    heads = posts.filter(role__in=structure.HEADS).values_list("user_id", flat=True)
    return sorted(set(heads)) or sorted(set(posts.filter(role=Role.DEPUTY).values_list("user_id", flat=True)))


def decide(
    row: Recusal, *, is_granted: bool, reason: str, successor: User | None = None, by: Actor, at: datetime
) -> Recusal:
    """Grant or refuse, with the reason, in writing (D11). Granted: the person is out of the case, which goes to the
    successor or waits for the others of the unit."""
    reason = chinese.needed(reason, limit=REASON_LIMIT, field="reason", sentence=_("请写明决定的理由。"))
    with taking("decide_recusal", row.case, by=by, at=at) as turn:
        row = Recusal.objects.select_related("concerns", "filing", "case__subject__key").get(pk=row.pk)
        if row.is_granted is not None:
            raise Refused("decided", _("这件回避已经有了决定。请刷新页面查看。"))
        if turn.user_id not in deciders(row, timezone.localtime(at).date()):
            raise Forbidden("not_yours_to_decide", _("这件回避由有权决定的单位负责人决定，本人不能决定自己的回避。"))
        row.is_granted, row.decided_by_id, row.decided_at = is_granted, turn.user_id, at
        row.sealed_answer = sealed.seal_recusal(turn.case, reason)
        turn.keep(row)
        if is_granted:
            _out(turn, row, successor)
        _tell(turn, row, reason, successor)
    return row


def _out(turn: Turn, row: Recusal, successor: User | None) -> None:
    case = turn.case
    outbox.withdraw_from(case.subject, [row.concerns_id], turn.at)
    if case.handler_id == row.concerns_id:
        if successor is not None and (
            successor.pk == row.concerns_id or case.unit is None or successor not in successors(case, turn.at)
        ):
            raise Invalid("successor", _("接替的人应当是承办单位在岗的另一位承办人。请重新选择。"), field="successor")
        case.handler = successor
        find(turn)


def successors(case: Case, at: datetime) -> Sequence[User]:
    """The handlers of the unit who could take over. One statement."""
    if case.unit is None:
        return []
    posts = structure.held_on(timezone.localtime(at).date()).filter(
        role=Role.HANDLER, unit__path__startswith=case.unit.path, user__is_active=True
    )
    posts = posts.exclude(user=case.handler_id).select_related("user").order_by("pk")
    return list({post.user_id: post.user for post in posts}.values())


def _tell(turn: Turn, row: Recusal, reason: str, successor: User | None) -> None:
    """The paper to who asked, else to everybody who filed; and the notice to the person, without a word of why."""
    case = turn.case
    asked = sealed.recusal_words(row) if row.ground == Recusal.Ground.REQUESTED else ""
    fields: dict[str, Value] = {
        "addressee": letters.addressee(case),
        "case_number": case.number or case.reference,
        "applicant": {"requested": "信访人", "declared": row.concerns.name, "found": row.decides.name}[row.ground],
        "way": row.ground,
        "asked_on": timezone.localtime(row.asked_at).date().isoformat(),
        "person": row.concerns.name,
        "ground": asked or {"declared": OWN_WORD, "found": FOUND}[row.ground],
        "decision": "recused" if row.is_granted else "kept",
        "reason": reason,
    }
    if row.is_granted and successor is not None:
        fields["successor"] = successor.name
    parties = letters.addressees(case)
    if row.filing is not None:
        turn.facts["filing"] = row.filing.reference
        parties = [party for party in parties if party.filing_id == row.filing_id]
    for one in letters.issue_copies(turn, "D11", fields, structure.issuer(row.decides), parties):
        if letters.may_by_portal(one.party):
            letters.deliver(turn, one, Delivery.Way.PORTAL)
    turn.notify([row.concerns_id], "recusal_decided")
