from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from huiyin.kernel.actors import Held, Staff, System
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org.models import Unit
from huiyin.papers import issuing, templates, workshop, writers
from huiyin.papers.models import FormVersion
from huiyin.papers.workshop import Added, Change
from huiyin.trail.models import Event, Subject
from huiyin.trail.verify import verify
from tests.papers.conftest import AT, note
from tests.papers.reading import bare, pdf_text
from tests.papers.samples import FIELDS, HEAD

BY = System("test")
WHY = "按法务部意见调整"


def shipped(kind: str) -> workshop.Source:
    return workshop.source_of(kind, None)


def line(kind: str, words: str, source: workshop.Source | None = None) -> workshop.Line:
    return next(one for one in workshop.lines(kind, source or shipped(kind)) if words in one.words + one.shows)


def reworded(kind: str = "D13") -> workshop.Source:
    path = line(kind, "延期理由").path
    return workshop.changed(kind, shipped(kind), {path: Change("我们需要更多时间，因为【延期理由】")}, [])


@pytest.mark.parametrize("kind", templates.kinds())
def test_every_form_that_ships_says_what_its_law_asks_for(kind: str) -> None:
    assert workshop.faults(kind, shipped(kind)) == []
    assert all(entry.article.startswith("《信访工作条例》第") for entry in templates.template(kind).law)
    assert templates.template(kind).law or kind == "D24"


@pytest.mark.parametrize("kind", templates.kinds())
def test_words_go_out_to_people_and_back_without_a_loss(kind: str) -> None:
    source = shipped(kind)
    changes = {one.path: Change(one.words) for one in workshop.lines(kind, source) if one.edits}
    assert workshop.changed(kind, source, changes, []) == source


@pytest.mark.parametrize("kind", templates.kinds())
def test_what_can_be_left_out_leaves_a_lawful_form_and_what_cannot_says_why(kind: str) -> None:
    source = shipped(kind)
    lines = workshop.lines(kind, source)
    kept = [one for one in lines if one.why_kept]
    assert kept and kept[-1].kind == "signature"
    for one in kept:
        assert workshop.faults(kind, workshop.changed(kind, source, {one.path: Change(is_gone=True)}, []))
    for one in [one for one in lines if not one.why_kept][:3]:
        assert workshop.faults(kind, workshop.changed(kind, source, {one.path: Change(is_gone=True)}, [])) == []


def test_a_right_that_is_worded_away_is_named_with_its_article() -> None:
    one = line("D14", "第三十五条")
    source = workshop.changed("D14", shipped("D14"), {one.path: Change("有不同意见可以反映。")}, [])
    found = " ".join(workshop.faults("D14", source))
    assert "《信访工作条例》第三十五条要求写明“请求复查的权利”" in found
    assert "【复查机关】" in found
    with pytest.raises(Invalid, match="请求复查的权利"):
        workshop.save("D14", source, reason=WHY, by=BY, at=AT)


def test_the_end_notice_of_a_final_review_may_not_hang_on_a_field_that_may_be_empty() -> None:
    source = copy.deepcopy(shipped("D18D"))
    part = next(part for part in source["parts"] if "同一事实和理由" in part.get("text", ""))
    part["when"] = "aid_way"
    assert any("终结告知" in fault for fault in workshop.faults("D18D", source))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("请看【不存在的】", "unknown_field"),
        ("请看{reason}", "braces"),
        ("", "words_missing"),
        ("长" * 1001, "too_long"),
    ],
)
def test_words_that_cannot_be_taken_are_refused_at_their_field(words: str, code: str) -> None:
    path = line("D13", "延期理由").path
    with pytest.raises(Invalid) as refused:
        workshop.changed("D13", shipped("D13"), {path: Change(words)}, [])
    assert (refused.value.code, refused.value.field) == (code, f"words_{path}")


def test_added_parts_stand_where_they_were_put_and_a_blank_is_filled_in_by_hand() -> None:
    after = line("D13", "延期理由").path
    added = [Added(after, "paragraph", "联系人：【信访机构联系方式】"), Added(after, "field", label="经办人签字")]
    source = workshop.changed("D13", shipped("D13"), {}, added)
    assert workshop.faults("D13", source) == []
    text = writers.lines(templates.of_source("D13", source), FIELDS["D13"], **HEAD)
    place = next(number for number, one in enumerate(text) if one.startswith("延期理由"))
    assert text[place + 1].startswith("联系人：") and text[place + 2] == "经办人签字"
    last = str(len(shipped("D13")["parts"]) - 1)
    behind = workshop.changed("D13", shipped("D13"), {}, [Added(last, "paragraph", "另外")])
    assert workshop.faults("D13", behind) == ["文书的最后是出具单位和日期。请不要在它后面加内容。"]


