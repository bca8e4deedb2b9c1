from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org.models import Unit
from huiyin.papers import delivery, files, issuing
from huiyin.papers.models import Delivery, Paper, StoredFile
from huiyin.trail.models import Subject
from huiyin.trail.verify import verify
from tests.papers.conftest import AT, note, pdf_of
from tests.papers.reading import bare, pdf_text
from tests.papers.samples import FIELDS

TODAY = date(2026, 8, 3)
LATER = AT + timedelta(days=3)


@pytest.fixture
def paper(subject: Subject, unit: Unit, officer: Staff) -> Paper:
    return issuing.seal(issuing.draft(subject, "D14", FIELDS["D14"], unit), officer, AT)


@pytest.fixture
def photo(subject: Subject) -> StoredFile:
    return files.store_bytes(subject, b"\xff\xd8\xff photo", "门前.jpg", "image/jpeg", AT)


def left(photo: StoredFile | None) -> dict[str, Any]:
    return {"place": "职工宿舍3号楼", "refusal": "不愿签字", "witness": "社区工作者李明", "proof": photo}


def test_by_hand_it_is_received_at_once_and_the_return_is_sealed(paper: Paper, officer: Staff) -> None:
    sent = delivery.send(paper, "hand", officer, AT, received_on=TODAY, place="信访接待室")
    assert (sent.received_on, sent.sent_by_id) == (TODAY, officer.user_id)
    assert sent.return_paper is not None and sent.return_paper.number == "炼化信送〔2026〕1号"
    text = bare(pdf_text(pdf_of(sent.return_paper)))
    for words in ("信访事项处理意见书", paper.number, "张建国同志", "王芳", "直接送达", "信访接待室", "2026年8月3日"):
        assert words is not None and words in text


def test_by_hand_without_a_day_is_refused(paper: Paper, officer: Staff) -> None:
    with pytest.raises(Invalid) as caught:
        delivery.send(paper, "hand", officer, AT)
    assert caught.value.field == "received_on"


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=1)])
def test_a_day_before_the_seal_or_in_the_future_is_refused(day: date, paper: Paper, officer: Staff) -> None:
    with pytest.raises(Invalid, match="received_on_impossible"):
        delivery.send(paper, "hand", officer, AT, received_on=day)
    assert not Delivery.objects.exists()


def test_on_the_portal_it_is_received_when_the_person_confirms(paper: Paper, officer: Staff) -> None:
    sent = delivery.send(paper, "portal", officer, AT, has_consent=True)
    assert sent.received_on is None and sent.return_paper is None
    confirmed = delivery.confirm(sent, LATER)
    assert (confirmed.received_on, confirmed.confirmed_at) == (date(2026, 8, 6), LATER)
    assert confirmed.return_paper is not None
    assert "本人于2026-08-0610:24在网上确认收到" in bare(pdf_text(pdf_of(confirmed.return_paper)))


def test_confirming_twice_changes_nothing(paper: Paper, officer: Staff) -> None:
    sent = delivery.send(paper, "portal", officer, AT, has_consent=True)
    first = delivery.confirm(sent, LATER)
    again = delivery.confirm(sent, LATER + timedelta(days=9))
    assert again.received_on == first.received_on
    assert Paper.objects.filter(kind="D19").count() == 1


def test_late_in_the_evening_of_utc_is_the_next_day_here(paper: Paper, officer: Staff) -> None:
    sent = delivery.send(paper, "portal", officer, AT, has_consent=True)
    evening = AT.replace(day=5, hour=16, minute=30)
    assert delivery.confirm(sent, evening).received_on == date(2026, 8, 6)


def test_the_portal_needs_consent(paper: Paper, officer: Staff) -> None:
    with pytest.raises(Invalid, match="consent_missing"):
        delivery.send(paper, "portal", officer, AT)


