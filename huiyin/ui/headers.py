"""Security headers for every answer: a strict Content-Security-Policy and its companions.

No inline script, no inline style, nothing from elsewhere. Two exceptions, each asked for by the view:
`shows_own_papers` for a page with a preview in a frame, `may_be_framed` for the paper inside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
}
FRAMED_POLICY = {"base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'self'"}
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"
MARK = "huiyin_frames"
Answer = TypeVar("Answer", bound=HttpResponseBase)


def shows_own_papers(response: Answer) -> Answer:
    """Let this page hold a frame with a paper of this server."""
    setattr(response, MARK, "holds")
    return response


def may_be_framed(response: Answer) -> Answer:
    """Let this paper (a PDF, never a page with acts) be shown in a frame of this server's own pages."""
    setattr(response, MARK, "held")
    return response


def policy_text(frames: str = "") -> str:
    """The header's value; `frames` is '', 'holds' (the page may hold own frames) or 'held' (may be in one)."""
    if frames == "held":  # a PDF viewer styles itself: default-src would leave the page white
        policy = FRAMED_POLICY
    elif frames == "holds":
        policy = POLICY | {"frame-src": "'self'"}
    else:
        policy = POLICY
    return "; ".join(f"{name} {value}" for name, value in policy.items())


class SecurityHeaders:
    """Middleware. Keeps the policy and the caching a view has set itself; other answers are never stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        frames = getattr(response, MARK, "")
        # A file to be saved brings a stricter policy of its own (papers.files.download_headers).
        response.headers.setdefault("Content-Security-Policy", policy_text(frames))
        response["X-Frame-Options"] = "SAMEORIGIN" if frames == "held" else "DENY"
        response["Permissions-Policy"] = PERMISSIONS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        # A shared phone or kiosk must not show a page again after signing out.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
