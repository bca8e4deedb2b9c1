from __future__ import annotations

from pathlib import Path

from huiyin.cases import routes
from huiyin.cases.routes import page

PAGE = Path(__file__).parents[2] / "docs" / "rules" / "routes.md"


def test_the_page_of_ways_is_made_from_the_data() -> None:
    assert PAGE.read_text("utf-8") == page.render()


def test_the_page_names_every_way_and_every_fact() -> None:
    text = page.render()
    assert all(f"## {route.code}\n" in text for route in routes.routes())
    assert all(f"| `{code}` |" in text for code in routes.questions().facts)
