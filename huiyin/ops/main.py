"""The console command `huiyin`. One line a subcommand in COMMANDS; its module is imported only when it is called.

Exit status: 0 done, 1 looked and found something wrong (verify), 2 can't be done, with one sentence on stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from huiyin import __version__
from huiyin.kernel.errors import DomainError

CANNOT = 2
Parser = argparse.ArgumentParser


def no_arguments(_parser: Parser) -> None:
    """For a subcommand that takes nothing but --data."""


def of_serve(parser: Parser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=6, help="requests answered at once (default: %(default)s)")
    parser.add_argument("--no-tick", action="store_true", help="leave tick and worker to processes of their own")


def of_worker(parser: Parser) -> None:
    parser.add_argument("--batch", action="store_true", help="do what is waiting, then end")


def of_init(parser: Parser) -> None:
    parser.add_argument(
        "--demo-when-empty", action="store_true", help="fill a new data folder with the demo enterprise"
    )


def of_admin(parser: Parser) -> None:
    parser.add_argument("username", help="account name (工号)")
    parser.add_argument("--name", required=True, help="name of the person")
    parser.add_argument(
        "--role",
        choices=["system_admin", "security_admin", "audit_admin"],
        default="system_admin",
        help="accounts, posts, or audit: three people, one each",
    )
    parser.add_argument("--email", default="", help="where notices go")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")


def of_explain(parser: Parser) -> None:
    parser.add_argument("rule", help="a rule of policy.toml: notice, decision, objection …")
    parser.add_argument("--from", dest="start", required=True, metavar="MOMENT", help="2026-09-24T10:00 or 2026-09-24")
    parser.add_argument("--extend", type=int, default=0, metavar="DAYS", help="days of an approved extension")
    parser.add_argument("--json", action="store_true", help="the answer for programs")


def of_route(parser: Parser) -> None:
    parser.add_argument("--facts", metavar="FILE", help="what is known, as JSON or TOML; - for standard input")
    parser.add_argument("--on", default="", metavar="DATE", help="as if today were 2026-09-24 (default: today)")
    parser.add_argument("--questions", action="store_true", help="list the facts that can be given")
    parser.add_argument("--json", action="store_true", help="the answer for programs")


def of_verify(parser: Parser) -> None:
    parser.add_argument("--receipt", type=Path, metavar="FILE", help="check one receipt's proof instead of the record")
    parser.add_argument("--json", action="store_true", help="the answer for programs")


def of_calendar(parser: Parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="take up a published year and recount what was provisional")
    add.add_argument("file", type=Path, help="one year as JSON, called 2027.json")


def of_token(parser: Parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a token for an account; it is shown once")
    create.add_argument("username", help="account name (工号); the token reads what its posts see")
    create.add_argument("--name", required=True, help="which program it is for")
    create.add_argument("--scope", choices=["list", "whole"], default="list", help="the list alone, or each case too")
    create.add_argument("--days", type=int, default=90, help="how long it lasts, at most 366 (default: %(default)s)")
    listing = actions.add_parser("list", help="the tokens that open something")
    listing.add_argument("username", nargs="?", default="", help="of this account alone")
    revoke = actions.add_parser("revoke", help="end a token")
    revoke.add_argument("number", type=int, help="its number in the list")


def of_bench(parser: Parser) -> None:
    parser.add_argument("--cases", type=int, default=10_000, help="cases to make first (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8899, help="port of the measured server (default: %(default)s)")


@dataclass(frozen=True)
class Command:
    """A subcommand. `module` has `run(options: argparse.Namespace) -> int`, which answers the exit status."""

    summary: str
    module: str
    arguments: Callable[[Parser], None] = no_arguments


COMMANDS: dict[str, Command] = {
    "init": Command("make or update database, cache table and static files", "huiyin.ops.init", of_init),
    "demo": Command("fill an empty data folder with a fictional enterprise and its cases", "huiyin.ops.demo.play"),
    "serve": Command("start the server, with the minute tick and the worker", "huiyin.ops.serve", of_serve),
    "tick": Command("do once what is due: mail, warnings, seal, sweep", "huiyin.ops.tick"),
    "worker": Command("work off background tasks", "huiyin.ops.worker", of_worker),
    "admin": Command("make the first account of one of the three administrators", "huiyin.ops.admin", of_admin),
    "explain": Command("say how a due date comes about, day by day", "huiyin.ops.explain", of_explain),
    "route": Command("say which statutory ways fit, with their last days", "huiyin.ops.route", of_route),
    "verify": Command("prove the record: chains, tree, signatures, tables, files", "huiyin.ops.verify", of_verify),
    "token": Command("make, list and end tokens by which programs read cases", "huiyin.ops.token", of_token),
    "calendar": Command("add a published year of days off", "huiyin.ops.published_year", of_calendar),
    "bench": Command(
        "measure the pages beside bare ones, on a data folder of its own", "huiyin.ops.bench.command", of_bench
    ),
}


def parser_of(commands: dict[str, Command]) -> Parser:
    parser = Parser(prog="huiyin", description="Huiyin 回音: every filing gets an answer, every matter gets settled.")
    parser.add_argument("--version", action="version", version=f"huiyin {__version__}")
    choices = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in commands.items():
        sub = choices.add_parser(name, help=command.summary, description=command.summary)
        sub.add_argument("--data", type=Path, help="data folder (default: HUIYIN_DATA, else ./data)")
        command.arguments(sub)
    return parser


def settle_data_folder(given: Path | None) -> None:
    """Name the data folder for the settings: the option, else the environment, else ./data."""
    folder = given or Path(os.environ.get("HUIYIN_DATA") or "data")
    os.environ["HUIYIN_DATA"] = str(folder.expanduser().absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main(words: Sequence[str] | None = None) -> int:
    """Run one subcommand and answer its exit status. Refusals become one sentence on stderr and status 2."""
    options = parser_of(COMMANDS).parse_args(words)
    settle_data_folder(options.data)
    try:
        import django

        django.setup()
        status: int = import_module(COMMANDS[options.command].module).run(options)
    except SystemExit as refusal:  # BadSetting, BadKeyFile, BadPolicy, BadCalendar carry their sentence
        if not isinstance(refusal.code, str):
            raise
        print(refusal.code, file=sys.stderr)
        return CANNOT
    except DomainError as error:
        print(f"huiyin: {error.sentence}", file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader (`| head`) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if error.filename is None:
            raise
        print(f"huiyin: {error.filename}: {error.strerror}. Correct that and try again.", file=sys.stderr)
        return CANNOT
    return status


if __name__ == "__main__":
    sys.exit(main())
