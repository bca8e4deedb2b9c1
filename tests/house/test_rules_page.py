from __future__ import annotations

from pathlib import Path

from huiyin.cases import rules_page
from huiyin.papers import forms_page

PAGE = Path(__file__).parents[2] / "docs" / "rules" / "steps.md"
PAPERS = PAGE.with_name("papers.md")


def test_the_page_of_steps_is_made_from_the_tables() -> None:
    assert PAGE.read_text("utf-8") == rules_page.render()


def test_the_page_of_papers_is_made_from_the_forms() -> None:
    assert PAPERS.read_text("utf-8") == forms_page.render()
