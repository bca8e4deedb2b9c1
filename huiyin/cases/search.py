"""The only reader for lists, boards and counts; and the text index they search.

Words are cut into grams in Python, the same on both engines, and every hit is checked against the words themselves, so
recall and counts are exact. Names and numbers of a case's parties are cut before indexing: no list finds people.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime

from huiyin.cases import access, together
from huiyin.cases.lists import topics
from huiyin.cases.models import Case, CoHandling, Dictation, Extension, Filing, Opening, Recusal, Stage
from huiyin.cases.models.case import ENDED, OPEN
from huiyin.clocks import policy
from huiyin.clocks.models import Clock
from huiyin.kernel import chinese, ids
from huiyin.kernel.actors import Actor, Held, Staff
from huiyin.org import structure
from huiyin.org.models import Post, Unit
from huiyin.org.permissions import ROLE_PERMISSIONS, Permission, Role

IS_SQLITE = "sqlite"
PROBES = 48  # grams of a text that are asked for when like texts are looked for
CANDIDATES = 100
READ_BACK_WITHIN = timedelta(days=3)  # a visit is read back at once, a call when the person is reached again


def put(case_id: int, text: str, names: Iterable[str]) -> None:
    """Index the words of a case, replacing earlier ones; one statement for a new case on either engine."""
    words = chinese.plain(without_names(text, names))
    tokens = chinese.grams(words)
    with connection.cursor() as cursor:
        if connection.vendor == IS_SQLITE:
            cursor.execute(
                "INSERT OR REPLACE INTO cases_search(rowid, grams, words) VALUES (%s, %s, %s)",
                [case_id, " ".join(tokens), words],
            )
        else:
            cursor.execute(
                "INSERT INTO cases_search(case_id, grams, words) VALUES (%s, %s, %s) "
                "ON CONFLICT (case_id) DO UPDATE SET grams = EXCLUDED.grams, words = EXCLUDED.words",
                [case_id, tokens, words],
            )


def drop(case_id: int) -> None:
    """Take a case out of the index: it was sealed or joined."""
    column = "rowid" if connection.vendor == IS_SQLITE else "case_id"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM cases_search WHERE {column} = %s", [case_id])  # noqa: S608 - one of two names


def without_names(text: str, names: Iterable[str], *, instead: str = " ") -> str:
    """The text with these names and numbers cut out, longest first; `instead` stands in their place."""
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        text = text.replace(name, instead)
    return text


def matching(text: str) -> Q:
    """Cases whose words contain the text; several words separated by spaces must all occur.

    Also number and reference; those of a joined case lead to the one it is handled in as well.
    """
    words = [word for word in chinese.plain(text).split() if word]
    if not words:
        return Q()
    found = Q(pk__in=RawSQL(*_statement(words)))  # noqa: S611 - words and tokens go in as parameters
    reference = ids.normalise_reference(text)
    if reference:
        found |= Q(reference=reference) | Q(filings__reference=reference)
    return found | Q(number=text.strip()) | Q(pk__in=together.above(text.strip(), reference or ""))


def _statement(words: Sequence[str]) -> tuple[str, list[Any]]:
    tokens = list(dict.fromkeys(token for word in words for token in _probe(word)))
    like = " AND ".join("words LIKE %s ESCAPE '!'" for _ in words)
    patterns: list[Any] = [f"%{_escaped(word)}%" for word in words]
    if connection.vendor == IS_SQLITE:
        if not tokens:
            return f"SELECT rowid FROM cases_search WHERE {like}", patterns  # noqa: S608 - placeholders only
        match = " AND ".join(f'"{token}"' for token in tokens)
        return f"SELECT rowid FROM cases_search WHERE cases_search MATCH %s AND {like}", [f"grams:({match})", *patterns]  # noqa: S608
    if not tokens:
        return f"SELECT case_id FROM cases_search WHERE {like}", patterns  # noqa: S608 - placeholders only
    return f"SELECT case_id FROM cases_search WHERE grams @> %s::text[] AND {like}", [tokens, *patterns]  # noqa: S608


def _probe(word: str) -> list[str]:
    """Grams that a text with this word surely has: pairs within its runs; a word's last sign alone may go on in the text."""
    found = []
    for run in chinese.RUN.findall(word):
        if run[0] >= "㐀":
            found += [run[start : start + 2] for start in range(len(run) - 1)]
    return found


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def alike(text: str, cases: QuerySet[Case], *, at_most: int) -> list[tuple[Case, float]]:
    """Cases of like matter among these, best first, with their closeness (0 to 1). Compares words, never people.

    Two statements: the likeliest cases with how rare each gram of the text is, then those of them that may be seen.
    """
    own = chinese.grams(text)
    tokens = [token for token in own if len(token) > 1]
    if not tokens:
        return []
    rows, counts, total = _likeliest(tokens[:: math.ceil(len(tokens) / PROBES)])
    scored = {pk: chinese.closeness(own, grams, counts, total=total) for pk, grams in rows}
    best = sorted((pk for pk in scored if scored[pk] >= chinese.CLOSE), key=lambda pk: (-scored[pk], -pk))
    visible = {case.pk: case for case in cases.select_related("unit", "office").filter(pk__in=best)}
    return [(visible[pk], scored[pk]) for pk in best if pk in visible][:at_most]


