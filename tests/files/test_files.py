"""Stored files: whole or not there, encrypted, given out as downloads alone, and found when somebody touches them."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks

from huiyin.kernel.actors import System
from huiyin.kernel.errors import Invalid, NotFound, Refused
from huiyin.kernel.ids import new_public_id
from huiyin.papers import content, files, uploads
from huiyin.papers.models import StoredFile, Upload
from huiyin.trail.events import append
from huiyin.trail.models import Subject
from huiyin.trail.verify import verify
from huiyin.vault import keys
from huiyin.vault.suites import Altered
from tests.files import corpus
from tests.files.conftest import AT, plain_bytes

pytestmark = pytest.mark.django_db
PHOTO = corpus.jpeg(with_gps=True)


def sent(name: str = "情况说明.pdf", data: bytes = b"") -> Upload:
    data = data or corpus.pdf()
    return uploads.take_whole(name, len(data), io.BytesIO(data))


def read(stored: StoredFile) -> bytes:
    return b"".join(files.open_file(stored))


def path_of(folder: Path, stored: StoredFile) -> Path:
    return folder / "files" / stored.path


def sealed_files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("files/**/*") if path.is_file()]


def findings(subject: Subject) -> list[str]:
    return [finding.sentence for finding in files.check([subject.pk])]


def test_a_stored_file_comes_back_as_it_was(
    subject: Subject, folder: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    upload = sent()
    with django_capture_on_commit_callbacks(execute=True):
        stored = files.store(subject, upload, AT)
        assert plain_bytes(folder) == [upload.token]  # until the commit: a roll-back must be able to try again
    assert plain_bytes(folder) == [] and not Upload.objects.exists()
    stored.refresh_from_db()
    assert read(stored) == corpus.pdf()
    assert stored.sha256 == hashlib.sha256(corpus.pdf()).hexdigest()
    assert (stored.size, stored.media_type, stored.stored_at) == (len(corpus.pdf()), "application/pdf", AT)
    assert files.shown_name(stored) == "情况说明.pdf"
    assert stored.path == f"{stored.reference[:2]}/{stored.reference}"


def test_neither_content_nor_name_lies_in_the_clear(subject: Subject, folder: Path) -> None:
    stored = files.store_bytes(subject, corpus.pdf(b"% canary\n"), "canary.pdf", "application/pdf", AT)
    sealed = path_of(folder, stored).read_bytes()
    assert b"canary" not in sealed and b"%PDF" not in sealed
    assert b"canary" not in bytes(stored.sealed_name)
    assert sealed_files(folder) == [path_of(folder, stored)]


def test_one_upload_is_stored_once(subject: Subject, folder: Path) -> None:
    upload = sent()
    files.store(subject, upload, AT)
    with pytest.raises(Refused, match="upload_used"):
        files.store(subject, upload, AT)
    assert len(sealed_files(folder)) == 1


def test_files_of_one_case_have_a_bound_together_and_the_rest_is_told(subject: Subject, folder: Path) -> None:
    first, second = sent(data=corpus.pdf(b"%" * 2**20)), sent()
    files.store_all(subject, [first], AT, most=2 * 2**20)
    files.store_bytes(subject, b"%" * 2**21, "处理意见书.pdf", "application/pdf", AT)
    with pytest.raises(Invalid, match="files_too_much") as caught:
        files.store_all(subject, [second, sent()], AT, most=2**21)
    assert "2 MB" in caught.value.sentence and caught.value.field == "files"
    assert StoredFile.objects.filter(subject=subject).count() == 2  # all or nothing


def test_papers_and_copies_do_not_count(subject: Subject) -> None:
    photo = sent("现场.jpg", PHOTO)
    original = files.store(subject, photo, AT)
    assert files.size_of_all(subject) == len(PHOTO) == original.size
    files.clean_picture.func(original.pk)
    assert StoredFile.objects.count() == 2 and files.size_of_all(subject) == len(PHOTO)


@pytest.mark.parametrize("kept", [0, 199 * 2**20, 200 * 2**20])
def test_the_last_byte_fits_and_one_more_does_not(kept: int) -> None:
    left = content.MOST_OF_A_CASE - kept
    content.check_together(kept, left, most=content.MOST_OF_A_CASE)
    with pytest.raises(Invalid) as caught:
        content.check_together(kept, left + 1, most=content.MOST_OF_A_CASE)
    assert "200 MB" in caught.value.sentence and f"还能再收 {left // 2**20} MB" in caught.value.sentence


def test_an_unfinished_upload_is_not_stored(subject: Subject) -> None:
    upload = uploads.begin("a.txt", 6)
    uploads.put_piece(upload.token, 0, b"abcdef")
    with pytest.raises(Refused, match="upload_used"):
        files.store(subject, upload, AT)
    assert uploads.upload_of(upload.token).received == 6


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_act_leaves_the_upload_for_the_next_try(subject: Subject, folder: Path) -> None:
    upload = sent("现场.jpg", PHOTO)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        files.store(subject, upload, AT)
        raise ZeroDivisionError
    assert not StoredFile.objects.exists() and not DBTaskResult.objects.exists()
    stored = files.store(subject, uploads.upload_of(upload.token), AT)
    assert read(stored) == PHOTO
    assert plain_bytes(folder) == []
    assert DBTaskResult.objects.get().args_kwargs == {"args": [stored.pk], "kwargs": {}}


def test_a_full_disk_leaves_no_row(subject: Subject, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = sent()

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.store(subject, upload, AT)
    assert not StoredFile.objects.exists() and sealed_files(folder) == []
    assert uploads.upload_of(upload.token) == upload


def test_the_file_is_durable_before_its_row_exists(
    subject: Subject, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    fsync, rename, create = os.fsync, Path.rename, StoredFile.objects.create

    def noted(what: str, act: Callable[..., object]) -> Callable[..., object]:
        def note(*arguments: object, **named: object) -> object:
            happened.append(what)
            return act(*arguments, **named)

        return note

    monkeypatch.setattr(os, "fsync", noted("fsync", fsync))
    monkeypatch.setattr(Path, "rename", noted("rename", rename))
    monkeypatch.setattr(StoredFile.objects, "create", noted("row", create))
    upload = sent()
    (folder / "files").mkdir(exist_ok=True)
    happened.clear()
    files.store(subject, upload, AT)
    place = happened.index("rename")
    assert "fsync" in happened[:place]
    assert happened[place + 1 :] == ["fsync", "row"]


@pytest.mark.parametrize(
    "name", ["情况说明.pdf", "a\r\nX-Evil: 1.pdf", "照片\u202efdp.pdf", '";x="y.pdf', "长" * 5000 + ".pdf"]
)
def test_every_file_is_a_download(subject: Subject, name: str) -> None:
    stored = files.store(subject, sent(name), AT)
    headers = files.download_headers(stored)
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''" in headers["Content-Disposition"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Length"] == str(stored.size)
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert "\u202e" not in files.shown_name(stored)


def test_an_original_photo_is_never_shown_by_the_browser_and_its_copy_may_be(subject: Subject) -> None:
    original = files.store(subject, sent("现场.jpg", PHOTO), AT)
    assert files.clean_picture.call(original.pk) == "cleaned"
    copy = files.cleaned_copy(original)
    assert copy is not None
    assert files.download_headers(original)["Content-Type"] == "application/octet-stream"
    assert files.download_headers(copy)["Content-Type"] == "image/jpeg"
    assert files.download_headers(copy)["Content-Disposition"].startswith("attachment")


def test_the_copy_has_no_place_and_the_original_stays_as_it_came(subject: Subject) -> None:
    original = files.store(subject, sent("现场.jpg", PHOTO), AT)
    assert files.cleaned_copy(original) is None
    assert files.clean_picture.call(original.pk) == "cleaned"
    assert files.clean_picture.call(original.pk) == "done before"
    copy = files.cleaned_copy(original)
    assert copy is not None and copy.original_id == original.pk and copy.subject_id == subject.pk
    assert read(original) == PHOTO and b"SECRETPHONE" in read(original)
    assert b"SECRET" not in read(copy) and b"Exif" not in read(copy)
    assert files.shown_name(copy) == "现场.jpg"
    assert StoredFile.objects.count() == 2
    assert findings(subject) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [("半张.jpg", corpus.jpeg(size=(300, 300))[:-900]), ("大.png", corpus.png_claiming(30_000, 30_000))],
)
def test_a_picture_that_cannot_be_shown_is_taken_all_the_same(subject: Subject, name: str, data: bytes) -> None:
    stored = files.store(subject, sent(name, data), AT)
    assert files.clean_picture.call(stored.pk) == "no preview"
    assert files.cleaned_copy(stored) is None
    assert read(stored) == data


def test_only_photos_get_a_task(subject: Subject) -> None:
    files.store(subject, sent(), AT)
    assert not DBTaskResult.objects.exists()
    files.store(subject, sent("现场.jpg", PHOTO), AT)
    assert DBTaskResult.objects.count() == 1


def test_a_file_of_another_subject_is_not_found(subject: Subject) -> None:
    stored = files.store(subject, sent(), AT)
    other = Subject.objects.create(kind="case", public_id=new_public_id(), key=keys.new_key())
    assert files.file_of(subject, stored.reference) == stored
    for reference in (stored.reference, "0" * 32, "../" + stored.reference):
        with pytest.raises(NotFound):
            files.file_of(other, reference)


def test_an_erased_subject_has_no_readable_file_and_no_finding(subject: Subject) -> None:
    stored = files.store(subject, sent("现场.jpg", PHOTO), AT)
    keys.destroy(subject.key, AT)
    stored = files.file_of(subject, stored.reference)
    with pytest.raises(keys.KeyDestroyed):
        read(stored)
    with pytest.raises(keys.KeyDestroyed):
        files.shown_name(stored)
    assert files.clean_picture.call(stored.pk) == "no preview"
    assert findings(subject) == []


def _flip(path: Path, _stored: StoredFile) -> None:
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


def _cut(path: Path, _stored: StoredFile) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _remove(path: Path, _stored: StoredFile) -> None:
    path.unlink()


def _in_the_clear(path: Path, _stored: StoredFile) -> None:
    path.write_bytes(corpus.pdf())


def _other_hash(_path: Path, stored: StoredFile) -> None:
    StoredFile.objects.filter(pk=stored.pk).update(sha256="0" * 64)


def _other_size(_path: Path, stored: StoredFile) -> None:
    StoredFile.objects.filter(pk=stored.pk).update(size=1)


def _other_path(_path: Path, stored: StoredFile) -> None:
    StoredFile.objects.filter(pk=stored.pk).update(path="../../etc/passwd")


def _other_name(_path: Path, stored: StoredFile) -> None:
    StoredFile.objects.filter(pk=stored.pk).update(sealed_name=bytes(60))


def _another_file(path: Path, stored: StoredFile) -> None:
    other = files.store_bytes(stored.subject, b"%PDF-1.4 other", "b.pdf", "application/pdf", AT)
    path.write_bytes((path.parent.parent / other.path).read_bytes())


@pytest.mark.parametrize(
    "touch",
    [_flip, _cut, _remove, _in_the_clear, _other_hash, _other_size, _other_path, _other_name, _another_file],
)
def test_every_touch_is_a_finding(subject: Subject, folder: Path, touch: Callable[[Path, StoredFile], None]) -> None:
    stored = files.store(subject, sent(), AT)
    assert findings(subject) == []
    touch(path_of(folder, stored), stored)
    found = list(files.check([subject.pk]))
    assert [finding.kind for finding in found] == ["file"]
    assert stored.reference in found[0].place


def test_a_forged_path_in_the_row_reads_nothing_else(subject: Subject, folder: Path) -> None:
    stored = files.store(subject, sent(), AT)
    (folder / "secret").write_bytes(b"secret")
    stored.path = "../secret"
    assert read(stored) == corpus.pdf()
    stored.reference = "../secret"
    with pytest.raises(Altered):
        read(stored)


def test_verify_finds_a_file_that_no_event_tells_of_or_that_was_exchanged(subject: Subject) -> None:
    def told() -> list[str]:
        return [f"{finding.kind} {finding.sentence}" for finding in verify().findings]

    stored = files.store(subject, sent("现场.jpg", PHOTO), AT)
    assert files.clean_picture.call(stored.pk) == "cleaned"
    assert ["no event made it" in sentence for sentence in told()] == [True]
    subject.refresh_from_db()
    append(subject, "add", by=System("test"), at=AT, sets=files.sets([stored]))
    assert told() == []
    other = files.store_bytes(subject, PHOTO + b"x", "现场.jpg", "image/jpeg", AT)
    StoredFile.objects.filter(original=stored).delete()
    StoredFile.objects.filter(pk=stored.pk).delete()
    sentences = told()
    assert len(sentences) == 2
    assert any("not there" in one for one in sentences) and any("no event made it" in one for one in sentences)
    assert other.subject_id == stored.subject_id


def test_only_old_files_without_a_row_are_collected(subject: Subject, folder: Path) -> None:
    stored = files.store(subject, sent(), AT)
    place = path_of(folder, stored).parent
    orphan, fresh = place / new_public_id(), place / new_public_id()
    for path in (orphan, fresh):
        path.write_bytes(b"x")
    for path in (orphan, path_of(folder, stored)):
        os.utime(path, (AT.timestamp(), AT.timestamp()))
    os.utime(fresh, ((AT + timedelta(days=8)).timestamp(),) * 2)
    begin = AT + timedelta(days=8)
    removed = [files.collect_orphans(begin + timedelta(minutes=minute)) for minute in range(256)]
    assert sum(removed) == 1
    assert not orphan.exists() and fresh.exists() and path_of(folder, stored).exists()
