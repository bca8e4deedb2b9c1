"""Urgent reports as one act (《信访工作条例》第二十五条; the enterprise's own 30 minutes): a sealed, numbered paper D23, and
the leaders told at once by notices without a word of the grievance. Follow-ups go on the same matter.

There is no field for who is present. A matter may be linked to a case that the reporter sees, never to one in the
sealed lane. The link is in no paper and no notice: the page shows it to who sees the case, so that a case which is
sealed later tells nobody its number here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from huiyin.cases import access as cases
from huiyin.cases.models import Case
from huiyin.clocks import running
from huiyin.kernel.actors import Staff
from huiyin.kernel.chinese import clean
from huiyin.kernel.errors import Forbidden, Invalid, NotFound
from huiyin.kernel.ids import new_reference
from huiyin.notices import outbox
from huiyin.org import structure
from huiyin.org.models import Post, Unit
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role
from huiyin.oversight.models.urgent import Urgent, UrgentReport, UrgentTold
from huiyin.oversight.urgent_record import columns, entity
from huiyin.papers import issuing
from huiyin.trail import events
from huiyin.trail.models import Subject

RULE, PAPER = "urgent_report", "D23"
NOTICES = ("urgent_reported", "urgent_followed")  # of a first report, of a follow-up
TOLD_ROLES = (Role.CHIEF, Role.DEPUTY, Role.OFFICER, Role.UNIT_HEAD)
TEXTS = ("demand", "state", "measures", "next_steps")
TEXT_LIMIT, PLACE_LIMIT, MOST_PEOPLE = 500, 80, 100_000
CLOCKS_DIFFER = timedelta(minutes=5)


def report(
    said: Mapping[str, str],
    *,
    headcount: int,
    happened_at: datetime,
    known_at: datetime,
    case: Case | None = None,
    by: Staff,
    at: datetime,
) -> Urgent:
    """Report a new urgent matter. `said`: place, demand, state, measures, next_steps; `at` is the server's time.

    Raises Forbidden for whoever doesn't report for a unit, Invalid for what is missing or for times that can't be,
    NotFound for a case that isn't the reporter's to see or lies in the sealed lane.
    """
    unit = _unit_of(by)
    fields = _checked(said, headcount, happened_at, at)
    if known_at > at + CLOCKS_DIFFER or known_at < happened_at:
        raise Invalid("known_at_impossible", _("获知时间应当在发生之后、现在之前，请核对。"), field="known_at")
    if case is not None and (case.is_sealed or not cases.visible_to(by).filter(pk=case.pk).exists()):
        raise NotFound()
    with transaction.atomic():
        subject = events.new_subject("urgent")
        (clock,) = running.start(subject, [RULE], known_at, unit=unit)
        running.stop([clock], max(at, known_at))
        urgent = Urgent.objects.create(
            subject=subject,
            reference=new_reference(),
            unit=unit,
            case=case,
            known_at=known_at,
            clock=clock,
            opened_at=at,
        )
        sets = {entity(urgent): columns(urgent), **running.sets([clock])}
        _add(urgent, subject, fields, headcount, happened_at, sets, by, at)
    return urgent


def follow(
    urgent: Urgent, said: Mapping[str, str], *, headcount: int, happened_at: datetime, by: Staff, at: datetime
) -> UrgentReport:
    """Report on the same matter again (续报). As `report`; Forbidden also for whoever doesn't see it."""
    _unit_of(by)
    if not visible(by).filter(pk=urgent.pk).exists():
        raise NotFound()
    fields = _checked(said, headcount, happened_at, at)
    with transaction.atomic():
        subject = events.lock(urgent.subject_id)
        first = urgent.reports.select_related("paper").get(number=0)
        fields["first_number"] = first.paper.number or ""
        fields["follow_up"] = str(urgent.reports.count())
        return _add(urgent, subject, fields, headcount, happened_at, {}, by, at)


def read(urgent: Urgent, *, by: Staff, at: datetime) -> int:
    """Say that one has read all reports of the matter so far; how many were unread. Only for those who were told."""
    with transaction.atomic():
        subject = events.lock(urgent.subject_id)
        rows = list(
            UrgentTold.objects.select_for_update(of=("self",)).filter(
                report__urgent=urgent, to_id=by.user_id, read_at__isnull=True
            )
        )
        sets: dict[str, Mapping[str, object]] = {}
        for row in rows:
            row.read_at = at
            row.save(update_fields=["read_at"])
            sets[entity(row)] = columns(row)
        if rows:
            events.append(subject, "read_urgent", by=by, at=at, sets=sets)
    return len(rows)


def visible(by: Staff) -> QuerySet[Urgent]:
    """What this person may see: of the units this person reports or leads for, and what this person was told. Lazy."""
    seen = Q(pk__in=UrgentTold.objects.filter(to_id=by.user_id).values("report__urgent"))
    for post in by.posts:
        if ROLE_PERMISSIONS[Role(post.role)] & {Permission.REPORT_URGENT, Permission.INSTRUCT}:
            for path in post.reach:
                seen |= Q(unit__path__startswith=path)
    return Urgent.objects.filter(seen).select_related("unit", "clock", "case").order_by("-pk")


