"""RouteAdvice: that the statutory ways were told of a case, from which facts, with which last day."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from huiyin.cases.models.case import Case


class RouteAdvice(models.Model):
    """Told to whoever filed this case, and to nobody else of a case joined with it: the facts are theirs alone.

    `sealed_facts` is JSON {fact: answer} under the case's key; `route` and `last_day` are those of the first way that
    surely fits. `given_by` is None when the employee brought the facts along. `shown_at`: from then on their page shows it.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="advices")
    sealed_facts = models.BinaryField()
    route = models.CharField(max_length=40, blank=True)
    last_day = models.DateField(null=True)
    employer_last_day = models.DateField(null=True)
    computed_on = models.DateField()
    shown_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
