"""The source tree as the house tests read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN = ("huiyin", "config", "scripts", "tests", "docs", "requirements", ".ci")
VENDORED = "static/vendor"
TEXT = {".py", ".toml", ".html", ".md", ".txt", ".in", ".sh", ".js", ".css", ".json", ".typ", ".yml", ""}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_files(*folders: str) -> Iterator[tuple[str, str]]:
    """(path, content) of everything written by hand in these folders, vendored files left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            name = relative(path)
            if path.is_file() and path.suffix in TEXT and VENDORED not in name and "__pycache__" not in name:
                yield name, path.read_text("utf-8")


def python_files(*folders: str) -> Iterator[tuple[str, str]]:
    """The same for Python without migrations."""
    for name, content in text_files(*folders):
        if name.endswith(".py") and "/migrations/" not in name:
            yield name, content
