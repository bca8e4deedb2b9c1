"""Pictures of letters whose words are known, for the reader of scans."""

from __future__ import annotations

import io
import math
import random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from huiyin.papers import typefaces

WIDTH, HEIGHT, MARGIN, SIZE, LINE = 1240, 1754, 140, 34, 62  # A4 at 150 dots an inch, 16 point
WORDS = (
    "关于补发夜班津贴的请求",
    "尊敬的信访办公室：",
    "我是炼化二厂运行三班的操作工，在厂里工作了二十一年。从二〇二五年三月起，我们班改为四班两倒，夜班从二十二点上到次日八点。",
    "按照厂里的规定，每个夜班应当发放津贴六十元。但是去年十一月到今年二月，一共三十八个夜班的津贴没有发，合计2280元。",
    "我向班长和车间主任问过三次，第一次说是系统没有录入，第二次说要等人力资源部核对，第三次没有答复。工资条上写的是“其他项目”，看不出少了什么。",
    "请核对考勤记录，补发拖欠的夜班津贴，并说明以后按什么标准发放。",
    "此致",
    "敬礼",
    "王建国",
    "二〇二六年三月九日",
)


def letter(*, tilt: float = 0.0, noise: int = 0, blur: float = 0.0) -> bytes:
    """The letter as a JPEG, set in Noto Serif; tilted by degrees, with noise (0 to 255), out of focus (pixels)."""
    page = Image.new("L", (WIDTH, HEIGHT), 250)
    drawing = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(typefaces.SHIPPED / "NotoSerifSC-Regular.ttf"), SIZE)
    across, top = math.floor((WIDTH - 2 * MARGIN) / SIZE), MARGIN
    for words in WORDS:
        is_body = len(words) > 25
        rest = ("　　" if is_body else "") + words
        while rest:
            drawing.text((MARGIN, top), rest[:across], font=font, fill=25)
            rest, top = rest[across:], top + LINE
    if tilt:
        page = page.rotate(tilt, fillcolor=250, resample=Image.Resampling.BICUBIC)
    if blur:
        page = page.filter(ImageFilter.GaussianBlur(blur))
    if noise:
        grains = Image.frombytes("L", page.size, random.Random(7).randbytes(WIDTH * HEIGHT))
        page = Image.blend(page, grains, noise / 255)
    kept = io.BytesIO()
    page.save(kept, "JPEG", quality=70)
    return kept.getvalue()


def share_right(found: str) -> float:
    """The share of the letter's characters that were read right: 1 less the edits needed, white space aside."""
    wanted, read = "".join("".join(WORDS).split()), "".join(found.split())
    row = list(range(len(read) + 1))
    for no, character in enumerate(wanted, start=1):
        before, row = row, [no]
        for at, other in enumerate(read, start=1):
            row.append(min(before[at] + 1, row[at - 1] + 1, before[at - 1] + (character != other)))
    return 1 - row[-1] / len(wanted)
