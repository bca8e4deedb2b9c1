from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache

from huiyin.cases.lists import topics
from huiyin.cases.models import Topic
from huiyin.kernel.actors import System
from huiyin.org import tokens
from huiyin.org.models import User
from huiyin.trail.moments import server_now
from tests.cases import world as made


@pytest.fixture
def world(db: None) -> made.World:
    cache.clear()
    for topic in topics():
        names = {"name": topic.name, "plain_name": topic.plain_name, "position": topic.position}
        Topic.objects.get_or_create(code=topic.code, defaults={**names, "parent_id": topic.parent})
    return made.build()


@pytest.fixture
def token_of(world: made.World) -> Callable[[str], dict[str, str]]:
    """The request headers of a token for an account of the world."""

    def headers(username: str) -> dict[str, str]:
        user = User.objects.get(username=username)
        text = tokens.issue(user, "报表", by=System("test"), at=server_now())
        return {"Authorization": f"Bearer {text}"}

    return headers
