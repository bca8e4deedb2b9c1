"""Pages of the end of a case, and of the inspector's sealed lane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from huiyin.cases import closing
from huiyin.cases.models import Case
from huiyin.desk.act_pages import ActForm, ActPage, NoForm
from huiyin.desk.handling import ReasonForm
from huiyin.kernel.actors import Staff
from huiyin.trail.moments import server_now
from huiyin.ui.forms import TextField


class ReplyForm(ActForm):
    text = TextField(label=_("内容"), max_length=closing.REPLY_LIMIT)


def _obstacles(case: Case, by: Staff) -> Mapping[str, Any]:
    return {"obstacles": closing.obstacles(case, server_now())}


PAGES: dict[str, ActPage] = {
    "close": ActPage(
        NoForm,
        lambda case, said, by, form: closing.close(case, by=by, at=server_now()),
        _("已办结。"),
        note=_("书面答复已送达、支持或者采纳的已落实，并且反映人已评价或满15天，才能办结。"),
        aside=_obstacles,
    ),
    "void": ActPage(
        ReasonForm,
        lambda case, said, by, form: closing.void(case, reason=said["reason"], by=by, at=server_now()),
        _("已作废，编号保留。"),
        note=_("只用于登记有误。作废后仍能查到，编号保留。职工自己提交的来件不能作废。"),
    ),
    "reopen": ActPage(
        ReasonForm,
        lambda case, said, by, form: closing.reopen(case, reason=said["reason"], by=by, at=server_now()),
        _("已重新办理，期限重新计算。"),
    ),
    "note_report": ActPage(
        ReplyForm,
        lambda case, said, by, form: closing.note_report(case, text=said["text"], by=by, at=server_now()),
        _("已写入办理记录，加密保存。"),
    ),
    "reply_report": ActPage(
        ReplyForm,
        lambda case, said, by, form: closing.reply_report(case, text=said["text"], by=by, at=server_now()),
        _("已答复。检举人凭查询码可以看到。"),
        note=_("检举人凭查询码可以看到这段答复。"),
    ),
    "conclude_report": ActPage(
        ReplyForm,
        lambda case, said, by, form: closing.conclude_report(case, text=said["text"], by=by, at=server_now()),
        _("已办结。"),
        note=_("检举人凭查询码可以看到这段答复。"),
    ),
}
PAGES["resume"] = PAGES["reopen"]
