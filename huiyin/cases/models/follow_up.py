"""FollowUp (跟进): what is done about a bad rating. CallBack (回访): a sample of closed cases, asked by telephone."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huiyin.cases.models.assignment import Note
from huiyin.cases.models.case import Case
from huiyin.cases.models.decision import Rating
from huiyin.cases.models.filing import Filing
from huiyin.clocks.models import Clock


class FollowUp(models.Model):
    """Opened by a rating that is not satisfied or not solved, closed by what was done. `note` is what the filer reads.

    The rating itself never changes. `review_until`: the last day for asking for a review, where that was told.
    """

    class Result(models.TextChoices):
        TALKED = "talked", "沟通解释"
        REOPENED = "reopened", "重新办理"
        REVIEW = "review", "告知可以请求复查"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="follow_ups")
    rating = models.OneToOneField(Rating, on_delete=models.PROTECT, related_name="follow_up")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="follow_ups")
    opened_at = models.DateTimeField()
    result = models.CharField(max_length=10, choices=Result, blank=True)
    review_until = models.DateField(null=True)
    done_at = models.DateTimeField(null=True)
    note = models.OneToOneField(Note, on_delete=models.PROTECT, null=True, related_name="follow_up")

    class Meta:
        indexes = [models.Index(fields=["case"], condition=Q(done_at=None), name="cases_follow_up_open")]


class CallBack(models.Model):
    """One filing of a closed case, drawn by a keyed hash so that nobody chooses. Never a rating, never counted as one."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "接通"
        NOT_REACHED = "not_reached", "没有联系上"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="call_backs")
    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, related_name="call_back")
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="call_backs")
    drawn_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    answer = models.CharField(max_length=10, choices=Rating.Grade, blank=True)
    is_solved = models.BooleanField(null=True)
    called_at = models.DateTimeField(null=True)
    note = models.OneToOneField(Note, on_delete=models.PROTECT, null=True, related_name="call_back")

    class Meta:
        indexes = [models.Index(fields=["case"], condition=Q(called_at=None), name="cases_call_back_open")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="answered") | (~Q(answer="") & Q(is_solved__isnull=False)),
                name="cases_call_back_answered_is_whole",
            ),
        ]
