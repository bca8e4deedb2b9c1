"""Files on their way in: in pieces that survive a lost connection, until a filing or addition takes them.

An upload belongs to whoever holds its random token. Pieces lie in `<data folder>/incoming`, mode 0600, outside every
served path and outside the backup, and go as soon as the file is stored, refused, given up, or 7 days old.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.core.files import File
from django.db.models import Sum
from django.utils.translation import gettext as _

from huiyin.kernel.errors import DomainError, Invalid, NotFound, Refused
from huiyin.kernel.ids import new_public_id
from huiyin.papers import content
from huiyin.papers.models import Upload
from huiyin.trail.moments import server_now

# One piece is held in memory until it is whole. Browsers send 1 MiB; what a form sends at once is cut up here.
LARGEST_PIECE = 4 * 1024 * 1024
# trust.md 4.10: orphans are collected after 7 days.
KEPT_FOR = timedelta(days=7)
# Bytes of all unfinished uploads together: 400 whole files. Declared but unsent bytes don't count, so that nobody can
# close the door by announcing files.
MOST_INCOMING = 20 * 1024**3
# trust.md 4.10: below 3 % free, intake says so instead of failing half way.
LEAST_FREE = 0.03

_TOKEN = re.compile(r"[0-9a-f]{32}")


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class WrongOffset(Refused):
    """The piece doesn't begin where the upload stands. `offset` is where to go on."""

    def __init__(self, offset: int) -> None:
        super().__init__("upload_offset", _("上传被打断过，请从已收到的地方接着传。"), field=content.FIELD)
        self.offset = offset


def begin(name: str, size: int) -> Upload:
    """A new upload of `size` bytes. Invalid for a name or size that can't be taken; Refused when there is no room."""
    cleaned = content.check_name(name)
    content.check_size(size, cleaned)
    _check_room(size)
    return Upload.objects.create(token=new_public_id(), name=cleaned, size=size, started_at=server_now())


def upload_of(token: str) -> Upload:
    """The upload with this token. NotFound for none: then the client begins anew."""
    if not _TOKEN.fullmatch(token):
        raise _unknown()
    try:
        return Upload.objects.get(token=token)
    except Upload.DoesNotExist:
        raise _unknown() from None


def put_piece(token: str, offset: int, data: bytes | Readable) -> Upload:
    """Add one piece (at most 4 MiB) at `offset`, which must equal what was received so far; else WrongOffset.

    The piece is durable when this returns. A source that fails while it is read leaves nothing of the piece. Of two
    clients with the same token one gets the place, the other WrongOffset and goes on behind it.
    """
    upload = upload_of(token)
    # Read before locking: a slow or dead connection must not hold up its own retry.
    piece = data if isinstance(data, bytes) else _read(data)
    if len(piece) > LARGEST_PIECE:
        raise Invalid("upload_piece", _("一次传的内容太多，请刷新页面后重新上传。"), field=content.FIELD)
    with _locked(upload) as handle:
        upload.refresh_from_db()
        _check_place(upload, offset, handle)
        if offset + len(piece) > upload.size:
            raise Invalid(
                "upload_too_long",
                _("“%(name)s”比开始上传时变大了。请等文件保存好，再重新选择它。") % {"name": upload.name},
                field=content.FIELD,
            )
        if not piece:
            return upload
        written = 0
        while written < len(piece):
            written += os.pwrite(handle, piece[written:], offset + written)
        os.ftruncate(handle, offset + len(piece))
        os.fdatasync(handle)
        received = offset + len(piece)
        # Compare and set: the lock above holds within one machine only.
        if not Upload.objects.filter(pk=upload.pk, received=offset).update(received=received):
            raise WrongOffset(upload_of(token).received)
        upload.received = received
    return upload


def finish(token: str) -> Upload:
    """Check the whole content and mark the upload ready to be stored. Safe to call again.

    WrongOffset while pieces are missing. Invalid for a content that can't be taken; the upload is gone then.
    """
    upload = upload_of(token)
    if upload.media_type:
        return upload
    with _locked(upload) as handle:
        upload.refresh_from_db()
        _check_place(upload, upload.size, handle)
        with os.fdopen(os.dup(handle), "rb") as file:
            try:
                media_type = content.check(file, upload.name)
            except Invalid:
                discard(token)
                raise
        if not Upload.objects.filter(pk=upload.pk, received=upload.size).update(media_type=media_type):
            raise _unknown()
        upload.media_type = media_type
    return upload


def take_whole(name: str, size: int, source: Readable) -> Upload:
    """A file that came in one request (a form without scripts): begun, put and finished. Errors as there."""
    upload = begin(name, size)
    try:
        while piece := _read(source, LARGEST_PIECE):
            upload = put_piece(upload.token, upload.received, piece)
    except BaseException:
        discard(upload.token)
        raise
    return finish(upload.token)


