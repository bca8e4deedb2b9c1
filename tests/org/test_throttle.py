from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.cache import cache
from django.db import connection

from huiyin.kernel.errors import TooMany
from huiyin.org import throttle
from huiyin.trail.moments import server_time
from tests.org.conftest import AT

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.usefixtures("empty_cache")


def test_the_sixth_of_five_is_refused_and_told_when() -> None:
    for _ in range(5):
        throttle.allow("test", "a", 5, 5 * MINUTE)
    with pytest.raises(TooMany) as told:
        throttle.allow("test", "a", 5, 5 * MINUTE)
    assert "10:29" in told.value.sentence  # 10:24 in Shanghai and five minutes


def test_keys_and_purposes_count_apart() -> None:
    throttle.allow("test", "a", 1, MINUTE)
    throttle.allow("test", "b", 1, MINUTE)
    throttle.allow("else", "a", 1, MINUTE)
    with pytest.raises(TooMany):
        throttle.allow("test", "b", 1, MINUTE)


def test_the_window_slides() -> None:
    for second in (0, 30):
        with server_time(AT + timedelta(seconds=second)):
            throttle.allow("test", "a", 2, MINUTE)
    with server_time(AT + timedelta(seconds=59)), pytest.raises(TooMany):
        throttle.allow("test", "a", 2, MINUTE)
    with server_time(AT + timedelta(seconds=60)):
        throttle.allow("test", "a", 2, MINUTE)
        with pytest.raises(TooMany):
            throttle.allow("test", "a", 2, MINUTE)
    with server_time(AT + timedelta(seconds=90)):
        throttle.allow("test", "a", 2, MINUTE)


def test_what_is_given_back_does_not_count() -> None:
    for _ in range(9):
        throttle.allow("test", "a", 1, MINUTE).give_back()


def test_checking_counts_nothing() -> None:
    for _ in range(9):
        throttle.check("test", "a", 1, MINUTE)
    throttle.allow("test", "a", 1, MINUTE)
    with pytest.raises(TooMany):
        throttle.check("test", "a", 1, MINUTE)


def test_no_key_stands_readable_in_the_cache() -> None:
    throttle.allow("sign_on.account", "canary-10086\n203.0.113.77", 5, MINUTE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM shared_cache")
        stored = str(cursor.fetchall())
    assert "throttle." in stored
    assert "canary" not in stored
    assert "203.0.113.77" not in stored


def test_ten_wrong_codes_from_one_address_are_enough_and_others_go_on() -> None:
    for _ in range(10):
        throttle.check_query_code("203.0.113.7")
        throttle.missed_query_code("203.0.113.7")
    with pytest.raises(TooMany):
        throttle.check_query_code("203.0.113.7")
    throttle.check_query_code("203.0.113.8")


def test_a_hundred_wrong_codes_from_everywhere_are_enough() -> None:
    for number in range(100):
        throttle.missed_query_code(f"203.0.113.{number // 10}")
    with pytest.raises(TooMany):
        throttle.check_query_code("198.51.100.1")
    with server_time(AT + MINUTE):
        throttle.check_query_code("198.51.100.1")


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_get_more_than_the_limit() -> None:
    cache.clear()
    start = Barrier(8)

    def attempt(_writer: int) -> bool:
        start.wait()
        try:
            throttle.allow("test", "crowd", 3, timedelta(days=9999))
        except TooMany:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 3
