from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huiyin.cases.lists import topics
from huiyin.cases.models import Case, Demand, Filing, Party
from huiyin.cases.models.case import Stage
from huiyin.org.models import User
from huiyin.papers.models import StoredFile, Upload
from tests.cases.world import World
from tests.portal.typed import KEY, TEXT, code_in, filing

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def post(client: Client, **changes: Any) -> Any:
    return client.post("/file/", filing(**changes))


def test_the_first_page_and_the_form_open_without_an_account(world: World, client: Client) -> None:
    assert "反映问题" in client.get("/").content.decode()
    page = client.get("/file/").content.decode()
    assert 'name="idempotency_key"' in page and "检举、控告违纪违法行为" in page
    assert client.get("/how/").status_code == 200


def test_every_topic_is_offered_once_and_most_people_s_without_unfolding(world: World, client: Client) -> None:
    page = client.get("/file/").content.decode()
    offered = re.findall(r'name="topic" value="(\w+)"', page)
    assert len(offered) == len(set(offered)) and set(offered) == {row.code for row in topics() if row.parent is None}
    in_sight, folded = page.split("别的方面")
    assert 'value="pay"' in in_sight and in_sight.count('name="topic"') == 8 and 'value="other"' in folded


def test_a_folded_topic_that_was_chosen_stands_open(world: World, client: Client) -> None:
    assert "<details><summary>别的方面" in post(client, text="").content.decode()
    assert "<details open><summary>别的方面" in post(client, text="", topic="legacy").content.decode()


@pytest.mark.parametrize("identity", ["named", "confidential", "anonymous"])
def test_each_kind_of_identity_gets_a_receipt(world: World, client: Client, identity: str) -> None:
    answer = post(client, identity=identity)
    page = answer.content.decode()
    row = Filing.objects.get()
    assert answer.status_code == 201
    assert row.reference in page and row.identity == identity and len(code_in(page)) == 28
    assert "data:image/svg+xml" in page and "最晚" in page and TEXT in page


def test_an_anonymous_filing_keeps_nothing_of_the_signed_in_account(world: World, client: Client) -> None:
    client.force_login(world.employee)
    post(client, identity="anonymous")
    party = Party.objects.get()
    assert party.sealed_identity is None and party.account_digest is None


def test_a_named_filing_keeps_the_account_for_my_matters(world: World, client: Client) -> None:
    client.force_login(world.employee)
    post(client)
    assert Party.objects.get().account_digest is not None
    assert Filing.objects.get().reference in client.get("/mine/").content.decode()


def test_a_retry_with_the_same_key_shows_the_same_receipt(world: World, client: Client) -> None:
    first, second = post(client), post(client)
    assert (first.status_code, second.status_code) == (201, 200)
    assert code_in(first.content.decode()) == code_in(second.content.decode())
    assert Filing.objects.count() == 1 and "没有重复登记" in second.content.decode()


def test_back_and_other_words_under_the_same_key_is_refused_and_keeps_them(world: World, client: Client) -> None:
    post(client)
    answer = post(client, text="换了一段完全不同的话，再交一次。")
    assert answer.status_code == 409 and Filing.objects.count() == 1
    assert "换了一段完全不同的话" in answer.content.decode() and "刚才已经提交过" in answer.content.decode()


def test_a_new_key_is_a_new_filing(world: World, client: Client) -> None:
    post(client)
    assert post(client, idempotency_key=KEY[::-1]).status_code == 201
    assert Filing.objects.count() == 2


def test_a_report_of_wrongdoing_is_sealed_at_once(world: World, client: Client) -> None:
    answer = post(client, said="report")
    case = Case.objects.get()
    assert case.stage == Stage.INSPECTED and case.is_sealed and case.matter == ""
    assert "只有纪检监察人员能够看到内容" in answer.content.decode()


def test_several_requests_become_as_many_demands(world: World, client: Client) -> None:
    post(client, **{"demands-1": "  ", "demands-2": "补缴社保", "demands-9": "书面道歉"})
    assert list(Demand.objects.order_by("no").values_list("text", flat=True)) == [
        "补发三个月工资",
        "补缴社保",
        "书面道歉",
    ]


def test_a_group_names_up_to_five(world: World, client: Client) -> None:
    people = {f"representatives-{place}": f"代表{'甲乙丙丁戊'[place]}" for place in range(5)}
    assert post(client, headcount="２３人", **people).status_code == 201
    assert Filing.objects.get().headcount == 23 and Party.objects.filter(part="representative").count() == 5


