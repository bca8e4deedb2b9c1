"""The office's vocabulary: rows of Topic as they stand in cases/lists/topics.toml."""

from __future__ import annotations

from django.db import transaction

from huiyin.cases import lists
from huiyin.cases.models import Topic


def load() -> int:
    """Bring the Topic rows in line with the file; answers how many it has. Safe to repeat.

    A topic that is no longer in the file stays: cases point to it.
    """
    with transaction.atomic():
        for entry in lists.topics():
            Topic.objects.update_or_create(
                code=entry.code,
                defaults={
                    "name": entry.name,
                    "plain_name": entry.plain_name,
                    "parent_id": entry.parent,
                    "position": entry.position,
                },
            )
    return len(lists.topics())
