"""Commitment (联系承诺), Quiet (不用定期联系), Aid (帮扶): what is promised to and done for those behind an open case.

All belong to the case, never to a person, and the filer sees every row of them (product.md §3).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.cases.models.assignment import Note
from huiyin.cases.models.case import Case
from huiyin.cases.models.filing import Filing
from huiyin.clocks.models import Clock
from huiyin.org.models import Unit


class Commitment(models.Model):
    """A promise to tell the filer the progress by the due day of its clock. `kept_by` is the contact that kept it.

    Not kept and its clock stopped: the case ended, another cadence took its place, or the filer did not want it.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="commitments")
    clock = models.OneToOneField(Clock, on_delete=models.PROTECT, related_name="commitment")
    promised_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True)
    kept_by = models.OneToOneField(Note, on_delete=models.PROTECT, null=True, related_name="commitment")

    class Meta:
        indexes = [models.Index(fields=["case"], condition=Q(kept_at=None), name="cases_commitment_open")]


class Quiet(models.Model):
    """The filer of this filing wants no regular contact, until `ended_at`. Papers and questions come as before."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="quiet")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="quiet")
    said_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["filing"], condition=Q(ended_at=None), name="cases_quiet_once"),
        ]


class Aid(models.Model):
    """Hardship aid by the union (第二十七、三十七条): asked for by the filer or offered by staff, given, ended with a reason."""

    class Kind(models.TextChoices):
        MONEY = "money", "困难补助"
        MEDICAL = "medical", "医疗互助"
        LEGAL = "legal", "法律援助"
        COUNSEL = "counsel", "心理疏导"
        OTHER = "other", "其他帮扶"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="aid")
    kind = models.CharField(max_length=10, choices=Kind)
    union = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    is_wish = models.BooleanField()
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField(null=True)
    given = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["union"], condition=Q(ended_at=None), name="cases_aid_of_union")]
