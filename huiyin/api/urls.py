"""The programs' face. One list; the permission table in tests covers every line of it."""

from django.urls import path
from ninja import NinjaAPI

api = NinjaAPI(
    title="Huiyin",
    version="1",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,  # a page of documentation would load scripts from elsewhere
)

urlpatterns = [path("", api.urls)]
