"""docs/rules/steps.md, made from the step table and the permission table by `make docs`."""

from __future__ import annotations

from huiyin.cases.models.case import Stage
from huiyin.cases.steps import STEPS
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission


def render() -> str:
    """The state machine as a table, and who may take which step. Markdown."""
    lines = [
        "# Steps and permissions",
        "",
        "Made by `make docs` from `cases/steps.py` and `org/permissions.py`. Don't edit.",
        "",
        "A step marked “not for” is not there for cases of that class. Behind “/”: what it is called on a suggestion.",
        "",
        "| Step | 中文 | From | To | Needs | Stops | Starts | Not for |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for code, step in STEPS.items():
        leaves = " ".join(stage.value for stage in Stage if stage in step.leaves)
        enters = step.enters.value if step.enters else "–"
        needs = step.needs.value if step.needs else "the employee"
        label = f"{step.label} / {step.answer_label}" if step.answer_label else step.label
        turned = f"{' '.join(step.stops)} | {' '.join(step.starts)}"
        lines.append(f"| `{code}` | {label} | {leaves} | {enters} | {needs} | {turned} | {step.not_for or ''} |")
    roles = list(ROLE_PERMISSIONS)
    lines += ["", "## Permission codes × roles", "", "| | " + " | ".join(role.value for role in roles) + " |"]
    lines.append("|---" * (len(roles) + 1) + "|")
    for permission in Permission:
        marks = ["●" if permission in ROLE_PERMISSIONS[role] else "" for role in roles]
        lines.append(f"| `{permission.value}` | " + " | ".join(marks) + " |")
    return "\n".join(lines) + "\n"
