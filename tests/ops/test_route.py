"""`huiyin route`: the answer for programs and for people, and a sentence with status 2 for what can't be."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from huiyin.ops import main

KEYS = {"route", "organ", "last_day", "days_left", "article", "materials", "employer_duty", "unknown"}


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main.main(["route", *words])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.fixture
def wages(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text('{"matter": "pay", "employed": false, "left_on": "2025.12.25"}', "utf-8")
    return path


def test_the_answer_for_programs_has_its_keys(capsys: pytest.CaptureFixture[str], wages: Path) -> None:
    status, out, _ = ask(capsys, "--facts", str(wages), "--on", "2026-11-24", "--json")
    answer = json.loads(out)
    assert status == 0 and set(answer) == {"on", "facts", "routes", "pending", "caution"}
    [way] = answer["routes"]
    assert set(way) >= KEYS
    assert (way["route"], way["last_day"], way["days_left"]) == ("劳动报酬争议仲裁", "2026-12-25", 31)


def test_the_answer_for_people_says_the_last_day_in_words(capsys: pytest.CaptureFixture[str], wages: Path) -> None:
    status, out, _ = ask(capsys, "--facts", str(wages), "--on", "2026.11.24")
    assert status == 0 and "还有 31 天（2026年12月25日 周五）" in out and "不保证上述期限停止计算" in out


def test_toml_is_understood_also_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('injury_stage = "recognition"\naccident_on = 2026-10-30\n'))
    status, out, _ = ask(capsys, "--facts", "-", "--on", "2026-11-24", "--json")
    assert status == 0 and json.loads(out)["routes"][0]["employer_last_day"] == "2026-11-30"


def test_the_questions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = ask(capsys, "--questions", "--json")
    assert status == 0 and {"matter", "left_on"} <= {entry["fact"] for entry in json.loads(out)}
    assert "事故是哪一天发生的？" in ask(capsys, "--questions")[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "既不是 JSON 也不是 TOML"),
        ("[1]", "不是列表"),
        ('{"salary": 1}', "没有“salary”这一项"),
        ('{"matter": 5}', "选一项"),
        ('{"matter": "pay", "matter": "pay"}', "写了两次"),
        ('{"matter": "pay", "left_on": "2026-12-01"}', "还没有到的日子"),
        ("", "请先选择是什么事"),
    ],
)
def test_what_can_t_be_is_one_sentence_and_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "facts"
    path.write_text(text, "utf-8")
    status, out, err = ask(capsys, "--facts", str(path), "--on", "2026-11-24")
    assert (status, out) == (2, "") and words in err


def test_a_file_that_isn_t_there_or_isn_t_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for words in (
        ["--facts", str(tmp_path / "none")],
        ["--facts", str(tmp_path / "bytes")],
        [],
        ["--facts", "-", "--on", "x"],
    ):
        status, out, err = ask(capsys, *words)
        assert (status, out) == (2, "") and err
