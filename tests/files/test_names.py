"""Names of files: nothing hidden in them, never a path, always short enough, whole in the header."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from huiyin.kernel.errors import Invalid
from huiyin.papers.content import check_name
from huiyin.papers.names import NAME_LIMIT, clean_name, disposition, extension_of


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("情况说明.pdf", "情况说明.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\张三\\说明.pdf", "说明.pdf"),
        ("/etc/说明.pdf", "说明.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ('a"b;c.pdf', "a_b_c.pdf"),
        ("零\u200b宽\ufeff.pdf", "零宽.pdf"),
        ("说明.pdf. . ", "说明.pdf"),
        (".pdf", "文件.pdf"),
        ("", "文件"),
        ("///", "文件"),
        ("..", "文件"),
        ("con.pdf", "_con.pdf"),
        ("𠮷野家.pdf", "𠮷野家.pdf"),
        ("  多   空格 .pdf", "多 空格.pdf"),
    ],
)
def test_a_name_is_kept_without_its_dangers(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


def test_a_name_turned_round_shows_its_true_ending_and_is_refused() -> None:
    assert clean_name("照片\u202egpj.exe") == "照片gpj.exe"
    with pytest.raises(Invalid, match="file_kind"):
        check_name("照片\u202egpj.exe")
    assert check_name("照片\u202eexe.jpg") == "照片exe.jpg"


def test_a_name_of_5000_characters_is_cut_and_keeps_its_ending() -> None:
    name = check_name("长" * 5000 + ".pdf")
    assert len(name) == NAME_LIMIT == 120
    assert name.endswith("长.pdf")
    assert len(clean_name("x" * 5000)) == 120


@given(some.text(max_size=300))
def test_no_name_crashes_or_leaves_anything_hidden(name: str) -> None:
    kept = clean_name(name)
    assert 0 < len(kept) <= NAME_LIMIT
    assert not set(kept) & set('/\\"\r\n\0\u202e\u2066')
    header = disposition(name)
    assert header.isascii() and "\n" not in header and header.count('"') == 2
    assert unquote(header.partition("filename*=UTF-8''")[2]) == clean_name(kept)


def test_a_header_holds_the_name_twice() -> None:
    assert disposition("情况说明 1.pdf") == (
        "attachment; filename=\"____ 1.pdf\"; filename*=UTF-8''%E6%83%85%E5%86%B5%E8%AF%B4%E6%98%8E%201.pdf"
    )
    assert 'filename="file.pdf"' in disposition("情况.pdf")


def test_only_a_short_plain_ending_is_an_ending() -> None:
    assert extension_of("a.PDF") == "pdf"
    assert extension_of("2026.3.5的事") == ""
    assert extension_of("a." + "x" * 5000) == ""
