"""Filing (来件): one act of raising a grievance, in one channel, at one time. Has the query code."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiyin.cases.models.case import Case, Identity


class Channel(models.TextChoices):
    """信访形式, 第十七条; and the two ways in which a matter comes from above."""

    WEB = "web", "网上"
    LETTER = "letter", "来信"
    PHONE = "phone", "来电"
    VISIT = "visit", "来访"
    FAX = "fax", "传真"
    ABOVE = "above", "上级交办/转送"
    INSTRUCTION = "instruction", "领导批示"


class Filing(models.Model):
    """`received_at` is when it reached the enterprise (the server's time on the web, the claimed time for paper);
    `entered_at` is when it was entered. `content_hash` is SHA-256 over the words as filed, printed on the receipt;
    `demands` are the requests as filed, which registering may put into other words in the case's own (sealed: null).
    `code_digest` is the keyed hash of the query code: the code itself is shown once and stored nowhere.
    `case` is the case it came with, for ever; joined into another, it is handled there (`cases.together`).
    `part_of`: it is some requests of that filing, handled in a case of their own; it counts as no filing.
    `withdrawn_at`: its filer withdrew it while others of the same case stand.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="filings")
    reference = models.CharField(max_length=10, unique=True)
    channel = models.CharField(max_length=12, choices=Channel)
    identity = models.CharField(max_length=12, choices=Identity)
    received_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    sealed = models.BinaryField(null=True)
    demands = models.JSONField(default=list, null=True)
    sealed_demands = models.BinaryField(null=True)
    headcount = models.PositiveIntegerField(default=1)
    postmark_on = models.DateField(null=True)
    content_hash = models.CharField(max_length=64)
    code_digest = models.BinaryField(unique=True, null=True)
    part_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="parts")
    withdrawn_at = models.DateTimeField(null=True)
    idempotency_key = models.CharField(max_length=64, unique=True, null=True)

    class Meta:
        indexes = [models.Index(fields=["content_hash"], name="cases_filing_same_words")]
