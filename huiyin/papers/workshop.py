"""The workshop of papers: an enterprise's own wording of a form, in versions, of which one is in force.

A version is made from the form that ships: wording changed, what is not required left out, paragraphs and blanks added.
What the law asks for stays: every required field is shown, and each entry of the form's `law` is said by a part that
always shows. A version never changes. A draft keeps the version it was begun with. A new release that changes a form
that ships sets versions made from the older one out of force until somebody has looked at them.

People write 【收文人】 where the form has {addressee}; braces are refused, so no typed word becomes a placeholder unseen.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huiyin.kernel.actors import Actor, Staff, System
from huiyin.kernel.chinese import clean
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import roster
from huiyin.org.permissions import Permission
from huiyin.papers import templates
from huiyin.papers.models import FormVersion, Paper, PaperForm
from huiyin.papers.record import note_form
from huiyin.papers.templates import Template
from huiyin.trail import events

Source = dict[str, Any]

MOST_TEXT, MOST_LABEL, MOST_REASON = 1000, 30, 200
MOST_PARTS = 80
WORDED = frozenset({"heading", "subheading", "paragraph", "hint", "attachment_note", "signature"})
MAY_BE_ADDED = frozenset({"heading", "paragraph", "hint", "field"})
KNOWN_LABELS: Mapping[str, object] = {
    "unit": gettext_lazy("出具单位"),
    "number": gettext_lazy("本文文号"),
    "on": gettext_lazy("用印日期"),
    "office_contact": gettext_lazy("信访机构联系方式"),
    "site": gettext_lazy("本站网址"),
}
_MARKED = re.compile(r"【([^【】]*)】")


@dataclass(frozen=True)
class Line:
    """One part as the workshop shows it. `path` is its place ("4", or "7.1" within a repeated part).

    `edits` names what can be worded anew: text, label, or nothing; `words` is that with 【…】 for what is filled in.
    `why_kept` says why it can't be left out; empty where it can.
    """

    path: str
    kind: str
    edits: str
    words: str
    shows: str
    why_kept: str


@dataclass(frozen=True)
class Change:
    """New words for the part at a path, or that it is left out."""

    words: str = ""
    is_gone: bool = False


@dataclass(frozen=True)
class Added:
    """A part to put after the one at `after`: a heading, paragraph, hint, or a cell (`label`) to fill in by hand."""

    after: str
    kind: str
    words: str = ""
    label: str = ""


def in_force(kind: str) -> tuple[Template, FormVersion | None]:
    """The form that new papers of the kind follow, and its version; None for the form that ships. One statement."""
    shipped = templates.template(kind)
    version = FormVersion.objects.filter(in_force_of__kind=kind).first()
    if version is None or version.based_on != shipped.version:
        return shipped, None
    return read(kind, version), version


def form_of(paper: Paper) -> Template:
    """The form that this paper follows. One statement where it follows a version of the workshop."""
    return templates.template(paper.kind) if paper.form_version is None else read(paper.kind, paper.form_version)


def read(kind: str, version: FormVersion) -> Template:
    return _read(kind, version.source)


@lru_cache(maxsize=64)
def _read(kind: str, source: str) -> Template:
    return templates.of_source(kind, json.loads(source))


def versions(kind: str) -> QuerySet[FormVersion]:
    """All versions of a kind, newest first."""
    return FormVersion.objects.filter(form__kind=kind).select_related("saved_by").order_by("-number")


def source_of(kind: str, version: FormVersion | None) -> Source:
    """A form to start from: that of a version, or the one that ships."""
    made: Source = json.loads(version.source) if version else templates.source(kind)
    return {name: value for name, value in made.items() if name != "law"}


def lines(kind: str, source: Source) -> list[Line]:
    """The parts in order, those within repeated parts after them."""
    return [
        Line(
            path=path,
            kind=part["kind"],
            edits=_edits(part),
            words=_in_words(str(part.get(_edits(part), "")), names) if _edits(part) else "",
            shows=_shows(source, part, names),
            why_kept=_why_kept(kind, source, path),
        )
        for path, part, names in _walk(source)
    ]


def labels(source: Source) -> list[str]:
    """What can be written as 【…】 anywhere in the form."""
    return list(_names(source).values())


def changed(kind: str, source: Source, changes: Mapping[str, Change], added: Sequence[Added]) -> Source:
    """The form with these changes. Raises Invalid at `words_<path>` or `added_<n>` for words that can't be taken."""
    made = copy.deepcopy(source)
    for path, part, names in _walk(made):
        change = changes.get(path)
        attribute = _edits(part)
        if change is None or change.is_gone or not attribute:
            continue
        limit = MOST_LABEL if attribute == "label" else MOST_TEXT
        text = _in_code(change.words, names, f"words_{path}", limit)
        if not text and part["kind"] != "signature":
            raise Invalid("words_missing", _("这一段没有内容。不要它的，请勾选“不用这一段”。"), field=f"words_{path}")
        if text != part.get(attribute, ""):
            part[attribute] = text
    gone = {path for path, change in changes.items() if change.is_gone}
    more = [(one, _new_part(made, one, f"added_{place}")) for place, one in enumerate(added, 1)]
    parts: list[dict[str, Any]] = []
    for place, part in enumerate(made["parts"]):
        if "parts" in part:
            part["parts"] = [inner for number, inner in enumerate(part["parts"]) if f"{place}.{number}" not in gone]
        if str(place) not in gone:
            parts.append(part)
        parts += [new for one, new in more if one.after == str(place)]
    made["parts"] = parts
    if len(parts) > MOST_PARTS:
        raise Invalid("form_too_long", _("一份文书最多80段。请合并几段再保存。"))
    return made


