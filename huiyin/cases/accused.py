"""Whom a report of wrongdoing is about: named, kept out with those below them, and where the report goes then.

《信访工作条例》第二十八条第三款, 第三十条, 第四十六条第五项. `access` asks the rows made here, so a naming works backward at once:
what somebody could see yesterday is not there any more when the act is done.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import access, sealed, together
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import Accused, Case, Note
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor, Staff
from huiyin.kernel.errors import Invalid
from huiyin.notices import outbox
from huiyin.org import structure
from huiyin.org.models import Post, Unit, User
from huiyin.org.permissions import Role

WORDS_LIMIT = 200
LEADS = frozenset({Role.CHIEF, Role.UNIT_HEAD, Role.DEPUTY})
OUTSIDE = (
    "您反映的问题，本单位没有可以办理的纪检监察人员，内容已加密封存，本单位没有人能打开。"
    "请您直接向{organ}反映，也可以拨打12388或者登录12388举报网站。"
)
REFERRED = "您反映的问题已移送{organ}，由他们办理。想了解进展，请直接联系他们，也可以拨打12388。"


@dataclass(frozen=True)
class Named:
    """Whom a case is about, as somebody says it: in words, as a unit, by staff number."""

    words: str = ""
    unit: Unit | None = None
    username: str = ""

    def __bool__(self) -> bool:
        return bool(self.words.strip() or self.unit or self.username.strip())


NOBODY = Named()


@dataclass(frozen=True)
class Shown:
    """One accused as the inspector reads it."""

    kind: str
    name: str


def put(turn: Turn, named: Named) -> None:
    """Keep who is accused, sealed, within an act: the words, the unit with whoever took over from it, the account, and
    the units that account leads. A leader or inspector whose name stands in the words counts as named.

    Staff who may not see the case from now on lose what they were told of it. Invalid for an unknown staff number.
    """
    if not named:
        return
    on = timezone.localtime(turn.at).date()
    words = chinese.clean(named.words, limit=WORDS_LIMIT, field="accused")
    if words:
        _keep(turn, Accused.Kind.WORDS, words)
    if named.unit is not None:
        _keep(turn, Accused.Kind.UNIT, named.unit.name, unit=named.unit.pk)
        if not structure.is_open(named.unit, on) and named.unit.successor_id:
            after = structure.live(named.unit, on)
            _keep(turn, Accused.Kind.UNIT, after.name, unit=after.pk)
    for user in _people(words, named.username.strip(), on):
        _keep(turn, Accused.Kind.ACCOUNT, user.name, account=user.pk)
        for head in _managers_of(user, on):
            _keep(turn, Accused.Kind.MANAGER, head.name, account=head.pk)
        for unit in _led_by(user, on):
            _keep(turn, Accused.Kind.LED, unit.name, unit=unit.pk)
    if turn.case.is_sealed:
        told = outbox.told(turn.case.subject)
        outbox.withdraw_from(turn.case.subject, told - access.unconflicted(turn.case, told, on), turn.at)


def _keep(turn: Turn, kind: str, name: str, *, unit: int = 0, account: int = 0) -> None:
    digest = access.accused_digest(unit=unit, account=account) if unit or account else ""
    if digest and Accused.objects.filter(case=turn.case, digest=digest).exists():
        return
    row = Accused(case=turn.case, kind=kind, digest=digest, named_at=turn.at)
    row.sealed = sealed.seal_accused(turn.case, json.dumps({"name": name}, ensure_ascii=False))
    row.named_by_id = turn.by.user_id if isinstance(turn.by, Staff) else None
    turn.keep(row)


def _people(words: str, username: str, on: date) -> list[User]:
    found: dict[int, User] = {}
    if username:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise Invalid("username", "没有这个工号。请核对；不知道工号的，写姓名和单位。", field="username")
        found[user.pk] = user
    if words:
        # Whoever leads or inspects and is named in the words: over-cautious where two bear the same name.
        posts = structure.held_on(on).filter(role__in=[*LEADS, Role.INSPECTOR]).select_related("user").order_by("pk")
        for post in posts:
            if len(post.user.name) > 1 and post.user.name in words:
                found[post.user_id] = post.user
    return list(found.values())


def _managers_of(user: User, on: date) -> list[User]:
    """The heads of the departments where this account holds a post today."""
    units = structure.held_on(on).filter(user=user).values("unit")
    posts = structure.held_on(on).filter(unit__in=units, role=Role.UNIT_HEAD).exclude(user=user)
    return [post.user for post in posts.select_related("user").order_by("pk")]


def _led_by(user: User, on: date) -> list[Unit]:
    """The units whose people answer to this account today."""
    units: dict[int, Unit] = {}
    for post in structure.held_on(on).filter(user=user, role__in=LEADS).select_related("unit").order_by("pk"):
        for unit in _units_of(post):
            units[unit.pk] = unit
    return list(units.values())


def _units_of(post: Post) -> list[Unit]:
    if post.role != Role.DEPUTY:
        return [post.unit]
    return list(Unit.objects.filter(areas=post.area_id).order_by("path")) if post.area_id else []


def received(turn: Turn, named: Named) -> None:
    """For `intake` alone: keep who is accused by a filing that has just come in; route a report and tell inspectors."""
    put(turn, named)
    if turn.case.is_sealed:
        if named:
            turn.route_report()
            turn.case.save(update_fields=["next_unit", "is_outside"])
        hand_over(turn)


def hand_over(turn: Turn) -> None:
    """Tell the inspectors whose turn it is; where there is none, tell who filed which organ to go to."""
    people = access.inspectors(turn.case, timezone.localtime(turn.at).date())[1]
    turn.notify(people, "report_received")
    if not people:
        organ = settings.ENTERPRISE.external_inspection_organ
        turn.keep(note_row(turn, Note.Kind.REPLY, OUTSIDE.format(organ=organ)))


def name(case: Case, named: Named, *, by: Actor, at: datetime) -> Case:
    """The inspector names whom a report is about. They, their units and those below are kept out from then on, from
    what was joined into it as well; where nobody is left who may handle it, who filed is told the organ above.
    """
    if not named:
        raise Invalid("accused", "请写明反映的是谁，或者选择单位、填写工号。", field="accused")
    with transaction.atomic():
        for joined in together.members(case).exclude(pk=case.pk).order_by("pk"):
            with taking("name_accused", joined, by=by, at=at) as turn:
                put(turn, named)
        with taking("name_accused", case, by=by, at=at) as turn:
            before = access.inspectors(turn.case, timezone.localtime(at).date())[1]
            put(turn, named)
            _moved(turn, before)
    return case


def stand_aside(case: Case, *, by: Actor, at: datetime) -> Case:
    """An inspector with an interest of their own steps back: from now on the report is with the others."""
    with taking("stand_aside", case, by=by, at=at) as turn:
        before = access.inspectors(turn.case, timezone.localtime(at).date())[1]
        _keep(turn, Accused.Kind.ASIDE, User.objects.get(pk=turn.user_id).name, account=turn.user_id)
        outbox.withdraw_from(turn.case.subject, [turn.user_id], at)
        _moved(turn, before)
    return case


def _moved(turn: Turn, before: list[int]) -> None:
    """After a naming: tell inspectors to whom the report has come, or who filed that nobody here may handle it."""
    people = access.inspectors(turn.case, timezone.localtime(turn.at).date())[1]
    if turn.case.is_open and people != before:
        if people:
            turn.notify((user for user in people if user not in before), "report_received")
        else:
            hand_over(turn)


def refer_outside(case: Case, *, how: str, named: Named = NOBODY, by: Actor, at: datetime) -> Case:
    """Hand a report to the organ above: about the head of everything, or one that nobody here should handle.

    `how`: by whom and in what way the material was handed over, sealed. Who filed reads which organ has it.
    """
    how = chinese.needed(how, limit=500, field="how", sentence=_("请写明材料由谁、在什么时候、怎样移送。"))
    with taking("refer_outside", case, by=by, at=at) as turn:
        put(turn, named)
        organ = settings.ENTERPRISE.external_inspection_organ
        turn.keep(note_row(turn, Note.Kind.NOTE, f"移送情况：{how}"))
        turn.keep(note_row(turn, Note.Kind.REPLY, REFERRED.format(organ=organ)))
    return case


def shown(case: Case) -> list[Shown]:
    """Who is named so far, for the inspector who may see the case. One statement."""
    rows = Accused.objects.select_related("case__subject__key").filter(case=case).order_by("pk")
    return [Shown(str(row.get_kind_display()), str(json.loads(sealed.accused_words(row))["name"])) for row in rows]
