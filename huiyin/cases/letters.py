"""Papers of a case: filled in for each addressee, sealed and sent within an act, and put into its event.

Every party of every standing filing gets an own copy, which names that party alone: the words of another filing and the
names and numbers of its parties are kept out of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.cases import sealed, search, together
from huiyin.cases.lifecycle import Turn
from huiyin.cases.models import Case, Copy, Decision, Demand, Filing, Party, Review
from huiyin.cases.models.case import Identity
from huiyin.kernel import masks
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org import structure
from huiyin.org.models import Unit
from huiyin.papers import delivery, issuing
from huiyin.papers.models import Delivery, Paper, StoredFile
from huiyin.papers.templates import Value, template

NOTICES = frozenset({"D2", "D2S"})  # that a case is taken up
DECISIONS = frozenset({"D14", "D14S"})
WITHIN = frozenset({"D7", "D8", "D9", "D12", "D21"})  # from office to office, and records of interviews
OPINIONS = frozenset({"D17D", "D18D"})  # of the review and the final review
STANDING = frozenset({Review.Result.UPHELD, Review.Result.CHANGED})
AGREEMENTS = frozenset({"D15"})
FORMS = frozenset({"D13F", "D16B", "D16R", "D17P", "D19"})  # the office's own, addressed to nobody
OTHER_PERSON = "另一位反映人"
Fields = Mapping[str, Value]


@dataclass(frozen=True)
class Served:
    """A sealed paper, whose it is, and how it was sent so far, the latest last.

    `stands`: an opinion whose decision was not taken back. `right`: the rule of the limit that its receipt starts.
    """

    paper: Paper
    party: Party
    deliveries: tuple[Delivery, ...]
    is_decision: bool = False
    copy_id: int | None = None
    review_id: int | None = None
    stands: bool = True
    right: str = ""

    @property
    def is_opinion(self) -> bool:
        """Whether it is the opinion of a review."""
        return self.paper.kind in OPINIONS

    @property
    def is_answer(self) -> bool:
        """Whether it ends a stretch of the way: the decision, an agreement, the opinion of a review of what stands."""
        return self.is_decision or self.paper.kind in AGREEMENTS or (self.is_opinion and self.stands)

    @property
    def is_sent(self) -> bool:
        return bool(self.deliveries)

    @property
    def received_on(self) -> date | None:
        return next((row.received_on for row in self.deliveries if row.received_on), None)


def issue(turn: Turn, kind: str, fields: Fields, unit: Unit, *, decision: Decision | None = None) -> Paper:
    """Fill in, number and seal a paper of the case, issued by `unit`. Where it has an addressee, an own one for each
    party of each standing filing; answers the first, the leading filing's. `fields` are for that one.
    """
    if "addressee" not in fields:
        return _issue_one(turn, kind, fields, unit)
    return issue_copies(turn, kind, fields, unit, addressees(turn.case), decision=decision)[0].paper


def issue_within(turn: Turn, kind: str, fields: Fields, unit: Unit) -> Paper:
    """A paper from one office to another: nobody who filed is its addressee."""
    return _issue_one(turn, kind, fields, unit)


def issue_and_send(
    turn: Turn, kind: str, fields: Fields, unit: Unit, *, way: str = "", place: str = "", tracking_no: str = ""
) -> Paper:
    """A letter to everybody who filed, sent in this way; without one on the portal where agreed to, the others' wait to be
    delivered."""
    paper = issue(turn, kind, fields, unit)
    if way:
        send(turn, paper, way, place=place, tracking_no=tracking_no)
        return paper
    for one in served(turn.case):
        if one.paper.kind == kind and one.paper.pk >= paper.pk and may_by_portal(one.party):
            deliver(turn, one, Delivery.Way.PORTAL)
    return paper


def issue_copies(
    turn: Turn,
    kind: str,
    fields: Fields,
    unit: Unit,
    to: Sequence[Party],
    *,
    decision: Decision | None = None,
    review: Review | None = None,
) -> list[Served]:
    """An own paper for each of these parties, from the fields for the leading filing's filer."""
    everybody, made = addressees(turn.case), []
    for party in to:
        paper = _issue_one(turn, kind, personal(kind, fields, party, turn.case, everybody), unit)
        place = sum(one.filing_id == party.filing_id and one.pk < party.pk for one in everybody)
        copy = Copy(case=turn.case, filing=party.filing, place=place, paper=paper, decision=decision, review=review)
        turn.keep(copy)
        made.append(Served(paper, party, (), decision is not None, copy.pk, review.pk if review else None))
    return made