def test_a_sixth_representative_is_told_and_nobody_is_dropped(world: World, client: Client) -> None:
    people = {f"representatives-{place}": f"代表{'甲乙丙丁戊己'[place]}" for place in range(6)}
    answer = post(client, headcount="23", **people)
    page = answer.content.decode()
    assert answer.status_code == 422 and "最多 5 人" in page and "代表己" in page
    assert Filing.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": ""}, "请写下发生了什么事"),
        ({"text": "\u202e\u200b"}, "请写下发生了什么事"),
        ({"demands-0": None}, "请写下您希望怎样解决"),
        ({"demands-0": "\u200b"}, "请写下您希望怎样解决"),
        ({"identity": None}, "请选择实名、保密或匿名"),
        ({"name": ""}, "不想留姓名，请选择“匿名”"),
        ({"name": "王" * 5000}, "最多写 40 个字"),
        ({"id_number": "110101199003070010"}, "身份证"),
        ({"phone": "12"}, "电话"),
        ({"headcount": "很多"}, "请只写数字"),
        ({"topic": "nonsense"}, "重新选择"),
        ({"text": "长" * 20001}, "最多写 20000 个字"),
    ],
)
def test_what_can_not_be_taken_is_told_and_everything_typed_stays(
    world: World, client: Client, changes: dict[str, Any], sentence: str
) -> None:
    answer = post(client, address="安居路 1 号", **changes)
    page = answer.content.decode()
    assert answer.status_code == 422 and sentence in page
    assert "安居路 1 号" in page and KEY in page
    assert TEXT in page or "text" in changes
    assert Filing.objects.count() == 0


def test_full_width_digits_emoji_and_bidi_marks_are_taken_as_people_mean_them(world: World, client: Client) -> None:
    answer = post(client, phone="１３８１２３４５６７８", name="王\u202e小明", text="工资没发😡\u2066请帮帮我")
    assert answer.status_code == 201, answer.content.decode()[:3000]
    assert Filing.objects.get().text == "工资没发😡请帮帮我"


def test_a_file_sent_with_the_form_is_stored_with_the_filing(world: World, client: Client) -> None:
    answer = post(client, files_whole=SimpleUploadedFile("工资条.pdf", PDF))
    assert answer.status_code == 201 and "工资条.pdf" in answer.content.decode()
    assert StoredFile.objects.count() == 1 and Upload.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("空.pdf", b"", "空文件"),
        ("程序.exe", b"MZ" + bytes(100), "不能上传"),
        ("图.jpg", PDF, "图.jpg"),
    ],
)
def test_a_bad_file_is_named_and_a_good_one_beside_it_is_kept(
    world: World, client: Client, name: str, content: bytes, sentence: str
) -> None:
    both = [SimpleUploadedFile("好.pdf", PDF), SimpleUploadedFile(name, content)]
    answer = post(client, files_whole=both)
    page = answer.content.decode()
    assert answer.status_code == 422 and sentence in page and TEXT in page
    token = Upload.objects.get().token
    assert token in page and Filing.objects.count() == 0
    assert post(client, files=token).status_code == 201
    assert StoredFile.objects.count() == 1


def test_the_twenty_first_file_sent_at_once_is_told_and_no_word_is_lost(world: World, client: Client) -> None:
    answer = post(client, files_whole=[SimpleUploadedFile(f"第{no}页.pdf", PDF) for no in range(1, 22)])
    page = answer.content.decode()
    assert answer.status_code == 422 and TEXT in page and "后面的 1 个没有收下" in page
    tokens = [upload.token for upload in Upload.objects.order_by("pk")]
    assert len(tokens) == 20 and Filing.objects.count() == 0
    assert post(client, files=tokens).status_code == 201
    assert StoredFile.objects.count() == 20


def test_a_file_of_51_mb_is_refused_with_its_name(world: World, client: Client) -> None:
    answer = client.post("/ui/uploads/", {"name": "录像.mp4", "size": str(51 * 1024 * 1024)})
    assert answer.status_code == 422 and "50 MB" in answer.json()["sentence"]


def statements(captured: CaptureQueriesContext) -> list[str]:
    """Without those of the test's own savepoints and of the policy text, which is kept in memory once it is committed."""
    return [
        query["sql"]
        for query in captured.captured_queries
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE")) and 'FROM "clocks_policytext"' not in query["sql"]
    ]


def test_the_receipt_takes_at_most_12_statements(world: World, client: Client) -> None:
    post(client, idempotency_key=KEY[::-1])
    with CaptureQueriesContext(connection) as captured:
        assert post(client).status_code == 201
    assert len(statements(captured)) <= 12, statements(captured)


def test_signed_in_the_receipt_takes_at_most_12_statements_too(world: World, client: Client) -> None:
    post(client, idempotency_key=KEY[::-1])
    client.force_login(world.employee)
    with CaptureQueriesContext(connection) as captured:
        assert post(client).status_code == 201
    assert len(statements(captured)) <= 12, statements(captured)


def test_nothing_is_written_into_the_session_by_filing(world: World, client: Client) -> None:
    assert post(client, identity="anonymous").status_code == 201
    assert "session" not in client.cookies


def test_the_account_of_somebody_else_sees_nothing_of_it(world: World, client: Client) -> None:
    post(client)
    other = User.objects.create_user("E2", None, name="李四")
    client.force_login(other)
    assert client.get(f"/progress/{Filing.objects.get().reference}/").status_code == 404
    assert Filing.objects.get().reference not in client.get("/mine/").content.decode()
