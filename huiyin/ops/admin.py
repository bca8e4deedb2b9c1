"""`huiyin admin ACCOUNT --name NAME --role ROLE`: the first of each of the three administrators (三员).

The system administrator makes accounts, the security administrator gives posts, the audit administrator reads the record.
"""

from __future__ import annotations

import argparse
import sys
from getpass import getpass

from huiyin.kernel.errors import Invalid
from huiyin.ops.start_checks import check_start
from huiyin.org import accounts
from huiyin.org.permissions import Role
from huiyin.trail.moments import server_now


def run(options: argparse.Namespace) -> int:
    """Refused once somebody holds that role: then two people with separate duties do it in the pages."""
    check_start()
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else asked_twice()
    user = accounts.first_administrator(
        options.username, password, name=options.name, role=Role(options.role), email=options.email, at=server_now()
    )
    print(f"huiyin: {user.username} can sign on now as {options.role}.")
    return 0


def asked_twice() -> str:
    """The password from the terminal, without showing it. Raises Invalid when the two differ or there is no terminal."""
    try:
        first, second = getpass("密码（至少 10 位）："), getpass("再输入一次：")
    except EOFError:
        raise Invalid("no_terminal", "这里没有可以输入密码的终端。请用 --password-stdin 从标准输入给出密码。") from None
    if first != second:
        raise Invalid("passwords_differ", "两次输入的密码不一样。请重新运行命令。")
    return first
