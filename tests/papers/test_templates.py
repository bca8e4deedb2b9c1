from __future__ import annotations

import re

import pytest

from huiyin.papers import templates
from tests.papers.samples import FIELDS

# domain.md §4 and the contract of the room.
REQUIRED = {
    "D1": "reference received_on channel filer text receiver content_hash next_steps",
    "D2": "addressee received_on matter demands handling_unit contact_person contact_phone due_on query_way review_way",
    "D2S": "addressee received_on matter demands handling_unit contact_person contact_phone due_on query_way",
    "D3": "addressee received_on matter reason article right_organ",
    "D6": "addressee received_on matter branch procedure organ organ_address organ_phone limit materials article caution",
    "D13": "addressee case_number accepted_on reason days old_due_on new_due_on",
    "D13F": "case_number matter accepted_on reason days old_due_on new_due_on asked_by asked_on opinion decided_by"
    " decided_on",
    "D14": "addressee case_number received_on findings answers review_organ review_days",
    "D14S": "addressee case_number received_on findings answers",
    "D4": "addressee received_on matter first_number first_unit first_on review_number review_unit review_on"
    " final_number final_unit final_on",
    "D5": "addressee received_on matter to_unit sent_on to_contact way",
    "D5N": "addressee received_on matter right_organ reason",
    "D7": "addressee case_number received_on summary",
    "D8": "addressee case_number petitioner summary requirements report_due_on contact_person contact_phone",
    "D9": "addressee case_number sent_number received_on reason proposed_unit",
    "D10": "addressee received_on matter needed due_on",
    "D11": "addressee case_number applicant asked_on person ground reason way decision",
    "D12": "case_number investigators investigators_unit recorder began_at place spoken_with content read_back purpose",
    "D15": "case_number parties facts terms way",
    "D16": "addressee case_number matter held_at place members points",
    "D16B": "addressee case_number matter held_at place members points statements facts conclusion",
    "D16R": "case_number began_at ended_at place members recorder participants points proceedings conclusion read_back",
    "D17": "case_number received_at applicant opinion_number opinion_unit requests grounds organ",
    "D17A": "addressee case_number received_on opinion_number opinion_unit requests due_on reviewer",
    "D17D": "addressee case_number received_on opinion_number opinion_unit opinion_on grounds findings reasons"
    " basis conclusion",
    "D17P": "addressee case_number what article received_on opinion_number opinion_unit grounds due_on",
    "D17N": "addressee case_number received_on opinion_number opinion_unit reason article way_on",
    "D18": "case_number received_at applicant opinion_number opinion_unit requests grounds organ",
    "D18A": "addressee case_number received_on opinion_number opinion_unit requests due_on reviewer",
    "D18D": "addressee case_number received_on first_number first_unit opinion_number opinion_unit opinion_on"
    " grounds findings reasons basis conclusion",
    "D18N": "addressee case_number received_on opinion_number opinion_unit reason article way_on",
    "D20": "addressee case_number matter reason requirements due_on",
    "D21": "addressee case_number order_number source demands findings handling basis reply own_word attachments",
    "D22": "addressee problem basis suggestion due_on sort",
    "D22R": "addressee suggestion_number received_on reply sort outcome",
    "D23": "addressee happened_at known_at place headcount demand state measures next_steps reporter reported_at",
    "D24": "addressee period from_on until_on fields_and_units dispatch suggestions sort figures",
    "D25B": "case_number received_on matter leader post units plan expected_on",
    "D25H": "reporting_unit until_on hazards",
    "D25I": "addressee occasion from_on until_on joint_units scope method conclusion",
    "D25R": "leader post headcount held_at place matter opinion way",
    "D19": "document document_number sent_by recipient place way sent_on received_on",
}
TINY = """
version = 1
title = "试验"
series = "试"
layout = "letter"
parts = [ {parts} ]
[fields]
who = {{ label = "谁", required = true }}
"""


@pytest.mark.parametrize("kind", sorted(REQUIRED))
def test_each_kind_requires_what_the_rules_say(kind: str) -> None:
    assert sorted(templates.template(kind).required) == sorted(REQUIRED[kind].split())


def test_there_is_a_template_for_each_kind_and_no_other() -> None:
    assert set(templates.kinds()) == set(REQUIRED)
    with pytest.raises(LookupError):
        templates.template("D99")
    with pytest.raises(LookupError):
        templates.template("../D1")


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_a_whole_paper_lacks_nothing(kind: str) -> None:
    assert templates.missing(kind, FIELDS[kind]) == []


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_each_required_field_is_missed_by_its_label(kind: str) -> None:
    for name in templates.template(kind).required:
        known = templates.template(kind).fields[name]
        for nothing in ("", "  \n", [], ["  "]):
            assert templates.missing(kind, FIELDS[kind] | {name: nothing}) == [known.label]


def test_an_answer_without_basis_is_missed_with_its_place() -> None:
    answers = [dict(row) for row in FIELDS["D14"]["answers"] if isinstance(row, dict)]
    answers[1]["basis"] = " "
    assert templates.missing("D14", FIELDS["D14"] | {"answers": answers}) == ["对请求的答复第2项的依据"]


def test_a_field_by_a_wrong_name_is_refused() -> None:
    with pytest.raises(ValueError, match="adressee"):
        templates.check_names("D2", {"adressee": "张三"})


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        ('{ kind = "paragraph", text = "{who}{whom}" }', "whom"),
        ('{ kind = "paragraph", text = "没有" }', "in no part"),
        ('{ kind = "song", text = "{who}" }', "unknown kind"),
    ],
)
def test_a_faulty_template_is_refused_with_its_fault(parts: str, fault: str) -> None:
    templates.read("T1", TINY.format(parts='{ kind = "paragraph", text = "{who}" }'))
    with pytest.raises(ValueError, match=fault):
        templates.read("T1", TINY.format(parts=parts))


def test_articles_are_cited_with_their_regulation() -> None:
    for kind in set(templates.kinds()) - {"D19"}:
        text = (templates.FORMS / f"{kind}.toml").read_text("utf-8")
        assert re.search(r"《信访工作条例》第[一二三四五六七八九十]+条", text), kind


def test_the_papers_of_a_suggestion_promise_nothing_that_the_law_gives_on_claims_alone() -> None:
    only_claims = re.compile("复查|复核|听证|60日|第三十[一二四五六]条")
    for claim, suggestion in (("D2", "D2S"), ("D14", "D14S")):
        texts = {kind: str([part for part in templates.template(kind).parts]) for kind in (claim, suggestion)}
        assert only_claims.search(texts[claim]) and not only_claims.search(texts[suggestion])


def test_each_answer_has_the_outcomes_of_its_class_and_no_other() -> None:
    words = {
        kind: set(next(column for column in templates.template(kind).fields["answers"].columns if column.words).words)
        for kind in ("D14", "D14S")
    }
    assert words["D14"] == {"supported", "explained", "not_supported"}
    assert words["D14S"] == {"adopted", "partly_adopted", "kept", "not_adopted"}
