"""One PNG with every kind of paper, filled in with the sample data, and each page beside it at full size.

    python scripts/contact_sheet.py build/papers

Writes build/papers/sheet.png and build/papers/D2-1.png ….
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
ACROSS = 10
WIDE, HIGH, GAP = 300, 424, 12


def main(folder: Path) -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    import pypdfium2
    from PIL import Image, ImageDraw

    from huiyin.papers import samples, templates, writers

    folder.mkdir(parents=True, exist_ok=True)
    pages: list[tuple[str, Image.Image]] = []
    for kind in templates.ordered(templates.kinds()):
        made = templates.template(kind)
        number = f"信{made.series}〔2026〕12号"
        data = writers.pdf(kind, samples.fields(kind), unit="华远石化集团有限公司", number=number, on=date(2026, 8, 3))
        document = pypdfium2.PdfDocument(data)
        for place, page in enumerate(document, 1):
            picture = page.render(scale=110 / 72).to_pil()
            picture.save(folder / f"{kind}-{place}.png")
            pages.append((f"{kind}-{place}", picture))
        document.close()
    rows = -(-len(pages) // ACROSS)
    sheet = Image.new("RGB", (ACROSS * (WIDE + GAP) + GAP, rows * (HIGH + 20 + GAP) + GAP), "#d8dcdc")
    pen = ImageDraw.Draw(sheet)
    for place, (name, picture) in enumerate(pages):
        left = GAP + place % ACROSS * (WIDE + GAP)
        top = GAP + place // ACROSS * (HIGH + 20 + GAP)
        small = picture.copy()
        small.thumbnail((WIDE, HIGH))
        sheet.paste(small, (left, top + 18))
        pen.text((left, top + 2), name, fill="#202020")
    sheet.save(folder / "sheet.png")
    print(f"{folder / 'sheet.png'}: {len(pages)} pages of {len({name.split('-')[0] for name, _page in pages})} kinds")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "papers"))
