from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from huiyin.kernel.actors import Staff, System
from huiyin.kernel.errors import Invalid, Refused
from huiyin.org.models import Unit
from huiyin.papers import issuing, templates
from huiyin.papers.models import Paper, StoredFile
from huiyin.trail.models import Subject
from huiyin.trail.verify import verify
from huiyin.vault.keys import KeyDestroyed, destroy
from tests.papers.conftest import AT, note, pdf_of
from tests.papers.reading import bare, docx_text, pdf_text
from tests.papers.samples import CODE, FIELDS

SERIES = {
    "D2": "受", "D2S": "受", "D3": "不受", "D6": "途", "D13": "延", "D13F": "延审", "D14": "意", "D14S": "答", "D19": "送",
}  # fmt: skip


def sealed(subject: Subject, unit: Unit, by: Staff, kind: str = "D2") -> Paper:
    return issuing.seal(issuing.draft(subject, kind, FIELDS[kind], unit), by, AT)


@pytest.mark.parametrize("kind", sorted(SERIES))
def test_a_sealed_paper_has_number_pdf_and_seal(kind: str, subject: Subject, unit: Unit, officer: Staff) -> None:
    paper = sealed(subject, unit, officer, kind)
    assert paper.number == f"炼化信{SERIES[kind]}〔2026〕1号"
    assert (paper.sealed_at, paper.sealed_by_id) == (AT, officer.user_id)
    text = bare(pdf_text(pdf_of(paper)))
    assert paper.number in text
    assert text.endswith("炼化二厂（盖章）2026年8月3日")
    paper.refresh_from_db()
    assert paper.sealed_at == AT


def test_numbers_run_on_within_a_series(subject: Subject, unit: Unit, officer: Staff) -> None:
    numbers = [sealed(subject, unit, officer, kind).number for kind in ("D2", "D2", "D14")]
    assert numbers == ["炼化信受〔2026〕1号", "炼化信受〔2026〕2号", "炼化信意〔2026〕1号"]


def test_an_incomplete_paper_is_refused_with_the_names_of_what_is_missing(
    subject: Subject, unit: Unit, officer: Staff
) -> None:
    fields = FIELDS["D2"] | {"due_on": "", "demands": []}
    paper = issuing.draft(subject, "D2", fields, unit)
    assert issuing.missing(paper) == ["受理的请求", "办结期限"]
    with pytest.raises(Invalid) as caught:
        issuing.seal(paper, officer, AT)
    assert caught.value.sentence == "《信访事项受理告知书》还缺：受理的请求、办结期限。请补全后再用印。"
    assert caught.value.field == "demands"
    paper.refresh_from_db()
    assert paper.sealed_at is None and paper.number is None
    assert not StoredFile.objects.exists()
    assert sealed(subject, unit, officer).number == "炼化信受〔2026〕1号"  # no number was lost


def test_a_draft_can_be_revised_and_a_sealed_paper_can_not(subject: Subject, unit: Unit, officer: Staff) -> None:
    paper = issuing.draft(subject, "D3", {}, unit)
    issuing.revise(paper, FIELDS["D3"])
    assert issuing.fields_of(Paper.objects.get(pk=paper.pk)) == FIELDS["D3"]
    issuing.seal(paper, officer, AT)
    with pytest.raises(Refused):
        issuing.revise(paper, FIELDS["D3"] | {"reason": "别的理由"})
    with pytest.raises(Refused):
        issuing.seal(paper, officer, AT)


def test_a_new_version_supersedes_a_sealed_paper(subject: Subject, unit: Unit, officer: Staff) -> None:
    first = sealed(subject, unit, officer)
    second = issuing.draft(subject, "D2", FIELDS["D2"], unit, supersedes=first)
    assert second.supersedes == first
    with pytest.raises(Refused):
        issuing.draft(subject, "D2", FIELDS["D2"], unit, supersedes=second)
    with pytest.raises(ValueError, match="kind"):
        issuing.draft(subject, "D3", FIELDS["D3"], unit, supersedes=first)


def test_an_unknown_field_never_enters_a_draft(subject: Subject, unit: Unit) -> None:
    with pytest.raises(ValueError, match="no field"):
        issuing.draft(subject, "D2", {"adressee": "张三"}, unit)


