"""Service of sealed papers with proof (送达回证, D19). The day of receipt starts the limit for review.

Whatever the way, a D19 is made and sealed when the paper is received. Every act that sends or receives puts
`sets(delivery)` and `texts(delivery)` into its event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.kernel.actors import Actor, Staff, System
from huiyin.kernel.chinese import clean
from huiyin.kernel.errors import Invalid, Refused
from huiyin.papers import files, issuing, record
from huiyin.papers.models import Delivery, Paper, StoredFile
from huiyin.papers.templates import template

Way = Delivery.Way
RETURN = "D19"
PORTAL_PLACE = "网上查询页面"
POST_PLACE = "按登记的地址邮寄"
# A delivery's columns in the record.
columns = record.delivery_columns


def send(
    paper: Paper,
    way: str,
    by: Actor,
    at: datetime,
    *,
    received_on: date | None = None,
    place: str = "",
    tracking_no: str = "",
    refusal: str = "",
    witness: str = "",
    proof: StoredFile | None = None,
    has_consent: bool = False,
) -> Delivery:
    """Send or hand over a sealed paper at `at`.

    hand: received_on is needed. portal: the person's consent is needed; received when `confirm` says so. post:
    a tracking number is needed; received when `record_receipt` says so. left: place, reason of the refusal, witness
    and proof (photo or video) are needed; received on the day it was left. Invalid names what is lacking; Refused for
    a draft, for a paper that was received before, and for one on its way by the same means.
    """
    place = clean(place, limit=120, field="place", is_line=True)
    tracking_no = clean(tracking_no, limit=40, field="tracking_no", is_line=True)
    refusal = clean(refusal, limit=300, field="refusal", is_line=True)
    witness = clean(witness, limit=80, field="witness", is_line=True)
    with transaction.atomic():
        locked = Paper.objects.select_for_update(of=("self",)).select_related("subject__key", "unit").get(pk=paper.pk)
        _check_sendable(locked, way)
        _check_way(way, received_on, place, tracking_no, refusal, witness, proof, has_consent)
        day = timezone.localtime(at).date()
        if way == Way.LEFT:
            received_on = received_on or day
        elif way in {Way.PORTAL, Way.POST} and received_on is not None:
            raise Invalid("received_early", _("网上和邮寄送达，收到后再登记收到日期。请先不填。"), field="received_on")
        if received_on is not None:
            _check_day(locked, received_on, day)
        delivery = Delivery.objects.create(
            paper=locked,
            way=way,
            sent_at=at,
            received_on=received_on,
            place=place or {Way.PORTAL.value: PORTAL_PLACE, Way.POST.value: POST_PLACE}.get(way, locked.unit.name),
            tracking_no=tracking_no,
            refusal=refusal,
            witness=witness,
            proof=proof,
            sent_by_id=by.user_id if isinstance(by, Staff) else None,
        )
        if received_on is not None:
            _make_return(delivery, by, at)
    return delivery


def confirm(delivery: Delivery, at: datetime) -> Delivery:
    """The person confirms on the portal, or first opens the paper there: received on that day.

    A second time changes nothing and answers the same. Also for a letter whose arrival the person confirms.
    """
    with transaction.atomic():
        locked = _locked(delivery)
        if locked.received_on is not None:
            return locked
        if locked.way not in {Way.PORTAL, Way.POST}:
            raise Refused("not_to_confirm", _("这次送达不需要在网上确认。"))
        locked.received_on = timezone.localtime(at).date()
        locked.confirmed_at = at
        locked.save(update_fields=["received_on", "confirmed_at"])
        _make_return(locked, System("delivery"), at)
    return locked


def record_receipt(
    delivery: Delivery, received_on: date, by: Actor, at: datetime, *, proof: StoredFile | None = None
) -> Delivery:
    """Enter the day on which a letter arrived, from its advice of delivery. Refused when a day is known already."""
    with transaction.atomic():
        locked = _locked(delivery)
        if locked.way != Way.POST:
            raise Refused("not_by_post", _("只有邮寄送达需要登记收到日期。"))
        if locked.received_on is not None:
            raise Refused("already_received", _("收到日期已经登记，不能再改。登记有误的，请在办理记录中说明。"))
        _check_day(locked.paper, received_on, timezone.localtime(at).date())
        if received_on < timezone.localtime(locked.sent_at).date():
            raise Invalid("received_before_sent", _("收到日期早于寄出日期，请核对。"), field="received_on")
        locked.received_on, locked.proof = received_on, proof or locked.proof
        locked.save(update_fields=["received_on", "proof"])
        _make_return(locked, by, at)
    return locked


def sets(delivery: Delivery) -> dict[str, Mapping[str, object]]:
    """For the `sets` of an event that sent or received: the delivery, its proof, and its D19 with its file."""
    made: dict[str, Mapping[str, object]] = {record.delivery_entity(delivery): columns(delivery)}
    if delivery.proof:
        made |= files.sets([delivery.proof])
    if delivery.return_paper:
        made |= issuing.sets(delivery.return_paper)
    return made


def texts(delivery: Delivery) -> dict[str, str]:
    """For the `texts` of that event: the delivery's own words and those of its D19."""
    made = {record.delivery_label(delivery): record.delivery_text(delivery)}
    if delivery.return_paper:
        made |= issuing.texts(delivery.return_paper)
    return made


