"""The tables of oversight: what is asked of a unit, and what it answered. Cases never know of them."""

from huiyin.oversight.models.advice import Advice
from huiyin.oversight.models.asked import Asked, Reply, State, Tier
from huiyin.oversight.models.instruction import Instruction
from huiyin.oversight.models.supervision import Escalation, Supervision
from huiyin.oversight.models.urgent import Urgent, UrgentReport, UrgentTold

__all__ = [
    "Advice",
    "Asked",
    "Escalation",
    "Instruction",
    "Reply",
    "State",
    "Supervision",
    "Tier",
    "Urgent",
    "UrgentReport",
    "UrgentTold",
]
