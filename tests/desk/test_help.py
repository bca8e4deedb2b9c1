"""The help page: the guide's own words, read without HTML; each post its chapter; keys that are there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from huiyin.desk import guide
from huiyin.org.models import User
from huiyin.org.permissions import Role
from tests.cases import world as made


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_every_role_has_a_chapter_that_is_read_whole(role: Role) -> None:
    [chapter] = guide.chapters_for([role])
    assert chapter[0].kind == "heading"
    lines = [line for block in chapter for line in block.lines]
    lines += [cell for block in chapter for row in block.rows for cell in row]
    text = "".join(piece.text for line in lines for piece in line)
    assert not any(mark in text for mark in ("**", "`", "|", "# ", "]("))


def test_what_is_no_mark_stays_text() -> None:
    [block] = guide.blocks("<b>不是标签</b>，**重点**和`N`")
    assert [(piece.kind, piece.text) for piece in block.lines[0]] == [
        ("text", "<b>不是标签</b>，"), ("strong", "重点"), ("text", "和"), ("code", "N"),
    ]  # fmt: skip


def test_lists_and_tables_keep_their_rows() -> None:
    found = guide.blocks("# 题\n- 一\n- 二\n\n1. 甲\n2. 乙\n\n| 头 | 尾 |\n|---|---|\n| 1 | 2 |")
    assert [(block.kind, len(block.lines), len(block.rows)) for block in found] == [
        ("heading", 0, 0), ("bullets", 2, 0), ("numbers", 2, 0), ("table", 0, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "own", "other"), [("officer", "信访专员怎么用", "三员"), ("admin", "三员", "信访专员怎么用")]
)
def test_help_shows_one_s_own_chapter_and_keys(db: None, name: str, own: str, other: str) -> None:
    made.build()
    signed = Client()
    signed.force_login(User.objects.get(username=name))
    page = signed.get(reverse("desk:help")).content.decode()
    assert own in page and other not in page and "<kbd>?</kbd>" in page
    assert ("登记新来件" in page) == (name == "officer")
    assert 'data-key="?"' in signed.get(reverse("desk:work")).content.decode()
