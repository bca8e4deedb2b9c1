"""Every sentence of a refusal can be collected for translators: written once and whole, with its values apart.

Floors without gettext write it into the call that raises it; `makemessages` finds it there, and the faces translate it
when it is shown (`kernel.errors.say_with`).
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess  # nosec B404
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import gettext

from huiyin.kernel import errors
from huiyin.kernel.errors import Invalid, NotFound
from huiyin.ui.management.commands.makemessages import SENTENCES, Command
from tests.house.test_translation import HAN, MARKS
from tests.house.tree import ROOT, python_files

ROOMS = tuple(f"huiyin/{room}" for room in ["kernel", "vault", "trail", "org", "clocks", "notices", "papers", "cases"])
# Sentences put together of parts, from before there was a rule. Files leave this list, none comes in.
LEFT = {f"huiyin/cases/{name}.py" for name in ["closing", "deciding", "handling", "intake", "lifecycle", "triage"]}


def sentences(tree: ast.AST) -> Iterator[ast.expr]:
    """What stands in the place of a sentence, in every call that has one."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        place = SENTENCES.get(ast.unparse(node.func).rsplit(".", 1)[-1])
        if place and len(node.args) >= place:
            yield node.args[place - 1]
        yield from (word.value for word in node.keywords if word.arg == "sentence")


def faults(content: str) -> list[str]:
    """Chinese in the place of a sentence that `makemessages` would not collect whole."""
    tree = ast.parse(content)
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given.setdefault(node.targets[0].id, []).append(node.value)
    named = {id(word.value) for node in ast.walk(tree) if isinstance(node, ast.Call) for word in node.keywords}
    found = []
    for part in sentences(tree):
        if isinstance(part, ast.Constant) and id(part) not in named:
            continue
        for value in given.get(part.id, []) if isinstance(part, ast.Name) else [part]:
            found += [f"{node.lineno}: {node.value!s}" for node in list(_unmarked(value))[:1]]
    return list(dict.fromkeys(found))


def _unmarked(value: ast.expr) -> Iterator[ast.Constant]:
    marked: set[ast.AST] = set()
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in MARKS:
            marked.update(ast.walk(node))
    for node in ast.walk(value):
        if node not in marked and isinstance(node, ast.Constant) and HAN.search(str(node.value)):
            yield node


def test_every_sentence_of_a_refusal_can_be_collected() -> None:
    files = ((name, content) for name, content in python_files(*ROOMS) if name not in LEFT)
    assert {name: lines for name, content in files if (lines := faults(content))} == {}


@pytest.mark.parametrize(
    "content",
    [
        'raise Invalid("x", f"最多 {n} 个。")',
        'raise Refused("x", "不能：" + "、".join(reasons))',
        'said = f"还差 {n} 项"\nraise Invalid("x", said)',
        'chinese.needed(text, limit=5, field="x", sentence="请写下内容。")',
        'TOLD = "写过了。"\nraise Refused("x", TOLD)',
    ],
)
def test_a_sentence_that_no_translator_would_get_is_named(content: str) -> None:
    assert len(faults(content)) == 1


@pytest.mark.parametrize(
    "content",
    [
        'raise Invalid("x", "最多 %(most)d 个。", most=n)',
        'raise Refused("x", _("“%(name)s”不能上传。") % {"name": n} + advice())',
        'TOLD = N_("写过了。")\nraise Refused("x", TOLD)',
        "raise refuse(sentence)",
    ],
)
def test_a_whole_sentence_passes(content: str) -> None:
    assert faults(content) == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext's programs are not installed")
def test_what_the_rule_lets_pass_is_collected() -> None:
    names = [name for name, _content in python_files(*ROOMS) if name not in LEFT]
    words = ["--language=Python", "--from-code=UTF-8", "--output=-", "--no-wrap", *Command.xgettext_options]
    done = subprocess.run(["xgettext", *words, *names], check=True, capture_output=True, text=True, cwd=ROOT)
    parts = re.findall(r'(?m)^(?:msgid )?"(.*)"$', done.stdout)
    collected = re.sub(r"\\(.)", r"\1", "".join(parts))
    for name in names:
        for part in sentences(ast.parse(Path(ROOT, name).read_text("utf-8"))):
            if isinstance(part, ast.Constant) and HAN.search(str(part.value)):
                assert str(part.value) in collected, name


def test_a_sentence_is_said_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    assert errors._translate is gettext  # the faces have set it
    english = {"最多写 %(limit)d 个字。": "At most %(limit)d characters.", "没有。": "None."}
    refusal = Invalid("too_long", "最多写 %(limit)d 个字。", limit=20, field="text")
    assert refusal.sentence == "最多写 20 个字。" and str(refusal) == "too_long: 最多写 20 个字。"
    monkeypatch.setattr(errors, "_translate", lambda text: english.get(text, text))
    assert refusal.sentence == "At most 20 characters."
    assert NotFound("没有。").sentence == "None."
    assert Invalid("x", "100% 不行").sentence == "100% 不行"  # without values nothing is put in
