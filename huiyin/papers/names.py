"""File names as people give them, made safe to show and to send.

Names never become paths: a stored file lies under a random reference. Cleaning is for the eye (a name that reads
backwards hides its ending) and for the header of a download (RFC 6266).
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

# trust.md 4.8 asks for names without bidi controls; 120 characters is what a page shows in two lines.
NAME_LIMIT = 120
NAMELESS = "文件"

_EXTENSION = re.compile(r"[A-Za-z0-9]{1,8}")
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*;', "_"))
# Device names of Windows: a download called so can't be saved there.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
# Control, format (bidi, zero-width, tags), lone surrogate, line and paragraph separator. Characters newer than this
# Python stay: rare characters of names are among them.
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def clean_name(name: str) -> str:
    """The last part of a path, nothing invisible in it, at most NAME_LIMIT characters, its extension kept.

    Never raises and never gives an empty name: what is left without a stem is called 文件.
    """
    seen = "".join(character for character in name if unicodedata.category(character) not in _UNSEEN)
    seen = unicodedata.normalize("NFC", seen).replace("\\", "/").rpartition("/")[2]
    seen = " ".join(seen.translate(_FORBIDDEN).split()).rstrip(". ")
    stem, extension = _parts(seen)
    stem = stem.strip(". ")
    if not stem:
        stem = NAMELESS
    elif _DEVICES.fullmatch(stem.partition(".")[0].strip()):
        stem = f"_{stem}"
    ending = f".{extension}" if extension else ""
    return stem[: NAME_LIMIT - len(ending)].rstrip(". ") + ending


def extension_of(name: str) -> str:
    """The extension in lower case without its dot; '' where there is none."""
    return _parts(name)[1].lower()


def _parts(name: str) -> tuple[str, str]:
    stem, dot, extension = name.rpartition(".")
    if dot and _EXTENSION.fullmatch(extension):
        return stem, extension
    return name, ""


def disposition(name: str) -> str:
    """Content-Disposition of a download: the name in ASCII for old clients, whole in `filename*` (RFC 6266, RFC 5987)."""
    whole = clean_name(name)
    stem, extension = _parts(whole)
    plain = re.sub(r"[^A-Za-z0-9._ ()+-]", "_", stem)
    if not re.search(r"[A-Za-z0-9]", plain):
        plain = "file"
    ending = f".{extension}" if extension else ""
    return f"attachment; filename=\"{plain}{ending}\"; filename*=UTF-8''{quote(whole, safe='')}"
