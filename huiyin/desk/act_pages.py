"""How an act of a case becomes a page: a form that knows the case, one call, one sentence afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files import File

from huiyin.cases.models import Case
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError
from huiyin.papers import uploads
from huiyin.papers.models import Upload
from huiyin.ui.forms import HuiyinForm

Values = dict[str, Any]


class FilesForm(HuiyinForm):
    """A form that may take files; those that arrived stay with it when it is shown again."""

    takes_files = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.uploads: list[Upload] = []
        self.file_errors: list[str] = []

    @property
    def tokens(self) -> list[str]:
        return [upload.token for upload in self.uploads]

    def take_files(self, tokens: Sequence[str], whole: Sequence[File[bytes]]) -> None:
        """Finished uploads named by the form, and files sent with it by a browser without scripts."""
        for token in dict.fromkeys(tokens):
            try:
                self.uploads.extend(uploads.ready([token]))
            except DomainError as refusal:
                self.file_errors.append(refusal.sentence)
        taken, sentences = uploads.take_all(whole, beside=len(self.uploads))
        self.uploads.extend(taken)
        self.file_errors.extend(sentences)
        for sentence in self.file_errors:
            self.add_error(None, sentence)


class ActForm(FilesForm):
    """A form about one case; fields that depend on it are filled in `prepare`."""

    def __init__(self, *arguments: Any, case: Case, by: Staff, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.case, self.by = case, by
        self.prepare()

    def prepare(self) -> None:
        """Choices and first values that depend on the case."""

    def choose(self, name: str, choices: Sequence[tuple[str, str]], initial: str = "") -> None:
        """Set the choices of a field, and what is chosen at first."""
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField | forms.MultipleChoiceField):
            raise TypeError(f"{name} has no choices")
        field.choices = list(choices)
        if initial:
            field.initial = initial


class NoForm(ActForm):
    """An act that needs no words."""


@dataclass(frozen=True)
class ActPage:
    """`act(case, values, by, form)` takes the step. `said` is shown afterwards; `note` above the form says what it does:
    words, or what gives them for the case.

    `aside` gives what stands beside the form, `beside` the template that shows it; `to_list`: afterwards the case may be out of sight.
    """

    form: type[ActForm]
    act: Callable[[Case, Values, Staff, ActForm], object]
    said: object
    note: object = ""
    template: str = "act"
    beside: str = ""
    aside: Callable[[Case, Staff], Mapping[str, Any]] | None = None
    to_list: bool = False


def words(said: object, case: Case) -> str:
    """What a page says about this case: fixed words, or those that the case decides."""
    return str(said(case) if callable(said) else said)


def by_class(claim: object, suggestion: object) -> Callable[[Case], object]:
    """Words for a claim, and those for a suggestion: it is answered, not decided (第二十九条)."""
    return lambda case: suggestion if case.is_suggestion else claim
