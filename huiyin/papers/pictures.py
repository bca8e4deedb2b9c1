"""A picture's copy without metadata: re-encoded, turned upright, at most 4096 pixels a side.

The original stays as it came: it is evidence. The copy is what handlers look at; where the photo was taken, with which
phone and when is not theirs to know (trust.md 4.8). What can't be decoded has no copy; it is never refused for that.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

# What Pillow reads here without a plug-in; HEIC has no copy.
MEDIA_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG"}
# 48-megapixel phones pass; above that decoding takes more memory than a worker has (T13: 512 MiB).
MAX_IMAGE_PIXELS = 50_000_000
# A PNG has no fraction to decode to, and four bytes a pixel: 49 million measured 565 MiB, 30 million 393 MiB.
MOST_PNG_PIXELS = 30_000_000
# An A4 page at 300 dpi is 2480 x 3508: every letter stays readable.
LONGEST_SIDE = 4096

# For whatever else opens pictures in this process; the check below comes before any decoding.
Image.MAX_IMAGE_PIXELS = MAX_IMAGE_PIXELS


def without_metadata(data: bytes, media_type: str) -> bytes | None:
    """The same picture in the same format with pixels alone; None when it can't be decoded or is too large."""
    form = MEDIA_TYPES.get(media_type)
    if form is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd EXIF is told on stderr otherwise
            return _reencoded(data, form)
    except Exception:  # whatever a decoder stumbles over (Pillow raises a dozen kinds): no preview, no failure
        return None


def _reencoded(data: bytes, form: str) -> bytes | None:
    with Image.open(io.BytesIO(data), formats=[form]) as opened:
        if opened.width * opened.height > (MOST_PNG_PIXELS if form == "PNG" else MAX_IMAGE_PIXELS):
            return None
        # JPEG decodes to a fraction at once: a large photo never stands in memory whole.
        opened.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
        opened.load()
        picture: Image.Image = opened
        if picture.mode in {"P", "PA", "LA"} or "transparency" in picture.info:
            picture = picture.convert("RGBA")
        elif picture.mode not in {"L", "RGB", "RGBA"}:
            picture = picture.convert("L" if picture.mode in {"1", "I", "I;16", "F"} else "RGB")
        if max(picture.size) > LONGEST_SIDE:
            picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        picture = ImageOps.exif_transpose(picture)
        # Into a fresh picture: encoders copy comments, profiles and EXIF out of `info`.
        bare = Image.new(picture.mode, picture.size)
        bare.paste(picture)
        target = io.BytesIO()
        if form == "JPEG":
            (bare if bare.mode in {"L", "RGB"} else bare.convert("RGB")).save(target, "JPEG", quality=85, optimize=True)
        else:
            bare.save(target, "PNG")
        return target.getvalue()
