"""The limits that the employee waits for or has, in plain words; the others are the office's own affair."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

# By the ids of policy.toml, in the order in which they come up.
LIMIT_WORDS = {
    "notice": gettext_lazy("书面告诉您是否受理"),
    "first_contact": gettext_lazy("办理单位联系您"),
    "decision": gettext_lazy("给您书面答复"),
    "extension": gettext_lazy("情况复杂，经批准再延长"),
    "suggestion_reply": gettext_lazy("答复您的建议"),
    "report_reply": gettext_lazy("答复您的检举、控告"),
    "execution": gettext_lazy("落实支持您的请求"),
    "rating_window": gettext_lazy("您可以评价"),
    "follow_up": gettext_lazy("就您的评价联系您"),
    "ask_review": gettext_lazy("您可以请求复查"),
    "review": gettext_lazy("书面答复您的复查请求"),
    "ask_final_review": gettext_lazy("您可以请求复核"),
    "final_review": gettext_lazy("书面答复您的复核请求"),
    "redo": gettext_lazy("重新给您书面答复"),
}
# Of a suggestion.
ANSWER_LIMIT_WORDS = {"execution": gettext_lazy("落实采纳的建议")}