_LIKELIEST = """WITH hits AS MATERIALIZED (
    SELECT probe.gram, found.case_id FROM unnest(%s::text[]) AS probe(gram)
    CROSS JOIN LATERAL (SELECT case_id FROM cases_search WHERE grams @> ARRAY[probe.gram]) AS found
), size AS (SELECT count(*) AS total FROM cases_search), known AS (
    SELECT gram, count(*) AS cases, ln(1 + (total - count(*) + 0.5) / (count(*) + 0.5)) AS weight
    FROM hits CROSS JOIN size GROUP BY gram, total
), best AS (
    SELECT case_id FROM hits JOIN known USING (gram) GROUP BY case_id ORDER BY sum(weight) DESC, case_id DESC LIMIT %s
)
SELECT case_id, grams, NULL FROM best JOIN cases_search USING (case_id)
UNION ALL SELECT cases, NULL, gram FROM known UNION ALL SELECT total, NULL, '' FROM size"""


def _likeliest(probes: Sequence[str]) -> tuple[list[tuple[int, list[str]]], dict[str, int], int]:
    """The cases that share the rarest of these grams; in how many cases each gram stands; how many there are."""
    with connection.cursor() as cursor:
        if connection.vendor == IS_SQLITE:
            one = "UNION ALL SELECT count(*), NULL, %s FROM cases_search WHERE cases_search MATCH %s "
            match = " OR ".join(f'"{token}"' for token in probes)
            counted = [value for token in probes for value in (token, f'grams:("{token}")')]
            cursor.execute(
                "SELECT * FROM (SELECT rowid, grams, NULL FROM cases_search WHERE cases_search MATCH %s "  # noqa: S608
                f"ORDER BY rank LIMIT %s) {one * len(probes)} UNION ALL SELECT count(*), NULL, '' FROM cases_search_docsize",
                [f"grams:({match})", CANDIDATES, *counted],
            )
        else:
            cursor.execute(_LIKELIEST, [list(probes), CANDIDATES])
        found = cursor.fetchall()
    rows = [
        (first, grams.split(" ") if isinstance(grams, str) else grams) for first, grams, gram in found if gram is None
    ]
    counts = {gram: first for first, _grams, gram in found if gram and first}
    return rows, counts, next(first for first, _grams, gram in found if gram == "")


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. `due`: missed, week, month. `state`: open, ended, or a stage's code.

    `classification`: claim or suggestion; reports of wrongdoing are in no list but the inspector's.
    """

    text: str = ""
    state: str = ""
    unit: Unit | None = None
    topic: str = ""
    due: str = ""
    channel: str = ""
    classification: str = ""


def filtered(by: Actor, filters: Filters, today: date) -> QuerySet[Case]:
    """The viewer's cases that fit, in no order."""
    rows = access.visible_to(by)
    if filters.text.strip():
        rows = rows.filter(matching(filters.text))
    if filters.state == "open":
        rows = rows.filter(stage__in=OPEN)
    elif filters.state == "ended":
        rows = rows.filter(stage__in=ENDED)
    elif filters.state in Stage.values:
        rows = rows.filter(stage=filters.state)
    if filters.unit is not None:
        rows = rows.filter(unit__in=Unit.objects.filter(path__startswith=filters.unit.path))
    if filters.topic:
        below = [topic.code for topic in topics() if topic.code == filters.topic or topic.parent == filters.topic]
        rows = rows.filter(topic__in=below)
    if filters.classification:
        rows = rows.filter(classification=filters.classification)
    if filters.channel:
        rows = rows.filter(filings__channel=filters.channel)
    if filters.due == "missed":
        rows = rows.filter(next_due_on__lt=today)
    elif filters.due in DUE_WITHIN:
        rows = rows.filter(next_due_on__lte=today + timedelta(days=DUE_WITHIN[filters.due]))
    return rows.distinct() if filters.channel or filters.text else rows


