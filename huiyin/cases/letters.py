"""Papers of a case: filled in, sealed and sent within an act, and put into its event. Names the addressee."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.conf import settings
from django.utils import timezone

from huiyin.cases import sealed
from huiyin.cases.lifecycle import Turn
from huiyin.cases.models import Case, Demand, Filing, Party
from huiyin.cases.models.case import Identity
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.papers import delivery, issuing
from huiyin.papers.models import Delivery, Paper, StoredFile
from huiyin.papers.templates import Value


def issue(turn: Turn, kind: str, fields: Mapping[str, Value], unit: Unit) -> Paper:
    """Fill in, number and seal a paper of the case, issued by `unit`."""
    paper = issuing.seal(issuing.draft(turn.case.subject, kind, fields, unit), turn.by, turn.at)
    turn.sets.update(issuing.sets(paper))
    turn.texts.update(issuing.texts(paper))
    return paper


def send(
    turn: Turn,
    paper: Paper,
    way: str,
    *,
    place: str = "",
    received_on: date | None = None,
    tracking_no: str = "",
    refusal: str = "",
    witness: str = "",
    proof: StoredFile | None = None,
) -> Delivery:
    """Send or hand over a sealed paper, and put the delivery with its proof into the event.

    By hand without a date means today: it is handed over as the act is taken.
    """
    if way == Delivery.Way.HAND and received_on is None:
        received_on = timezone.localtime(turn.at).date()
    sent = delivery.send(
        paper, way, turn.by, turn.at, received_on=received_on, place=place, tracking_no=tracking_no, refusal=refusal,
        witness=witness, proof=proof, has_consent=consents(turn.case),
    )  # fmt: skip
    note_delivery(turn, sent)
    turn.facts["way"] = str(way)
    turn.notify(accounts(turn.case), "paper_arrived")
    return sent


def note_delivery(turn: Turn, sent: Delivery) -> None:
    turn.sets.update(delivery.sets(sent))
    turn.texts.update(delivery.texts(sent))


def common(case: Case) -> dict[str, Value]:
    """What every letter says of the case: to whom, which filing, about what."""
    fields: dict[str, Value] = {
        "addressee": addressee(case),
        "received_on": timezone.localtime(case.received_at).date().isoformat(),
        "matter": case.matter or "所反映问题",
    }
    return fields | ({"case_number": case.number} if case.number else {})


def addressee(case: Case) -> str:
    """How the letter addresses the filer; a name kept confidential or never given does not appear."""
    if case.identity == Identity.ANONYMOUS:
        return "匿名反映人"
    if case.identity == Identity.CONFIDENTIAL:
        return "要求保密的反映人"
    party = filer(case)
    name = sealed.identity_of(party).get("name", "") if party else ""
    return f"{name}同志" if name else "反映人"


def filer(case: Case) -> Party | None:
    """The filer of the first filing."""
    parties = Party.objects.select_related("case__subject__key").filter(case=case, part=Party.Part.FILER)
    return parties.order_by("pk").first()


def consents(case: Case) -> bool:
    """Whether papers may be delivered on the portal."""
    return Party.objects.filter(case=case, part=Party.Part.FILER, consents_to_portal=True).exists()


def accounts(case: Case) -> list[int]:
    """Accounts that get notices about the case: of those who filed with name. A confidential filer's account is in no row."""
    if case.is_sealed:
        return []
    named = Filing.objects.filter(case=case, identity=Identity.NAMED)
    parties = Party.objects.select_related("case__subject__key").filter(case=case, filing__in=named)
    return sorted({account for party in parties if (account := sealed.identity_of(party).get("account"))})


def demands(case: Case) -> list[Demand]:
    return list(Demand.objects.select_related("case__subject__key").filter(case=case).order_by("no"))


def demand_texts(case: Case) -> list[str]:
    return [sealed.text_of(row) for row in demands(case)]


def review_organ(unit: Unit) -> str:
    """Who reviews a decision of this unit: the next unit above its issuer that acts in its own name, else the
    external organ of enterprise.toml (第三十五条)."""
    above = structure.reviewer(unit)
    organ: str = above.name if above else settings.ENTERPRISE.external_review_organ
    return organ


def query_way() -> str:
    return (
        f"登录{settings.SITE_ADDRESS}，凭查询码或者本人账号查询；也可以到{settings.ENTERPRISE.office}当面或者电话查询。"
    )
