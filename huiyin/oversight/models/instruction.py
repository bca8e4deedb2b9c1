"""Instruction (批示): what a leader wrote on a case, to whom, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiyin.cases.models import Case, Filing
from huiyin.oversight.models.asked import Asked
from huiyin.papers.models import StoredFile


class Instruction(Asked):
    """Written by the leader here, or on paper and entered by the office with its date and scan.

    `given_on` is the day it was written; `filing`: it reached the enterprise as a filing of its own channel.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    filing = models.OneToOneField(Filing, on_delete=models.PROTECT, null=True, related_name="+")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_on = models.DateField()
    files = models.ManyToManyField(StoredFile, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["state", "-id"], name="oversight_instruction_state"),
            models.Index(fields=["unit", "state"], name="oversight_instruction_unit"),
        ]
