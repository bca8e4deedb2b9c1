"""我的接口令牌: everybody at work makes and ends the tokens of the own account, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from huiyin.desk import settings
from huiyin.desk.frame import desk, show
from huiyin.kernel.actors import Staff
from huiyin.kernel.errors import DomainError
from huiyin.org import tokens as acts
from huiyin.org.models import ApiToken, User
from huiyin.trail.moments import server_now
from huiyin.ui.forms import HuiyinForm, LineField, OneOfField
from huiyin.ui.pages import see_other


class TokenForm(HuiyinForm):
    name = LineField(label=gettext_lazy("给哪个程序用"), max_length=60, help_text=gettext_lazy("例如“生产调度大屏”。"))
    scope = OneOfField(
        label=gettext_lazy("范围"),
        options=[
            ("list", gettext_lazy("事项清单"), gettext_lazy("编号、摘要、状态、期限，不能打开单件。")),
            ("whole", gettext_lazy("全部"), gettext_lazy("清单，以及单件的诉求和经过。")),
        ],
        initial="list",
    )
    days = OneOfField(
        label=gettext_lazy("有效期"),
        options=[("30", gettext_lazy("30 天")), ("90", gettext_lazy("90 天")), ("366", gettext_lazy("一年"))],
        initial="90",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def tokens(request: HttpRequest, by: Staff) -> HttpResponse:
    """The own tokens, and a form for one more; the new one is the answer, shown once."""
    user, now = User.objects.get(pk=by.user_id), server_now()
    form = TokenForm(request.POST if request.method == "POST" else None)
    status, secret = 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                secret = acts.issue(
                    user, said["name"], is_list_only=said["scope"] == "list", lasts=timedelta(days=int(said["days"])),
                    by=by, at=now,
                )  # fmt: skip
                status, form = 200, TokenForm()
            except DomainError as refusal:
                form.blame(refusal)
                status = refusal.status
    rows = acts.living(user, now).order_by("-pk")
    context = {"form": form, "page": settings.numbered(request, rows, acts.MOST_LIVING), "secret": secret}
    return show(request, by, "tokens", context, status=status)


@require_POST
@desk
def token_revoke(request: HttpRequest, by: Staff, token_id: int) -> HttpResponse:
    """End one of the own tokens. Somebody else's is not there."""
    rows = ApiToken.objects.select_related("user").filter(pk=token_id, user_id=by.user_id)
    acts.revoke(settings.found(rows.first()), by=by, at=server_now())
    return see_other(request, reverse("desk:tokens"), _("令牌已经停用，程序不能再用它。"))
