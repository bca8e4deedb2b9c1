from __future__ import annotations

import hashlib
import io
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from huiyin.cases import closing, handling, identity, intake, joining, triage
from huiyin.cases.models import Case, Filing, Note, Rating, Stage
from huiyin.kernel.ids import new_query_code
from huiyin.papers import content, uploads
from huiyin.papers.models import StoredFile
from huiyin.portal import codes
from huiyin.trail import checkpoints
from huiyin.trail.moments import server_now, server_time
from tests.cases import world as made
from tests.cases.world import World
from tests.papers.reading import bare, pdf_text
from tests.portal.typed import KEY, TEXT, code_in, filing, opened


@pytest.fixture
def delivered(world: World, client: Client) -> Filing:
    """A case whose decision was delivered on the portal, the employee signed in."""
    _case, row = made.bring(world, Stage.DELIVERED)
    client.force_login(world.employee)
    return row


def address(row: Filing, *more: str) -> str:
    return "/".join(["/progress", row.reference, *more, ""])


def page(client: Client, row: Filing) -> str:
    answer = client.get(address(row))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_code_opens_its_own_filing(world: World, client: Client) -> None:
    _code, where = opened(client)
    shown = client.get(where).content.decode()
    assert "已收到，等待登记" in shown and TEXT in shown and "书面告诉您是否受理" in shown


def test_the_code_is_understood_however_it_is_typed(world: World, client: Client) -> None:
    code = code_in(client.post("/file/", filing()).content.decode())
    typed = " - ".join(code[at : at + 4] for at in range(0, 28, 4)).lower()
    assert client.post("/track/", {"code": typed}).status_code == 303
    assert client.post("/track/", {"code": f"http://localhost:8000/track/#{code}"}).status_code == 303


def test_a_typing_error_is_told_by_its_group_and_not_counted(world: World, client: Client) -> None:
    code = code_in(client.post("/file/", filing()).content.decode())
    wrong = ("1" if code[0] != "1" else "2") + code[1:]
    for _time in range(15):
        answer = client.post("/track/", {"code": wrong})
        assert answer.status_code == 422 and "第 1 组" in answer.content.decode()


def test_unknown_codes_are_slowed_down(world: World, client: Client) -> None:
    statuses = [client.post("/track/", {"code": new_query_code()}).status_code for _time in range(12)]
    assert statuses[:10] == [404] * 10 and statuses[-1] == 429


def test_after_30_minutes_the_code_is_asked_for_again(world: World, client: Client) -> None:
    _code, where = opened(client)
    with server_time(server_now() + codes.OPEN_FOR + timedelta(seconds=1)):
        assert client.get(where)["Location"] == "/track/"
        answer = client.post(where + "add/", {"text": "这段话不能丢，我写了很久。"})
    assert answer.status_code == 403 and "这段话不能丢" in answer.content.decode()
    assert not Note.objects.exists()


def test_the_code_of_one_filing_does_not_open_another(world: World, client: Client) -> None:
    other = code_in(client.post("/file/", filing(idempotency_key=KEY[::-1])).content.decode())
    other_reference = intake.filing_by_code(other).reference  # type: ignore[union-attr]
    opened(client)
    assert client.get(f"/progress/{other_reference}/").status_code == 404
    assert client.post(f"/progress/{other_reference}/add/", {"text": "x"}).status_code == 404


def test_leaving_closes_the_filing_in_this_browser(world: World, client: Client) -> None:
    _code, where = opened(client)
    client.post("/leave/")
    assert client.get(where)["Location"] == "/track/"


def test_an_addition_and_an_answer_reach_the_case(world: World, client: Client) -> None:
    case, row = made.bring(world, Stage.HANDLING)
    handling.ask(case, question="工资卡是哪家银行？", by=world.handler, at=server_now())
    client.force_login(world.employee)
    assert "工资卡是哪家银行" in page(client, row)
    assert client.post(address(row, "answer", "1"), {"text": "工商银行"}).status_code == 303
    photo = SimpleUploadedFile("工资卡.txt", "工商银行".encode())
    assert client.post(address(row, "add"), {"text": "补充一句", "files_whole": photo}).status_code == 303
    shown = page(client, row)
    assert "工商银行" in shown and "补充一句" in shown and "工资卡.txt" in shown and "有一个问题请您回答" not in shown
    again = client.post(address(row, "answer", "1"), {"text": "再答一次"})
    assert again.status_code == 409 and "再答一次" in again.content.decode()


