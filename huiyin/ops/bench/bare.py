"""The bare views: signed in where ours are, the same base template, one indexed query or one durable insert, no more.

They are addresses of the bench's own server alone: no installation has them.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.urls import include, path
from django.views.decorators.http import require_GET, require_POST

from huiyin.cases.models import Case
from huiyin.trail.moments import server_now

handler400 = "huiyin.ui.refusals.bad_request"
handler403 = "huiyin.ui.refusals.not_allowed"
handler404 = "huiyin.ui.refusals.not_found"
handler500 = "huiyin.ui.refusals.failed"


@require_GET
def rows(request: HttpRequest, count: int) -> HttpResponse:
    """So many rows of one indexed query, in the base template of the desk."""
    if not request.user.is_authenticated:
        return HttpResponseForbidden()
    found = Case.objects.filter(is_sealed=False).order_by("-received_at", "-pk")[:count]
    return render(request, "ops/bare_rows.html", {"rows": found, "frame": {"who": request.user.name}})


@require_GET
def one(request: HttpRequest, reference: str) -> HttpResponse:
    """One row by its unique column, in the base template of the desk."""
    if not request.user.is_authenticated:
        return HttpResponseForbidden()
    found = [Case.objects.get(reference=reference)]
    return render(request, "ops/bare_rows.html", {"rows": found, "frame": {"who": request.user.name}})


@require_POST
def insert(request: HttpRequest) -> HttpResponse:
    """One durable insert of what was sent, in the base template of the portal."""
    text, now = request.POST["text"], server_now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_row(written_at, text) VALUES (%s, %s)", [now.isoformat(), text])
    return render(request, "ops/bare_receipt.html", {"text": text, "at": now}, status=201)


urlpatterns = [
    path("bare/rows/<int:count>/", rows),
    path("bare/one/<str:reference>/", one),
    path("bare/insert/", insert),
    path("", include("config.urls")),
]
