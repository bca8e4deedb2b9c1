"""The desk through HTTP: the whole way of a case, every page in every stage, who is let in."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from huiyin.cases import steps
from huiyin.cases.models import Case, Extension, Stage
from huiyin.desk.steps import PAGES
from huiyin.org.models import User
from huiyin.papers.files import shown_name
from huiyin.papers.models import Delivery, StoredFile, Upload
from tests.cases import world as made
from tests.cases.world import World, bring


def client(world: World, name: str) -> Client:
    signed = Client()
    signed.force_login(User.objects.get(username=name))
    return signed


def page(case: Case, step: str = "") -> str:
    return reverse("desk:step", args=[case.reference, step]) if step else reverse("desk:case", args=[case.reference])


def take(world: World, name: str, case: Case, step: str, **said: str) -> None:
    answer = client(world, name).post(page(case, step), {"sent": "1", **said})
    assert answer.status_code == 303, answer.content.decode()
    case.refresh_from_db()


def test_the_whole_way_by_pages(world: World) -> None:
    case = made.file(world).case
    take(world, "officer", case, "register", matter="拖欠三个月工资", demands="补发拖欠的三个月工资", headcount="1")
    take(world, "officer", case, "classify", classification="claim", branch="6")
    take(world, "officer", case, "accept", way="portal")
    take(world, "officer", case, "assign", unit=str(world.refinery.pk))
    take(world, "liaison", case, "take_in", handler=str(world.handler.user_id))
    take(world, "handler", case, "contact", way="phone", told="正在核对工资表")
    take(world, "handler", case, "note", text="调取了工资表")
    take(world, "handler", case, "ask", question="请补充工资条")
    take(world, "handler", case, "request_extension", days="20", reason="要调三年的表")
    asked = Extension.objects.get()
    answer = client(world, "head").post(
        reverse("desk:extension", args=[case.reference, asked.pk]), {"is_approved": "yes", "way": "portal"}
    )
    assert answer.status_code == 303
    draft = {"findings": "属实", "outcome_1": "supported", "reasons_1": "确有拖欠", "basis_1": "劳动合同法第三十条"}
    take(world, "handler", case, "draft", **draft, measure_1="月底前补发")
    preview = client(world, "head").get(reverse("desk:draft_preview", args=[case.reference]))
    assert preview.content.startswith(b"%PDF")
    take(world, "head", case, "approve")
    take(world, "officer", case, "seal")
    take(
        world,
        "officer",
        case,
        "deliver",
        way="hand",
        received_on=f"{localtime(case.received_at):%Y.%m.%d}",
        place="接待室",
    )
    take(world, "handler", case, "execute", demand_no="1", text="已补发")
    assert "还没有评价" in client(world, "officer").get(page(case, "close")).content.decode()
    refused = client(world, "officer").post(page(case, "close"), {"sent": "1"})
    assert refused.status_code == 409
    case.refresh_from_db()
    assert case.stage == Stage.DELIVERED


@pytest.mark.parametrize("stage", list(Stage), ids=str)
def test_every_page_of_a_case_opens_in_every_stage(world: World, stage: Stage) -> None:
    case, _filing = bring(world, stage)
    for name in ("officer", "handler", "head", "inspector", "stranger"):
        signed = client(world, name)
        may_see = signed.get(page(case)).status_code
        assert may_see in {200, 404}
        for step in PAGES if may_see == 200 else ("note", "approve"):
            assert signed.get(page(case, step)).status_code == may_see, (name, step)


def test_every_offered_step_has_a_page(world: World) -> None:
    elsewhere = {
        "advise",
        "open_identity",
        "look_up",
        "renew_code",
        "read_report",
        "resume",
        "take_file",
        "take_report_file",
    }
    by_staff = {code for code, step in steps.STEPS.items() if step.needs and code not in steps.NOT_BUTTONS}
    assert by_staff <= set(PAGES) | elsewhere


def test_lists_work_and_search(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    officer = client(world, "officer")
    assert case.matter in officer.get(reverse("desk:work")).content.decode()
    assert case.matter in officer.get(reverse("desk:cases"), {"q": "工资", "state": "open"}).content.decode()
    assert case.matter not in officer.get(reverse("desk:cases"), {"q": "食堂"}).content.decode()
    assert officer.get(reverse("desk:cases"), {"page": "99", "unit": "x", "due": "week"}).status_code == 200
    assert client(world, "stranger").get(reverse("desk:cases")).content.decode().count(case.reference) == 0


@pytest.mark.parametrize("name", ["work", "cases", "notices", "register_new"])
def test_pages_of_the_desk_ask_for_signing_on(world: World, name: str) -> None:
    assert Client().get(reverse(f"desk:{name}")).status_code == 302
    employee = Client()
    employee.force_login(world.employee)
    assert employee.get(reverse(f"desk:{name}")).status_code == 404


def test_quick_registration_gives_a_code_once(world: World) -> None:
    officer = client(world, "officer")
    form = officer.get(reverse("desk:register_new")).context["form"]
    said = {
        "channel": "visit", "received_at": f"{form.initial['received_at']:%Y-%m-%d %H:%M}", "text": "八个人来反映夜班津贴",
        "demands": "补发夜班津贴\n公布标准", "identity": "named", "name": "赵六", "headcount": "8",
        "representatives": "赵六\n钱七", "idempotency_key": "abc",
    }  # fmt: skip
    answer = officer.post(reverse("desk:register_new"), said)
    assert answer.status_code == 201, answer.content.decode()
    code = answer.context["code"]
    case = Case.objects.get()
    assert (case.headcount, case.demands.count(), case.parties.count()) == (
        8,
        2,
        2,
    )  # the filer is one of the two who speak
    pdf = officer.post(reverse("desk:receipt_pdf", args=[answer.context["filing"].reference]), {"code": code})
    assert pdf.content.startswith(b"%PDF")
    six = said | {"representatives": "\n".join(f"代表{no}" for no in range(6)), "idempotency_key": "d"}
    told = officer.post(reverse("desk:register_new"), six)  # the petition is taken, the field is not (tests/cases)
    assert told.status_code == 201 and "代表最多5人" in told.content.decode()


def test_a_receipt_dated_in_the_future_is_refused_not_bent(world: World) -> None:
    said = {
        "channel": "phone", "received_at": "2150-1-1 9:00", "text": "来电反映宿舍漏水", "demands": "修好屋顶",
        "identity": "anonymous", "headcount": "1",
    }  # fmt: skip
    answer = client(world, "officer").post(reverse("desk:register_new"), said)
    assert answer.status_code == 422 and "2150-1-1 9:00" in answer.content.decode()
    assert not Case.objects.exists()


def test_alike_cases_appear_while_typing(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    found = client(world, "officer").post(reverse("desk:alike"), {"text": made.TEXT})
    assert case.matter in found.content.decode()


def test_an_identity_is_shown_once_after_a_purpose(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    officer = client(world, "officer")
    url = reverse("desk:reveal", args=[case.reference, "open_identity"])
    assert "13812345678" not in officer.get(url).content.decode() + officer.get(page(case)).content.decode()
    assert officer.post(url, {"sent": "1"}).status_code == 422
    assert "13812345678" in officer.post(url, {"purpose": "contact"}).content.decode()


def test_a_report_opens_for_the_inspector_alone(world: World) -> None:
    case = made.file(world, "举报有人吃空饷冒领工资", said="report").case
    assert client(world, "officer").get(page(case)).status_code == 404
    inspector = client(world, "inspector")
    assert "吃空饷" not in inspector.get(page(case)).content.decode()
    assert "吃空饷" in inspector.post(reverse("desk:read_report", args=[case.reference])).content.decode()
    assert case.reference in inspector.get(reverse("desk:reports")).content.decode()
    take(world, "inspector", case, "conclude_report", text="已核查，谢谢您。")


def test_papers_and_limits_open(world: World) -> None:
    case, _filing = bring(world, Stage.CLOSED)
    officer = client(world, "officer")
    context = officer.get(page(case)).context
    for sent in context["papers"]:
        url = reverse("desk:paper", args=[case.reference, sent["paper"].reference])
        assert officer.get(url).content.startswith(b"%PDF")
        assert officer.get(url, {"docx": ""}).content.startswith(b"PK")
        assert client(world, "stranger").get(url).status_code == 404
    for clock in context["clocks"]:
        assert officer.get(clock["url"]).status_code == 200


def _pdf(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")


CALL = {
    "channel": "letter", "received_at": "2026-1-5 9:05", "text": "来信反映宿舍漏水", "demands": "修好屋顶",
    "identity": "anonymous", "headcount": "1", "postmark_on": "2026.1.3",
}  # fmt: skip


def test_a_letter_is_registered_with_its_scans_and_its_three_dates(world: World) -> None:
    officer = client(world, "officer")
    answer = officer.post(reverse("desk:register_new"), CALL | {"files_whole": [_pdf("信封.pdf"), _pdf("来信.pdf")]})
    assert answer.status_code == 201, answer.content.decode()
    filing = answer.context["filing"]
    files = StoredFile.objects.filter(subject=filing.case.subject_id)
    assert [shown_name(row) for row in files.order_by("pk")] == ["信封.pdf", "来信.pdf"]
    assert filing.postmark_on == date(2026, 1, 3) and localtime(filing.received_at).date() == date(2026, 1, 5)
    assert filing.entered_at > filing.received_at


def test_saving_opens_the_next_of_the_same_channel(world: World) -> None:
    answer = client(world, "officer").post(reverse("desk:register_new"), CALL)
    form = answer.context["form"]
    assert answer.context["code"] and not form.is_bound
    assert form.initial["channel"] == "letter" and form.initial["idempotency_key"]


def test_a_scan_that_arrived_stays_with_the_form_when_a_word_is_missing(world: World) -> None:
    officer, url = client(world, "officer"), reverse("desk:register_new")
    refused = officer.post(url, CALL | {"demands": "", "files_whole": _pdf("来信.pdf")})
    token = Upload.objects.get().token
    assert refused.status_code == 422 and token in refused.content.decode()
    assert officer.post(url, CALL | {"files": token}).status_code == 201
    assert StoredFile.objects.count() == 1


def test_the_twenty_first_file_is_told_and_no_word_is_lost(world: World) -> None:
    officer, url = client(world, "officer"), reverse("desk:register_new")
    answer = officer.post(url, CALL | {"files_whole": [_pdf(f"第{no}页.pdf") for no in range(1, 23)]})
    page = answer.content.decode()
    assert answer.status_code == 422 and "来信反映宿舍漏水" in page and "后面的 2 个没有收下" in page
    tokens = [upload.token for upload in Upload.objects.order_by("pk")]
    assert len(tokens) == 20 and all(token in page for token in tokens)
    assert officer.post(url, CALL | {"files": tokens}).status_code == 201


def test_a_note_keeps_its_words_and_files_when_a_file_is_refused(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    said = {"text": "调取了工资表", "files_whole": [_pdf("好.pdf"), SimpleUploadedFile("空.pdf", b"")]}
    answer = client(world, "handler").post(page(case, "note"), said)
    shown = answer.content.decode()
    assert answer.status_code == 422 and "调取了工资表" in shown and Upload.objects.get().token in shown


def test_a_notice_by_post_needs_its_number_and_keeps_it(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    take(world, "officer", case, "classify", classification="claim", branch="6")
    officer = client(world, "officer")
    refused = officer.post(page(case, "accept"), {"sent": "1", "way": "post"})
    assert refused.status_code == 422 and "邮件号" in refused.content.decode()
    take(world, "officer", case, "accept", way="post", tracking_no="EMS1234567")
    sent = Delivery.objects.get()
    assert (sent.way, sent.tracking_no, sent.received_on) == ("post", "EMS1234567", None)


def test_an_extension_is_told_by_post_with_its_number(world: World) -> None:
    case, _filing = bring(world, Stage.HANDLING)
    take(world, "handler", case, "request_extension", days="20", reason="要调三年的表")
    url = reverse("desk:extension", args=[case.reference, Extension.objects.get().pk])
    said = {"is_approved": "yes", "way": "post", "tracking_no": "EMS7654321"}
    assert client(world, "head").post(url, said).status_code == 303
    assert Delivery.objects.filter(way="post", tracking_no="EMS7654321").exists()


def test_a_notice_handed_over_says_where(world: World) -> None:
    case, _filing = bring(world, Stage.REGISTERED)
    said = {"reason": "不属于本单位", "article": "第二十三条", "right_organ": "市医保局"}
    take(world, "officer", case, "decline", way="hand", place="接待室", **said)
    sent = Delivery.objects.get()
    assert sent.place == "接待室" and sent.received_on is not None


def test_the_list_of_reports_is_not_there_for_others(world: World) -> None:
    found = {name: client(world, name).get(reverse("desk:reports")).status_code for name in ("officer", "inspector")}
    assert found == {"officer": 404, "inspector": 200}
