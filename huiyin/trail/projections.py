"""What `verify` compares with the record: each package says how its rows read.

A package declares in its AppConfig.ready(). Values follow `canonical.plain`; dates and moments may be given as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

# Each reader gets ids of subjects, at most a few thousand at a time, and answers for these alone.
Columns = Callable[[Sequence[int]], Iterable[tuple[int, str, Mapping[str, object]]]]
Texts = Callable[[Sequence[int]], Iterable[tuple[int, str, str | None]]]
Checks = Callable[[Sequence[int]], Iterable["Finding"]]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the record says: what kind of check, where, and a sentence in English."""

    kind: str
    place: str
    sentence: str


@dataclass(frozen=True)
class Projection:
    name: str
    columns: Columns | None
    texts: Texts | None
    checks: Checks | None


_declared: dict[str, Projection] = {}


def declare(
    name: str, *, columns: Columns | None = None, texts: Texts | None = None, checks: Checks | None = None
) -> None:
    """Say how a package's rows read.

    `columns` gives (subject id, entity, {column: value}) for every row; a column that no event set yet must be
    empty (None, False, 0 or ''). `texts` gives (subject id, label, text), None where the text is erased
    (its key destroyed as well), which an event must have told by `texts={label: None}`.
    `checks` gives findings of its own, for what lies outside the tables (files). A name declared again replaces
    the earlier one, so that starting twice does no harm.
    """
    _declared[name] = Projection(name, columns, texts, checks)


def declared() -> list[Projection]:
    return [_declared[name] for name in sorted(_declared)]
