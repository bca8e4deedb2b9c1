"""The picture docs/flow/case.svg, drawn from the step table: every stage, every step, nothing by hand.

Left: the stages in their order, with an arc for each step that leads from one to another, downward on the right side,
back up on the left. Right of each stage: the steps that leave it, whose they are, where they lead. Below: the steps that
leave a case where it is, with a dot for each stage in which they can be taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from huiyin.cases.models import Stage
from huiyin.cases.models.case import ENDED
from huiyin.cases.steps import STEPS, Step
from huiyin.org.permissions import Role, roles_with

LINE, GAP, BOX, LEFT, ARCS, WIDTH = 18, 22, 168, 190, 200, 1180
FIRST, EACH = 560, 27
ACCENT, INK, SOFT, RULE = "#0F766E", "#1C2326", "#5B6770", "#D5DBDD"
FONT = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"


def whose(step: Step) -> str:
    """The roles whose step it is, in words."""
    if step.needs is None:
        return "反映人"
    held = roles_with(step.needs)
    names = [str(role.label) for role in Role if role.value in held]
    return "、".join(names[:3]) + (f"等{len(names)}类岗位" if len(names) > 3 else "") or "系统"


def moving() -> dict[Stage, list[tuple[str, Step, Stage]]]:
    """Stage → the steps that leave it for another."""
    found: dict[Stage, list[tuple[str, Step, Stage]]] = {stage: [] for stage in Stage}
    for code, step in STEPS.items():
        for stage in Stage:
            if stage in step.leaves and step.enters and step.enters != stage:
                found[stage].append((code, step, step.enters))
    return found


def staying() -> dict[str, Step]:
    """The steps that leave a case in its stage."""
    return {code: step for code, step in STEPS.items() if not step.enters}


def render() -> str:
    """The whole picture as SVG."""
    moves = moving()
    tops: dict[Stage, tuple[int, int]] = {}
    lines: list[str] = []
    y = 56
    for stage in Stage:
        height = max(2, len(moves[stage])) * LINE + 10
        tops[stage] = (y, height)
        y += height + GAP
    lines += _arcs(moves, tops)
    for stage in Stage:
        lines += _stage(stage, *tops[stage], moves[stage])
    body, bottom = _table(y + 60)
    width = max(WIDTH, FIRST + len(Stage) * EACH + 80)
    head = _text(LEFT, 30, "一件信访事项的流程（由步骤表生成）", size=17, colour=INK, weight="600")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + 30}" width="{width}" '
        f'font-family="{FONT}" font-size="12" fill="{INK}">\n<title>一件信访事项的流程</title>\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join([head, *lines, *body]) + "\n</svg>\n"
    )


def _stage(stage: Stage, top: int, height: int, steps: list[tuple[str, Step, Stage]]) -> Iterable[str]:
    fill = "#F1F3F4" if stage in ENDED else "#E3F1EF"
    colour = SOFT if stage in ENDED else ACCENT
    yield f'<rect x="{LEFT}" y="{top}" width="{BOX}" height="{height}" rx="6" fill="{fill}" stroke="{colour}"/>'
    yield _text(LEFT + 12, top + 20, str(stage.label), size=13, colour=INK, weight="600")
    yield _text(LEFT + 12, top + 38, stage.value, size=11, colour=SOFT)
    for no, (code, step, to) in enumerate(steps):
        at = top + 17 + no * LINE
        yield _text(LEFT + BOX + ARCS, at, step.label, size=12, colour=INK)
        yield _text(LEFT + BOX + ARCS + 140, at, f"→ {to.label}", size=12, colour=ACCENT)
        yield _text(LEFT + BOX + ARCS + 330, at, f"{whose(step)} · {code}", size=11, colour=SOFT)


def _arcs(moves: dict[Stage, list[tuple[str, Step, Stage]]], tops: dict[Stage, tuple[int, int]]) -> Iterable[str]:
    yield (
        '<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 8 4 0 8z" fill="{SOFT}"/></marker></defs>'
    )
    order = list(Stage)
    pairs = sorted({(order.index(stage), order.index(to)) for stage in moves for _code, _step, to in moves[stage]})
    for first, last in pairs:
        start, end = tops[order[first]], tops[order[last]]
        down = last > first
        x = LEFT + BOX if down else LEFT
        # Arcs leave below the middle and arrive above it, so that those of one stage lie apart.
        y1, y2 = start[0] + start[1] * 0.62, end[0] + end[1] * (0.3 + 0.04 * (first % 6))
        reach = min(ARCS - 14 if down else LEFT - 14, 22 + abs(last - first) * 11)
        out = x + reach if down else x - reach
        yield (
            f'<path d="M{x} {y1:.0f} C{out} {y1:.0f} {out} {y2:.0f} {x} {y2:.0f}" fill="none" stroke="{SOFT}" '
            'stroke-opacity=".55" marker-end="url(#to)"/>'
        )


def _table(top: int) -> tuple[list[str], int]:
    stages = list(Stage)
    lines = [_text(LEFT - 170, top - 6, "留在原阶段的步骤", size=15, colour=INK, weight="600")]
    for no, stage in enumerate(stages):
        x = FIRST + no * EACH
        lines.append(
            f'<text transform="translate({x + 4} {top + 118}) rotate(-62)" font-size="11" fill="{SOFT}">'
            f"{escape(str(stage.label))}</text>"
        )
    y = top + 140
    for code, step in staying().items():
        lines.append(f'<line x1="20" x2="{FIRST + len(stages) * EACH}" y1="{y + 6}" y2="{y + 6}" stroke="{RULE}"/>')
        lines.append(_text(20, y, step.label, size=12, colour=INK))
        lines.append(_text(178, y, f"{code} · {whose(step)}", size=11, colour=SOFT))
        for no, stage in enumerate(stages):
            if stage in step.leaves:
                lines.append(f'<circle cx="{FIRST + no * EACH}" cy="{y - 4}" r="4" fill="{ACCENT}"/>')
        y += LINE + 3
    return lines, y


def _text(x: int, y: int, words: str, *, size: int, colour: str, weight: str = "400") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{colour}">{escape(words)}</text>'
