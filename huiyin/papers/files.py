"""Stored files: encrypted with their subject's key under a random reference, given out as downloads and as nothing else.

Order of storing: temporary file, fsync, rename, fsync of the folder, then the row. A row without its file is a
finding of `verify`; a file without a row is what a crash or a rolled back act left behind, collected after 7 days.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django_tasks import task

from huiyin.kernel.errors import NotFound, Refused
from huiyin.kernel.ids import new_public_id
from huiyin.papers import content, pictures, uploads
from huiyin.papers.models import Paper, StoredFile, Upload
from huiyin.papers.names import clean_name, disposition
from huiyin.trail import projections
from huiyin.trail.models import Subject
from huiyin.trail.moments import server_now
from huiyin.vault.keys import KeyDestroyed
from huiyin.vault.sealing import seal, unseal
from huiyin.vault.streams import open_stream, seal_stream
from huiyin.vault.suites import Altered

PLACE = "papers.StoredFile.sealed_name"
# trust.md 4.10.
ORPHANS_KEPT_FOR = timedelta(days=7)

_REFERENCE = re.compile(r"[0-9a-f]{32}")


def size_of_all(subject: Subject) -> int:
    """Bytes of a subject's files as they came; neither copies of photos nor the papers that the program made."""
    made = Paper.objects.filter(subject=subject, pdf__isnull=False).values("pdf")
    total = StoredFile.objects.filter(subject=subject, original=None).exclude(pk__in=made).aggregate(all=Sum("size"))
    return total["all"] or 0


def store_all(subject: Subject, taken: Sequence[Upload], at: datetime, *, most: int) -> list[StoredFile]:
    """Keep the uploads of one act with a subject, whose lock the caller holds.

    Invalid, before anything is stored, when the subject's files would be more than `most` bytes together. Else as `store`.
    """
    if taken:
        content.check_together(size_of_all(subject), sum(upload.size for upload in taken), most=most)
    return [store(subject, upload, at) for upload in taken]


def store(subject: Subject, upload: Upload, at: datetime) -> StoredFile:
    """Keep a finished upload with a subject; its plain bytes go once the caller's transaction is committed.

    Refused when the upload isn't finished or was already used: of two acts with the same upload one keeps it. For a
    photo the copy without metadata is made later by a task of the same transaction.
    """
    with transaction.atomic():
        taken, _rows = Upload.objects.filter(pk=upload.pk, received=upload.size).exclude(media_type="").delete()
        if not taken:
            raise Refused(
                "upload_used", _("这个文件还没有传完，或者已经提交过了。请刷新页面看一看。"), field=content.FIELD
            )
        with uploads.open_bytes(upload) as source:
            stored = _keep(subject, source, upload.name, upload.media_type, at, size=upload.size)
        if stored.media_type in pictures.MEDIA_TYPES:
            clean_picture.enqueue(stored.pk)
        transaction.on_commit(lambda: uploads.remove_bytes(upload.token), robust=True)  # else sweep does it
    return stored


def store_bytes(subject: Subject, data: bytes, name: str, media_type: str, at: datetime) -> StoredFile:
    """Keep what the program made itself (a paper's PDF). What comes from people goes through uploads and its checks."""
    with transaction.atomic():
        return _keep(subject, io.BytesIO(data), name, media_type, at, size=len(data))


def open_file(stored: StoredFile) -> Iterator[bytes]:
    """The content in pieces of at most 1 MiB. KeyDestroyed when erased; Altered when the file isn't what was stored."""
    return open_stream(stored.subject.key, _path(stored))


def shown_name(stored: StoredFile) -> str:
    """The name to show. KeyDestroyed, Altered as for the content."""
    return unseal(stored.subject.key, stored.sealed_name, place=PLACE)


def file_of(subject: Subject, reference: str) -> StoredFile:
    """A subject's file by its reference; NotFound also for another subject's. The caller has checked the subject."""
    try:
        return StoredFile.objects.select_related("subject__key").get(subject=subject, reference=reference)
    except StoredFile.DoesNotExist:
        raise NotFound from None


def cleaned_copy(stored: StoredFile) -> StoredFile | None:
    """A photo's copy without metadata; None when there is none (yet): no preview then."""
    return StoredFile.objects.select_related("subject__key").filter(original=stored).first()


