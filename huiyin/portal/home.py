"""The first page: what one can do here, how it goes and how long it takes, and the noticeboard. No account needed."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huiyin.clocks import policy
from huiyin.clocks.rules import Rule
from huiyin.portal.limits import LIMIT_WORDS
from huiyin.trail import checkpoints
from huiyin.trail.models import Checkpoint
from huiyin.trail.moments import server_now


@dataclass(frozen=True)
class Stretch:
    """One step of the way: what happens, and within how long."""

    title: str
    sentence: str
    limit: str = ""


@dataclass(frozen=True)
class Seal:
    """The newest signed head of the record, short enough for a notice board."""

    checkpoint: Checkpoint
    short: str
    is_of_today: bool


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What one can do here, the four steps, the noticeboard."""
    return render(request, "portal/home.html", {"stretches": stretches(), "seal": seal()})


@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """How a matter is handled, every limit with its source, and one's rights."""
    rules = policy.current()
    limits = [(words, rules.rule(name)) for name, words in LIMIT_WORDS.items() if name in rules.rules]
    return render(request, "portal/how.html", {"stretches": stretches(), "limits": limits, "seal": seal()})


def stretches() -> list[Stretch]:
    """The four steps, with the limits in force."""
    return [
        Stretch(_("您反映问题"), _("写下发生了什么、希望怎样解决。提交后马上得到回执和查询码。"), _("当场")),
        Stretch(
            _("我们书面告诉您"),
            _("是否受理、由哪个单位办理；如果应当走仲裁、复议等法定途径，会告诉您去哪里、带什么、期限是多久。"),
            within(_rule("notice")),
        ),
        Stretch(
            _("办理单位调查、答复"),
            _(
                "会主动联系您，听您说明情况，对您的每一项请求给出书面答复和理由。情况复杂的可以延期一次，会提前告诉您原因。"
            ),
            within(_rule("decision")),
        ),
        Stretch(
            _("落实，由您评价"),
            _("支持您的，要落实到位；您不满意，可以如实评价，也可以请求上一级复查。"),
            _("%(length)s内可以请求复查") % {"length": _rule("ask_review").length},
        ),
    ]


def within(rule: Rule) -> str:
    return _("%(length)s内") % {"length": rule.length}


def seal() -> Seal | None:
    """The day's seal; before the first of the day, the last one there is."""
    today = checkpoints.of_day(localtime(server_now()).date())
    newest = today or checkpoints.latest()
    if newest is None:
        return None
    return Seal(newest, bytes(newest.root).hex()[:16], today is not None)


def _rule(name: str) -> Rule:
    return policy.current().rule(name)
