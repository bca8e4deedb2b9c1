"""The list of cases: filters as words, views and columns of one's own, one act on several."""

from __future__ import annotations

import re

from django.urls import reverse

from huiyin.cases.models import Case, Note, Stage
from huiyin.desk import several, views
from huiyin.desk.models import SavedView
from tests.cases import world as made
from tests.cases.world import World, bring
from tests.desk.signed import client

LIST = "/desk/cases/"


def three(world: World, stage: Stage) -> list[Case]:
    return [bring(world, stage, text=f"第{no}个月的工资没有发，问过财务科。")[0] for no in range(3)]


def references(cases: list[Case]) -> list[str]:
    return [case.reference for case in cases]


def test_filters_are_said_in_words_and_each_goes_alone(world: World) -> None:
    query = {"unit": str(world.refinery.pk), "due": "month", "topic": "pay", "page": "2", "nonsense": "x"}
    chips = client("handler").get(LIST, query).context["chips"]
    assert [chip["words"] for chip in chips] == ["本单位", "30天内到期", "薪酬绩效"]
    assert chips[1]["url"] == f"{LIST}?unit={world.refinery.pk}&topic=pay"
    assert client("officer").get(LIST, query).context["chips"][0]["words"] == "炼化"


def test_every_filter_of_the_form_is_kept_by_views_and_words(world: World) -> None:
    page = client("officer").get(LIST).content.decode()
    start = page.index('<form class="filters"')
    form = page[start : page.index("</form>", start)]
    assert set(re.findall(r'name="(\w+)"', form)) == set(views.FILTERS)


def test_a_unit_out_of_reach_is_no_filter_and_no_word(world: World) -> None:
    shown = client("handler").get(LIST, {"unit": str(world.mine.pk)}).context
    assert shown["chips"] == [] and shown["filters"].unit is None


def test_columns_are_kept_for_each_person(world: World) -> None:
    bring(world, Stage.HANDLING)
    officer = client("officer")
    said = {"column": ["handler", "next", "nonsense"], "query": "state=open"}
    assert officer.post(reverse("desk:columns_save"), said)["Location"] == f"{LIST}?state=open"
    page = officer.get(LIST).content.decode()
    head = re.findall(r'<th scope="col">(.*?)</th>', page)
    assert head == ["编号", "事项", "下一步", "承办人"]
    assert client("chief").get(LIST).context["columns"] == views.AT_FIRST
    officer.post(reverse("desk:columns_save"), {})
    assert officer.get(LIST).context["columns"] == views.AT_FIRST


def test_views_are_saved_ordered_and_deleted_by_their_owner_alone(world: World) -> None:
    officer, save = client("officer"), reverse("desk:view_save")
    for name, query in (("本周", "due=week&page=3"), ("超期", "due=missed"), ("本周", "due=week&state=open")):
        assert officer.post(save, {"name": name, "query": query}).status_code == 303
    rows = {row.name: row for row in SavedView.objects.all()}
    assert {name: row.query for name, row in rows.items()} == {"本周": "state=open&due=week", "超期": "due=missed"}
    shown = officer.get(LIST, {"due": "missed"}).context["views"]
    assert [(view["row"].name, view["is_here"]) for view in shown] == [("本周", False), ("超期", True)]
    change = reverse("desk:view_change", args=[rows["超期"].pk])
    assert client("chief").post(change, {"act": "delete"}).status_code == 404
    officer.post(change, {"act": "up"})
    assert [view["row"].name for view in officer.get(LIST).context["views"]] == ["超期", "本周"]
    officer.post(change, {"act": "delete"})
    assert [view["row"].name for view in officer.get(LIST).context["views"]] == ["本周"]
    assert client("chief").get(LIST).context["views"] == []