def catch_up(turn: Turn, newcomers: Sequence[Party]) -> None:
    """Papers for those whose filings were joined after the case told the others: the notice of acceptance, sent on the
    portal where agreed to; once the decision is sealed that instead, to be delivered by the office."""
    told = served(turn.case)
    decided = next((one for one in told if one.is_decision), None)
    notice = next((one for one in reversed(told) if one.paper.kind in NOTICES), None)
    model = decided or notice
    if model is None:
        return
    fields = issuing.fields_of(model.paper)
    fields.pop("own_requests", None)
    if "due_on" in fields and (limit := turn.running("decision") or turn.running("suggestion_reply")):
        fields["due_on"] = limit.due_on.isoformat()
    decision = Decision.objects.filter(case=turn.case, returned_at=None).first() if decided else None
    made = issue_copies(turn, model.paper.kind, fields, model.paper.unit, newcomers, decision=decision)
    for one in made:
        if decided is None and may_by_portal(one.party):
            deliver(turn, one, Delivery.Way.PORTAL)


def issue_form(turn: Turn, kind: str, fields: Fields, unit: Unit) -> Paper:
    """Fill in, number and seal a paper that is addressed to nobody who filed: a form of the office, a letter to an organ."""
    return _issue_one(turn, kind, fields, unit)


def _issue_one(turn: Turn, kind: str, fields: Fields, unit: Unit) -> Paper:
    paper = issuing.seal(issuing.draft(turn.case.subject, kind, fields, unit), turn.by, turn.at)
    turn.sets.update(issuing.sets(paper))
    turn.texts.update(issuing.texts(paper))
    return paper


def send(turn: Turn, paper: Paper, way: str, *, place: str = "", tracking_no: str = "") -> None:
    """Send a letter within the act that issued it: the leading filing's copies in this way, those of joined filings on
    the portal where they agreed to it. The others' wait to be delivered. Invalid where the first can't be sent so.
    """
    copies = [one for one in served(turn.case) if one.paper.kind == paper.kind and one.paper.pk >= paper.pk]
    first = reached(copies, way)
    for one in first:
        deliver(turn, one, way, place=place, tracking_no=tracking_no)
    for one in copies:
        if one not in first and one.party.filing_id != first[0].party.filing_id and may_by_portal(one.party):
            deliver(turn, one, Delivery.Way.PORTAL)


def reached(copies: Sequence[Served], way: str) -> list[Served]:
    """Whom one delivery reaches when nobody was picked: by hand all parties of the first filing, on the portal everybody
    who agreed to it, otherwise the first alone, who has an own mail number or witness."""
    if way == Delivery.Way.PORTAL:
        return [one for one in copies if may_by_portal(one.party)] or list(copies[:1])
    if way == Delivery.Way.HAND:
        return [one for one in copies if one.party.filing_id == copies[0].party.filing_id]
    return list(copies[:1])


def deliver(
    turn: Turn,
    served: Served,
    way: str,
    *,
    place: str = "",
    received_on: date | None = None,
    tracking_no: str = "",
    refusal: str = "",
    witness: str = "",
    proof: StoredFile | None = None,
) -> Delivery:
    """Send or hand over a sealed paper to its addressee, and put the delivery with its proof into the event.

    By hand without a date means today: it is handed over as the act is taken.
    """
    if way == Delivery.Way.HAND and received_on is None:
        received_on = timezone.localtime(turn.at).date()
    sent = delivery.send(
        served.paper, way, turn.by, turn.at, received_on=received_on, place=place, tracking_no=tracking_no,
        refusal=refusal, witness=witness, proof=proof, has_consent=may_by_portal(served.party),
    )  # fmt: skip
    note_delivery(turn, sent, served.party)
    turn.facts["way"] = str(way)
    turn.notify(accounts_of([served.party]), "paper_arrived")
    return sent


