"""设置 · 账号和岗位: the system administrator makes and ends accounts, the security administrator gives and ends posts,
the audit administrator reads what both did. None of the three sees a case here or elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from huiyin.desk import settings
from huiyin.desk.frame import desk, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError
from huiyin.org import accounts as acts
from huiyin.org import roster, structure
from huiyin.org.models import Area, Post, Unit, User
from huiyin.org.permissions import Permission, Role
from huiyin.trail.moments import server_now
from huiyin.ui.forms import DayField, HuiyinForm, LineField

STATES = (("", gettext_lazy("全部")), ("active", gettext_lazy("启用")), ("disabled", gettext_lazy("停用")))


class AccountForm(HuiyinForm):
    username = LineField(label=gettext_lazy("工号"), max_length=30)
    name = LineField(label=gettext_lazy("姓名"), max_length=40)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("单位"), queryset=Unit.objects.none(), empty_label=gettext_lazy("请选择")
    )
    email = LineField(
        label=gettext_lazy("邮箱"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("工作提醒发到这里，内容里从不写反映的事情。"),
    )


class PostForm(HuiyinForm):
    role = forms.ChoiceField(label=gettext_lazy("岗位"), choices=[("", gettext_lazy("请选择")), *Role.choices])
    unit = forms.ModelChoiceField(
        label=gettext_lazy("在哪个单位"), queryset=Unit.objects.none(), empty_label=gettext_lazy("请选择")
    )
    area = forms.ModelChoiceField(
        label=gettext_lazy("分管领域"),
        queryset=Area.objects.none(),
        required=False,
        empty_label=gettext_lazy("不分管"),
        help_text=gettext_lazy("只有分管领导要选。"),
    )
    title = LineField(
        label=gettext_lazy("职务"), max_length=40, required=False, help_text=gettext_lazy("例如“工会副主席”。")
    )
    starts_on = DayField(label=gettext_lazy("从哪一天起"))
    ends_on = DayField(
        label=gettext_lazy("到哪一天止"),
        required=False,
        help_text=gettext_lazy("这一天仍然有效。没有期限就不填。"),
    )


class EndForm(HuiyinForm):
    on = DayField(label=gettext_lazy("最后一天"), help_text=gettext_lazy("这一天仍然有效，第二天起不再有效。"))


@require_GET
@desk
def accounts(request: HttpRequest, by: Staff) -> HttpResponse:
    """People at work by work number; somebody without any post is found by work number or name alone."""
    paths = settings.need(by)
    text, state = settings.read(request, "q"), request.GET.get("state", "")
    is_active = {"active": True, "disabled": False}.get(state)
    rows = roster.accounts_in(paths, text, is_active=is_active, on=localtime(server_now()).date())
    return show(
        request, by, "accounts",
        {
            "tabs": settings.tabs(request, by), "page": settings.numbered(request, rows), "text": text, "state": state,
            "states": STATES, "is_narrowed": bool(text or state),
            "may_make": settings.may(by, Permission.MANAGE_ACCOUNTS),
        },
    )  # fmt: skip


@require_GET
@desk
def account(request: HttpRequest, by: Staff, account_id: int) -> HttpResponse:
    """One account: its posts over time and what was done with it."""
    user = _account(by, account_id)
    today = localtime(server_now()).date()
    is_own = user.pk == by.user_id
    before = settings.older(request)
    return show(
        request, by, "account",
        {
            "account": user, "today": today, "before": before,
            "posts": [{"post": post, "is_over": _is_over(post, today)} for post in roster.posts_of(user)],
            "lines": roster.history(user.subject_id, before), "most_lines": roster.LINES,
            "may_manage": settings.may(by, Permission.MANAGE_ACCOUNTS) and not is_own,
            "may_grant": settings.may(by, Permission.GRANT_POSTS) and not is_own,
            "is_own": is_own,
        },
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def account_new(request: HttpRequest, by: Staff) -> HttpResponse:
    """A new account; its first password is the answer, shown once."""
    paths = settings.need(by, Permission.MANAGE_ACCOUNTS)
    form = AccountForm(request.POST or None)
    _choose_units(form, paths)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                user, password = acts.create_account(
                    said["username"], said["name"], unit=said["unit"], email=said["email"], by=by, at=server_now()
                )
            except DomainError as refusal:
                form.blame(refusal)
                status = refusal.status
            else:
                return _handed_over(request, by, user, password, _("账号已经建立"))
    context = {
        "title": _("建立账号"), "button": _("建立账号"), "form": form,
        "back_url": reverse("desk:accounts"), "back": _("账号和岗位"),
        "note": _("建立后得到一个一次性密码，当面交给本人。岗位由安全管理员另行授予，两步由两个人办。"),
    }  # fmt: skip
    return show(request, by, "setting", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def account_reset(request: HttpRequest, by: Staff, account_id: int) -> HttpResponse:
    """A one-time password for somebody who forgot theirs, shown once."""
    user = _account(by, account_id, Permission.MANAGE_ACCOUNTS)
    form = settings.NoForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return _handed_over(request, by, user, acts.reset_password(user, by=by, at=server_now()), _("密码已经重设"))
        except DomainError as refusal:
            form.blame(refusal)
            status = refusal.status
    context = {
        "title": _("重设密码"), "button": _("重设密码"), "form": form, "back_url": _address(user), "back": _named(user),
        "note": _("请先当面或回拨单位电话核实是本人。原来的密码马上失效，所有登录都会退出；新密码用一次就要改。"),
    }  # fmt: skip
    return show(request, by, "setting", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def account_switch(request: HttpRequest, by: Staff, account_id: int) -> HttpResponse:
    """Disable an account, or enable it again."""
    user = _account(by, account_id, Permission.MANAGE_ACCOUNTS)
    is_active = user.is_active

    def act(_said: dict[str, Any]) -> str:
        switch = acts.disable_account if is_active else acts.enable_account
        switch(user, by=by, at=server_now())
        return _address(user)

    note = _("马上不能再登录，岗位和接口令牌不再有效，但什么都不会删除，以后可以再启用。")
    return settings.act_page(
        request, by, settings.NoForm(request.POST if request.method == "POST" else None), act,
        title=_("停用账号") if is_active else _("启用账号"), back=(_address(user), _named(user)),
        note=note if is_active else _("可以重新登录，还没有到期的岗位重新有效。"),
        said=_("账号已经停用。") if is_active else _("账号已经启用。"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def post_new(request: HttpRequest, by: Staff, account_id: int) -> HttpResponse:
    """Give the account a post."""
    user = _account(by, account_id, Permission.GRANT_POSTS)
    form = PostForm(request.POST or None, initial={"unit": user.unit_id, "starts_on": localtime(server_now()).date()})
    _choose_units(form, settings.need(by, Permission.GRANT_POSTS))
    cast(forms.ModelChoiceField[Area], form.fields["area"]).queryset = Area.objects.order_by("name")

    def act(said: dict[str, Any]) -> str:
        role = Role(said["role"])
        acts.grant_post(
            user, role, said["unit"], title=said["title"] or str(role.label), starts_on=said["starts_on"],
            ends_on=said["ends_on"], area=said["area"], by=by, at=server_now(),
        )  # fmt: skip
        return _address(user)

    return settings.act_page(
        request, by, form, act, title=_("授予岗位"), back=(_address(user), _named(user)), said=_("岗位已经授予。"),
        note=_("岗位决定能看什么、能办什么，范围是所选单位和它的下级。三员之间、三员与业务岗位不能由同一个人担任。"),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def post_end(request: HttpRequest, by: Staff, account_id: int, post_id: int) -> HttpResponse:
    """Let a post end."""
    user = _account(by, account_id, Permission.GRANT_POSTS)
    post = settings.found(Post.objects.select_related("unit").filter(pk=post_id, user=user).first())
    form = EndForm(request.POST or None, initial={"on": localtime(server_now()).date()})

    def act(said: dict[str, Any]) -> str:
        acts.end_post(post, on=said["on"], by=by, at=server_now())
        return _address(user)

    named = _("%(role)s，%(unit)s") % {"role": Role(post.role).label, "unit": post.unit.name}
    return settings.act_page(
        request, by, form, act, title=_("结束任职"), back=(_address(user), _named(user)), said=_("任职已经结束。"),
        note=_("%(post)s。手上的事项不会消失，会转由同一单位有这项岗位的人办理。") % {"post": named},
    )  # fmt: skip


def _account(by: Staff, account_id: int, *codes: Permission) -> User:
    """The account, within reach; NotFound for everybody else's."""
    return settings.found(roster.account_in(settings.need(by, *codes), account_id))


def _choose_units(form: HuiyinForm, paths: tuple[str, ...]) -> None:
    field = cast(forms.ModelChoiceField[Unit], form.fields["unit"])
    field.queryset = roster.units_in(paths, localtime(server_now()).date())
    field.label_from_instance = lambda obj: "　" * (obj.path.count("/") - 2) + obj.name  # type: ignore[method-assign]


def _handed_over(request: HttpRequest, by: Staff, user: User, password: str, title: str) -> HttpResponse:
    """The one-time password: in this answer alone."""
    context = {"title": title, "account": user, "secret": password, "back_url": _address(user)}
    return show(request, by, "handed_over", context)


def _address(user: User) -> str:
    return reverse("desk:account", args=[user.pk])


def _named(user: User) -> str:
    return f"{user.name}（{user.username}）"


def _is_over(post: Post, today: date) -> bool:
    return (post.ends_on is not None and post.ends_on < today) or not structure.is_open(post.unit, today)
