"""What happens while a case is handled: assignments to units, notes, extensions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.cases.models.case import Case, Demand
from huiyin.cases.models.filing import Filing
from huiyin.org.models import Unit
from huiyin.papers.models import Paper, StoredFile


class Assignment(models.Model):
    """A case given to a unit. At most one is current; earlier ones stay."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    instruction = models.CharField(max_length=500, blank=True)
    taken_in_at = models.DateTimeField(null=True)
    sent_back_at = models.DateTimeField(null=True)
    send_back_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(sent_back_at__isnull=True), name="cases_one_current_assignment"
            ),
        ]


class Note(models.Model):
    """Something written while handling. The employee sees all kinds but those that would expose others (`note`).

    A `contact` says when, by which channel and what was told about progress; there is no field for impressions.
    """

    class Kind(models.TextChoices):
        NOTE = "note", "办理记录"
        CONTACT = "contact", "联系反映人"
        EVIDENCE = "evidence", "调查材料"
        QUESTION = "question", "请您补充"
        ANSWER = "answer", "您的答复"
        ADDITION = "addition", "补充材料"
        EXECUTION = "execution", "落实情况"
        REPLY = "reply", "答复"

    class ContactWay(models.TextChoices):
        PHONE = "phone", "电话"
        MEETING = "meeting", "当面"
        PORTAL = "portal", "网上"
        LETTER = "letter", "信函"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(blank=True)
    sealed = models.BinaryField(null=True)
    way = models.CharField(max_length=8, choices=ContactWay, blank=True)
    at = models.DateTimeField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, null=True, related_name="notes")
    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, null=True, related_name="notes")
    answers = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="answered_by")
    files = models.ManyToManyField(StoredFile, related_name="notes")


class Extension(models.Model):
    """第三十四条: at most 30 days, once, approved by the head of the issuing unit, the employee told the reason."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="extensions")
    days = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_approved = models.BooleanField(null=True)
    refusal_reason = models.CharField(max_length=500, blank=True)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1) & Q(days__lte=30), name="cases_extension_within_30_days"),
            models.UniqueConstraint(fields=["case"], condition=Q(is_approved=True), name="cases_extended_once"),
        ]