def note_delivery(turn: Turn, sent: Delivery, party: Party) -> None:
    """Put a delivery, its proof and the filing it concerns into the event."""
    turn.sets.update(delivery.sets(sent))
    turn.texts.update(delivery.texts(sent))
    note_filings(turn, [party.filing])


def note_filings(turn: Turn, filings: Iterable[Filing]) -> None:
    """Say in the event which filings a step concerns: the pages of the others don't show it."""
    known = str(turn.facts.get("to", "")).split()
    turn.facts["to"] = " ".join(dict.fromkeys([*known, *(filing.reference for filing in filings)]))


def served(case: Case) -> list[Served]:
    """The sealed papers of a case to those who filed, the oldest first. A fixed number of statements.

    `is_decision` marks those of the decision that stands. A paper from before papers had copies is the first filer's.
    """
    rows = Paper.objects.filter(subject=case.subject_id, sealed_at__isnull=False).exclude(kind__in=FORMS | WITHIN)
    rows = rows.select_related(
        "unit", "subject__key", "decision", "copy__decision", "copy__review__decision"
    ).prefetch_related("deliveries")
    papers = list(rows.order_by("pk"))
    of_filing: dict[int, list[Party]] = {}
    known = Party.objects.select_related("filing__case__subject__key", "case__subject__key")
    for party in known.filter(case__in=together.members(case)).order_by("pk"):
        of_filing.setdefault(party.filing_id, []).append(party)
    own = [party for parties in of_filing.values() for party in parties if party.case_id == case.pk]
    found = []
    for paper in papers:
        copy = getattr(paper, "copy", None)
        decision = copy.decision if copy else getattr(paper, "decision", None)
        sent = sorted(paper.deliveries.all(), key=lambda row: row.pk)
        stands = decision is not None and decision.returned_at is None
        party = of_filing[copy.filing_id][copy.place] if copy else own[0]
        review = copy.review if copy else None
        is_upheld = review is None or (review.result in STANDING and review.decision.returned_at is None)
        found.append(
            Served(paper, party, tuple(sent), stands, copy.pk if copy else None, review and review.pk, is_upheld)
        )
    is_past = any(one.is_opinion and one.stands and one.is_sent for one in found)
    return [replace(one, right=_right(one, is_past)) for one in found]


def _right(one: Served, is_past: bool) -> str:
    """Of a 处理意见 the review (第三十五条), until an opinion took its place; of the review's opinion the final one
    (第三十六条); of the answer to a suggestion none."""
    if one.paper.kind == "D14" and one.is_decision and not is_past:
        return "ask_review"
    return "ask_final_review" if one.paper.kind == "D17D" and one.stands else ""


def undelivered(case: Case) -> list[Served]:
    """What still has to be delivered to standing filings: whatever was not sent, and a decision until it is received."""
    waiting = [one for one in served(case) if one.received_on is None and is_owed(one)]
    return [one for one in waiting if one.is_answer or not one.is_sent]


def telling(case: Case) -> list[Served]:
    """The copies of what answers the filings that stand: the decision, an agreement, the opinions of reviews."""
    return [one for one in served(case) if one.is_answer and is_owed(one)]


def is_owed(one: Served) -> bool:
    """Whether its addressee still gets it: the filing stands, and no later decision took its place."""
    has_passed = one.paper.kind in DECISIONS and not one.is_decision
    return one.party.filing.withdrawn_at is None and not has_passed


def posted(case: Case) -> list[tuple[Served, Delivery]]:
    """Deliveries by post whose day of arrival is not known yet."""
    found = [(one, row) for one in served(case) if is_owed(one) for row in one.deliveries]
    return [(one, row) for one, row in found if row.way == Delivery.Way.POST and row.received_on is None]


def latest_for(filing: Filing, papers: Iterable[Served]) -> Served | None:
    """Of these papers the last one sent to who filed this filing and not received yet; else the last one sent."""
    own = [one for one in papers if one.party.filing_id == filing.pk and is_filer(one.party) and one.is_sent]
    waiting = [one for one in own if one.received_on is None]
    return next(reversed(waiting or own), None)


