"""What a filing is and where it goes: classified, then accepted, declined, or led to its statutory way, always in writing.

《信访工作条例》第二十三条 (written notice of what was received, way and procedure: for every class), 第二十九至三十一条 (three
classes, six branches), 第十九条第三款 (not accepted).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from huiyin.cases import accused, advising, letters, sealed, search, together
from huiyin.cases.lifecycle import Turn, note_row, taking
from huiyin.cases.models import Case, Note
from huiyin.cases.models.case import Classification
from huiyin.cases.routes import route as route_of
from huiyin.cases.steps import OWN_BRANCH
from huiyin.kernel import chinese
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid, Refused
from huiyin.notices import outbox
from huiyin.org import structure
from huiyin.papers.models import Paper
from huiyin.papers.templates import Value
from huiyin.vault import lookup


def classify(
    case: Case,
    *,
    classification: str,
    branch: int | None = None,
    reason: str = "",
    about: accused.Named = accused.NOBODY,
    by: Actor,
    at: datetime,
) -> Case:
    """Say what the case is. A report of wrongdoing goes into the sealed lane at once, and is then invisible here.

    `branch`: 1-6 of 第三十一条, for claims alone. The employee's own view of it (`classification_said`) stays beside.
    A suggestion has no limit in law (第二十九条); the internal one, `suggestion_reply`, starts here.
    """
    reason = chinese.clean(reason, limit=500, field="reason")
    if classification == Classification.REPORT:
        return seal_lane(case, about=about, by=by, at=at)
    if classification not in {Classification.CLAIM, Classification.SUGGESTION}:
        raise Invalid("classification", "请选择“申诉求决”“意见建议”或“检举控告”。", field="classification")
    is_claim = classification == Classification.CLAIM
    if is_claim and (branch is None or not 1 <= branch <= OWN_BRANCH):
        raise Invalid("branch", "请选择第三十一条的哪一项：一至五项告知法定途径，第六项由本单位办理。", field="branch")
    with taking("classify", case, by=by, at=at) as turn:
        turn.case.classification = classification
        turn.case.branch = branch if is_claim else None
        if is_claim:
            turn.stop("suggestion_reply")
        else:
            turn.start("suggestion_reply")
        if reason:
            turn.keep(note_row(turn, Note.Kind.NOTE, f"研判说明：{reason}"))
    return case


def seal_lane(case: Case, *, about: accused.Named = accused.NOBODY, by: Actor, at: datetime) -> Case:
    """Move a case into the inspector's sealed lane: texts sealed, index and notices emptied, in this transaction.

    `about`: whom the officer reads it to be about, known before an inspector sees it. What was joined into it goes along. 第三十条, 第四十六条第五项: nothing of a report reaches whom it is about.
    """
    with transaction.atomic():
        for joined in together.members(case).exclude(pk=case.pk).order_by("pk"):
            with taking("seal_along", joined, by=by, at=at) as turn:
                _seal(turn)
                accused.put(turn, about)
        with taking("seal_lane", case, by=by, at=at) as turn:
            turn.stop("notice", "decision", "take_in", "objection", "first_contact", "suggestion_reply")
            turn.stop("take_over", "objection_answer", "dispute", "order_answer", "co_handling", "unaddressed")
            turn.case.sender = None
            _seal(turn)
            accused.put(turn, about)
            accused.hand_over(turn)
    return case


def _seal(turn: Turn) -> None:
    moved = turn.case
    moved.classification, moved.branch = Classification.REPORT, None
    moved.is_sealed, moved.matter, moved.unit, moved.handler, moved.topic = True, "", None, None, None
    sealed.seal_all(moved)
    search.drop(moved.pk)
    lookup.unindex(moved.subject.key)
    outbox.withdraw(moved.subject, turn.at)


def accept(case: Case, *, way: str, place: str = "", tracking_no: str = "", by: Actor, at: datetime) -> Paper:
    """Take it up, with the written notice of 第二十三条, within 15 days for either class.

    A claim of the enterprise's own (第三十一条第六项): D2, and the 60 days start. A suggestion: D2S, which names the day
    the enterprise has set itself for the answer, and no right that 第三十四至三十六条 give on a 处理意见.
    """
    with taking("accept", case, by=by, at=at) as turn:
        _need_branch(turn.case, own=True)
        _need_told(turn.case)
        turn.case.accepted_at = at
        turn.start("suggestion_reply" if turn.case.is_suggestion else "decision")
        kind, fields = _acceptance(turn)
        paper = letters.issue(turn, kind, fields, structure.issuer(turn.case.office))
        if not turn.case.is_notice_exempt:  # the notice is kept with the case
            letters.send(turn, paper, way, place=place, tracking_no=tracking_no)
    return paper


def decline(
    case: Case,
    *,
    reason: str,
    article: str,
    right_organ: str,
    way: str,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Paper:
    """Not accepted, because it is accepted or handled already and still in time there (第十九条第三款): D3 says why, by which
    article, and who has it. Three other things read like it and are acts of their own: `elsewhere.refer`,
    `repeated.no_longer`, `route_out`."""
    reason = chinese.needed(reason, limit=1000, field="reason", sentence="请写明不予受理的理由，让反映人看得明白。")
    article = chinese.needed(article, limit=1000, field="article", sentence="请写明依据的条款。")
    right_organ = chinese.needed(right_organ, limit=1000, field="right_organ", sentence="请写明应当向哪里提出。")
    with taking("decline", case, by=by, at=at) as turn:
        fields = letters.common(turn.case) | {"reason": reason, "article": article, "right_organ": right_organ}
        paper = letters.issue(turn, "D3", fields, structure.issuer(turn.case.office))
        letters.send(turn, paper, way, place=place, tracking_no=tracking_no)
    return paper


def route_out(
    case: Case,
    *,
    route: str,
    organ_address: str = "",
    organ_phone: str = "",
    way: str,
    place: str = "",
    tracking_no: str = "",
    by: Actor,
    at: datetime,
) -> Paper:
    """Lead a claim to its statutory way (第三十一条第一至五项), with D6: organ, limit, materials. Not a refusal."""
    found = route_of(route)
    if found is None or not found.leads_out:
        raise Invalid("route", "请从列出的法定途径里选择一项。", field="route")
    own = {
        "organ_address": _line(organ_address, "organ_address"),
        "organ_phone": _line(organ_phone, "organ_phone"),
    }
    with taking("route_out", case, by=by, at=at) as turn:
        _need_branch(turn.case, own=False)
        turn.case.branch = found.branch
        turn.facts["route"] = found.code
        on = timezone.localtime(at).date()
        fitting = advising.way_of(turn.case, found.code, on)
        if fitting is not None and fitting.last_day is not None:
            turn.facts["last_day"] = fitting.last_day.isoformat()
        fields = letters.common(turn.case) | advising.on_paper(found, fitting, on)
        fields |= {name: line for name, line in own.items() if line}
        paper = letters.issue(turn, "D6", fields, structure.issuer(turn.case.office))
        letters.send(turn, paper, way, place=place, tracking_no=tracking_no)
    return paper


def _acceptance(turn: Turn) -> tuple[str, dict[str, Value]]:
    case, is_suggestion = turn.case, turn.case.is_suggestion
    limit = turn.running("suggestion_reply" if is_suggestion else "decision")
    fields = letters.common(case) | {
        "demands": letters.own_demand_texts(case),
        "handling_unit": case.office.name,
        "contact_person": settings.ENTERPRISE.office,
        "contact_phone": settings.ENTERPRISE.phone or "见单位公布的信访电话",
        "due_on": limit.due_on.isoformat() if limit else "",
        "query_way": letters.query_way(),
    }
    if is_suggestion:
        return "D2S", fields
    return "D2", fields | {"review_way": f"向{letters.review_organ(case.office)}提出。"}


def _need_branch(case: Case, *, own: bool) -> None:
    if own and case.is_suggestion:
        return
    if case.classification != Classification.CLAIM or case.branch is None:
        raise Refused("not_classified", "请先研判分类，再决定去向。")
    if own and case.branch != OWN_BRANCH:
        raise Refused("has_route", "这件事项研判为有法定途径，应当告知途径。要由本单位办理，请先改为第三十一条第六项。")
    if not own and case.branch == OWN_BRANCH:
        raise Refused("own_matter", "这件事项研判为由本单位办理。要告知法定途径，请先改为第三十一条的相应项。")


def _need_told(case: Case) -> None:
    """Every request that goes another way is told of in writing, or has a case of its own, before the rest is accepted."""
    waiting = [row.no for row in letters.demands(case) if not row.is_own and row.led_at is None]
    if waiting:
        raise Refused(
            "not_told",
            "第%(numbers)s项诉求定了别的去向，还没有书面告知或者拆出。请先办好这几项，再受理其余的。",
            numbers="、".join(map(str, waiting)),
        )


def _line(text: str, field: str) -> str:
    return chinese.clean(text, limit=120, field=field, is_line=True)
