"""The route adviser: which statutory way a grievance has, by which last day, and what the enterprise itself must do.

Rules are data (routes.toml, one or more for each row of domain.md §2; facts.toml, what is asked). Pure: no models, no
database, nothing kept. 《信访工作条例》第三十一条.
"""

from huiyin.cases.routes.advice import CAUTION, LAPSED, LEGAL_HELP, MERITS, Advice, Advised, advise
from huiyin.cases.routes.counting import Last, full_day
from huiyin.cases.routes.facts import UNKNOWN, Given, is_asked, next_questions, read
from huiyin.cases.routes.reading import TO_BE_CONFIRMED, Fact, Limit, Route, questions, route, routes, rules

__all__ = [
    "CAUTION", "LAPSED", "LEGAL_HELP", "MERITS", "TO_BE_CONFIRMED", "UNKNOWN", "Advice", "Advised", "Fact", "Given",
    "Last", "Limit", "Route", "advise", "full_day", "is_asked", "next_questions", "questions", "read", "route",
    "routes", "rules",
]  # fmt: skip
