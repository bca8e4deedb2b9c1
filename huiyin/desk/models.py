"""What one person keeps for the own desk: columns of the list of cases, and views of it by name."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A way to look at the list of cases. `query` holds the filters as the address has them.

    The view without a name is the list as it opens: it keeps the chosen columns, `,` between them. `position` is the
    order of the named ones.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=20, blank=True)
    query = models.CharField(max_length=400, blank=True)
    columns = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="desk_view_once")]
