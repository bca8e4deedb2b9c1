"""Signing on with work number and password."""

from __future__ import annotations

from django.http import HttpRequest

from huiyin.org.models import User


class Accounts:
    """Authentication backend: argon2, the same answer and the same work for whatever is wrong."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        if not username or password is None:
            return None
        user = User.objects.filter(username=username).first()
        is_right = (user or User(password="")).check_password(password)
        return user if user is not None and is_right and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The account of a session; None once it is disabled, which ends the session. One statement."""
        return User.objects.filter(pk=user_id, is_active=True).first()
