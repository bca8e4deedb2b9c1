"""A mail server of the test's own, on a port of this machine, that can be stopped, started and told to refuse."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from huiyin.org.models import User
from huiyin.trail import events
from huiyin.trail.models import Subject

AT = datetime(2026, 8, 3, 2, 24, tzinfo=UTC)


class Mailbox:
    """The server and what it took. `refuses` are addresses it answers 550, `full` those it answers 452."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.taken: list[EmailMessage] = []
        self.refuses: set[str] = set()
        self.full: set[str] = set()
        self.hangs_up_on: set[str] = set()
        self._controller: Controller | None = None

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.hangs_up_on:
            assert server.transport is not None
            server.transport.close()
            return "421 bye"
        if address in self.refuses:
            return "550 no such mailbox"
        if address in self.full:
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        message["X-Taken-For"] = ",".join(envelope.rcpt_tos)
        self.taken.append(message)
        return "250 OK"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def receivers(self) -> list[str]:
        return [message["X-Taken-For"] for message in self.taken]


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the test's server talks much
    server = Mailbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 3
    settings.SITE_ADDRESS = "https://huiyin.example.com"
    server.start()
    yield server
    server.stop()


@pytest.fixture
def subject(db: None) -> Subject:
    return events.new_subject("case")


@pytest.fixture
def people(db: None) -> list[User]:
    """Five accounts with an address."""
    return [
        User.objects.create_user(f"2000{number}", None, name=f"某{number}", email=f"p{number}@example.com")
        for number in range(5)
    ]


def ids(people: list[User]) -> list[int]:
    return [user.pk for user in people]
