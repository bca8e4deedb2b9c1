"""Signed tree heads as text: C2SP tlog-checkpoint in a C2SP signed note, with Ed25519. Pure: no database.

    origin
    size, decimal
    root, base64
    (empty line)
    — origin base64(first 4 bytes of the key's hash, signature)

Other programs that read transparency logs can check these notes; docs/decisions/0004 has the sources.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"  # the signature type of a signed note
_SHAPE = re.compile(
    r"(?P<signed>(?P<origin>[^\s+]{1,100})\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n)"
    r"\n— (?P<signer>[^\s+]{1,100}) (?P<signature>[A-Za-z0-9+/]{91}=)\n"
)


@dataclass(frozen=True)
class Note:
    """A read note. `is_signed` says whether the key it was read with made the signature."""

    origin: str
    size: int
    root: bytes
    is_signed: bool


@dataclass(frozen=True)
class PublicKey:
    """The key that checks notes. The log's name (origin) is made of the key, so that one can't be had without the other."""

    raw: bytes

    @property
    def origin(self) -> str:
        return f"huiyin/{sha256(self.raw).hexdigest()[:16]}"

    @property
    def hash(self) -> bytes:
        return sha256(self.origin.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def text(self) -> str:
        """The key as one line (C2SP vkey): `name+hash+base64`. What a witness keeps."""
        return f"{self.origin}+{self.hash.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"


def public_key(private: Ed25519PrivateKey) -> PublicKey:
    return PublicKey(private.public_key().public_bytes_raw())


def signed(private: Ed25519PrivateKey, size: int, root: bytes) -> str:
    """The whole note for a tree of `size` leaves."""
    key = public_key(private)
    body = f"{key.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    signature = base64.b64encode(key.hash + private.sign(body.encode())).decode()
    return f"{body}\n— {key.origin} {signature}\n"


def read(text: str, key: PublicKey) -> Note | None:
    """What a note says and whether `key` signed it; None for a text that is no such note. Never raises."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    root, signature = base64.b64decode(shape["root"]), base64.b64decode(shape["signature"])
    if any(base64.b64encode(raw).decode() != shape[name] for name, raw in (("root", root), ("signature", signature))):
        return None  # spare bits are set: one note has one spelling
    is_signed = shape["origin"] == shape["signer"] == key.origin and signature[:4] == key.hash
    if is_signed:
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(signature[4:], shape["signed"].encode())
        except InvalidSignature:
            is_signed = False
    return Note(shape["origin"], int(shape["size"]), root, is_signed)
