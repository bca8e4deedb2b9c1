"""Stands for the reader of scans where its words don't matter: two pages, the second with a doubtful line; called with
`bare` as if the library were not installed, so pictures alone."""

import json
import sys
from pathlib import Path

from PIL import Image

PAGES = (("欠发夜班津贴", 0.99), ("请求补发三十八个夜", 0.6))


def main() -> None:
    *more, _source, where = sys.argv[1:]
    folder, name = Path(where), "" if more else "a reader 1"
    (folder / "count.json").write_text(json.dumps({"pages": len(PAGES), "reader": name}))
    for number, (text, sure) in enumerate(PAGES, start=1):
        Image.new("RGB", (300, 400), "white").save(folder / f"{number}.jpg")
        if more:
            continue
        lines = [{"text": text, "sure": sure}]
        (folder / f"{number}.json").write_text(json.dumps({"text": text, "lines": lines}))
    (folder / "done.json").write_text(json.dumps({"pages": len(PAGES), "reader": name}))


main()
