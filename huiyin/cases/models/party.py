"""Party: somebody in exactly one case, with a sealed identity. Opening: a confidential identity, asked for and decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from huiyin.cases.models.case import Case
from huiyin.cases.models.filing import Filing


class Party(models.Model):
    """Filer or representative of one filing. There is no table of persons: this row belongs to one case for ever.

    `sealed_identity` is JSON {name, id_number, phone, address, email, account} under the case's key.
    `account_digest` is a keyed hash of the account id: it leads from an account to its own cases and nowhere else.
    """

    class Part(models.TextChoices):
        FILER = "filer", "反映人"
        REPRESENTATIVE = "representative", "代表"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties")
    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="parties")
    part = models.CharField(max_length=16, choices=Part)
    sealed_identity = models.BinaryField(null=True)
    account_digest = models.BinaryField(null=True)
    consents_to_portal = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["account_digest"], name="cases_party_own_account")]


class Opening(models.Model):
    """A wish to open a confidential identity: one person asks with a reason, another decides (product.md §3)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="openings")
    purpose = models.CharField(max_length=30)
    sealed_reason = models.BinaryField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    is_granted = models.BooleanField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")), name="cases_opening_two_people"
            ),
        ]
