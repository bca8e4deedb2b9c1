"""The frame of every desk page: who asks, what they may see beside the page, where they go from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import NotFound
from huiyin.org import roster, sign_on
from huiyin.org.models import User
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role
from huiyin.org.staff import staff_of
from huiyin.trail.moments import server_now

# Who has a part in oversight: demands, answers or instructs.
OVERSIGHT = frozenset({Permission.SUPERVISE, Permission.REPORT_BACK, Permission.INSTRUCT})
View = Callable[..., HttpResponseBase]


def desk(view: View) -> View:
    """A page for people with a post: others are asked to sign on, or find nothing. Passes `by`, the Staff."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        user, now = request.user, server_now()
        if not isinstance(user, User):
            return redirect_to_login(request.get_full_path())
        if sign_on.is_over(request.session, now, is_staff=True):
            logout(request)
            return redirect_to_login(request.get_full_path())
        sign_on.note_use(request.session, now)
        if user.must_change_password:
            return redirect_to_login(request.get_full_path(), login_url=reverse("password"))
        by = staff_of(user, localtime(now).date())
        if not by.posts:
            raise NotFound()
        return view(request, by, *arguments, **options)

    return guarded


def permissions(by: Staff) -> frozenset[Permission]:
    """Every permission some post of this person carries, wherever."""
    return frozenset(code for post in by.posts for code in ROLE_PERMISSIONS[Role(post.role)])


def frame(request: HttpRequest, by: Staff) -> dict[str, Any]:
    """Top bar and side bar. No statement of its own."""
    codes, here, settings_root = permissions(by), request.path, reverse("desk:accounts")
    keeps_forms = roster.has_whole(roster.reach(by, Permission.MANAGE_FORMS))
    settings_url = settings_root if codes & roster.READERS else reverse("desk:paper_forms")
    oversight_url = (
        reverse("desk:area") if Permission.INSTRUCT in codes else reverse("desk:oversight", args=["supervision"])
    )
    groups = [
        (_("工作台"), reverse("desk:work"), "list-check", True),
        (_("事项"), reverse("desk:cases"), "clipboard-list", Permission.SEE_CASES in codes),
        (_("接访"), reverse("desk:queue"), "users", Permission.REGISTER in codes),
        (_("检举控告"), reverse("desk:reports"), "lock", Permission.INSPECT in codes),
        (_("督导"), oversight_url, "flag", bool(codes & OVERSIGHT)),
        (_("通知"), reverse("desk:notices"), "bell", True),
        (_("设置"), settings_url, "settings", bool(codes & roster.READERS) or keeps_forms),
    ]
    wide = ((settings_url, settings_root), (oversight_url, "/desk/oversight/"))
    may_register = Permission.REGISTER in codes
    return {
        "work_url": reverse("desk:work"),
        "search_url": reverse("desk:cases") if Permission.SEE_CASES in codes else "",
        "query": request.GET.get("q", ""),
        "new_url": reverse("desk:register_new") if may_register else "",
        "help_url": reverse("desk:help"),
        "who": by.name,
        "post": "、".join(Role(post.role).label for post in by.posts),
        "own_links": [
            {"url": reverse("password"), "title": _("修改密码")},
            {"url": reverse("desk:tokens"), "title": _("接口令牌")},
        ],
        "sign_out_url": reverse("sign_out"),
        "groups": [
            {
                "title": title,
                "url": url,
                "icon": mark,
                "is_here": here == url or any(url == own and here.startswith(start) for own, start in wide),
            }
            for title, url, mark, is_shown in groups
            if is_shown
        ],
    }


def show(
    request: HttpRequest, by: Staff, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A desk page in its frame."""
    return render(request, f"desk/{template}.html", {"frame": frame(request, by), **(context or {})}, status=status)
