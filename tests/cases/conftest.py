from __future__ import annotations

import pytest

from tests.cases import world as made


@pytest.fixture
def world(db: None) -> made.World:
    return made.build()
