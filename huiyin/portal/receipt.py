"""The receipt: shown once as the answer to a filing; as PDF and proof for whoever holds the query code."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huiyin.cases import sealed
from huiyin.cases.intake import Received
from huiyin.cases.models import Case, Filing
from huiyin.cases.models.case import Identity
from huiyin.clocks import policy
from huiyin.clocks.explain import Explanation, explain, full_day
from huiyin.kernel.ids import grouped, normalise_code
from huiyin.papers import files, workshop, writers
from huiyin.papers.models import StoredFile
from huiyin.papers.names import disposition
from huiyin.papers.templates import Value
from huiyin.portal import codes
from huiyin.trail import receipts
from huiyin.trail.models import Event

QR_MASK = 3
QR_BORDER = 4  # the quiet zone, in modules, that readers may ask for (ISO/IEC 18004)
DARK = re.compile(b"\x01+")


def page(request: HttpRequest, received: Received, demands: list[str], materials: list[str]) -> HttpResponse:
    """The receipt as a page. 201 for a new filing, 200 when the same one came again."""
    filing, case = received.filing, received.case
    limit = first_limit(case)
    context = {
        "filing": filing,
        "case": case,
        "facts": _facts(filing),
        "text": sealed.text_of(filing),
        "demands": demands,
        "materials": materials,
        "code": received.code,
        "grouped": grouped(received.code),
        "qr": qr_of(received.code),
        "limit": limit,
        "next_steps": next_steps(case, limit),
        "is_anonymous": filing.identity == Identity.ANONYMOUS,
        "is_repeat": received.is_repeat,
    }
    return render(request, "portal/receipt.html", context, status=200 if received.is_repeat else 201)


@require_POST
def receipt_pdf(request: HttpRequest) -> HttpResponse:
    """The receipt as PDF (D1), made anew for the code that was sent; stored nowhere."""
    filing = codes.filing_of(request, request.POST.get("code", ""))
    code = normalise_code(request.POST.get("code", ""))
    case = filing.case
    fields: dict[str, Value] = {
        "reference": filing.reference,
        "received_on": filing.received_at.isoformat(),
        "channel": str(filing.get_channel_display()),
        "filer": identity_words(filing.identity),
        "text": sealed.text_of(filing),
        "demands": sealed.demands_of(filing),
        "materials": [files.shown_name(row) for row in materials_of(filing)],
        "receiver": settings.ENTERPRISE.office,
        "content_hash": filing.content_hash,
        "next_steps": next_steps(case, first_limit(case)),
        "query_code": code,
        "query_address": address_of(code),
    }
    if localtime(filing.received_at).date() != localtime(filing.entered_at).date():
        fields["entered_on"] = filing.entered_at.isoformat()
    on = localtime(filing.received_at).date()
    content = writers.pdf(workshop.in_force("D1")[0], fields, unit=case.office, number="", on=on)
    return download(content, "application/pdf", _("回执 %(reference)s.pdf") % {"reference": filing.reference})


@require_POST
def receipt_proof(request: HttpRequest) -> HttpResponse:
    """The proof that the filing stands in the record (JSON), for whoever holds the code."""
    filing = codes.filing_of(request, request.POST.get("code", ""))
    event = Event.objects.get(subject=filing.case.subject_id, seq=1)
    content = json.dumps(receipts.proof_of(event), ensure_ascii=False, indent=1).encode()
    return download(content, "application/json", _("回执证明 %(reference)s.json") % {"reference": filing.reference})


def download(content: bytes, media_type: str, name: str) -> HttpResponse:
    """Bytes as a download under this name; never shown in the browser."""
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(name)
    return response


def address_of(code: str) -> str:
    """The address in the QR code. The code stands behind '#': no server and no log ever gets it."""
    return f"{settings.SITE_ADDRESS}/track/#{code}"


def qr_of(code: str) -> str:
    """The address as a QR picture in a data: address.

    The mask is fixed, and dark runs are written as one path: trying all eight masks for the prettiest took a third of
    the time of a filing, the library's own writer as long again as making the code. Readers read any mask.
    """
    rows = segno.make(address_of(code), error="m", mask=QR_MASK).matrix
    edge = len(rows) + 2 * QR_BORDER
    runs = "".join(
        f"M{run.start() + QR_BORDER} {y}h{len(run[0])}v1h-{len(run[0])}z"
        for y, row in enumerate(rows, start=QR_BORDER)
        for run in DARK.finditer(row)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {edge} {edge}"><path d="{runs}"/></svg>'
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def first_limit(case: Case) -> Explanation:
    """The first limit that the employee may wait for, with how it is counted. No statement."""
    rule = "report_reply" if case.is_sealed else "notice"
    return explain(rule, case.received_at, policy=policy.of(case.policy_id))


def next_steps(case: Case, limit: Explanation) -> list[str]:
    """What happens next and by when, for page and PDF."""
    day = full_day(limit.due.due)
    if case.is_outside:
        organ = settings.ENTERPRISE.external_inspection_organ
        return [
            _("这件事已加密封存。它反映的人或者单位，管着本单位的纪检监察人员，所以本单位不能办理，也没有人能打开。"),
            _("请您直接向%(organ)s反映，也可以拨打12388，或者登录12388举报网站。") % {"organ": organ},
            _("请留好查询码：本单位以后有了可以办理的人，会在查询页面上答复您。"),
        ]
    if case.is_sealed:
        return [
            _("这件事已加密保存，只有纪检监察人员能够看到内容。"),
            _("请在%(day)s前后凭查询码查看答复；需要您补充时，也会写在查询页面上。") % {"day": day},
        ]
    rules = policy.of(case.policy_id)
    return [
        _("最晚%(day)s，我们书面告诉您是否受理、由哪个单位办理。") % {"day": day},
        _("受理后，办理单位会联系您，在%(length)s内给您书面答复。") % {"length": rules.rule("decision").length},
        _("您随时可以凭查询码查看进度、补充材料、回答提问。"),
    ]


def identity_words(identity: str) -> str:
    return {
        Identity.NAMED.value: _("实名（姓名已加密保存）"),
        Identity.CONFIDENTIAL.value: _("保密（姓名已加密保存，办理的人看不到）"),
        Identity.ANONYMOUS.value: _("匿名"),
    }[identity]


def materials_of(filing: Filing) -> list[StoredFile]:
    """The files that came with the filing."""
    rows = StoredFile.objects.select_related("subject__key")
    rows = rows.filter(subject=filing.case.subject_id, stored_at=filing.received_at, original=None)
    return list(rows.order_by("pk"))


def _facts(filing: Filing) -> list[tuple[str, Any]]:
    at = localtime(filing.received_at)
    return [
        (_("编号"), filing.reference),
        (_("收到时间"), f"{full_day(at.date())} {at:%H:%M:%S}"),
        (_("怎么认识您"), identity_words(filing.identity)),
    ]
