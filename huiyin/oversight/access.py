"""Who sees and who acts on what is asked of units. Deny by default; what is about a case in the sealed lane is there for
the inspector alone, as the case is (《信访工作条例》第三十条)."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Q, QuerySet

from huiyin.cases import access
from huiyin.cases.models import Case
from huiyin.kernel.actors import Actor, Held, Staff, System
from huiyin.kernel.errors import Forbidden, NotFound
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role, roles_with
from huiyin.oversight.models import Advice, Asked, Instruction, State, Supervision

Kind = TypeVar("Kind", Supervision, Instruction, Advice)
BEFORE = (State.PROPOSED, State.DISMISSED)


def visible(kind: type[Kind], by: Staff) -> QuerySet[Kind]:
    """What this person may see of a kind: about the cases in view, and what is asked of the own unit. Lazy.

    What was only proposed is the petition office's: `proposals`.
    """
    rows = kind._default_manager.all()
    rows = rows.filter(Q(case__in=access.visible_to(by)) | ~Q(case__is_sealed=True) & Q(unit__in=_units(by)))
    return rows.exclude(state__in=BEFORE) if kind is Supervision else rows


def proposals(by: Staff) -> QuerySet[Supervision]:
    """What the triggers found in the offices where this person supervises, not decided on yet. Open cases alone."""
    mine = Q(pk__in=[])
    for post in by.posts:
        if Permission.SUPERVISE in ROLE_PERMISSIONS[Role(post.role)]:
            mine |= Q(case__office__in=below(post))
    return Supervision.objects.filter(mine, state=State.PROPOSED, case__is_sealed=False, case__closed_at=None)


def one(kind: type[Kind], by: Staff, reference: str) -> Kind:
    """The one of this reference, if this person may see it; NotFound otherwise, whether it exists or not."""
    rows = visible(kind, by)
    found: Kind | None = _whole(rows).filter(reference=reference).first()
    if found is None and kind is Supervision:
        found = _whole(proposals(by)).filter(reference=reference).first()
    if found is None:
        raise NotFound()
    return found


def _whole(rows: QuerySet[Kind]) -> QuerySet[Kind]:
    return rows.select_related(
        "subject__key", "case__office", "case__unit", "unit", "clock", "paper", "asked_by", "closed_by"
    )


def _units(by: Staff) -> QuerySet[Unit]:
    rows = Q(pk__in=[])
    for post in by.posts:
        if ROLE_PERMISSIONS[Role(post.role)] & {Permission.REPORT_BACK, Permission.SUPERVISE}:
            rows |= Q(pk__in=below(post))
    return Unit.objects.filter(rows)


def below(post: Held) -> QuerySet[Unit]:
    """The units this post answers for, as rows. Lazy."""
    rows = Q(pk__in=[])
    for path in post.reach:
        if structure.is_whole_tree(path):
            return Unit.objects.all()
        rows |= Q(path__startswith=path)
    return Unit.objects.filter(rows)


def may_supervise(by: Actor, case: Case | None, unit: Unit | None = None) -> bool:
    """Whether the actor's office is the case's (of advice without a case: has the unit below it)."""
    if isinstance(by, System):
        return True
    where = case.office if case else unit
    return where is not None and not (case and case.is_sealed) and _reaches(by, Permission.SUPERVISE, where)


def may_answer(by: Actor, row: Asked) -> bool:
    """Whether the actor answers for the unit: its liaison and head, the deputy whose area it is in, the chief."""
    case = row.case_or_none
    return not (case and case.is_sealed) and _reaches(by, Permission.REPORT_BACK, row.unit)


def may_instruct(by: Actor, case: Case) -> bool:
    """Whether the actor leads what this case belongs to: a chief the office, a deputy the area of the handling unit."""
    return not case.is_sealed and any(
        _reaches(by, Permission.INSTRUCT, unit) for unit in (case.office, case.unit) if unit is not None
    )


def may_read_back(by: Actor, row: Asked) -> bool:
    """Whether the actor accepts or returns the answer: who asked. Of an instruction the leader who gave it, another who
    leads the unit once that one has left, and the office for one that came on paper."""
    if isinstance(row, Instruction):
        if not isinstance(by, Staff) or row.case.is_sealed:
            return False
        if by.user_id == row.given_by_id:
            return _reaches(by, Permission.INSTRUCT, row.unit) or _reaches(by, Permission.INSTRUCT, row.case.office)
        if row.asked_by_id != row.given_by_id and may_supervise(by, row.case):
            return True
        return may_instruct(by, row.case) and not _leads_still(row.given_by_id)
    return may_supervise(by, row.case_or_none, row.unit)


def _leads_still(user_id: int) -> bool:
    held = structure.held_on(structure.current_day()).filter(user=user_id, user__is_active=True)
    return held.filter(role__in=roles_with(Permission.INSTRUCT)).exists()


def need(is_allowed: bool, permission: Permission) -> None:
    """Forbidden unless allowed; the sentence says whose step it is."""
    if not is_allowed:
        raise Forbidden(
            "not_yours_to_do",
            "这一步需要“%(who)s”来办，请转告他们或换用相应岗位的账号。",
            who=access.WHOSE[permission],
        )


def _reaches(by: Actor, permission: Permission, unit: Unit) -> bool:
    return isinstance(by, Staff) and any(
        permission in ROLE_PERMISSIONS[Role(post.role)] and any(unit.path.startswith(path) for path in post.reach)
        for post in by.posts
    )
