"""The permission table: every address, and who gets an answer there. An address without a line fails.

Read with `desk` a signed-on account with a post; a case's page opens for those who see that case and is not there for
the others (404). Acts behind a page ask again for each case (tests/cases).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver

from huiyin.cases.models import Case, Filing, Stage
from huiyin.clocks import running
from huiyin.kernel.actors import System
from huiyin.org import tokens
from huiyin.org.models import User
from huiyin.org.permissions import Role
from huiyin.oversight import supervision, urgent
from huiyin.papers.models import Paper
from huiyin.trail.moments import server_now
from tests.cases import world as made
from tests.house.people_lints import routes

STAFF = (
    "officer", "chief", "deputy", "inspector", "liaison", "handler", "head", "stranger", "stranger_head", "admin",
    "security", "auditor",
)  # fmt: skip
ASKERS = ("nobody", "employee", "other", *STAFF)  # `employee` filed the case, `other` has an account and nothing else
EVERYBODY, POSTED, TOKEN, NOT_READ = frozenset(ASKERS), frozenset(STAFF), frozenset(STAFF), frozenset[str]()
SEES = frozenset({"officer", "chief", "deputy", "liaison", "handler", "head"})
OFFICER = frozenset({"officer"})
# Who demands, answers or instructs has the lists, each what is in view; nothing stands there for the others.
ASKED_OF = frozenset({"officer", "chief", "deputy", "liaison", "head", "stranger_head"})
# Who tells the leaders what is urgent, each of the own unit.
REPORTS = frozenset({"officer", "liaison", "handler", "head", "stranger", "stranger_head"})
ACCOUNTS, POSTS = frozenset({"admin"}), frozenset({"security"})
ADMINS = ACCOUNTS | POSTS | {"auditor"}
SIGNED_ON = EVERYBODY - {"nobody"}
FILER = frozenset({"employee"})

# address → who may read it by GET; NOT_READ: only sent to (POST), by whoever its act allows.
TABLE: dict[str, frozenset[str]] = {
    "healthz": EVERYBODY,
    "ui/type/": NOT_READ,
    "ui/uploads/": NOT_READ,
    "ui/uploads/<str:token>/": NOT_READ,
    "": EVERYBODY,
    "how/": EVERYBODY,
    "routes/": EVERYBODY,
    "file/": EVERYBODY,
    "receipt/pdf/": NOT_READ,
    "receipt/proof/": NOT_READ,
    "verify/": EVERYBODY,
    "track/": EVERYBODY,
    "leave/": NOT_READ,
    "sign-in/": frozenset({"nobody"}),  # others are sent on
    "sign-out/": NOT_READ,
    "password/": SIGNED_ON,
    "mine/": SIGNED_ON,
    "progress/<str:reference>/": FILER,
    "progress/<str:reference>/papers/<str:paper_reference>/": FILER,
    "progress/<str:reference>/limits/<int:limit_no>/": FILER,
    "progress/<str:reference>/add/": FILER,
    "progress/<str:reference>/answer/<int:question_no>/": NOT_READ,
    "progress/<str:reference>/confirm/": NOT_READ,
    "progress/<str:reference>/rate/": FILER,
    "progress/<str:reference>/aid/": FILER,
    "progress/<str:reference>/contact/": NOT_READ,
    "progress/<str:reference>/review/": FILER,
    "progress/<str:reference>/withdraw/": FILER,
    "progress/<str:reference>/recusal/": FILER,
    "progress/<str:reference>/retaliation/": FILER,
    "desk/": POSTED,
    "desk/help/": POSTED,
    "desk/mail/again/": NOT_READ,
    "desk/notices/": POSTED,
    "desk/notices/read/": NOT_READ,
    "desk/new/": OFFICER,
    "desk/new/alike/": NOT_READ,
    "desk/new/scans/<str:token>/<int:number>/": NOT_READ,  # whoever had this scan read, nobody else (tests/desk)
    "desk/new/<str:reference>/receipt/": NOT_READ,
    "desk/queue/": OFFICER,
    "desk/queue/next/": NOT_READ,
    "desk/queue/<int:ticket_id>/": NOT_READ,
    "desk/tokens/": POSTED,
    "desk/tokens/<int:token_id>/revoke/": NOT_READ,
    "desk/settings/": ADMINS,
    "desk/settings/accounts/new/": ACCOUNTS,
    "desk/settings/accounts/<int:account_id>/": ADMINS,
    "desk/settings/accounts/<int:account_id>/reset/": ACCOUNTS,
    "desk/settings/accounts/<int:account_id>/switch/": ACCOUNTS,
    "desk/settings/accounts/<int:account_id>/posts/": POSTS,
    "desk/settings/accounts/<int:account_id>/posts/<int:post_id>/end/": POSTS,
    "desk/settings/units/": ADMINS,
    "desk/settings/calendar/": ACCOUNTS,
    "desk/cases/<str:reference>/limits/<int:limit_no>/settle/": NOT_READ,  # there while a limit waits
    "desk/cases/<str:reference>/helping/<int:helping_id>/": NOT_READ,  # the leading unit's, while another helps
    "desk/cases/<str:reference>/aid/<int:aid_id>/": NOT_READ,  # the union's, while it is asked to help
    "desk/settings/units/<int:unit_id>/": ADMINS,
    "desk/settings/units/<int:unit_id>/new/": ACCOUNTS,
    "desk/settings/units/<int:unit_id>/change/": ACCOUNTS,
    "desk/settings/units/<int:unit_id>/close/": ACCOUNTS,
    "desk/settings/papers/": OFFICER | ACCOUNTS,
    "desk/settings/papers/<str:form_kind>/": OFFICER | ACCOUNTS,
    "desk/settings/papers/<str:form_kind>/versions/<int:number>/": OFFICER | ACCOUNTS,
    "desk/urgent/": REPORTS | {"chief", "deputy"},
    "desk/urgent/new/": REPORTS,
    "desk/urgent/<str:urgent_ref>/": SEES,
    "desk/urgent/<str:urgent_ref>/more/": SEES - {"chief", "deputy"},
    "desk/urgent/<str:urgent_ref>/read/": NOT_READ,
    "desk/urgent/<str:urgent_ref>/papers/<str:paper_reference>/": NOT_READ,  # tests/desk/test_urgent.py
    "desk/reports/": frozenset({"inspector"}),
    "desk/oversight/proposals/": OFFICER,
    "desk/oversight/area/": frozenset({"chief", "deputy"}),
    "desk/oversight/advice/new/": OFFICER,
    "desk/oversight/<demand:kind>/": ASKED_OF,
    "desk/oversight/<demand:kind>/<str:asked>/": SEES,
    "desk/oversight/<demand:kind>/<str:asked>/papers/<str:paper_reference>/": NOT_READ,
    "desk/oversight/<demand:kind>/<str:asked>/files/<str:file_reference>/": NOT_READ,
    "desk/oversight/<demand:kind>/<str:asked>/<str:act>/": SEES,  # the form; its act asks who may
    "desk/cases/<str:reference>/oversight/": SEES,
    "desk/cases/<str:reference>/supervise/": OFFICER,
    "desk/cases/<str:reference>/instruct/": frozenset({"officer", "chief", "deputy"}),
    "desk/cases/": POSTED,
    "desk/cases/columns/": NOT_READ,
    "desk/cases/views/": NOT_READ,
    "desk/cases/views/<int:view_id>/": NOT_READ,
    "desk/cases/several/": frozenset({"officer", "liaison", "handler", "head", "stranger", "stranger_head"}),
    "desk/cases/<str:reference>/": SEES,
    "desk/cases/<str:reference>/limits/<int:limit_no>/": SEES,
    "desk/cases/<str:reference>/papers/<str:paper_reference>/": SEES,
    "desk/cases/<str:reference>/files/<str:file_reference>/": NOT_READ,
    "desk/cases/<str:reference>/draft.pdf": NOT_READ,
    "desk/cases/<str:reference>/extensions/<int:extension_id>/": NOT_READ,
    "desk/^cases/(?P<reference>[^/]+)/(?P<step>take_file|take_report_file)/$": NOT_READ,  # sent to: an archive answers
    "desk/cases/<str:reference>/follow_ups/<int:row_id>/": NOT_READ,  # there while a rating waits for it
    "desk/cases/<str:reference>/call_backs/<int:row_id>/": NOT_READ,  # there while a sample waits for it
    "desk/cases/<str:reference>/recusals/<int:recusal_no>/": NOT_READ,
    "desk/cases/<str:reference>/openings/<int:opening_id>/": NOT_READ,
    "desk/cases/<str:reference>/advise/": SEES,
    "desk/cases/<str:reference>/read_report/": NOT_READ,
    "desk/^cases/(?P<reference>[^/]+)/(?P<step>open_identity|look_up|renew_code)/$": NOT_READ,
    "desk/cases/<str:reference>/<str:step>/": SEES,  # the form; its act asks who may, see below
    "api/v1/openapi.json": EVERYBODY,
    "api/v1/": NOT_READ,
    "api/v1/filings": NOT_READ,
    "api/v1/filings/track": NOT_READ,
    "api/v1/filings/add": NOT_READ,
    "api/v1/routes": NOT_READ,
    "api/v1/uploads": NOT_READ,
    "api/v1/uploads/<token>": NOT_READ,  # whoever holds the random token
    "api/v1/uploads/<token>/finish": NOT_READ,
    "api/v1/cases": TOKEN,
    "api/v1/cases/<reference>": SEES,
    "api/v1/^(?P<unknown>.*)$": NOT_READ,
}

# Accounts and units; nothing there is of a case.
LISTS = frozenset({"desk/urgent/", "desk/oversight/<demand:kind>/"})  # each shows what is in view
SETTINGS = frozenset(address for address in TABLE if address.startswith("desk/settings/"))


def without_a_line(addresses: Iterable[str]) -> list[str]:
    return [address for address in addresses if address not in TABLE]


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    addresses = [address for address, _ in routes(get_resolver().url_patterns)]
    assert without_a_line(addresses) == []
    assert set(TABLE) - set(addresses) == set()


def test_an_address_without_a_line_is_named() -> None:
    assert without_a_line(["desk/", "desk/people/"]) == ["desk/people/"]


@pytest.fixture
def world(db: None) -> made.World:
    cache.clear()
    User.objects.create_user("other", None, name="旁人")
    world = made.build()
    for name, role in (("security", Role.SECURITY_ADMIN), ("auditor", Role.AUDIT_ADMIN)):
        world.people[name] = made.person(name, role, world.group)
    return world


@pytest.fixture
def values(world: made.World) -> dict[str, str]:
    """What stands in the addresses: a case being handled, its filing, one of its limits and papers."""
    case, filing = made.bring(world, Stage.HANDLING)
    limits = running.numbered(case.subject_id)
    limit_no = next(no for no, clock in limits.items() if clock.rule == "decision")
    paper = Paper.objects.filter(subject=case.subject, sealed_at__isnull=False).first()
    assert paper is not None
    asked = supervision.demand(
        case,
        unit=world.refinery,
        trigger="other",
        missed="没有按期联系",
        text="请联系",
        by=world.officer,
        at=server_now(),
    )
    now = server_now()
    said = dict.fromkeys(("place", "demand", "state", "measures", "next_steps"), "正在了解")
    told = urgent.report(said, headcount=9, happened_at=now, known_at=now, by=world.handler, at=now)
    return {
        "kind": "supervision", "asked": asked.reference, "act": "answer",
        "case": case.reference, "filing": filing.reference, "limit_no": str(limit_no),
        "paper_reference": paper.reference, "step": "note", "account_id": str(world.handler.user_id),
        "post_id": str(world.handler.posts[0].post_id), "unit_id": str(world.refinery.pk), "token_id": "1",
        "aid_id": "1", "helping_id": "1", "token": "0" * 32,
        "form_kind": "D2", "number": "0", "urgent_ref": told.reference,
    }  # fmt: skip


def readers(address: str, values: dict[str, str]) -> set[str]:
    """Who gets the page: 200, no redirect to sign on."""
    whole = {**values, "reference": values["filing" if address.startswith("progress") else "case"]}
    path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: whole[part.group(1)], address)
    found = set()
    for asker in ASKERS:
        client, headers = Client(), {}
        if asker != "nobody":
            user = User.objects.get(username="E1" if asker == "employee" else asker)
            client.force_login(user)
            if asker in STAFF and address.startswith("api/"):
                token = tokens.issue(user, "报表", by=System("test"), at=server_now())
                headers = {"Authorization": f"Bearer {token}"}
        answer = client.get(path, headers=headers)
        assert answer.status_code in {200, 302, 401, 403, 404, 405, 409}, (address, asker, answer.status_code)
        if answer.status_code == 200:
            found.add(asker)
    return found


def test_each_address_opens_for_those_of_its_line_alone(values: dict[str, str]) -> None:
    lines = {address: set(who) for address, who in TABLE.items() if who}
    found = {address: readers(address, values) for address in lines}
    assert {address: who for address, who in found.items() if who != lines[address]} == {}


def test_a_sealed_report_opens_for_the_inspector_alone(world: made.World) -> None:
    case, filing = made.bring(world, Stage.INSPECTED)
    values = {"case": case.reference, "filing": filing.reference}
    read = "desk/cases/<str:reference>/read_report/"
    for address in ("desk/cases/<str:reference>/", read, "api/v1/cases/<reference>"):
        assert readers(address, values) <= {"inspector"}
    assert readers("desk/cases/<str:reference>/", values) == {"inspector"}


def test_the_list_of_reports_tells_nobody_but_the_inspector(world: made.World) -> None:
    case, _ = made.bring(world, Stage.INSPECTED)
    pages = {name: _page(name, "/desk/reports/") for name in STAFF}
    assert [name for name, page in pages.items() if case.reference in page] == ["inspector"]


def test_a_form_that_is_shown_is_no_right_to_the_act(world: made.World, values: dict[str, str]) -> None:
    address = f"/desk/cases/{values['case']}/note/"
    statuses = {}
    for name in sorted(SEES):
        client = Client()
        client.force_login(User.objects.get(username=name))
        statuses[name] = client.post(address, {"text": "核对了工资表。"}).status_code
    assert {name for name, status in statuses.items() if status == 303} == {"officer", "handler"}
    assert {status for name, status in statuses.items() if name not in {"officer", "handler"}} == {403}


def _page(username: str, path: str) -> str:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client.get(path).content.decode()


def test_nobody_outside_reads_anything_of_a_case(values: dict[str, str]) -> None:
    outside = {"nobody", "other", "stranger", "stranger_head", "inspector", *ADMINS}
    made_up = {
        "view_id": "1",
        "question_no": "1",
        "file_reference": "0" * 32,
        "extension_id": "1",
        "opening_id": "1",
        "recusal_no": "1",
        "ticket_id": "1",
        "row_id": "1",
    }
    for address in TABLE:
        if (
            "<" in address
            and address.startswith(("desk/", "progress/", "api/v1/cases"))
            and address not in SETTINGS | LISTS
        ):
            plain = re.sub(r"\^(.*)\(\?P<reference>\[\^/\]\+\)/.*", r"\1<str:reference>/open_identity/", address)
            assert readers(plain, {**made_up, **values}) & outside == set(), address


def test_a_door_left_open_would_be_seen(world: made.World, values: dict[str, str]) -> None:
    Case.objects.update(unit=world.mine)
    assert readers("desk/cases/<str:reference>/", values) != SEES
    assert Filing.objects.exists()


def test_what_is_only_sent_to_answers_no_reader_with_a_page() -> None:
    for address, who in TABLE.items():
        if not who and "<" not in address and "(" not in address:
            assert Client().get("/" + address).status_code in {302, 403, 404, 405}, address
