"""A letter's scan becomes the filing's text at the desk: read, proof-read beside the picture, registered."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from huiyin.cases import sealed
from huiyin.cases.models import Arrival, Case
from huiyin.papers import scans
from huiyin.papers.models import StoredFile
from huiyin.trail.canonical import read_body
from huiyin.trail.models import Event
from huiyin.trail.moments import server_now
from huiyin.trail.verify import verify
from tests.cases import world as made
from tests.cases.world import World
from tests.desk.signed import client
from tests.papers.test_scans import A_READER, FAILS, blank

NEW = "/desk/new/"


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(scans, "READER", A_READER)
    return made.build()


def typed(**more: object) -> dict[str, object]:
    """A letter's form, filled in as far as one can without reading it."""
    at = localtime(server_now())
    said = {
        "channel": "letter", "received_at": f"{at:%Y-%m-%d %H:%M}", "text": "", "demands": "补发津贴", "said": "claim",
        "identity": "named", "name": "王建国", "tracking_no": "EA123456789CN", "headcount": "1", "idempotency_key": "scan-1",
    }  # fmt: skip
    return said | more


def begin(officer: Client, **more: object) -> str:
    """Ask for the reading of a scan that comes with the form; its token."""
    waits = officer.post(
        NEW, typed(scan_do="read", files_whole=SimpleUploadedFile("来信.jpg", blank(), "image/jpeg"), **more)
    )
    assert waits.status_code == 200, waits.content.decode()
    assert "看看读好了没有" in waits.content.decode()
    return str(waits.context["scans"][0].token)


def test_a_letter_is_read_proof_read_and_registered(world: World) -> None:
    officer = client("officer")
    token = begin(officer)
    waiting = officer.post(NEW, typed(scan_do="look", files=token, scan_looks="1")).content.decode()
    assert 'value="EA123456789CN"' in waiting and "等着读" in waiting  # what was typed goes along
    scans.read_scan.call(token)
    first = officer.post(NEW, typed(scan_do="look", files=token)).content.decode()
    assert "第 1 页，共 2 页" in first and "欠发夜班津贴" in first and "每一行都读得清楚" in first
    picture = officer.get(reverse("desk:scan_picture", args=[token, 1]))
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    second = officer.post(
        NEW, typed(scan_do="confirm", files=token, scan_page="1", scan_text="欠发夜班津贴。")
    ).content.decode()
    assert "第 2 页，共 2 页" in second and "<mark>请求补发三十八个夜</mark>" in second
    back = officer.post(
        NEW, typed(scan_do="confirm", files=token, scan_page="2", scan_text="请求补发三十八个夜班的津贴。")
    )
    assert back.context["form"]["text"].value() == "欠发夜班津贴。\n请求补发三十八个夜班的津贴。"
    assert "文字已经填好" in back.content.decode() and 'value="EA123456789CN"' in back.content.decode()
    raw = scans.raw_hash([scans.scan_of(token, user_id=world.officer.user_id)])

    saved = officer.post(NEW, typed(files=token, text=back.context["form"]["text"].value()))
    assert saved.status_code == 201, saved.content.decode()
    case, arrival = Case.objects.get(), Arrival.objects.get()
    assert sealed.text_of(arrival.filing) == "欠发夜班津贴。\n请求补发三十八个夜班的津贴。"
    assert (arrival.scan_hash, arrival.scan_reader) == (raw, "a reader 1")
    assert StoredFile.objects.filter(subject=case.subject_id, original=None).count() == 1
    event = read_body(bytes(Event.objects.get(subject=case.subject_id, act="receive").canonical))
    assert event["facts"]["proof_read_by"] == world.officer.user_id
    assert not scans._folder(token).exists()
    assert verify().findings == []
    Arrival.objects.update(scan_hash="0" * 64)
    assert verify().findings != []
    assert "已人工核对" in officer.get(reverse("desk:case", args=[case.reference])).content.decode()


def test_words_typed_before_stay_above_and_are_not_doubled(world: World) -> None:
    officer = client("officer")
    token = begin(officer, text="信封上写着加急")
    scans.read_scan.call(token)
    for page in ("1", "2"):
        said = typed(scan_do="confirm", files=token, scan_page=page, scan_text=f"第{page}页。", text="信封上写着加急")
        back = officer.post(NEW, said)
    text = back.context["form"]["text"].value()
    assert text == "信封上写着加急\n第1页。\n第2页。"
    again = officer.post(NEW, typed(scan_do="look", files=token, text=text))
    assert again.context["form"]["text"].value() == text


