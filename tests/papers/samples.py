"""One whole set of fields for each kind of paper, as the product ships them. All fictional."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from huiyin.papers import samples, templates
from huiyin.papers.templates import Value


class Head(TypedDict):
    unit: str
    number: str
    on: date


HEAD: Head = {"unit": "华远石化集团有限公司", "number": "信受〔2026〕12号", "on": date(2026, 8, 3)}
FIELDS: dict[str, dict[str, Value]] = {kind: dict(samples.fields(kind)) for kind in templates.kinds()}
WORDS = str(FIELDS["D1"]["text"])
CODE = str(FIELDS["D1"]["query_code"])
