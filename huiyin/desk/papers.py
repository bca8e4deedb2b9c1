"""设置 · 文书模板: the workshop of papers. One kind's parts beside the page they make, and its versions."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings as configured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.desk import settings
from huiyin.desk.frame import desk, frame, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError, NotFound, Refused
from huiyin.org import roster
from huiyin.org.permissions import Permission
from huiyin.papers import samples, templates, workshop, writers
from huiyin.papers.models import FormVersion, PaperForm
from huiyin.papers.templates import Template
from huiyin.papers.workshop import Added, Change, Line
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, LineField, TextField, needed_when
from huiyin.ui.pages import form_page, see_other

MORE = 2  # parts that can be added in one go
ROWS, VERSIONS = 50, 10
PART_WORDS = {
    "addressee": gettext_lazy("称谓"),
    "paragraph": gettext_lazy("段落"),
    "heading": gettext_lazy("标题"),
    "subheading": gettext_lazy("小标题"),
    "list": gettext_lazy("列表"),
    "each": gettext_lazy("逐项重复"),
    "table": gettext_lazy("表格"),
    "quote": gettext_lazy("原话"),
    "field": gettext_lazy("填写栏"),
    "code": gettext_lazy("查询码"),
    "signature": gettext_lazy("结束语、落款"),
    "attachment_note": gettext_lazy("附件说明"),
    "hint": gettext_lazy("小字说明"),
}
ONE_LINE = frozenset({"heading", "subheading", "signature"})
NEW_KINDS = [
    ("", gettext_lazy("不加")),
    ("paragraph", gettext_lazy("段落")),
    ("heading", gettext_lazy("标题")),
    ("field", gettext_lazy("手写填写栏")),
    ("hint", gettext_lazy("小字说明")),
]


class WordingForm(HuiyinForm):
    """One field a part that can be worded, a tick where it can be left out, and a few new parts."""

    base = forms.IntegerField(widget=forms.HiddenInput)
    reason = LineField(label=gettext_lazy("为什么修改"), max_length=workshop.MOST_REASON, required=False)

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed_when(self.fields["reason"], _("保存时必填"))
        self.lines = lines
        places = [
            (one.path, f"{PART_WORDS[one.kind]}：{(one.words or one.shows)[:24]}")
            for one in lines[:-1]
            if "." not in one.path
        ]
        for one in lines:
            self._add_line(one)
        for number in range(1, MORE + 1):
            self.fields[f"kind_{number}"] = forms.ChoiceField(label=_("加什么"), choices=NEW_KINDS, required=False)
            self.fields[f"after_{number}"] = forms.ChoiceField(
                label=_("加在哪一段后面"), choices=places, required=False
            )
            self.fields[f"added_{number}"] = TextField(
                label=_("内容；填写栏写名称"), max_length=workshop.MOST_TEXT, required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip

    def _add_line(self, one: Line) -> None:
        if one.edits:
            limit = workshop.MOST_LABEL if one.edits == "label" else workshop.MOST_TEXT
            title = str(PART_WORDS[one.kind])
            made: LineField
            if one.edits == "label" or one.kind in ONE_LINE:
                made = LineField(label=title, max_length=limit, required=False, initial=one.words)
            else:
                rows = min(8, 2 + len(one.words) // 32)
                made = TextField(
                    label=title, max_length=limit, required=False, initial=one.words,
                    widget=forms.Textarea(attrs={"rows": rows}),
                )  # fmt: skip
            self.fields[f"words_{one.path}"] = made
        if not one.why_kept:
            self.fields[f"gone_{one.path}"] = forms.BooleanField(label=_("不用这一段"), required=False)

    def rows(self) -> list[dict[str, Any]]:
        """The parts with their fields, for the page."""
        return [
            {
                "line": one, "title": PART_WORDS[one.kind],
                "words": self[f"words_{one.path}"] if one.edits else None,
                "gone": None if one.why_kept else self[f"gone_{one.path}"],
                "is_inner": "." in one.path,
            }
            for one in self.lines
        ]  # fmt: skip

    def new_rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{name}_{number}"] for name in ("kind", "after", "added")] for number in range(1, MORE + 1)]

    def changes(self) -> dict[str, Change]:
        return {
            one.path: Change(
                self.cleaned_data.get(f"words_{one.path}", ""), bool(self.cleaned_data.get(f"gone_{one.path}"))
            )
            for one in self.lines
        }

    def added(self) -> list[Added]:
        asked = [
            [self.cleaned_data.get(f"{name}_{number}", "") for name in ("after", "kind", "added")]
            for number in range(1, MORE + 1)
        ]
        return [Added(after, kind, words) for after, kind, words in asked if kind or words]


class UseForm(HuiyinForm):
    reason = LineField(label=gettext_lazy("为什么改用这一版"), max_length=workshop.MOST_REASON)


@require_GET
@desk
def forms_list(request: HttpRequest, by: Staff) -> HttpResponse:
    """Every kind of paper, and which version is in force."""
    _need(by)
    used = {form.kind: form for form in PaperForm.objects.select_related("in_force__saved_by")}
    rows = []
    for kind in templates.ordered(templates.kinds()):
        made, form = templates.template(kind), used.get(kind)
        version = form.in_force if form else None
        rows.append(
            {"form": made, "version": version, "is_outdated": bool(version and version.based_on != made.version)}
        )
    return show(request, by, "paper_forms", {"tabs": settings.tabs(request, by), "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def paper_form(request: HttpRequest, by: Staff, form_kind: str) -> HttpResponse:
    """One kind: its parts to word, the page they make beside them. Sent with `preview` it shows, else it saves."""
    _need(by)
    made = _template(form_kind)
    shown, version = workshop.in_force(form_kind)
    source = workshop.source_of(form_kind, version)
    number = version.number if version else 0
    form = WordingForm(request.POST or None, lines=workshop.lines(form_kind, source), initial={"base": number})
    lacking: list[str] = []
    status, is_tried = 200, False
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if form.cleaned_data["base"] != number:
                    raise Refused("form_changed_meanwhile", _("刚刚有人保存了新的一版。请刷新页面，在新的版本上修改。"))
                changed = workshop.changed(form_kind, source, form.changes(), form.added())
                if "preview" not in request.POST:
                    saved = workshop.save(
                        form_kind, changed, reason=form.cleaned_data["reason"], by=by, at=server_now()
                    )
                    said = _("已保存为第%(number)s版，新的文书从现在起用这一版。") % {"number": saved.number}
                    return see_other(request, reverse("desk:paper_form", args=[form_kind]), said)
                lacking, status, is_tried = workshop.faults(form_kind, changed), 200, True
                shown = templates.of_source(form_kind, changed, is_whole=False)
            except NotFound:
                raise
            except DomainError as refusal:
                form.blame(refusal)
                status = refusal.status
    context = {
        "frame": frame(request, by), "form": form, "made": made, "version": version, "lacking": lacking,
        "is_tried": is_tried, "pages": _pictures(shown), "labels": workshop.labels(source),
        "versions": settings.numbered(request, workshop.versions(form_kind), VERSIONS),
    }  # fmt: skip
    return render(request, "desk/paper_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def paper_form_version(request: HttpRequest, by: Staff, form_kind: str, number: int) -> HttpResponse:
    """One version as the page it makes; 0 is the form that ships. Sending puts it in force."""
    _need(by)
    made = _template(form_kind)
    version = settings.found(workshop.versions(form_kind).filter(number=number).first()) if number else None
    current = FormVersion.objects.filter(in_force_of__kind=form_kind).first()

    def act(said: dict[str, Any]) -> str:
        workshop.use(form_kind, version, reason=said["reason"], by=by, at=server_now())
        return reverse("desk:paper_form", args=[form_kind])

    is_outdated = bool(version and version.based_on != made.version)
    context = {
        "frame": frame(request, by), "made": made, "version": version, "is_outdated": is_outdated,
        "is_used": current == version, "pages": _pictures(workshop.read(form_kind, version) if version else made),
    }  # fmt: skip
    said = _("已改用这一版，新的文书从现在起用它。")
    return form_page(
        request, "desk/paper_form_version.html", UseForm(request.POST or None), act, said=said, context=context
    )


def _need(by: Staff) -> None:
    """The forms are the whole enterprise's."""
    if not roster.has_whole(settings.need(by, Permission.MANAGE_FORMS)):
        raise NotFound()


def _template(kind: str) -> Template:
    if kind not in templates.kinds():
        raise NotFound()
    return templates.template(kind)


def _pictures(made: Template) -> list[str]:
    """The pages with sample data, to stand in the page itself: what was not saved has no address."""
    fields = samples.fields(made.kind)
    number = _("信%(series)s〔2026〕1号") % {"series": made.series}
    on = localtime(server_now()).date()
    pages = writers.pictures(made, fields, unit=configured.ENTERPRISE.name, number=number, on=on)
    return [f"data:image/png;base64,{b64encode(page).decode('ascii')}" for page in pages]
