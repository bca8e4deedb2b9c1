"""Uploads in pieces: nothing is lost with the connection, nothing is taken twice, nothing lingers."""

from __future__ import annotations

import io
import os
import shutil
import stat
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from huiyin.kernel.errors import Invalid, NotFound, Refused
from huiyin.papers import content, uploads
from huiyin.papers.models import Upload
from huiyin.trail.moments import server_time
from tests.files import corpus
from tests.files.conftest import AT, plain_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]
PICTURE = corpus.jpeg(size=(400, 300))


class Broken(io.RawIOBase):
    """A connection that dies after its first bytes."""

    def __init__(self, data: bytes) -> None:
        self.left = data

    def read(self, size: int = -1) -> bytes:
        if not self.left:
            raise ConnectionResetError
        piece, self.left = self.left[:size], b""
        return piece


def bytes_of(upload: Upload) -> bytes:
    with uploads.open_bytes(upload) as file:
        return file.read()


def test_pieces_become_the_file() -> None:
    upload = uploads.begin("现场.jpg", len(PICTURE))
    for place in range(0, len(PICTURE), 1000):
        upload = uploads.put_piece(upload.token, place, PICTURE[place : place + 1000])
    upload = uploads.finish(upload.token)
    assert (upload.media_type, upload.received) == ("image/jpeg", len(PICTURE))
    assert bytes_of(upload) == PICTURE
    assert uploads.finish(upload.token) == upload


@pytest.mark.parametrize("lost", range(8))
def test_a_connection_lost_at_any_piece_is_resumed(lost: int) -> None:
    data = corpus.pdf(b"%" + b"x" * 7000 + b"\n")
    starts = [*range(0, len(data), 1000)]
    assert lost < len(starts)
    upload = uploads.begin("a.pdf", len(data))
    for number, start in enumerate(starts):
        piece = data[start : start + 1000]
        if number == lost:
            with pytest.raises(ConnectionResetError):
                uploads.put_piece(upload.token, start, Broken(piece[:300]))
            # The answer to the piece before may be what was lost: the client asks where it stands.
            assert uploads.upload_of(upload.token).received == start
            uploads.put_piece(upload.token, start, piece)
            with pytest.raises(uploads.WrongOffset) as caught:  # and sends the piece once more
                uploads.put_piece(upload.token, start, piece)
            assert caught.value.offset == start + len(piece)
        else:
            uploads.put_piece(upload.token, start, io.BytesIO(piece))
    assert bytes_of(uploads.finish(upload.token)) == data


@pytest.mark.parametrize("offset", [0, 99, 101, 5000, -1])
def test_a_piece_elsewhere_is_refused_and_told_where_to_go_on(offset: int) -> None:
    upload = uploads.begin("a.pdf", 5000)
    uploads.put_piece(upload.token, 0, bytes(100))
    with pytest.raises(uploads.WrongOffset) as caught:
        uploads.put_piece(upload.token, offset, b"abc")
    assert (caught.value.offset, caught.value.status) == (100, 409)
    assert bytes_of(upload) == bytes(100)


def test_what_a_crash_left_behind_the_received_bytes_is_overwritten(folder: Path) -> None:
    upload = uploads.begin("a.txt", 6)
    uploads.put_piece(upload.token, 0, b"abc")
    with (folder / "incoming" / upload.token).open("ab") as file:
        file.write(b"half a piece that was never acknowledged")
    uploads.put_piece(upload.token, 3, b"def")
    assert bytes_of(uploads.finish(upload.token)) == b"abcdef"


def test_bytes_that_vanished_make_the_upload_begin_anew(folder: Path) -> None:
    upload = uploads.begin("a.txt", 6)
    uploads.put_piece(upload.token, 0, b"abc")
    (folder / "incoming" / upload.token).unlink()
    with pytest.raises(uploads.WrongOffset) as caught:
        uploads.put_piece(upload.token, 3, b"def")
    assert caught.value.offset == 0
    uploads.put_piece(upload.token, 0, b"abcdef")
    assert bytes_of(uploads.finish(upload.token)) == b"abcdef"