def test_a_view_needs_a_name_and_a_filter_and_there_are_not_endlessly_many(world: World) -> None:
    officer, save = client("officer"), reverse("desk:view_save")
    assert officer.post(save, {"name": " ", "query": "due=week"}).status_code == 422
    assert officer.post(save, {"name": "全部", "query": "page=2"}).status_code == 422
    for no in range(views.MOST_VIEWS):
        officer.post(save, {"name": f"视图{no}", "query": "due=week"})
    assert officer.post(save, {"name": "再一个", "query": "due=week"}).status_code == 409
    assert officer.post(save, {"name": "视图0", "query": "due=month"}).status_code == 303


def test_several_are_assigned_at_once_each_with_its_own_event(world: World) -> None:
    cases = three(world, Stage.ACCEPTED)
    officer, url = client("officer"), reverse("desk:several")
    shown = officer.get(url, {"case": references(cases)})
    assert [code for code, _label, _url in shown.context["offers"]] == ["assign", "note"]
    form = officer.get(url, {"case": references(cases), "step": "assign"}).content.decode()
    assert 'name="unit"' in form
    said = {"case": references(cases), "step": "assign", "unit": str(world.refinery.pk)}
    answer = officer.post(url, said, follow=True)
    assert [row["is_done"] for row in answer.context["results"]] == [True] * 3
    assert {case.stage for case in Case.objects.all()} == {Stage.ASSIGNED}
    assert "results" not in officer.get(url, {"done": "assign"}).context or not officer.get(url).context.get("results")


def test_one_refusal_leaves_the_others_done_and_is_told_with_its_sentence(world: World) -> None:
    cases = three(world, Stage.ACCEPTED)
    officer, url = client("officer"), reverse("desk:several")
    made.step_into(world, cases[1], cases[1].filings.get(), Stage.ASSIGNED)  # somebody was faster
    said = {"case": references(cases), "step": "assign", "unit": str(world.refinery.pk)}
    results = officer.post(url, said, follow=True).context["results"]
    assert [row["is_done"] for row in results] == [True, False, True]
    assert "不能“分办到承办单位”" in results[1]["sentence"]


def test_only_what_is_offered_for_all_is_offered(world: World) -> None:
    cases = [bring(world, Stage.ACCEPTED)[0], bring(world, Stage.DELIVERED)[0]]
    officer, url = client("officer"), reverse("desk:several")
    assert [code for code, *_ in officer.get(url, {"case": references(cases)}).context["offers"]] == ["note"]
    assert "form" not in officer.get(url, {"case": references(cases), "step": "assign"}).context
    assert officer.get(url, {"case": references(cases), "step": "approve"}).status_code == 404


def test_a_missing_word_shows_the_form_again_and_does_nothing(world: World) -> None:
    cases = three(world, Stage.HANDLING)
    answer = client("handler").post(reverse("desk:several"), {"case": references(cases), "step": "note", "text": ""})
    assert answer.status_code == 422 and not Note.objects.filter(kind=Note.Kind.NOTE, text="").exists()
    assert answer.content.decode().count('name="case"') == 3


def test_what_is_out_of_sight_can_t_be_acted_on(world: World) -> None:
    cases = three(world, Stage.HANDLING)
    said = {"case": references(cases), "step": "note", "text": "不该写进去"}
    shown = client("stranger").post(reverse("desk:several"), said)
    assert shown.status_code == 200 and not shown.context["cases"]
    assert not Note.objects.filter(text="不该写进去").exists()
    assert client("chief").get(reverse("desk:several")).status_code == 404


def test_a_report_of_wrongdoing_is_not_moved_in_a_heap(world: World) -> None:
    cases = three(world, Stage.REGISTERED)
    said = {"case": references(cases), "step": "classify", "classification": "report"}
    assert client("officer").post(reverse("desk:several"), said).status_code == 422
    assert not Case.objects.filter(is_sealed=True).exists()


def test_what_must_be_read_first_is_never_done_in_a_heap() -> None:
    assert not {"approve", "seal", "deliver", "decline", "draft", "void"} & set(several.PAGES)
