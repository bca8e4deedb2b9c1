"""How many filings and uploads come in from one address: counted in this process's memory alone.

Who files anonymously leaves no trace, so nothing of an address is written, not even a hash: the counts are gone with
the process, and each of several nodes counts what comes to it. The limits are meant for a program that floods the
office, so generous that a kiosk or a whole plant behind one address never meets them (`throttle` is for guessing).
"""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import blake2b
from threading import Lock

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from huiyin.kernel.errors import TooMany
from huiyin.org.sign_on import client_address
from huiyin.trail.moments import server_now

WINDOW = 10  # minutes
MOST_QUESTIONS = 1000  # a plant may stand behind one address
MOST_ADDRESSES = 20_000  # some 20 MB at the worst; above that those longest away are forgotten

_salt = secrets.token_bytes(16)
_came: dict[bytes, dict[int, int]] = {}  # address → how many came in which minute
_lock = Lock()


def filing(request: HttpRequest) -> None:
    """Count a filing or addition. Raises TooMany above HUIYIN_FILINGS_PER_ADDRESS in 10 minutes; it is not counted then."""
    _enter(
        "filing", request, settings.FILINGS_PER_ADDRESS,
        _("这个网络地址刚才提交得太多了，请在 %(time)s 之后再提交。您写的内容和材料都还在这一页上；着急的话可以打电话。"),
    )  # fmt: skip


def upload(request: HttpRequest) -> None:
    """Count the beginning of an upload. Raises TooMany above HUIYIN_UPLOADS_PER_ADDRESS in 10 minutes."""
    _enter(
        "upload", request, settings.UPLOADS_PER_ADDRESS,
        _("这个网络地址刚才上传的文件太多了，请在 %(time)s 之后再传。您也可以先提交文字，以后再补充材料。"),
    )  # fmt: skip


def question(request: HttpRequest) -> None:
    """Count a screen of the route adviser. Raises TooMany above MOST_QUESTIONS in 10 minutes."""
    _enter(
        "question", request, MOST_QUESTIONS, _("这个网络地址刚才查询得太多了，请在 %(time)s 之后再查。着急的话可以打电话。"),
    )  # fmt: skip


def forget() -> None:
    """Begin anew; for tests."""
    with _lock:
        _came.clear()


def _enter(purpose: str, request: HttpRequest, most: int, sentence: str) -> None:
    if not most:
        return
    minute = int(server_now().timestamp()) // 60
    key = blake2b(f"{purpose} {client_address(request)}".encode(), key=_salt, digest_size=16).digest()
    with _lock:
        came = {at: count for at, count in _came.pop(key, {}).items() if at > minute - WINDOW}
        _came[key] = came  # the last to have come stand at the end
        if sum(came.values()) >= most:
            free_at = datetime.fromtimestamp((min(came) + WINDOW) * 60, timezone.get_default_timezone())
            raise TooMany("too_many_from_here", sentence % {"time": f"{free_at:%H:%M}"})
        came[minute] = came.get(minute, 0) + 1
        while len(_came) > MOST_ADDRESSES:
            del _came[next(iter(_came))]
