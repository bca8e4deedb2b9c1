"""Every class that a page carries has a rule in a stylesheet, and every rule's class is carried by some page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import huiyin

ROOT = Path(huiyin.__file__).parent
STYLE_GUIDE = Path(__file__).parent.parent / "ui/pages"  # every component once; docs/ui.md
FROM_TEMPLATE = "\0"  # stands for {{ … }} inside a class
IN_PAGES = re.compile(r"""\bclass=(?:"([^"]*)"|'([^']*)')""")
IN_BLOCK = re.compile(r"{%\s*block face\s*%}(.*?){%\s*endblock")  # the class of <html>
IN_SCRIPTS = re.compile(r"""(?:className(?: =|:) |classList\.\w+\()"([^"]+)\"""")
IN_PYTHON = re.compile(r"""["']class["']: ["']([^"']+)["']""")


def words(text: str) -> Iterator[str]:
    """The classes of one attribute, template tags taken out."""
    bare = re.sub(r"{%.*?%}", " ", re.sub(r"{{.*?}}", FROM_TEMPLATE, text))
    yield from (word for word in bare.split() if word != FROM_TEMPLATE)


def carried_by_page(text: str) -> set[str]:
    """The classes in a template. A tag inside an attribute may itself hold double quotes: those are made single first."""
    quiet = re.sub(r"{%.*?%}|{{.*?}}", lambda found: found[0].replace('"', "'"), text)
    found = {word for pair in IN_PAGES.findall(quiet) for word in words(pair[0] or pair[1])}
    return found | {word for part in IN_BLOCK.findall(quiet) for word in words(part)}


def carried_by_script(text: str) -> set[str]:
    return {word for part in IN_SCRIPTS.findall(text) for word in part.split()}


def carried_by_python(text: str) -> set[str]:
    parts = IN_PYTHON.findall(text) + [double or single for double, single in IN_PAGES.findall(text)]
    return {word for part in parts for word in words(part)}


def ruled(text: str) -> set[str]:
    """The classes that selectors name."""
    selectors = re.findall(r"([^{}]+){", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    return {name for selector in selectors for name in re.findall(r"\.(-?[a-zA-Z][\w-]*)", selector)}


def everything_carried() -> set[str]:
    found: set[str] = set()
    for page in [*ROOT.glob("*/templates/**/*.html"), *STYLE_GUIDE.glob("*.html")]:
        found |= carried_by_page(page.read_text("utf-8"))
    for script in ROOT.glob("*/static/**/*.js"):
        if "vendor" not in script.parts:
            found |= carried_by_script(script.read_text("utf-8"))
    for source in ROOT.rglob("*.py"):
        found |= carried_by_python(source.read_text("utf-8"))
    return found


def everything_ruled() -> set[str]:
    return {name for sheet in ROOT.glob("*/static/**/*.css") for name in ruled(sheet.read_text("utf-8"))}


def without_rule(carried: set[str], rules: set[str]) -> list[str]:
    """Classes that no selector names; one that a template completes needs a rule with its beginning."""
    return sorted(
        name
        for name in carried
        if not any(
            rule.startswith(name.split(FROM_TEMPLATE)[0]) if FROM_TEMPLATE in name else rule == name for rule in rules
        )
    )


def without_page(carried: set[str], rules: set[str]) -> list[str]:
    beginnings = tuple(name.split(FROM_TEMPLATE)[0] for name in carried if FROM_TEMPLATE in name)
    return sorted(rule for rule in rules if rule not in carried and not (beginnings and rule.startswith(beginnings)))


def test_every_class_of_a_page_has_a_rule() -> None:
    assert without_rule(everything_carried(), everything_ruled()) == []


def test_no_rule_is_for_a_class_that_no_page_has() -> None:
    assert without_page(everything_carried(), everything_ruled()) == []


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<p class="soft small">', {"soft", "small"}),
        ('<p class="note{% if a == "b" %} note-red{% endif %}">', {"note", "note-red"}),
        ('<b class="badge badge-{{ tone }}">', {"badge", "badge-\0"}),
        ("{% block face %}portal{% if a %} signed-in{% endif %}{% endblock %}", {"portal", "signed-in"}),
    ],
)
def test_classes_are_read_out_of_a_template(page: str, found: set[str]) -> None:
    assert carried_by_page(page) == found


def test_the_guard_is_awake() -> None:
    rules = ruled(
        "/* .gone { } */ .note, .badge-red > p:first-child { margin: .5rem } @media print { .note .icon { } }"
    )
    assert rules == {"note", "badge-red", "icon"}
    assert without_rule({"note", "badge-\0", "numbered", "due-\0"}, rules) == ["due-\0", "numbered"]
    assert without_page({"note", "badge-\0"}, rules) == ["icon"]
    assert carried_by_script('made("a", { className: "btn full" }); b.classList.add("stepping")') == {
        "btn",
        "full",
        "stepping",
    }
    assert carried_by_python("""attrs={"class": "w-short"}; '<svg class="icon">'""") == {"w-short", "icon"}
