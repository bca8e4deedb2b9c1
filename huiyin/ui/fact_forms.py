"""The route adviser's questions as fields: the same on the portal and at the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from huiyin.cases import routes
from huiyin.cases.routes import Fact
from huiyin.clocks import calendars
from huiyin.kernel.errors import DomainError, Invalid
from huiyin.ui.forms import HuiyinForm, LineField, OneOfField

PREFIX = "fact"
ASKED = "asked"  # which questions were put before: a choice that nobody made isn't sent
LONGEST = 40


def name_of(code: str) -> str:
    """The name of a fact's field in a form."""
    return f"{PREFIX}-{code}"


def said_in(data: Mapping[str, str]) -> dict[str, str]:
    """What a sent form says of facts, by code; those that were put and left blank too."""
    known = routes.questions().facts
    found = {code: data[name_of(code)][:200] for code in known if name_of(code) in data}
    for code in data.get(ASKED, "")[:1000].split():
        if code in known:
            found.setdefault(code, "")
    return found


class FactsForm(HuiyinForm):
    """Some of the questions. `asked` are those put on this page or before."""

    def __init__(self, facts: Iterable[Fact], *args: Any, said: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, prefix=PREFIX, **kwargs)
        for fact in facts:
            self.fields[fact.code] = _field(fact)
        for code, value in (said or {}).items():
            if code in self.fields and value:
                self.fields[code].initial = value

    def add_fact(self, fact: Fact) -> None:
        """Ask this one too: what was said before can't be."""
        self.fields.setdefault(fact.code, _field(fact))


def _field(fact: Fact) -> forms.Field:
    is_first = fact.code == "matter"
    if fact.kind in {"choice", "yes_no"}:
        options: list[tuple[object, ...]] = list(fact.choices.items())
        if not is_first and not fact.default:
            options.append((routes.UNKNOWN, gettext_lazy("不清楚")))
        field = OneOfField(
            label=fact.question,
            options=options,
            required=is_first,
            help_text=fact.help,
            initial=fact.default or None,
            error_messages={"required": gettext_lazy("请选择是什么事。")},
        )
        field.is_short = fact.kind == "yes_no"  # type: ignore[attr-defined]
        return field
    widget = forms.TextInput(
        attrs={
            "autocomplete": "off",
            "inputmode": "numeric" if fact.kind == "number" else "text",
            "class": "w-short" if fact.kind == "number" else "w-mid",
            "placeholder": "" if fact.kind == "number" else gettext_lazy("例如 2026-1-5"),
        }
    )
    return LineField(
        label=fact.question,
        max_length=LONGEST,
        required=False,
        help_text=fact.help,
        widget=widget,
        initial=fact.default or None,
    )


@dataclass(frozen=True)
class Asked:
    """Where the questions stand: a form with the next ones, or the answer. Everything said so far goes along in the form."""

    said: Mapping[str, str]
    form: FactsForm | None = None
    advice: routes.Advice | None = None
    status: int = 200

    @property
    def shown(self) -> str:
        """The questions of this screen."""
        return " ".join(self.form.fields) if self.form else ""

    @property
    def asked(self) -> str:
        """Every question that was put, this screen's too."""
        return " ".join(dict.fromkeys([*self.said, *self.shown.split()]))

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What was said before, as hidden fields."""
        shown = self.shown.split()
        return [(name_of(code), value) for code, value in self.said.items() if value and code not in shown]

    @property
    def is_first(self) -> bool:
        return self.shown == "matter"


def first(said: Mapping[str, str] | None = None) -> Asked:
    """The first screen: what it is about, or everything said before, to be changed."""
    facts = routes.questions().facts
    codes = [code for code in facts if code in said] if said else []
    return Asked(said or {}, FactsForm([facts[code] for code in codes or ["matter"]], said=said))


def ask(data: Mapping[str, str], on: date) -> Asked:
    """The next screen after what was sent: more questions, the answer, or the question whose answer can't be."""
    said = said_in(data)
    if "again" in data and said:
        return first(said)
    try:
        given = routes.read(said, on)
    except Invalid as refusal:
        return refused(data, refusal)
    following = routes.next_questions(given, said)
    if following:
        return Asked(said, FactsForm(following, said=said))
    return Asked(said, advice=routes.advise(given, on, calendars.current()))


def refused(data: Mapping[str, str], refusal: DomainError) -> Asked:
    """The questions of this screen again, and the one that can't be, with everything that was typed."""
    facts = routes.questions().facts
    shown = [facts[code] for code in data.get("shown", "")[:1000].split() if code in facts]
    form = FactsForm(shown, data)
    if refusal.field in facts:
        form.add_fact(facts[refusal.field])
    if form.is_valid():
        form.blame(refusal)
    return Asked(said_in(data), form, status=refusal.status)
