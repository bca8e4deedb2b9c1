"""The acts of oversight as pages: demand, instruct, advise; then issue, dismiss, answer, accept, return, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huiyin.cases import access as case_access
from huiyin.cases import together
from huiyin.cases.models import Case
from huiyin.cases.models.case import ENDED
from huiyin.desk.act_pages import FilesForm, Values
from huiyin.desk.frame import desk, frame, permissions
from huiyin.desk.oversight import LABELS, NAMES, address
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org.models import Unit, User
from huiyin.org.permissions import Permission
from huiyin.oversight import access, advice, answering, instructions, queue, supervision
from huiyin.oversight.models import Advice, Asked, Reply, Supervision
from huiyin.oversight.offers import offers
from huiyin.oversight.triggers import triggers
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, LineField, OneOfField, TextField, needed_when
from huiyin.ui.pages import form_page

SAID = {
    "issue": gettext_lazy("督办已经发出，承办单位会收到通知。"),
    "dismiss": gettext_lazy("已记下理由，这一条不再提出。"),
    "answer": gettext_lazy("答复已经提交，等待审阅。"),
    "accept": gettext_lazy("已经办结。"),
    "return": gettext_lazy("已经退回，答复期限重新起算。"),
    "withdraw": gettext_lazy("已经撤销，编号和文书仍然保留。"),
}
NOTES = {
    "issue": gettext_lazy("发出后编号、用印，送承办单位，从今天起算答复期限。"),
    "dismiss": gettext_lazy("请写明理由。同一条不会再次提出。"),
    "answer": gettext_lazy("写明办理情况和结果，附上佐证。提交后由提出的一方审阅。"),
    "accept": gettext_lazy("认可这次答复，事情到此办结。"),
    "return": gettext_lazy("写明要补充什么。原来的答复保留在记录里。"),
    "withdraw": gettext_lazy("发错了，或者已经不需要答复时使用。"),
}


class NoWords(FilesForm):
    """An act that needs no words."""


class ReasonForm(FilesForm):
    reason = TextField(label=gettext_lazy("理由"), max_length=500)


class IssueForm(FilesForm):
    text = TextField(label=gettext_lazy("督办要求"), max_length=2000)


class AnswerForm(FilesForm):
    takes_files = True
    text = TextField(label=gettext_lazy("办理情况和结果"), max_length=2000)


class FeedbackForm(FilesForm):
    takes_files = True
    adoption = OneOfField(label=gettext_lazy("是否采纳"), options=Reply.Adoption.choices)
    text = TextField(label=gettext_lazy("理由和落实措施"), max_length=2000)


FORMS: dict[str, type[FilesForm]] = {
    "issue": IssueForm, "dismiss": ReasonForm, "answer": AnswerForm, "accept": NoWords, "return": ReasonForm,
    "withdraw": ReasonForm,
}  # fmt: skip


def _take(code: str, row: Any, said: Values, form: FilesForm, by: Staff) -> object:
    at = server_now()
    acts: dict[str, Callable[[], object]] = {
        "issue": lambda: supervision.issue(row, text=said["text"], by=by, at=at),
        "dismiss": lambda: supervision.dismiss(row, reason=said["reason"], by=by, at=at),
        "answer": lambda: answering.answer(
            row, text=said["text"], adoption=said.get("adoption", ""), uploads=form.tokens, by=by, at=at
        ),
        "accept": lambda: answering.accept(row, by=by, at=at),
        "return": lambda: answering.return_answer(row, reason=said["reason"], by=by, at=at),
        "withdraw": lambda: (supervision if isinstance(row, Supervision) else advice).withdraw(
            row, reason=said["reason"], by=by, at=at
        ),
    }
    return acts[code]()


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def asked_act(request: HttpRequest, by: Staff, kind: str, asked: str, act: str) -> HttpResponse:
    """One act on what was asked: its form, the act, back to its page. Who may not take it is refused by the act."""
    row: Any = access.one(queue.KINDS[kind], by, asked)
    if act not in FORMS:
        raise NotFound()
    made = FeedbackForm if act == "answer" and isinstance(row, Advice) else FORMS[act]
    initial = {"text": row.text} if act == "issue" else None
    form = _filled(made, request, initial)
    is_gone = act == "dismiss" or (act == "issue" and request.GET.get("back") == "list")

    def take(said: Values) -> str:
        _take(act, row, said, form, by)
        return reverse("desk:proposals") if is_gone else address(kind, row)

    return _page(
        request, by, form, take, said=str(SAID[act]), title=str(LABELS[act]), note=str(NOTES[act]),
        back=(f"{NAMES[kind]} {row.number or ''}", address(kind, row)), is_offered=act in offers(row, by), asked=row,
    )  # fmt: skip


class DemandForm(FilesForm):
    unit = forms.ChoiceField(label=gettext_lazy("被督办单位"))
    trigger = forms.ChoiceField(label=gettext_lazy("督办的情形"))
    missed = LineField(
        label=gettext_lazy("没有落实的步骤、期限或者承诺"),
        max_length=300,
        help_text=gettext_lazy("例如“首次联系反映人应在9月10日前完成”；上级催办的，写明文号和日期"),
    )
    text = TextField(label=gettext_lazy("督办要求"), max_length=2000)


class InstructForm(FilesForm):
    unit = forms.ChoiceField(label=gettext_lazy("交哪个单位办理"))
    text = TextField(label=gettext_lazy("批示内容"), max_length=2000)


class EnterForm(InstructForm):
    takes_files = True
    given_by = forms.ChoiceField(label=gettext_lazy("哪位领导批示"))
    given_on = DayField(label=gettext_lazy("批示日期"))
    filing = forms.ChoiceField(label=gettext_lazy("随哪件来件"), required=False)


class AdviseForm(FilesForm):
    unit = forms.ChoiceField(label=gettext_lazy("向哪个单位提出"))
    kind = OneOfField(
        label=gettext_lazy("建议的种类"),
        options=[
            (Advice.Kind.WORK, gettext_lazy("改进工作"), gettext_lazy("办理中的做法需要改")),
            (Advice.Kind.POLICY, gettext_lazy("完善政策"), gettext_lazy("制度、标准有漏洞或者不衔接")),
            (Advice.Kind.ACCOUNT, gettext_lazy("追究责任"), gettext_lazy("单位违反了规定；只写单位和条款，不写个人")),
        ],
    )
    breach = forms.ChoiceField(label=gettext_lazy("单位违反的规定"), required=False)
    problem = TextField(label=gettext_lazy("发现的问题"), max_length=2000)
    basis = TextField(label=gettext_lazy("依据"), max_length=2000)
    text = TextField(label=gettext_lazy("建议的内容"), max_length=2000)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def supervise(request: HttpRequest, by: Staff, reference: str) -> HttpResponse:
    """Demand by hand, from the case's page."""
    found = case_access.case_for(by, reference)
    if not access.may_supervise(by, found):
        raise NotFound()
    form = _filled(DemandForm, request)
    _choose(form, "unit", _units(found), str((found.next_unit or found.unit or found.office).pk))
    _choose(form, "trigger", [("", _("请选择")), *((code, one.title) for code, one in triggers().items())])

    def act(said: Values) -> str:
        unit = Unit.objects.get(pk=said["unit"])
        row = supervision.demand(
            found, unit=unit, trigger=said["trigger"], missed=said["missed"], text=said["text"], by=by, at=server_now()
        )
        return address("supervision", row)

    return _page(
        request, by, form, act, said=str(SAID["issue"]), title=_("督办"), note=str(NOTES["issue"]),
        back=_to_case(found), is_offered=found.stage not in ENDED,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def instruct(request: HttpRequest, by: Staff, reference: str) -> HttpResponse:
    """A leader writes an instruction; the office enters one that was written on paper, with its date and scan."""
    found = case_access.case_for(by, reference)
    is_leader = access.may_instruct(by, found)
    if not is_leader and not access.may_supervise(by, found):
        raise NotFound()
    form = _filled(InstructForm if is_leader else EnterForm, request)
    _choose(form, "unit", _units(found), str((found.unit or found.office).pk))
    if not is_leader:
        people = instructions.leaders(on=localtime(server_now()).date()).order_by("pk")
        _choose(form, "given_by", [("", _("请选择")), *((str(user.pk), user.name) for user in people)])
        came = [row for row in together.standing(found) if row.channel == instructions.RULE]
        if came:
            shown = [(row.reference, f"{row.reference} {localtime(row.received_at):%Y-%m-%d}") for row in came]
            _choose(form, "filing", [("", _("不是随来件来的")), *shown], came[0].reference)
        else:
            del form.fields["filing"]

    def act(said: Values) -> str:
        unit, at = Unit.objects.get(pk=said["unit"]), server_now()
        if is_leader:
            row = instructions.give(found, text=said["text"], unit=unit, by=by, at=at)
        else:
            filing = next((one for one in together.standing(found) if one.reference == said.get("filing")), None)
            row = instructions.enter(
                found, text=said["text"], unit=unit, given_by=User.objects.get(pk=said["given_by"]),
                given_on=said["given_on"], uploads=form.tokens, filing=filing, by=by, at=at,
            )  # fmt: skip
        return address("instruction", row)

    return _page(
        request, by, form, act, said=_("批示已经交办，承办单位会收到通知。"),
        title=_("批示") if is_leader else _("登记批示"), note=_("从今天起算办理期限，承办单位书面答复，由作出批示的领导审阅。"),
        back=_to_case(found), is_offered=True,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def advise(request: HttpRequest, by: Staff) -> HttpResponse:
    """Advice to a unit, with or without a case (`?case=`)."""
    if Permission.SUPERVISE not in permissions(by):
        raise NotFound()
    given = request.GET.get("case", "")
    found = case_access.case_for(by, given) if given else None
    form = _filled(AdviseForm, request)
    below = Unit.objects.filter(
        pk__in=[pk for post in by.posts for pk in access.below(post).values_list("pk", flat=True)]
    )
    _choose(form, "unit", [("", _("请选择")), *_shown(below)], str(found.unit_id or "") if found else "")
    _choose(form, "breach", [("", _("不追究责任")), *((code, _(words)) for code, words in advice.BREACHES.items())])
    needed_when(form.fields["breach"], _("追究责任的必填"))

    def act(said: Values) -> str:
        row = advice.advise(
            Unit.objects.get(pk=said["unit"]), kind=said["kind"], problem=said["problem"], basis=said["basis"],
            text=said["text"], breach=said["breach"], case=found, by=by, at=server_now(),
        )  # fmt: skip
        return address("advice", row)

    back = _to_case(found) if found else (str(NAMES["advice"]), reverse("desk:oversight", args=["advice"]))
    return _page(
        request, by, form, act, said=_("建议已经发出，单位会收到通知。"), title=_("提出建议"),
        note=_("发出后编号、用印，单位在期限内书面反馈是否采纳。"), back=back, is_offered=True,
    )  # fmt: skip


def _filled(made: type[FilesForm], request: HttpRequest, initial: Values | None = None) -> FilesForm:
    form = made(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.takes_files:
        form.take_files(request.POST.getlist("files"), request.FILES.getlist("files_whole"))
    return form


def _choose(form: FilesForm, name: str, choices: list[tuple[str, Any]], initial: str = "") -> None:
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} has no choices")
    field.choices = choices
    field.initial = initial


def _units(found: Case) -> list[tuple[str, str]]:
    return _shown(Unit.objects.filter(path__startswith=found.office.path))


def _shown(units: Any) -> list[tuple[str, str]]:
    rows = units.filter(closed_on=None).order_by("path")
    return [(str(unit.pk), "　" * (unit.path.count("/") - 2) + unit.name) for unit in rows]


def _to_case(found: Case) -> tuple[str, str]:
    return f"{found.number or found.reference} {found.matter}", reverse("desk:case", args=[found.reference])


def _page(
    request: HttpRequest,
    by: Staff,
    form: FilesForm,
    act: Callable[[Values], str],
    *,
    said: str,
    title: str,
    note: str,
    back: tuple[str, str],
    is_offered: bool,
    asked: Asked | None = None,
) -> HttpResponse:
    context = {
        "frame": frame(request, by), "title": title, "note": note, "back": back[0], "back_url": back[1],
        "is_offered": is_offered, "asked": asked,
        "latest": Reply.objects.filter(subject=asked.subject_id, returned_at=None).first() if asked else None,
    }  # fmt: skip
    return form_page(request, "desk/oversight_act.html", form, act, said=said, context=context)
