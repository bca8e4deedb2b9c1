"""One whole set of fields for each kind of paper, all fictional: for the workshop's preview and the contact sheet."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType

from huiyin.papers.templates import Fields

SAMPLES = Path(__file__).parent


@cache
def fields(kind: str) -> Fields:
    """A whole paper of the kind. LookupError where there is no sample."""
    path = SAMPLES / f"{kind}.toml"
    if not kind.isalnum() or not path.is_file():
        raise LookupError(f"there is no sample of {kind!r}")
    return MappingProxyType(tomllib.loads(path.read_text("utf-8")))
