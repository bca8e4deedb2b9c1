"""docs/flow/case.svg is drawn from the step table: with every stage and every step, and as the table is now."""

from __future__ import annotations

import html
import re

from huiyin.cases import flow_picture
from huiyin.cases.models import Stage
from huiyin.cases.steps import STEPS
from tests.house.tree import ROOT

PICTURE = ROOT / "docs" / "flow" / "case.svg"


def test_the_picture_is_drawn_from_the_table_as_it_is() -> None:
    assert PICTURE.read_text("utf-8") == flow_picture.render(), "run `make docs`"


def test_every_stage_and_every_step_stand_in_it() -> None:
    words = html.unescape("\n".join(re.findall(r">([^<>]+)<", flow_picture.render())))
    assert not [stage for stage in Stage if stage.label not in words or stage.value not in words]
    assert not [code for code, step in STEPS.items() if code not in words or step.label not in words]


def test_a_step_that_leads_nowhere_new_stands_in_the_table_below() -> None:
    moved = {code for steps in flow_picture.moving().values() for code, _step, _to in steps}
    assert moved | set(flow_picture.staying()) == set(STEPS)
