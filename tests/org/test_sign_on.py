from __future__ import annotations

from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from django.contrib.auth import get_user, login
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory

from huiyin.kernel.errors import Invalid, TooMany
from huiyin.org import sign_on, throttle
from huiyin.org.models import User
from huiyin.trail.moments import server_time
from tests.org.conftest import AT

WORD = "correct horse 8"
pytestmark = pytest.mark.usefixtures("empty_cache")


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("20017", WORD, name="赵敏")


def asked_from(address: str = "203.0.113.7", forwarded: str = "") -> HttpRequest:
    request = RequestFactory(REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=forwarded).post("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    return request


def fails(username: str, password: str, address: str = "203.0.113.7") -> Invalid:
    with pytest.raises(Invalid) as told:
        sign_on.sign_in(asked_from(address), username, password)
    return told.value


def test_the_right_password_signs_on_with_a_fresh_session(user: User) -> None:
    request = asked_from()
    request.session["draft"] = "kept"
    request.session.save()
    before = request.session.session_key
    assert sign_on.sign_in(request, "20017", WORD) == user
    assert request.session.session_key != before
    assert get_user(request) == user


def test_passwords_are_kept_as_argon2(user: User) -> None:
    assert user.password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("typed", ["２００１７", " 20017 "])
def test_a_work_number_may_be_typed_in_full_width(user: User, typed: str) -> None:
    assert sign_on.sign_in(asked_from(), typed, WORD) == user


def test_whatever_is_wrong_the_answer_is_the_same(user: User) -> None:
    wrong = fails("20017", "wrong")
    User.objects.update(is_active=False)
    said = [fails("20017", WORD), fails("99999", WORD), wrong]
    assert len({(error.code, error.sentence, error.field, error.status) for error in said}) == 1


def test_whatever_is_wrong_the_work_is_the_same(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("20018", None, name="钱东")
    User.objects.create_user("20019", WORD, name="孙丽")
    User.objects.filter(username="20019").update(is_active=False)
    monkeypatch.setattr(sign_on, "FAILURES_ON_ACCOUNT", 50)
    monkeypatch.setattr(sign_on, "FAILURES_FROM_ADDRESS", 200)
    times: dict[str, list[float]] = {name: [] for name in ("20017", "20018", "20019", "99999")}
    for _ in range(7):
        for name, taken in times.items():
            start = perf_counter()
            sign_on.Accounts().authenticate(asked_from(), name, "wrong")
            taken.append(perf_counter() - start)
    quickest = [min(taken) for taken in times.values()]
    assert max(quickest) < 1.8 * min(quickest)  # without a hash it would be a tenth


def test_after_five_failures_even_the_right_password_waits(user: User) -> None:
    for _ in range(5):
        fails("20017", "wrong")
    with pytest.raises(TooMany) as told:
        sign_on.sign_in(asked_from(), "20017", WORD)
    assert "10:29" in told.value.sentence
    with server_time(AT + timedelta(minutes=5)):
        assert sign_on.sign_in(asked_from(), "20017", WORD) == user


def test_nobody_locks_out_somebody_elsewhere(user: User) -> None:
    for _ in range(5):
        fails("20017", "wrong", "203.0.113.66")
    assert sign_on.sign_in(asked_from("203.0.113.7"), "20017", WORD) == user


def test_an_unknown_account_is_limited_just_the_same(user: User) -> None:
    for _ in range(5):
        fails("99999", "wrong")
    with pytest.raises(TooMany):
        sign_on.sign_in(asked_from(), "99999", "wrong")


def test_thirty_failures_from_one_address_are_enough(user: User) -> None:
    for number in range(3):
        fails(f"3{number:04}", "wrong")
    for _ in range(27):
        throttle.allow("sign_on.address", "203.0.113.7", 30, sign_on.WINDOW)
    with pytest.raises(TooMany):
        sign_on.sign_in(asked_from(), "20017", WORD)


def test_successes_never_count(user: User) -> None:
    for _ in range(7):
        sign_on.sign_in(asked_from(), "20017", WORD)


def test_spelling_the_number_otherwise_brings_no_more_tries(user: User) -> None:
    for typed in ("20017", "２0017", " 20017", "20017 ", "２００１７"):
        fails(typed, "wrong")
    with pytest.raises(TooMany):
        sign_on.sign_in(asked_from(), "20017", WORD)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.9", "203.0.113.7"),  # nobody in front: the header is the client's own invention
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "1.2.3.4, 198.51.100.9", "198.51.100.9"),  # the first is what the client wrote
        (2, "1.2.3.4, 198.51.100.9, 10.0.0.1", "198.51.100.9"),
        (2, "198.51.100.9", "203.0.113.7"),
        (1, "198.51.100.9:5123", "198.51.100.9"),
        (1, "nonsense", "203.0.113.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"),
        (1, "::ffff:198.51.100.9", "198.51.100.9"),
    ],
)
def test_the_address_is_what_the_outermost_proxy_saw(proxies: int, forwarded: str, address: str, settings: Any) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert sign_on.client_address(asked_from(forwarded=forwarded)) == address


def test_a_session_ends_when_unused_sooner_for_an_employee() -> None:
    session = SessionStore()
    sign_on.begin(session, AT)
    over = {
        (minutes, is_staff): sign_on.is_over(session, AT + timedelta(minutes=minutes), is_staff=is_staff)
        for minutes in (10, 11, 15, 16)
        for is_staff in (True, False)
    }
    assert {key for key, is_over in over.items() if is_over} == {(11, False), (15, False), (16, False), (16, True)}


def test_a_session_in_use_goes_on_but_not_beyond_eight_hours() -> None:
    session = SessionStore()
    now = AT
    sign_on.begin(session, now)
    while now < AT + timedelta(hours=8):
        now += timedelta(minutes=10)
        assert not sign_on.is_over(session, now, is_staff=True)
        sign_on.note_use(session, now)
    assert sign_on.is_over(session, now + timedelta(minutes=1), is_staff=True)


def test_use_is_noted_once_a_minute_at_most() -> None:
    session = SessionStore()
    sign_on.begin(session, AT)
    session.modified = False
    sign_on.note_use(session, AT + timedelta(seconds=59))
    assert not session.modified
    sign_on.note_use(session, AT + timedelta(seconds=60))
    assert session.modified


def test_the_other_sessions_end_and_this_one_stays(user: User) -> None:
    here, there = asked_from(), asked_from()
    for request in (here, there):
        sign_on.sign_in(request, "20017", WORD)
    sign_on.end_other_sessions(here, user)
    assert get_user(here) == user
    assert not get_user(there).is_authenticated


def test_a_disabled_accounts_session_ends(user: User) -> None:
    request = asked_from()
    sign_on.sign_in(request, "20017", WORD)
    User.objects.update(is_active=False)
    assert not get_user(request).is_authenticated


def test_a_session_begun_elsewhere_starts_with_its_first_use(user: User) -> None:
    request = asked_from()
    login(request, user)
    sign_on.note_use(request.session, AT)
    assert sign_on.is_over(request.session, AT + timedelta(minutes=16), is_staff=True)
