"""A filing comes in: received with a receipt at once, registered with a number.

Five doors, one entrance: the channel is a field. 《信访工作条例》第十七、十九、二十、二十三条.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from huiyin.cases import access, accused, arrivals, letters, lifecycle, sealed, search
from huiyin.cases.lifecycle import taking
from huiyin.cases.lists import topics
from huiyin.cases.models import Case, Demand, Filing, Party, Stage
from huiyin.cases.models.case import Classification, Identity
from huiyin.cases.models.filing import Channel
from huiyin.clocks import policy
from huiyin.kernel import chinese, ids
from huiyin.kernel.actors import Actor, Employee, Staff
from huiyin.kernel.errors import Invalid, Refused
from huiyin.kernel.id_number import check_id_number, check_phone
from huiyin.org import numbering, structure
from huiyin.org.models import Unit
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role
from huiyin.trail import events
from huiyin.trail.moments import server_now
from huiyin.vault import lookup
from huiyin.vault.digests import keyed_digest
from huiyin.vault.models import IndexEntry

TEXT_LIMIT = 20_000
DEMAND_LIMIT = 2_000
DEMANDS_AT_MOST = 10
NAME_LIMIT = 40
ADDRESS_LIMIT = 200
REPRESENTATIVES_AT_MOST = 5  # 第二十条第三款
RETRY_WITHIN = timedelta(minutes=10)
REPEATED = "这份内容刚才已经提交过。请用当时的查询码查看；如要补充，请在原事项里补充。"


@dataclass(frozen=True)
class Person:
    """How somebody may be known: everything optional, checked and cleaned by `receive`."""

    name: str = ""
    id_number: str = ""
    phone: str = ""
    address: str = ""
    email: str = ""
    account: int | None = None


@dataclass(frozen=True)
class Words:
    """What a filing says."""

    text: str
    demands: Sequence[str]
    topic: str = ""
    said: str = ""


@dataclass(frozen=True)
class Circumstances:
    """How a filing came: by which channel, how many people, when a letter was posted, which unit it concerns, and what
    this channel alone has.

    `about`: whom it is about, kept sealed."""

    channel: str = Channel.WEB
    headcount: int = 1
    representatives: Sequence[Person] = ()
    postmark_on: date | None = None
    details: arrivals.Details | None = None
    unit: Unit | None = None
    uploads: Sequence[str] = ()
    consents_to_portal: bool = True
    idempotency_key: str = ""
    about: accused.Named = accused.NOBODY


@dataclass(frozen=True)
class Received:
    """The receipt: the filing, its case, and the query code in the clear, which is stored nowhere."""

    filing: Filing
    case: Case
    code: str
    is_repeat: bool = field(default=False)


def receive(
    words: Words,
    *,
    identity: str,
    person: Person | None = None,
    how: Circumstances | None = None,
    by: Actor,
    at: datetime,
) -> Received:
    """Take in one filing: filing and case, key, chain, clocks and receipt in one transaction, then answer.

    `at` is when it reached the enterprise; on the web that is the server's time whatever is passed. The same
    idempotency key with the same words within 10 minutes gives the same receipt again. Raises Invalid with the field.
    """
    how = how or Circumstances()
    person = person or Person()
    if identity not in Identity.values:
        raise Invalid("identity", "请选择实名、保密或匿名。", field="identity")
    text, demands = _words(words)
    if isinstance(by, Staff):
        _require_intake(by)
    elif how.channel != Channel.WEB:
        raise Invalid("channel", "网上只能以“网上”形式提交。", field="channel")
    if isinstance(by, Employee):
        at = server_now()
    if at > server_now() + timedelta(minutes=5):
        raise Invalid("future", "收到时间不能晚于现在。请核对日期。", field="received_at")
    _group(how)
    details = arrivals.check(
        how.details or arrivals.Details(), how.channel, identity, postmark_on=how.postmark_on, at=at
    )
    known = None if identity == Identity.ANONYMOUS else _identity(person, identity)
    if known is not None and details.caller.strip():
        known["caller"] = check_phone(details.caller, field="caller")
    code = _code_for(how.idempotency_key)
    digest = sealed.content_hash(text, demands)
    try:
        with transaction.atomic():
            return _insert(words, text, demands, identity, known, person, how, details, code, digest, by, at)
    except IntegrityError:
        earlier = Filing.objects.select_related("case").filter(idempotency_key=how.idempotency_key or None).first()
        if earlier is None:
            raise
    if earlier.content_hash != digest or server_now() - earlier.entered_at > RETRY_WITHIN:
        raise Refused("already_received", REPEATED)
    return Received(earlier, earlier.case, code, is_repeat=True)


def _insert(
    words: Words,
    text: str,
    demands: list[str],
    identity: str,
    known: sealed.IdentityValues | None,
    person: Person,
    how: Circumstances,
    details: arrivals.Details,
    code: str,
    digest: str,
    by: Actor,
    at: datetime,
) -> Received:
    office = structure.office_for(how.unit) if how.unit else structure.front_office()
    is_report = words.said == Classification.REPORT
    case = Case(
        subject=events.new_subject("case"),
        reference=ids.new_reference(),
        matter="" if is_report else _first_line(text, known, how),
        topic_id=words.topic or None,
        classification=Classification.REPORT if is_report else "",
        classification_said=words.said,
        is_sealed=is_report,
        identity=identity,
        headcount=how.headcount,
        received_at=at,
        office=office,
        policy=policy.stored(),
    )
    stage = Stage.INSPECTED if is_report else Stage.RECEIVED
    rules = (*(("report_reply",) if is_report else ("notice", "backlog")), *arrivals.rules_of(how.channel))
    turn = lifecycle.begin(case, stage, rules, set_days=arrivals.days_set(details, at), by=by, at=at)
    filing = Filing(
        case=case,
        reference=ids.new_reference(),
        channel=how.channel,
        identity=identity,
        received_at=at,
        entered_at=server_now(),
        entered_by_id=by.user_id if isinstance(by, Staff) else None,
        headcount=how.headcount,
        postmark_on=how.postmark_on,
        content_hash=digest,
        code_digest=code_digest(code),
        idempotency_key=how.idempotency_key or None,
    )
    sealed.put_text(filing, text, case)
    sealed.put_demands(filing, demands, case)
    turn.keep(filing)
    arrivals.keep(turn, filing, details)
    rows = [Demand(case=case, no=no) for no in range(1, len(demands) + 1)]
    for row, wanted in zip(rows, demands, strict=True):
        sealed.put_text(row, wanted, case)
    for row in Demand.objects.bulk_create(rows):
        turn.note(row)
    _add_parties(filing, known, person, how)
    turn.keep_files(how.uploads)
    accused.received(turn, how.about)
    if not case.is_sealed:
        search.put(case.pk, "\n".join([text, *demands]), _names(known, how))
    lifecycle.received(turn)
    return Received(filing, case, code)


def register(
    case: Case,
    *,
    matter: str,
    topic: str = "",
    demands: Sequence[str] = (),
    headcount: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """Number a received case and put its matter in one line; demands as the officer reads them, where given.

    第二十三条: every filing is registered. The number is gapless within the office's series (`信访〔2026〕12号`).
    """
    line = chinese.clean(matter, limit=80, field="matter", is_line=True)
    if not line:
        raise Invalid("matter", "请用一句话写明是什么事。", field="matter")
    _topic(topic)
    wanted = _demands(demands) if demands else []
    with taking("register", case, by=by, at=at) as turn:
        case = turn.case
        case.number = numbering.next_number(structure.issuer(case.office), "访", at)
        case.registered_at = at
        case.matter = line
        case.topic_id = topic or case.topic_id
        case.headcount = headcount or case.headcount
        rows = {row.no: row for row in Demand.objects.select_related("case__subject__key").filter(case=case)}
        for no, text in enumerate(wanted, start=1):
            row = rows.pop(no, None) or Demand(case=case, no=no)
            if row.pk is None or sealed.text_of(row) != text:
                sealed.put_text(row, text, case)
                turn.keep(row)
        if wanted and rows:
            fewer = f"来件里有 {len(wanted) + len(rows)} 项诉求，登记时不能减少，只能改写或增加。"
            raise Invalid("demands", fewer, field="demands")
        _index_people(case)
        reindex(case)
    return case


def name_representatives(filing: Filing, people: Sequence[Person], *, by: Actor, at: datetime) -> Filing:
    """Add the representatives whom those present chose among themselves, at most five in all (第二十条第三款).

    Only until the case is given to a unit; nobody else of those present is recorded.
    """
    with taking("name_representatives", filing.case, by=by, at=at) as turn:
        known = Party.objects.filter(filing=filing, part=Party.Part.REPRESENTATIVE).count()
        chosen = [person for person in people if person.name.strip()]
        if not chosen:
            raise Invalid("representatives", "请写下代表的姓名，一行一个。", field="representatives")
        if known + len(chosen) > REPRESENTATIVES_AT_MOST:
            raise Invalid(
                "representatives",
                "代表最多 %(most)d 人（《信访工作条例》第二十条），已经登记了 %(known)d 人。请在场的人共同推选，再填写。",
                field="representatives",
                most=REPRESENTATIVES_AT_MOST,
                known=known,
            )
        if known + len(chosen) > filing.headcount:
            raise Invalid("headcount", "代表人数多于来访人数，请核对。", field="representatives")
        rows = [
            Party(
                case=filing.case,
                filing=filing,
                part=Party.Part.REPRESENTATIVE,
                sealed_identity=sealed.seal_identity(turn.case, _identity(person, Identity.NAMED)),
            )
            for person in chosen
        ]
        Party.objects.bulk_create(rows)
        turn.facts["filing"], turn.facts["representatives"] = filing.reference, known + len(rows)
        reindex(turn.case)
        newcomers = [party for party in letters.addressees(turn.case) if party in rows]
        letters.catch_up(turn, newcomers)
    return filing


def renew_code(filing: Filing, *, by: Actor, at: datetime) -> str:
    """A new query code for a filing whose code was lost; the old one no longer opens anything."""
    code = _code_for("")
    with taking("renew_code", filing.case, by=by, at=at) as turn:
        filing.code_digest = code_digest(code)
        filing.save(update_fields=["code_digest"])
        turn.facts["filing"] = filing.reference
    return code


def filing_by_code(text: str) -> Filing | None:
    """The filing a query code opens, or None. Raises Invalid where the check characters show a typing error."""
    code = ids.normalise_code(text)
    return Filing.objects.select_related("case").filter(code_digest=code_digest(code)).first()


def code_digest(code: str) -> bytes:
    return keyed_digest("query code", code)


def reindex(case: Case) -> None:
    """Put the words of a case into the index anew, names of its parties cut; a sealed case is taken out."""
    if case.is_sealed:
        search.drop(case.pk)
        return
    texts = [case.matter, *Filing.objects.filter(case=case).values_list("text", flat=True)]
    texts += Demand.objects.filter(case=case).values_list("text", flat=True)
    texts += Filing.objects.filter(case__joined_to=case).values_list("text", flat=True)
    known = [sealed.identity_of(party) for party in _parties(case)]
    search.put(case.pk, "\n".join(texts), [name for values in known for name in _cut(values)])


def _require_intake(by: Staff) -> None:
    if not any(Permission.REGISTER in ROLE_PERMISSIONS[Role(post.role)] for post in by.posts):
        raise Refused("not_yours_to_do", f"登记来件由“{access.WHOSE[Permission.REGISTER]}”办理。")


def _words(words: Words) -> tuple[str, list[str]]:
    text = chinese.clean(words.text, limit=TEXT_LIMIT, field="text")
    if not text:
        raise Invalid("text", "请写下发生了什么事，写一两句话也可以。", field="text")
    if words.said and words.said not in Classification.values:
        raise Invalid("said", "请从列出的类别里选择。", field="said")
    _topic(words.topic)
    return text, _demands(words.demands)


def _topic(code: str) -> None:
    if code and all(topic.code != code for topic in topics()):
        raise Invalid("topic", "请从列出的内容分类里选择。", field="topic")


def _demands(demands: Sequence[str]) -> list[str]:
    cleaned = [chinese.clean(wanted, limit=DEMAND_LIMIT, field="demands") for wanted in demands]
    cleaned = [wanted for wanted in cleaned if wanted]
    if not cleaned:
        raise Invalid("demands", "请写下您希望怎样解决。", field="demands")
    if len(cleaned) > DEMANDS_AT_MOST:
        raise Invalid("demands", f"一次最多写 {DEMANDS_AT_MOST} 项诉求，请合并相近的。", field="demands")
    return cleaned


def _group(how: Circumstances) -> None:
    if how.headcount < 1 or how.headcount > 100_000:
        raise Invalid("headcount", "人数请填 1 以上的整数。", field="headcount")
    if len(how.representatives) > REPRESENTATIVES_AT_MOST:
        raise Invalid(
            "representatives",
            f"代表最多 {REPRESENTATIVES_AT_MOST} 人（《信访工作条例》第二十条）。请共同推选 {REPRESENTATIVES_AT_MOST} 人以内，"
            "其他人的诉求同样会被记下和办理，人数照实填写。",
            field="representatives",
        )
    if len(how.representatives) > how.headcount:
        raise Invalid("headcount", "代表人数多于总人数，请核对人数。", field="headcount")


def _identity(person: Person, identity: str) -> sealed.IdentityValues:
    values: sealed.IdentityValues = {}
    name = chinese.clean(person.name, limit=NAME_LIMIT, field="name", is_line=True)
    if not name:
        raise Invalid("name", "实名或保密反映需要姓名。不想留姓名，请选择“匿名”。", field="name")
    values["name"] = name
    if person.id_number.strip():
        values["id_number"] = check_id_number(person.id_number)
    if person.phone.strip():
        values["phone"] = check_phone(person.phone)
    if person.address.strip():
        values["address"] = chinese.clean(person.address, limit=ADDRESS_LIMIT, field="address", is_line=True)
    if person.email.strip():
        values["email"] = chinese.clean(person.email, limit=120, field="email", is_line=True)
    if person.account is not None:
        values["account"] = person.account
    return values


def _add_parties(filing: Filing, known: sealed.IdentityValues | None, person: Person, how: Circumstances) -> None:
    case = filing.case
    rows = [
        Party(
            case=case,
            filing=filing,
            part=Party.Part.FILER,
            sealed_identity=sealed.seal_identity(case, known) if known else None,
            account_digest=access.account_digest(person.account) if known and person.account is not None else None,
            consents_to_portal=how.consents_to_portal,
        )
    ]
    for representative in how.representatives:
        values = _identity(representative, Identity.NAMED)
        if known and _is_same(known, values):  # the filer is one of them: a row and a paper of each kind are enough
            continue
        rows.append(
            Party(
                case=case,
                filing=filing,
                part=Party.Part.REPRESENTATIVE,
                sealed_identity=sealed.seal_identity(case, values),
            )
        )
    Party.objects.bulk_create(rows)


def _is_same(filer: sealed.IdentityValues, other: sealed.IdentityValues) -> bool:
    """Whether a representative is the filer: the same name, and no other phone."""
    phones = {values["phone"] for values in (filer, other) if values.get("phone")}
    return filer.get("name") == other.get("name") and len(phones) < 2


def _index_people(case: Case) -> None:
    """Keyed index of ID numbers and phones, for the one logged look-up; never of confidential or anonymous filers."""
    numbers = []
    for party in _parties(case):
        if party.filing.identity == Identity.NAMED:
            values = sealed.identity_of(party)
            if id_number := values.get("id_number"):
                numbers.append((IndexEntry.Kind.ID_NUMBER.value, id_number))
            if phone := values.get("phone"):
                numbers.append((IndexEntry.Kind.PHONE.value, phone))
    if numbers:
        lookup.index_all(case.subject.key, numbers)


def _parties(case: Case) -> list[Party]:
    return list(Party.objects.select_related("case__subject__key", "filing").filter(case=case).order_by("pk"))


def _names(known: sealed.IdentityValues | None, how: Circumstances) -> list[str]:
    names = _cut(known) if known else []
    for person in how.representatives:
        names += [part for part in (person.name.strip(), person.phone.strip(), person.id_number.strip()) if part]
    return names


def _cut(values: sealed.IdentityValues) -> list[str]:
    return [values[part] for part in ("name", "id_number", "phone", "email") if values.get(part)]


def _first_line(text: str, known: sealed.IdentityValues | None, how: Circumstances) -> str:
    """A working title until the officer writes one: the first words of the text, the parties' names cut."""
    line = search.without_names(text, _names(known, how)).strip().split("\n")[0]
    return line if len(line) <= 60 else line[:59] + "…"


def _code_for(idempotency_key: str) -> str:
    """The query code. Derived from the client's key where there is one, so that a retry gets the same receipt."""
    if not idempotency_key:
        return ids.new_query_code()
    seed = keyed_digest("query code of key", idempotency_key)
    return ids.query_code_from(hmac.new(seed, b"huiyin query code", hashlib.sha256).digest())
