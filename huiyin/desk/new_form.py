"""The form of quick registration: one screen for every channel, of which only the chosen channel's fields show."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from huiyin.cases import accused, arrivals, intake, queue
from huiyin.cases.arrivals import Details
from huiyin.cases.models import Dictation, FromAbove, Ticket
from huiyin.cases.models.case import Classification, Identity
from huiyin.cases.models.filing import Channel
from huiyin.desk.act_pages import FilesForm
from huiyin.kernel.actors import Staff
from huiyin.kernel.ids import new_public_id
from huiyin.org import structure
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now
from huiyin.ui.forms import CountField, DayField, HuiyinForm, LineField, MomentField, OneOfField, TextField, UnitField

# Channel → the key that chooses it: alone outside a field, with Alt (the browser's access key) while typing.
KEYS = {
    Channel.LETTER.value: "x",
    Channel.PHONE.value: "h",
    Channel.VISIT.value: "k",
    Channel.FAX.value: "c",
    Channel.ABOVE.value: "j",
    Channel.INSTRUCTION.value: "p",
}
SHORT = {Channel.ABOVE.value: _("上级"), Channel.INSTRUCTION.value: _("批示")}
CHANNELS = [
    (code, format_lazy("{} {}", SHORT.get(code, Channel(code).label), key.upper())) for code, key in KEYS.items()
]
LEADERS = (Role.CHIEF, Role.DEPUTY)


class KeyedRadios(forms.RadioSelect):
    """Radio buttons of which each has a key."""

    def create_option(self, name: str, value: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *arguments, **options)
        key = KEYS.get(str(value), "")
        option["attrs"] |= {"accesskey": key, "data-key": key} if key else {}
        return option


class ReadBackFields(HuiyinForm):
    """How a dictated record was read back to who said it (第十九条)."""

    read_back = OneOfField(
        label=_("笔录核对"),
        options=[("", _("还没有核对，列为待办")), *Dictation.Way.choices],
        required=False,
        initial="",
    )
    refusal = LineField(label=_("不愿签名的理由"), max_length=300, required=False, help_text=_("照本人说的写"))


class NewForm(ReadBackFields, FilesForm):
    """Everything of a filing on one screen."""

    takes_files = True
    channel = OneOfField(label=_("信访形式"), options=CHANNELS, initial=Channel.PHONE.value, widget=KeyedRadios)
    received_at = MomentField(
        label=_("来电、来访或收到的时间"), help_text=_("例如 2026-8-3 9:05；补登的写实际时间，登记时间由系统记")
    )
    text = TextField(label=_("反映的内容"), max_length=intake.TEXT_LIMIT, widget=forms.Textarea(attrs={"rows": 8}))
    demands = TextField(label=_("诉求，一行一项"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    said = forms.ChoiceField(label=_("反映人自己说是"), choices=[("", "—"), *Classification.choices], required=False)
    accused = LineField(label=_("反映的是谁"), max_length=accused.WORDS_LIMIT, required=False)
    accused_unit = UnitField(label=_("反映的是哪个单位"), required=False)
    identity = OneOfField(label=_("身份"), options=Identity.choices, initial=Identity.NAMED.value)
    name = LineField(label=_("姓名"), max_length=intake.NAME_LIMIT, required=False)
    id_number = LineField(label=_("证件号码"), max_length=30, required=False)
    phone = LineField(label=_("电话"), max_length=30, required=False)
    address = LineField(label=_("住址"), max_length=intake.ADDRESS_LIMIT, required=False)
    headcount = CountField(label=_("人数"), initial=1, min_value=1, help_text=_("来访写实到人数"))
    representatives = TextField(
        label=_("代表（最多5人），一行一个姓名"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("由在场的人共同推选；其他人不登记姓名"),
    )
    place = LineField(label=_("接待地点"), max_length=120, required=False)
    postmark_on = DayField(label=_("邮戳日期"), required=False)
    tracking_no = LineField(label=_("挂号、快递单号"), max_length=40, required=False)
    caller = LineField(
        label=_("来电号码"), max_length=30, required=False, help_text=_("属于身份信息，加密保存；匿名来电不记")
    )
    sender = LineField(label=_("来文单位"), max_length=80, required=False)
    sender_number = LineField(label=_("来文文号"), max_length=60, required=False)
    sent_on = DayField(label=_("来文日期"), required=False)
    task = OneOfField(
        label=_("怎样交来的"),
        options=[
            (FromAbove.Task.ORDER.value, FromAbove.Task.ORDER.label, _("要求办结后回复")),
            (FromAbove.Task.TRANSFER.value, FromAbove.Task.TRANSFER.label, _("按职权办理")),
        ],
        required=False,
        initial=FromAbove.Task.ORDER.value,
    )
    answer_by = DayField(label=_("要求回复的日期"), required=False, help_text=_("照来文写；没有要求的不填"))
    leader = forms.ChoiceField(label=_("批示的领导"), required=False)
    leader_name = LineField(label=_("不在名单里的，写职务和姓名"), max_length=60, required=False)
    instruction = TextField(
        label=_("批示内容，照原文"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    given_on = DayField(label=_("批示日期"), required=False)
    consents_to_portal = forms.BooleanField(label=_("本人同意网上送达文书"), required=False)
    ticket = forms.IntegerField(widget=forms.HiddenInput, required=False)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["leader"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "—"), *_leaders()]


def _leaders() -> list[tuple[str, str]]:
    today = localtime(server_now()).date()
    posts = structure.held_on(today).filter(role__in=LEADERS, user__is_active=True).select_related("user")
    people = {post.user_id: (str(post.user_id), f"{post.title} {post.user.name}") for post in posts.order_by("pk")}
    return list(people.values())


def empty(channel: str, ticket: Ticket | None = None) -> NewForm:
    """An empty form of this channel; from a ticket of the queue, with its headcount and the time it was called."""
    now = localtime(server_now()).replace(second=0, microsecond=0)
    first: dict[str, Any] = {"received_at": now, "idempotency_key": new_public_id()}
    if channel in KEYS:
        first["channel"] = channel
    if ticket is not None:
        first |= {"ticket": ticket.pk, "headcount": ticket.headcount, "channel": Channel.VISIT.value}
        first["received_at"] = localtime(ticket.called_at or ticket.taken_at).replace(second=0, microsecond=0)
    return NewForm(initial=first)


def details_of(said: dict[str, Any], by: Staff) -> Details:
    """What the chosen channel has, from a valid form."""
    leader = int(said["leader"]) if said["leader"] else None
    ticket = queue.ticket_of(by, str(said["ticket"])) if said["ticket"] else None
    typed = ("tracking_no", "caller", "place", "sender", "sender_number", "sent_on", "task", "answer_by")
    more = ("leader_name", "instruction", "given_on", "read_back", "refusal")
    values = {name: said[name] for name in (*typed, *more)}
    refusal = said["refusal"] if said["read_back"] == Dictation.Way.REFUSED else ""
    details = Details(**(values | {"leader": leader, "ticket": ticket, "refusal": refusal}))
    return arrivals.of_channel(details, said["channel"])
