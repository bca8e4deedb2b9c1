"""What may come in and what may not: extension and content must agree, and every refusal says what to do."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile

import pytest

from huiyin.kernel.errors import Invalid
from huiyin.papers import content, office
from tests.files import corpus


def refusal(name: str, data: bytes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        content.check(io.BytesIO(data), name)
    return caught.value


@pytest.mark.parametrize("name", corpus.GOOD)
def test_what_people_send_is_taken(name: str) -> None:
    make, media_type = corpus.GOOD[name]
    assert content.check(io.BytesIO(make()), name) == media_type


@pytest.mark.parametrize("case", corpus.HOSTILE)
def test_what_attackers_send_is_refused_with_advice(case: str) -> None:
    name, make, code = corpus.HOSTILE[case]
    refused = refusal(name, make())
    assert refused.code == code
    assert refused.field == "files"
    assert "请" in refused.sentence or "可以上传" in refused.sentence
    assert f"“{name}”" in refused.sentence


def test_the_corpus_is_large_enough() -> None:
    assert len(corpus.HOSTILE) >= 60


def test_a_wrong_ending_is_named_with_the_right_one() -> None:
    assert "改成 .png" in refusal("a.jpg", corpus.png()).sentence
    assert "改成 .jpg" in refusal("a.pdf", corpus.jpeg()).sentence


@pytest.mark.parametrize("cut", range(0, 2000, 37))
def test_a_docx_cut_anywhere_is_refused_and_never_crashes(cut: int) -> None:
    data = corpus.docx_from_word()
    assert refusal("a.docx", data[: len(data) - 1 - cut]).code in {"file_damaged", "file_content"}


@pytest.mark.parametrize("seed", range(40))
def test_a_changed_byte_never_crashes(seed: int) -> None:
    data = bytearray(corpus.office("docx", ("word/a.xml", b"<a/>" * 100)))
    for step in range(1, 6):
        place = (seed * 7919 + step * 104_729) % len(data)
        data[place] ^= 1 << (seed % 8)
    try:
        content.check(io.BytesIO(bytes(data)), "a.docx")
    except Invalid as refused:
        assert refused.code.startswith("file_")


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    data = corpus.office("docx", ("word/media/a.bin", bytes(60_000_000)))
    tracemalloc.start()
    begun = time.perf_counter()
    assert refusal("a.docx", data).code == "file_bomb"
    assert time.perf_counter() - begun < 1
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


def test_a_large_honest_workbook_is_taken_in_little_memory() -> None:
    rows = b"".join(b'<c r="A%d"><v>%d</v></c>' % (row, row * 7919 % 100_003) for row in range(300_000))
    data = corpus.office("xlsx", ("xl/worksheets/sheet1.xml", rows))
    file = io.BytesIO(data)
    tracemalloc.start()
    begun = time.perf_counter()
    content.check(file, "a.xlsx")
    assert time.perf_counter() - begun < 5
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


def test_limits_are_those_of_the_product() -> None:
    assert (content.MOST_FILES, content.LARGEST_FILE) == (20, 52_428_800)
    assert (office.MOST_ENTRIES, office.LARGEST_TOTAL, office.LARGEST_RATIO) == (2000, 524_288_000, 100)


def test_a_zip64_end_record_is_not_believed() -> None:
    data = corpus.office()
    end = data.rindex(b"PK\x05\x06")
    forged = data[:end] + b"PK\x06\x06" + bytes(52) + b"PK\x06\x07" + bytes(16) + data[end:]
    assert refusal("a.docx", forged).code in {"file_bomb", "file_damaged"}


def test_two_entries_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = corpus.office("docx", ("word/document.xml", b"<other/>"))
    assert refusal("a.docx", data).code == "file_damaged"
    assert len(zipfile.ZipFile(io.BytesIO(data)).infolist()) == 4  # the twin: the archive itself opens


def test_size_is_told_before_content_is_read() -> None:
    content.check_size(content.LARGEST_FILE, "a.pdf")
    with pytest.raises(Invalid, match="file_too_large") as caught:
        content.check_size(content.LARGEST_FILE + 1, "a.pdf")
    assert "50 MB" in caught.value.sentence
    with pytest.raises(Invalid, match="file_empty"):
        content.check_size(0, "a.pdf")
