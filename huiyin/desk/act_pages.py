"""How an act of a case becomes a page: a form that knows the case, one call, one sentence afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from huiyin.cases.models import Case
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError
from huiyin.papers import uploads
from huiyin.ui.forms import HuiyinForm

Values = dict[str, Any]


class ActForm(HuiyinForm):
    """A form about one case; fields that depend on it are filled in `prepare`."""

    takes_files = False

    def __init__(self, *arguments: Any, case: Case, by: Staff, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.case, self.by = case, by
        self.tokens: list[str] = []
        self.prepare()

    def prepare(self) -> None:
        """Choices and first values that depend on the case."""

    def choose(self, name: str, choices: Sequence[tuple[str, str]], initial: str = "") -> None:
        """Set the choices of a field, and what is chosen at first."""
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            raise TypeError(f"{name} has no choices")
        field.choices = list(choices)
        if initial:
            field.initial = initial

    def take_files(self, tokens: Sequence[str], whole: Sequence[Any]) -> None:
        """Finished uploads named by the form, and files sent with it by a browser without scripts."""
        self.tokens = list(dict.fromkeys(tokens))
        for file in whole:
            try:
                self.tokens.append(uploads.take_whole(file.name, file.size, file).token)
            except DomainError as refusal:
                self.add_error(None, refusal.sentence)


class NoForm(ActForm):
    """An act that needs no words."""


@dataclass(frozen=True)
class ActPage:
    """`act(case, values, by, form)` takes the step. `said` is shown afterwards; `note` above the form says what it does.

    `aside` gives what stands beside the form; `to_list`: afterwards the case may be out of sight.
    """

    form: type[ActForm]
    act: Callable[[Case, Values, Staff, ActForm], object]
    said: object
    note: object = ""
    template: str = "act"
    aside: Callable[[Case, Staff], Mapping[str, Any]] | None = None
    to_list: bool = False
