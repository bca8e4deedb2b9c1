"""Every component once, on a desk page and on portal pages: the style guide, for tests and pictures alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BooleanField
from django.http import Http404, HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from huiyin.clocks import policy
from huiyin.clocks.models import Clock
from huiyin.kernel.errors import DomainError, Forbidden, Invalid, NotFound, Refused, TooMany
from huiyin.trail.moments import server_now
from huiyin.ui import forms, pages

PAGES = Path(__file__).parent / "pages"
LONG = "关于中原石化集团有限责任公司第三炼化分公司维修保运中心二〇二五年第四季度夜班津贴、高温津贴未按标准发放的反映"


class StyleForm(forms.HuiyinForm):
    matter = forms.LineField(label="一句话说说什么事", help_text="例如：2025年10月起夜班津贴没有发", max_length=80)
    story = forms.TextField(label="事情经过", help_text="什么时候、在哪里、谁决定的，想到什么写什么。", max_length=5000)
    day = forms.DayField(label="从哪天开始", help_text="例如 2026-8-3", required=False)
    at = forms.MomentField(label="来访时间", required=False)
    headcount = forms.CountField(label="一共几个人", min_value=1, required=False)
    identity = forms.OneOfField(
        label="您想让我们怎样称呼您",
        options=[
            ("named", "实名", "办理单位能看到您的姓名和电话，方便联系您。"),
            ("confidential", "保密", "只有信访工作机构知道您是谁，需要两个人同意才能查看。"),
            ("anonymous", "匿名", "我们不知道您是谁，只能凭查询码回复您。"),
        ],
    )
    agreed = BooleanField(label="我已看过“怎样处理您的信息”", required=True)


def _clock(days: int, **more: Any) -> Clock:
    now = server_now()
    due = (now + timedelta(days=days)).date()
    return Clock(
        started_at=now - timedelta(days=20),
        due_on=due,
        unrolled_on=due,
        rule="notice",
        policy_id=policy.current().sha256,
        **more,
    )


def content(request: HttpRequest) -> dict[str, Any]:
    now = server_now()
    rows = [
        {"number": f"信受〔2026〕{n}号", "matter": LONG if n == 2 else "夜班津贴少发两个月", "unit": "第三炼化分公司"}
        for n in range(1, 21)
    ]
    link = SimpleNamespace
    return {
        "rows": rows[:6],
        "page": Paginator(rows * 12, 20).get_page(3),
        "clocks": [
            _clock(20),
            _clock(3),
            _clock(0),
            _clock(-2),
            _clock(9, stopped_at=now),
            _clock(40, is_provisional=True),
        ],
        "items": [
            {"at": datetime(2026, 8, 3, 2, 5, tzinfo=UTC), "sentence": "我们收到了您反映的问题。"},
            {
                "at": datetime(2026, 8, 4, 1, 30, tzinfo=UTC),
                "sentence": "已登记，由信访工作机构研判。",
                "detail": "信受〔2026〕12号",
            },
            {"when": "10月8日 周四 以前", "sentence": "给您书面答复。", "is_expected": True},
        ],
        "facts": [("编号", "信受〔2026〕12号"), ("收到时间", "2026年8月3日 周一 10:05"), ("您反映的事", LONG)],
        "files": [
            {"name": "工资条.jpg", "size": 734003, "url": "/x", "note": "图片"},
            {"name": LONG[:40] + ".pdf", "size": 12_582_912, "url": "", "note": ""},
        ],
        "frame": {
            "search_url": "/style/desk/",
            "new_url": "/style/new/",
            "work_url": "/style/desk/",
            "help_url": "/style/help/",
            "sign_out_url": "/style/out/",
            "who": "王建国",
            "post": "信访专员 · 集团党群工作部",
            "groups": [
                link(title="工作台", icon="list-check", url="/style/desk/", is_here=True, count=12),
                link(title="事项", icon="inbox", url="/style/cases/", is_here=False, count=0),
                link(title="公示栏", icon="bell", url="/style/board/", is_here=False, count=0),
                link(title="设置", icon="settings", url="/style/settings/", is_here=False, count=0),
            ],
        },
        "today": date(2026, 8, 3),
        "code": "7K3MQ2ZT9WXA4CDE5FGH6JNPRS0V",
    }


def show(request: HttpRequest, name: str) -> HttpResponse:
    if name == "new":
        return HttpResponse("新登记")
    template = engines["django"].from_string((PAGES / f"{name}.html").read_text("utf-8"))
    form = StyleForm(request.POST or None)
    if name.endswith("errors"):
        form = StyleForm({"day": "昨天", "headcount": "十来个"})
    if name == "desk":
        messages.success(request, "已登记：信受〔2026〕12号。")
    return HttpResponse(template.render({**content(request), "form": form}, request))


def act(request: HttpRequest) -> HttpResponse:
    """One form, one act; the matter decides what the act answers."""

    def take(cleaned: dict[str, Any]) -> str:
        refusals: dict[str, DomainError] = {
            "拒绝": Refused("taken", "这件事刚刚被其他人登记了，请刷新后查看。"),
            "字段": Invalid("bad_matter", "请写清楚是什么事。", field="matter"),
            "没有": NotFound(),
        }
        if refusal := refusals.get(cleaned["matter"]):
            raise refusal
        return "/style/portal/"

    form = StyleForm(request.POST or None)
    template = engines["django"].from_string((PAGES / "portal.html").read_text("utf-8"))
    if request.method != "POST":
        return HttpResponse(template.render({**content(request), "form": form}, request))
    return pages.form_page(request, "ui/error_summary.html", form, take)


def refuse(request: HttpRequest, kind: str) -> HttpResponse:
    refusals: dict[str, Exception] = {
        "403": Forbidden("not_yours", "这一步由责任单位负责人办理。请联系本单位负责人。"),
        "404": NotFound(),
        "409": Refused("taken", "这件事刚刚被签收了。请刷新页面。"),
        "422": Invalid("bad", "身份证号有误，请核对最后一位。"),
        "429": TooMany("often", "查询太频繁，请10分钟后再试。"),
        "gone": Http404(),
        "500": RuntimeError("身份证 11010519491231002X"),
    }
    if kind == "503":
        from django.db import OperationalError

        raise OperationalError("database is locked")
    raise refusals[kind]


urlpatterns = [
    path("ui/", include("huiyin.ui.urls")),
    path("style/act/", act),
    path("style/<str:name>/", show),
    path("desk/refuse/<str:kind>/", refuse),
    path("refuse/<str:kind>/", refuse),
]
handler400 = "huiyin.ui.refusals.bad_request"
handler403 = "huiyin.ui.refusals.not_allowed"
handler404 = "huiyin.ui.refusals.not_found"
handler500 = "huiyin.ui.refusals.failed"
