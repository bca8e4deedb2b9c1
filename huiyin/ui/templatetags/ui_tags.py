"""{% load ui_tags %}: icons, fields, due dates, dates in the enterprise's zone, masks. Listed in docs/ui.md."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, Textarea
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from huiyin.clocks.explain import full_day
from huiyin.clocks.models import Clock
from huiyin.clocks.workdays import WEEKDAYS
from huiyin.kernel import masks
from huiyin.kernel.ids import grouped as in_groups
from huiyin.papers.content import LARGEST_FILE, MOST_FILES
from huiyin.trail.moments import server_now
from huiyin.ui import due as dues

register = template.Library()
MASKS = {
    "name": masks.mask_name,
    "id_number": masks.mask_id_number,
    "phone": masks.mask_phone,
    "address": masks.mask_address,
    "email": masks.mask_email,
}
AT_BRACKET = re.compile("(?=（)")  # a due date breaks before its bracket and nowhere else
TONES = frozenset({"", "strong", "red", "amber", "green"})


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """{% icon "clock" %} from the sprite; decoration, unless a label says what it means without text beside it."""
    link = static("vendor/icons.svg")
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, link, name)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', link, name)


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, tight: bool = False) -> dict[str, Any]:
    """{% field form.name %}: label, help, error, control; `tight=True` sets short choices side by side."""
    helps: dict[str, str] = getattr(bound.field, "choice_help", {})
    choices = []
    if bound.use_fieldset and not bound.is_hidden:
        for part in bound.subwidgets:
            value = str(part.data.get("value", ""))
            choices.append(
                {"id": part.id_for_label, "tag": part.tag(), "label": part.choice_label, "help": helps.get(value, "")}
            )
    optional = "" if bound.field.required else _("选填")
    return {
        "field": bound,
        "mark": getattr(bound.field, "needed_when", optional),
        "choices": choices,
        "described_by": bound.aria_describedby,
        "is_check": isinstance(bound.field.widget, CheckboxInput),
        "is_long": isinstance(bound.field.widget, Textarea),
        "is_tight": tight,
        "max_length": getattr(bound.field, "max_length", None),
    }


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """{% error_summary form %} above the form: every error once, as a link to its field. Nothing without errors."""
    return {"form": form}


@register.inclusion_tag("ui/badge.html")
def badge(text: str, tone: str = "", mark: str = "") -> dict[str, str]:
    """{% badge "红" "red" "flag" %}. Tones red, amber and green are for limits and hazard levels alone."""
    if tone not in TONES:
        raise ValueError(f"no badge tone {tone!r}; there are {sorted(TONES)}")
    return {"text": text, "tone": tone, "mark": mark}


@register.inclusion_tag("ui/due.html")
def due(what: Clock | date | None, explain_url: str = "", started: datetime | None = None) -> dict[str, Any]:
    """{% due clock explain_url %}, or {% due case.next_due_on started=case.received_at %}: time left in words."""
    said = dues.words(what, now=server_now(), started=started)
    return {
        "parts": AT_BRACKET.split(said.text),
        "urgency": said.urgency,
        "is_provisional": said.is_provisional,
        "explain_url": explain_url,
    }


@register.inclusion_tag("ui/empty.html")
def empty(title: str, sentence: str, act: str = "", act_url: str = "", mark: str = "inbox") -> dict[str, str]:
    """{% empty "还没有事项" "登记后会出现在这里。" "新登记" url %}: what will come here, and how."""
    return {"title": title, "sentence": sentence, "act": act, "act_url": act_url, "mark": mark}


@register.inclusion_tag("ui/steps.html")
def steps(step: int, steps: int, title: str = "") -> dict[str, Any]:
    """{% steps 2 7 "诉求" %}: where one is in a form of several pages."""
    return {"step": step, "steps": steps, "title": title}


@register.inclusion_tag("ui/timeline.html")
def timeline(items: list[Any]) -> dict[str, Any]:
    """{% timeline items %}: each has `sentence`, and may have `at` or `when`, `detail`, `is_expected`."""
    return {"items": items}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: template.Context, page: Any, measure: str = "") -> dict[str, Any]:
    """{% pager page_obj %}: keeps every other part of the address; counts 件 unless another measure word is given."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    return {"page": page, "measure": measure or _("件"), "query": f"{query.urlencode()}&" if query else ""}


@register.inclusion_tag("ui/upload.html")
def upload(
    label: str, name: str = "files", uploads: Any = (), errors: Any = (), most: int = MOST_FILES
) -> dict[str, Any]:
    """{% upload "材料" uploads=form.uploads errors=form.errors.files %}: resumable with scripts, plain without."""
    return {
        "label": label,
        "name": name,
        "uploads": uploads,
        "errors": errors,
        "most": most,
        "largest": LARGEST_FILE,
    }


@register.filter
def masked(value: str, kind: str) -> str:
    """{{ phone|masked:"phone" }}: name, id_number, phone, address or email. An empty value stays empty."""
    return MASKS[kind](value) if value else ""


@register.filter
def grouped(code: str) -> str:
    """{{ code|grouped }}: a query code in groups of four."""
    return in_groups(code)


def _local(value: date | datetime) -> date:
    return localtime(value).date() if isinstance(value, datetime) else value


@register.filter
def day(value: date | datetime | None) -> str:
    """2026年8月3日, in the enterprise's zone."""
    if not value:
        return ""
    found = _local(value)
    return f"{found.year}年{found.month}月{found.day}日"


@register.filter
def weekday(value: date | datetime | None) -> str:
    """2026年9月24日 周四."""
    return full_day(_local(value)) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """9月24日 周四 10:05, in the enterprise's zone; with the year where it isn't this one."""
    if not value:
        return ""
    at = localtime(value)
    year = "" if at.year == localtime(server_now()).year else f"{at.year}年"
    return f"{year}{at.month}月{at.day}日 {WEEKDAYS[at.weekday()]} {at:%H:%M}"


@register.filter
def iso(value: date | datetime | None) -> str:
    """For <time datetime>."""
    if not value:
        return ""
    return localtime(value).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


@register.filter
def filesize(size: int | None) -> str:
    """3.2 MB · 640 KB · 12 字节."""
    if not size:
        return _("空文件")
    if size < 1024:
        return _("%(size)d 字节") % {"size": size}
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"
