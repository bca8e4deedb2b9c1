from __future__ import annotations

import dataclasses
import hashlib
import time
import unicodedata
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import segno
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from huiyin.papers import templates, typefaces, writers
from tests.papers.reading import W, bare, docx_part, docx_text, joined, page_count, pdf_text
from tests.papers.samples import CODE, FIELDS, HEAD, WORDS

KINDS = sorted(FIELDS)


@pytest.mark.parametrize("kind", KINDS)
def test_both_writers_write_the_same_text(kind: str) -> None:
    said = joined(writers.lines(kind, FIELDS[kind], **HEAD))
    assert bare(pdf_text(writers.pdf(kind, FIELDS[kind], **HEAD))) == said
    assert bare(docx_text(writers.docx(kind, FIELDS[kind], **HEAD))) == said


def test_a_word_more_in_one_writer_would_be_seen() -> None:
    said = joined(writers.lines("D3", FIELDS["D3"], **HEAD))
    other = FIELDS["D3"] | {"reason": str(FIELDS["D3"]["reason"]) + "另"}
    assert bare(pdf_text(writers.pdf("D3", other, **HEAD))) != said
    assert bare(docx_text(writers.docx("D3", other, **HEAD))) != said


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_has_head_number_date_and_place_for_the_seal(kind: str) -> None:
    text = bare(pdf_text(writers.pdf(kind, FIELDS[kind], **HEAD)))
    assert text.startswith("华远石化集团有限公司")
    assert text.endswith("华远石化集团有限公司（盖章）2026年8月3日")
    assert "信受〔2026〕12号" in text


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_stands_in_the_paper(kind: str) -> None:
    text = "".join(writers.lines(kind, FIELDS[kind], **HEAD))
    for name, value in FIELDS[kind].items():
        known = templates.template(kind).fields[name]
        if known.shape in {"date", "moment"} or known.words or name in {"query_code", "is_in_final_review"}:
            continue
        for item in [value] if isinstance(value, str) else value:
            parts = item.items() if isinstance(item, dict) else [("", item)]
            shown = {one.name for one in known.columns if not one.words and one.shape == "text"} | {""}
            for column, part in parts:
                if column in shown:
                    assert all(line in text for line in part.split("\n")), (kind, name)


def test_dates_are_written_as_officials_write_them() -> None:
    text = "".join(writers.lines("D13", FIELDS["D13"], **HEAD))
    assert "已于2026年8月3日受理" in text
    assert "延长后的办结期限为2026年11月2日" in text


def test_the_receipt_tells_the_servers_time_in_the_enterprises_zone() -> None:
    assert "2026年8月3日 10:24" in writers.lines("D1", FIELDS["D1"], **HEAD)


def test_codes_become_words() -> None:
    assert "处理意见：予以支持。" in writers.lines("D14", FIELDS["D14"], **HEAD)
    assert "直接送达" in writers.lines("D19", FIELDS["D19"], **HEAD)
    assert any("第三十一条第二项规定" in line for line in writers.lines("D6", FIELDS["D6"], **HEAD))


def test_the_receipt_shows_the_code_in_fours_and_says_it_is_the_only_way_back() -> None:
    text = "\n".join(writers.lines("D1", FIELDS["D1"], **HEAD))
    assert "7K3M 9QWX 2TAB CD01\n23EF GHJK MNPQ" in text
    assert "唯一凭证" in text
    assert CODE not in text


def test_a_receipt_without_code_has_no_panel_for_it() -> None:
    fields = {name: value for name, value in FIELDS["D1"].items() if not name.startswith("query")}
    text = bare(pdf_text(writers.pdf("D1", fields, **HEAD)))
    assert "查询码" not in text


def test_the_qr_holds_the_address_with_the_code_behind_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    make = segno.make

    def watched(content: str, **options: Any) -> Any:
        seen.append(content)
        return make(content, **options)

    monkeypatch.setattr(segno, "make", watched)
    writers.pdf("D1", FIELDS["D1"], **HEAD)
    writers.pdf("D1", FIELDS["D1"] | {"query_address": f"https://h.example/t#{CODE}"}, **HEAD)
    assert seen == [f"https://huiyin.example/track#{CODE}", f"https://h.example/t#{CODE}"]


def test_what_is_missing_stands_in_its_place_in_a_draft() -> None:
    lines = writers.lines("D13", FIELDS["D13"] | {"reason": ""}, **(HEAD | {"number": ""}))
    assert "延期理由：〔延期理由：待填〕" in lines
    assert "（草稿，未编号）" in lines


HOSTILE = '#read("/etc/passwd") *x* $y$ _z_ `q` <label> @ref \\ // {x} [y] = -- ~ 张<三>& ]]> &amp; {reason}'