def test_fields_lie_sealed_in_the_table(subject: Subject, unit: Unit) -> None:
    paper = issuing.draft(subject, "D2", FIELDS["D2"], unit)
    raw = bytes(Paper.objects.get(pk=paper.pk).sealed_fields)
    assert "张建国".encode() not in raw
    assert issuing.fields_of(paper)["addressee"] == "张建国同志"
    destroy(subject.key, AT)
    with pytest.raises(KeyDestroyed):
        issuing.fields_of(Paper.objects.get(pk=paper.pk))


def test_the_query_code_is_never_kept(subject: Subject, unit: Unit, officer: Staff) -> None:
    paper = issuing.draft(subject, "D1", FIELDS["D1"], unit)
    assert CODE not in issuing.text_of(paper)
    text = bare(pdf_text(pdf_of(issuing.seal(paper, officer, AT))))
    assert "查询码是" not in text
    assert templates.template("D1").fields["query_code"].is_kept is False


def test_the_working_copy_says_what_the_paper_says(subject: Subject, unit: Unit, officer: Staff) -> None:
    paper = sealed(subject, unit, officer, "D14")
    later = AT.date() + timedelta(days=40)
    assert bare(docx_text(issuing.working_copy(paper, later))) == bare(pdf_text(pdf_of(paper)))


def test_a_preview_needs_no_number(subject: Subject, unit: Unit) -> None:
    paper = issuing.draft(subject, "D13", {}, unit)
    text = bare(pdf_text(issuing.preview(paper, AT.date())))
    assert "（草稿，未编号）" in text and "〔延期理由：待填〕" in text


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE papers_paper SET number = 'x'",
        "UPDATE papers_paper SET sealed_at = NULL",
        "UPDATE papers_paper SET sealed_fields = sealed_fields",
        "DELETE FROM papers_paper",
        "UPDATE papers_storedfile SET sha256 = ''",
        "DELETE FROM papers_storedfile",
    ],
)
def test_the_database_refuses_to_touch_a_sealed_paper(sql: str, subject: Subject, unit: Unit, officer: Staff) -> None:
    sealed(subject, unit, officer)
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_refuses_to_empty_the_table_of_papers(subject: Subject, unit: Unit, officer: Staff) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    sealed(subject, unit, officer)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            cursor.execute("TRUNCATE papers_paper CASCADE")


def test_the_database_lets_a_draft_change(subject: Subject, unit: Unit) -> None:
    issuing.draft(subject, "D2", FIELDS["D2"], unit)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE papers_paper SET template_version = 9")
        cursor.execute("DELETE FROM papers_paper")
    assert not Paper.objects.exists()


def test_verify_agrees_with_a_paper_whose_event_was_written(subject: Subject, unit: Unit, officer: Staff) -> None:
    note(subject, [sealed(subject, unit, officer)])
    issuing.draft(subject, "D14", {}, unit)  # a draft stands in no event
    assert verify().findings == []


def test_verify_names_a_paper_that_no_event_sealed(subject: Subject, unit: Unit, officer: Staff) -> None:
    paper = sealed(subject, unit, officer)
    assert any(f"paper:{paper.pk}" in finding.place for finding in verify().findings)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE papers_paper SET number = '炼化信受〔2026〕9号'", "paper:"),
        ("UPDATE papers_paper SET sealed_fields = (SELECT sealed_name FROM papers_storedfile)", "paper:"),
        ("DELETE FROM papers_paper", "paper:"),
    ],
)
def test_verify_names_a_paper_changed_behind_the_triggers(
    sql: str, named: str, subject: Subject, unit: Unit, officer: Staff
) -> None:
    paper = sealed(subject, unit, officer)
    note(subject, [paper])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE papers_paper DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER papers_paper_no_update")
            cursor.execute("DROP TRIGGER papers_paper_no_delete")
        cursor.execute(sql)
    assert any(f"{named}{paper.pk}" in finding.place for finding in verify().findings)


def test_a_paper_sealed_by_the_program_names_nobody(subject: Subject, unit: Unit) -> None:
    paper = issuing.seal(issuing.draft(subject, "D2", FIELDS["D2"], unit), System("tick"), AT)
    assert paper.sealed_by_id is None
