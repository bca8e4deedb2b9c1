"""A scan read into text while its filing is registered: read in the background, proof-read page by page beside the picture.

The form of registration goes along in hidden fields through every step, so that nothing typed is lost and no script is
needed. `scan_do` says what to do: read, look, confirm, form, or page:N.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huiyin.cases.arrivals import Details
from huiyin.desk.frame import desk, show
from huiyin.desk.new_form import NewForm
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError, NotFound
from huiyin.papers import scan_reader, scans
from huiyin.papers.scans import Scan

MOST_LOOKS = 200  # an open page looks by itself for about 10 minutes, then it waits for a press


def proof_read(request: HttpRequest, by: Staff, form: NewForm) -> HttpResponse:
    """One step between upload and text: begin to read, how far it is, a page beside its picture, back to the form."""
    todo, read = request.POST["scan_do"], of_form(request, by, form)
    shown = _shown_again(form)
    if todo == "read":
        refusal = _begin(form, read, by)
        if refusal:
            return show(request, by, "new", {"form": shown, "scan_note": refusal, **beside(read)}, status=422)
        read = of_form(request, by, form)
    elif "scan_page" in request.POST:
        try:
            _keep(request, read, is_confirmed=todo == "confirm")
        except DomainError as refused:
            return _page(request, by, shown, read, _number(request.POST["scan_page"]), refused)
        read = of_form(request, by, form)
    if todo.startswith("page:"):
        return _page(request, by, shown, read, _number(todo.removeprefix("page:")))
    if todo != "form":
        open_pages = [no for no, (scan, page) in enumerate(_pages(read), start=1) if page not in scan.confirmed]
        if open_pages:
            return _page(request, by, shown, read, open_pages[0])
        if read and not all(scan.is_done for scan in read):
            return _progress(request, by, shown, read)
    note = _take_text(shown, read) if todo != "form" else ""
    return show(request, by, "new", {"form": shown, "scan_note": note, **beside(read)})


def of_form(request: HttpRequest, by: Staff, form: NewForm) -> list[Scan]:
    """The scans of this form's files that this person had read, in the order of the files."""
    found = []
    for token in form.tokens:
        try:
            found.append(scans.scan_of(token, user_id=by.user_id))
        except NotFound:
            continue
    return found


def put_into(details: Details, read: Sequence[Scan]) -> Details:
    """With what tells of the reading, where every page was proof-read; else the text was typed by hand."""
    whole = [scan for scan in read if scan.is_confirmed and scan.reader]
    if not whole or len(whole) < len([scan for scan in read if scan.reader]):
        return details
    return replace(details, scan_hash=scans.raw_hash(whole), scan_reader=whole[0].reader)


def beside(read: Sequence[Scan]) -> dict[str, Any]:
    """What the form says of its scans, and whether anything is left to be proof-read."""
    return {"scans": read, "scans_are_read": bool(read) and all(scan.is_confirmed for scan in read)}


def discard(read: Sequence[Scan]) -> None:
    """The filing has its words and its files: what was read on the way goes."""
    for scan in read:
        scans.discard(scan.token)


@require_safe
@desk
def picture(request: HttpRequest, by: Staff, token: str, number: int) -> FileResponse:
    """The picture of a page, for whoever had this scan read."""
    file = scans.picture(scans.scan_of(token, user_id=by.user_id), number)
    answer = FileResponse(file.open("rb"), content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    return answer


def _shown_again(form: NewForm) -> NewForm:
    """The same form with all that was typed and no complaint yet: nobody asked to save it."""
    typed = {name: field.widget.value_from_datadict(form.data, form.files, name) for name, field in form.fields.items()}
    shown = NewForm(initial=typed)
    shown.uploads, shown.file_errors = form.uploads, form.file_errors
    return shown


def _begin(form: NewForm, read: Sequence[Scan], by: Staff) -> str:
    """Begin to read every scan that isn't yet; a sentence when there is none."""
    known = {scan.token for scan in read}
    readable = [upload for upload in form.uploads if upload.media_type in scans.READABLE]
    for upload in readable:
        if upload.token not in known:
            scans.begin(upload, user_id=by.user_id)
    return "" if readable else _("请先在“扫描件和附件”里选好来信的扫描件（PDF、JPG 或 PNG），再读出文字。")


def _keep(request: HttpRequest, read: Sequence[Scan], *, is_confirmed: bool) -> None:
    scan, page = _page_of(read, _number(request.POST["scan_page"]))
    scans.keep_text(scan, page, request.POST.get("scan_text", ""), is_confirmed=is_confirmed)


def _pages(read: Sequence[Scan]) -> list[tuple[Scan, int]]:
    """Every page that is ready, of all scans up to the first that is still being read."""
    found = []
    for scan in read:
        found += [(scan, number) for number in scan.numbers]
        if not scan.is_done:
            break
    return found


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise NotFound()
    return int(text)


def _page_of(read: Sequence[Scan], number: int) -> tuple[Scan, int]:
    pages = _pages(read)
    if not 1 <= number <= len(pages):
        raise NotFound()
    return pages[number - 1]


def _carried(form: NewForm) -> list[tuple[str, Any]]:
    """What was typed into the form, to go along."""
    typed = [(name, form.initial[name]) for name in form.fields if form.initial.get(name) not in (None, "", False)]
    return [*typed, *(("files", token) for token in form.tokens)]


def _page(
    request: HttpRequest,
    by: Staff,
    form: NewForm,
    read: Sequence[Scan],
    number: int,
    refused: DomainError | None = None,
) -> HttpResponse:
    scan, page = _page_of(read, number)
    count = sum(min(scan.count or scan.pages, scan_reader.MOST_PAGES) for scan in read)
    context = {
        "carried": _carried(form),
        "scan": scan,
        "page": page,
        "number": number,
        "count": max(count, len(_pages(read))),
        "before": number - 1,
        "after": number + 1 if number < len(_pages(read)) else 0,
        "text": request.POST.get("scan_text", "") if refused else scans.text_of(scan, page),
        "error": refused.sentence if refused else "",
        "doubts": scans.doubts_of(scan, page),
        "is_read": scans.is_read(scan, page),
        "is_confirmed": page in scan.confirmed,
        "limit": scans.PAGE_LIMIT,
    }
    return show(request, by, "scan", context, status=refused.status if refused else 200)


def _progress(request: HttpRequest, by: Staff, form: NewForm, read: Sequence[Scan]) -> HttpResponse:
    looks = request.POST.get("scan_looks", "0")
    looked = int(looks) + 1 if looks.isdecimal() and len(looks) < 5 else 1
    context = {"carried": _carried(form), "scans": read, "looks": looked, "looks_itself": looked < MOST_LOOKS}
    return show(request, by, "scan_wait", context)


def _take_text(form: NewForm, read: Sequence[Scan]) -> str:
    """Put the proof-read words into the form, below what stands there; what to say about it."""
    words = scans.confirmed_text(read)
    if not words:
        return _("这个扫描件没有读出来，可能是加了密码、损坏或者太大。文件已经附上，请照原件录入内容。")
    before = str(form.initial.get("text") or "").replace("\r\n", "\n").strip()
    if words not in before:
        form.initial["text"] = f"{before}\n{words}" if before else words
    if any(scan.count > scan.pages for scan in read):
        return _("校对过的文字已经填好。后面还有没有读的页，请照原件补上。")
    return _("校对过的文字已经填好，请接着填写其他内容。")
