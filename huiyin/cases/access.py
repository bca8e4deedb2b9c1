"""Who may see which case, and who may take which step on it. Deny by default; every page, list, count and act asks here.

Rows come from `visible_to`, acts from `require`. A report of wrongdoing is visible to the inspector alone: for everybody
else it does not exist (《信访工作条例》第三十条, 第四十六条第五项), and neither does it for an inspector who is accused, led by
the accused, or at work in an accused unit or below it. Nothing keeps a copy of that: it ends with the row that names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from huiyin.cases.models import Accused, Aid, Case, CoHandling, Filing, Recusal, Review
from huiyin.cases.models.case import UNDER_REVIEW
from huiyin.kernel.actors import Actor, Employee, Held, Staff, System
from huiyin.kernel.errors import Forbidden, NotFound, Refused
from huiyin.org import structure
from huiyin.org.models import Post, Unit
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role
from huiyin.vault.digests import keyed_digest

# Roles that see what comes to their office; the others see what their unit handles.
SEES_BY_OFFICE = frozenset({Role.OFFICER.value, Role.CHIEF.value})


def visible_to(actor: Actor) -> QuerySet[Case]:
    """The cases this actor may see: rows of every page, list and count. Lazy, no statement of its own.

    An employee with an account sees the cases whose party carries the account's digest; one who came by query code
    sees the case of that filing and of what was split from it. `System` sees all of them: it acts for nobody.
    """
    if isinstance(actor, System):
        return Case.objects.all()
    if isinstance(actor, Employee):
        if actor.filing_id is not None:
            own = Q(filings__id=actor.filing_id) | Q(filings__part_of=actor.filing_id)
            return Case.objects.filter(pk__in=Case.objects.filter(own).values("pk"))
        if actor.user_id is not None:
            digest = account_digest(actor.user_id)
            return Case.objects.filter(pk__in=Case.objects.filter(parties__account_digest=digest).values("pk"))
        return Case.objects.none()
    rows = Q(pk__in=[])
    for post in actor.posts:
        rows |= _rows_of(post, actor.user_id)
    out_of = Recusal.objects.filter(concerns=actor.user_id, is_granted=True)
    found = Case.objects.filter(rows).exclude(pk__in=out_of.values("case"))
    if any(post.role == Role.INSPECTOR for post in actor.posts):
        found = found.exclude(is_sealed=True, pk__in=kept_from(actor))
    return found


def _rows_of(post: Held, user_id: int) -> Q:
    codes = ROLE_PERMISSIONS[Role(post.role)]
    if Permission.INSPECT in codes:
        return Q(is_sealed=True) & _below("office", post.reach)
    if post.role == Role.UNION:  # what the union is asked to help with, while it is
        asked = Aid.objects.filter(ended_at=None, union__in=Unit.objects.filter(path__startswith=post.unit_path))
        return Q(is_sealed=False, pk__in=asked.values("case"))
    if Permission.SEE_CASES not in codes:
        return Q(pk__in=[])
    if post.role == Role.REVIEWER:  # what was asked of this very unit, or of one that it took over from
        came = Unit.objects.filter(
            Q(pk=post.unit_id) | Q(successor=post.unit_id) | Q(successor__successor=post.unit_id)
        )
        return Q(is_sealed=False, pk__in=Review.objects.filter(unit__in=came).values("case"))
    column = "office" if post.role in SEES_BY_OFFICE else "unit"
    rows = _below(column, post.reach)
    if column == "office" and rows:  # what this office sent elsewhere and still has a word on
        rows |= _below("sender", post.reach)
    if Permission.CO_HANDLE in codes and rows:
        rows |= Q(pk__in=CoHandling.objects.filter(_below("unit", post.reach), ended_at=None).values("case"))
    if post.role == Role.HANDLER:  # a department's handler may be given a case of the unit above
        rows |= Q(handler=user_id, unit__path__in=structure.paths_up(post.unit_path))
    return Q(is_sealed=False) & rows


def _below(column: str, paths: Iterable[str]) -> Q:
    """Rows whose unit in `column` lies in one of the subtrees; the whole tree needs no condition on it."""
    rows = Q(pk__in=[])
    for path in paths:
        if structure.is_whole_tree(path):
            return Q(**{f"{column}__isnull": False}) if column == "unit" else Q()
        rows |= Q(**{f"{column}__in": Unit.objects.filter(path__startswith=path)})
    return rows


def kept_from(staff: Staff) -> QuerySet[Accused, int]:
    """The cases to be kept from somebody at work: as accused themselves, or with a unit that accused is or leads.

    Lazy: part of the statement that asks. The digests lead from the viewer to the rows and never back.
    """
    digests = _digests(staff.user_id, (post.unit_path for post in staff.posts))
    return Accused.objects.filter(digest__in=digests).values_list("case", flat=True)


def _digests(user_id: int, paths: Iterable[str]) -> list[str]:
    units = {int(unit) for path in paths for unit in path.strip("/").split("/")}
    return [accused_digest(account=user_id), *(accused_digest(unit=unit) for unit in sorted(units))]


def accused_digest(*, account: int = 0, unit: int = 0) -> str:
    """What a row about an accused carries of an account or a unit (64 hexadecimal characters)."""
    return keyed_digest("accused account" if account else "accused unit", str(account or unit)).hex()


def inspectors(case: Case, on: date) -> tuple[int | None, list[int]]:
    """Whose turn a report is: the nearest unit from its office upward with an inspector who may see it, and their
    accounts. (None, []): nobody in the enterprise may, the organ above does. Three statements.
    """
    posts = structure.held_on(on).filter(role=Role.INSPECTOR, user__is_active=True)
    near = posts.filter(unit__path__in=structure.paths_up(case.office.path)).select_related("unit").order_by("pk")
    units: dict[int, list[Post]] = {}
    for post in sorted(near, key=lambda post: -len(post.unit.path)):
        units.setdefault(post.unit_id, []).append(post)
    people = unconflicted(case, {post.user_id for there in units.values() for post in there}, on)
    for unit_id, there in units.items():
        if able := [post.user_id for post in there if post.user_id in people]:
            return unit_id, list(dict.fromkeys(able))
    return None, []


def unconflicted(case: Case, people: Iterable[int], on: date) -> set[int]:
    """Those of these accounts from whom a case need not be kept on this day. Two statements."""
    named = set(Accused.objects.filter(case=case.pk).exclude(digest="").values_list("digest", flat=True))
    wanted = set(people)
    if not named:
        return wanted
    paths: dict[int, list[str]] = {user: [] for user in wanted}
    for user, path in structure.held_on(on).filter(user__in=wanted).values_list("user_id", "unit__path"):
        paths[user].append(path)
    return {user for user in wanted if named.isdisjoint(_digests(user, paths[user]))}


def account_digest(user_id: int) -> bytes:
    """What a party carries of an account: leads from the account to its own cases, never back."""
    return keyed_digest("account", str(user_id))


def case_for(actor: Actor, reference: str) -> Case:
    """The case, if this actor may see it; NotFound otherwise, whether it exists or not. One statement."""
    case = (
        with_recusal(visible_to(actor), actor)
        .select_related("subject__key", "office", "sender", "unit", "next_unit", "topic", "review_unit")
        .filter(reference=reference)
        .first()
    )
    if case is None:
        raise NotFound()
    return case


def with_recusal(rows: QuerySet[Case], actor: Actor) -> QuerySet[Case]:
    """The rows with whether this actor is kept from acting on each: part of the statement that reads them."""
    if not isinstance(actor, Staff):
        return rows
    own = Recusal.objects.filter(case=OuterRef("pk"), concerns=actor.user_id)
    about = _objects(actor.user_id).filter(case=OuterRef("pk"))
    blocked = Exists(own.exclude(is_granted=False)) | Exists(about) & ~Exists(own.filter(is_granted=False))
    return rows.annotate(blocked_of=Value(actor.user_id), is_blocked=blocked)


def _objects(user_id: int) -> QuerySet[Accused]:
    """Rows by which an ordinary case complains of this account, or, where it handles the case, of somebody whose
    department it heads."""
    managed = Q(kind=Accused.Kind.MANAGER, case__handler=user_id)
    return Accused.objects.filter(Q(kind=Accused.Kind.ACCOUNT) | managed, digest=accused_digest(account=user_id))


def is_blocked(by: Actor, case: Case) -> bool:
    """Whether this person has an interest in the case that is not decided yet, or was found to be one. No statement
    where the case was read `with_recusal` for them."""
    if not isinstance(by, Staff):
        return False
    if getattr(case, "blocked_of", None) != by.user_id:
        case = with_recusal(Case.objects.filter(pk=case.pk), by).get()
    return bool(getattr(case, "is_blocked", False))


def is_object(case: Case, user_id: int) -> bool:
    """Whether a case complains of this account, or of somebody in the department that it heads while it handles the
    case (as the act at hand has it). One statement."""
    kinds = [Accused.Kind.ACCOUNT, *([Accused.Kind.MANAGER] if case.handler_id == user_id else [])]
    return Accused.objects.filter(case=case, kind__in=kinds, digest=accused_digest(account=user_id)).exists()


def check_recusal(by: Actor, case: Case) -> None:
    """Raise Refused where somebody would take a step on a case in which they have an interest (第二十八条第三款)."""
    if is_blocked(by, case):
        raise Refused(
            "recusal", _("您与这件事项可能有直接利害关系，回避作出决定前不能办理。还没有提出的，请先“申报回避”。")
        )


def filing_for(employee: Employee, reference: str) -> Filing:
    """The employee's own filing: by query code that one and its parts split off, by account one whose party carries the account."""
    filings = Filing.objects.select_related("case__subject__key", "case__office", "case__unit").filter(
        reference=reference
    )
    if employee.filing_id is not None:
        filings = filings.filter(Q(pk=employee.filing_id) | Q(part_of=employee.filing_id))
    elif employee.user_id is not None:
        filings = filings.filter(parties__account_digest=account_digest(employee.user_id))
    else:
        raise NotFound()
    filing = filings.first()
    if filing is None:
        raise NotFound()
    return filing


