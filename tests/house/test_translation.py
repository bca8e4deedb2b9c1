"""All Chinese text of the faces is marked for translation: in templates and in Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.tree import python_files, text_files

HAN = re.compile(r"[\u3400-\u9fff]")
FACES = ("huiyin/desk", "huiyin/portal", "huiyin/api", "huiyin/ui")
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "N_"}
# What reads people's own typing is shown to nobody.
DATE_MARKS = {"年", "月", "日"}
READERS = {"compile", "fullmatch", "match", "search", "sub", "maketrans"}
# What a template says without showing it, or says marked.
MARKED = re.compile(
    r"\{#.*?#\}"
    r"|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}"
    r"|\{%\s*blocktrans(?:late)?\b.*?%\}.*?\{%\s*endblocktrans(?:late)?\s*%\}"
    r"|\{%\s*trans(?:late)?\s+(?:\"[^\"]*\"|'[^']*').*?%\}"
    r"|_\((?:\"[^\"]*\"|'[^']*')\)"
    r"|<!--.*?-->",
    re.DOTALL,
)


def unmarked_in_template(content: str) -> list[str]:
    """Lines with Chinese that no translation mark holds."""
    shown = MARKED.sub(lambda match: "\n" * match.group().count("\n"), content)
    return [f"{number}: {line.strip()[:60]}" for number, line in enumerate(shown.splitlines(), 1) if HAN.search(line)]


def unmarked_in_python(content: str) -> list[str]:
    """Chinese string literals outside a call of gettext and outside docstrings."""
    tree = ast.parse(content)
    fine: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in MARKS | READERS:
            fine.update(ast.walk(node))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node, clean=False):
            first = node.body[0]
            assert isinstance(first, ast.Expr)
            fine.add(first.value)
    return [
        f"{node.lineno}: {node.value[:40]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and HAN.search(node.value)
        and node.value.strip() not in DATE_MARKS
        and node not in fine
    ]


def templates() -> Iterator[tuple[str, str]]:
    return ((name, content) for name, content in text_files("huiyin") if "/templates/" in name)


def test_every_chinese_word_of_a_template_is_marked() -> None:
    assert {name: lines for name, content in templates() if (lines := unmarked_in_template(content))} == {}


def test_every_chinese_sentence_of_a_face_is_marked() -> None:
    faces = ((name, text) for name, text in python_files(*FACES) if not name.endswith("/apps.py"))  # shown nowhere
    assert {name: lines for name, content in faces if (lines := unmarked_in_python(content))} == {}


def test_a_bare_word_in_a_template_is_named_with_its_line() -> None:
    content = '{% load i18n %}\n<h1>{% translate "我的工作" %}</h1>\n<p title="提示">{{ x|default:_("无") }}</p>\n'
    assert unmarked_in_template(content) == ['3: <p title="提示">{{ x|default: }}</p>']


def test_marked_text_and_comments_pass() -> None:
    content = (
        "{# 注释 #}{% blocktranslate with n=1 %}共\n{{ n }} 件{% endblocktranslate %}{% comment %}说明{% endcomment %}"
    )
    assert unmarked_in_template(content) == []


def test_a_bare_sentence_in_python_is_named() -> None:
    content = '"""说明。"""\nfrom django.utils.translation import gettext as _\na = _("好")\nb = "不好"\n'
    assert unmarked_in_python(content) == ["4: 不好"]
