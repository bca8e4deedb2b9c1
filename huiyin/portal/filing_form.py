"""The form of a filing: checks the shape, keeps every word, and says what was meant. The rules are `intake.receive`'s."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundWidget
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.cases import routes
from huiyin.cases.accused import WORDS_LIMIT, Named
from huiyin.cases.intake import (
    ADDRESS_LIMIT,
    DEMANDS_AT_MOST,
    NAME_LIMIT,
    REPRESENTATIVES_AT_MOST,
    TEXT_LIMIT,
    Circumstances,
    Person,
    Words,
)
from huiyin.cases.lists import topics
from huiyin.cases.models.case import Classification, Identity
from huiyin.clocks import calendars
from huiyin.kernel.errors import DomainError, Invalid, Refused
from huiyin.kernel.id_number import check_phone
from huiyin.kernel.ids import new_public_id
from huiyin.papers import uploads
from huiyin.papers.models import Upload
from huiyin.trail.moments import server_now
from huiyin.ui.fact_forms import name_of, said_in
from huiyin.ui.forms import CountField, HuiyinForm, LineField, OneOfField, TextField, UnitField

KEY = re.compile(r"[0-9A-Za-z-]{16,64}")
SHOWN_DEMANDS = 3
OTHER = "other"
# What most people come about stands in sight; the rest is one tap away, so that the step fits a phone.
IN_SIGHT = ("pay", "insurance", "injury", "contract", "hours", "retired", "housing", "safety")
# Topics for which the law may have a way of its own with a limit; and the topic of what was asked of the route adviser.
WITH_WAYS = ("pay", "insurance", "injury", "contract", "hours", "dispatch", "legacy", "housing", "safety")
TOPIC_OF = {
    "pay": "pay", "contract": "contract", "relation": "contract", "hours": "hours", "insurance": "insurance",
    "housing_fund": "insurance", "injury": "injury", "disease": "injury", "reform": "legacy", "rules": "pay",
    "discipline": "contract", "housing": "housing", "safety": "safety",
}  # fmt: skip
SAID: Any = (
    (Classification.CLAIM.value, gettext_lazy("有困难或者纠纷，希望帮我解决"), ""),
    (Classification.SUGGESTION.value, gettext_lazy("提意见、提建议"), ""),
    (
        Classification.REPORT.value,
        gettext_lazy("检举、控告违纪违法行为"),
        gettext_lazy("加密保存，直接交给纪检监察人员，其他人看不到，也查不到有这件事。"),
    ),
)
IDENTITY: Any = (
    (
        Identity.NAMED.value,
        gettext_lazy("实名"),
        gettext_lazy("办理的人需要时可以看到您的姓名和联系方式，便于联系您。谁看过，您都查得到。"),
    ),
    (
        Identity.CONFIDENTIAL.value,
        gettext_lazy("保密"),
        gettext_lazy("姓名加密保存，办理的人看不到。确有必要打开时，要两个人同意并写明理由，您会看到。"),
    ),
    (
        Identity.ANONYMOUS.value,
        gettext_lazy("匿名"),
        gettext_lazy("不留姓名、电话、账号。只能凭查询码查看进度、回答提问；查询码丢了，我们也找不回来。"),
    ),
)


MOST_ROWS = 20


def typed(data: Mapping[str, Any], name: str) -> list[str]:
    """What was typed into the fields `name-0`, `name-1` … in order, empty ones in their place, none at the end."""
    rows = [str(data.get(f"{name}-{place}", "")) for place in range(MOST_ROWS)]
    while rows and not rows[-1].strip():
        rows.pop()
    return rows


class Several(forms.Widget):
    """Fields `name-0`, `name-1` … as one list; what is sent under the bare name (upload tokens) goes before. Drawn by hand."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str]:
        plain = list(data.getlist(name)) if hasattr(data, "getlist") else []
        return plain + typed(data, name)


class SeveralField(forms.Field):
    """A list of texts as they were typed; empty ones are left out."""

    widget = Several

    def clean(self, value: Any) -> list[str]:
        found = [text for text in value or [] if text.strip()]
        if self.required and not found:
            raise ValidationError(self.error_messages["required"], code="required")
        return found


