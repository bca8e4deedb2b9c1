"""Outbox: notices written in the act's transaction, delivered by `tick`. No row ever holds grievance text."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.trail.models import Subject


class Notice(models.Model):
    """One message to one account about one subject, by code: the sentence is made when it is shown or sent.

    In-app it shows until `read_at`; by e-mail it goes when the account has an address (`mail_*`).
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="notices")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    code = models.CharField(max_length=30)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["to", "-created_at"], name="notices_inbox"),
            models.Index(
                fields=["mail_due_at"],
                condition=Q(mailed_at__isnull=True, withdrawn_at__isnull=True, mail_due_at__isnull=False),
                name="notices_to_mail",
            ),
            models.Index(
                fields=["mail_tries"],
                condition=Q(mailed_at__isnull=True, withdrawn_at__isnull=True, mail_due_at__isnull=True),
                name="notices_given_up",
            ),
        ]
