from __future__ import annotations

import pytest

from tests.cases import world as made
from tests.cases.world import World


@pytest.fixture
def world(db: None) -> World:
    return made.build()