def may(by: Actor, permission: Permission, case: Case) -> bool:
    """Whether the actor's posts carry the permission where this case needs it: at the petition office, at the handling
    unit, or, for approvals and extensions, as head of the unit that issues the decision (第三十四条)."""
    if isinstance(by, System):
        return True
    if isinstance(by, Employee):
        return False
    return any(
        permission in ROLE_PERMISSIONS[Role(post.role)] and _reaches(post, by.user_id, permission, case)
        for post in by.posts
    ) and not (case.is_sealed and kept_from(by).filter(case=case).exists())


def _reaches(post: Held, user_id: int, permission: Permission, case: Case) -> bool:
    is_inspector = post.role == Role.INSPECTOR
    if is_inspector != case.is_sealed:  # the sealed lane is the inspector's, and nothing else is
        return False
    if post.role == Role.REVIEWER:
        return _is_reviewed_by(post, permission, case)
    if permission == Permission.HEAR and case.stage in UNDER_REVIEW:  # then it is the reviewing unit's
        return False
    if permission in {Permission.APPROVE, Permission.EXTEND}:
        return case.unit is not None and post.unit_id == structure.issuer(case.unit).pk
    if post.role == Role.UNION:
        return Aid.objects.filter(case=case, ended_at=None, union__path__startswith=post.unit_path).exists()
    unit = case.office if is_inspector or post.role in SEES_BY_OFFICE else case.unit
    if permission == Permission.ANSWER_SENT:
        unit = case.sender or case.office
    elif permission == Permission.DECIDE_JURISDICTION:
        unit = case.next_unit
    elif permission == Permission.CO_HANDLE:
        return case.pk is not None and any(path.startswith(reach) for path in _helping(case) for reach in post.reach)
    if unit is None:
        return False
    if post.role == Role.HANDLER and case.handler_id == user_id and post.unit_path.startswith(unit.path):
        return True
    return any(unit.path.startswith(path) for path in post.reach)


