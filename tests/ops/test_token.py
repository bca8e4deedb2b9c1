"""`huiyin token` makes a token that opens the programs' face, names it without showing it, and ends it."""

from __future__ import annotations

import pytest
from django.test import Client

from huiyin.ops import main
from huiyin.org.models import ApiToken
from tests.cases import world as made


@pytest.fixture(autouse=True)
def started(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made.build()
    monkeypatch.setattr("huiyin.ops.token.check_start", lambda: None)
    monkeypatch.setattr(main, "settle_data_folder", lambda given: None)


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main.main(["token", *words])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_a_token_is_shown_once_listed_without_its_text_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _err = answer(capsys, "create", "officer", "--name", "数据大屏")
    text = out.strip()
    headers = {"Authorization": f"Bearer {text}"}
    assert status == 0 and Client().get("/api/v1/cases", headers=headers).status_code == 200
    token = ApiToken.objects.get()
    assert token.is_list_only and token.expires_at is not None
    _status, listed, _err = answer(capsys, "list", "officer")
    assert text not in listed and listed.split("\t")[:3] == [str(token.pk), "officer", "list"]
    assert answer(capsys, "list", "handler")[1] == ""
    assert answer(capsys, "revoke", str(token.pk))[0] == 0
    assert Client().get("/api/v1/cases", headers=headers).status_code == 401
    assert answer(capsys, "list")[1] == ""


@pytest.mark.parametrize(
    "words",
    [
        ["create", "nobody", "--name", "报表"],
        ["create", "officer", "--name", " "],
        ["create", "officer", "--name", "报表", "--days", "400"],
        ["revoke", "999"],
    ],
)
def test_what_can_not_be_is_one_sentence_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    status, out, err = answer(capsys, *words)
    assert (status, out, err.count("\n")) == (2, "", 1) and err.startswith("huiyin: ")
    assert not ApiToken.objects.exists()


def test_a_wider_scope_is_asked_for_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    answer(capsys, "create", "officer", "--name", "报表", "--scope", "whole", "--days", "366")
    assert not ApiToken.objects.get().is_list_only