def test_an_unfinished_upload_is_not_finished() -> None:
    upload = uploads.begin("a.txt", 6)
    uploads.put_piece(upload.token, 0, b"abc")
    with pytest.raises(uploads.WrongOffset) as caught:
        uploads.finish(upload.token)
    assert caught.value.offset == 3
    with pytest.raises(Refused, match="upload_unfinished"):
        uploads.ready([upload.token])


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("a.exe", 5, "file_kind"),
        ("a.pdf", 0, "file_empty"),
        ("a.pdf", -1, "file_empty"),
        ("a.pdf", 51 * 1024 * 1024, "file_too_large"),
        ("a.pdf", 10**15, "file_too_large"),
    ],
)
def test_a_bad_name_or_size_is_refused_before_a_byte_is_sent(name: str, size: int, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        uploads.begin(name, size)
    assert not Upload.objects.exists()


def test_51_mb_in_pieces_stop_where_the_declared_size_ends(folder: Path) -> None:
    upload = uploads.begin("a.mp4", content.LARGEST_FILE)
    piece = bytes(uploads.LARGEST_PIECE)
    sent = 0
    with pytest.raises(Invalid, match="upload_too_long"):
        while sent < 51 * 1024 * 1024:
            sent = uploads.put_piece(upload.token, sent, piece).received
    assert sent <= content.LARGEST_FILE
    assert (folder / "incoming" / upload.token).stat().st_size == sent


def test_one_piece_may_not_fill_the_memory() -> None:
    upload = uploads.begin("a.mp4", content.LARGEST_FILE)
    with pytest.raises(Invalid, match="upload_piece"):
        uploads.put_piece(upload.token, 0, io.BytesIO(bytes(uploads.LARGEST_PIECE + 1)))
    assert uploads.upload_of(upload.token).received == 0


def test_a_refused_content_leaves_nothing(folder: Path) -> None:
    upload = uploads.begin("a.jpg", len(corpus.HTML))
    uploads.put_piece(upload.token, 0, corpus.HTML)
    assert plain_bytes(folder) == [upload.token]  # the twin: there was something to leave
    with pytest.raises(Invalid, match="file_content"):
        uploads.finish(upload.token)
    assert plain_bytes(folder) == []
    with pytest.raises(NotFound):
        uploads.upload_of(upload.token)


def test_pieces_are_readable_by_the_program_alone(folder: Path) -> None:
    upload = uploads.begin("a.txt", 6)
    uploads.put_piece(upload.token, 0, b"abc")
    assert stat.S_IMODE((folder / "incoming" / upload.token).stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "incoming").stat().st_mode) == 0o700


@pytest.mark.parametrize("token", ["", "x" * 32, "0" * 32, "../../etc/passwd", "A" * 32, "0" * 5000, "\0"])
def test_a_token_that_is_none_reaches_nothing(token: str, folder: Path) -> None:
    (folder / "passwd").write_text("x")
    for act in (uploads.upload_of, uploads.finish, lambda token: uploads.put_piece(token, 0, b"x")):
        with pytest.raises(NotFound):
            act(token)
    uploads.discard(token)
    assert (folder / "passwd").exists()


def test_tokens_are_random_and_long() -> None:
    tokens = {uploads.begin("a.txt", 6).token for _ in range(20)}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {32}


def test_a_form_without_scripts_sends_the_file_at_once() -> None:
    upload = uploads.take_whole("现场.jpg", len(PICTURE), io.BytesIO(PICTURE))
    assert uploads.ready([upload.token]) == [upload]
    with pytest.raises(Invalid, match="file_content"):
        uploads.take_whole("现场.png", len(PICTURE), io.BytesIO(PICTURE))
    with pytest.raises(ConnectionResetError):
        uploads.take_whole("现场.jpg", len(PICTURE), Broken(PICTURE[:300]))
    assert Upload.objects.count() == 1