def test_corrections_stay_when_somebody_turns_the_page_or_goes_back(world: World) -> None:
    officer = client("officer")
    token = begin(officer)
    scans.read_scan.call(token)
    officer.post(NEW, typed(scan_do="page:2", files=token, scan_page="1", scan_text="改了一半"))
    form = officer.post(NEW, typed(scan_do="form", files=token, scan_page="2", scan_text="第二页也改了"))
    assert "接着校对扫描件" in form.content.decode() and not form.context["form"]["text"].value()
    assert "改了一半" in officer.post(NEW, typed(scan_do="read", files=token)).content.decode()
    turned = officer.post(NEW, typed(scan_do="page:2", files=token)).content.decode()
    assert "第二页也改了" in turned


def test_too_long_a_page_is_told_on_the_page_and_kept_there(world: World) -> None:
    officer = client("officer")
    token = begin(officer)
    scans.read_scan.call(token)
    refused = officer.post(NEW, typed(scan_do="confirm", files=token, scan_page="1", scan_text="长" * 20_001))
    assert refused.status_code == 422
    assert "请删减" in refused.content.decode() and "长" * 20_001 in refused.content.decode()


def test_a_scan_that_cannot_be_read_is_typed_by_hand(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "READER", FAILS)
    officer = client("officer")
    token = begin(officer)
    scans.read_scan.call(token)
    told = officer.post(NEW, typed(scan_do="look", files=token))
    assert "没有读出来" in told.content.decode() and 'value="EA123456789CN"' in told.content.decode()
    assert officer.post(NEW, typed(files=token, text="照原件录入")).status_code == 201
    assert Arrival.objects.get().scan_hash == ""
    assert StoredFile.objects.filter(original=None).count() == 1
    assert verify().findings == []


def test_without_the_library_somebody_types_beside_the_picture(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "READER", (*A_READER, "bare"))
    officer = client("officer")
    token = begin(officer)
    scans.read_scan.call(token)
    page = officer.post(NEW, typed(scan_do="look", files=token)).content.decode()
    assert "没有装识别文字的组件" in page and "请对照图录入" in page
    for number in ("1", "2"):
        said = typed(scan_do="confirm", files=token, scan_page=number, scan_text=f"第{number}页。")
        back = officer.post(NEW, said)
    assert officer.post(NEW, typed(files=token, text=back.context["form"]["text"].value())).status_code == 201
    assert Arrival.objects.get().scan_hash == ""  # no program read these words


def test_a_letter_registered_before_its_proof_reading_claims_none(world: World) -> None:
    officer = client("officer")
    token = begin(officer)
    scans.read_scan.call(token)
    officer.post(NEW, typed(scan_do="confirm", files=token, scan_page="1", scan_text="第一页"))
    assert officer.post(NEW, typed(files=token, text="自己录入的")).status_code == 201
    assert Arrival.objects.get().scan_hash == ""


def test_without_a_scan_the_form_says_what_to_do(world: World) -> None:
    answer = client("officer").post(NEW, typed(scan_do="read", text="已经写了一些"))
    assert answer.status_code == 422
    assert "请先在“扫描件和附件”里选好" in answer.content.decode() and "已经写了一些" in answer.content.decode()


def test_a_scan_is_nobody_elses(world: World) -> None:
    token = begin(client("officer"))
    scans.read_scan.call(token)
    url = reverse("desk:scan_picture", args=[token, 1])
    assert client("officer").get(url).status_code == 200
    for name in ("chief", "handler", "admin", "stranger"):
        assert client(name).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    officer = client("officer")
    assert officer.get(reverse("desk:scan_picture", args=[token, 9])).status_code == 404
    assert officer.post(NEW, typed(scan_do="page:9", files=token)).status_code == 404
    assert officer.post(NEW, typed(scan_do="page:x", files=token)).status_code == 404
    assert client("handler").post(NEW, typed(scan_do="look", files=token)).status_code == 404