def test_markup_in_what_people_write_is_text() -> None:
    fields = FIELDS["D13"] | {"reason": HOSTILE, "addressee": HOSTILE}
    said = joined(writers.lines("D13", fields, **HEAD))
    assert bare(HOSTILE) in said
    assert bare(pdf_text(writers.pdf("D13", fields, **HEAD))) == said
    assert bare(docx_text(writers.docx("D13", fields, **HEAD))) == said


def test_rare_characters_of_names_are_drawn() -> None:
    fields = FIELDS["D13"] | {"addressee": "䶮㛃堃𬭎"}
    assert "䶮㛃堃𬭎：" in bare(pdf_text(writers.pdf("D13", fields, **HEAD)))


def test_what_no_font_has_becomes_a_box() -> None:
    fields = FIELDS["D13"] | {"reason": "很难过😭️，钱‮没发\x00\x07"}
    for text in (
        pdf_text(writers.pdf("D13", fields, **HEAD)),
        docx_text(writers.docx("D13", fields, **HEAD)),
    ):
        assert "很难过□，钱没发" in bare(text)


def test_five_thousand_characters_run_over_many_pages() -> None:
    words = WORDS.replace("\n", "") * 50
    fields = FIELDS["D1"] | {"text": words[:5000]}
    data = writers.pdf("D1", fields, **HEAD)
    assert page_count(data) >= 4
    assert bare(pdf_text(data)) == joined(writers.lines("D1", fields, **HEAD))


def test_a_long_word_breaks_instead_of_leaving_the_page() -> None:
    for word in ("a" * 400, "1234567890" * 40, "!?" * 200, "—" * 200, "。" * 200):
        fields = FIELDS["D13"] | {"reason": word}
        document = pypdfium2.PdfDocument(writers.pdf("D13", fields, **HEAD))
        for page in document:
            text = page.get_textpage()
            drawn = [place for place in range(text.count_chars()) if text.get_text_range(place, 1).strip()]
            assert max(text.get_charbox(place)[2] for place in drawn) <= 210 / 25.4 * 72 - 26 / 25.4 * 72 + 1, word[:3]
        document.close()


def test_a_cell_longer_than_a_page_goes_on_overleaf() -> None:
    fields = FIELDS["D13F"] | {"reason": WORDS.replace("\n", "") * 30}
    data = writers.pdf("D13F", fields, **HEAD)
    assert page_count(data) >= 2
    assert bare(pdf_text(data)) == joined(writers.lines("D13F", fields, **HEAD))


def test_a_long_unit_stays_on_one_line_of_the_head() -> None:
    unit = "中国华远石油化工集团有限公司滨海炼化分公司检维修中心"
    for kind in ("D2", "D1"):
        data = writers.pdf(kind, FIELDS[kind], unit=unit, number="信受〔2026〕1号", on=HEAD["on"])
        assert pdf_text(data).startswith(unit)


def test_the_same_words_give_the_same_bytes() -> None:
    assert writers.pdf("D14", FIELDS["D14"], **HEAD) == writers.pdf("D14", FIELDS["D14"], **HEAD)


def test_fictional_data_is_marked_on_every_page_and_real_data_is_not(settings: Any) -> None:
    settings.ENTERPRISE = dataclasses.replace(settings.ENTERPRISE, is_fictional=True)
    data = writers.pdf("D14", FIELDS["D14"], **HEAD)
    assert bare(pdf_text(data)).count("所有数据为虚构演示") == page_count(data)
    copy = writers.docx("D14", FIELDS["D14"], **HEAD)
    for footer in ("word/footer1.xml", "word/footer2.xml"):
        assert "所有数据为虚构演示" in "".join(e.text or "" for e in docx_part(copy, footer).iter(f"{W}t"))
    settings.ENTERPRISE = dataclasses.replace(settings.ENTERPRISE, is_fictional=False)
    assert "虚构" not in pdf_text(writers.pdf("D14", FIELDS["D14"], **HEAD))


def test_the_docx_names_chinese_fonts_indents_by_characters_and_keeps_lines_exact() -> None:
    body = docx_part(writers.docx("D2", FIELDS["D2"], **HEAD))
    fonts = [run.get(f"{W}eastAsia") for run in body.iter(f"{W}rFonts")]
    assert set(fonts) == {"方正小标宋简体", "黑体", "仿宋_GB2312"}
    indents = [indent.get(f"{W}firstLineChars") for indent in body.iter(f"{W}ind")]
    assert indents and set(indents) == {"200"}
    lines = {
        (spacing.get(f"{W}line"), spacing.get(f"{W}lineRule"))
        for spacing in body.iter(f"{W}spacing")
        if spacing.get(f"{W}lineRule")
    }
    assert ("578", "exact") in lines
    margins = next(body.iter(f"{W}pgMar"))
    millimetres = [round(int(margins.get(f"{W}{side}", "0")) / 56.7) for side in ("top", "bottom", "left", "right")]
    assert millimetres == [37, 35, 28, 26]