def faults(kind: str, source: Source) -> list[str]:
    """What the law or the kind asks for and this form no longer says, each with what to do. Empty: it may be saved."""
    shipped = templates.template(kind)
    shown, said = set[str](), list[tuple[str, str]]()
    for _path, part, _known in _walk(source):
        shown |= {*templates.PLACEHOLDER.findall(part.get("text", "")), part.get("of", "")}
    for part in source["parts"]:
        said.append((part.get("when", ""), f"{part.get('label', '')}{part.get('text', '')}"))
    needed = [known for known in shipped.fields.values() if known.is_required]
    for part in source["parts"]:
        if part["kind"] == "each":
            needed += [column for column in shipped.fields[part["of"]].columns if column.is_required]
    found = [
        _("“%(label)s”是必备内容。请在文书里保留【%(label)s】。") % {"label": known.label}
        for known in dict.fromkeys(known for known in needed if known.name not in shown)
    ]
    names = _names(source)
    for law in shipped.law:
        if not any(when in {"", law.when} and all(word in text for word in law.says) for when, text in said):
            words = "、".join(_in_words(word, names) for word in law.says)
            found.append(
                _("%(article)s要求写明“%(name)s”。请保留这样一段，其中有：%(words)s。")
                % {"article": law.article, "name": law.name, "words": words}
            )
    if not source["parts"] or source["parts"][-1]["kind"] != "signature":
        found.append(_("文书的最后是出具单位和日期。请不要在它后面加内容。"))
    return found