def copy_for(filing: Filing, papers: Iterable[Served]) -> Served | None:
    """Of these papers the one addressed to who filed this filing."""
    return next((one for one in papers if one.party.filing_id == filing.pk and is_filer(one.party)), None)


def addressees(case: Case) -> list[Party]:
    """Who gets the papers of a case: every party of every standing filing. The leading case's own come first."""
    rows = Party.objects.select_related("filing__case__subject__key", "case__subject__key")
    rows = rows.filter(case__in=together.members(case), filing__withdrawn_at=None).order_by("pk")
    return sorted(rows, key=lambda party: party.case_id != case.pk)


def common(case: Case) -> dict[str, Value]:
    """What every letter says of the case to the leading filing's filer: to whom, which filing, about what."""
    fields: dict[str, Value] = {
        "addressee": addressee(case),
        "received_on": timezone.localtime(case.received_at).date().isoformat(),
        "matter": case.matter or "所反映问题",
    }
    return fields | ({"case_number": case.number} if case.number else {})


def personal(
    kind: str, fields: Fields, party: Party, case: Case, everybody: Sequence[Party] | None = None
) -> dict[str, Value]:
    """The fields of a letter as they read to one addressee: that one's name and day of filing alone.

    A joined filing reads its own matter and requests, never the words of another; what staff wrote for all has the
    names and numbers of the other filings' parties cut.
    """
    made = dict(fields)
    if "addressee" in template(kind).fields:
        made["addressee"] = named(party)
    if "received_on" in fields:
        made["received_on"] = timezone.localtime(party.filing.received_at).date().isoformat()
    if party.case_id != case.pk:
        own = sealed.demands_of(party.filing)
        if "matter" in fields:
            made["matter"] = party.case.matter or "所反映问题"
        if "demands" in fields:
            made["demands"] = own
        if rows := [row for row in fields.get("answers", []) if isinstance(row, dict)]:
            made["answers"] = [row | {"demand": asked(own, row["no"], len(rows))} for row in rows]
            if len(rows) > 1 and "own_requests" in template(kind).fields:
                made["own_requests"] = own
    others = [other for other in everybody or addressees(case) if other.filing_id != party.filing_id]
    keep = set(_names([party]))
    names = set(_names(others)) - keep
    return {name: _cut(value, names) for name, value in made.items()} if names else made


def asked(own: Sequence[str], no: str, count: int) -> str:
    """A request of the leading case, to somebody whose filing was joined: their own words where there is only one."""
    return "；".join(own) if count == 1 and own else f"合并办理后的第{no}项请求"


def addressee(case: Case) -> str:
    """How a letter addresses the leading filing's filer."""
    party = filer(case)
    return named(party) if party else "反映人"


def named(party: Party) -> str:
    """How the letter addresses somebody; a name kept confidential or never given does not appear."""
    if party.filing.identity == Identity.ANONYMOUS:
        return "匿名反映人"
    if party.filing.identity == Identity.CONFIDENTIAL:
        return "要求保密的反映人"
    name = sealed.identity_of(party).get("name", "")
    return f"{name}同志" if name else "反映人"


def shown_as(party: Party) -> str:
    """A party on the pages of staff: part, masked name, filing. Nothing of a confidential or anonymous one."""
    if party.filing.identity == Identity.NAMED:
        name = masks.mask_name(sealed.identity_of(party).get("name", ""))
    else:
        name = str(party.filing.get_identity_display())
    return f"{party.get_part_display()} {name}（{party.filing.reference}）"


def filer(case: Case) -> Party | None:
    """The filer of the first filing."""
    parties = Party.objects.select_related("case__subject__key", "filing").filter(case=case, part=Party.Part.FILER)
    return parties.order_by("pk").first()


def is_filer(party: Party) -> bool:
    """Whether this is who holds the query code: the papers of the others of a group are not on the portal."""
    return party.part == Party.Part.FILER


def may_by_portal(party: Party) -> bool:
    """Whether papers may be delivered to this one on the portal."""
    return is_filer(party) and party.consents_to_portal


