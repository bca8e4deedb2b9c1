"""Asking for a review of the own answer, or for the final one: in plain words what it is, who decides, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huiyin.cases import review, review_rights
from huiyin.cases.handling import REASON_LIMIT
from huiyin.cases.models import Case, Filing, Review, ReviewRequest
from huiyin.cases.models.review import FINAL
from huiyin.kernel.errors import Refused
from huiyin.org import doorway
from huiyin.portal.own import Own, own
from huiyin.portal.own_acts import WordsForm, back
from huiyin.trail.moments import server_now
from huiyin.ui.forms import TextField
from huiyin.ui.pages import form_page


@dataclass(frozen=True)
class Asking:
    """What may be asked for now: `word` 复查 or 复核, `organ` who decides, `until` the last day, `is_late` once it passed."""

    word: str
    organ: str
    until: date | None
    is_late: bool


@dataclass(frozen=True)
class Told:
    """A review of the case as one filing reads it; `request` the own one, None where somebody else asked."""

    review: Review
    request: ReviewRequest | None


class AskForm(WordsForm):
    """Why, in the own words, and files; after the 30 days also why so late."""

    text = TextField(label=gettext_lazy("您对哪里不服、希望怎样改"), max_length=review.GROUNDS_LIMIT)
    reason = TextField(
        label=gettext_lazy("为什么超过30日"),
        max_length=REASON_LIMIT,
        required=False,
        help_text=gettext_lazy("例如住院、在外地收不到。有正当理由的，审查单位可以受理"),
    )
    field_order = ("text", "reason", "files")


def asking_of(filing: Filing) -> Asking | None:
    """What this filing may ask for now; None for nothing."""
    try:
        right = review_rights.right_of(filing)
    except Refused:
        return None
    today = timezone.localtime(server_now()).date()
    is_late = right.until is not None and today > right.until
    return Asking(_("复核") if right.step_up == FINAL else _("复查"), right.organ, right.until, is_late)


def told_of(filing: Filing, leading: Case) -> list[Told]:
    """The reviews of the case, the latest first, each with the own request. Two statements, none before somebody asked."""
    if not leading.review_step:
        return []
    rows = Review.objects.filter(case=leading).order_by("-pk")
    own_ones = {row.review_id: row for row in ReviewRequest.objects.filter(filing=filing)}
    return [Told(row, own_ones.get(row.pk)) for row in rows]


@require_http_methods(["GET", "HEAD", "POST"])
@own
def ask_review(request: HttpRequest, found: Own) -> HttpResponse:
    """Ask for a review of the answer to the own filing, or for the final one after it."""
    asking = asking_of(found.filing)
    form = AskForm(request.POST if request.method == "POST" else None)
    if asking is None or not asking.is_late:
        del form.fields["reason"]
    if request.method == "POST":
        form.is_valid()
        form.take_files(request.FILES.getlist("files_whole"))

    def act(said: dict[str, str]) -> str:
        doorway.filing(request)
        review.request(
            found.filing,
            grounds=said["text"],
            why_late=said.get("reason", ""),
            uploads=[upload.token for upload in form.uploads],
            by=found.employee,
            at=server_now(),
        )
        return back(found)

    said = _("已收到您的请求。上一级单位会书面告诉您是否受理。")
    context = {"filing": found.filing, "asking": asking}
    return form_page(request, "portal/review.html", form, act, said=said, context=context)
