"""What `verify` found, and how its parts collect it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from huiyin.trail.projections import Finding

MOST = 200  # findings kept with their place; the rest is counted


@dataclass
class Report:
    """The outcome of one verification. `counts` says how much was looked at, `findings` are in the order found."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    finding_count: int = 0

    @property
    def is_ok(self) -> bool:
        return not self.finding_count

    @property
    def first(self) -> Finding | None:
        return self.findings[0] if self.findings else None

    def add(self, kind: str, place: str, sentence: str) -> None:
        self.finding_count += 1
        if len(self.findings) < MOST:
            self.findings.append(Finding(kind, place, sentence))

    def as_dict(self) -> dict[str, object]:
        """For `huiyin verify --json`."""
        return {
            "ok": self.is_ok,
            "counts": dict(self.counts),
            "finding_count": self.finding_count,
            "findings": [{"kind": f.kind, "place": f.place, "sentence": f.sentence} for f in self.findings],
        }