def take_all(sources: Sequence[File[bytes]], *, beside: int = 0) -> tuple[list[Upload], list[str]]:
    """What came with one form sent without scripts: the files taken, and a sentence for each that can't be.

    At most 20 together with the `beside` that the form names already; what is too many is told, never dropped silently.
    """
    room = max(0, content.MOST_FILES - beside)
    taken, sentences = [], []
    for file in sources[:room]:
        try:
            taken.append(take_whole(file.name or "", file.size or 0, file))
        except DomainError as refusal:
            sentences.append(refusal.sentence)
    if (left := len(sources) - room) > 0:
        sentence = _(
            "一次最多上传 %(most)d 个文件。后面的 %(left)d 个没有收下，其他的已经传好，您写的内容也在。"
            "请再按一次提交，没有收下的提交后再补充。"
        )
        sentences.append(sentence % {"most": content.MOST_FILES, "left": left})
    return taken, sentences


def ready(tokens: Sequence[str]) -> list[Upload]:
    """The finished uploads that a filing or addition names, in order, each once: at most 20.

    Invalid above that, Refused when one isn't finished, NotFound when one is gone.
    """
    wanted = list(dict.fromkeys(tokens))
    if len(wanted) > content.MOST_FILES:
        raise Invalid(
            "too_many_files",
            _("一次最多上传 %(most)d 个文件，您选了 %(count)d 个。请去掉几个，提交后还可以补充材料。")
            % {"most": content.MOST_FILES, "count": len(wanted)},
            field=content.FIELD,
        )
    uploads = [upload_of(token) for token in wanted]
    for upload in uploads:
        if not upload.media_type:
            raise Refused(
                "upload_unfinished",
                _("“%(name)s”还没有传完。请等它传完，或者删去它，再提交。") % {"name": upload.name},
                field=content.FIELD,
            )
    return uploads


def discard(token: str) -> None:
    """Give an upload up: its row and its bytes. Nothing happens when it is already gone."""
    if _TOKEN.fullmatch(token):
        Upload.objects.filter(token=token).delete()
        remove_bytes(token)


def sweep(now: datetime) -> int:
    """Discard uploads begun more than 7 days ago, and bytes left without a row as long; answers how many.

    Safe to run twice at once.
    """
    before = now - KEPT_FOR
    old = set(Upload.objects.filter(started_at__lt=before).values_list("token", flat=True))
    for path in _folder().glob("*") if _folder().is_dir() else ():
        try:
            is_old = path.stat().st_mtime < before.timestamp()
        except FileNotFoundError:
            continue
        if is_old and path.name not in old and not Upload.objects.filter(token=path.name).exists():
            old.add(path.name)
    Upload.objects.filter(token__in=old, started_at__lt=before).delete()
    for name in old:
        remove_bytes(name)
    return len(old)


def open_bytes(upload: Upload) -> BinaryIO:
    """The received bytes, for storing. NotFound when they are gone (another disk, a swept upload)."""
    try:
        return _path(upload.token).open("rb")
    except FileNotFoundError:
        raise _unknown() from None


def path_of(upload: Upload) -> Path:
    """Where the received bytes lie, for a program that reads them. NotFound when they are gone."""
    path = _path(upload.token)
    if not path.is_file():
        raise _unknown()
    return path


def remove_bytes(token: str) -> None:
    _path(token).unlink(missing_ok=True)


def _unknown() -> NotFound:
    return NotFound(_("这个上传已经过期或取消了。请重新选择文件上传。"))


def _folder() -> Path:
    return Path(settings.DATA) / "incoming"


def _path(token: str) -> Path:
    return _folder() / token


def _read(source: Readable, most: int = LARGEST_PIECE + 1) -> bytes:
    """All of the source up to `most` bytes: sockets give less at a time than asked for."""
    pieces, missing = [], most
    while missing and (piece := source.read(min(missing, 1 << 16))):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _check_place(upload: Upload, offset: int, handle: int) -> None:
    """Raises WrongOffset unless the upload stands at `offset`, in the row and on the disk."""
    if upload.received > os.fstat(handle).st_size:
        # The bytes are gone (a restored folder, another disk): begin anew rather than leave a hole.
        Upload.objects.filter(pk=upload.pk, received=upload.received).update(received=0, media_type="")
        raise WrongOffset(0)
    if offset != upload.received:
        raise WrongOffset(upload.received)


@contextmanager
def _locked(upload: Upload) -> Iterator[int]:
    """The upload's file, open, exclusively this process's until the block ends."""
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(_path(upload.token), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not Upload.objects.filter(pk=upload.pk).exists():  # discarded while we waited: leave no file behind
            remove_bytes(upload.token)
            raise _unknown()
        yield handle
    finally:
        os.close(handle)


def _check_room(size: int) -> None:
    disk = shutil.disk_usage(settings.DATA)
    if (disk.free - size) / disk.total < LEAST_FREE:
        raise Refused(
            "disk_full",
            _(
                "系统的存储空间快满了，暂时收不了文件。请先提交文字，稍后再补充材料；急用的材料可以交纸质件，并索要收据。"
            ),
            field=content.FIELD,
        )
    incoming = Upload.objects.aggregate(total=Sum("received"))["total"] or 0
    if incoming + size > MOST_INCOMING:
        raise Refused("uploads_busy", _("现在上传的人太多。请先提交文字，过一会儿再补充材料。"), field=content.FIELD)
