"""The page docs/rules/routes.md, made from routes.toml and facts.toml by `make docs`. A test keeps the two equal."""

from __future__ import annotations

from huiyin.cases.routes.reading import Answers, Limit, Route, questions, rules

HEAD = """\
# Statutory ways

Made by `make docs` from `huiyin/cases/routes/routes.toml` and `facts.toml`. Don't edit.

What `huiyin route`, the portal and the desk answer from. Counted as everywhere
([decision 0005](../decisions/0005-how-days-are-counted.md)): the day of the start isn't counted, months and years end on
the corresponding day, a last day that is a day off moves to the next working day. Rows marked 待法务部门确认 have no text of
the law at hand: the legal office confirms them, and every answer says so.

"""


def render() -> str:
    """The whole page as Markdown."""
    found = rules()
    parts = [HEAD, "| Code | 途径 | 第三十一条 | 期限 | 依据 |\n|---|---|---|---|---|\n"]
    for route in found.routes.values():
        parts.append(
            f"| [`{route.code}`](#{route.code}) | {route.name} | {route.branch_name} | {route.limit_text} | {route.article} |\n"
        )
    parts += [_section(route) for route in found.routes.values()]
    parts.append("\n## Beside a way\n\n")
    for aside in found.asides:
        when = f"人数不少于{aside.from_workers}" if aside.from_workers else _said(aside.when)
        parts.append(f"- `{aside.code}`（{when}）：{aside.text}带上：{aside.material}。依据：{aside.article}。\n")
    parts.append("\n## Facts\n\n| Fact | Kind | 问题 | 选项 |\n|---|---|---|---|\n")
    for fact in questions().facts.values():
        choices = "<br>".join(f"`{code}` {words}" for code, words in fact.choices.items())
        parts.append(f"| `{fact.code}` | {fact.kind} | {fact.question}{fact.help} | {choices} |\n")
    return "".join(parts)


def _section(route: Route) -> str:
    lines = [
        f"\n## {route.code}\n",
        f"{route.name}{'（待法务部门确认）' if route.to_confirm else ''}\n",
        f"- 适用：{'；'.join(route.grievances)}。",
        f"- 条件：{' 或者 '.join(_said(answers) for answers in route.when)}。",
        f"- 受理机构：{route.organ}。",
        f"- 程序：{route.procedure}",
        *(f"- {_limit(limit)}" for limit in route.limits),
    ]
    if route.opens:
        lines.append(f"- 满{route.opens.length}以后才能提出，自{_short(route.opens.start)}起。")
    if route.interruption:
        lines.append(f"- 中断：{route.interruption}")
    lines.append(f"- 材料：{'；'.join(route.materials)}。")
    if route.employer.text:
        lines.append(f"- 单位：{route.employer.text}")
    if route.employer.limit:
        lines.append(f"- 单位的期限：{_limit(route.employer.limit)}")
    lines.append(f"- 依据：{route.article}。")
    return "\n".join(lines) + "\n"


def _limit(limit: Limit) -> str:
    when = f"（{_said(limit.when)}）" if limit.when else ""
    if not limit.amount:
        return f"期限{when}：{limit.said}"
    restart = f"；从{_short(limit.restart)}重新计算" if limit.restart else ""
    return f"{limit.name or '期限'}{when}：{limit.length}，自{_short(limit.start)}起{restart}。"


def _short(codes: tuple[str, ...]) -> str:
    return "或者".join(questions().facts[code].short for code in codes)


def _said(answers: Answers) -> str:
    facts = questions().facts
    return "，".join(
        f"{facts[code].short}为“{'”“'.join(facts[code].choices[answer] for answer in said)}”"
        for code, said in answers.items()
    )
