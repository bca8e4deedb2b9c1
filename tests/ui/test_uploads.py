"""Uploads in pieces: the protocol, and the client in Chromium over a line that breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, Route

from huiyin.papers.models import Upload
from tests.ui.conftest import in_chromium

PDF = b"%PDF-1.4\n" + b"%" + b"x" * 900_000 + b"\n%%EOF\n"


@pytest.fixture(autouse=True)
def style_urls(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.ui.style_pages"
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]


def put(client: Client, token: str, at: int | str, data: bytes) -> Any:
    return client.put(f"/ui/uploads/{token}/?at={at}", data, content_type="application/octet-stream")


@pytest.mark.django_db
def test_a_file_comes_in_pieces_and_is_finished() -> None:
    client = Client()
    begun = client.post("/ui/uploads/", {"name": "工资条.pdf", "size": len(PDF)})
    assert begun.status_code == 201
    token = begun.json()["token"]
    assert put(client, token, 0, PDF[:500_000]).json()["received"] == 500_000
    lost = put(client, token, 0, PDF[:500_000])  # the answer was lost, the client sends again
    assert (lost.status_code, lost.json()["offset"]) == (409, 500_000)
    assert client.get(f"/ui/uploads/{token}/").json()["received"] == 500_000
    put(client, token, 500_000, PDF[500_000:])
    assert client.post(f"/ui/uploads/{token}/").json()["is_ready"]
    assert client.delete(f"/ui/uploads/{token}/").status_code == 204
    assert client.get(f"/ui/uploads/{token}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("程序.exe", "10"),
        ("a.pdf", "0"),
        ("a.pdf", str(51 * 1024 * 1024)),
        ("a.pdf", ""),
        ("a.pdf", "-1"),
        ("a.pdf", "²"),
    ],
)
def test_what_can_not_be_taken_is_said_before_a_byte_is_sent(name: str, size: str) -> None:
    answer = Client().post("/ui/uploads/", {"name": name, "size": size})
    assert answer.status_code == 422 and "请" in answer.json()["sentence"]
    assert not Upload.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["", "x", "-1", "9" * 30])
def test_a_broken_offset_is_refused(at: str) -> None:
    client = Client()
    token = client.post("/ui/uploads/", {"name": "a.pdf", "size": 10}).json()["token"]
    assert put(client, token, at, b"x").status_code == 422


def test_an_upload_needs_the_pages_token() -> None:
    answer = Client(enforce_csrf_checks=True).post("/ui/uploads/", {"name": "a.pdf", "size": 5})
    assert answer.status_code == 403


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_lost_line_is_picked_up_where_it_broke(live_server: Any, tmp_path: Path) -> None:
    (tmp_path / "工资条.pdf").write_bytes(PDF)
    (tmp_path / "空.pdf").write_bytes(b"")
    offsets: list[int] = []

    def broken(route: Route) -> None:
        offsets.append(int(route.request.url.rpartition("=")[2]))
        if len(offsets) == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    def walk(page: Page) -> tuple[str | None, str]:
        page.route("**/ui/uploads/*/?at=*", broken)
        page.goto(f"{live_server.url}/style/portal/")
        page.set_input_files("#id_files", [tmp_path / "工资条.pdf", tmp_path / "空.pdf"])
        page.wait_for_selector("input[type=hidden][name=files]", state="attached", timeout=20_000)
        token = page.get_attribute("input[type=hidden][name=files]", "value")
        return token, page.inner_text("[data-upload-list]")

    token, said = in_chromium(walk)
    assert offsets[1] == offsets[2], "the broken piece came again"
    upload = Upload.objects.get()
    assert (upload.token, upload.received, bool(upload.media_type)) == (token, len(PDF), True)
    assert "已上传" in said and "空文件" in said


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_file_taken_away_is_gone_from_the_server(live_server: Any, tmp_path: Path) -> None:
    (tmp_path / "工资条.pdf").write_bytes(PDF)

    def walk(page: Page) -> None:
        page.goto(f"{live_server.url}/style/portal/")
        page.set_input_files("#id_files", tmp_path / "工资条.pdf")
        page.wait_for_selector("input[type=hidden][name=files]", state="attached", timeout=20_000)
        with page.expect_response(lambda answer: answer.request.method == "DELETE"):
            page.click("[data-upload-list] button")
        assert not page.is_visible("[data-upload-list]")

    in_chromium(walk)
    assert not Upload.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_sending_waits_for_an_unfinished_file(live_server: Any, tmp_path: Path) -> None:
    (tmp_path / "工资条.pdf").write_bytes(PDF)

    def walk(page: Page) -> None:
        page.route("**/ui/uploads/*/?at=*", lambda route: route.abort())
        page.goto(f"{live_server.url}/style/portal/")
        page.set_input_files("#id_files", tmp_path / "工资条.pdf")
        page.wait_for_selector("text=秒后接着传")
        page.click(".btn-main")
        assert "还有文件没有传完" in page.inner_text("[data-upload-error]")
        page.click("[data-upload-list] button")  # cancelled: now it may go
        with page.expect_response("**/style/act/"):
            page.click(".btn-main")

    in_chromium(walk)