def consents(case: Case) -> bool:
    """Whether papers may be delivered on the portal to anybody of the case."""
    return any(may_by_portal(party) for party in addressees(case))


def accounts_of(parties: Iterable[Party]) -> list[int]:
    """Accounts of those who filed with name. A confidential filer's account is in no row of notices."""
    named = [party for party in parties if party.filing.identity == Identity.NAMED]
    return sorted({account for party in named if (account := sealed.identity_of(party).get("account"))})


def accounts(case: Case, filings: Collection[Filing] | None = None) -> list[int]:
    """Accounts that get notices about the case, of those who filed with name, joined filings too; of these `filings`
    alone where given."""
    if case.is_sealed:
        return []
    return accounts_of(one for one in addressees(case) if filings is None or one.filing in filings)


def check_stands(filing: Filing) -> None:
    """Refused for a filing that its filer withdrew while others of the case stand."""
    if filing.withdrawn_at is not None:
        raise Refused("withdrawn", _("您已经撤回这一件，不能再办理。以后有需要，可以重新反映。"))


def chosen(case: Case, references: Sequence[str]) -> list[Filing]:
    """The standing filings of these references. None given: the only one there is; Invalid where several stand."""
    filings = list(together.standing(case))
    if not references and len(filings) == 1:
        return filings
    found = [filing for filing in filings if filing.reference in references]
    if not found:
        raise Invalid("to", _("这件事项有几份来件，请选择是哪一位反映人。"), field="to")
    return found


def demands(case: Case) -> list[Demand]:
    return list(Demand.objects.select_related("case__subject__key").filter(case=case).order_by("no"))


def own_demands(case: Case) -> list[Demand]:
    """The requests that go with the case: not those led to another way or split from it."""
    return [row for row in demands(case) if row.is_own]


def own_demand_texts(case: Case) -> list[str]:
    return [sealed.text_of(row) for row in own_demands(case)]


def demand_texts(case: Case) -> list[str]:
    return [sealed.text_of(row) for row in demands(case)]


def without_others(text: str, filing: Filing, everybody: Iterable[Party]) -> str:
    """Words of staff as the filer of one filing may read them: names and numbers of the other filings' parties cut."""
    own = {name for name in _names(party for party in everybody if party.filing_id == filing.pk)}
    return str(_cut(text, {*_names(party for party in everybody if party.filing_id != filing.pk)} - own))


def without_parties(text: str, case: Case) -> str:
    """Words with the names and numbers of everybody who filed cut, withdrawn filings too."""
    rows = Party.objects.select_related("filing", "case__subject__key").filter(case__in=together.members(case))
    return search.without_names(text, _names(rows), instead="□□")


def _cut(value: Value, names: Collection[str]) -> Value:
    if isinstance(value, str):
        return search.without_names(value, names, instead=OTHER_PERSON)
    rows = [row for row in value if isinstance(row, dict)]
    if rows:
        return [
            {name: search.without_names(text, names, instead=OTHER_PERSON) for name, text in row.items()}
            for row in rows
        ]
    return [search.without_names(text, names, instead=OTHER_PERSON) for text in value if isinstance(text, str)]


def _names(parties: Iterable[Party]) -> list[str]:
    known = [sealed.identity_of(party) for party in parties]
    parts = ("name", "id_number", "phone", "address", "email")
    return [str(values[part]) for values in known for part in parts if values.get(part)]  # type: ignore[literal-required]


def review_organ(unit: Unit) -> str:
    """Who reviews a decision of this unit: the next unit above its issuer that acts in its own name, else the
    external organ of enterprise.toml (第三十五条)."""
    above = structure.reviewer(unit)
    organ: str = above.name if above else settings.ENTERPRISE.external_review_organ
    return organ


def organ_above(unit: Unit | None) -> str:
    """Who decides the final review of what this unit reviewed; None: an organ outside reviewed (第三十六条)."""
    organ: str = settings.ENTERPRISE.external_final_review_organ if unit is None else review_organ(unit)
    return organ


def query_way() -> str:
    return (
        f"登录{settings.SITE_ADDRESS}，凭查询码或者本人账号查询；也可以到{settings.ENTERPRISE.office}当面或者电话查询。"
    )
