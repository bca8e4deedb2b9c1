"""Recusal (回避): somebody at work with an interest in a case, blocked until it is decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from huiyin.cases.models.case import Case
from huiyin.cases.models.filing import Filing
from huiyin.org.models import Unit


class Recusal(models.Model):
    """第二十八条第三款. `concerns` may not act while `is_granted` is empty, and doesn't see the case once it is true.

    `decides`: the unit whose head decides. `filing`: whose filer asked for it. The reasons are sealed under the case's key.
    """

    class Ground(models.TextChoices):
        DECLARED = "declared", "本人申报"
        REQUESTED = "requested", "反映人请求"
        FOUND = "found", "单位发现"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="recusals")
    no = models.PositiveSmallIntegerField()
    concerns = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=10, choices=Ground)
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, null=True, related_name="+")
    sealed_reason = models.BinaryField(null=True)
    asked_at = models.DateTimeField()
    decides = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    is_granted = models.BooleanField(null=True)
    sealed_answer = models.BinaryField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "no"], name="cases_recusal_once"),
            models.UniqueConstraint(
                fields=["case", "concerns"], condition=Q(is_granted__isnull=True), name="cases_recusal_one_undecided"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("concerns")), name="cases_recusal_by_another"
            ),
        ]
        indexes = [
            models.Index(fields=["concerns", "is_granted", "case"], name="cases_recusal_of_account"),
            models.Index(fields=["decides"], condition=Q(is_granted__isnull=True), name="cases_recusal_to_decide"),
        ]
