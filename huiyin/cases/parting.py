"""One case, several ways: each request gets a class, a way and, where it leads out, a paper; or a case of its own.

《信访工作条例》第二十九至三十一条 (classes and branches), 第二十三条 (told in writing). What the employee is told of a request led
out names that request alone; the case goes on with the rest, and its decision answers those alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import advising, intake, letters, lifecycle, sealed, together
from huiyin.cases.dispatch import Letter
from huiyin.cases.lifecycle import Turn, taking
from huiyin.cases.models import Case, Demand, Filing, Party, Stage
from huiyin.cases.models.case import Classification, Way
from huiyin.cases.routes import route as route_of
from huiyin.cases.steps import OWN_BRANCH
from huiyin.kernel import chinese, ids
from huiyin.kernel.actors import Actor
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import numbering, structure
from huiyin.papers.models import Paper
from huiyin.papers.templates import Value
from huiyin.trail import events
from huiyin.trail.moments import server_now

LED_BY_PAPER = {Way.ROUTED: "D6", Way.DECLINED: "D3", Way.NOT_OURS: "D5N"}


@dataclass(frozen=True)
class Sorted:
    """What the office decided about one request."""

    no: int
    way: str
    classification: str = Classification.CLAIM
    branch: int | None = None


@dataclass(frozen=True)
class Leading:
    """What a paper says of requests led out: why, by which article, to which organ; of a statutory way its code alone."""

    route: str = ""
    reason: str = ""
    article: str = ""
    right_organ: str = ""


def sort_demands(case: Case, *, ways: Sequence[Sorted], by: Actor, at: datetime) -> list[Demand]:
    """Say of each request what it is and which way it goes. Nothing is told yet: papers and new cases follow, one by one.

    Said again, it is corrected, and both stand in the record; what was told already can't be changed.
    """
    with taking("sort_demands", case, by=by, at=at) as turn:
        rows = {row.no: row for row in letters.demands(turn.case)}
        for said in ways:
            row = rows.get(said.no)
            if row is None:
                raise Invalid("no", "没有第%(no)s项诉求。请刷新页面。", no=said.no)
            _sort(row, said)
            turn.keep(row)
        if not any(row.is_own for row in rows.values()):
            raise Refused("nothing_left", "这样就没有留下要办的诉求了。全部诉求去向相同的，请对整件事项办理。")
    return list(rows.values())


def _sort(row: Demand, said: Sorted) -> None:
    if said.way not in Way.values:
        raise Invalid("way", "请为第%(no)s项诉求选择去向。", field=f"way_{said.no}", no=said.no)
    if row.led_at is not None and said.way != row.way:
        raise Refused("led_already", "第%(no)s项诉求已经书面告知或者另立一件，去向不能再改。", no=said.no)
    if said.classification not in {Classification.CLAIM, Classification.SUGGESTION}:
        raise Invalid("classification", "请为第%(no)s项选择性质。", field=f"classification_{said.no}", no=said.no)
    is_claim = said.classification == Classification.CLAIM
    if said.way == Way.ROUTED and not (is_claim and said.branch in range(1, OWN_BRANCH)):
        raise Invalid(
            "branch",
            "第%(no)s项告知法定途径，请选第三十一条第一至五项中的一项。",
            field=f"branch_{said.no}",
            no=said.no,
        )
    row.way, row.classification = said.way, said.classification
    row.branch = said.branch if said.way == Way.ROUTED else OWN_BRANCH if is_claim and said.way == Way.OWN else None


def lead_out(case: Case, *, nos: Sequence[int], leading: Leading, letter: Letter, by: Actor, at: datetime) -> Paper:
    """Tell the filer in writing of requests that go another way: all of `nos` the same one, as they were sorted. The paper
    names these requests alone, and the case goes on with the others."""
    with taking("lead_out", case, by=by, at=at) as turn:
        rows = _chosen(turn, nos)
        way = rows[0].way
        if way not in LED_BY_PAPER or any(row.way != way for row in rows):
            raise Invalid("nos", "请选择去向相同、需要书面告知的诉求。", field="nos")
        fields = letters.common(turn.case) | {"matter": _("其中第%(nos)s项请求：%(texts)s") % {
            "nos": "、".join(str(row.no) for row in rows),
            "texts": "；".join(_short(row) for row in rows),
        }}  # fmt: skip
        fields |= _told(turn, rows, leading)
        for row in rows:
            row.led_at, row.route = at, leading.route if way == Way.ROUTED else ""
            turn.keep(row)
        turn.facts["demands"] = " ".join(str(row.no) for row in rows)
        issuer = structure.issuer(turn.case.office)
        kind = LED_BY_PAPER[Way(way)]
        if turn.case.is_notice_exempt:
            return letters.issue(turn, kind, fields, issuer)
        paper = letters.issue_and_send(
            turn, kind, fields, issuer, way=letter.way, place=letter.place, tracking_no=letter.tracking_no
        )
    return paper


def _chosen(turn: Turn, nos: Sequence[int]) -> list[Demand]:
    rows = [row for row in letters.demands(turn.case) if row.no in set(nos)]
    if not rows or len(rows) != len(set(nos)):
        raise Invalid("nos", "请选择诉求。", field="nos")
    for row in rows:
        if row.led_at is not None:
            raise Refused("led_already", "第%(no)s项诉求已经书面告知或者另立一件，去向不能再改。", no=row.no)
    return rows


def _short(row: Demand) -> str:
    text = " ".join(sealed.text_of(row).split())
    return text if len(text) <= 80 else text[:79] + "…"


def _told(turn: Turn, rows: Sequence[Demand], leading: Leading) -> dict[str, Value]:
    if rows[0].way == Way.ROUTED:
        found = route_of(leading.route)
        if found is None or not found.leads_out:
            raise Invalid("route", "请从列出的法定途径里选择一项。", field="route")
        on = timezone.localtime(turn.at).date()
        fitting = advising.way_of(turn.case, found.code, on)
        if fitting is not None and fitting.last_day is not None:
            turn.facts["last_day"] = fitting.last_day.isoformat()
        return advising.on_paper(found, fitting, on)
    told: dict[str, Value] = {
        "reason": chinese.needed(
            leading.reason, limit=1000, field="reason", sentence=_("请写明理由，让反映人看得明白。")
        ),
        "right_organ": chinese.needed(
            leading.right_organ, limit=1000, field="right_organ", sentence=_("请写明应当向哪里提出。")
        ),
    }
    if rows[0].way == Way.DECLINED:
        told["article"] = chinese.needed(leading.article, limit=1000, field="article", sentence=_("请写明依据的条款。"))
    return told


def split(case: Case, *, nos: Sequence[int], matter: str, text: str = "", by: Actor, at: datetime) -> Case:
    """Give requests a case of their own, from the same filing: own number, key, record and papers, to be transferred,
    led out or handled by itself. Who filed finds both by the same query code or account.

    `text`: of the filing what belongs to these requests; whoever gets the new case reads no more than that. The limit to
    tell in writing counts from the receipt of the filing, as before.
    """
    line = chinese.needed(matter, limit=80, field="matter", sentence=_("请用一句话写明另立的是什么事。"))
    with transaction.atomic():
        with taking("split", case, by=by, at=at) as turn:
            rows = _chosen(turn, nos)
            if together.members(turn.case).exclude(pk=turn.case.pk).exists():
                raise Refused(
                    "has_joined", "这件事项并有其他反映人的来件，不能再拆分。请在这一件里逐项办理、逐项答复。"
                )
            if all(row in rows for row in letters.own_demands(turn.case) if row.led_at is None):
                raise Refused("nothing_left", "这样就没有留下要办的诉求了。全部诉求去向相同的，请对整件事项办理。")
            for row in rows:
                row.way, row.led_at = Way.SPLIT, at
                turn.keep(row)
            made = _begin(turn, rows, line, text, by, at)
            turn.facts["into"] = made.reference
            turn.facts["demands"] = " ".join(str(row.no) for row in rows)
        intake.reindex(made)
    return made


def _begin(turn: Turn, rows: Sequence[Demand], line: str, text: str, by: Actor, at: datetime) -> Case:
    source = turn.case
    office = source.office
    made = Case(
        subject=events.new_subject("case"),
        reference=ids.new_reference(),
        number=numbering.next_number(structure.issuer(office), "访", at),
        matter=line,
        topic_id=source.topic_id,
        classification_said=source.classification_said,
        identity=source.identity,
        headcount=source.headcount,
        received_at=source.received_at,
        registered_at=at,
        office=office,
        split_from=source,
        is_notice_exempt=source.is_notice_exempt,
        policy=source.policy,
    )
    rules = ("unaddressed", "backlog") if source.is_notice_exempt else ("notice", "backlog")
    begun = lifecycle.begin(made, Stage.REGISTERED, rules, by=by, at=at, code="split_off", since=source.received_at)
    begun.facts["from"] = source.reference
    demands = [Demand(case=made, no=no) for no in range(1, len(rows) + 1)]
    texts = [sealed.text_of(row) for row in rows]
    for row, wanted in zip(demands, texts, strict=True):
        sealed.put_text(row, wanted, made)
    for row in Demand.objects.bulk_create(demands):
        begun.note(row)
    _part(begun, Filing.objects.select_related("case__subject__key").get(case=source), texts, text)
    lifecycle.received(begun)
    return made


def _part(begun: Turn, filing: Filing, demands: Sequence[str], text: str) -> None:
    """The filing as it stands in the new case: the part that belongs there, and its parties under the new key."""
    made = begun.case
    said = chinese.clean(text, limit=intake.TEXT_LIMIT, field="text") or "\n".join(demands)
    part = Filing(
        case=made,
        reference=ids.new_reference(),
        channel=filing.channel,
        identity=filing.identity,
        received_at=filing.received_at,
        entered_at=server_now(),
        entered_by_id=filing.entered_by_id,
        headcount=filing.headcount,
        postmark_on=filing.postmark_on,
        content_hash=sealed.content_hash(said, demands),
        part_of_id=filing.part_of_id or filing.pk,
    )
    sealed.put_text(part, said, made)
    sealed.put_demands(part, demands, made)
    begun.keep(part)
    parties = Party.objects.select_related("case__subject__key").filter(filing=filing).order_by("pk")
    Party.objects.bulk_create(
        [
            Party(
                case=made,
                filing=part,
                part=party.part,
                sealed_identity=sealed.seal_identity(made, known) if (known := sealed.identity_of(party)) else None,
                account_digest=party.account_digest,
                consents_to_portal=party.consents_to_portal,
            )
            for party in parties
        ]
    )
