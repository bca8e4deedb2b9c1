"""Interviews (调查谈话): two investigators, a recorder, the words read back and signed, the record sealed as D12.

《信访工作条例》第二十八条 (recusal), 第三十一条第六项 (hear and investigate). Who filed learns that there was one, never with whom.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import access, letters, sealed, together
from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Case, Interview, Party, Recusal
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import N_, Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import User
from huiyin.trail.moments import server_now

RECORD_LIMIT = 10_000
WORDS_LIMIT = 200
LONGEST = timedelta(hours=12)
KIND = "D12"


@dataclass(frozen=True)
class Held:
    """An interview as it was held. `first`, `second`, `recorder`: staff numbers, or names that only one person has."""

    first: str
    second: str
    recorder: str
    began_at: datetime
    ended_at: datetime
    place: str
    name: str
    content: str
    read_back: str
    purpose: str = Interview.Purpose.INQUIRY
    unit: str = ""
    present: Sequence[str] = ()
    refusal: str = ""  # why it was not signed; empty where it was
    scans: Sequence[str] = field(default=())


def interview(case: Case, held: Held, *, by: Actor, at: datetime) -> Interview:
    """Record an interview: its record is numbered and sealed at once, as it was read back.

    Invalid for one investigator, people with an interest in the case, impossible times, a record neither signed nor
    with the reason why not.
    """
    words = _checked(held)
    with taking("interview_report" if case.is_sealed else "interview", case, by=by, at=at) as turn:
        on = timezone.localtime(held.began_at).date()
        people = {name: _at_work(getattr(held, name), name, on) for name in ("first", "second", "recorder")}
        _check_people(turn.case, people, held, on)
        unit = structure.issuer(turn.case.unit or turn.case.office)
        paper = letters.issue_within(turn, KIND, _fields(turn, held, words, people), unit)
        row = Interview(
            case=turn.case, purpose=held.purpose, began_at=held.began_at, ended_at=held.ended_at, paper=paper,
            is_signed=not words["refusal"], written_at=at,
        )  # fmt: skip
        row.first, row.second, row.recorder = people["first"], people["second"], people["recorder"]
        whom = {"name": words["name"], "unit": words["unit"]}
        row.sealed = sealed.seal_interview(turn.case, json.dumps(whom, ensure_ascii=False, sort_keys=True))
        turn.keep(row)
        row.scans.set(turn.keep_files(held.scans))
    return row


def _checked(held: Held) -> Mapping[str, str]:
    """The words cleaned, the times possible."""
    needed = {
        "place": (_("请填写谈话的地点。"), 120),
        "name": (_("请填写和谁谈的话。姓名加密保存，不进任何列表。"), 40),
        "content": (_("请写下谈话的内容。"), RECORD_LIMIT),
        "read_back": (_("请写明本人核对后的意见，例如“以上笔录我看过，和我说的相符”。"), WORDS_LIMIT),
    }
    words = {
        name: chinese.needed(getattr(held, name), sentence, limit=limit, field=name)
        for name, (sentence, limit) in needed.items()
    }
    words["unit"] = chinese.clean(held.unit, limit=80, field="unit", is_line=True)
    words["refusal"] = chinese.clean(held.refusal, limit=WORDS_LIMIT, field="refusal")
    if held.purpose not in Interview.Purpose.values:
        raise Invalid("purpose", "请选择是调查还是谈话。", field="purpose")
    if held.ended_at > server_now():
        raise Invalid("future", "谈话还没有结束。请在谈完、本人核对以后再登记。", field="ended_at")
    if held.ended_at <= held.began_at:
        raise Invalid("order", "结束时间要晚于开始时间。请核对。", field="ended_at")
    if held.ended_at - held.began_at > LONGEST:
        raise Invalid("too_long", "一次谈话不超过12小时。分几次谈的，请分别登记。", field="ended_at")
    if not words["refusal"] and not held.scans:
        raise Invalid("unsigned", "请附上本人签名的笔录扫描件；本人拒绝签名的，写明情况。", field="refusal")
    if not held.second.strip():
        raise Invalid("one_investigator", ONE, field="second")
    return words


ONE = N_("调查谈话要有两名调查人员在场。请填写第二名调查人员；只有一个人谈的，请记入“办理记录”，不作为调查笔录。")


def _at_work(words: str, name: str, on: date) -> User:
    """The account of somebody with a post on that day: by staff number, else by a name that only one has."""
    words = words.strip()
    rows = User.objects.filter(pk__in=structure.held_on(on).values("user"), is_active=True)
    found = list(rows.filter(username=words)[:1]) or list(rows.filter(name=words)[:2])
    if not found:
        raise Invalid("nobody", "那一天没有这名在岗人员。请填写工号，或者完整的姓名。", field=name)
    if len(found) > 1:
        raise Invalid("several", "有几位同名的人员。请填写工号。", field=name)
    return found[0]


def _check_people(case: Case, people: Mapping[str, User], held: Held, on: date) -> None:
    if people["first"].pk == people["second"].pk:
        raise Invalid("one_investigator", ONE, field="second")
    wanted = {user.pk for user in people.values()}
    members = together.members(case)
    free = access.unconflicted(case, wanted, on)
    recused = set(
        Recusal.objects.filter(case__in=members, concerns__in=wanted)
        .exclude(is_granted=False)
        .values_list("concerns", flat=True)
    )
    for name, user in people.items():
        is_own = Party.objects.filter(case__in=members, account_digest=access.account_digest(user.pk)).exists()
        if user.pk not in free or user.pk in recused or is_own or access.is_object(case, user.pk):
            # The same words for each reason: this page tells nobody whom a case is about.
            raise Refused("not_to_investigate", "这名人员不能参加这件事项的调查谈话（回避）。请换一名。", field=name)
    busy = Interview.objects.filter(began_at__lt=held.ended_at, ended_at__gt=held.began_at)
    for name, user in people.items():
        if busy.filter(Q(first=user) | Q(second=user) | Q(recorder=user)).exists():
            raise Invalid("overlap", "这名人员在这段时间登记了另一次谈话，时间重叠。请核对时间。", field=name)


def _fields(turn: Turn, held: Held, words: Mapping[str, str], people: Mapping[str, User]) -> letters.Fields:
    posts = structure.held_on(timezone.localtime(held.began_at).date()).select_related("unit").order_by("pk")
    units = posts.filter(user__in=[people["first"], people["second"]]).values_list("unit__name", flat=True)
    return {
        "case_number": turn.case.number or turn.case.reference,
        "purpose": held.purpose,
        "began_at": held.began_at.isoformat(),
        "ended_at": held.ended_at.isoformat(),
        "place": words["place"],
        "investigators": [people["first"].name, people["second"].name],
        "investigators_unit": "、".join(dict.fromkeys(units)),
        "recorder": people["recorder"].name,
        "spoken_with": words["name"],
        "spoken_with_unit": words["unit"],
        "present": [one.strip() for one in held.present if one.strip()],
        "content": words["content"],
        "read_back": words["read_back"],
        "signed": _("没有签名：%(reason)s") % {"reason": words["refusal"]} if words["refusal"] else _("已签名，扫描件存卷"),
    }  # fmt: skip
