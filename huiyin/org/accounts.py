"""Accounts and posts, given under separate duties (三员分立): the system administrator makes accounts, the security
administrator gives posts, the audit administrator reads the record of both.

Each step is an event on the account's own subject, so that `verify` notices a post or an account changed behind the
program's back. The events keep ids and codes; no name, no work number, no password.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from huiyin.kernel.actors import Actor, Staff, System
from huiyin.kernel.errors import Forbidden, Invalid, Refused
from huiyin.org import record, structure, throttle
from huiyin.org.models import Area, Post, Unit, User
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role, may
from huiyin.org.sign_on import FAILURES_ON_ACCOUNT, WINDOW, plain_username
from huiyin.trail import events
from huiyin.trail.canonical import read_body
from huiyin.trail.models import Event

ADMINS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


def create_account(
    username: str,
    name: str,
    *,
    unit: Unit | None = None,
    email: str = "",
    password: str | None = None,
    by: Actor,
    at: datetime,
) -> tuple[User, str]:
    """A new account without any post, and its first password: the one given, or a random one to hand over once.

    Whoever gets it from an administrator must change it at the first sign-on. Raises Forbidden for anybody but a
    system administrator whose subtree has the unit, Invalid for a work number that is taken and a weak password.
    """
    _require(by, Permission.MANAGE_ACCOUNTS, unit, _("只有系统管理员能建立账号，请联系系统管理员。"))
    user = User(username=plain_username(username), name=name.strip(), email=email.strip(), unit=unit)
    if not user.username or len(user.username) > 30 or not user.username.isprintable():
        raise Invalid("username", _("请填写工号，不超过 30 个字符。"), field="username")
    if not user.name or len(user.name) > 40 or not user.name.isprintable():
        raise Invalid("name", _("请填写姓名，不超过 40 个字。"), field="name")
    _check_email(user.email)
    first = password if password is not None else _random_password()
    _check_password(first, user)
    user.set_password(first)
    user.must_change_password = not isinstance(by, System)
    with transaction.atomic():
        user.subject = events.new_subject("account")
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            raise Invalid("username_taken", _("这个工号已经有账号了。请核对工号。"), field="username") from None
        record.note(user, "create_account", by=by, at=at, sets={"account": record.account_columns(user)})
    return user, first


def disable_account(user: User, *, by: Actor, at: datetime) -> None:
    """Nobody signs on with it any more, its sessions end, its posts no longer count. Nothing is deleted.

    Raises Forbidden for anybody but a system administrator, Refused for one's own account.
    """
    _switch(user, False, "disable_account", by, at)


def enable_account(user: User, *, by: Actor, at: datetime) -> None:
    """Undo `disable_account`. The posts that have not ended count again. Raises as it does."""
    _switch(user, True, "enable_account", by, at)


def reset_password(user: User, *, by: Actor, at: datetime) -> str:
    """A random password to hand over once; it must be changed at the next sign-on, and all sessions end.

    Raises Forbidden for anybody but a system administrator, Refused for one's own account.
    """
    _require(by, Permission.MANAGE_ACCOUNTS, user.unit, _("只有系统管理员能重设密码，请联系系统管理员。"))
    _not_oneself(user, by)
    first = _random_password()
    _store_password(user, first, must_change=True, act="reset_password", by=by, at=at)
    return first


def change_password(user: User, old: str, new: str, *, at: datetime) -> None:
    """One's own password. All sessions end; the face keeps its own by `sign_on.end_other_sessions`.

    Raises Invalid for a wrong old password, a weak new one, or the same again; TooMany after 5 wrong old ones in
    5 minutes, so that an unattended session can't be used to guess it.
    """
    place = throttle.allow("password.old", str(user.pk), FAILURES_ON_ACCOUNT, WINDOW)
    if not user.check_password(old):
        raise Invalid("old_password", _("原密码不对，请重新输入。"), field="old")
    place.give_back()
    if old == new:
        raise Invalid("same_password", _("新密码和原密码一样。请换一个。"), field="new")
    _check_password(new, user, field="new")
    by = Staff(user_id=user.pk, name=user.name)
    _store_password(user, new, must_change=False, act="change_password", by=by, at=at)


def grant_post(
    user: User,
    role: Role,
    unit: Unit,
    *,
    title: str,
    starts_on: date,
    ends_on: date | None = None,
    area: Area | None = None,
    by: Actor,
    at: datetime,
) -> Post:
    """Give the account a role in a unit from a day on; `ends_on` is the last day. A deputy needs an area.

    Raises Forbidden for anybody but a security administrator whose subtree has the unit. Raises Refused for oneself,
    for an account one made oneself, for a disabled account or closed unit, and where on any day one account would
    hold two of the three administrator's roles, or one of them beside any other.
    """
    _require(by, Permission.GRANT_POSTS, unit, _("只有安全管理员能授予岗位，请联系安全管理员。"))
    _not_oneself(user, by)
    if ends_on is not None and ends_on < starts_on:
        raise Invalid("ends_on", _("任职的最后一天不能早于第一天。请核对日期。"), field="ends_on")
    if (role == Role.DEPUTY) != (area is not None):
        raise Invalid("area", _("分管领导要选一个分管领域，其他岗位不用选。"), field="area")
    if not structure.is_open(unit, starts_on):
        raise Refused("unit_closed", _("“%(unit)s”那时已经撤销。请选承接它的单位。") % {"unit": unit.name})
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if not locked.is_active:
            raise Refused("account_disabled", _("这个账号已经停用，不能授予岗位。请先由系统管理员启用。"))
        if isinstance(by, Staff) and by.user_id == _maker_of(locked):
            raise Refused("own_account", _("建立账号和授予岗位要由两个人来做。请另一位安全管理员授予。"))
        _keep_duties_apart(locked, role, starts_on, ends_on)
        post = Post.objects.create(
            user=locked, unit=unit, role=role, title=title.strip()[:40], area=area, starts_on=starts_on, ends_on=ends_on
        )
        record.note(locked, "grant_post", by=by, at=at, sets={record.post_entity(post): record.post_columns(post)})
    user.subject = locked.subject
    return post


def end_post(post: Post, *, on: date, by: Actor, at: datetime) -> None:
    """Let a post end; `on` is its last day. A post can be cut short, never made longer: that is a new grant.

    Raises Forbidden for anybody but a security administrator, Invalid for a day before it began, Refused for a day
    after the end it has.
    """
    _require(by, Permission.GRANT_POSTS, post.unit, _("只有安全管理员能结束任职，请联系安全管理员。"))
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=post.user_id)
        locked = Post.objects.get(pk=post.pk)
        if on < locked.starts_on:
            raise Invalid("ends_on", _("任职的最后一天不能早于第一天。请核对日期。"), field="on")
        if locked.ends_on is not None and on > locked.ends_on:
            raise Refused("already_ended", _("这个岗位到期更早，不能往后延。需要继续任职的，请重新授予。"))
        Post.objects.filter(pk=post.pk).update(ends_on=on)
        record.note(user, "end_post", by=by, at=at, sets={record.post_entity(post): {"ends_on": on}})
    post.ends_on = on


def first_administrator(
    username: str, password: str, *, name: str, role: Role = Role.SYSTEM_ADMIN, email: str = "", at: datetime
) -> User:
    """The first holder of an administrator's role, made on the command line of the server, with the post.

    Where there is no unit yet, the enterprise itself is put in as the root. Raises Refused as soon as an active
    account holds the role: from then on two people with separate duties do it in the pages.
    """
    if role not in ADMINS:
        raise Invalid(
            "role", _("命令行只能设立系统管理员、安全管理员、审计管理员。其他岗位请在页面上授予。"), field="role"
        )
    by, day = System("command line"), structure.current_day()
    with transaction.atomic():
        if structure.held_on(day).filter(role=role, user__is_active=True).exists():
            raise Refused(
                "has_administrator",
                _("已经有%(role)s了。新的账号请由系统管理员建立，岗位请由安全管理员授予。") % {"role": role.label},
            )
        root = Unit.objects.filter(parent__isnull=True, closed_on__isnull=True).first() or structure.open_unit(
            settings.ENTERPRISE.name[:60],
            settings.ENTERPRISE.name[:20],
            parent=None,
            on=day,
            code="信",
            acts_in_own_name=True,
            has_petition_office=True,
            by=by,
            at=at,
        )
        user, _password = create_account(username, name, unit=root, email=email, password=password, by=by, at=at)
        grant_post(user, role, root, title=str(role.label), starts_on=day, by=by, at=at)
    return user


def _require(by: Actor, permission: Permission, unit: Unit | None, sentence: str) -> None:
    """System stands for the command line of the server, the import and the demo: who runs these holds the database."""
    if isinstance(by, System):
        return
    if isinstance(by, Staff):
        if unit is not None and may(by, permission, unit.path):
            return
        if unit is None and any(
            permission in ROLE_PERMISSIONS[Role(post.role)]
            and any(structure.is_whole_tree(path) for path in post.reach)
            for post in by.posts
        ):
            return
    raise Forbidden("not_yours_to_do", sentence)


def _not_oneself(user: User, by: Actor) -> None:
    if isinstance(by, Staff) and by.user_id == user.pk:
        raise Refused("oneself", _("这一步不能为自己办。请另一位管理员来办。"))


def _keep_duties_apart(user: User, role: Role, starts_on: date, ends_on: date | None) -> None:
    """No day on which the account holds an administrator's role and any other (GB/T 22239-2019, 三员分立)."""
    others = Post.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), user=user).exclude(role=role)
    if ends_on is not None:
        others = others.filter(starts_on__lte=ends_on)
    if role not in ADMINS:
        others = others.filter(role__in=ADMINS)
    other = others.first()
    if other is not None:
        raise Refused(
            "duties_apart",
            _("同一个账号不能同时担任“%(one)s”和“%(other)s”：三员之间、三员与业务岗位必须分开。请授予另一个账号。")
            % {"one": role.label, "other": Role(other.role).label},
        )


