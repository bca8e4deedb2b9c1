"""The head of the work page: only what is wrong, only for those who can mend it, each line leading there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.cache import caches
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huiyin.cases import limits, steps, watch
from huiyin.cases.models import Case
from huiyin.clocks import calendars, policy
from huiyin.desk.frame import permissions
from huiyin.kernel.actors import Staff
from huiyin.notices import mail, outbox
from huiyin.org.permissions import Permission, Role
from huiyin.oversight import queue
from huiyin.oversight.models import State
from huiyin.trail import checkpoints

# Parts of the guide for administrators, in its order.
MAIL, RECORD, CALENDAR, POSTS, NUMBERS = range(1, 6)
NAMED = 3  # cases and numbers named in a line
PUBLISHED_BY = (12, 1)  # month and day when the State Council has told the next year's holidays


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `links` are (words, address) of where it is mended; `again` is a form's address."""

    sentence: str
    links: tuple[tuple[str, str], ...] = ()
    again: str = ""


def findings(by: Staff, now: datetime) -> list[Finding]:
    """What is wrong now, the worst first; empty when nothing is. At most six statements for any one permission."""
    codes, today = permissions(by), localtime(now).date()
    found: list[Finding | None] = []
    if Permission.MANAGE_ACCOUNTS in codes:
        found += [_record(now), _mail(), _places()]
    if Permission.REGISTER in codes:
        found += [_ownerless(by, today), _numbers(by, today), _recounted(by), _unheard(by)]
    if codes & {Permission.REGISTER, Permission.MANAGE_ACCOUNTS}:
        found.append(_calendar(today))
    if Permission.GRANT_POSTS in codes:
        found.append(_unheard(by))
    return [finding for finding in found if finding]


def stalled(by: Staff, lines: Iterable[queue.Line]) -> list[Finding]:
    """Supervision that nobody answers, with nobody further up to go to. From the list of the same page: no statement."""
    found = [line for line in lines if line.is_stalled and line.state == State.ASKED]
    if not found or Permission.SUPERVISE not in permissions(by):
        return []
    said = ngettext(
        "%(count)d件督办停住了，各级都没有答复，或者没有人任职。",
        "%(count)d件督办停住了，各级都没有答复，或者没有人任职。",
        len(found),
    )
    links = [(line.number, reverse("desk:asked", args=[line.kind, line.reference])) for line in found[:NAMED]]
    return [Finding(said % {"count": len(found)}, (*links, _help(_("怎么办"), POSTS)))]


def _record(now: datetime) -> Finding | None:
    if not checkpoints.is_late(now):
        return None
    return Finding(_("记录有两个多小时没有签印记，后台任务可能停了。"), (_help(_("怎么恢复"), RECORD),))


def _mail() -> Finding | None:
    count = mail.given_up().count()
    if not count:
        return None
    said = ngettext("%(count)d封通知邮件没有发出，已不再重试。", "%(count)d封通知邮件没有发出，已不再重试。", count)
    return Finding(said % {"count": count}, (_help(_("先查什么"), MAIL),), reverse("desk:mail_again"))


def _places() -> Finding | None:
    names = policy.unknown_units()
    if not names:
        return None
    said = _("时限规则里有的单位在组织机构里找不到，它们的较短时限没有生效：%(names)s。")
    return Finding(said % {"names": "、".join(names)}, (_help(_("怎么办"), CALENDAR),))


def _ownerless(by: Staff, today: date) -> Finding | None:
    cases = watch.ownerless(by, on=today)
    if not cases:
        return None
    more = "" if len(cases) <= NAMED else _("等")
    parts = "；".join(_waits(case) for case in cases[:NAMED])
    links = tuple(
        (case.number or case.reference, reverse("desk:case", args=[case.reference])) for case in cases[:NAMED]
    )
    said = _("有事项没有人能办：%(parts)s%(more)s。请安全管理员补上任职。") % {"parts": parts, "more": more}
    return Finding(said, (*links, _help(_("为什么"), POSTS)))


def _waits(case: Case) -> str:
    unit = case.next_unit.short_name if case.next_unit else ""
    said = {"unit": unit, "role": Role(case.next_role).label, "step": steps.STEPS[case.next_step].label}
    return _("%(unit)s缺%(role)s，等“%(step)s”") % said


def _numbers(by: Staff, today: date) -> Finding | None:
    # Looked up once a minute in each process: rows deleted behind the program's back stay deleted.
    key = f"missing_numbers:{today}:{','.join(sorted({path for post in by.posts for path in post.reach}))}"
    numbers: list[str] | None = caches["process"].get(key)
    if numbers is None:
        numbers = watch.missing_numbers(by, on=today)
        caches["process"].set(key, numbers)
    if not numbers:
        return None
    shown = "、".join(numbers[:NAMED]) + (_("等%(count)d个") % {"count": len(numbers)} if len(numbers) > NAMED else "")
    return Finding(_("编号不连续，缺%(numbers)s。") % {"numbers": shown}, (_help(_("怎么办"), NUMBERS),))


def _recounted(by: Staff) -> Finding | None:
    cases = list(limits.waiting(by)[: NAMED + 1])
    if not cases:
        return None
    links = tuple((case.number or case.reference, reverse("desk:case", args=[case.reference])) for case in cases)
    return Finding(_("新公布的放假安排使已告知的期限提前，请确认以哪一天为准。"), links[:NAMED])


def _unheard(by: Staff) -> Finding | None:
    count = outbox.unread_of(by.user_id, "warning_unheard")
    if not count:
        return None
    said = ngettext("%(count)d次期限提醒没有人能收到。", "%(count)d次期限提醒没有人能收到。", count)
    return Finding(said % {"count": count}, ((_("看是哪些"), reverse("desk:notices")), _help(_("怎么办"), POSTS)))


def _calendar(today: date) -> Finding | None:
    calendar = calendars.current()
    year = today.year
    if not calendar.is_provisional(today):
        if (today.month, today.day) < PUBLISHED_BY or not calendar.is_provisional(date(year + 1, 6, 1)):
            return None
        year += 1
    said = _("还没有导入%(year)d年的放假安排，落在那一年的期限都是暂定的。") % {"year": year}
    return Finding(said, (_help(_("怎么导入"), CALENDAR),))


def _help(words: str, part: int) -> tuple[str, str]:
    return words, f"{reverse('desk:help')}?chapter=administrator#administrator-{part}"
