"""The operator's one address."""

from django.urls import path

from huiyin.ops.health import health

urlpatterns = [path("healthz", health, name="health")]
