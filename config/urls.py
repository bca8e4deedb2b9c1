"""Faces and where they live. Each face keeps its own list; the permission table in tests covers every line."""

from django.urls import include, path

urlpatterns = [
    path("ui/", include("huiyin.ui.urls")),
    path("", include("huiyin.ops.urls")),
    path("desk/", include("huiyin.desk.urls")),
    path("api/v1/", include("huiyin.api.urls")),
    path("", include("huiyin.portal.urls")),
]

handler400 = "huiyin.ui.refusals.bad_request"
handler403 = "huiyin.ui.refusals.not_allowed"
handler404 = "huiyin.ui.refusals.not_found"
handler500 = "huiyin.ui.refusals.failed"
