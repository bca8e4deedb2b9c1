from __future__ import annotations

import re
from string import Formatter

import pytest

from huiyin.clocks import policy
from huiyin.notices.sentences import FORMS, WORDINGS, Fact, checked, words

STAFF = [
    "assigned",
    "sent_back",
    "objected_late",
    "dispatch_received",
    "objection_raised",
    "objection_decided",
    "dispute_to_decide",
    "dispute_decided",
    "report_laid",
    "report_accepted",
    "report_returned",
    "handed_over",
    "co_handling_asked",
    "co_handling_answered",
    "decision_to_approve",
    "decision_returned",
    "decision_to_seal",
    "extension_to_decide",
    "extension_decided",
    "opening_to_decide",
    "opening_decided",
    "employee_added",
    "employee_answered",
    "employee_rated",
    "delivery_confirmed",
    "withdrawn",
    "clock_warning",
    "clock_missed",
    "warning_unheard",
    "report_received",
    "recusal_to_decide",
    "recusal_decided",
    "aid_asked",
    "review_asked",
    "review_decided",
    "review_sent_back",
    "answer_confirmed",
    "supervision_demanded",
    "supervision_escalated",
    "supervision_answered",
    "supervision_returned",
    "supervision_stalled",
    "supervision_unheard",
    "instruction_given",
    "instruction_answered",
    "instruction_returned",
    "advice_given",
    "advice_answered",
    "advice_returned",
    "review_asked",
    "review_decided",
    "review_sent_back",
    "urgent_reported",
    "urgent_followed",
]
EMPLOYEES = ["progress", "question_asked", "ways_told", "paper_arrived"]
# design.md: not to be said to the person who files.
NOT_TO_EMPLOYEES = re.compile("信访人|稳定|隐患|督办")
WHOLE: dict[str, Fact] = {
    "reference": "7K3M9QX2AB",
    "number": "信访〔2026〕12号",
    "step": "take_in",
    "percent": 75,
    "due_on": "2026-08-05",
}


def test_every_code_has_words_and_no_other() -> None:
    assert set(WORDINGS) == {*STAFF, *EMPLOYEES}
    assert {code for code, wording in WORDINGS.items() if wording.is_for_employee} == set(EMPLOYEES)


@pytest.mark.parametrize("code", list(WORDINGS))
def test_a_sentence_is_whole_with_and_without_its_facts(code: str) -> None:
    for facts in (WHOLE, dict[str, Fact]()):
        title, sentence = words(code, facts)
        assert title and sentence.endswith("。") and "{" not in sentence and "None" not in sentence
        assert len(title) <= 20


@pytest.mark.parametrize("code", list(WORDINGS))
def test_a_sentence_asks_only_for_what_a_notice_may_hold(code: str) -> None:
    names = {name for _text, name, _form, _turn in Formatter().parse(str(WORDINGS[code].sentence)) if name}
    assert names <= {"case", "step", "percent", "due_on"}


@pytest.mark.parametrize("code", EMPLOYEES)
def test_an_employee_hears_plain_words_and_the_own_reference(code: str) -> None:
    title, sentence = words(code, WHOLE)
    assert not NOT_TO_EMPLOYEES.search(title + sentence)
    assert "7K3M9QX2AB" in sentence and "信访〔2026〕12号" not in sentence


def test_staff_hear_the_number_and_before_there_is_one_the_reference() -> None:
    assert "信访〔2026〕12号" in words("assigned", WHOLE)[1]
    assert "7K3M9QX2AB" in words("assigned", {"reference": "7K3M9QX2AB"})[1]


def test_a_warning_names_limit_share_and_day() -> None:
    sentence = words("clock_warning", WHOLE)[1]
    assert policy.current().rule("take_in").title in sentence
    assert "75%" in sentence and "2026年8月5日" in sentence


def test_a_report_of_wrongdoing_is_announced_without_saying_so() -> None:
    assert not re.search("检举|控告|举报|纪检", "".join(words("report_received", WHOLE)))


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("unheard_of", {}),
        ("assigned", {"matter": "欠发加班费"}),
        ("assigned", {"percent": 50}),
        ("assigned", {"case": "x"}),
        ("assigned", {"reference": "欠发加班费"}),
        ("assigned", {"reference": "7K3M9QX2AB\nBcc: x@example.com"}),
        ("clock_warning", {"step": "张三来访"}),
        ("clock_warning", {"due_on": "下周五"}),
        ("clock_warning", {"number": "信访〔2026〕12号 张三"}),
    ],
)
def test_words_of_a_case_can_not_get_into_a_notice(code: str, facts: dict[str, str | int]) -> None:
    with pytest.raises(ValueError):
        checked(code, facts)


def test_codes_numbers_and_dates_can() -> None:
    assert checked("clock_warning", WHOLE) == WHOLE
    assert set(FORMS) == set(WHOLE)
