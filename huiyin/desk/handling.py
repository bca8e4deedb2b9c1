"""Pages of handling: assign, take in, send back, contact, note, ask, extend."""

from __future__ import annotations

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from huiyin.cases import handling, letters
from huiyin.cases.models import Note
from huiyin.desk.act_pages import ActForm, ActPage
from huiyin.org import structure
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now
from huiyin.ui.forms import CountField, LineField, OneOfField, TextField


class AssignForm(ActForm):
    unit = forms.ChoiceField(label=_("承办单位"))
    instruction = LineField(label=_("办理要求"), max_length=500, required=False)

    def prepare(self) -> None:
        below = Unit.objects.filter(path__startswith=self.case.office.path, closed_on=None).order_by("path")
        self.choose("unit", [(str(unit.pk), "　" * (unit.path.count("/") - 2) + unit.name) for unit in below])


class TakeInForm(ActForm):
    handler = forms.ChoiceField(label=_("承办人"), required=False)

    def prepare(self) -> None:
        on = localtime(server_now()).date()
        held = structure.held_on(on).filter(role=Role.HANDLER, user__is_active=True)
        if self.case.unit is not None:
            held = held.filter(unit__path__startswith=self.case.unit.path)
        people = {
            str(post.user_id): f"{post.user.name}（{post.unit.short_name}）"
            for post in held.select_related("user", "unit")
        }
        self.choose("handler", [("", str(_("由本单位承办人共同办理"))), *people.items()])


class ReasonForm(ActForm):
    reason = TextField(label=_("理由"), max_length=500)


class SendBackForm(ReasonForm):
    proposed = forms.ChoiceField(label=_("建议由哪个单位承办"), required=False)

    def prepare(self) -> None:
        units = Unit.objects.filter(path__startswith=self.case.office.path, closed_on=None).order_by("path")
        named = [(str(unit.pk), "　" * (unit.path.count("/") - 2) + unit.name) for unit in units]
        self.choose("proposed", [("", str(_("说不准"))), *named])


class ToForm(ActForm):
    """Whom it is to, asked only where several filings stand: each filer reads the own line alone."""

    to = forms.MultipleChoiceField(label=_("哪位反映人"), widget=forms.CheckboxSelectMultiple)

    def prepare(self) -> None:
        filers = [party for party in letters.addressees(self.case) if letters.is_filer(party)]
        self.choose("to", [(party.filing.reference, letters.shown_as(party)) for party in filers])
        if len(filers) < 2:
            del self.fields["to"]


class ContactForm(ToForm):
    way = OneOfField(label=_("怎样联系的"), options=Note.ContactWay.choices)
    told = TextField(label=_("告诉了反映人哪些进展"), max_length=2000, help_text=_("反映人自己也能看到这段话"))


class NoteForm(ActForm):
    takes_files = True
    text = TextField(label=_("内容"), max_length=handling.NOTE_LIMIT)


class AskForm(ToForm):
    question = TextField(label=_("需要反映人补充什么"), max_length=2000)


class ExtendForm(ActForm):
    days = CountField(label=_("延长几天"), help_text=_("最多30天，只能延长一次（《信访工作条例》第三十四条）"))
    reason = TextField(label=_("情况复杂在哪里"), max_length=500, help_text=_("批准后，这段理由会告诉反映人"))


PAGES: dict[str, ActPage] = {
    "assign": ActPage(
        AssignForm,
        lambda case, said, by, form: handling.assign(
            case, to=Unit.objects.get(pk=said["unit"]), instruction=said["instruction"], by=by, at=server_now()
        ),
        _("已分办。承办单位两个工作日内签收。"),
    ),
    "take_in": ActPage(
        TakeInForm,
        lambda case, said, by, form: handling.take_in(
            case,
            handler=User.objects.get(pk=said["handler"]) if said["handler"] else None,
            by=by,
            at=server_now(),
        ),
        _("已签收。请在三个工作日内与反映人联系。"),
    ),
    "send_back": ActPage(
        SendBackForm,
        lambda case, said, by, form: handling.send_back(
            case,
            reason=said["reason"],
            proposed=Unit.objects.get(pk=said["proposed"]) if said["proposed"] else None,
            by=by,
            at=server_now(),
        ),
        _("已提出退回，等信访专员答复。"),
        note=_(
            "不属于本单位的，在收到后5个工作日内提出，详细说明理由，并建议承办单位；信访专员同意后退回。逾期提出的会留存，但仍由本单位办理（第二十三条第三款）。"
        ),
    ),
    "contact": ActPage(
        ContactForm,
        lambda case, said, by, form: handling.contact(
            case, way=said["way"], told=said["told"], to=said.get("to", ()), by=by, at=server_now()
        ),
        _("已记录联系。"),
    ),
    "note": ActPage(
        NoteForm,
        lambda case, said, by, form: handling.note(
            case, text=said["text"], uploads=form.tokens, by=by, at=server_now()
        ),
        _("已写入办理记录。"),
    ),
    "add_evidence": ActPage(
        NoteForm,
        lambda case, said, by, form: handling.add_evidence(
            case, text=said["text"], uploads=form.tokens, by=by, at=server_now()
        ),
        _("调查材料已保存。"),
    ),
    "ask": ActPage(
        AskForm,
        lambda case, said, by, form: handling.ask(
            case, question=said["question"], to=said.get("to", ()), by=by, at=server_now()
        ),
        _("问题已发给反映人。"),
    ),
    "request_extension": ActPage(
        ExtendForm,
        lambda case, said, by, form: handling.request_extension(
            case, days=said["days"], reason=said["reason"], by=by, at=server_now()
        ),
        _("已申请延期，等待负责人决定。"),
    ),
}
