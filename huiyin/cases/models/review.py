"""Review (复查) and final review (复核): what was asked by whom, who decides, what was decided; and the hearing and the
agreement that a case may come to on its way.

《信访工作条例》第三十三条 (mediation, settlement), 第三十五条 (review), 第三十六条 (final review, hearing).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.cases.models.case import Case, Demand, Outcome
from huiyin.cases.models.decision import Decision
from huiyin.cases.models.filing import Filing
from huiyin.org.models import Unit
from huiyin.papers.models import Paper

FINAL = 2


class Review(models.Model):
    """One review of a decision. `step_up` 1 is the review, 2 the final one, `earlier` then the one before it.

    `unit` reviews; None: `organ`, outside the enterprise, whose opinion is entered with its number and date.
    `requested_at` starts the 30 days: the first request's. `is_late`: so far nobody asked in time.
    """

    class Result(models.TextChoices):
        UPHELD = "upheld", "维持"
        CHANGED = "changed", "变更"
        SENT_BACK = "sent_back", "撤销，重新办理"
        SETTLED = "settled", "达成协议，不再审查"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    step_up = models.PositiveSmallIntegerField()
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="reviews")
    earlier = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="later")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    organ = models.CharField(max_length=60)
    requested_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    late_reason = models.CharField(max_length=500, blank=True)
    taken_up_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    taken_up_at = models.DateTimeField(null=True)
    refused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    refused_at = models.DateTimeField(null=True)
    refusal_reason = models.CharField(max_length=1000, blank=True)
    findings = models.TextField(blank=True)
    reasons = models.TextField(blank=True)
    basis = models.TextField(blank=True)
    conclusion = models.TextField(blank=True)
    result = models.CharField(max_length=12, choices=Result, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, null=True, related_name="review")
    organ_number = models.CharField(max_length=60, blank=True)
    organ_decided_on = models.DateField(null=True)
    organ_received_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="cases_one_review_at_a_time"
            ),
            models.CheckConstraint(condition=Q(step_up__in=[1, FINAL]), name="cases_review_twice_at_most"),
            models.CheckConstraint(
                condition=Q(step_up=1, earlier__isnull=True) | Q(step_up=FINAL, earlier__isnull=False),
                name="cases_final_review_has_a_first",
            ),
        ]

    @property
    def is_final(self) -> bool:
        return self.step_up == FINAL

    @property
    def word(self) -> str:
        """复查 or 复核."""
        return "复核" if self.is_final else "复查"


def final_of(case: Case) -> Review | None:
    """The final review that ended the case (第三十六条第三款): its opinion stands and was sent. One statement."""
    rows = Review.objects.filter(case=case, step_up=FINAL, decision__returned_at=None, ended_at__isnull=False)
    return rows.filter(result__in=[Review.Result.UPHELD, Review.Result.CHANGED]).order_by("pk").last()


class ReviewRequest(models.Model):
    """One filing's request: 30 days from the receipt of the own copy, else `is_late`; nothing is dropped for that."""

    class Way(models.TextChoices):
        PORTAL = "portal", "网上"
        WRITTEN = "written", "书面"
        ORAL = "oral", "口头"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="review_requests")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="requests")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="review_requests")
    way = models.CharField(max_length=8, choices=Way)
    grounds = models.TextField()
    is_late = models.BooleanField(default=False)
    why_late = models.CharField(max_length=500, blank=True)
    requested_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "filing"], name="cases_review_asked_once")]


class ReviewItem(models.Model):
    """What a review that changes the decision says of one demand, in place of the decision's answer."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="review_answers")
    outcome = models.CharField(max_length=16, choices=Outcome)
    measure = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "demand"], name="cases_review_answer_once")]


class Hearing(models.Model):
    """A hearing (听证) while a case is handled or reviewed. In the final review its time is not counted (第三十六条第二款).

    Its members took no part in the case before. `held_on` is the day that was announced.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="hearings")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, related_name="hearings")
    announced_at = models.DateTimeField()
    held_at = models.DateTimeField()
    place = models.CharField(max_length=120)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    points = models.TextField()
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    called_off_at = models.DateTimeField(null=True)
    why_called_off = models.CharField(max_length=500, blank=True)
    proceedings = models.TextField(blank=True)
    conclusion = models.TextField(blank=True)
    record_paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")
    report_paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(ended_at__isnull=True, called_off_at__isnull=True),
                name="cases_one_hearing_at_a_time",
            ),
        ]


class Mediation(models.Model):
    """Mediation or settlement (调解、和解): begun when both sides want it, ended by an agreement (D15) or without one.

    The agreement stands in the place of a decision; the case stays open until it is carried out.
    """

    class Way(models.TextChoices):
        MEDIATION = "mediation", "调解"
        SETTLEMENT = "settlement", "和解"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="mediations")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, related_name="mediations")
    way = models.CharField(max_length=10, choices=Way)
    consent = models.TextField()
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    facts = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    carried_out_by_on = models.DateField(null=True)
    agreed_at = models.DateTimeField(null=True)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="cases_one_mediation_at_a_time"
            ),
        ]
