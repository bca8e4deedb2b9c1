"""Decision (处理意见) with an answer for each demand, the copies of papers by addressee, and the filers' ratings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.cases.models.case import Case, Demand, Outcome
from huiyin.cases.models.filing import Filing
from huiyin.org.models import Unit
from huiyin.papers.models import Paper


class Decision(models.Model):
    """Drafted by a handler, approved by the head of the unit that issues it, sealed as paper D14: `paper` is the first
    addressee's, `copies` are everybody's."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="decisions")
    issued_by = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    findings = models.TextField()
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=500, blank=True)
    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, null=True, related_name="decision")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(returned_at__isnull=True), name="cases_one_standing_decision"
            ),
        ]


class DecisionItem(models.Model):
    """The answer to one demand: facts and reasons, basis (law, rule, contract), outcome, and what will be done by when."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="items")
    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="answers")
    reasons = models.TextField()
    basis = models.TextField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    measure = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "demand"], name="cases_answer_once")]


class Copy(models.Model):
    """Whose a sealed paper is. Everybody named in a filing gets an own one, which names nobody else.

    `place` within the filing: 0 for who filed it, then the representatives as they were entered. `case` is the one that
    issued it. `decision` is set where it tells one, `review` where it is a paper of that review.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="copies")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="copies")
    place = models.PositiveSmallIntegerField(default=0)
    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, related_name="copy")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, null=True, related_name="copies")
    review = models.ForeignKey("cases.Review", on_delete=models.PROTECT, null=True, related_name="copies")

    class Meta:
        indexes = [models.Index(fields=["filing", "place"], name="cases_copy_of_filing")]


class Rating(models.Model):
    """By the employee, and nobody else, once for each filing after delivery. Unrated is unrated: no row, no default."""

    class Grade(models.TextChoices):
        SATISFIED = "satisfied", "满意"
        BASICALLY = "basically", "基本满意"
        NOT = "not", "不满意"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="ratings")
    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, related_name="rating")
    office = models.CharField(max_length=10, choices=Grade)
    unit = models.CharField(max_length=10, choices=Grade)
    is_solved = models.BooleanField()
    comment = models.CharField(max_length=500, blank=True)
    rated_at = models.DateTimeField()