def _helping(case: Case) -> list[str]:
    """Paths of the units that help with this case now. One statement."""
    return list(CoHandling.objects.filter(case=case, ended_at=None).values_list("unit__path", flat=True))


def _is_reviewed_by(post: Held, permission: Permission, case: Case) -> bool:
    """A reviewer acts on what is reviewed in the own unit, while it is (第三十五条: one level above, never the same)."""
    if case.review_unit is None or (permission == Permission.HEAR and case.stage not in UNDER_REVIEW):
        return False
    return structure.live(case.review_unit).pk == post.unit_id


def require(by: Actor, permission: Permission, case: Case) -> None:
    """Raise Forbidden unless `may`. The sentence says whose step it is."""
    if not may(by, permission, case):
        raise Forbidden(
            "not_yours_to_do", "这一步需要“%(who)s”来办，请转告他们或换用相应岗位的账号。", who=WHOSE[permission]
        )


WHOSE: Mapping[Permission, str] = {
    Permission.SEE_CASES: "有权查看的工作人员",
    Permission.REGISTER: "信访专员",
    Permission.TRIAGE: "信访专员",
    Permission.ASSIGN: "信访专员",
    Permission.ANSWER_SENT: "转出或交办这件事项的信访专员",
    Permission.DECIDE_JURISDICTION: "双方共同的上级单位主要领导",
    Permission.HAND_OVER: "信访专员",
    Permission.CO_HANDLE: "协办单位",
    Permission.TAKE_IN: "承办单位的联络员、承办人或负责人",
    Permission.HANDLE: "承办人或信访专员",
    Permission.APPROVE: "作出处理意见的单位负责人",
    Permission.EXTEND: "作出处理意见的单位负责人",
    Permission.SEAL: "信访专员",
    Permission.CLOSE: "信访专员",
    Permission.KEEP_COMMITMENT: "作出联系承诺的岗位",
    Permission.AID: "工会",
    Permission.REVIEW: "上一级单位的复查复核人员",
    Permission.HEAR: "承办人、信访专员；复查、复核中是复查复核人员",
    Permission.OPEN_IDENTITY: "承办这件事的工作人员",
    Permission.APPROVE_OPENING: "分管领导或主要领导",
    Permission.LOOK_UP: "信访专员",
    Permission.SUPERVISE: "信访专员",
    Permission.REPORT_BACK: "单位负责人或信访联络员",
    Permission.INSTRUCT: "分管领导或主要领导",
    Permission.MANAGE_FORMS: "信访专员或系统管理员",
    Permission.REPORT_URGENT: "信访专员、联络员、承办人或单位负责人",
    Permission.INSPECT: "纪检监察人员",
    Permission.MANAGE_ACCOUNTS: "系统管理员",
    Permission.GRANT_POSTS: "安全管理员",
    Permission.AUDIT: "审计管理员",
}


def is_staff(actor: Actor) -> bool:
    """Whether the actor works at the desk: holds at least one post."""
    return isinstance(actor, Staff) and bool(actor.posts)
