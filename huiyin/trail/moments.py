"""What time it is. The only clock that domain code reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_told: ContextVar[datetime | None] = ContextVar("huiyin_server_time", default=None)


def server_now() -> datetime:
    """The server's time, aware, in UTC, to the microsecond."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def server_time(moment: datetime) -> Iterator[None]:
    """Within the block the server believes that it is `moment`. For the demo and tests alone.

    Holds for this thread (context) only. Raises ValueError for a moment without a time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("server_time needs a moment with a time zone")
    token = _told.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)
