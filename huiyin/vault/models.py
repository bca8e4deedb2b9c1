"""Keys and the keyed index. Identity lives encrypted in the tables that own it; only keys and index entries live here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DataKey(models.Model):
    """One random key for one subject (case), wrapped by the master key. Destroying it erases what it sealed.

    Left out of the data backup: it has its own short-lived one.
    """

    suite = models.PositiveSmallIntegerField()
    master_id = models.CharField(max_length=16)
    wrapped = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(wrapped__isnull=False, destroyed_at__isnull=True)
                | Q(wrapped__isnull=True, destroyed_at__isnull=False),
                name="vault_key_is_kept_or_destroyed",
            ),
        ]


class IndexEntry(models.Model):
    """Keyed hash of an ID number or a phone number of one subject's party. Read by `look_up` and by nothing else."""

    class Kind(models.TextChoices):
        ID_NUMBER = "id_number", "证件号码"
        PHONE = "phone", "电话"

    key = models.ForeignKey(DataKey, on_delete=models.CASCADE, db_index=False, related_name="index_entries")
    kind = models.CharField(max_length=12, choices=Kind)
    digest = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "kind", "digest"], name="vault_index_once")]
        indexes = [models.Index(fields=["kind", "digest"], name="vault_index_probe")]