DUE_WITHIN = {"week": 7, "month": 30}


def page(by: Actor, filters: Filters, *, today: date, number: int = 1, size: int = 20) -> Page[Any]:
    """One page of the viewer's cases, newest first (by next due date where `due` narrows), with the exact count.

    Two statements; a page beyond the last is the last.
    """
    order = ("next_due_on", "pk") if filters.due else ("-received_at", "-pk")
    rows = filtered(by, filters, today).select_related("unit", "office", "next_unit", "topic", "handler")
    # When it was entered: lists show both days where paper was entered later than it came.
    entered = Filing.objects.filter(case=OuterRef("pk")).order_by("pk").values("entered_at")[:1]
    rows = rows.annotate(entered_at=Subquery(entered)).order_by(*order)
    return Paginator(rows, size).get_page(number)


@dataclass(frozen=True)
class Item:
    """Something this person has to do: the case, the step's code, by when. `kind`: step, extension, opening, recusal,
    commitment."""

    case: Case
    step: str
    due_on: date
    kind: str = "step"
    row_id: int = 0


AFTERWARDS = ("follow_up", "call_back")  # owed beside the next step, also of a closed case
# Who may do what the watch-dog names for a role: the first to come does it.
STANDS_IN: dict[str, frozenset[str]] = {
    Role.LIAISON: frozenset({Role.LIAISON, Role.HANDLER, Role.UNIT_HEAD}),
    Role.UNIT_HEAD: frozenset({Role.UNIT_HEAD, Role.CHIEF}),
}


def my_work(by: Staff, *, today: date, at_most: int = 200) -> list[Item]:
    """What waits for this person, the next due first. One statement for each kind of line."""
    mine = Q(pk__in=[])
    for post in by.posts:
        mine |= _waits_for(post, by, today)
    codes = {code for post in by.posts for code in ROLE_PERMISSIONS[Role(post.role)]}
    unread = _to_read_back() if Permission.REGISTER in codes else Q(pk__in=[])
    rows = access.visible_to(by).filter(mine | unread).select_related("unit", "office", "next_unit", "topic")
    whose = {name: ExpressionWrapper(which, BooleanField()) for name, which in {"mine": mine, "unread": unread}.items()}
    items: list[Item] = []
    found: Iterable[Any] = rows.annotate(**whose).order_by("next_due_on", "pk")[:at_most]
    for case in found:
        if case.mine:
            items.append(Item(case, case.next_step, case.next_due_on or today))
        if case.unread:
            due_on = localtime(case.received_at).date() + READ_BACK_WITHIN
            items.append(Item(case, "read_back", due_on, "read_back"))
    if Permission.EXTEND in codes:
        waiting = Extension.objects.filter(is_approved=None, case__in=access.visible_to(by), case__stage__in=OPEN)
        for extension in waiting.select_related("case__unit", "case__office")[:at_most]:
            case = extension.case
            if access.may(by, Permission.EXTEND, case):
                items.append(Item(case, "decide_extension", case.next_due_on or today, "extension", extension.pk))
    if Permission.APPROVE_OPENING in codes:
        openings = Opening.objects.filter(is_granted=None, case__in=access.visible_to(by)).exclude(asked_by=by.user_id)
        for opening in openings.select_related("case__unit", "case__office")[:at_most]:
            due_on = localtime(opening.asked_at).date() + timedelta(days=2)
            items.append(Item(opening.case, "decide_opening", due_on, "opening", opening.pk))
    items += _owed_beside(by, codes, today, at_most)
    items += _helped_with(by, at_most)
    if codes & {Permission.APPROVE, Permission.APPROVE_OPENING}:
        heads = [post.unit_id for post in by.posts if post.role in {*structure.HEADS, Role.DEPUTY}]
        recusals = Recusal.objects.filter(is_granted=None, decides__in=heads, case__in=access.visible_to(by))
        for recusal in recusals.exclude(concerns=by.user_id).select_related("case__unit", "case__office")[:at_most]:
            due_on = localtime(recusal.asked_at).date() + timedelta(days=2)
            items.append(Item(recusal.case, "decide_recusal", due_on, "recusal", recusal.no))
    return sorted(items, key=lambda item: (item.due_on, item.case.pk))


