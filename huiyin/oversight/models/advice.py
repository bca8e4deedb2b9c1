"""Advice (三项建议): to improve the work, to improve a policy, to hold a unit to account (《信访工作条例》第四十条)."""

from __future__ import annotations

from django.db import models

from huiyin.cases.models import Case
from huiyin.oversight.models.asked import Asked


class Advice(Asked):
    """`problem` is what was found, `basis` its ground, `text` what is advised.

    `accountability` names a unit and the breach (第四十二条至第四十六条), never a person; nothing of it goes to personnel.
    """

    class Kind(models.TextChoices):
        WORK = "improve", "改进工作建议"
        POLICY = "policy", "完善政策建议"
        ACCOUNT = "accountability", "追究责任建议"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind)
    breach = models.CharField(max_length=10, blank=True)
    problem = models.TextField()
    basis = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["state", "-id"], name="oversight_advice_state"),
            models.Index(fields=["unit", "state"], name="oversight_advice_unit"),
        ]
