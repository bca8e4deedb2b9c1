"""Random names for things: references, public ids and the employee's query code.

The query code has 26 random characters (130 bits) and 2 check characters, 7 groups of 4. The check characters make
it a Reed-Solomon code over GF(32): any one or two wrong characters are found, so every single typo and every swap of two
characters, neighbours or not; the place of a single wrong one is known.
"""

from __future__ import annotations

import secrets
import unicodedata

from huiyin.kernel.errors import Invalid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U
CODE_LENGTH = 28
REFERENCE_LENGTH = 10
GROUP = 4

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
# Signs that people, printers and chat programs put between the groups.
_BETWEEN = frozenset("-_.,:;|/\\·•‐‑‒–—―−﹣－、，。")


def _powers() -> tuple[int, ...]:
    """α^0 … α^30 in GF(32), α a root of x⁵ + x² + 1."""
    powers, value = [], 1
    for _ in range(31):
        powers.append(value)
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return tuple(powers)


_POWER = _powers()
_LOG = {value: exponent for exponent, value in enumerate(_POWER)}


def _times(a: int, b: int) -> int:
    return 0 if not a or not b else _POWER[(_LOG[a] + _LOG[b]) % 31]


def _syndromes(values: list[int]) -> tuple[int, int]:
    """Σ vᵢ and Σ αⁱ·vᵢ; both are 0 for a whole code."""
    plain = weighted = 0
    for place, value in enumerate(values):
        plain ^= value
        weighted ^= _times(_POWER[place], value)
    return plain, weighted


def _check_characters(body: str) -> str:
    """The two last characters x, y: Σ + x + y = 0 and Σα + α²⁶·x + α²⁷·y = 0."""
    plain, weighted = _syndromes([_VALUE[character] for character in body])
    a, b = _POWER[len(body)], _POWER[len(body) + 1]
    # y = Σ + x  →  x·(α²⁶ + α²⁷) = Σα + α²⁷·Σ
    inverse = _POWER[(31 - _LOG[a ^ b]) % 31]
    first = _times(weighted ^ _times(b, plain), inverse)
    return ALPHABET[first] + ALPHABET[plain ^ first]


def _random(length: int) -> str:
    return "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(length))


def new_reference() -> str:
    """10 random characters (50 bits) for addresses and letters. Not consecutive: it tells no number of cases."""
    return _random(REFERENCE_LENGTH)


def new_public_id() -> str:
    """128 random bits as 32 hexadecimal characters."""
    return secrets.token_hex(16)


def new_query_code() -> str:
    """A new query code, without separators. Shown once; only its keyed digest is stored."""
    body = _random(CODE_LENGTH - 2)
    return body + _check_characters(body)


def query_code_from(seed: bytes) -> str:
    """The query code that belongs to a secret seed of at least 26 bytes: the same seed, the same code."""
    body = "".join(ALPHABET[byte & 31] for byte in seed[: CODE_LENGTH - 2])
    return body + _check_characters(body)


def grouped(code: str) -> str:
    """`ABCD EFGH …`: groups of four, as printed and read out."""
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def _bare(text: str) -> str:
    """Full-width forms made plain, capitals, no separators, no invisible characters, O I L read as 0 1 1."""
    kept = (
        character
        for character in unicodedata.normalize("NFKC", "".join(text.split())[:400]).upper()
        if character not in _BETWEEN and not character.isspace() and unicodedata.category(character) not in {"Cf", "Cc"}
    )
    return "".join(kept).translate(_LOOKS_LIKE)


def normalise_reference(text: str) -> str:
    """A reference as somebody typed it, in its one form; '' when it can't be one (then nothing is found)."""
    bare = _bare(text)
    return bare if len(bare) == REFERENCE_LENGTH and all(character in _VALUE for character in bare) else ""


def normalise_code(text: str, *, field: str = "code") -> str:
    """The query code as it was made, from what somebody typed, pasted or scanned.

    Takes lower case, spaces, dashes, full-width forms, O for 0 and I or L for 1, and the whole address of the QR code
    (the code stands behind '#'). Raises Invalid with a sentence that says which group to look at.
    """
    bare = _bare(text.rpartition("#")[2] if "#" in text else text)
    if not bare:
        raise Invalid("query_code", "请输入回执上的查询码，共 28 位，每 4 位一组。", field=field)
    for place, character in enumerate(bare[:CODE_LENGTH]):
        if character not in _VALUE:
            raise Invalid(
                "query_code",
                "查询码第 %(group)d 组里的“%(character)s”不会出现在查询码中。"
                "查询码只有数字和大写字母，没有 I、L、O、U。请对照回执改正这一位。",
                field=field,
                group=place // GROUP + 1,
                character=character,
            )
    if len(bare) != CODE_LENGTH:
        raise Invalid(
            "query_code",
            "查询码一共 %(length)d 位，您输入了 %(count)d 位。请对照回执，检查有没有多输或漏输。",
            field=field,
            length=CODE_LENGTH,
            count=len(bare),
        )
    plain, weighted = _syndromes([_VALUE[character] for character in bare])
    if plain or weighted:
        place = (_LOG[weighted] - _LOG[plain]) % 31 if plain and weighted else CODE_LENGTH
        if place >= CODE_LENGTH:
            raise Invalid("query_code", "查询码里有输错或颠倒的字符。请逐组对照回执。", field=field)
        raise Invalid(
            "query_code",
            "查询码里有输错或颠倒的字符。请先看第 %(group)d 组，再逐组对照回执。",
            field=field,
            group=place // GROUP + 1,
        )
    return bare
