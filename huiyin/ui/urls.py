"""What both faces share: the large-type switch and resumable uploads. Mounted at `ui/`."""

from django.urls import path

from huiyin.ui import pages, uploading

urlpatterns = [
    path("type/", pages.switch_type, name="type_size"),
    path("uploads/", uploading.begin, name="upload_begin"),
    path("uploads/<str:token>/", uploading.one, name="upload_one"),
]
