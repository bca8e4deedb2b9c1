"""Files of others that we ship: taken from their npm archives at a pinned version, kept by hash.

    python scripts/vendor.py check             compare the files with versions.json; exit 1 on any difference
    python scripts/vendor.py take ARCHIVES     write them anew from ARCHIVES/*.tgz (npm pack htmx.org@2.0.11 …)

`take` is run by hand when a version changes; nothing here reaches the network.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "huiyin/ui/static/vendor"
TESTS = ROOT / "tests/browser/vendor"
LIST = SHIPPED / "versions.json"
HTMX, ICONS, AXE = ("htmx.org", "2.0.11"), ("@tabler/icons", "3.51.0"), ("axe-core", "4.14.1")
ICON_NAMES = [
    "adjustments",
    "alert-circle",
    "alert-triangle",
    "arrow-left",
    "arrow-right",
    "bell",
    "building",
    "calendar",
    "check",
    "chevron-down",
    "chevron-right",
    "circle-check",
    "circle-dot",
    "clipboard-list",
    "clock",
    "copy",
    "dots",
    "download",
    "eye",
    "eye-off",
    "file-text",
    "filter",
    "flag",
    "help",
    "history",
    "home",
    "id",
    "inbox",
    "info-circle",
    "keyboard",
    "list-check",
    "lock",
    "login",
    "logout",
    "mail",
    "message",
    "paperclip",
    "pencil",
    "phone",
    "phone-call",
    "player-pause",
    "plus",
    "printer",
    "qrcode",
    "refresh",
    "route",
    "rubber-stamp",
    "scan",
    "search",
    "send",
    "settings",
    "shield-check",
    "star",
    "text-size",
    "trash",
    "upload",
    "user",
    "user-question",
    "users",
    "x",
]


def member(archives: Path, package: tuple[str, str], name: str) -> bytes:
    """One file of an npm archive (`tabler-icons-3.51.0.tgz` holds `package/…`)."""
    stem = package[0].lstrip("@").replace("/", "-")
    with tarfile.open(archives / f"{stem}-{package[1]}.tgz") as archive:
        file = archive.extractfile(f"package/{name}")
        if file is None:
            raise SystemExit(f"{stem}-{package[1]}.tgz has no {name}")
        return file.read()


def script(archives: Path, package: tuple[str, str], name: str) -> bytes:
    """A script without its source map comment: collectstatic looks for the map and stops when it isn't there."""
    return re.sub(rb"\s*//# sourceMappingURL=\S+\s*$", b"\n", member(archives, package, name))


def sprite(archives: Path) -> bytes:
    """The icons we use as one SVG of symbols, drawn in the colour of the text around them."""
    stem = f"{ICONS[0].lstrip('@').replace('/', '-')}-{ICONS[1]}.tgz"
    symbols = []
    with tarfile.open(archives / stem) as archive:
        for name in ICON_NAMES:
            file = archive.extractfile(f"package/icons/outline/{name}.svg")
            if file is None:
                raise SystemExit(f"{stem} has no outline icon {name}")
            drawing = file.read().decode("utf-8").partition("<svg")[2].partition(">")[2].rpartition("</svg>")[0]
            drawing = re.sub(r"\s*\n\s*", "", drawing)
            symbols.append(
                f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
                f'stroke-linecap="round" stroke-linejoin="round">{drawing}</symbol>'
            )
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def take(archives: Path) -> None:
    files: dict[Path, tuple[bytes, tuple[str, str], str]] = {
        SHIPPED / "htmx.min.js": (script(archives, HTMX, "dist/htmx.min.js"), HTMX, "0BSD"),
        SHIPPED / "icons.svg": (sprite(archives), ICONS, "MIT"),
        SHIPPED / "LICENSE.htmx.txt": (member(archives, HTMX, "LICENSE"), HTMX, "0BSD"),
        SHIPPED / "LICENSE.tabler-icons.txt": (member(archives, ICONS, "LICENSE"), ICONS, "MIT"),
        TESTS / "axe.min.js": (script(archives, AXE, "axe.min.js"), AXE, "MPL-2.0"),
        TESTS / "LICENSE.axe-core.txt": (member(archives, AXE, "LICENSE"), AXE, "MPL-2.0"),
    }
    lines = []
    for path, (content, (package, version), licence) in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        lines.append(
            {
                "file": path.relative_to(ROOT).as_posix(),
                "package": package,
                "version": version,
                "licence": licence,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
    LIST.write_text(json.dumps(lines, indent=2) + "\n", "utf-8")


def differences(list_file: Path = LIST) -> list[str]:
    """A sentence for each file that is missing, changed, or not on the list."""
    listed = {line["file"]: line["sha256"] for line in json.loads(list_file.read_text("utf-8"))}
    found = []
    for name, sha256 in listed.items():
        path = ROOT / name
        if not path.exists():
            found.append(f"{name} is missing: run `python scripts/vendor.py take ARCHIVES`")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            found.append(f"{name} was changed: vendored files are never edited")
    for folder in (SHIPPED, TESTS):
        for path in folder.glob("*"):
            name = path.relative_to(ROOT).as_posix()
            if path != LIST and name not in listed:
                found.append(f"{name} is not listed in {list_file.name}")
    return found


def main(words: list[str]) -> int:
    if words[:1] == ["take"] and len(words) == 2:
        take(Path(words[1]))
        return 0
    if words == ["check"]:
        found = differences()
        print("\n".join(found) or "vendored files are as listed")
        return 1 if found else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
