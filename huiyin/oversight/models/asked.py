"""What supervision, instruction and advice have in common: something asked of a unit, with a limit to answer in writing."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiyin.cases.models import Case
from huiyin.clocks.models import Clock
from huiyin.org.models import Unit
from huiyin.papers.models import Paper, StoredFile
from huiyin.trail.models import Subject


class State(models.TextChoices):
    """`proposed` and `dismissed` are for supervision alone: what the triggers found, before anything was asked."""

    PROPOSED = "proposed", "建议督办"
    DISMISSED = "dismissed", "未采纳"
    ASKED = "asked", "待答复"
    ANSWERED = "answered", "已答复，待审阅"
    CLOSED = "closed", "已办结"
    WITHDRAWN = "withdrawn", "已撤销"


class Tier(models.IntegerChoices):
    """Into whose hands it was put: the three levels of responsibility, then the petition office alone."""

    NONE = 0, "未发出"
    HEAD = 1, "单位负责人"
    DEPUTY = 2, "分管领导"
    CHIEF = 3, "主要领导"
    OFFICE = 4, "信访机构"


class Asked(models.Model):
    """One demand with its own key, record and clock. `unit` is whose written answer is awaited.

    `clock` is the limit of the answer that runs, or ran last; a returned answer starts a new one.
    """

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="%(class)s")
    reference = models.CharField(max_length=10, unique=True)
    number = models.CharField(max_length=40, unique=True, null=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State)
    tier = models.PositiveSmallIntegerField(choices=Tier, default=Tier.NONE)
    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closing_reason = models.CharField(max_length=500, blank=True)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def case_or_none(self) -> Case | None:
        """The case it is about; advice may be about none."""
        found: Case | None = getattr(self, "case", None)
        return found


class Reply(models.Model):
    """A unit's written answer; returned, it stays in the record, and another one follows.

    `adoption` is for advice alone (《信访工作条例》第四十条: the unit says in writing whether it follows it).
    """

    class Adoption(models.TextChoices):
        ADOPTED = "adopted", "予以采纳"
        PARTLY = "partly_adopted", "部分采纳"
        NOT = "not_adopted", "未予采纳"

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="replies")
    text = models.TextField()
    adoption = models.CharField(max_length=16, choices=Adoption, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=500, blank=True)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")
    files = models.ManyToManyField(StoredFile, related_name="+")
