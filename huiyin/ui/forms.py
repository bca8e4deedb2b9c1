"""Forms for people: Chinese sentences, lenient dates and numbers, nothing typed is lost.

`HuiyinForm` is the base of every form of both faces; render fields with {% field form.name %}.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.timezone import make_aware
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from huiyin.kernel.chinese import clean
from huiyin.kernel.days import half_width, read_day
from huiyin.kernel.errors import DomainError
from huiyin.org import structure
from huiyin.org.models import Unit

HOUR = re.compile(r"(\d{1,2})(?:\s*[:.点时]\s*(?:(\d{1,2})分?)?)")
INNER_QUOTES = str.maketrans("“”", "‘’")  # a label is quoted in its messages
CHOOSERS = (forms.ChoiceField, forms.ModelChoiceField, forms.MultipleChoiceField)


def read_time(text: str) -> time:
    """9:05, 9：05, 9点05分, 9点. Raises ValueError."""
    found = HOUR.fullmatch(half_width(text))
    if not found:
        raise ValueError(f"not a time: {len(text)} characters")
    return time(int(found[1]), int(found[2] or 0))


class DayField(forms.Field):
    """A day, typed in any usual way; `clean` gives a date."""

    widget = forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "class": "w-mid"})
    default_error_messages = {"invalid": gettext_lazy("请写成年、月、日，例如 2026-8-3。")}

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, date):
            return value
        try:
            return read_day(str(value))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


class MomentField(DayField):
    """A day and a time in the enterprise's zone (`2026-8-3 9:05`); `clean` gives an aware datetime."""

    default_error_messages = {"invalid": gettext_lazy("请写成日期和时间，例如 2026-8-3 9:05。")}

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return None
        if isinstance(value, datetime):
            return value
        # The time begins after the last space or 日 before an hour; `T` is what programs write.
        found = re.fullmatch(r"(.+?(?:[日号]|[\sT]))\s*(\d{1,2}\s*[:.点时].*)", half_width(str(value)))
        try:
            if not found:
                raise ValueError("no time")
            day = read_day(found[1].rstrip(" T\t"))
            return make_aware(datetime.combine(day, read_time(found[2])))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


class CountField(forms.IntegerField):
    """A whole number: full-width digits, spaces, thousands marks and a unit word behind it are understood."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-short"})
    default_error_messages = {"invalid": gettext_lazy("请只写数字，例如 12。")}

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = re.sub(r"(?<=\d)[,\s](?=\d{3}(?!\d))", "", half_width(value))
            value = re.sub(r"(?<=\d)\s*[人件个名份天日]$", "", value)
            if re.fullmatch(r"\d{10,}", value):  # longer than any column; int() of a book-long number takes seconds
                raise ValidationError(_("这个数字太大了，请核对。"), code="too_large")
        return super().to_python(value)


class LineField(forms.CharField):
    """One line of text, cleaned (`kernel.chinese.clean`): control and bidi characters out."""

    is_line = True

    def __init__(self, *, max_length: int = 80, **options: Any) -> None:
        super().__init__(max_length=None, strip=True, **options)
        self.max_length = max_length
        # `clean` takes the null character out with all others that can't be seen; refusing it helps nobody.
        self.validators = [v for v in self.validators if not isinstance(v, ProhibitNullCharactersValidator)]

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "")

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        if not text:
            return ""
        try:
            cleaned = clean(text, limit=self.max_length or 0, field="", is_line=self.is_line)
        except DomainError as refusal:
            raise ValidationError(refusal.sentence, code=refusal.code) from None
        if self.required and not cleaned:
            raise ValidationError(self.error_messages["required"], code="required")
        return cleaned


class TextField(LineField):
    """A text of several lines; shows how many characters are left."""

    widget = forms.Textarea(attrs={"rows": 5})
    is_line = False

    def __init__(self, *, max_length: int = 5000, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)


class OneOfField(forms.ChoiceField):
    """Radio buttons, each with a label and, where it helps, a sentence that says what choosing it means."""

    widget = forms.RadioSelect

    def __init__(self, *, options: Iterable[tuple[object, ...]], **others: Any) -> None:
        listed = [(*option, "") if len(option) == 2 else option for option in options]
        super().__init__(choices=[(value, label) for value, label, _help in listed], **others)
        self.choice_help = {str(value): said for value, _label, said in listed if said}


class UnitField(forms.ChoiceField):
    """A unit, chosen from those that are open; `clean` gives it or None. The units are read when they are shown or
    when one was chosen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=_units, **options)

    def clean(self, value: Any) -> Any:
        chosen = super().clean(value)
        return Unit.objects.get(pk=int(chosen)) if chosen else None


def _units() -> list[tuple[str, str]]:
    return [("", "—"), *structure.outline()]


def needed_when(field: forms.Field, when: object) -> None:
    """Say at a field that an act asks for only in some cases when that is, in place of “选填”."""
    field.needed_when = when  # type: ignore[attr-defined]


@lru_cache(maxsize=256)
def _messages(form: type[forms.Form], _language: str | None) -> dict[str, dict[str, str]]:
    """What the fields of a form say where nothing else was written for them, by field; once for each language."""
    plain_required = str(forms.Field.default_error_messages["required"])
    found: dict[str, dict[str, str]] = {}
    for name, field in form.base_fields.items():
        label = {"label": str(field.label or "").translate(INNER_QUOTES)}
        verb = _("请选择“%(label)s”。") if isinstance(field, CHOOSERS) else _("请填写“%(label)s”。")
        if isinstance(field, forms.BooleanField):
            verb = _("请先勾选“%(label)s”。")
        told = found.setdefault(name, {})
        if str(field.error_messages.get("required")) == plain_required:
            told["required"] = verb % label
        if isinstance(field, CHOOSERS):
            told["invalid_choice"] = _("“%(label)s”里没有这一项，请重新选择。") % label
    return found


class HuiyinForm(forms.Form):
    """Base of every form. Messages name the field and say what to do; browsers don't interrupt (`novalidate`)."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, messages in _messages(type(self), get_language()).items():
            self.fields[name].error_messages.update(messages)

    def blame(self, refusal: DomainError) -> None:
        """Put a refusal of the domain where the person will look for it: at its field, else in the summary."""
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, ValidationError(refusal.sentence, code=refusal.code))
