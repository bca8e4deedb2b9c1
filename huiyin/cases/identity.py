"""Who filed: masked on every page; opened by a logged act with a purpose that the employee sees (product rules §3).

A confidential identity takes two people and a reason. The one look-up compares numbers only after a case is saved, is
logged before it answers, and answers only with named cases of the same matter in the officer's scope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import FilteredRelation

from huiyin.cases import access, sealed, together
from huiyin.cases.lifecycle import taking
from huiyin.cases.models import Case, Filing, Opening, Party
from huiyin.cases.models.case import Identity
from huiyin.kernel import chinese, masks
from huiyin.kernel.actors import Actor, Employee
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org.models import Unit
from huiyin.org.permissions import Permission, Role
from huiyin.trail.canonical import read_body
from huiyin.trail.models import Event
from huiyin.vault import lookup
from huiyin.vault.models import IndexEntry

# Why an identity may be opened. Codes stand in events, the words on the employee's page.
PURPOSES: Mapping[str, str] = {
    "contact": "联系您了解情况或告知进展",
    "deliver": "给您送达文书",
    "verify_facts": "核实您反映的情况",
    "carry_out": "落实处理意见",
}
LOOK_UP_PURPOSES: Mapping[str, str] = {"repeat": "核对是否重复反映"}
ALIKE_AT_MOST = 5
# Why the whole file of a case is taken along. Names stay in it for the archive alone.
FILE_PURPOSES: Mapping[str, str] = {
    "archive": "归档",
    "review": "复查、复核调阅",
    "above": "上级机关调阅",
    "audit": "审计、检查",
    "court": "仲裁、诉讼举证",
}
LOOKS = ("take_file", "take_report_file", "open_identity", "look_up", "read_report", "decide_opening")


@dataclass(frozen=True)
class Masked:
    """A party as pages show it."""

    part: str
    name: str
    id_number: str = ""
    phone: str = ""
    address: str = ""
    is_confidential: bool = False
    is_anonymous: bool = False


def filings(case: Case) -> list[tuple[Filing, list[Masked]]]:
    """The filings of a case and of those joined to it, in order of arrival, each with its parties masked. One statement.

    Of confidential and anonymous parties nothing but that they are. Withdrawn filings stay in the list.
    """
    rows = Filing.objects.filter(case__in=together.members(case)).annotate(party=FilteredRelation("parties"))
    came = ("arrival", "dictation", "from_above", "instruction__case__subject__key", "ticket")
    rows = rows.select_related("case__subject__key", "case__office", "case__unit", *came).order_by("pk", "party__pk")
    told: dict[int, tuple[Filing, list[Masked]]] = {}
    # The checker of types does not know that a filtered relation can be followed.
    for row in rows.select_related("party", "rating__follow_up", "call_back"):  # type: ignore[misc]
        filing, masks_of = told.setdefault(row.pk, (row, []))
        party: Party | None = getattr(row, "party", None)
        if party is not None:
            party.case, party.filing = filing.case, filing
            masks_of.append(_mask(party))
    return list(told.values())


def _mask(party: Party) -> Masked:
    part = Party.Part(party.part).label
    if party.filing.identity == Identity.ANONYMOUS:
        return Masked(part, "匿名", is_anonymous=True)
    if party.filing.identity == Identity.CONFIDENTIAL:
        return Masked(part, "身份保密", is_confidential=True)
    values = sealed.identity_of(party)
    return Masked(
        part,
        masks.mask_name(values.get("name", "")),
        masks.mask_id_number(values["id_number"]) if values.get("id_number") else "",
        masks.mask_phone(values["phone"]) if values.get("phone") else "",
        masks.mask_address(values["address"]) if values.get("address") else "",
    )


def open_identity(case: Case, *, purpose: str, by: Actor, at: datetime) -> list[sealed.IdentityValues]:
    """The identities of a case in the clear, after the event is written. Confidential ones need a granted opening.

    The employee sees on the own page that it was done, by which role, when and what for.
    """
    if purpose not in PURPOSES:
        raise Invalid("purpose", "请选择查看的目的。", field="purpose")
    if case.identity == Identity.ANONYMOUS:
        raise Refused("anonymous", "这件事项是匿名反映的，没有身份信息。")
    with taking("open_identity", case, by=by, at=at) as turn:
        turn.facts["purpose"] = purpose
        if turn.case.identity == Identity.CONFIDENTIAL:
            opening = Opening.objects.filter(
                case=turn.case, asked_by=turn.user_id, is_granted=True, used_at=None
            ).first()
            if opening is None:
                raise Forbidden(
                    "needs_two", "反映人要求保密。请先写明理由申请查看，由分管领导或主要领导决定后，才能看一次。"
                )
            opening.used_at = at
            turn.keep(opening)
        rows = Party.objects.select_related("case__subject__key", "filing").filter(case=turn.case).order_by("pk")
        found = [sealed.identity_of(party) for party in rows]
    return [{key: value for key, value in values.items() if key != "account"} for values in found if values]  # type: ignore[misc]


def ask_opening(case: Case, *, purpose: str, reason: str, by: Actor, at: datetime) -> Opening:
    """Ask to open a confidential identity once, with the reason. Somebody else decides."""
    if purpose not in PURPOSES:
        raise Invalid("purpose", "请选择查看的目的。", field="purpose")
    reason = chinese.needed(reason, "请写明为什么必须知道反映人是谁。", limit=500, field="reason")
    if case.identity != Identity.CONFIDENTIAL:
        raise Refused("not_confidential", "这件事项没有要求保密，可以直接写明目的查看。")
    if case.is_sealed:
        raise Refused("sealed", "检举人要求保密的，身份不打开。需要联系，请用“答复检举人”，对方凭查询码能看到。")
    with taking("ask_opening", case, by=by, at=at) as turn:
        if Opening.objects.filter(case=turn.case, asked_by=turn.user_id, is_granted=None).exists():
            raise Refused("asked", "您已经提出申请，正在等待决定。")
        row = Opening(case=turn.case, purpose=purpose, asked_by_id=turn.user_id, asked_at=at)
        row.sealed_reason = sealed.seal_reason(turn.case, reason)
        turn.keep(row)
        turn.notify_holders(Permission.APPROVE_OPENING, turn.case.unit or turn.case.office, "opening_to_decide")
    return row


def decide_opening(opening: Opening, *, is_granted: bool, by: Actor, at: datetime) -> Opening:
    """The second person decides; never who asked."""
    with taking("decide_opening", opening.case, by=by, at=at) as turn:
        row = Opening.objects.get(pk=opening.pk)
        if row.is_granted is not None:
            raise Refused("decided", "这项申请已经有了决定。请刷新页面查看。")
        if row.asked_by_id == turn.user_id:
            raise Forbidden("own_request", "自己的申请要由另一个人决定。")
        row.is_granted, row.decided_by_id, row.decided_at = is_granted, turn.user_id, at
        turn.keep(row)
        turn.facts["purpose"], turn.facts["granted"] = row.purpose, is_granted
        turn.notify([row.asked_by_id], "opening_decided")
    return row


def look_up(case: Case, *, kind: str, purpose: str, by: Actor, at: datetime) -> list[Case]:
    """Cases of the same matter by the same number, in the officer's scope: at most 5, by likeness of text, no total.

    Only between named filings, only for a registered case with a purpose; logged in the same transaction before it
    answers, and the employee sees that it was done. Confidential, anonymous and sealed cases never answer.
    """
    if purpose not in LOOK_UP_PURPOSES or kind not in IndexEntry.Kind.values:
        raise Invalid("purpose", "请选择查找的目的。", field="purpose")
    if case.identity != Identity.NAMED or case.number is None:
        raise Refused("not_to_look_up", "只有已登记的实名事项可以查找。匿名和保密的不查。")
    party = Party.objects.select_related("case__subject__key").filter(case=case, part=Party.Part.FILER).first()
    values: dict[str, Any] = dict(sealed.identity_of(party)) if party else {}
    number = values.get(kind)
    if not number:
        raise Refused("no_number", "这件事项没有登记这种号码，无法查找。")

    def log() -> None:
        with taking("look_up", case, by=by, at=at) as turn:
            turn.facts["purpose"], turn.facts["kind"] = purpose, kind

    with transaction.atomic():
        keys = lookup.look_up(kind, number, log=log)
        text = "\n".join(Filing.objects.filter(case=case).values_list("text", flat=True))
        found = access.visible_to(by).filter(subject__key_id__in=keys, identity=Identity.NAMED, is_sealed=False)
        return _like(found.exclude(pk=case.pk).select_related("unit", "office"), text)


def _like(cases: Any, text: str) -> list[Case]:
    scored = []
    for case in cases.prefetch_related("filings"):
        own = "\n".join(filing.text for filing in case.filings.all())
        likeness = chinese.likeness(text, own)
        if likeness >= chinese.ALIKE:
            scored.append((likeness, case.pk, case))
    return [case for _likeness, _pk, case in sorted(scored, key=lambda row: (-row[0], row[1]))[:ALIKE_AT_MOST]]


@dataclass(frozen=True)
class Viewed:
    """That somebody looked, as the employee sees it: role and unit, never the name of who looked."""

    at: datetime
    role: str
    unit: str
    purpose: str
    what: str


WHAT = {
    "take_file": "取走了整件卷宗",
    "take_report_file": "取走了整件卷宗",
    "open_identity": "查看了您的身份信息",
    "look_up": "核对了是否重复反映",
    "read_report": "阅读了您反映的内容",
    "decide_opening": "决定了能否查看您的身份信息",
}


def views(case: Case, employee: Employee) -> list[Viewed]:
    """Who looked, newest first, for the employee of the case; the caller has checked that it is theirs."""
    if not isinstance(employee, Employee):
        raise Forbidden("employee_only", "这一页只给反映人本人看。")
    rows = list(Event.objects.filter(subject=case.subject_id, act__in=LOOKS).order_by("-seq"))
    bodies = [(event, read_body(bytes(event.canonical))) for event in rows]
    units = {unit.pk: unit.name for unit in Unit.objects.filter(pk__in={body["by"].get("unit") for _, body in bodies})}
    purposes = {**FILE_PURPOSES, **PURPOSES, **LOOK_UP_PURPOSES}
    return [
        Viewed(
            event.recorded_at,
            Role(body["by"]["role"]).label if body["by"].get("role") in Role.values else "",
            units.get(body["by"].get("unit", 0), ""),
            purposes.get(str(body["facts"].get("purpose", "")), ""),
            WHAT[event.act],
        )
        for event, body in bodies
    ]
