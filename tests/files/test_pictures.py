"""The copy of a picture holds the picture and nothing about who took it where."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from PIL import Image

from huiyin.papers import pictures
from tests.files import corpus

SECRETS = (b"SECRET", b"Exif", b"GPS", b"ICC_PROFILE", b"http://ns.adobe.com")


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def test_place_phone_comment_and_profile_are_gone() -> None:
    photo = corpus.jpeg(with_gps=True)
    assert Image.open(io.BytesIO(photo)).getexif().get_ifd(corpus.GPS_POINTER)  # the twin: they were there
    assert all(secret in photo for secret in (b"SECRETPHONE", b"SECRETCOMMENT", b"SECRETPROFILE"))
    copy = pictures.without_metadata(photo, "image/jpeg")
    assert not opened(copy).getexif()
    assert copy is not None and not any(secret in copy for secret in SECRETS)


def test_a_picture_lying_on_its_side_stands_upright() -> None:
    copy = opened(pictures.without_metadata(corpus.jpeg(with_gps=True, orientation=6), "image/jpeg"))
    assert copy.size == (40, 60)
    top, bottom = copy.getpixel((20, 5)), copy.getpixel((20, 55))
    assert isinstance(top, tuple) and isinstance(bottom, tuple)
    assert top[2] > 150 and bottom[0] > 150  # what was left is now above


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_has_a_copy(mode: str) -> None:
    assert opened(pictures.without_metadata(corpus.png(mode=mode), "image/png")).size == (40, 30)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_kind_of_jpg_has_a_copy(mode: str) -> None:
    target = io.BytesIO()
    Image.new(mode, (30, 20)).save(target, "JPEG")
    assert opened(pictures.without_metadata(target.getvalue(), "image/jpeg")).size == (30, 20)


def test_text_hidden_in_a_png_and_behind_it_is_gone() -> None:
    photo = corpus.png()
    end = photo.index(b"IEND") - 4
    told = photo[:end] + corpus.chunk(b"tEXt", b"Author\0SECRETNAME") + photo[end:] + corpus.HTML
    copy = pictures.without_metadata(told, "image/png")
    assert opened(copy).size == (40, 30)
    assert copy is not None and b"SECRET" not in copy and b"<script" not in copy


def test_a_large_photo_is_made_smaller_and_stays_readable() -> None:
    copy = opened(pictures.without_metadata(corpus.jpeg(size=(6000, 3000)), "image/jpeg"))
    assert copy.size[0] <= pictures.LONGEST_SIDE and copy.size[0] >= 2500
    assert abs(copy.size[0] / copy.size[1] - 2) < 0.01


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (corpus.png_claiming(30_000, 30_000), "image/png"),
        (corpus.png_claiming(5500, 5500), "image/png"),
        (corpus.png_claiming(2**31 - 1, 2**31 - 1), "image/png"),
        (corpus.jpeg()[:300], "image/jpeg"),
        (corpus.jpeg(size=(400, 400))[:-900], "image/jpeg"),
        (corpus.png()[:50], "image/png"),
        (corpus.png(), "image/jpeg"),
        (corpus.SVG, "image/png"),
        (b"", "image/png"),
        (corpus.media(b"heic", b"mif1", second=b"meta"), "image/heic"),
        (corpus.pdf(), "application/pdf"),
    ],
)
def test_what_cannot_be_decoded_has_no_copy_and_takes_no_memory(data: bytes, media_type: str) -> None:
    tracemalloc.start()
    assert pictures.without_metadata(data, media_type) is None
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("seed", range(30))
def test_a_changed_byte_never_crashes(seed: int) -> None:
    for whole, media_type in ((corpus.png(), "image/png"), (corpus.jpeg(with_gps=True), "image/jpeg")):
        data = bytearray(whole)
        for step in range(1, 8):
            data[(seed * 7919 + step * 104_729) % len(data)] ^= 1 << (seed % 8)
        pictures.without_metadata(bytes(data), media_type)
