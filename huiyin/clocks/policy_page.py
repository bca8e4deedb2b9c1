"""The page docs/rules/limits.md, made from the policy file that ships. A test keeps the two equal.

Write it anew with `python -m huiyin.clocks.policy_page > docs/rules/limits.md`.
"""

from __future__ import annotations

from pathlib import Path

from huiyin.clocks import policy_file
from huiyin.clocks.rules import BASES, MOMENTS, Policy, Rule
from huiyin.org.permissions import Role

SHIPPED = Path(__file__).parent / "policy.toml"
HEAD = """\
# Limits

Generated from `huiyin/clocks/policy.toml`; change that file, not this page. How days are counted:
[decision 0005](../decisions/0005-how-days-are-counted.md). A copy named by `HUIYIN_POLICY` may make a limit of the
law shorter, never longer, and may not touch the employee's own time to ask for a review. `[places.…]` gives units or
regions shorter limits still; the head of the file shows how.

{note}

| Rule | 名称 | Length | Basis | From | Until |
|---|---|---|---|---|---|
"""


def render(policy: Policy | None = None) -> str:
    """The whole page as Markdown, for the shipped policy if none is given."""
    policy = policy or policy_file.read(SHIPPED)
    parts = [HEAD.format(note=policy.time_zone_note)]
    parts += [_row(rule) for rule in policy.rules.values()]
    parts += [_section(rule) for rule in policy.rules.values()]
    parts.append(_ceilings())
    return "".join(parts)


def _row(rule: Rule) -> str:
    return (
        f"| [`{rule.id}`](#{rule.id}) | {rule.title} | {rule.length} | {BASES[rule.basis]} "
        f"| {MOMENTS[rule.starts_on]} | {MOMENTS[rule.stops_on]} |\n"
    )


def _section(rule: Rule) -> str:
    lines = [
        f"\n## {rule.id}\n",
        f"{rule.title}：{rule.length}（{BASES[rule.basis]}），{rule.source}。\n",
        f"- 从“{MOMENTS[rule.starts_on]}”起算，到“{MOMENTS[rule.stops_on]}”为止。",
    ]
    if rule.roll:
        lines.append("- 最后一日是休息日的，顺延到下一个工作日；另设内部目标：不晚于未顺延日的最后一个工作日。")
    if rule.extension:
        limits = rule.extension
        lines.append(f"- 可延长{limits.times}次，每次不超过{limits.max_days}日，由{_roles([limits.approved_by])}批准。")
    if rule.pause:
        lines.append("- 可以中止计算，中止的时间不计入。")
    if not rule.is_due_step:
        lines.append("- 只是一个时间点，过了不算超期。")
    for percent in rule.warn_at:
        lines.append(f"- 用去{percent}%时提醒：{_roles(rule.roles_at(percent))}。")
    if rule.told_when_missed:
        lines.append(f"- {'超期' if rule.is_due_step else '到期'}时告知：{_roles(rule.told_when_missed)}。")
    return "\n".join(lines) + "\n"


def _roles(codes: tuple[str, ...] | list[str]) -> str:
    return "、".join(str(Role(code).label) for code in codes)


def _ceilings() -> str:
    lines = ["\n## What the law allows at most\n", "| Rule | At most | Article |", "|---|---|---|"]
    for rule_id, ceiling in policy_file.CEILINGS.items():
        unit = {"day": "日", "workday": "个工作日"}[ceiling.unit]
        exact = "（反映人的权利，不得缩短）" if ceiling.is_a_right else ""
        lines.append(f"| `{rule_id}` | {ceiling.amount}{unit}{exact} | {ceiling.article} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(render(), end="")
