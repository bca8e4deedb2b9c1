"""How sealed papers and deliveries read in the record: what events set and commit to, and what `verify` compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from huiyin.kernel.actors import Actor
from huiyin.papers.models import Delivery, FormVersion, Paper, PaperForm
from huiyin.trail import events, projections
from huiyin.vault.keys import KeyDestroyed
from huiyin.vault.sealing import unseal
from huiyin.vault.suites import Altered

PLACE = "papers.Paper.sealed_fields"


def paper_entity(paper: Paper) -> str:
    return f"paper:{paper.pk}"


def paper_label(paper: Paper) -> str:
    return f"paper:{paper.pk}.fields"


def paper_columns(paper: Paper) -> dict[str, object]:
    return {
        "kind": paper.kind,
        "number": paper.number,
        "form_version": paper.form_version_id,
        "sealed_at": paper.sealed_at,
        "pdf": paper.pdf.sha256 if paper.pdf else None,
    }


def paper_text(paper: Paper) -> str:
    """The fields as JSON. KeyDestroyed when the subject was erased, Altered when the row isn't what was stored."""
    return unseal(paper.subject.key, bytes(paper.sealed_fields), place=PLACE)


def delivery_entity(delivery: Delivery) -> str:
    return f"delivery:{delivery.pk}"


def delivery_label(delivery: Delivery) -> str:
    return f"delivery:{delivery.pk}.words"


def delivery_columns(delivery: Delivery) -> dict[str, object]:
    return {
        "paper": delivery.paper_id,
        "way": str(delivery.way),
        "sent_at": delivery.sent_at,
        "received_on": delivery.received_on,
        "confirmed_at": delivery.confirmed_at,
        "return_paper": delivery.return_paper_id,
        "proof": delivery.proof.sha256 if delivery.proof else None,
    }


def delivery_text(delivery: Delivery) -> str:
    """Place, tracking number, refusal and witness, one a line."""
    return "\n".join((delivery.place, delivery.tracking_no, delivery.refusal, delivery.witness))


def form_columns(form: PaperForm) -> dict[str, object]:
    return {"kind": form.kind, "in_force": form.in_force.number if form.in_force else None}


def version_columns(version: FormVersion) -> dict[str, object]:
    return {"based_on": version.based_on, "saved_by": version.saved_by_id, "saved_at": version.saved_at}


def note_form(form: PaperForm, act: str, *, by: Actor, at: datetime, version: FormVersion | None = None) -> None:
    """Append to the form's record which version is in force and why, and a new version with its whole wording."""
    sets: dict[str, Mapping[str, object]] = {"form": form_columns(form)}
    texts: dict[str, str | None] = {"form.reason": form.reason}
    if version is not None:
        sets[f"version:{version.number}"] = version_columns(version)
        texts |= _version_texts(version)
    events.append(events.lock(form.subject_id), act, by=by, at=at, sets=sets, texts=texts)


def _version_texts(version: FormVersion) -> dict[str, str | None]:
    return {f"version:{version.number}.source": version.source, f"version:{version.number}.reason": version.reason}


def declare() -> None:
    """Tell trail; called when the application starts."""
    projections.declare("papers.papers", columns=_paper_columns, texts=_paper_texts)
    projections.declare("papers.deliveries", columns=_delivery_columns, texts=_delivery_texts)
    projections.declare("papers.forms", columns=_form_columns, texts=_form_texts)


def _paper_columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    for paper in _sealed(subject_ids):
        yield paper.subject_id, paper_entity(paper), paper_columns(paper)


def _paper_texts(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, str | None]]:
    for paper in _sealed(subject_ids):
        try:
            text: str | None = paper_text(paper)
        except KeyDestroyed:
            text = None
        except Altered:  # no text that an event committed to: `verify` names the paper
            text = ""
        yield paper.subject_id, paper_label(paper), text


def _delivery_columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    for delivery in _deliveries(subject_ids):
        yield delivery.paper.subject_id, delivery_entity(delivery), delivery_columns(delivery)


def _delivery_texts(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, str | None]]:
    for delivery in _deliveries(subject_ids):
        is_erased = delivery.paper.subject.key.destroyed_at is not None
        yield delivery.paper.subject_id, delivery_label(delivery), None if is_erased else delivery_text(delivery)


def _form_columns(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    for form in PaperForm.objects.filter(subject_id__in=subject_ids).select_related("in_force"):
        yield form.subject_id, "form", form_columns(form)
    for version in _versions(subject_ids):
        yield version.form.subject_id, f"version:{version.number}", version_columns(version)


def _form_texts(subject_ids: Sequence[int]) -> Iterator[tuple[int, str, str | None]]:
    for form in PaperForm.objects.filter(subject_id__in=subject_ids):
        yield form.subject_id, "form.reason", form.reason
    for version in _versions(subject_ids):
        for label, text in _version_texts(version).items():
            yield version.form.subject_id, label, text


def _versions(subject_ids: Sequence[int]) -> Iterator[FormVersion]:
    return FormVersion.objects.filter(form__subject_id__in=subject_ids).select_related("form").order_by("pk").iterator()


def _sealed(subject_ids: Sequence[int]) -> Iterator[Paper]:
    """Drafts are work in progress and stand in no event."""
    return (
        Paper.objects.filter(subject_id__in=subject_ids, sealed_at__isnull=False)
        .select_related("subject__key", "pdf")
        .order_by("pk")
        .iterator()
    )


def _deliveries(subject_ids: Sequence[int]) -> Iterator[Delivery]:
    return (
        Delivery.objects.filter(paper__subject_id__in=subject_ids)
        .select_related("paper__subject__key", "proof")
        .order_by("pk")
        .iterator()
    )
