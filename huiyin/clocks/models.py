"""Clock: one running limit on one subject. PolicyText: every policy file ever in force, by hash."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huiyin.trail.models import Subject


class PolicyText(models.Model):
    """The whole text of a policy.toml; a clock points to the version under which it began."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()
    loaded_at = models.DateTimeField()


class Clock(models.Model):
    """A limit that runs, ran, or was called off. Dates are in the enterprise's time zone.

    `due_on` is the rolled last day, `unrolled_on` the day counted to, `internal_on` the last working day on or
    before it. Rules in hours and minutes also have `due_at`. Everything here is a pure function of rule, start,
    extension, pauses and calendar: `trail.verify` folds it from the events.
    `whose`: where several people of a subject each have the same limit (a review is asked for by who received the
    decision), the number of the paper's copy in the room above; None for a limit of the subject as a whole.
    `place`: which place's shorter limits it runs by (policy.toml); empty for the enterprise's own.
    `counted_on`: the earlier last day that a newly published calendar gives, while the filer was told `due_on`: it
    waits for a person's word.
    `set_days`: the length in the rule's unit where somebody else set this limit (an organ above named a date), in place
    of the rule's amount; below 1 where the date lay before the start.
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="clocks")
    rule = models.CharField(max_length=30)
    whose = models.PositiveBigIntegerField(null=True)
    place = models.CharField(max_length=30, blank=True)
    policy = models.ForeignKey(PolicyText, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    due_on = models.DateField()
    due_at = models.DateTimeField(null=True)
    unrolled_on = models.DateField()
    internal_on = models.DateField(null=True)
    is_provisional = models.BooleanField(default=False)
    counted_on = models.DateField(null=True)
    extended_days = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(null=True)
    paused_days = models.PositiveSmallIntegerField(default=0)
    set_days = models.SmallIntegerField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "rule"],
                condition=Q(stopped_at__isnull=True, whose__isnull=True),
                name="clocks_one_running_per_rule",
            ),
            models.UniqueConstraint(
                fields=["subject", "rule", "whose"],
                condition=Q(stopped_at__isnull=True, whose__isnull=False),
                name="clocks_one_running_per_rule_and_whose",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(stopped_at__isnull=True), name="clocks_running_due"),
            models.Index(
                fields=["counted_on"],
                condition=Q(stopped_at__isnull=True, counted_on__isnull=False),
                name="clocks_waiting_for_a_word",
            ),
        ]


class Warning(models.Model):
    """A warning that was raised: at 50, 75 or 90 % of a clock, or 100 when missed. Once each."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="warnings")
    percent = models.PositiveSmallIntegerField()
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clock", "percent"], name="clocks_warning_once")]
