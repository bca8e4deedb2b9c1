"""Supervision (督办): a demand to a unit to take the step it missed, and the way upward when nobody answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from huiyin.cases.models import Case
from huiyin.clocks.models import Clock
from huiyin.oversight.models.asked import Asked, State, Tier


class Supervision(Asked):
    """《信访工作条例》第四十条第一款.

    `key` names what was missed (`clock:12`, `decision:5`): one supervision of a case for each, however often somebody
    filed. `missed` says it in words, `missed_rule`,
    `missed_clock` and `missed_on` are the limit and its last day where there is one.
    `is_stalled`: unanswered past its limit, or vacant, with nobody further up.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    trigger = models.CharField(max_length=30)
    key = models.CharField(max_length=40)
    missed = models.CharField(max_length=300)
    missed_rule = models.CharField(max_length=30, blank=True)
    missed_clock = models.ForeignKey(Clock, on_delete=models.PROTECT, null=True, related_name="+")
    missed_on = models.DateField(null=True)
    proposed_at = models.DateTimeField(null=True)
    is_stalled = models.BooleanField(default=False)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="oversight_supervised_once"),
            models.CheckConstraint(
                condition=Q(state__in=[State.PROPOSED, State.DISMISSED])
                | (Q(clock__isnull=False) & Q(number__isnull=False)),
                name="oversight_demand_has_number_and_limit",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="oversight_supervision_state"),
            models.Index(fields=["unit", "state"], name="oversight_supervision_unit"),
        ]


class Escalation(models.Model):
    """Into whose hands a supervision came: first when it was demanded, then each time the answer was not there by
    `missed_on`. `to` is empty where nobody held a post."""

    supervision = models.ForeignKey(Supervision, on_delete=models.PROTECT, related_name="escalations")
    tier = models.PositiveSmallIntegerField(choices=Tier)
    at = models.DateTimeField()
    missed_on = models.DateField(null=True)
    to = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
