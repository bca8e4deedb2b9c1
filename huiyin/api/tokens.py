"""How a program signs on: `Authorization: Bearer …` with a token of `org.tokens`."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import Forbidden, NotFound
from huiyin.org import tokens
from huiyin.org.staff import staff_of
from huiyin.trail.moments import server_now


@dataclass(frozen=True)
class Program:
    """Who asks: the token's account with the posts held today, and how far the token reaches."""

    staff: Staff
    is_list_only: bool


class StaffToken(HttpBearer):
    """The request's `auth` is a Program; None, answered as 401, for a token that is unknown, revoked or over."""

    def authenticate(self, request: HttpRequest, token: str) -> Program | None:
        found = tokens.holder(token)
        if found is None:
            return None
        return Program(staff_of(found.user, localtime(server_now()).date()), found.is_list_only)


def staff(request: HttpRequest, *, for_whole: bool = False) -> Staff:
    """Who asks. Raises Forbidden where one case is asked for (`for_whole`) and the token reads the list alone."""
    program = getattr(request, "auth", None)
    if not isinstance(program, Program):
        raise NotFound()
    if for_whole and program.is_list_only:
        raise Forbidden("token_scope", _("这个令牌只能读事项清单。要读单件内容，请由账号本人申请范围为“全部”的令牌。"))
    return program.staff