def one(by: Staff, reference: str) -> Urgent:
    """The matter of this reference, or NotFound, whether it isn't there or isn't this person's to see."""
    found = visible(by).filter(reference=reference).first()
    if found is None:
        raise NotFound()
    return found


def may_report(by: Staff) -> bool:
    """Whether some post of this person reports for a unit."""
    return _post_of(by) is not None


def leads(by: Staff) -> bool:
    """Whether this person leads units: reports of these come to light here."""
    return any(Permission.INSTRUCT in ROLE_PERMISSIONS[Role(post.role)] for post in by.posts)


def unread(by: Staff) -> int:
    """How many urgent matters this person was told of and has not said to have read. One statement."""
    mine = UrgentTold.objects.filter(to_id=by.user_id, read_at__isnull=True)
    return mine.values("report__urgent").distinct().count()


def was_late(urgent: Urgent) -> bool:
    """Whether the first report came after the 30 minutes, by the server's time."""
    due = urgent.clock.due_at if urgent.clock else None
    return due is not None and urgent.opened_at > due


def _post_of(by: Staff) -> int | None:
    return next(
        (post.unit_id for post in by.posts if Permission.REPORT_URGENT in ROLE_PERMISSIONS[Role(post.role)]), None
    )


def _unit_of(by: Staff) -> Unit:
    unit = _post_of(by)
    if unit is None:
        raise Forbidden("not_reporter", _("紧急报告由信访专员、联络员、承办人或者单位负责人提出。请马上电话告诉他们。"))
    return structure.live(Unit.objects.get(pk=unit))


def _checked(said: Mapping[str, str], headcount: int, happened_at: datetime, at: datetime) -> dict[str, str]:
    fields = {"place": clean(said.get("place", ""), limit=PLACE_LIMIT, field="place", is_line=True)}
    fields |= {name: clean(said.get(name, ""), limit=TEXT_LIMIT, field=name) for name in TEXTS}
    for name, text in fields.items():
        if not text:
            raise Invalid("urgent_incomplete", _("请填写这一项，几个字也可以；还不清楚的写“正在了解”。"), field=name)
    if not 0 <= headcount <= MOST_PEOPLE:
        raise Invalid("headcount_impossible", _("请写现场大约有多少人，例如 30。"), field="headcount")
    if happened_at > at + CLOCKS_DIFFER:
        raise Invalid("happened_at_future", _("发生时间不能晚于现在，请核对。"), field="happened_at")
    return fields


def _add(
    urgent: Urgent,
    subject: Subject,
    fields: Mapping[str, str],
    headcount: int,
    happened_at: datetime,
    sets: Mapping[str, Mapping[str, object]],
    by: Staff,
    at: datetime,
) -> UrgentReport:
    """Seal the paper, write the rows, tell the leaders, and append the event. In the caller's transaction."""
    number = int(fields.get("follow_up", "0"))
    root = Unit.objects.get(path=structure.paths_up(urgent.unit.path)[0])
    whole = {
        **fields,
        "addressee": _("%(unit)s信访工作领导小组") % {"unit": root.name},
        "headcount": _("约%(count)s人") % {"count": headcount},
        "happened_at": happened_at.isoformat(),
        "known_at": urgent.known_at.isoformat(),
        "reporter": _("%(name)s（%(unit)s）") % {"name": by.name, "unit": urgent.unit.name},
        "reported_at": at.isoformat(),
    }
    paper = issuing.seal(issuing.draft(subject, PAPER, whole, structure.issuer(urgent.unit)), by, at)
    row = UrgentReport.objects.create(
        urgent=urgent, number=number, happened_at=happened_at, headcount=headcount, reported_at=at,
        reported_by_id=by.user_id, paper=paper,
    )  # fmt: skip
    told = [
        UrgentTold.objects.create(report=row, to_id=post.user_id, role=post.role, told_at=at)
        for post in _leaders(urgent.unit, at)
        if post.user_id != by.user_id
    ]
    facts: dict[str, str | int] = {"reference": urgent.reference, "number": paper.number or ""}
    code = NOTICES[1] if number else NOTICES[0]
    outbox.put(subject, [one.to_id for one in told], code, facts, at)
    rows: Iterable[UrgentReport | UrgentTold] = [row, *told]
    all_sets = {**sets, **issuing.sets(paper), **{entity(part): columns(part) for part in rows}}
    act = "follow_urgent" if number else "report_urgent"
    events.append(subject, act, by=by, at=at, sets=all_sets, texts=issuing.texts(paper))
    return row


def _leaders(unit: Unit, at: datetime) -> list[Post]:
    """Who is told: chiefs, unit heads and officers of the unit and above it, and deputies of whose area it is one."""
    paths = structure.paths_up(unit.path)
    mine = Q(unit__path__in=paths) & ~Q(role=Role.DEPUTY) | Q(area__units__path__in=paths, role=Role.DEPUTY)
    posts = structure.held_on(localtime(at).date()).filter(mine, role__in=TOLD_ROLES, user__is_active=True)
    found: dict[int, Post] = {}
    for post in posts.order_by("role", "pk"):
        found.setdefault(post.user_id, post)
    return list(found.values())