def _locked(delivery: Delivery) -> Delivery:
    return (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("paper__subject__key", "paper__unit", "proof", "sent_by", "return_paper")
        .get(pk=delivery.pk)
    )


def _check_sendable(paper: Paper, way: str) -> None:
    if paper.sealed_at is None:
        raise Refused("paper_not_sealed", _("这份文书还没有用印，不能送达。请先用印。"))
    for earlier in paper.deliveries.all():
        if earlier.received_on is not None:
            raise Refused(
                "already_received",
                _("这份文书已于%(day)s送达，不用再送。") % {"day": earlier.received_on.strftime("%Y-%m-%d")},
            )
        if earlier.way == way == Way.PORTAL:
            raise Refused("already_sent", _("这份文书已经在网上送达，正在等待确认。"))


def _check_way(
    way: str,
    received_on: date | None,
    place: str,
    tracking_no: str,
    refusal: str,
    witness: str,
    proof: StoredFile | None,
    has_consent: bool,
) -> None:
    match way:
        case Way.HAND:
            if received_on is None:
                raise Invalid("received_on_missing", _("直接送达要填写对方收到的日期。"), field="received_on")
        case Way.PORTAL:
            if not has_consent:
                raise Invalid(
                    "consent_missing",
                    _("网上送达要先征得本人同意。没有同意的，请改用直接送达或者邮寄送达。"),
                    field="way",
                )
        case Way.POST:
            if not tracking_no:
                raise Invalid("tracking_missing", _("邮寄送达要填写邮件号，以便查询。"), field="tracking_no")
        case Way.LEFT:
            lacking = [
                (name, part)
                for name, part, value in (
                    ("place", _("送达地点"), place),
                    ("refusal", _("拒收的事由"), refusal),
                    ("witness", _("见证人"), witness),
                    ("proof", _("照片或者录像"), proof),
                )
                if not value
            ]
            if lacking:
                raise Invalid(
                    "left_incomplete",
                    _("留置送达还缺：%(parts)s。请补全后再登记。")
                    % {"parts": "、".join(part for _name, part in lacking)},
                    field=lacking[0][0],
                )
        case _other:
            raise Invalid("way_unknown", _("请选择送达方式。"), field="way")


def _check_day(paper: Paper, received_on: date, today: date) -> None:
    """Not before the paper was sealed, and not in the future."""
    sealed = timezone.localtime(paper.sealed_at).date() if paper.sealed_at else today
    if not sealed <= received_on <= today:
        raise Invalid(
            "received_on_impossible",
            _("收到日期应当在用印日期（%(first)s）和登记当天（%(last)s）之间，请核对。")
            % {"first": sealed.isoformat(), "last": today.isoformat()},
            field="received_on",
        )


def _make_return(delivery: Delivery, by: Actor, at: datetime) -> None:
    """Make and seal the D19 of a delivery that was received."""
    paper = delivery.paper
    received_on = delivery.received_on
    if received_on is None:
        raise ValueError("a delivery that was not received has no D19")
    addressee = issuing.fields_of(paper).get("addressee", "")
    sender = delivery.sent_by.name if delivery.sent_by else ""
    fields = {
        "document": template(paper.kind).title,
        "document_number": paper.number or "",
        "sent_by": sender or (by.name if isinstance(by, Staff) else paper.unit.name),
        "recipient": addressee if isinstance(addressee, str) and addressee.strip() else _("受送达人本人"),
        "place": delivery.place,
        "way": str(delivery.way),
        "sent_on": timezone.localtime(delivery.sent_at).date().isoformat(),
        "received_on": received_on.isoformat(),
        "signed": _signed(delivery),
        "refusal": delivery.refusal,
        "witness": delivery.witness,
    }
    made = issuing.seal(issuing.draft(paper.subject, RETURN, fields, paper.unit), by, at)
    delivery.return_paper = made
    delivery.save(update_fields=["return_paper"])


def _signed(delivery: Delivery) -> str:
    """What stands in place of a signature where there is none on paper."""
    if delivery.confirmed_at is not None:
        moment = timezone.localtime(delivery.confirmed_at)
        return _("本人于%(when)s在网上确认收到。") % {"when": f"{moment:%Y-%m-%d %H:%M}"}
    if delivery.way == Way.POST:
        return _("以邮寄回执为准，邮件号：%(number)s。") % {"number": delivery.tracking_no}
    return ""
