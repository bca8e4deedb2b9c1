"""The console command: what it knows, what it answers, how it refuses."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest

from huiyin.kernel.actors import System
from huiyin.ops import main
from huiyin.trail import checkpoints, events, receipts
from huiyin.trail.moments import server_now


@pytest.fixture(autouse=True)
def stay_in_this_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "settle_data_folder", lambda _given: None)


def answer(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main.main(words)
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_every_command_can_be_run(name: str) -> None:
    assert callable(import_module(main.COMMANDS[name].module).run)


@pytest.mark.parametrize("name", sorted(main.COMMANDS))
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.parser_of(main.COMMANDS).parse_args([name, "--help"])
    assert ended.value.code == 0
    assert "--data" in capsys.readouterr().out


# The three dates of the issue, and what a year without a published calendar says.
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["notice", "--from", "2026-02-01T09:00"], ("2026-02-24", "2026-02-16", "2026-02-14", False)),
        (["objection", "--from", "2026-09-30T09:00"], ("2026-10-13", "2026-10-13", "2026-10-13", False)),
        (["decision", "--from", "2026-08-03T09:00"], ("2026-10-08", "2026-10-02", "2026-09-30", False)),
        (
            ["decision", "--from", "2026-08-03T09:00", "--extend", "30"],
            ("2026-11-02", "2026-11-01", "2026-10-30", False),
        ),
        (["notice", "--from", "2027-03-01"], ("2027-03-16", "2027-03-16", "2027-03-16", True)),
    ],
)
def test_explain_answers_for_programs(
    words: list[str], expected: tuple[str, str, str, bool], capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = answer(["explain", *words, "--json"], capsys)
    found = json.loads(out)
    assert status == 0
    assert (found["due"], found["unrolled"], found["internal_target"], found["provisional"]) == expected
    assert set(found) == set(
        ["rule", "due", "unrolled", "internal_target", "provisional", "source", "calendar", "policy", "days"]
    )
    assert set(found["days"][0]) == {"date", "counted", "reason"}


def test_explain_answers_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = answer(["explain", "notice", "--from", "2026-02-01T09:00"], capsys)
    assert status == 0
    assert "顺延到2026年2月24日" in out


@pytest.mark.parametrize("words", [["nothing", "--from", "2026-02-01"], ["notice", "--from", "yesterday"]])
def test_what_can_not_be_explained_is_said_in_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = answer(["explain", *words], capsys)
    assert (status, out, err.count("\n")) == (main.CANNOT, "", 1)
    assert err.startswith("huiyin: ")


@pytest.mark.django_db
def test_verify_passes_on_an_untouched_record(capsys: pytest.CaptureFixture[str]) -> None:
    events.append(events.new_subject("case"), "received", by=System("test"), at=server_now())
    status, out, _ = answer(["verify"], capsys)
    assert status == 0, out
    status, out, _ = answer(["verify", "--json"], capsys)
    assert (status, json.loads(out)["ok"]) == (0, True)


@pytest.mark.django_db
def test_verify_names_the_first_bad_place_and_ends_with_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    subject = events.new_subject("case")
    events.append(subject, "received", by=System("test"), at=server_now())
    type(subject).objects.filter(pk=subject.pk).update(head_seq=9)
    status, out, _ = answer(["verify"], capsys)
    assert status == 1
    assert out.startswith("verify: FIRST BAD PLACE ")
    assert str(subject.pk) in out.splitlines()[0] or subject.public_id in out.splitlines()[0]


@pytest.mark.django_db
def test_a_receipt_is_proved_from_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = events.append(events.new_subject("case"), "received", by=System("test"), at=server_now())
    checkpoints.grow(server_now())
    checkpoints.sign(server_now(), force=True)
    file = tmp_path / "receipt.json"
    document = receipts.proof_of(event)
    file.write_text(json.dumps(document), "utf-8")
    assert answer(["verify", "--receipt", str(file)], capsys)[0] == 0
    document["leaf"] = "00" * 32
    file.write_text(json.dumps(document), "utf-8")
    status, out, _ = answer(["verify", "--receipt", str(file)], capsys)
    assert status == 1
    assert "NOT proved" in out


@pytest.mark.django_db
def test_a_receipt_file_that_is_not_there_or_not_json_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = answer(["verify", "--receipt", str(tmp_path / "gone.json")], capsys)
    assert (status, err.count("\n")) == (main.CANNOT, 1)
    (tmp_path / "x.json").write_bytes(b"\xff\x00")
    assert answer(["verify", "--receipt", str(tmp_path / "x.json")], capsys)[0] == 1


@pytest.mark.django_db
def test_a_bad_calendar_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "2027.json").write_text("{}", "utf-8")
    status, _, err = answer(["calendar", "add", str(tmp_path / "2027.json")], capsys)
    assert status == main.CANNOT
    assert "2027.json" in err


def test_without_a_name_the_data_folder_is_beside_the_caller(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUIYIN_DATA")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
    main.settle_data_folder(None)
    import os

    assert os.environ["HUIYIN_DATA"] == str(tmp_path / "data")
    main.settle_data_folder(Path("/srv/huiyin"))
    assert os.environ["HUIYIN_DATA"] == "/srv/huiyin"
    monkeypatch.setenv("HUIYIN_DATA", str(tmp_path))


def test_nothing_is_taken_for_an_argument_of_another_command() -> None:
    options = main.parser_of(main.COMMANDS).parse_args(["serve", "--port", "8123", "--no-tick", "--data", "/d"])
    assert isinstance(options, argparse.Namespace)
    assert (options.port, options.no_tick, options.data) == (8123, True, Path("/d"))
