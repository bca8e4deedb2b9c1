"""The page of limits in the docs is the policy file's."""

from __future__ import annotations

from pathlib import Path

from huiyin.clocks import policy_file, policy_page
from tests.clocks.rule_samples import POLICY, SHIPPED

PAGE = Path(__file__).parents[2] / "docs" / "rules" / "limits.md"


def test_the_committed_page_of_limits_is_the_generated_one() -> None:
    assert PAGE.read_text("utf-8") == policy_page.render(), "python -m huiyin.clocks.policy_page > docs/rules/limits.md"


def test_every_limit_stands_on_the_page() -> None:
    page = policy_page.render()
    for rule in POLICY.rules.values():
        assert f"## {rule.id}\n" in page
        assert rule.length in page


def test_another_policy_gives_another_page() -> None:
    shorter = SHIPPED.read_text("utf-8").replace("amount = 15", "amount = 12", 1)
    assert policy_page.render(policy_file.parse(shorter, Path("x"))) != policy_page.render()
