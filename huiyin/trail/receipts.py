"""A receipt's proof: that one event stands in the tree whose head was signed. Anybody can keep it and check it later."""

from __future__ import annotations

from dataclasses import dataclass

from huiyin.trail import canonical, checkpoints, notes, tree
from huiyin.trail.models import Checkpoint, Event, Node

Document = dict[str, object]

VERSION = 1
_LONGEST_PATH = 2 * 64


@dataclass(frozen=True)
class Step:
    """One step of a check. `code` is stable, for faces to say it in their language; `sentence` is in English.

    Codes, in the order they are checked: form, key, event, pending, signature, inclusion, consistency.
    """

    code: str
    is_ok: bool
    sentence: str


@dataclass(frozen=True)
class _Claim:
    """A document whose shape is right."""

    leaf: bytes
    public_key: str
    event: int | None  # pending documents only
    index: int = 0
    size: int = 0
    path: tuple[bytes, ...] = ()
    note: str = ""


def proof_of(event: Event) -> Document:
    """What the receipt carries, JSON-able. No name, no reference, no text: the event's hash and its way to the root.

    `state` is 'pending' until a checkpoint covers the event (at most 60 minutes), then 'sealed'. The proof leads to
    the first checkpoint that covers it, so that it stays the same however often it is asked for.
    """
    pending: Document = {
        "v": VERSION,
        "state": "pending",
        "leaf": bytes(event.hash).hex(),
        "event": event.pk,
        "public_key": checkpoints.public_key_text(),
    }
    leaf = Node.objects.filter(event=event).first()
    if leaf is None:
        return pending
    sealed = Checkpoint.objects.filter(size__gt=leaf.index).order_by("size").first()
    if sealed is None:
        return pending
    path = tree.inclusion_proof(leaf.index, sealed.size, checkpoints.read)
    return {
        "v": VERSION,
        "state": "sealed",
        "leaf": bytes(event.hash).hex(),
        "index": leaf.index,
        "size": sealed.size,
        "path": [step.hex() for step in path],
        "checkpoint": sealed.note,
        "public_key": checkpoints.public_key_text(),
    }


def check(document: object) -> list[Step]:
    """Check a receipt's proof against the record as it is now. Takes anything; never raises for what it is given.

    Good when every step is. Raises checkpoints.KeyMissing when the server has lost its own key.
    """
    claim = _read(document)
    if claim is None:
        return [Step("form", False, "This is not a proof from a receipt, or it was damaged.")]
    steps = [Step("form", True, "The proof is complete."), _key(claim), _event(claim)]
    if claim.event is not None:
        steps.append(Step("pending", True, "The receipt is older than its seal: fetch it again for the whole proof."))
        return steps
    return [*steps, *_tree(claim)]


def is_good(steps: list[Step]) -> bool:
    return all(step.is_ok for step in steps)


def _key(claim: _Claim) -> Step:
    if claim.public_key == checkpoints.public_key_text():
        return Step("key", True, "The proof names this server's key.")
    return Step("key", False, "The proof names another key than this server's.")


def _event(claim: _Claim) -> Step:
    """The event with this hash exists, and its bytes still give this hash."""
    if claim.event is not None:
        event = Event.objects.filter(pk=claim.event).first()
    else:
        leaf = Node.objects.select_related("event").filter(level=0, index=claim.index).first()
        event = leaf.event if leaf else None
    if event is None:
        return Step("event", False, "The event of this receipt is no longer in the record.")
    if bytes(event.hash) != claim.leaf or canonical.event_hash(bytes(event.canonical)) != claim.leaf:
        return Step("event", False, f"Event {event.pk} is not what it was when the receipt was made.")
    return Step("event", True, "The event is in the record, unchanged.")


def _tree(claim: _Claim) -> list[Step]:
    note = notes.read(claim.note, checkpoints.public_key())
    if note is None or not note.is_signed or note.size != claim.size:
        return [Step("signature", False, "The checkpoint in the proof was not signed by this server.")]
    steps = [Step("signature", True, "The checkpoint in the proof was signed by this server.")]
    if tree.is_included(tree.leaf_hash(claim.leaf), claim.index, claim.size, claim.path, note.root):
        steps.append(Step("inclusion", True, f"The event is number {claim.index} of the {claim.size} sealed then."))
    else:
        steps.append(Step("inclusion", False, "The event is not among those that were sealed."))
    steps.append(_consistency(note))
    return steps


def _consistency(note: notes.Note) -> Step:
    size = checkpoints.size_now()
    if size < note.size:
        return Step(
            "consistency", False, f"The record had {note.size} events then and has {size} now: some were cut off."
        )
    try:
        path = tree.consistency_proof(note.size, size, checkpoints.read)
        root, root_then = tree.root_at(size, checkpoints.read), tree.root_at(note.size, checkpoints.read)
    except tree.Missing as missing:
        return Step("consistency", False, f"The tree has a hole: {missing}.")
    # The proof leaves out what lies below the nodes it names; the root of then is made of other ones.
    if root_then == note.root and tree.is_consistent(note.size, size, note.root, root, path):
        return Step("consistency", True, f"All {note.size} events of then are unchanged in today's record of {size}.")
    return Step("consistency", False, "The record of today does not begin with the one that was sealed then.")


def _read(document: object) -> _Claim | None:
    if not isinstance(document, dict) or document.get("v") != VERSION:
        return None
    leaf, key = _bytes(document.get("leaf")), document.get("public_key")
    if leaf is None or not isinstance(key, str):
        return None
    if document.get("state") == "pending":
        event = _number(document.get("event"))
        return None if event is None else _Claim(leaf, key, event)
    index, size = _number(document.get("index")), _number(document.get("size"))
    steps, note = document.get("path"), document.get("checkpoint")
    if index is None or size is None or not isinstance(steps, list) or not isinstance(note, str):
        return None
    path = [step for step in map(_bytes, steps[:_LONGEST_PATH]) if step is not None]
    if document.get("state") != "sealed" or len(path) != len(steps):
        return None
    return _Claim(leaf, key, None, index, size, tuple(path), note)


def _bytes(value: object) -> bytes | None:
    if not isinstance(value, str) or len(value) != 64:
        return None
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < 2**63 else None