def download_headers(stored: StoredFile) -> dict[str, str]:
    """The headers a face answers with, whatever the file is: saved, never shown by the browser (trust.md 4.8).

    Our own encoder's pictures keep their type, so that a page may show them; as a page of their own they don't open.
    """
    is_own = stored.original_id is not None and stored.media_type in pictures.MEDIA_TYPES
    return {
        "Content-Type": stored.media_type if is_own else "application/octet-stream",
        "Content-Disposition": disposition(shown_name(stored)),
        "Content-Length": str(stored.size),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


def sets(stored: Iterable[StoredFile]) -> dict[str, dict[str, str | int]]:
    """What the act that stores files puts into the `sets` of its event: hash, size and type by `file:<reference>`.

    Every original must stand in an event; `verify` finds one that doesn't, and one whose row says something else.
    Copies of photos are made by the program afterwards and stand in none.
    """
    return {
        f"file:{file.reference}": {"sha256": file.sha256, "size": file.size, "media_type": file.media_type}
        for file in stored
    }


@task
def clean_picture(stored_id: int) -> str:
    """Make the copy without metadata of one stored photo. Safe to run twice. Answers what came of it.

    A photo that can't be decoded has no preview; that is no failure.
    """
    with transaction.atomic():
        original = StoredFile.objects.select_for_update(of=("self",)).select_related("subject__key").get(pk=stored_id)
        if StoredFile.objects.filter(original=original).exists():
            return "done before"
        try:
            data = b"".join(open_file(original))
            name = shown_name(original)
        except (KeyDestroyed, Altered):
            return "no preview"  # erased meanwhile, or a finding for verify
        bare = pictures.without_metadata(data, original.media_type)
        if bare is None:
            return "no preview"
        source = io.BytesIO(bare)
        _keep(original.subject, source, name, original.media_type, server_now(), size=len(bare), original=original)
        return "cleaned"


def check(subject_ids: Sequence[int]) -> Iterator[projections.Finding]:
    """For `verify`: every file of these subjects is in its place, opens, and is what its row says.

    Files whose key was destroyed can't be read any more, as promised; they are passed over.
    """
    for stored in StoredFile.objects.filter(subject_id__in=subject_ids).select_related("subject__key").order_by("pk"):
        place = f"papers.StoredFile {stored.reference}"
        if stored.path != _place_of(stored.reference):
            yield projections.Finding("file", place, f"its path is {stored.path!r}, not where its reference puts it")
            continue
        digest, size = hashlib.sha256(), 0
        try:
            shown_name(stored)
            for piece in open_file(stored):
                digest.update(piece)
                size += len(piece)
        except KeyDestroyed:
            continue
        except Altered as altered:
            yield projections.Finding("file", place, altered.reason)
            continue
        except OSError as error:
            yield projections.Finding("file", place, f"it can't be read: {error.strerror}")
            continue
        if (digest.hexdigest(), size) != (stored.sha256, stored.size):
            yield projections.Finding("file", place, "hash or size of the content differ from the row")


def _columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, dict[str, str | int]]]:
    for stored in StoredFile.objects.filter(subject_id__in=subject_ids, original=None):
        for entity, values in sets([stored]).items():
            yield stored.subject_id, entity, values


def declare_checks() -> None:
    """Tell trail how files read in the record and how they are checked; called when the application starts."""
    projections.declare("papers.files", columns=_columns, checks=check)


def collect_orphans(now: datetime) -> int:
    """Remove files without a row that are older than 7 days; answers how many.

    One of the 256 folders a call, by the minute, so that a tick stays short and the whole is done in 5 hours.
    """
    folder = Path(settings.FILES) / f"{int(now.timestamp()) // 60 % 256:02x}"
    before = (now - ORPHANS_KEPT_FOR).timestamp()
    old = [path for path in folder.glob("*") if _is_before(path, before)] if folder.is_dir() else []
    known = set(
        StoredFile.objects.filter(reference__in=[path.name for path in old]).values_list("reference", flat=True)
    )
    orphans = [path for path in old if path.name not in known]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def _is_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _place_of(reference: str) -> str:
    return f"{reference[:2]}/{reference}"


def _path(stored: StoredFile) -> Path:
    """Never from the row's path: an altered row must not make the program read elsewhere."""
    if not _REFERENCE.fullmatch(stored.reference):
        raise Altered(f"{stored.reference!r} is not a reference of a file")
    return Path(settings.FILES) / _place_of(stored.reference)


def _keep(
    subject: Subject,
    source: BinaryIO,
    name: str,
    media_type: str,
    at: datetime,
    *,
    size: int,
    original: StoredFile | None = None,
) -> StoredFile:
    reference = new_public_id()
    path = _place_of(reference)
    target = Path(settings.FILES) / path
    sealed = seal_stream(subject.key, source, target)
    try:
        if sealed.size != size:
            raise Refused("upload_changed", _("文件在保存时发生了变化。请重新选择文件上传。"), field=content.FIELD)
        return StoredFile.objects.create(
            subject=subject,
            reference=reference,
            sha256=sealed.sha256,
            size=sealed.size,
            media_type=media_type,
            sealed_name=seal(subject.key, clean_name(name), place=PLACE),
            path=path,
            original=original,
            stored_at=at,
        )
    except BaseException:
        target.unlink(missing_ok=True)
        raise
