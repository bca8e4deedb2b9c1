"""Interview (调查谈话): two investigators spoke with somebody about a case; the record is paper D12."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from huiyin.cases.models.case import Case
from huiyin.papers.models import Paper, StoredFile


class Interview(models.Model):
    """Who was spoken with is JSON {name, unit} sealed under the case's key: in no list, in no index.

    What was said stands in the paper alone, sealed too. `scans`: the record as signed; none where signing was refused.
    """

    class Purpose(models.TextChoices):
        INQUIRY = "inquiry", "调查"
        TALK = "talk", "谈话"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="interviews")
    purpose = models.CharField(max_length=8, choices=Purpose)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    first = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    is_signed = models.BooleanField()
    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, related_name="interview")
    scans = models.ManyToManyField(StoredFile, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="cases_interview_two_people"),
            models.CheckConstraint(condition=Q(ended_at__gt=F("began_at")), name="cases_interview_takes_time"),
        ]
        indexes = [models.Index(fields=["began_at", "ended_at"], name="cases_interview_when")]