def _helped_with(by: Staff, at_most: int) -> list[Item]:
    """What this person's units are asked to help with and have not answered (第二十四条)."""
    posts = [post for post in by.posts if Permission.CO_HANDLE in ROLE_PERMISSIONS[Role(post.role)]]
    if not posts:
        return []
    mine = Q(pk__in=[])
    for path in {path for post in posts for path in post.reach}:
        mine |= Q(unit__path__startswith=path)
    rows = CoHandling.objects.filter(mine, ended_at=None, case__in=access.visible_to(by))
    rows = rows.select_related("case__unit", "case__office", "case__topic").order_by("due_on", "pk")
    return [Item(row.case, "answer_co_handling", row.due_on) for row in rows[:at_most]]


def _owed_beside(by: Staff, codes: set[Permission], today: date, at_most: int) -> list[Item]:
    """What is owed beside the next step: progress promised by this person's roles (where no unit has the case yet, by
    the office), bad ratings to follow up, closed cases to call back. One statement."""
    roles = {post.role for post in by.posts}
    promised = [one.rule for one in policy.current().cadences if roles & set(one.by)]
    mine = Q(rule__in=promised)
    if Role.HANDLER in roles:
        handler = "subject__case__handler"
        mine &= Q(**{handler: None}) | Q(**{handler: by.user_id}) | Q(**{f"{handler}__in": _gone(today)})
    if Role.OFFICER in roles:
        mine |= Q(subject__case__unit=None)
    wanted = Q(mine, commitment__isnull=False, commitment__kept_at=None)
    if Permission.CLOSE in codes:
        wanted |= Q(rule__in=AFTERWARDS)
    elif not promised:
        return []
    rows = Clock.objects.filter(wanted, stopped_at=None, subject__case__in=access.visible_to(by))
    rows = rows.select_related("subject__case__unit", "subject__case__office", "subject__case__topic")
    rows = rows.annotate(row_id=Coalesce("commitment", "follow_ups", "call_backs")).order_by("due_on", "pk")
    return [_beside(row) for row in rows[:at_most]]


def _beside(clock: Clock) -> Item:
    row_id: int = clock.row_id  # type: ignore[attr-defined]
    case: Case = clock.subject.case
    if clock.rule in AFTERWARDS:
        return Item(case, clock.rule, clock.due_on, clock.rule, row_id)
    return Item(case, "keep_commitment", clock.due_on, "commitment", row_id)


def _to_read_back() -> Q:
    """Cases whose dictated record was not read back to who said it (第十九条); in the sealed lane nobody asks for it."""
    unread = Dictation.objects.filter(read_back_at=None).values("case")
    return Q(pk__in=unread, is_sealed=False, stage__in=OPEN | {Stage.JOINED})


def _waits_for(post: Held, by: Staff, today: date) -> Q:
    roles = [role for role in Role.values if post.role in STANDS_IN.get(role, frozenset({role}))]
    rows = Q(next_role__in=roles, next_unit=post.unit_id)
    if post.role == Role.LIAISON:
        below = Unit.objects.filter(path__startswith=post.unit_path)
        rows = Q(next_role=Role.LIAISON, next_unit__in=below)
    if post.role == Role.HANDLER:
        rows &= Q(handler=None) | Q(handler=by.user_id) | Q(handler__in=_gone(today))
    return rows


def _gone(today: date) -> QuerySet[Post, int]:
    """Handlers who no longer hold such a post anywhere: what was theirs waits for the others of the unit."""
    live = structure.held_on(today).filter(role=Role.HANDLER, user__is_active=True)
    once = Post.objects.filter(role=Role.HANDLER).exclude(user__in=live.values("user"))
    return once.values_list("user_id", flat=True)


def units_of(by: Staff) -> list[Unit]:
    """The units whose cases this person may filter by: those in reach of the posts, in the order of the tree."""
    rows = Q(pk__in=[])
    for post in by.posts:
        for path in post.reach:
            rows |= Q() if structure.is_whole_tree(path) else Q(path__startswith=path)
            if structure.is_whole_tree(path):
                return list(Unit.objects.order_by("path"))
    return list(Unit.objects.filter(rows).order_by("path"))