def test_markup_in_a_wording_is_text() -> None:
    words = '#read("/etc/passwd") *x* $y$ `q` <label> @ref // &amp; 【延期理由】'
    path = line("D13", "延期理由").path
    made = templates.of_source("D13", workshop.changed("D13", shipped("D13"), {path: Change(words)}, []))
    text = bare(pdf_text(writers.pdf(made, FIELDS["D13"], **HEAD)))
    assert bare(words.replace("【延期理由】", "")) in text


def test_the_labels_of_a_form_name_one_thing_each() -> None:
    for kind in templates.kinds():
        source = shipped(kind)
        for _path, _part, names in workshop._walk(source):
            assert len(set(names.values())) == len(names), kind


@pytest.mark.django_db
def test_a_draft_keeps_the_version_it_was_begun_with_and_a_sealed_paper_never_changes(
    subject: Subject, unit: Unit
) -> None:
    old = issuing.draft(subject, "D13", FIELDS["D13"], unit)
    first = workshop.save("D13", reworded(), reason=WHY, by=BY, at=AT)
    new = issuing.draft(subject, "D13", FIELDS["D13"], unit)
    assert (old.form_version, new.form_version) == (None, first)
    issuing.revise(old, FIELDS["D13"])
    issuing.revise(new, FIELDS["D13"])
    assert "我们需要更多时间" not in bare(pdf_text(issuing.preview(old, date(2026, 8, 3))))
    workshop.use("D13", None, reason="恢复", by=BY, at=AT)
    sealed = issuing.seal(new, BY, AT)
    note(subject, [sealed])
    assert "我们需要更多时间" in bare(pdf_text(issuing.preview(sealed, date(2026, 8, 3))))
    assert workshop.in_force("D13") == (templates.template("D13"), None)
    assert verify().findings == []


@pytest.mark.django_db
def test_versions_are_counted_kept_and_put_in_force_again() -> None:
    first = workshop.save("D13", reworded(), reason=WHY, by=BY, at=AT)
    with pytest.raises(Refused, match="没有改动"):
        workshop.save("D13", reworded(), reason=WHY, by=BY, at=AT)
    second = workshop.save("D13", shipped("D13"), reason="改回来", by=BY, at=AT)
    assert [one.number for one in workshop.versions("D13")] == [2, 1]
    workshop.use("D13", first, reason="还是第一版好", by=BY, at=AT)
    assert workshop.in_force("D13")[1] == first
    with pytest.raises(Refused, match="现在用的就是这一版"):
        workshop.use("D13", first, reason="再来", by=BY, at=AT)
    with pytest.raises(Invalid, match="为什么"):
        workshop.use("D13", second, reason=" ", by=BY, at=AT)
    acts = Event.objects.filter(subject=first.form.subject_id).order_by("seq").values_list("act", flat=True)
    assert list(acts) == ["save_form", "save_form", "use_form"]
    assert verify().findings == []


@pytest.mark.django_db
def test_a_version_of_an_older_release_steps_back_until_it_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    version = workshop.save("D13", reworded(), reason=WHY, by=BY, at=AT)
    newer = templates.of_source("D13", templates.source("D13") | {"version": 99})
    monkeypatch.setattr(templates, "template", lambda kind: newer)
    assert workshop.in_force("D13") == (newer, None)
    workshop.use("D13", None, reason="先用出厂版", by=BY, at=AT)
    with pytest.raises(Refused, match="旧的出厂版"):
        workshop.use("D13", version, reason="再用", by=BY, at=AT)


@pytest.mark.django_db
def test_a_changed_row_of_the_workshop_is_found_by_verify() -> None:
    version = workshop.save("D13", reworded(), reason=WHY, by=BY, at=AT)
    for change in ({"reason": "别的理由"}, {"source": "{}"}, {"number": 7}):
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            FormVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        FormVersion.objects.filter(pk=version.pk)._raw_delete("default")
    form: Any = version.form
    form.in_force = None
    form.save()
    assert [finding.kind for finding in verify().findings] == ["projection"]
    form.in_force, form.reason = version, "别的理由"
    form.save()
    assert [finding.kind for finding in verify().findings] == ["commitment"]


@pytest.mark.django_db
def test_only_who_keeps_the_forms_of_the_whole_enterprise_saves(unit: Unit) -> None:
    def staff(role: str, reach: str) -> Staff:
        return Staff(user_id=1, name="某", posts=(Held(1, role, 1, reach, (reach,)),))

    for by in (staff("officer", "/1/7/"), staff("handler", "/1/"), Staff(user_id=1, name="某")):
        with pytest.raises(Forbidden):
            workshop.save("D13", reworded(), reason=WHY, by=by, at=AT)
        with pytest.raises(Forbidden):
            workshop.use("D13", None, reason=WHY, by=by, at=AT)
    workshop.require(staff("officer", "/1/"))
    workshop.require(staff("system_admin", "/1/"))
