from __future__ import annotations

import pytest
from django.core.cache import cache

from huiyin.cases.lists import topics
from huiyin.cases.models import Topic
from tests.cases import world as made


@pytest.fixture
def world(db: None) -> made.World:
    cache.clear()
    for topic in topics():
        Topic.objects.get_or_create(
            code=topic.code,
            defaults={
                "name": topic.name,
                "plain_name": topic.plain_name,
                "parent_id": topic.parent,
                "position": topic.position,
            },
        )
    return made.build()
