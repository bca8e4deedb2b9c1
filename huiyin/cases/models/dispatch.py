"""Where a case goes within the group: transferred or ordered to another office, objected to, disputed, reported on; and
the units that help the one that leads.

《信访工作条例》第二十二条 (transfer, order, report on its end: after its model), 第二十三条 (where it went, objection within
5 working days), 第二十四条 (several units, disputes).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.cases.models.assignment import Assignment
from huiyin.cases.models.case import Case
from huiyin.org.models import Unit
from huiyin.papers.models import Paper, StoredFile


class Dispatch(models.Model):
    """A case sent to another petition office: `transfer` asks for nothing back, `order` for a report by `feedback_on`.

    `ended_at`: it stands no more: handed back after an objection, decided otherwise, or, of an order, its report
    accepted. Of a transfer: signed for. `is_decided`: by the superior of both in a dispute, open to no objection.
    """

    class Kind(models.TextChoices):
        TRANSFER = "transfer", "转送"
        ORDER = "order", "交办"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="dispatches")
    kind = models.CharField(max_length=10, choices=Kind)
    from_office = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    to_office = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    to_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    requirements = models.CharField(max_length=1000, blank=True)
    feedback_on = models.DateField(null=True)
    is_decided = models.BooleanField(default=False)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")
    taken_in_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["to_office"], condition=Q(ended_at__isnull=True), name="cases_dispatch_to"),
            models.Index(fields=["from_office"], condition=Q(ended_at__isnull=True), name="cases_dispatch_from"),
        ]


class Objection(models.Model):
    """第二十三条第三款: not ours, within 5 working days, reasons in detail; the sender agrees or not. `is_late`: after
    that, kept on record, and the duty stays. Of a dispatch or of an assignment within the office.

    A refused one may be laid before the superior of both, who decides (第二十四条): the `dispute_*` columns.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="objections")
    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, null=True, related_name="objections")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, null=True, related_name="objections")
    reason = models.CharField(max_length=1000)
    proposed_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    is_late = models.BooleanField(default=False)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")
    is_agreed = models.BooleanField(null=True)
    answer_reason = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    dispute_reason = models.CharField(max_length=1000, blank=True)
    disputed_at = models.DateTimeField(null=True)
    superior = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    decided_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    decision_reason = models.CharField(max_length=1000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(dispatch__isnull=False) ^ Q(assignment__isnull=False), name="cases_objection_to_one_thing"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(is_agreed__isnull=True, is_late=False), name="cases_one_open_objection"
            ),
        ]


class OrderReport(models.Model):
    """办结报告 (D21) on an order: sent up, and accepted or sent back by the office that gave the order."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="order_reports")
    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="reports")
    text = models.TextField()
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")
    files = models.ManyToManyField(StoredFile, related_name="+")
    is_accepted = models.BooleanField(null=True)
    return_reason = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dispatch"], condition=Q(is_accepted__isnull=True), name="cases_one_report_to_answer"
            ),
        ]


class CoHandling(models.Model):
    """A unit asked to help the one that leads (协办): what for, by when, and what it answered.

    `ended_at`: answered, or not needed any more. Until then it sees the case.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="co_handlings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    asked = models.CharField(max_length=1000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    files = models.ManyToManyField(StoredFile, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "unit"], condition=Q(ended_at__isnull=True), name="cases_helps_once_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["unit"], condition=Q(ended_at__isnull=True), name="cases_co_handling_unit")]
