"""Measure pages through the real server with two clients: ours and the bare view in turn, medians and their ratio."""

from __future__ import annotations

import http.client
import re
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection

from huiyin.ops.bench import world

CLIENTS = 2
ROUNDS = 4
REQUESTS = 50  # of each kind in each round
SEARCH_LIMIT = 150.0  # ms, p95
MEMORY_LIMIT = 200.0  # MB
CASE_LINK = re.compile(r"/desk/cases/([0-9A-Z]{10})/")
TOKEN = re.compile(r"name=\"csrfmiddlewaretoken\" value=\"([^\"]+)\"")

Connection = http.client.HTTPConnection
Ask = Callable[[Connection, int], None]


class Pair(NamedTuple):
    """A page of ours, its bare view, and how many times slower ours may be."""

    name: str
    ours: Ask
    bare: Ask
    limit: float


def table(port: int, pid: int, told: world.Told) -> tuple[list[str], bool]:
    """The table as lines, and whether every number is within its limit."""
    lines = [
        f"{told.cases} cases, {connection.vendor}, {CLIENTS} clients; medians of {ROUNDS * REQUESTS} requests",
        f"{'':34}{'ours ms':>9}{'bare ms':>9}{'ratio':>7}{'limit':>7}",
    ]
    is_good = True
    for pair in _pairs(port, told):
        ours, bare = _compare(port, pair)
        ratio = ours / bare
        is_good &= ratio <= pair.limit
        lines.append(f"{pair.name:34}{ours:9.1f}{bare:9.1f}{ratio:7.1f}{pair.limit:7.0f}{_mark(ratio, pair.limit)}")
    for name, words in (
        ("search, 2 characters, p95", world.SHORT_WORDS),
        ("search, 4 characters, p95", world.LONG_WORDS),
    ):
        p95 = _search(port, told, words)
        is_good &= p95 <= SEARCH_LIMIT
        lines.append(f"{name:34}{p95:9.1f}{'':16}{SEARCH_LIMIT:7.0f}{_mark(p95, SEARCH_LIMIT)}")
    memory = memory_of(pid) / 1024
    is_good &= memory <= MEMORY_LIMIT
    lines.append(f"{'memory of the server, MB':34}{memory:9.0f}{'':16}{MEMORY_LIMIT:7.0f}{_mark(memory, MEMORY_LIMIT)}")
    return lines, is_good


def memory_of(pid: int) -> int:
    """Proportional memory of a process and its children, KiB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    total = 0
    for one in (str(pid), *children):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def _mark(value: float, limit: float) -> str:
    return "  OVER" if value > limit else ""


def _pairs(port: int, told: world.Told) -> list[Pair]:
    officer, liaison = told.officer_session, told.liaison_session
    unit_list = f"/desk/cases/?state=open&unit={told.unit_id}&due=month"
    pages = (
        ("list of a unit, open, by due date", unit_list, officer, 6.0),
        ("my work", "/desk/", liaison, 6.0),
        ("page 50 of all", "/desk/cases/?page=50", officer, 8.0),
    )
    pairs = [
        Pair("receipt (POST)", *_filing(port), 4.0),
        Pair(
            "case page",
            _page(f"/desk/cases/{told.reference}/", officer),
            _page(f"/bare/one/{told.reference}/", officer),
            6.0,
        ),
    ]
    for name, path, session, limit in pages:
        shown = _get(Connection("127.0.0.1", port, timeout=60), path, session)
        rows = len(set(CASE_LINK.findall(shown)))
        pairs.append(Pair(f"{name} ({rows} rows)", _page(path, session), _page(f"/bare/rows/{rows}/", session), limit))
    return pairs


def _compare(port: int, pair: Pair) -> tuple[float, float]:
    """Medians in ms of ours and bare, asked in turn so that the machine's moods meet both."""
    for ask in (pair.ours, pair.bare):
        _timed(port, ask, 6)  # warm
    ours, bare = [], []
    for _ in range(ROUNDS):
        ours += _timed(port, pair.ours, REQUESTS)
        bare += _timed(port, pair.bare, REQUESTS)
    return statistics.median(ours), statistics.median(bare)


def _search(port: int, told: world.Told, words: Sequence[str]) -> float:
    """95th percentile of the first page, ms, each word in turn."""

    def ask(client: Connection, number: int) -> None:
        _get(client, f"/desk/cases/?q={quote(words[number % len(words)])}", told.officer_session)

    _timed(port, ask, 6)
    return statistics.quantiles(_timed(port, ask, ROUNDS * REQUESTS), n=20)[-1]


def _timed(port: int, ask: Ask, count: int) -> list[float]:
    """Milliseconds of so many requests, by CLIENTS at once, each with a connection that stays open."""
    found: list[float] = []
    failures: list[BaseException] = []

    def work(first: int) -> None:
        client = Connection("127.0.0.1", port, timeout=60)
        try:
            for number in range(first, count, CLIENTS):
                begun = time.perf_counter()
                ask(client, number)
                found.append((time.perf_counter() - begun) * 1000)
        except BaseException as error:
            failures.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=work, args=(first,)) for first in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return found


def _page(path: str, session: str) -> Ask:
    def ask(client: Connection, _number: int) -> None:
        _get(client, path, session)

    return ask


def _get(client: Connection, path: str, session: str) -> str:
    client.request("GET", path, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"})
    answer = client.getresponse()
    page = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return page


def _filing(port: int) -> tuple[Ask, Ask]:
    """Filing through the form, and the bare insert of the same words; one form was fetched for all."""
    client = Connection("127.0.0.1", port, timeout=60)
    client.request("GET", "/file/")
    form = client.getresponse()
    found = TOKEN.search(form.read().decode())
    cookies = SimpleCookie(form.headers["Set-Cookie"] or "")
    client.close()
    if found is None:
        raise RuntimeError("the form of a filing has no token")
    token = found[1]
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items()),
    }

    def post(path: str) -> Ask:
        def ask(client: Connection, number: int) -> None:
            key = uuid4().hex
            fields = {
                "csrfmiddlewaretoken": token,
                "idempotency_key": key,
                "said": "claim",
                "text": f"我在一车间工作，加班费没有按规定发放，去办公室问过两次，都说再等等。{key}",
                "demands-0": "请按规定补发",
                "identity": "named",
                "name": "测试人",
                "consents": "on",
            }
            client.request("POST", path, urlencode(fields), headers)
            answer = client.getresponse()
            answer.read()
            if answer.status != 201:
                raise RuntimeError(f"{path} answered {answer.status}")

        return ask

    return post("/file/"), post("/bare/insert/")
