"""Gates V3 and V7 on a real walk: somebody with many cases is nowhere to be seen as such.

One person files many times; every staff role opens every page it can. The name stands nowhere but on the own pages;
a word of the grievance stands in no notice, mail or log line; and no statement of the walk groups or sorts people.
"""

from __future__ import annotations

import io
import json
import logging
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huiyin.cases import intake, joining, search
from huiyin.cases.intake import Circumstances, Person, Words
from huiyin.cases.models import Case, Filing, Party, Stage
from huiyin.kernel.actors import System
from huiyin.notices import mail as notice_mail
from huiyin.notices.models import Notice
from huiyin.org import tokens
from huiyin.org.models import User
from huiyin.trail.moments import server_now
from huiyin.ui.log_lines import JsonLines
from tests.cases import world as made
from tests.house.people_lints import sql_faults

NAME = "澹台金丝雀"
PHONE = "13912340077"
CANARY = "蓝鲸四十二号"
TIMES, FEW = 50, 6
SAID = f"我是{NAME}，电话{PHONE}"  # in the own words, which a case's page shows
ROLES = ("officer", "chief", "deputy", "liaison", "handler", "head", "inspector", "stranger", "admin")


@dataclass
class Walk:
    """What everybody could read, by place, and every statement that was run."""

    world: made.World
    pages: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    statements: set[str] = field(default_factory=set)
    logs: str = ""


def dialect() -> str:
    return "sqlite" if connection.vendor == "sqlite" else "postgres"


def _note(statements: set[str]) -> Any:
    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.add(sql)
        return execute(sql, params, many, context)

    return wrapper


@pytest.fixture
def walk(db: None, settings: Any) -> Walk:
    return walked(settings, TIMES)


@pytest.fixture
def short_walk(db: None, settings: Any) -> Walk:
    return walked(settings, FEW)


@pytest.fixture
def lived(db: None) -> Walk:
    """As many cases, with nobody reading yet."""
    cache.clear()
    made_walk = Walk(made.build())
    _live(made_walk, TIMES)
    return made_walk


def walked(settings: Any, times: int) -> Walk:
    cache.clear()
    settings.EMAIL_HOST = "localhost"
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    made_walk = Walk(made.build())
    try:
        with connection.execute_wrapper(_note(made_walk.statements)):
            _live(made_walk, times)
            _read(made_walk)
    finally:
        logging.getLogger().removeHandler(handler)
    made_walk.logs = lines.getvalue()
    return made_walk


def _live(walk: Walk, times: int) -> None:
    """Many filings by one person, one of them brought to its end, one joined; notices and mails go out."""
    User.objects.update(email="somebody@example.org")
    employee = walk.world.employee
    User.objects.filter(pk=employee.pk).update(name=NAME)
    person = Person(name=NAME, phone=PHONE, account=employee.pk)
    for number in range(times):
        words = Words(f"第{number}件：更衣室漏水。\n师傅说钥匙在{CANARY}。{SAID}。", ["修好更衣室"])
        how = Circumstances(idempotency_key=f"planted-filing-{number:04}")
        intake.receive(words, identity="named", person=person, how=how, by=walk.world.filer, at=server_now())
    whole = Filing.objects.select_related("case").order_by("pk")[0]
    for stage in made.ORDER[1:]:
        made.step_into(walk.world, whole.case, whole, stage)
    first, second, *others = Case.objects.filter(stage=Stage.RECEIVED).order_by("pk")
    joining.join(first, into=second, reason="同一件事", by=walk.world.officer, at=server_now())
    for case in others:
        intake.register(case, matter="更衣室漏水", by=walk.world.officer, at=server_now())
    notice_mail.deliver(server_now())


def _read(walk: Walk) -> None:
    references = list(Case.objects.order_by("pk").values_list("reference", flat=True)[:3])
    for role in ROLES:
        client = Client()
        user = User.objects.get(username=role)
        client.force_login(user)
        places = ["/desk/", "/desk/notices/", "/desk/cases/", "/desk/cases/?due=month", "/desk/cases/?q=更衣室"]
        places += ["/desk/cases/?page=2"]
        places += ["/desk/reports/", "/desk/new/", "/desk/new/alike/?text=更衣室漏水，师傅说"]
        for place in places:
            walk.pages[f"{role} {place}"] = client.get(place).content.decode()
        for place in (f"/desk/cases/{reference}/" for reference in references):
            walk.cases[f"{role} {place}"] = client.get(place).content.decode()
        bearer = tokens.issue(user, "报表", by=System("test"), at=server_now())
        for place in ("/api/v1/cases", f"/api/v1/cases?text={NAME}"):
            answer = client.get(place, headers={"Authorization": f"Bearer {bearer}"})
            walk.pages[f"{role} {place}"] = answer.content.decode()
    client = Client()
    client.force_login(walk.world.employee)
    for place in ("/mine/", f"/progress/{Filing.objects.order_by('pk')[0].reference}/"):
        walk.own[place] = client.get(place).content.decode()
    everybody = Client()
    for place in ("/", "/how/", "/file/", "/track/", "/verify/"):
        walk.pages[place] = everybody.get(place).content.decode()


def shown(word: str, texts: dict[str, str]) -> list[str]:
    """The places whose text holds the word, plain or escaped for JSON."""
    escaped = json.dumps(word)[1:-1]
    return [place for place, text in texts.items() if word in text or escaped in text]


def sent() -> dict[str, str]:
    """Notices and mails as they lie there."""
    found = {f"notice {row.pk}": f"{row.code} {json.dumps(row.facts)}" for row in Notice.objects.all()}
    return found | {f"mail {n}": f"{one.subject}\n{one.body}\n{one.to}" for n, one in enumerate(mail.outbox)}


