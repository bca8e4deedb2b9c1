"""Scans into text: how much is read right, and what happens where it is not read."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from huiyin.kernel.errors import Invalid, NotFound
from huiyin.papers import scan_reader, scans, uploads
from huiyin.papers.models import Upload
from huiyin.papers.scan_reader import Line
from huiyin.trail.moments import server_now
from tests.papers import letters_pictured

A_READER = (sys.executable, str(Path(__file__).with_name("a_reader.py")))
FAILS = (sys.executable, "-c", "import sys; sys.exit(9)")
HANGS = (sys.executable, "-c", "import time; time.sleep(60)")
OWNER = 7


def blank() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (300, 400), "white").save(kept, "JPEG")
    return kept.getvalue()


def uploaded(data: bytes, name: str = "来信.jpg") -> Upload:
    return uploads.take_whole(name, len(data), io.BytesIO(data))


def read(data: bytes) -> scans.Scan:
    upload = uploaded(data)
    scans.begin(upload, user_id=OWNER)
    scans.read_scan.call(upload.token)
    return scans.scan_of(upload.token, user_id=OWNER)


def test_a_tilted_noisy_letter_is_read_right_to_98_in_100(tmp_path: Path) -> None:
    """The figures of docs/decisions/0020: `pytest -s tests/papers/test_scans.py -k 98_in_100`."""
    source, began = tmp_path / "letter.jpg", time.monotonic()
    source.write_bytes(letters_pictured.letter(tilt=2, noise=40, blur=0.7))
    command = [sys.executable, "-m", "huiyin.papers.scan_reader", str(source), str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)
    text = scans._get(tmp_path, "1.json")["text"]
    share = letters_pictured.share_right(text)
    print(f"{share:.1%} right in {time.monotonic() - began:.1f} s")
    assert share >= 0.98, text
    assert scans._get(tmp_path, "done.json")["reader"].startswith("rapidocr")


def test_the_measure_sees_a_wrong_reading() -> None:
    right = "".join(letters_pictured.WORDS)
    assert letters_pictured.share_right(right) == 1
    assert letters_pictured.share_right(right.replace("班", "斑")) < 0.98


def test_the_models_stay_out_of_the_server() -> None:
    named = "import huiyin.papers.scan_reader, sys; print({'onnxruntime', 'cv2', 'rapidocr_onnxruntime'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", named], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_the_reader_bounds_its_own_memory(tmp_path: Path) -> None:
    """An allocation above the bound fails inside the program and leaves everybody else alone."""
    code = "import resource, huiyin.papers.scan_reader as r; r.run = lambda *_: len(bytearray(r.MOST_MEMORY)); r.main(['', ''])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert told.returncode != 0 and "MemoryError" in told.stderr


def test_without_the_library_the_pictures_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_reader, "_reader", lambda: None)
    source = tmp_path / "a.jpg"
    source.write_bytes(blank())
    assert scan_reader.run(source, tmp_path) == scan_reader.NO_READER
    assert (tmp_path / "1.jpg").exists() and not (tmp_path / "1.json").exists()
    assert scans._get(tmp_path, "done.json") == {"pages": 1, "reader": ""}


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    def column(left: float, word: str) -> list[Line]:
        return [Line(word * 12, 1, left, 40.0 * no, left + 400, 40.0 * no + 30) for no in range(4)]

    ordered = scan_reader.in_reading_order([*column(500, "右"), *column(0, "左")])
    assert "".join(line.text[0] for line in ordered) == "左" * 4 + "右" * 4
    form = [Line("姓名", 1, 0, 0, 60, 30), Line("王五", 1, 300, 2, 360, 32), Line("电话", 1, 0, 50, 60, 80)]
    assert scan_reader.as_text(scan_reader.in_reading_order(form)) == "姓名 王五\n电话"


@pytest.mark.django_db
class TestReading:
    @pytest.fixture(autouse=True)
    def reader(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[tuple[str, ...]], None]:
        monkeypatch.setattr(scans, "READER", A_READER)
        return lambda command: monkeypatch.setattr(scans, "READER", command)

    def test_pages_are_confirmed_one_by_one_and_the_raw_words_keep_their_hash(self) -> None:
        scan = read(blank())
        assert (scan.pages, scan.count, scan.is_done, scan.reader) == (2, 2, True, "a reader 1")
        raw = scans.raw_hash([scan])
        assert [doubt.no for doubt in scans.doubts_of(scan, 2)] == [1] and scans.doubts_of(scan, 1) == []
        scans.keep_text(scan, 1, scans.text_of(scan, 1), is_confirmed=True)
        scans.keep_text(scan, 2, "请求补发三十八个夜班的津贴。", is_confirmed=False)
        half = scans.scan_of(scan.token, user_id=OWNER)
        assert not half.is_confirmed and scans.confirmed_text([half]) == "欠发夜班津贴"
        scans.keep_text(half, 2, scans.text_of(half, 2), is_confirmed=True)
        whole = scans.scan_of(scan.token, user_id=OWNER)
        assert whole.is_confirmed
        assert scans.confirmed_text([whole]) == "欠发夜班津贴\n请求补发三十八个夜班的津贴。"
        assert scans.raw_hash([whole]) == raw and len(raw) == 64

    def test_leaving_a_confirmed_page_unchanged_keeps_it_confirmed(self) -> None:
        scan = read(blank())
        scans.keep_text(scan, 1, "改过", is_confirmed=True)
        scans.keep_text(scan, 1, "改过\r\n", is_confirmed=False)
        assert scans.scan_of(scan.token, user_id=OWNER).confirmed == {1}
        scans.keep_text(scan, 1, "又改", is_confirmed=False)
        assert scans.scan_of(scan.token, user_id=OWNER).confirmed == frozenset()

    def test_a_failing_reader_ends_the_reading_and_claims_no_words(
        self, reader: Callable[[tuple[str, ...]], None]
    ) -> None:
        reader(FAILS)
        scan = read(blank())
        assert (scan.is_done, scan.failed, scan.pages, scan.reader) == (True, True, 0, "")
        assert scans.raw_hash([scan]) == "" and scans.confirmed_text([scan]) == ""

    def test_a_reader_that_takes_too_long_is_ended(
        self, reader: Callable[[tuple[str, ...]], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader(HANGS)
        monkeypatch.setattr(scans, "MOST_SECONDS", 1)
        assert read(blank()).failed

    def test_nobody_else_finds_it(self) -> None:
        scan = read(blank())
        for token, user_id in ((scan.token, OWNER + 1), ("0" * 32, OWNER), ("../" + scan.token, OWNER)):
            with pytest.raises(NotFound):
                scans.scan_of(token, user_id=user_id)

    def test_only_pages_are_read(self) -> None:
        with pytest.raises(Invalid):
            scans.begin(uploaded("说明".encode(), "说明.txt"), user_id=OWNER)

    def test_what_was_read_goes_with_its_upload(self) -> None:
        gone, kept = read(blank()), read(blank())
        uploads.discard(gone.token)
        assert scans.sweep(server_now()) >= 1
        assert not scans._folder(gone.token).exists() and scans._folder(kept.token).exists()
        assert scans.read_scan.call(gone.token) == "done before"