def test_by_post_the_day_is_entered_when_it_is_known(paper: Paper, officer: Staff) -> None:
    with pytest.raises(Invalid, match="tracking_missing"):
        delivery.send(paper, "post", officer, AT, tracking_no=" ")
    sent = delivery.send(paper, "post", officer, AT, tracking_no="EMS1234567890")
    got = delivery.record_receipt(sent, date(2026, 8, 5), officer, LATER)
    assert got.received_on == date(2026, 8, 5)
    assert got.return_paper is not None
    assert "EMS1234567890" in bare(pdf_text(pdf_of(got.return_paper)))
    with pytest.raises(Refused, match="already_received"):
        delivery.record_receipt(sent, date(2026, 8, 6), officer, LATER)


def test_a_receipt_is_entered_for_post_alone(paper: Paper, officer: Staff) -> None:
    sent = delivery.send(paper, "portal", officer, AT, has_consent=True)
    with pytest.raises(Refused, match="not_by_post"):
        delivery.record_receipt(sent, TODAY, officer, LATER)


@pytest.mark.parametrize(
    ("lacking", "label"),
    [("place", "送达地点"), ("refusal", "拒收的事由"), ("witness", "见证人"), ("proof", "照片或者录像")],
)
def test_leaving_a_paper_needs_place_reason_witness_and_proof(
    lacking: str, label: str, paper: Paper, officer: Staff, photo: StoredFile
) -> None:
    given = left(photo) | {lacking: None if lacking == "proof" else " "}
    with pytest.raises(Invalid) as caught:
        delivery.send(paper, "left", officer, AT, **given)
    assert label in caught.value.sentence
    assert caught.value.field == lacking


def test_a_paper_that_was_left_counts_as_received_that_day(paper: Paper, officer: Staff, photo: StoredFile) -> None:
    sent = delivery.send(paper, "left", officer, AT, **left(photo))
    assert sent.received_on == TODAY
    assert sent.return_paper is not None
    text = bare(pdf_text(pdf_of(sent.return_paper)))
    assert "留置送达" in text and "不愿签字" in text and "社区工作者李明" in text


def test_a_draft_is_not_sent(subject: Subject, unit: Unit, officer: Staff) -> None:
    draft = issuing.draft(subject, "D14", FIELDS["D14"], unit)
    with pytest.raises(Refused, match="paper_not_sealed"):
        delivery.send(draft, "hand", officer, AT, received_on=TODAY)


def test_what_was_received_is_not_sent_again_but_what_came_back_is(paper: Paper, officer: Staff) -> None:
    delivery.send(paper, "post", officer, AT, tracking_no="EMS1")
    delivery.send(paper, "hand", officer, LATER, received_on=date(2026, 8, 6))
    with pytest.raises(Refused, match="already_received"):
        delivery.send(paper, "portal", officer, LATER, has_consent=True)


def test_too_long_words_are_refused_with_their_length(paper: Paper, officer: Staff) -> None:
    with pytest.raises(Invalid, match="too_long") as caught:
        delivery.send(paper, "hand", officer, AT, received_on=TODAY, place="长" * 121)
    assert caught.value.field == "place"


def test_an_unknown_way_is_refused(paper: Paper, officer: Staff) -> None:
    with pytest.raises(Invalid, match="way_unknown"):
        delivery.send(paper, "pigeon", officer, AT)


def test_verify_agrees_with_a_delivery_and_names_a_changed_one(
    subject: Subject, paper: Paper, officer: Staff, photo: StoredFile
) -> None:
    note(subject, [paper])
    sent = delivery.send(paper, "left", officer, AT, **left(photo))
    note(subject, [], [sent])
    assert verify().findings == []
    Delivery.objects.filter(pk=sent.pk).update(received_on=date(2026, 8, 1))
    assert any(f"delivery:{sent.pk}" in finding.place for finding in verify().findings)
    Delivery.objects.filter(pk=sent.pk).update(received_on=TODAY, witness="别人")
    assert any(f"delivery:{sent.pk}" in finding.place for finding in verify().findings)
