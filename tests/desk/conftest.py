"""The small enterprise of tests/cases/world.py, for every page of the desk; and somebody signed on."""

from __future__ import annotations

import pytest

from tests.cases import world as made
from tests.cases.world import World


@pytest.fixture
def world(db: None) -> World:
    return made.build()
