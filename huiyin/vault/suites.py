"""Cipher suites by number, and the envelope every sealed value travels in.

Envelope: version (1 byte) | suite (1) | key id (8, big-endian) | nonce (12) | ciphertext and tag (16). Suite and key
stand in each record, so that another suite can come beside this one and old records stay readable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huiyin.kernel.errors import DomainError

VERSION = 1
HEADER_SIZE = 10
NONCE_SIZE = 12
TAG_SIZE = 16
SECRET_SIZE = 32


class Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


@dataclass(frozen=True)
class Suite:
    """One choice of algorithms. `cipher` makes an authenticated cipher from a 32-byte key."""

    number: int
    name: str
    cipher: Callable[[bytes], Cipher]


AES_256_GCM = Suite(1, "AES-256-GCM, SHA-256", AESGCM)
SUITES = {AES_256_GCM.number: AES_256_GCM}
CURRENT = AES_256_GCM


class Altered(DomainError):
    """Sealed content is not what was sealed here: changed, cut, moved to another place, or under another key.

    `reason` is for the operator and for verify; the sentence is for the person in front of the page.
    """

    status = 409

    def __init__(self, reason: str) -> None:
        super().__init__(
            "sealed_content_altered",
            "这段封存的内容与封存时不一致，无法打开。请把编号告诉审计管理员，由其核验记录（huiyin verify）。",
        )
        self.reason = reason
        self.args = (reason,)


def suite_of(number: int) -> Suite:
    try:
        return SUITES[number]
    except KeyError:
        raise Altered(f"unknown cipher suite {number}; this version knows {sorted(SUITES)}") from None


def header(suite: Suite, key_id: int) -> bytes:
    return bytes((VERSION, suite.number)) + key_id.to_bytes(8, "big")


def read_header(blob: bytes, key_id: int) -> Suite:
    """The suite of an envelope that belongs to this key; Altered otherwise."""
    if len(blob) < HEADER_SIZE or blob[0] != VERSION:
        raise Altered("not an envelope of version 1")
    named = int.from_bytes(blob[2:HEADER_SIZE], "big")
    if named != key_id:
        raise Altered(f"sealed with key {named}, opened with key {key_id}")
    return suite_of(blob[1])
