"""Checking a receipt's proof: paste or choose the file, and read in plain words whether the record still has it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huiyin.trail import checkpoints, receipts

LARGEST = 64 * 1024
# What each step means for a person, when it holds and when it does not.
SAID = {
    "form": (
        gettext_lazy("证明文件是完整的。"),
        gettext_lazy("这不是回执的证明文件，或者文件损坏了。请重新下载，或者核对有没有选错文件。"),
    ),
    "key": (
        gettext_lazy("证明由本系统作出。"),
        gettext_lazy("证明写的不是本系统的公钥：可能来自别的系统，也可能被改动过。"),
    ),
    "event": (
        gettext_lazy("您提交时的那条记录还在，一个字节也没有变。"),
        gettext_lazy("您提交时的那条记录不见了，或者被改动过。请保存好证明文件，并向监督部门反映。"),
    ),
    "pending": (
        gettext_lazy("这份证明下载得早，还没有盖上当时的封存印记。一小时后重新下载，可以得到完整的证明。"),
        gettext_lazy("这份证明还不完整。"),
    ),
    "signature": (
        gettext_lazy("封存印记的签名是真的。"),
        gettext_lazy("封存印记不是本系统签署的。请核对文件来源。"),
    ),
    "inclusion": (
        gettext_lazy("您的记录在封存的清单里。"),
        gettext_lazy("您的记录不在封存的清单里。请保存好证明文件，并向监督部门反映。"),
    ),
    "consistency": (
        gettext_lazy("从封存到今天，此前的所有记录都没有被删改。"),
        gettext_lazy("今天的记录和封存时对不上：有记录被删改过。请保存好证明文件，并向监督部门反映。"),
    ),
}


@dataclass(frozen=True)
class Said:
    """One step of the check in words."""

    is_ok: bool
    sentence: str


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The page, and for a POST what the check found. Nothing is kept."""
    if request.method != "POST":
        return render(request, "portal/verify.html", {})
    typed = request.POST.get("proof", "").strip()
    file = request.FILES.get("proof_file")
    text = typed or (file.read(LARGEST + 1).decode("utf-8", "replace") if file else "")
    if not text:
        sentence = _("请选择下载的证明文件，或者把它的内容粘贴在这里。")
        return render(request, "portal/verify.html", {"error": sentence}, status=422)
    try:
        document = json.loads(text) if len(text) <= LARGEST else None
    except (ValueError, RecursionError):
        document = None
    try:
        steps = receipts.check(document)
    except checkpoints.KeyMissing:
        sentence = _("系统的签名钥匙暂时不可用，现在无法核对。这不影响您的证明，请过几天再试，或者打电话告诉我们。")
        return render(request, "portal/verify.html", {"error": sentence, "typed": typed}, status=503)
    said = [Said(step.is_ok, str(SAID[step.code][0 if step.is_ok else 1])) for step in steps]
    context = {"steps": said, "is_good": receipts.is_good(steps), "typed": typed}
    return render(request, "portal/verify.html", context)
