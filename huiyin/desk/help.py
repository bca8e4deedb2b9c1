"""帮助: the keys, and the chapter of the guide for the asker's posts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huiyin.desk import guide
from huiyin.desk.frame import desk, permissions, show
from huiyin.kernel.actors import Staff
from huiyin.org.permissions import Permission


@require_GET
@desk
def help_page(request: HttpRequest, by: Staff) -> HttpResponse:
    """Keys first, then how one's own work goes."""
    codes = permissions(by)
    keys = [
        ("/", _("搜索：编号、日期、事由里的词，两个字就行"), Permission.SEE_CASES in codes),
        ("N", _("登记新来件"), Permission.REGISTER in codes),
        ("?", _("打开这一页"), True),
        ("Ctrl+Enter", _("提交正在填的表；登记来件时，保存并接着登记下一件"), True),
        ("Tab", _("到下一处；Shift+Tab 回到上一处"), True),
        (_("空格"), _("勾选、选中；上下键换选项"), True),
        ("Esc", _("关闭打开的菜单"), True),
    ]
    chapters = guide.chapters_for([post.role for post in by.posts])
    if request.GET.get("chapter") == "administrator" and guide.chapter("administrator") not in chapters:
        chapters.append(guide.chapter("administrator"))  # an officer follows a line of the watch-dog
    context = {
        "keys": [{"key": key, "does": does} for key, does, is_shown in keys if is_shown],
        "chapters": chapters,
    }
    return show(request, by, "help", context)
