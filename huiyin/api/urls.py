"""The programs' face. One list; the permission table in tests covers every line of it."""

from django.urls import path, re_path
from ninja import NinjaAPI

from huiyin.api import cases, filings, problems, routes, uploads

api = NinjaAPI(
    title="Huiyin",
    version="1",
    description="Grievance cases for programs. Refusals are application/problem+json.",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,  # a page of documentation would load scripts from elsewhere
)
problems.catch(api)
api.add_router("/filings", filings.router)
api.add_router("/routes", routes.router)
api.add_router("/uploads", uploads.router)
api.add_router("/cases", cases.router)

urlpatterns = [
    path("", api.urls),
    re_path(r"^(?P<unknown>.*)$", problems.not_found, name="api_not_found"),
]