def test_a_full_case_takes_no_more_from_the_filer_but_the_proof_of_the_office(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MOST_OF_A_CASE", 10)
    case, row = made.bring(world, Stage.HANDLING)
    client.force_login(world.employee)
    before = StoredFile.objects.count()
    photo = SimpleUploadedFile("工资卡.txt", "工商银行尾号六六".encode())
    answer = client.post(address(row, "add"), {"text": "这段话不能丢", "files_whole": photo})
    assert answer.status_code == 422
    assert "材料合计不能超过" in answer.content.decode() and "这段话不能丢" in answer.content.decode()
    assert not Note.objects.filter(kind=Note.Kind.ADDITION).exists() and StoredFile.objects.count() == before
    proof = uploads.take_whole("凭证.txt", 36, io.BytesIO("工商银行尾号六六八八".encode() + b"123456"))
    handling.note(case, text="工资卡凭证", uploads=[proof.token], by=world.handler, at=server_now())
    assert StoredFile.objects.count() == before + 1


def test_nothing_to_add_is_told_at_the_field(world: World, client: Client) -> None:
    _code, where = opened(client)
    answer = client.post(where + "add/", {"text": ""})
    assert answer.status_code == 422 and "请写几句话，或者附上材料" in answer.content.decode()


def test_confirming_rating_and_reading_the_paper(delivered: Filing, client: Client) -> None:
    shown = page(client, delivered)
    assert "处理意见书" in shown and "确认收到" in shown and "予以支持" in shown
    assert client.post(address(delivered, "confirm")).status_code == 303
    shown = page(client, delivered)
    assert address(delivered, "rate") in shown and "您可以评价" in shown
    values = {"office": "satisfied", "unit": "not", "is_solved": "no", "comment": "还差一个月"}
    assert client.post(address(delivered, "rate"), values).status_code == 303
    assert Rating.objects.get().comment == "还差一个月"
    again = client.post(address(delivered, "rate"), values)
    assert again.status_code == 409 and "还差一个月" in again.content.decode()
    shown = page(client, delivered)
    assert address(delivered, "rate") not in shown and "您可以评价" not in shown and "您可以请求复查" in shown


def test_a_sealed_paper_is_a_download(delivered: Filing, client: Client) -> None:
    shown = page(client, delivered)
    start = shown.index(address(delivered, "papers").rstrip("/"))
    answer = client.get(shown[start : shown.index('"', start)])
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert client.get(address(delivered, "papers", "0000000000")).status_code == 404


def test_rating_before_receipt_is_not_offered_and_refused(delivered: Filing, client: Client) -> None:
    assert address(delivered, "rate") not in page(client, delivered)
    answer = client.post(address(delivered, "rate"), {"office": "not", "unit": "not", "is_solved": "no"})
    assert answer.status_code == 409 and "请先确认收到" in answer.content.decode()


def test_withdrawing_takes_a_tick(world: World, client: Client) -> None:
    _code, where = opened(client)
    assert client.post(where + "withdraw/", {"reason": "想通了"}).status_code == 422
    assert client.post(where + "withdraw/", {"reason": "想通了", "is_sure": "on"}).status_code == 303
    assert Case.objects.get().stage == Stage.WITHDRAWN
    assert "您已撤回" in client.get(where).content.decode()


def test_the_employee_sees_who_looked(world: World, client: Client) -> None:
    case, row = made.bring(world, Stage.HANDLING)
    client.force_login(world.employee)
    assert "还没有人查看过" in page(client, row)
    identity.open_identity(case, purpose="contact", by=world.handler, at=server_now())
    shown = page(client, row)
    assert "查看了您的身份信息" in shown and "联系您了解情况" in shown and "炼化公司" in shown


def test_a_limit_is_explained_day_by_day_to_its_own_employee_alone(world: World, client: Client) -> None:
    _case, row = made.bring(world, Stage.ACCEPTED)
    client.force_login(world.employee)
    shown = page(client, row)
    start = shown.index(address(row, "limits").rstrip("/"))
    where = shown[start : shown.index('"', start)]
    assert "六十" in client.get(where).content.decode() or "60" in client.get(where).content.decode()
    client.logout()
    assert client.get(where)["Location"] == "/track/"


def test_of_a_report_only_stage_and_replies_are_shown(world: World, client: Client) -> None:
    _code, where = opened(client, said="report", identity="anonymous", name="", phone="")
    case = Case.objects.get()
    closing.note_report(case, text="内部核查记录", by=world.inspector, at=server_now())
    closing.reply_report(case, text="已经收到，正在核查。", by=world.inspector, at=server_now())
    shown = client.get(where).content.decode()
    assert "已经收到，正在核查。" in shown and "内部核查记录" not in shown
    assert "由纪检监察人员办理" in shown


def test_a_note_of_the_investigation_is_not_shown(world: World, client: Client) -> None:
    case, row = made.bring(world, Stage.HANDLING)
    handling.note(case, text="证人张三说的话", by=world.handler, at=server_now())
    handling.contact(case, way="phone", told="已告知正在核对工资表", by=world.handler, at=server_now())
    client.force_login(world.employee)
    shown = page(client, row)
    assert "证人张三" not in shown and "已告知正在核对工资表" in shown


def test_a_joined_filing_of_somebody_else_shows_its_own_words_and_papers(world: World, client: Client) -> None:
    case, _first = made.bring(world, Stage.ACCEPTED)
    code, where = opened(client, text="我也是三个月没有发工资。")
    mine = intake.filing_by_code(code)
    assert mine is not None
    joining.join(mine.case, into=case, reason="同一件事", by=world.officer, at=server_now())
    shown = client.get(where).content.decode()
    assert "我也是三个月没有发工资" in shown and "财务科问过两次" not in shown
    assert "信访事项受理告知书" in shown and made.DEMAND not in shown
    assert "并过去一起办" in shown and "已受理，正在确定承办单位" in shown
    assert client.post(where + "add/", {"text": "还想说一句"}).status_code == 303
    assert "还想说一句" in client.get(where).content.decode()
    pdf = client.post("/receipt/pdf/", {"code": code})
    assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF")


def test_the_receipt_as_pdf_and_its_proof(world: World, client: Client) -> None:
    code = code_in(client.post("/file/", filing()).content.decode())
    pdf = client.post("/receipt/pdf/", {"code": code})
    assert pdf.content.startswith(b"%PDF") and pdf["Content-Disposition"].startswith("attachment")
    pending = client.post("/receipt/proof/", {"code": code})
    assert json.loads(pending.content)["state"] == "pending"
    checkpoints.grow(server_now())
    checkpoints.sign(server_now(), force=True)
    sealed = client.post("/receipt/proof/", {"code": code}).content.decode()
    good = client.post("/verify/", {"proof": sealed}).content.decode()
    assert "核对通过" in good and "一个字节也没有变" in good
    assert "封存印记" in client.get("/").content.decode()
    claim = json.loads(sealed)
    claim["leaf"] = "0" * 64
    assert "核对没有通过" in client.post("/verify/", {"proof": json.dumps(claim)}).content.decode()


def test_the_receipt_prints_the_words_as_filed_and_their_hash_can_be_computed_from_it(
    world: World, client: Client
) -> None:
    wanted = ["补发三个月工资", "说明为什么停发"]
    code, where = opened(client, **{"demands-0": wanted[0], "demands-1": wanted[1]})
    row = Filing.objects.get()
    rewritten = ["补发2026年5月至7月工资", "书面说明停发的原因"]
    intake.register(row.case, matter="拖欠工资", demands=rewritten, by=world.officer, at=server_now())
    printed = bare(pdf_text(client.post("/receipt/pdf/", {"code": code}).content))
    said, asked = re.search("您反映的内容(.*)您提出的请求(.*)您提交的材料", printed).groups()  # type: ignore[union-attr]
    told = re.split(r"（?\d）?[.．、]?", asked)[1:]
    content = json.dumps([said, *told], ensure_ascii=False).encode()
    assert f"（SHA-256）：{hashlib.sha256(content).hexdigest()}" in printed, (said, told)
    shown = client.get(where).content.decode()
    assert wanted[1] in shown


@pytest.mark.parametrize("identity", ["anonymous", "named"])
def test_a_case_that_becomes_a_report_keeps_the_requests_as_filed_sealed(
    world: World, client: Client, identity: str
) -> None:
    code, _where = opened(client, identity=identity)
    row = Filing.objects.get()
    intake.register(row.case, matter="拖欠工资", demands=["改写的请求"], by=world.officer, at=server_now())
    triage.classify(row.case, classification="report", by=world.officer, at=server_now())
    row.refresh_from_db()
    assert row.demands is None and "补发".encode() not in bytes(row.sealed_demands or b"")
    printed = bare(pdf_text(client.post("/receipt/pdf/", {"code": code}).content))
    assert "补发三个月工资" in printed and row.content_hash in printed and "改写的请求" not in printed


@pytest.mark.parametrize("proof", ["{", "[]", '"x"', "null", "9" * 70_000, "[" * 20_000])
def test_anything_else_is_no_proof(world: World, client: Client, proof: str) -> None:
    answer = client.post("/verify/", {"proof": proof})
    assert answer.status_code == 200 and "这不是回执的证明文件" in answer.content.decode()
    assert client.post("/verify/", {}).status_code == 422


def test_nobody_is_sent_to_the_query_page(world: World, client: Client) -> None:
    assert client.get("/progress/0000000000/")["Location"] == "/track/"
    assert client.get("/mine/")["Location"] == "/sign-in/?next=/mine/"


def test_the_answer_to_a_request_shows_only_once_the_decision_was_sent(world: World, client: Client) -> None:
    _case, row = made.bring(world, Stage.DECIDED)
    client.force_login(world.employee)
    assert "予以支持" not in page(client, row) and "给您的文书" in page(client, row)


def test_the_page_takes_no_more_statements_for_more_notes(world: World, client: Client) -> None:
    case, row = made.bring(world, Stage.HANDLING)
    client.force_login(world.employee)
    page(client, row)  # the first page notes the use of the session
    counts = []
    for _round in range(2):
        for number in range(3):
            handling.contact(case, way="phone", told=f"第 {number} 次告知进展", by=world.handler, at=server_now())
            handling.ask(case, question="还有吗？", by=world.handler, at=server_now())
        with CaptureQueriesContext(connection) as captured:
            page(client, row)
        counts.append(len(captured))
    assert counts[0] == counts[1]
