"""Static files in DATA/static, collected at the first start and again when they or the version change."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from huiyin import __version__

STAMP = ".collected"


def fingerprint() -> str:
    """Changes with the version and with name, size or date of any static file. Milliseconds: our set is small."""
    digest = hashlib.sha256(__version__.encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"\n{name} {found.st_size} {found.st_mtime_ns}".encode())
    return digest.hexdigest()


def collect_if_changed() -> bool:
    """Collect, compress and name by content, unless that was done for exactly these files. True if it was needed."""
    if not hasattr(staticfiles_storage, "manifest_name"):
        return False  # development and tests serve them from where they lie
    stamp = Path(settings.STATIC_ROOT) / STAMP
    now = fingerprint()
    if stamp.exists() and stamp.read_text("ascii") == now:
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(now, "ascii")
    return True
