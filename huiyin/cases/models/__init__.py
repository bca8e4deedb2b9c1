"""The tables of a case. `Case.stage` is written by `cases.lifecycle` alone."""

from huiyin.cases.models.accused import Accused, Retaliation
from huiyin.cases.models.arrival import Arrival, Dictation, FromAbove, Instruction, Ticket
from huiyin.cases.models.assignment import Assignment, Extension, Note
from huiyin.cases.models.case import Case, Demand, Stage, Topic
from huiyin.cases.models.commitment import Aid, Commitment, Quiet
from huiyin.cases.models.decision import Copy, Decision, DecisionItem, Rating
from huiyin.cases.models.dispatch import CoHandling, Dispatch, Objection, OrderReport
from huiyin.cases.models.filing import Filing
from huiyin.cases.models.follow_up import CallBack, FollowUp
from huiyin.cases.models.interview import Interview
from huiyin.cases.models.party import Opening, Party
from huiyin.cases.models.recusal import Recusal
from huiyin.cases.models.review import Hearing, Mediation, Review, ReviewItem, ReviewRequest
from huiyin.cases.models.routes import RouteAdvice

__all__ = [
    "Accused",
    "Aid",
    "Arrival",
    "Assignment",
    "CallBack",
    "Case",
    "CoHandling",
    "Commitment",
    "Copy",
    "Decision",
    "DecisionItem",
    "Demand",
    "Dictation",
    "Dispatch",
    "Extension",
    "Filing",
    "FollowUp",
    "FromAbove",
    "Hearing",
    "Instruction",
    "Interview",
    "Mediation",
    "Note",
    "Objection",
    "Opening",
    "OrderReport",
    "Party",
    "Quiet",
    "Rating",
    "Recusal",
    "Retaliation",
    "Review",
    "ReviewItem",
    "ReviewRequest",
    "RouteAdvice",
    "Stage",
    "Ticket",
    "Topic",
]
