"""`huiyin token create ACCOUNT --name NAME`, `list`, `revoke NUMBER`: tokens by which programs read cases."""

from __future__ import annotations

import argparse
from datetime import timedelta

from django.db.models import Q
from django.utils.timezone import localtime

from huiyin.kernel.actors import System
from huiyin.kernel.errors import NotFound
from huiyin.ops.start_checks import check_start
from huiyin.org import tokens
from huiyin.org.models import ApiToken, User
from huiyin.org.sign_on import plain_username
from huiyin.trail.moments import server_now

BY = System("command line")


def run(options: argparse.Namespace) -> int:
    """What the account's holder does in the pages, for accounts that only programs use."""
    check_start()
    actions = {"create": create, "list": show, "revoke": revoke}
    return actions[options.action](options)


def create(options: argparse.Namespace) -> int:
    """The token alone on standard output, so that it can be piped; what to know of it on the lines before."""
    text = tokens.issue(
        account(options.username),
        options.name,
        is_list_only=options.scope == "list",
        lasts=timedelta(days=options.days),
        by=BY,
        at=server_now(),
    )
    print(text)
    return 0


def show(options: argparse.Namespace) -> int:
    """One line a living token: number, account, scope, last day, name. The tokens themselves are stored nowhere."""
    found = ApiToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=server_now()), revoked_at=None)
    if options.username:
        found = found.filter(user=account(options.username))
    for token in found.select_related("user").order_by("pk").iterator():
        scope = "list" if token.is_list_only else "whole"
        until = f"{localtime(token.expires_at):%Y-%m-%d}" if token.expires_at else "no end"
        print(f"{token.pk}\t{token.user.username}\t{scope}\t{until}\t{token.name}")
    return 0


def revoke(options: argparse.Namespace) -> int:
    """From the next request on the token opens nothing."""
    token = ApiToken.objects.select_related("user").filter(pk=options.number).first()
    if token is None:
        raise NotFound("没有这个编号的令牌。请用 huiyin token list 核对编号。")
    tokens.revoke(token, by=BY, at=server_now())
    print(f"huiyin: token {token.pk} opens nothing any more.")
    return 0


def account(username: str) -> User:
    """The account with this work number. Raises NotFound."""
    user = User.objects.filter(username=plain_username(username)).first()
    if user is None:
        raise NotFound("没有这个工号的账号。请核对工号。")
    return user
