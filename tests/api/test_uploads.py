"""Files by program: in pieces, resumed after a lost connection, named by a filing or an addition, refused in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from huiyin.cases.models import Filing
from huiyin.org import doorway
from huiyin.papers import content
from huiyin.papers.models import StoredFile, Upload
from tests.api.test_filings import KEY, WORDS
from tests.cases.world import World
from tests.files import corpus

MIB = 1024 * 1024
UPLOADS = "/api/v1/uploads"


@pytest.fixture(autouse=True)
def own_folder(world: World, settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA, settings.FILES = tmp_path, tmp_path / "files"
    yield
    cache.clear()
    doorway.forget()


def begin(size: int, name: str = "工资条.jpg") -> Any:
    return Client().post(UPLOADS, {"file_name": name, "size": size}, content_type="application/json")


def put(token: str, offset: object, data: bytes) -> Any:
    path = f"{UPLOADS}/{token}?offset={offset}"
    return Client().put(path, data, content_type="application/octet-stream")


def finish(token: str) -> Any:
    return Client().post(f"{UPLOADS}/{token}/finish")


def uploaded(data: bytes, name: str = "工资条.jpg") -> str:
    token: str = begin(len(data), name).json()["token"]
    assert put(token, 0, data).status_code == 200 and finish(token).status_code == 200
    return token


def is_told(answer: Any, status: int, code: str) -> bool:
    """A problem with this code and a Chinese sentence."""
    told = answer.json()
    kind = answer["Content-Type"] == "application/problem+json"
    return bool((answer.status_code, told["code"], kind) == (status, code, True) and told["detail"].endswith("。"))


def test_a_file_comes_in_pieces_and_a_filing_takes_it() -> None:
    data = corpus.jpeg()
    state = begin(len(data)).json()
    token = state["token"]
    assert state == {"token": token, "file_name": "工资条.jpg", "size": len(data), "received": 0, "is_ready": False}
    assert put(token, 0, data[:100]).json()["received"] == 100
    assert Client().get(f"{UPLOADS}/{token}").json()["received"] == 100  # to resume after a lost connection
    assert put(token, 100, data[100:]).json()["received"] == len(data)
    assert [finish(token).json()["is_ready"] for _ in range(2)] == [True, True]
    headers = {"Idempotency-Key": KEY}
    said = {**WORDS, "uploads": [token]}
    filed = Client().post("/api/v1/filings", said, content_type="application/json", headers=headers)
    assert filed.status_code == 201
    stored = StoredFile.objects.get()
    assert stored.subject_id == Filing.objects.get().case.subject_id and stored.size == len(data)
    assert Client().get(f"{UPLOADS}/{token}").status_code == 404  # taken: the token is used up
    code = filed.json()["code"]
    more = {"code": code, "text": "", "uploads": [uploaded(corpus.pdf(), "考勤表.pdf")]}
    assert Client().post("/api/v1/filings/add", more, content_type="application/json").status_code == 201
    assert StoredFile.objects.count() == 2


def test_a_piece_that_begins_elsewhere_is_told_where_to_go_on() -> None:
    data = corpus.jpeg()
    token = begin(len(data)).json()["token"]
    put(token, 0, data[:50])
    for offset in (0, 10, 60):
        answer = put(token, offset, data[50:60])
        assert is_told(answer, 409, "upload_offset") and answer.json()["offset"] == 50
    unfinished = finish(token)
    assert is_told(unfinished, 409, "upload_offset") and unfinished.json()["offset"] == 50
    assert put(token, 50, data[50:]).status_code == 200


def test_what_can_not_be_taken_is_refused_with_a_sentence_before_a_byte_is_sent() -> None:
    assert is_told(begin(0), 422, "file_empty")
    assert (
        is_told(begin(content.LARGEST_FILE + MIB), 422, "file_too_large")
        and begin(content.LARGEST_FILE).status_code == 201
    )
    assert is_told(begin(10, "木马.exe"), 422, "file_kind")
    assert is_told(begin(10, "名" * 5000 + ".exe"), 422, "file_kind")
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("data", [corpus.HTML, corpus.pdf(), b"\0" * 400], ids=["html", "pdf", "nothing"])
def test_a_content_that_is_not_what_its_name_says_is_refused_and_gone(data: bytes) -> None:
    token = begin(len(data)).json()["token"]
    put(token, 0, data)
    assert is_told(finish(token), 422, "file_content")
    assert Client().get(f"{UPLOADS}/{token}").status_code == 404 and not Upload.objects.exists()


def test_a_piece_too_large_or_beyond_the_end_is_refused_and_nothing_of_it_stays() -> None:
    token = begin(10 * MIB).json()["token"]
    assert is_told(put(token, 0, bytes(4 * MIB + 1)), 422, "upload_piece")
    assert put(token, 0, bytes(4 * MIB)).status_code == 200
    small = begin(10).json()["token"]
    assert is_told(put(small, 0, bytes(11)), 422, "upload_too_long")
    assert Client().get(f"{UPLOADS}/{small}").json()["received"] == 0


@pytest.mark.parametrize("offset", ["", "-1", "x", "9" * 40])
def test_an_offset_that_is_no_number_is_named(offset: str) -> None:
    answer = put(begin(10).json()["token"], offset, b"x")
    assert answer.status_code == 422 and answer.json()["field"] == "offset"


def test_an_upload_given_up_or_unknown_is_not_there() -> None:
    token = begin(10).json()["token"]
    assert Client().delete(f"{UPLOADS}/{token}").status_code == 204
    for unknown in (token, "0" * 32, "nothing", "..%2F..%2Fkeys"):
        answers = [
            Client().get(f"{UPLOADS}/{unknown}"), put(unknown, 0, b"x"), finish(unknown),
            Client().delete(f"{UPLOADS}/{unknown}"),
        ]  # fmt: skip
        assert [answer.status_code for answer in answers] == [404] * 4


def test_a_filing_takes_no_unfinished_upload_and_no_twenty_first() -> None:
    headers = {"Idempotency-Key": KEY}
    token = begin(10).json()["token"]
    said = {**WORDS, "uploads": [token]}
    answer = Client().post("/api/v1/filings", said, content_type="application/json", headers=headers)
    assert is_told(answer, 409, "upload_unfinished")
    said = {**WORDS, "uploads": [f"{no:032x}" for no in range(21)]}
    assert Client().post("/api/v1/filings", said, content_type="application/json", headers=headers).status_code == 422
    assert not Filing.objects.exists()


def test_a_flood_of_uploads_waits(settings: Any) -> None:
    settings.UPLOADS_PER_ADDRESS = 2
    doorway.forget()
    answers = [begin(10) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert is_told(answers[2], 429, "too_many_from_here") and answers[2]["Retry-After"]


def test_the_schema_tells_how_a_piece_is_sent() -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]
    piece = paths[f"{UPLOADS}/{{token}}"]["put"]
    assert piece["requestBody"]["content"] == {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
    }
    refusal = piece["responses"]["409"]["content"]["application/problem+json"]["schema"]
    assert "offset" in refusal["properties"]