def save(kind: str, source: Source, *, reason: str, by: Actor, at: datetime) -> FormVersion:
    """Keep this form as a new version and put it in force. An event on the form's subject.

    Raises Forbidden for whoever doesn't keep the forms, Invalid without a reason or where `faults` finds something,
    Refused where nothing changed.
    """
    require(by)
    reason = _reason(reason)
    if lacking := faults(kind, source):
        raise Invalid("form_incomplete", _("还不能保存：%(faults)s") % {"faults": " ".join(lacking)})
    text = json.dumps(source, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    templates.of_source(kind, source)
    with transaction.atomic():
        form = _locked(kind)
        if form.in_force is not None and form.in_force.source == text:
            raise Refused("form_unchanged", _("没有改动，不用保存。"))
        last = versions(kind).values_list("number", flat=True).first() or 0
        version = FormVersion.objects.create(
            form=form,
            number=last + 1,
            based_on=templates.template(kind).version,
            source=text,
            reason=reason,
            saved_by_id=by.user_id if isinstance(by, Staff) else None,
            saved_at=at,
        )
        form.in_force, form.reason = version, reason
        form.save(update_fields=["in_force", "reason"])
        note_form(form, "save_form", by=by, at=at, version=version)
    return version


def use(kind: str, version: FormVersion | None, *, reason: str, by: Actor, at: datetime) -> None:
    """Put an earlier version in force again; None goes back to the form that ships. Drafts stay as they were begun.

    Raises Forbidden, Invalid without a reason, and Refused for the one in force already or a version made from a form
    that no longer ships.
    """
    require(by)
    reason = _reason(reason)
    with transaction.atomic():
        form = _locked(kind)
        if form.in_force_id == (version.pk if version else None):
            raise Refused("form_in_force", _("现在用的就是这一版。"))
        if version is not None and (version.form_id != form.pk or version.based_on != templates.template(kind).version):
            raise Refused("form_outdated", _("这一版是按旧的出厂版改的，不能再用。请在现在的版本上重新修改。"))
        form.in_force, form.reason = version, reason
        form.save(update_fields=["in_force", "reason"])
        note_form(form, "use_form", by=by, at=at)


def require(by: Actor) -> None:
    """Forms are kept for the whole enterprise: by its petition office or its system administrator."""
    if isinstance(by, System):
        return
    if not isinstance(by, Staff) or not roster.has_whole(roster.reach(by, Permission.MANAGE_FORMS)):
        raise Forbidden("not_form_keeper", _("文书模板由集团信访工作机构或者系统管理员维护。请联系他们修改。"))


def _locked(kind: str) -> PaperForm:
    """The kind's row, made at its first version. Two first savers at once: one makes it, the other finds it."""
    if not PaperForm.objects.filter(kind=kind).exists():
        try:
            with transaction.atomic():
                PaperForm.objects.create(kind=kind, subject=events.new_subject("paper_form"))
        except IntegrityError:
            pass
    return PaperForm.objects.select_for_update(of=("self",)).select_related("in_force", "subject").get(kind=kind)


def _reason(text: str) -> str:
    reason = clean(text, limit=MOST_REASON, field="reason", is_line=True)
    if not reason:
        raise Invalid("reason_missing", _("请写明为什么修改，例如“按法务部意见调整”。"), field="reason")
    return reason


def _walk(source: Source) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """Each part with its path and the labels of what can stand in it, by name."""
    names = _names(source)
    for place, part in enumerate(source["parts"]):
        yield str(place), part, names
        if part["kind"] == "each":
            columns = source["fields"][part["of"]]["columns"]
            inner = names | {name: column["label"] for name, column in columns.items()}
            for number, one in enumerate(part.get("parts", [])):
                yield f"{place}.{number}", one, inner


def _names(source: Source) -> dict[str, str]:
    known = {name: str(label) for name, label in KNOWN_LABELS.items()}
    return known | {name: field["label"] for name, field in source["fields"].items()}


def _edits(part: Mapping[str, Any]) -> str:
    if part["kind"] == "field":
        return "label"
    return "text" if part["kind"] in WORDED else ""


def _shows(source: Source, part: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What a part that can't be worded shows, in words."""
    if part["kind"] == "code":
        return _("查询码和二维码")
    if of := part.get("of"):
        return str(source["fields"][of]["label"])
    return _in_words(str(part.get("text", "")), names)


def _why_kept(kind: str, source: Source, path: str) -> str:
    """The first thing that would be lacking without this part; empty where nothing would."""
    before = faults(kind, source)
    after = faults(kind, _without(source, path))
    return next((fault for fault in after if fault not in before), "")


def _without(source: Source, path: str) -> Source:
    outer, _dot, inner = path.partition(".")
    parts = list(source["parts"])
    if inner:
        part = dict(parts[int(outer)])
        part["parts"] = [one for place, one in enumerate(part["parts"]) if place != int(inner)]
        parts[int(outer)] = part
    else:
        del parts[int(outer)]
    return {**source, "parts": parts}


def _new_part(source: Source, one: Added, field: str) -> dict[str, Any]:
    if one.kind not in MAY_BE_ADDED:
        raise Invalid("part_kind", _("请选择要加的是标题、段落、说明还是填写栏。"), field=field)
    words = _in_code(one.words, _names(source), field, MOST_TEXT)
    if one.kind == "field":
        label = _in_code(one.label or one.words, {}, field, MOST_LABEL)
        if not label:
            raise Invalid("words_missing", _("请写明填写栏的名称。"), field=field)
        return {"kind": "field", "label": label, "text": words if one.label else "", "tall": 2}
    if not words:
        raise Invalid("words_missing", _("请写明要加的内容。"), field=field)
    return {"kind": one.kind, "text": words}


def _in_words(text: str, names: Mapping[str, str]) -> str:
    return templates.PLACEHOLDER.sub(lambda found: f"【{names.get(found[1], found[1])}】", text)


def _in_code(words: str, names: Mapping[str, str], field: str, limit: int) -> str:
    text = clean(words, limit=limit, field=field)
    if "{" in text or "}" in text:
        raise Invalid("braces", _("请不要使用花括号。要自动填写的内容，请写成【名称】。"), field=field)
    codes = {label: name for name, label in names.items()}

    def code(found: re.Match[str]) -> str:
        name = codes.get(found[1].strip())
        if name is None:
            raise Invalid(
                "unknown_field",
                _("没有【%(label)s】这一项。可以用的有：%(labels)s。")
                % {"label": found[1][:30], "labels": "、".join(f"【{label}】" for label in codes) or _("无")},
                field=field,
            )
        return f"{{{name}}}"

    return _MARKED.sub(code, text)
