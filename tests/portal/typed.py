"""What a person types into the form, and how the answers are read."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

TEXT = "三个月没有发工资了，去财务科问过两次，都说等通知。"
KEY = "0123456789abcdef0123456789abcdef"


def filing(**changes: Any) -> dict[str, Any]:
    """A whole form; a change to None leaves the field out."""
    values: dict[str, Any] = {
        "idempotency_key": KEY,
        "said": "claim",
        "topic": "pay",
        "text": TEXT,
        "demands-0": "补发三个月工资",
        "identity": "named",
        "name": "王小明",
        "phone": "13812345678",
        "consents": "on",
    }
    values.update(changes)
    return {name: value for name, value in values.items() if value is not None}


def code_in(page: str) -> str:
    """The query code on a receipt."""
    found = re.search(r'name="code" value="([0-9A-Z]{28})"', page)
    assert found, page[:2000]
    return found[1]


def opened(client: Client, **changes: Any) -> tuple[str, str]:
    """File, open by code: the code and the address of the progress page."""
    code = code_in(client.post("/file/", filing(**changes)).content.decode())
    answer = client.post("/track/", {"code": code})
    assert answer.status_code == 303, answer.content.decode()[:1500]
    return code, answer["Location"]