def test_20_files_are_taken_and_a_21st_is_told() -> None:
    tokens = [uploads.take_whole("a.txt", 3, io.BytesIO(b"abc")).token for _ in range(21)]
    assert len(uploads.ready(tokens[:20])) == 20
    assert len(uploads.ready(tokens[:20] + tokens[:5])) == 20
    with pytest.raises(Invalid, match="too_many_files") as caught:
        uploads.ready(tokens)
    assert "20" in caught.value.sentence and "21" in caught.value.sentence


def test_what_is_given_up_is_gone(folder: Path) -> None:
    upload = uploads.take_whole("a.txt", 3, io.BytesIO(b"abc"))
    uploads.discard(upload.token)
    uploads.discard(upload.token)
    assert plain_bytes(folder) == [] and not Upload.objects.exists()
    with pytest.raises(NotFound):
        uploads.put_piece(upload.token, 3, b"x")
    assert plain_bytes(folder) == []


def test_uploads_go_after_7_days_and_not_before(folder: Path) -> None:
    with server_time(AT):
        old = uploads.begin("a.txt", 6)
    uploads.put_piece(old.token, 0, b"abc")
    with server_time(AT + timedelta(days=1)):
        young = uploads.begin("a.txt", 6)
    uploads.put_piece(young.token, 0, b"abc")
    lost = folder / "incoming" / "left-by-a-crash"
    lost.write_bytes(b"x")
    fresh = folder / "incoming" / "just-begun"
    fresh.write_bytes(b"x")
    os.utime(lost, (AT.timestamp(), AT.timestamp()))
    os.utime(fresh, ((AT + timedelta(days=6)).timestamp(),) * 2)
    assert uploads.sweep(AT + timedelta(days=6, hours=23)) == 0
    assert uploads.sweep(AT + timedelta(days=7, hours=1)) == 2
    assert plain_bytes(folder) == sorted([young.token, "just-begun"])
    assert uploads.sweep(AT + timedelta(days=7, hours=1)) == 0


def test_a_nearly_full_disk_is_told_before_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def disk(free: int) -> None:
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(total=10_000, free=free))

    disk(400)
    uploads.begin("a.txt", 90)
    disk(299)
    with pytest.raises(Refused, match="disk_full") as caught:
        uploads.begin("a.txt", 1)
    assert "纸质" in caught.value.sentence


def test_all_unfinished_uploads_together_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_INCOMING", 1000)
    for _ in range(30):
        uploads.begin("a.txt", 900)  # announced only: closes the door to nobody
    upload = uploads.begin("a.txt", 900)
    uploads.put_piece(upload.token, 0, bytes(200))
    with pytest.raises(Refused, match="uploads_busy"):
        uploads.begin("a.txt", 900)


def test_a_refusal_inside_a_rolled_back_request_can_be_tried_again() -> None:
    upload = uploads.begin("a.jpg", 6)
    uploads.put_piece(upload.token, 0, b"abcdef")
    with pytest.raises(Invalid), transaction.atomic():
        uploads.finish(upload.token)
    with pytest.raises(uploads.WrongOffset) as caught:
        uploads.put_piece(upload.token, 6, b"")
    assert caught.value.offset == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_clients_with_one_token_each_byte_is_taken_once() -> None:
    data = b"".join(b"%07d\n" % number for number in range(500))
    upload = uploads.begin("a.txt", len(data))
    failures: list[BaseException] = []

    def client() -> None:
        try:
            place = 0
            while place < len(data):
                try:
                    place = uploads.put_piece(upload.token, place, data[place : place + 400]).received
                except uploads.WrongOffset as wrong:
                    place = wrong.offset
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert bytes_of(uploads.finish(upload.token)) == data
