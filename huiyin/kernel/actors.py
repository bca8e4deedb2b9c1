"""Who acts. Every act takes `by`, one of these; trail writes `record()` into the event.

No personal name is ever part of a record: staff by account id, role and unit; employees as 'employee' alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Held:
    """A post held now: role code (org.permissions.Role), unit and its path (`/1/7/`).

    `reach` are the unit paths this post answers for: its own unit's, or those of a deputy's area.
    """

    post_id: int
    role: str
    unit_id: int
    unit_path: str
    reach: tuple[str, ...]


@dataclass(frozen=True)
class Staff:
    """Somebody at work with the posts held at this moment; built by `org.staff.staff_of`."""

    user_id: int
    name: str
    posts: tuple[Held, ...] = ()

    def record(self) -> dict[str, str | int]:
        first = self.posts[0] if self.posts else None
        return {
            "kind": "staff",
            "user": self.user_id,
            "role": first.role if first else "",
            "unit": first.unit_id if first else 0,
        }


@dataclass(frozen=True)
class Employee:
    """The person who files: by account (`user_id`), by query code (`filing_id`), or neither (filing anonymously)."""

    user_id: int | None = None
    filing_id: int | None = None

    def record(self) -> dict[str, str | int]:
        return {"kind": "employee"}


@dataclass(frozen=True)
class System:
    """The program itself: `System("tick")`, `System("import")`."""

    name: str

    def record(self) -> dict[str, str | int]:
        return {"kind": "system", "name": self.name}


Actor = Staff | Employee | System
