"""Refusals. A DomainError is an answer to a person: a code for programs, a sentence that says what to do.

The sentence is written once, in Chinese, where it is raised; what differs from time to time stands apart as values:
`Invalid("too_long", "最多写 %(limit)d 个字。", limit=20)`. So it can be translated, by the sentence, when it is shown.
"""

from __future__ import annotations

from collections.abc import Callable

_translate: Callable[[str], str] = str


def say_with(translate: Callable[[str], str]) -> None:
    """How a sentence becomes the reader's language. The faces set it at the start; until then it stays Chinese."""
    global _translate  # the kernel knows no Django: whoever shows the sentence brings the way to say it
    _translate = translate


def N_(sentence: str) -> str:
    """Marks a sentence that stands somewhere else than in the call that raises it, so that translators get it."""
    return sentence


class DomainError(Exception):
    """Something a person asked for can't be done. Nothing was changed.

    `code` is stable and in English; `sentence` is shown to the person, in the language of who reads it; `field` names
    the form field it belongs to, where there is one; `status` is the HTTP status the faces answer with. `message` is
    the sentence as it was written, with `%(name)s` for each of the `values`.
    """

    status = 409

    def __init__(self, code: str, sentence: str, *, field: str = "", **values: object) -> None:
        super().__init__(f"{code}: {sentence % values if values else sentence}")
        self.code = code
        self.message = sentence
        self.values = values
        self.field = field

    @property
    def sentence(self) -> str:
        """What the person reads."""
        said = _translate(self.message)
        return said % self.values if self.values else said


class Invalid(DomainError):
    """What was given is not usable; the sentence says what would be."""

    status = 422


class Refused(DomainError):
    """Known and visible, but not to be done now or not by this person."""

    status = 409


class Forbidden(Refused):
    """This person may see the thing but may not take this step."""

    status = 403


class NotFound(DomainError):
    """Not there, or not theirs: the two are never told apart."""

    status = 404

    def __init__(self, sentence: str = N_("没有找到，或者您无权查看。请核对编号，或从“我的工作”进入。")) -> None:
        super().__init__("not_found", sentence)


class TooMany(DomainError):
    """Asked too often; the sentence says when to try again."""

    status = 429
