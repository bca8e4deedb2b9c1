"""What every page knows. No query, no session: an error page must come up when the database does not."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

TYPE_COOKIE = "type"
LARGE = "large"


def standing(request: HttpRequest | None) -> dict[str, Any]:
    """The enterprise, and whether this browser asked for large type."""
    return {
        "enterprise": settings.ENTERPRISE,
        "is_large_type": request is not None and request.COOKIES.get(TYPE_COOKIE) == LARGE,
        "here": request.path if request is not None else "/",
    }


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `standing` for every page."""
    return standing(request)
