"""Pages of hearings and of mediation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huiyin.cases import hearing, letters, mediation
from huiyin.cases.handling import NOTE_LIMIT
from huiyin.cases.models import Case, Mediation
from huiyin.desk.act_pages import ActForm, ActPage, NoForm, Values
from huiyin.desk.handling import ReasonForm
from huiyin.desk.triage import LETTER_WAYS, LetterForm
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import Invalid
from huiyin.org.models import User
from huiyin.papers.models import Delivery
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, LineField, MomentField, OneOfField, TextField

SHORT = {"rows": 3}


class AnnounceForm(LetterForm):
    """When, where, who, about what; and how the notice reaches the people."""

    held_at = MomentField(label=_("时间"), help_text=_("例如 2026-8-3 9:00"))
    hall = LineField(label=_("地点"), max_length=120)
    members = TextField(
        label=_("听证成员的工号"),
        max_length=500,
        help_text=_("一行一个，至少3人。参加过这件事项办理的不能作成员"),
        widget=forms.Textarea(attrs=SHORT),
    )
    points = TextField(label=_("听证的要点"), max_length=NOTE_LIMIT, help_text=_("一行一条"))
    field_order = ("held_at", "hall", "members", "points", "way", "place", "tracking_no")

    def prepare(self) -> None:
        super().prepare()
        self.fields["place"].label = _("通知书交付地点")


class EndForm(ActForm):
    participants = TextField(
        label=_("参加人"), max_length=2000, help_text=_("一行一位"), widget=forms.Textarea(attrs=SHORT)
    )
    proceedings = TextField(label=_("各方的陈述、举证和辩论"), max_length=NOTE_LIMIT)
    read_back = TextField(
        label=_("笔录怎样核对的"),
        max_length=500,
        help_text=_("例如：已向参加人宣读，没有意见"),
        widget=forms.Textarea(attrs=SHORT),
    )
    facts = TextField(label=_("认定的事实"), max_length=NOTE_LIMIT)
    conclusion = TextField(label=_("听证结论"), max_length=NOTE_LIMIT, widget=forms.Textarea(attrs=SHORT))
    dissent = TextField(label=_("不同意见"), max_length=NOTE_LIMIT, required=False, widget=forms.Textarea(attrs=SHORT))


class ConsentForm(ActForm):
    way = OneOfField(label=_("哪一种"), options=Mediation.Way.choices)
    consent = TextField(
        label=_("双方怎样表示愿意的"), max_length=2000, help_text=_("写明时间、方式。任何一方不愿意的，不能开始")
    )


class SettleForm(ActForm):
    takes_files = True
    facts = TextField(label=_("双方认可的事实"), max_length=NOTE_LIMIT, widget=forms.Textarea(attrs=SHORT))
    terms = TextField(label=_("协议内容"), max_length=NOTE_LIMIT, help_text=_("一行一条"))
    carried_out_by_on = DayField(label=_("履行期限"))
    mediator = LineField(label=_("调解人"), max_length=80, required=False, help_text=_("和解的不填"))
    way = OneOfField(label=_("协议书怎样交给反映人"), options=LETTER_WAYS, initial=Delivery.Way.HAND.value)
    place = LineField(label=_("地点"), max_length=120, required=False, help_text=_("当面交付时填写，不写就是本单位"))
    tracking_no = LineField(label=_("邮件号"), max_length=40, required=False, help_text=_("邮寄时填写，以便查询"))

    def prepare(self) -> None:
        if not letters.consents(self.case):
            self.choose("way", [(way, str(label)) for way, label in LETTER_WAYS[1:]], Delivery.Way.HAND.value)


def _announce(case: Case, said: Values, by: Staff, form: ActForm) -> object:
    names = said["members"].split()
    members = list(User.objects.filter(username__in=names, is_active=True))
    if missing := sorted(set(names) - {user.username for user in members}):
        raise Invalid(
            "no_such_account", gettext("没有找到工号：%(names)s。请核对。"), field="members", names="、".join(missing)
        )
    return hearing.announce(
        case, held_at=said["held_at"], place=said["hall"], members=members, points=said["points"], way=said["way"],
        letter_place=said["place"], tracking_no=said["tracking_no"], by=by, at=server_now(),
    )  # fmt: skip


def _called(case: Case, by: Staff) -> Mapping[str, Any]:
    row = hearing.open_one(case)
    return {"hearing": row, "members": [user.name for user in row.members.order_by("pk")]} if row else {}


PAGES: dict[str, ActPage] = {
    "announce_hearing": ActPage(
        AnnounceForm,
        _announce,
        _("听证通知书已编号用印并送出。"),
        note=_("重大、复杂、疑难的事项可以举行听证（《信访工作条例》第三十一条第六项）。将生成《听证通知书》。"),
    ),
    "open_hearing": ActPage(
        NoForm,
        lambda case, said, by, form: hearing.begin(case, by=by, at=server_now()),
        _("已登记听证开始。"),
        note=_("复核中举行的，从现在起到听证结束，不计入复核的期限；办理和复查中举行的，期限照常计算。"),
        beside="desk/hearing_beside.html",
        aside=_called,
    ),
    "end_hearing": ActPage(
        EndForm,
        lambda case, said, by, form: hearing.end(case, **said, by=by, at=server_now()),
        _("听证笔录和听证报告已编号存档。"),
        note=_("提交后生成《听证笔录》和《听证报告》，之后不能再改。"),
        beside="desk/hearing_beside.html",
        aside=_called,
    ),
    "call_off_hearing": ActPage(
        ReasonForm,
        lambda case, said, by, form: hearing.call_off(case, reason=said["reason"], by=by, at=server_now()),
        _("已取消听证。"),
        beside="desk/hearing_beside.html",
        aside=_called,
    ),
    "begin_mediation": ActPage(
        ConsentForm,
        lambda case, said, by, form: mediation.begin(case, **said, by=by, at=server_now()),
        _("已登记。达成协议或者没有达成，都请登记。"),
        note=_("双方都愿意才能开始（《信访工作条例》第三十三条）。办理期限照常计算，不因调解停下。"),
    ),
    "end_mediation": ActPage(
        ReasonForm,
        lambda case, said, by, form: mediation.end(case, reason=said["reason"], by=by, at=server_now()),
        _("已登记，继续办理。"),
    ),
    "settle": ActPage(
        SettleForm,
        lambda case, said, by, form: mediation.settle(case, **said, uploads=form.tokens, by=by, at=server_now()),
        _("协议书已编号用印。接下来履行，并登记落实情况。"),
        note=_("各方签名以后登记，附上签名的协议书。协议代替处理意见，履行完毕才能办结。"),
    ),
}
