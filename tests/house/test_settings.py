"""Every setting stands in docs/operate/settings.md, every command in commands.md, and nothing else does."""

from __future__ import annotations

import re
from dataclasses import fields

from config.data_folder import Enterprise
from huiyin import __version__
from huiyin.ops.main import COMMANDS
from tests.house.tree import ROOT, python_files

NAME = re.compile(r"HUIYIN_[A-Z_]*[A-Z]")


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


def settings_in_code() -> set[str]:
    return {name for _, content in python_files("config", "huiyin") for name in NAME.findall(content)}


def undocumented(page: str, names: set[str]) -> set[str]:
    return {name for name in names if f"| `{name}` |" not in page}


def test_every_setting_is_documented() -> None:
    assert undocumented(read("docs/operate/settings.md"), settings_in_code()) == set()


def test_a_setting_without_a_line_is_named() -> None:
    page = read("docs/operate/settings.md").replace("| `HUIYIN_FONTS` |", "")
    assert undocumented(page, settings_in_code()) == {"HUIYIN_FONTS"}


def test_no_setting_is_documented_that_is_not_there() -> None:
    assert set(NAME.findall(read("docs/operate/settings.md"))) - settings_in_code() == set()


def test_every_key_of_the_enterprise_is_documented() -> None:
    page = read("docs/operate/settings.md")
    assert [field.name for field in fields(Enterprise) if f"`{field.name}`" not in page] == []


def test_every_command_is_documented() -> None:
    page = read("docs/operate/commands.md")
    assert [name for name in COMMANDS if f"| `huiyin {name}" not in page] == []


def test_no_command_is_documented_that_is_not_there() -> None:
    named = set(re.findall(r"\| `huiyin ([a-z]+)", read("docs/operate/commands.md")))
    assert named - set(COMMANDS) == set()


def test_the_changelog_knows_this_version() -> None:
    assert f"\n## {__version__}" in read("CHANGELOG.md")


def test_every_room_stands_in_the_picture_of_the_house() -> None:
    picture = read("docs/architecture.md")
    rooms = [path.parent.name for path in (ROOT / "huiyin").glob("*/__init__.py")]
    assert [room for room in rooms if f"`{room}`" not in picture] == []


def test_every_target_of_the_makefile_is_explained() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    page = read("CONTRIBUTING.md")
    assert {"run", "test", "check", "fix", "demo", "bench", "trials", "lock"} <= targets
    assert [name for name in targets if f"| `make {name}` |" not in page] == []


def test_ci_calls_what_people_call() -> None:
    lines = [line for line in read(".ci/run").splitlines() if line.startswith("make")]
    assert lines == ["make test", "make check"]