def test_a_font_that_is_not_there_stops_the_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    families, weights = writers._fonts(typefaces.files())
    monkeypatch.setattr(writers, "_fonts", lambda paths: (families | {"body": ["No Such Song"]}, weights))
    with pytest.raises(writers.UnclearPaper, match="no such song"):
        writers.pdf("D3", FIELDS["D3"], **HEAD)


def test_a_customers_fonts_are_taken_before_the_shipped(settings: Any, tmp_path: Path) -> None:
    own = tmp_path / "FangSong.ttf"
    own.write_bytes((typefaces.SHIPPED / "NotoSerifSC-Regular.ttf").read_bytes())
    settings.FONT_DIR = tmp_path
    assert typefaces.files()[0] == own
    assert bare(pdf_text(writers.pdf("D3", FIELDS["D3"], **HEAD)))


def test_the_shipped_fonts_are_those_of_the_list() -> None:
    rows = [line.split() for line in (typefaces.SHIPPED / "SHA256SUMS.txt").read_text("utf-8").splitlines()]
    listed = {name: digest for digest, name in rows}
    assert set(listed) == {path.name for path in typefaces.SHIPPED.iterdir()} - {"SHA256SUMS.txt"}
    for name, digest in listed.items():
        assert hashlib.sha256((typefaces.SHIPPED / name).read_bytes()).hexdigest() == digest


def test_the_shipped_fonts_have_all_of_gb2312_and_gbk() -> None:
    have = typefaces.characters()
    for encoding in ("gb2312", "gbk"):
        for high in range(0x81, 0xFF):
            for low in range(0x40, 0xFF):
                try:
                    character = bytes([high, low]).decode(encoding)
                except UnicodeDecodeError:
                    continue
                if "CJK UNIFIED" in unicodedata.name(character, ""):
                    assert ord(character) in have, character


@given_settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_no_text_whatever_stops_a_writer(text: str) -> None:
    fields = FIELDS["D13"] | {"reason": text or "无", "addressee": text[:20]}
    said = joined(writers.lines("D13", fields, **HEAD))
    writers.pdf("D13", fields, **HEAD)
    assert bare(docx_text(writers.docx("D13", fields, **HEAD))) == said


def test_a_receipt_is_there_in_less_than_three_tenths_of_a_second() -> None:
    writers.pdf("D1", FIELDS["D1"], **HEAD)
    best = 9.0
    for turn in range(5):
        start = time.perf_counter()
        writers.pdf("D1", FIELDS["D1"] | {"text": f"{WORDS}{turn}"}, **HEAD)
        best = min(best, time.perf_counter() - start)
    assert best < 0.3


def ledger(rows: int) -> dict[str, Any]:
    hazards = FIELDS["D25H"]["hazards"]
    assert isinstance(hazards, list) and isinstance(hazards[0], dict)
    return FIELDS["D25H"] | {"hazards": [hazards[0] | {"no": str(place)} for place in range(1, rows + 1)]}


def test_a_ledger_lies_across_and_repeats_its_head_on_each_page() -> None:
    data = writers.pdf("D25H", ledger(30), **HEAD)
    document = pypdfium2.PdfDocument(data)
    assert len(document) >= 3
    for page in list(document)[:2]:
        assert page.get_width() > page.get_height()
        assert "问题描述" in bare(page.get_textpage().get_text_range())
    document.close()
    body = docx_part(writers.docx("D25H", ledger(30), **HEAD))
    assert len(list(body.iter(f"{W}tblHeader"))) == 1
    assert next(body.iter(f"{W}pgSz")).get(f"{W}orient") == "landscape"


def test_a_table_without_rows_says_so_or_names_what_is_missing() -> None:
    assert "没有发现问题。" in writers.lines("D25I", FIELDS["D25I"] | {"findings": []}, **HEAD)
    assert "〔隐患：待填〕" in writers.lines("D25H", FIELDS["D25H"] | {"hazards": []}, **HEAD)


@pytest.mark.parametrize("kind", KINDS)
def test_no_page_has_a_signature_alone(kind: str) -> None:
    document = pypdfium2.PdfDocument(writers.pdf(kind, FIELDS[kind], **HEAD))
    last = bare(document[len(document) - 1].get_textpage().get_text_range())
    document.close()
    assert not last.startswith("华远石化集团有限公司（盖章）")
    assert not last.startswith("特此")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_required_leaves_no_hole(kind: str) -> None:
    """A paper with its required fields alone is whole, and no line of it is a label without its words."""
    known = templates.template(kind).fields
    fields = {name: value for name, value in FIELDS[kind].items() if known[name].is_required}
    assert templates.missing(kind, fields) == []
    lines = writers.lines(kind, fields, **HEAD)
    bare_labels = [
        line
        for line in lines
        if line.endswith("：") and len(line) < 12 and not line.endswith(f"{fields.get('addressee')}：")
    ]
    assert bare_labels == []
