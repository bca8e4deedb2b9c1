"""Accused (被反映对象): whom a case is about, sealed; and a report of retaliation (打击报复), attached to a filing."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiyin.cases.models.case import Case
from huiyin.cases.models.filing import Filing


class Accused(models.Model):
    """One unit or account that a case is about, or the words in which somebody named them; belongs to one case for ever.

    `sealed` is JSON {name, unit, account} under the case's key. `digest` is a keyed hash of the unit or account, empty
    for words alone: it leads from somebody at work to the cases to be kept from them, and nowhere else.
    """

    class Kind(models.TextChoices):
        WORDS = "words", "来件人写的"
        UNIT = "unit", "单位"
        ACCOUNT = "account", "人员"
        LED = "led", "所领导的单位"  # follows from an account: those below are kept out with it
        MANAGER = "manager", "部门主管"  # of the department where an account works
        ASIDE = "aside", "本人回避"  # an inspector who stood aside

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="accused")
    kind = models.CharField(max_length=8, choices=Kind)
    digest = models.CharField(max_length=64, blank=True)
    sealed = models.BinaryField()
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["digest", "case"], name="cases_accused_kept_from")]


class Retaliation(models.Model):
    """A sealed case of its own (第十八条, 第四十六条), told under the code of the filing it followed.

    Only this row ties the two: nothing in the filing's case, its record, pages or counts says that it exists.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="retaliation")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="retaliations")
