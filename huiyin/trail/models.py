"""The record: subjects, their chained events, the tree over all events and its signed checkpoints."""

from __future__ import annotations

from django.db import models

from huiyin.vault.models import DataKey


class Subject(models.Model):
    """The one anchor of events, clocks, papers and notices. A Case is one-to-one with a Subject of kind 'case'.

    `head_*` repeat the newest event, so that an append needs no look at the events and a cut tail shows.
    """

    kind = models.CharField(max_length=20)
    public_id = models.CharField(max_length=32, unique=True)
    key = models.OneToOneField(DataKey, on_delete=models.PROTECT, related_name="subject")
    head_seq = models.PositiveIntegerField(default=0)
    head_hash = models.BinaryField(default=bytes(32))
    head_at = models.DateTimeField(null=True)


class Event(models.Model):
    """One thing that happened to one subject. Written by `trail.events.append` alone; never changed, never deleted.

    `canonical` holds the exact bytes that are hashed: sorted-key JSON, UTF-8, NFC, integers and strings only.
    The other columns repeat parts of it for queries; `verify` compares them.
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    act = models.CharField(max_length=40)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    canonical = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "seq"], name="trail_event_gapless")]


class Node(models.Model):
    """A complete subtree of the RFC 6962 tree: level 0 are leaves, `index` counts from the left."""

    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField()
    event = models.OneToOneField(Event, on_delete=models.PROTECT, null=True, related_name="leaf")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="trail_node_place")]


class Checkpoint(models.Model):
    """A signed tree head in C2SP tlog-checkpoint form; `note` is the whole signed text."""

    size = models.PositiveBigIntegerField(unique=True)
    root = models.BinaryField()
    signed_at = models.DateTimeField()
    note = models.TextField()
