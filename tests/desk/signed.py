"""Somebody at the desk, signed on."""

from __future__ import annotations

from django.test import Client

from huiyin.org.models import User


def client(name: str) -> Client:
    """The browser of this account."""
    signed = Client()
    signed.force_login(User.objects.get(username=name))
    return signed