class FilingForm(HuiyinForm):
    """Everything on one page; a script shows its sections one at a time."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False)
    said = OneOfField(label=gettext_lazy("您要反映的是"), options=SAID)
    topic = forms.ChoiceField(
        label=gettext_lazy("关于哪方面"),
        required=False,
        help_text=gettext_lazy("说不准就不选，下一步直接写。"),
        widget=forms.RadioSelect,
    )
    text = TextField(
        label=gettext_lazy("请把事情写下来"),
        max_length=TEXT_LIMIT,
        help_text=gettext_lazy("怎么说话就怎么写。尽量写清：什么时候、在哪里、是谁定的、您找过谁、怎么答复的。"),
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": gettext_lazy("请写下发生了什么事，写一两句话也可以。")},
    )
    demands = SeveralField(
        label=gettext_lazy("您希望怎样解决"),
        error_messages={"required": gettext_lazy("请写下您希望怎样解决。")},
    )
    accused = LineField(
        label=gettext_lazy("反映的是谁"),
        max_length=WORDS_LIMIT,
        required=False,
        help_text=gettext_lazy("写姓名、职务。写了的人、单位和他们管的人，办不了也看不到这件事。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    accused_unit = UnitField(label=gettext_lazy("反映的是哪个单位"), required=False)
    identity = OneOfField(
        label=gettext_lazy("请选一种"),
        options=IDENTITY,
        error_messages={"required": gettext_lazy("请选择实名、保密或匿名。")},
    )
    name = LineField(
        label=gettext_lazy("姓名"),
        max_length=NAME_LIMIT,
        error_messages={"required": gettext_lazy("实名或保密反映需要姓名。不想留姓名，请选择“匿名”。")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = LineField(
        label=gettext_lazy("电话"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("办理单位用它联系您。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    address = LineField(
        label=gettext_lazy("通信地址"),
        max_length=ADDRESS_LIMIT,
        required=False,
        help_text=gettext_lazy("需要邮寄书面答复时用。"),
    )
    id_number = LineField(
        label=gettext_lazy("身份证号"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("不填也能办理。涉及社保、工龄等要核对本人档案的，填了办得更快。"),
    )
    consents = forms.BooleanField(
        label=gettext_lazy("书面答复可以在网上送给我，不用再邮寄"), required=False, initial=True
    )
    keeps_ways = forms.BooleanField(
        label=gettext_lazy("把我查途径时填的日期等情况一起交上去，办理的人好提醒期限"), required=False
    )
    headcount = CountField(label=gettext_lazy("一共多少人"), required=False)
    representatives = SeveralField(label=gettext_lazy("代表"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {topic.code: topic.plain_name for topic in topics() if topic.parent is None and topic.code != OTHER}
        choices = [(code, known.pop(code)) for code in IN_SIGHT if code in known] + list(known.items())
        field = cast(forms.ChoiceField, self.fields["topic"])
        field.choices = [*choices, (OTHER, _("都不是，或者说不准"))]
        if self.is_bound and self.data.get("identity") not in {Identity.NAMED, Identity.CONFIDENTIAL}:
            self.fields["name"].required = False
        self.fields["files"] = SeveralField(label=_("材料"), required=False)
        self.said_of_ways = said_in(self.data) if self.is_bound else {}
        self.uploads: list[Upload] = []
        self.new_uploads: list[Upload] = []

    @property
    def key(self) -> str:
        """The key of this attempt: the one that was sent, else a new one."""
        sent = self.data.get("idempotency_key", "") if self.is_bound else ""
        return sent if KEY.fullmatch(sent) else new_public_id()

    @property
    def topics_with_ways(self) -> str:
        """For which topics the step of statutory ways comes up; always when facts were brought along."""
        return "" if self.said_of_ways else " ".join(WITH_WAYS)

    @property
    def kept_of_ways(self) -> list[tuple[str, str]]:
        """The facts brought along, as hidden fields."""
        return [(name_of(code), value) for code, value in self.said_of_ways.items() if value]

    @property
    def advice(self) -> routes.Advice | None:
        """The ways for the facts brought along; None without, or where they can't be."""
        if not self.said_of_ways:
            return None
        on = localtime(server_now()).date()
        try:
            return routes.advise(routes.read(self.said_of_ways, on), on, calendars.current())
        except Invalid:
            return None

    @property
    def topics_in_sight(self) -> list[BoundWidget]:
        """The choices most people need."""
        return self["topic"].subwidgets[: len(IN_SIGHT)]

    @property
    def topics_folded(self) -> list[BoundWidget]:
        """The choices that are one tap away."""
        return self["topic"].subwidgets[len(IN_SIGHT) :]

    @property
    def is_topic_folded(self) -> bool:
        """Whether what was chosen is in sight, or nothing was chosen."""
        return self["topic"].value() in {None, "", *IN_SIGHT}

    @property
    def demand_values(self) -> list[str]:
        """What stands in the fields for requests: always ten, more where more were sent."""
        values = self._typed("demands")
        return values + [""] * max(0, DEMANDS_AT_MOST - len(values))

    @property
    def has_more_demands(self) -> bool:
        """Whether the part for further requests stands open."""
        return len(self._typed("demands")) > SHOWN_DEMANDS

    @property
    def representative_values(self) -> list[tuple[str, str]]:
        """What stands in the fields for representatives, always five; a sixth that was sent stands there too."""
        names, phones = self._typed("representatives"), self._typed("representative_phones")
        length = max(len(names), len(phones), REPRESENTATIVES_AT_MOST)
        names += [""] * (length - len(names))
        phones += [""] * (length - len(phones))
        return list(zip(names, phones, strict=True))

    @property
    def is_group(self) -> bool:
        """Whether the part for groups stands open."""
        return bool(self.is_bound and (self.data.get("headcount", "").strip() or any(self._typed("representatives"))))

    def clean_representatives(self) -> list[Person]:
        """Those with a name or phone, each with both checked."""
        people = []
        for place, (name, phone) in enumerate(self.representative_values, start=1):
            name, phone = name.strip(), phone.strip()
            if not name and not phone:
                continue
            if not name:
                raise ValidationError(_("第 %(place)d 位代表只写了电话，请补上姓名。") % {"place": place})
            try:
                people.append(Person(name=name, phone=check_phone(phone) if phone else ""))
            except DomainError as refusal:
                sentence = _("第 %(place)d 位代表：%(sentence)s") % {"place": place, "sentence": refusal.sentence}
                raise ValidationError(sentence) from None
        return people

    def take_files(self, whole: Sequence[Any]) -> None:
        """Finished uploads that the form names, and files sent with it. A file that can't be taken is named; the rest stay."""
        for token in dict.fromkeys(self.cleaned_data.get("files", [])):
            try:
                self.uploads.extend(uploads.ready([token]))
            except DomainError as refusal:
                self.add_error("files", refusal.sentence)
        self.new_uploads, sentences = uploads.take_all(whole, beside=len(self.uploads))
        self.uploads.extend(self.new_uploads)
        for sentence in sentences:
            self.add_error("files", sentence)

    def drop_new_files(self) -> None:
        """After a repeated filing: what was sent with it again isn't needed."""
        for upload in self.new_uploads:
            uploads.discard(upload.token)

    def words(self) -> Words:
        values = self.cleaned_data
        topic = "" if values["topic"] == OTHER else values["topic"]
        return Words(values["text"], values["demands"], topic, values["said"])

    def person(self, account: int | None) -> Person:
        """How the person wants to be known; nobody at all when anonymous."""
        values = self.cleaned_data
        if self.is_anonymous:
            return Person()
        return Person(values["name"], values["id_number"], values["phone"], values["address"], account=account)

    @property
    def is_anonymous(self) -> bool:
        return bool(self.cleaned_data.get("identity") == Identity.ANONYMOUS)

    def circumstances(self) -> Circumstances:
        values = self.cleaned_data
        people = () if self.is_anonymous else tuple(values["representatives"])
        count = values["headcount"]
        return Circumstances(
            headcount=max(1, len(people)) if count is None else count,
            representatives=people,
            uploads=[upload.token for upload in self.uploads],
            consents_to_portal=self.is_anonymous or values["consents"],
            idempotency_key=self.key,
            about=Named(values["accused"], values["accused_unit"]),
        )

    def blame(self, refusal: DomainError) -> None:
        """As everywhere; a filing that was received before is told at the top, not at a field."""
        if isinstance(refusal, Refused) and refusal.field not in self.fields:
            self.add_error(None, refusal.sentence)
            return
        super().blame(refusal)

    def _typed(self, name: str) -> list[str]:
        return typed(self.data, name) if self.is_bound else []
