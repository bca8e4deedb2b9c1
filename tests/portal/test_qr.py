"""The QR picture of the receipt holds, module by module, what the library made of the address."""

from __future__ import annotations

import re
from base64 import b64decode

import segno

from huiyin.portal.receipt import QR_BORDER, QR_MASK, address_of, qr_of

CODE = "7K3M9QWX2TABCD0123EFGHJKMNPQ"
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def drawn(code: str) -> list[list[int]]:
    kind, content = qr_of(code).split(",", 1)
    assert kind == "data:image/svg+xml;base64"
    svg = b64decode(content).decode()
    edge = int(svg.split('viewBox="0 0 ')[1].split(" ")[0])
    grid = [[0] * edge for _ in range(edge)]
    for x, y, length, back in RUN.findall(svg):
        assert length == back
        for place in range(int(x), int(x) + int(length)):
            grid[int(y)][place] = 1
    return grid


def test_every_module_is_drawn_and_nothing_else() -> None:
    made = segno.make(address_of(CODE), error="m", mask=QR_MASK)
    assert drawn(CODE) == [list(row) for row in made.matrix_iter(border=QR_BORDER)]


def test_another_code_is_another_picture() -> None:
    assert drawn(CODE) != drawn(CODE[::-1])
