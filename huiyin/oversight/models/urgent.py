"""Urgent reports (重大紧急信访事项报告, D23): when, how many, to whom it was told. What was said is in the sealed paper."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiyin.cases.models import Case
from huiyin.clocks.models import Clock
from huiyin.org.models import Unit
from huiyin.papers.models import Paper
from huiyin.trail.models import Subject


class Urgent(models.Model):
    """One urgent matter (《信访工作条例》第二十五条) with its own key and record; its reports follow one another.

    `known_at` is when somebody says it became known to the unit; `clock` counts the 30 minutes from then. Nobody who is
    present is recorded: there is a number of people in each report and no more.
    """

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="urgent")
    reference = models.CharField(max_length=10, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField()
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["unit", "-id"], name="oversight_urgent_unit")]


class UrgentReport(models.Model):
    """One report: `number` 0 is the first, then the follow-ups (续报). `reported_at` is the server's time."""

    urgent = models.ForeignKey(Urgent, on_delete=models.PROTECT, related_name="reports")
    number = models.PositiveSmallIntegerField()
    happened_at = models.DateTimeField()
    headcount = models.PositiveIntegerField()
    reported_at = models.DateTimeField()
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["urgent", "number"], name="oversight_urgent_report_number")]


class UrgentTold(models.Model):
    """A leader who was told of a report: when, and when that one said to have read it."""

    report = models.ForeignKey(UrgentReport, on_delete=models.PROTECT, related_name="told")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "to"], name="oversight_urgent_told_once")]
        indexes = [
            models.Index(fields=["to"], condition=models.Q(read_at__isnull=True), name="oversight_urgent_unread")
        ]
