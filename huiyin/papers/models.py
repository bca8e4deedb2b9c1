"""Stored files, uploads on their way in, papers (文书) and their delivery."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.org.models import Unit
from huiyin.trail.models import Subject


class StoredFile(models.Model):
    """A file encrypted with its subject's key, in the data folder under its own hash; served as a download only.

    `sha256` is of the content as it came. `shown_name` is sealed with the subject's key too. A picture's copy without
    metadata points to its original by `original`.
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="files")
    reference = models.CharField(max_length=32, unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=80)
    sealed_name = models.BinaryField()
    path = models.CharField(max_length=120)
    original = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="cleaned")
    stored_at = models.DateTimeField()


class Upload(models.Model):
    """A file on its way in, in pieces. Bound to nobody: whoever has the random token may go on with it.

    Becomes a StoredFile when the filing or addition it belongs to is received; swept after 7 days otherwise.
    """

    token = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    media_type = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField()


class PaperForm(models.Model):
    """A kind of paper of which the workshop has versions. `in_force` None: the form that ships is followed.

    `reason` says why the version in force is so.
    """

    kind = models.CharField(max_length=4, unique=True)
    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="+")
    in_force = models.ForeignKey("FormVersion", on_delete=models.PROTECT, null=True, related_name="in_force_of")
    reason = models.CharField(max_length=200, blank=True)


class FormVersion(models.Model):
    """One wording of a form, whole, as JSON in the shape of the files that ship. Never changed (a trigger keeps that).

    `based_on` is the version of the form that shipped then; a form holds no grievance text.
    """

    form = models.ForeignKey(PaperForm, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    based_on = models.PositiveSmallIntegerField()
    source = models.TextField()
    reason = models.CharField(max_length=200)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="papers_formversion_number")]


class Paper(models.Model):
    """An official document. Drafts change; once sealed, content and files never do (a trigger keeps that too).

    `sealed_fields` holds the filled-in parts as JSON, sealed with the subject's key: papers name their addressee.
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=4)
    template_version = models.PositiveSmallIntegerField()
    form_version = models.ForeignKey(FormVersion, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=10, unique=True)
    number = models.CharField(max_length=40, unique=True, null=True)
    sealed_fields = models.BinaryField()
    sealed_at = models.DateTimeField(null=True)
    sealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="printed")
    supersedes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True) | (Q(number__isnull=False) & Q(pdf__isnull=False)),
                name="papers_sealed_is_whole",
            ),
        ]


class Delivery(models.Model):
    """Service of a paper with its proof (送达回证, D19). `received_on` starts the limit for review."""

    class Way(models.TextChoices):
        HAND = "hand", "直接送达"
        PORTAL = "portal", "网上送达"
        POST = "post", "邮寄送达"
        LEFT = "left", "留置送达"

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="deliveries")
    way = models.CharField(max_length=8, choices=Way)
    sent_at = models.DateTimeField()
    received_on = models.DateField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=120, blank=True)
    tracking_no = models.CharField(max_length=40, blank=True)
    refusal = models.CharField(max_length=300, blank=True)
    witness = models.CharField(max_length=80, blank=True)
    proof = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    return_paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, related_name="+")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
