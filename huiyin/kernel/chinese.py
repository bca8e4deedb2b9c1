"""Chinese text as people type and paste it: cleaned for storing, made plain for comparing, cut into grams for search."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Set

from huiyin.kernel.errors import Invalid

RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[A-Za-z0-9]+")

# Every way to end a line, as one. U+0085, U+2028 and U+2029 come from pasted documents.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")

# What is taken out: it can't be seen, and it can make a text read otherwise than it is stored.
_INVISIBLE = [
    *range(0x00, 0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0),  # control characters but tab and newline
    0x00AD, 0x034F, 0x061C, 0x180E, 0x200B, *range(0x200E, 0x2010),  # soft hyphen, joiners without effect, marks
    *range(0x202A, 0x202F), *range(0x2060, 0x2070),  # bidi embeddings, overrides, isolates, word joiners
    0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0,  # fillers: a name of them alone would look empty
    0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xFDD0, 0xFDF0), *range(0xD800, 0xE000),  # lone surrogates: no database keeps them
    *range(0xE0000, 0xE0080),  # tag characters: whole hidden texts
    *(plane + tail for plane in range(0, 0x110000, 0x10000) for tail in (0xFFFE, 0xFFFF)),
]  # fmt: skip
_TAKE_OUT = dict.fromkeys(_INVISIBLE)

# From this many grams on, a text contained in a longer one counts as alike; shorter ones are contained by chance.
_FULL_WEIGHT = 24

# From this likeness on two grievances are worth showing side by side. On about 400 real messages, unrelated ones about the
# same topic stay below 0.28; a repeat of half the text, or one joined with another matter, stays above 0.45.
ALIKE = 0.3

# From this closeness on a matter is offered to who types. The labelled set of the tests holds it there: unrelated matters
# of one enterprise stay below it, the same one told by another person mostly stays above.
CLOSE = 0.1

# Signs that stand in every grievance: they say nothing of what it is about.
_EVERYWHERE = frozenset(
    "的了是在我不有没们一人到说这个也就都上下要和来去以为时还能会请您好他她你给让着过把被对从因年月日天后里中么什怎吗呢吧想得可"
    "大小多少很太再但而只与及等问反映领导单位公司"
)
_SIGN = 0.5  # what a shared sign weighs, of the rarest gram: another word of the same thing often shares one sign of it
_UNSEEN = 0.9  # and a gram that was not counted
_AT_LEAST = 200  # in a smaller collection, counts say little of how rare a gram is


def clean(text: str, *, limit: int, field: str, is_line: bool = False) -> str:
    """The text as it is stored: nothing invisible in it, line ends as '\\n', no white space around it.

    Takes out control characters (newline and tab stay), bidi controls, zero-width marks and what a database can't
    keep. Joiners of emoji and variants of rare characters stay, private-use characters (old name fonts) too.
    With `is_line` any run of white space becomes one space. More than `limit` characters → Invalid, nothing is cut.
    """
    kept = _LINE_ENDS.sub("\n", text).translate(_TAKE_OUT)
    kept = _SPACES.sub(" ", kept).strip() if is_line else kept.strip()
    if len(kept) > limit:
        raise Invalid(
            "too_long",
            "这里最多写 %(limit)d 个字，您写了 %(count)d 个字，请删减 %(more)d 个字后再提交。",
            field=field,
            limit=limit,
            count=len(kept),
            more=len(kept) - limit,
        )
    return kept


def needed(text: str, sentence: str, *, limit: int, field: str) -> str:
    """`clean`, and Invalid with this sentence when nothing is left."""
    kept = clean(text, limit=limit, field=field)
    if not kept:
        raise Invalid(field, sentence, field=field)
    return kept


def plain(text: str) -> str:
    """NFKC and lower case: the form in which texts are compared. Full-width letters and digits become plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def grams(text: str) -> list[str]:
    """Search tokens, each once, in order: pairs of neighbouring Chinese characters, the last one alone, Latin runs whole.

    The same on both sides of a search; one character alone is searched as a prefix.
    """
    found: list[str] = []
    for run in RUN.findall(plain(text)):
        if run[0] < "\u3400" or len(run) == 1:
            found.append(run)
        else:
            found += [run[start : start + 2] for start in range(len(run) - 1)]
            found.append(run[-1])
    return list(dict.fromkeys(found))


def likeness(a: str | Collection[str], b: str | Collection[str]) -> float:
    """How alike two texts are, 0.0 to 1.0, by their grams; give texts or grams already cut. Symmetric.

    1.0 for an exact repeat, whatever its case, width, spaces and punctuation. The mean of Jaccard's measure and
    containment, so that a repeat with a new beginning or addition stays high; containment counts less for short texts.
    """
    one, other = (frozenset(grams(text) if isinstance(text, str) else text) for text in (a, b))
    if not one or not other:
        return 0.0
    shared = len(one & other)
    jaccard = shared / len(one | other)
    shorter = min(len(one), len(other))
    weight = 0.5 * min(1.0, shorter / _FULL_WEIGHT)
    return (1 - weight) * jaccard + weight * shared / shorter


def closeness(a: Collection[str], b: Collection[str], counts: Mapping[str, int], *, total: int) -> float:
    """How close two matters are, 0.0 to 1.0, told in different words: by grams and signs, the rare ones weighing most.

    Give grams, how many texts of the collection hold each of them (those of one side are enough) and how many texts there
    are. The cosine of the weighted sets, so 1.0 for the same words; symmetric. 0.0 where no gram is longer than a sign.
    """
    one, other = (frozenset(gram for gram in grams if len(gram) > 1) for grams in (a, b))
    if not one or not other:
        return 0.0
    total = max(total, _AT_LEAST)
    rarest = _weight(0, total)
    signs, other_signs = _signs(a), _signs(b)

    def squares(grams: Set[str], how_many_signs: int) -> float:
        seen = (_weight(counts[gram], total) if gram in counts else _UNSEEN * rarest for gram in sorted(grams))
        return sum(weight * weight for weight in seen) + how_many_signs * (_SIGN * rarest) ** 2

    shared = squares(one & other, len(signs & other_signs))
    return shared / math.sqrt(squares(one, len(signs)) * squares(other, len(other_signs)))


def _weight(count: int, total: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _signs(grams: Collection[str]) -> frozenset[str]:
    return frozenset(sign for gram in grams for sign in gram if sign >= "\u3400") - _EVERYWHERE