def _maker_of(user: User) -> int | None:
    """The account id of the administrator who made this account, from its first event."""
    if user.subject_id is None:
        return None
    made = Event.objects.filter(subject_id=user.subject_id, act="create_account").order_by("seq").first()
    maker: int | None = read_body(bytes(made.canonical))["by"].get("user") if made else None
    return maker


def _switch(user: User, is_active: bool, act: str, by: Actor, at: datetime) -> None:
    _require(by, Permission.MANAGE_ACCOUNTS, user.unit, _("只有系统管理员能停用或启用账号，请联系系统管理员。"))
    _not_oneself(user, by)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.is_active != is_active:
            locked.is_active = is_active
            User.objects.filter(pk=user.pk).update(is_active=is_active, sign_on_round=F("sign_on_round") + 1)
            record.note(locked, act, by=by, at=at, sets={"account": {"is_active": is_active}})
    user.refresh_from_db(fields=["is_active", "sign_on_round", "subject"])


def _store_password(user: User, new: str, *, must_change: bool, act: str, by: Actor, at: datetime) -> None:
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        locked.set_password(new)
        locked.must_change_password = must_change
        locked.sign_on_round += 1
        locked.save(update_fields=["password", "must_change_password", "sign_on_round"])
        record.note(locked, act, by=by, at=at)
    user.refresh_from_db()


def _check_email(email: str) -> None:
    try:
        if email:
            validate_email(email)
    except ValidationError:
        raise Invalid(
            "email", _("邮箱写得不完整。请写成 zhangsan@example.com 的样子，或留空。"), field="email"
        ) from None


def _check_password(password: str, user: User, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("weak_password", "".join(error.messages), field=field) from None


def _random_password() -> str:
    """16 characters without look-alikes, about 80 bits."""
    return "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _place in range(16))
