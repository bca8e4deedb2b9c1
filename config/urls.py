"""Faces and where they live. Each face keeps its own list; the permission table in tests covers every line."""

from django.urls import include, path

from huiyin.ops.health import health

urlpatterns = [
    path("healthz", health, name="health"),
    path("desk/", include("huiyin.desk.urls")),
    path("api/v1/", include("huiyin.api.urls")),
    path("", include("huiyin.portal.urls")),
]
