"""Employees who file without pause and repeat what was not answered; and the ledger of what was acknowledged."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from tests.trials.installation import Installation

CODE = re.compile(r"name=\"code\" value=\"([0-9A-Z]{28})\"")
TOKEN = re.compile(r"name=\"csrfmiddlewaretoken\" value=\"([^\"]+)\"")
PAUSE = 0.05
PATIENCE = 60.0


class Ledger:
    """What was acknowledged, a line each, on the disk before anybody relies on it."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._file = path.open("ab", buffering=0)

    def write(self, key: str, code: str) -> None:
        with self._lock:
            self._file.write(f"{key}\t{code}\n".encode())
            os.fsync(self._file.fileno())

    def read(self) -> dict[str, str]:
        """Query codes by idempotency key. An acknowledgement that changed its code is an error."""
        found: dict[str, str] = {}
        for line in self._path.read_text("ascii").splitlines():
            key, code = line.split("\t")
            if found.setdefault(key, code) != code:
                raise AssertionError(f"the same key was answered with two query codes: {key}")
        return found


class Filer(threading.Thread):
    """Files one thing after another; each until it is answered, with the same key."""

    def __init__(self, installation: Installation, ledger: Ledger, seed: int) -> None:
        super().__init__(daemon=True)
        self._installation, self._ledger, self._random = installation, ledger, random.Random(seed)
        self._ending = threading.Event()
        self.repeated = 0
        self.failure = ""

    def end(self) -> None:
        """Finish what is begun, then stop."""
        self._ending.set()

    def run(self) -> None:
        try:
            while not self._ending.is_set():
                self._file_until_answered()
                time.sleep(self._random.uniform(0, PAUSE))
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"

    def _file_until_answered(self) -> None:
        key, until = uuid.uuid4().hex, time.monotonic() + PATIENCE
        while True:
            try:
                code = post_filing(self._installation.connect(), key)
            except (OSError, http.client.HTTPException):
                if time.monotonic() > until:
                    raise
                self.repeated += 1
                time.sleep(0.05)
            else:
                self._ledger.write(key, code)
                return


def post_filing(client: http.client.HTTPConnection, key: str) -> str:
    """Fill in the form as a browser does; the query code on the receipt. OSError, HTTPException: no answer."""
    try:
        client.request("GET", "/file/")
        form = client.getresponse()
        page, cookie = form.read().decode(), SimpleCookie(form.headers["Set-Cookie"])
        assert form.status == 200, (form.status, page[-500:])
        found = TOKEN.search(page)
        assert found, page[-500:]
        fields = {
            "csrfmiddlewaretoken": found[1],
            "idempotency_key": key,
            "said": "claim",
            "text": f"三个月没有发工资了，去财务科问过两次，都说等通知。{key}",
            "demands-0": "补发拖欠的三个月工资",
            "identity": "named",
            "name": "王小明",
            "phone": "13812345678",
            "consents": "on",
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookie.items()),
        }
        client.request("POST", "/file/", urlencode(fields), headers)
        answer = client.getresponse()
        receipt = answer.read().decode()
    finally:
        client.close()
    code = CODE.search(receipt)
    assert answer.status in {200, 201} and code, (answer.status, receipt[-500:])
    return code[1]


def tracks(installation: Installation, code: str) -> bool:
    """Whether the query code opens its filing."""
    client = installation.connect()
    try:
        body = json.dumps({"code": code})
        client.request("POST", "/api/v1/filings/track", body, {"Content-Type": "application/json"})
        answer = client.getresponse()
        answer.read()
        return answer.status == 200
    finally:
        client.close()


@dataclass(frozen=True)
class Findings:
    """What is wrong, as keys. All three empty: nothing was lost and nothing came twice."""

    lost: list[str]
    twice: list[str]
    unasked: list[str]

    @property
    def are_none(self) -> bool:
        return not (self.lost or self.twice or self.unasked)


def compare(acknowledged: dict[str, str], filed: list[str], opens: Callable[[str], bool]) -> Findings:
    """Acknowledged filings against the database's, each once, each open to its query code.

    Every filer repeats until it is answered, so in the end the two are the same set.
    """
    counted = Counter(filed)
    lost = [key for key, code in acknowledged.items() if key not in counted or not opens(code)]
    twice = [key for key, times in counted.items() if times > 1]
    return Findings(lost, twice, [key for key in counted if key not in acknowledged])
