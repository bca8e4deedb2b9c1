"""Who took part in a case before: they neither review it nor sit in its hearing (《信访工作条例》第二十八条, 第三十五条)."""

from __future__ import annotations

from huiyin.cases.models import Case, Decision, Extension, Mediation, Note, Review

HANDLED = (Note.Kind.CONTACT, Note.Kind.EVIDENCE, Note.Kind.QUESTION, Note.Kind.EXECUTION)


def took_part(case: Case, *, but: Review | None = None) -> set[int]:
    """Accounts of whoever handled, investigated, drafted, approved, decided an extension, or decided an earlier review;
    what was done in the review `but` itself doesn't count. Six statements."""
    found: set[int | None] = {case.handler_id}
    for row in Decision.objects.filter(case=case).values_list("drafted_by", "approved_by"):
        found.update(row)
    for row in Extension.objects.filter(case=case).values_list("asked_by", "decided_by"):
        found.update(row)
    found.update(Note.objects.filter(case=case, kind__in=HANDLED).values_list("written_by", flat=True))
    mediated = Mediation.objects.filter(case=case)
    found.update((mediated.exclude(review=but) if but else mediated).values_list("begun_by", flat=True))
    reviews = Review.objects.filter(case=case)
    reviews = reviews.exclude(pk=but.pk) if but else reviews
    for taken in reviews.values_list("taken_up_by", "refused_by", "decided_by"):
        found.update(taken)
    found.update(reviews.exclude(hearings=None).values_list("hearings__members", flat=True))
    return {account for account in found if account is not None}
