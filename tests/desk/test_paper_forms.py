"""文书模板 through HTTP: worded, looked at, saved in versions, put back; never without what the law asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from huiyin.papers import workshop
from huiyin.papers.models import FormVersion
from tests.cases.world import World
from tests.desk.signed import client

ALLOWED = 10
ADDED = {"kind_1": "paragraph", "after_1": "0", "added_1": "多谢支持。"}


def address(kind: str = "D13") -> str:
    return reverse("desk:paper_form", args=[kind])


def said(changes: Mapping[str, str], *, kind: str = "D13", base: int = 0) -> dict[str, str]:
    """The form as the page shows it, with changes."""
    version = FormVersion.objects.filter(form__kind=kind, number=base).first() if base else None
    lines = workshop.lines(kind, workshop.source_of(kind, version))
    return {"base": str(base), **{f"words_{one.path}": one.words for one in lines if one.edits}, **changes}


def path_of(words: str, kind: str = "D13") -> str:
    return next(one.path for one in workshop.lines(kind, workshop.source_of(kind, None)) if words in one.words)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def post(who: str, sent: dict[str, str], kind: str = "D13") -> HttpResponse:
    answer: Any = client(who).post(address(kind), sent)
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_wording_is_looked_at_without_being_kept_and_then_saved(world: World) -> None:
    sent = said({f"words_{path_of('延期理由')}": "我们需要更多时间：【延期理由】", "reason": "说得明白些"})
    looked = post("officer", {**sent, "preview": "1"})
    assert looked.status_code == 200 and "还没有保存" in text(looked)
    assert text(looked).count("data:image/png;base64,") == 1
    assert not FormVersion.objects.exists()
    assert post("officer", sent).status_code == 303
    version = FormVersion.objects.get()
    assert (version.number, version.reason) == (1, "说得明白些")
    assert "第1版" in text(client("admin").get(reverse("desk:paper_forms")))


def test_what_is_missing_is_named_beside_the_page_and_cannot_be_saved(world: World) -> None:
    sent = said(
        {
            f"words_{path_of('第三十四条')}": "时间不够，再延【延长的天数】日，到【延长后的办结期限】。",
            "reason": "短些",
        }
    )
    looked = post("officer", {**sent, "preview": "1"})
    assert looked.status_code == 200 and "《信访工作条例》第三十四条要求写明" in text(looked)
    kept = post("officer", sent)
    assert kept.status_code == 422 and "延期的依据" in text(kept)
    hidden = said({f"words_{path_of('延期理由')}": "理由见附件", "preview": "1"})
    assert "请在文书里保留【延期理由】" in text(post("officer", hidden))


def test_a_part_that_is_needed_has_no_tick_and_one_sent_all_the_same_is_refused(world: World) -> None:
    needed = path_of("延期理由")
    assert f'name="gone_{needed}"' not in text(client("officer").get(address()))
    sent = said({f"gone_{needed}": "on", "reason": "短些"})
    post("officer", sent)
    assert all("延期理由" in version.source for version in FormVersion.objects.all())


def test_a_slip_comes_back_at_its_field_with_what_was_typed(world: World) -> None:
    name = f"words_{path_of('延期理由')}"
    answer = post("officer", said({name: "请看【无此项】", "reason": "改"}))
    assert answer.status_code == 422
    assert "没有【无此项】这一项" in text(answer) and "请看【无此项】" in text(answer)
    without = post("officer", said(ADDED))
    assert without.status_code == 422 and "为什么修改" in text(without) and "多谢支持。" in text(without)


def test_whoever_saves_over_a_version_not_seen_is_told(world: World) -> None:
    added = {"kind_1": "paragraph", "after_1": "0", "added_1": "多谢支持。", "reason": "加一句"}
    assert post("officer", said(added)).status_code == 303
    late = post("admin", said(added))
    assert late.status_code == 409 and "刚刚有人保存了新的一版" in text(late)


def test_an_earlier_version_and_the_one_that_ships_come_back_with_a_reason(world: World) -> None:
    added = {"kind_1": "field", "after_1": "0", "added_1": "经办人签字", "reason": "加签字栏"}
    post("officer", said(added))
    first = reverse("desk:paper_form_version", args=["D13", 1])
    shipped = reverse("desk:paper_form_version", args=["D13", 0])
    assert "现在用的就是这一版" in text(client("officer").get(first))
    assert client("officer").post(shipped, {"reason": ""}).status_code == 422
    assert client("officer").post(shipped, {"reason": "先不用"}).status_code == 303
    assert workshop.in_force("D13")[1] is None
    assert client("officer").post(first, {"reason": "还是要"}).status_code == 303
    assert workshop.in_force("D13")[1] == FormVersion.objects.get()


def test_who_keeps_no_forms_finds_no_page(world: World) -> None:
    urls = [reverse("desk:paper_forms"), address(), reverse("desk:paper_form_version", args=["D13", 0])]
    for name in ("handler", "head", "chief", "liaison", "inspector"):
        for url in urls:
            assert client(name).get(url).status_code == 404, (name, url)
        assert client(name).post(address(), said({"reason": "改"})).status_code == 404
    assert client("officer").get(address("D99")).status_code == 404
    assert client("officer").get(reverse("desk:paper_form_version", args=["D13", 9])).status_code == 404


def test_the_pages_cost_a_fixed_number_of_statements(world: World) -> None:
    post("officer", said(ADDED | {"reason": "加一句"}))
    signed = client("officer")
    for url in (reverse("desk:paper_forms"), address(), reverse("desk:paper_form_version", args=["D13", 1])):
        signed.get(url)
        with CaptureQueriesContext(connection) as seen:
            assert signed.get(url).status_code == 200
        assert len(seen.captured_queries) <= ALLOWED, [row["sql"] for row in seen.captured_queries]
