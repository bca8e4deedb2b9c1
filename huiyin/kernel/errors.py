"""Refusals. A DomainError is an answer to a person: a code for programs, a sentence that says what to do."""

from __future__ import annotations


class DomainError(Exception):
    """Something a person asked for can't be done. Nothing was changed.

    `code` is stable and in English; `sentence` is shown to the person as it is; `field` names the
    form field it belongs to, where there is one; `status` is the HTTP status the faces answer with.
    """

    status = 409

    def __init__(self, code: str, sentence: str, *, field: str = "") -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.field = field


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

    def __init__(self, sentence: str = "没有找到，或者您无权查看。请核对编号，或从“我的工作”进入。") -> None:
        super().__init__("not_found", sentence)


class TooMany(DomainError):
    """Asked too often; the sentence says when to try again."""

    status = 429
