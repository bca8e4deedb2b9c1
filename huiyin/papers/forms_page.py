"""The page docs/rules/papers.md, made from the forms that ship. A test keeps the two equal.

Write it anew with `python -m huiyin.papers.forms_page > docs/rules/papers.md`.
"""

from __future__ import annotations

from huiyin.papers.templates import FORMS, Field, Template, kinds, ordered, template

HEAD = """\
# Papers

Generated from `huiyin/papers/forms/*.toml`; change those files, not this page. One template and two writers:
[decision 0007](../decisions/0007-papers.md). A number reads `unit code + series + 〔year〕 + n + 号`; kinds of one series
share its numbers. **Bold** fields are required before sealing.

| Kind | 名称 | Series | Layout | Source |
|---|---|---|---|---|
"""
SHAPES = {
    "text": "",
    "date": "date",
    "moment": "date and time",
    "list": "list",
    "rows": "rows",
}


def render() -> str:
    """The whole page as Markdown."""
    made = [template(kind) for kind in ordered(kinds())]
    return HEAD + "".join(_row(one) for one in made) + "".join(_section(one) for one in made)


def source(kind: str) -> str:
    """The first comment of a form: what it is and which article asks for it."""
    lines = []
    for line in (FORMS / f"{kind}.toml").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(lines)


def _row(made: Template) -> str:
    return f"| [`{made.kind}`](#{made.kind.lower()}) | {made.title} | {made.series} | {made.layout} | {source(made.kind)} |\n"


def _section(made: Template) -> str:
    rows = [f"\n## {made.kind}\n\n{made.title}\n\n| Field | 名称 | Shape | Values |\n|---|---|---|---|\n"]
    for known in made.fields.values():
        rows.append(_field(known))
        rows += [_field(column, f"{known.name}.") for column in known.columns]
    return "".join(rows)


def _field(known: Field, before: str = "") -> str:
    name = f"`{before}{known.name}`"
    values = "; ".join(f"`{code}` {word}" for code, word in known.words.items())
    return f"| {f'**{name}**' if known.is_required else name} | {known.label} | {SHAPES[known.shape]} | {values} |\n"


if __name__ == "__main__":
    print(render(), end="")