def test_somebody_with_many_cases_stands_nowhere_but_on_the_own_pages(walk: Walk) -> None:
    for word in (NAME, PHONE):
        assert shown(word, walk.pages) == []
        assert shown(word, {place: page.replace(SAID, "") for place, page in walk.cases.items()}) == []
        assert shown(word, sent()) == []
        assert shown(word, {"logs": walk.logs}) == []
    for name in ("officer", "chief", "handler"):
        for text in (NAME, NAME[:2], PHONE):
            filters = search.Filters(text=text)
            assert search.page(walk.world.people[name], filters, today=server_now().date()).paginator.count == 0
    assert sent() and mail.outbox  # there was something to look into
    assert shown("更衣室", walk.pages)
    assert shown(NAME, walk.own) and shown(SAID, walk.cases)


def misuse(page: str, own: str, others: list[str]) -> list[str]:
    """V7 of a page on which an opened name may stand: what it does beside naming one party of one case once."""
    said = re.sub(r"(?s)<(script|style).*?</\1>", "", page)
    faults = ["more than one row"] if said.count(NAME) > 1 else []
    faults += ["in a heading"] if re.search(rf"(?s)<(h[1-6]|title|th|caption)\b[^>]*>[^<]*{NAME}", said) else []
    faults += ["beside another case"] if any(one in said for one in others if one != own) else []
    plain = re.sub(r"<[^>]*>|\s", "", said)
    if re.search(rf"(?<!\d)\d{{1,3}}(?:件|次|条|人)?{NAME}|{NAME}[：:（(]?\d{{1,3}}(?!\d)", plain):
        faults.append("next to a number")
    return faults


def reveal(step: str, **said: str) -> tuple[str, str]:
    """The reference of a registered case, and the answer of one of the acts that answer once."""
    case = Case.objects.filter(stage=Stage.REGISTERED).order_by("pk")[0]
    client = Client()
    client.force_login(User.objects.get(username="officer"))
    where = f"/desk/cases/{case.reference}/{step}/"
    client.get(where)  # the first page notes the use of the session
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(where, {"purpose": "contact", "stage_seen": case.stage, **said})
    assert answer.status_code == 200, answer.content.decode()[:3000]
    assert len(captured) < 40  # for fifty cases as for two
    return case.reference, answer.content.decode()


def test_an_opened_identity_stands_once_and_beside_no_number_and_no_other_case(lived: Walk) -> None:
    own, page = reveal("open_identity")
    assert NAME in page
    assert misuse(page, own, list(Case.objects.values_list("reference", flat=True))) == []


def test_the_look_up_tells_five_cases_of_fifty_and_no_total(lived: Walk) -> None:
    own, page = reveal("look_up", purpose="repeat", kind="phone")
    linked = {one for one in Case.objects.values_list("reference", flat=True) if f"/desk/cases/{one}/" in page} - {own}
    assert len(linked) == 5
    assert not re.search(r"(?<!\d)(4\d|50)\s*(件|次|条|项)|共\s*\d", page)
    assert NAME not in page and PHONE not in page


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (f"<li>{NAME}</li><li>{NAME}</li>", "more than one row"),
        (f"<h2 class=x>{NAME}</h2>", "in a heading"),
        (f"<p>{NAME}</p><a href=/desk/cases/B/>", "beside another case"),
        (f"<td>{NAME}</td><td>50</td>", "next to a number"),
        (f"<b>50</b> 件 {NAME}", "next to a number"),
    ],
)
def test_a_page_that_makes_more_of_a_name_is_named(page: str, fault: str) -> None:
    assert misuse(page, "A", ["A", "/desk/cases/B/"]) == [fault]
    assert misuse(f"<dd>{NAME}</dd><dd>{PHONE}</dd>", "A", ["A", "B/"]) == []


def test_a_word_of_the_grievance_is_in_no_notice_mail_or_log(short_walk: Walk) -> None:
    assert shown(CANARY, sent()) == []
    assert shown(CANARY, {"logs": short_walk.logs}) == []
    officer = short_walk.world.people["officer"]
    assert search.page(officer, search.Filters(text=CANARY), today=server_now().date()).paginator.count > 0


def test_no_statement_of_the_walk_groups_sorts_or_pairs_people(short_walk: Walk) -> None:
    assert len([one for one in short_walk.statements if "cases_party" in one]) > 3
    assert {one: faults for one in short_walk.statements if (faults := sql_faults(one, dialect()))} == {}


@pytest.mark.plants_statement
def test_a_list_of_people_would_be_seen(db: None) -> None:
    pages = {"desk/top/": f"<li>{NAME} {TIMES}</li>", "api": json.dumps({"who": NAME}), "desk/": "更衣室"}
    assert shown(NAME, pages) == ["desk/top/", "api"]
    statements: set[str] = set()
    with connection.execute_wrapper(_note(statements)):
        list(Party.objects.values("account_digest").annotate(times=Count("id")).order_by("-times"))
    assert [faults for one in statements if (faults := sql_faults(one, dialect()))]


def test_a_grievance_in_a_notice_or_a_log_line_would_be_seen(db: None) -> None:
    to = User.objects.create_user("E9", None, name="somebody")
    Notice.objects.create(to=to, code="x", facts={"text": CANARY}, created_at=server_now())
    assert shown(CANARY, sent())
    record = logging.LogRecord("huiyin", logging.INFO, "", 1, "said: %s", (CANARY,), None)
    assert shown(CANARY, {"logs": JsonLines().format(record)})
