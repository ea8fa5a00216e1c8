"""Certificates of erasure, as data and on paper."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from api.base import Routes
from api.call import Call
from api.letterhead import letterhead, long_date
from application.base import Model
from application.ports import Access
from domain.base import Missing
from domain.patients import ErasureBasis
from projections import staff, tenancy

routes = Routes("Patients")

FORM = "erasure"
BASES = {
    ErasureBasis.REQUESTED: "the family asked for it",
    ErasureBasis.CONSENT_WITHDRAWN: "consent was withdrawn",
    ErasureBasis.RETENTION_ENDED: "the time for which the record had to be kept is over",
    ErasureBasis.ORDERED: "a court or an authority ordered it",
}
COLUMNS = [{"label": "Kind of entry", "wide": True}, {"label": "Entries", "align": "right"}]


class CountedView(Model):
    """How many events of a type."""

    type: str
    events: int


class CertificateView(Model):
    """That a patient was erased. ``destroyed`` counts the events in which something was sealed with the patient's key,
    which is gone: names, addresses, notes, reports, messages. ``kept`` are events about the patient in which nothing
    was. The book tells of it at ``position``: ``chainBefore`` is the hash of the event before it, ``chainAfter`` its
    own. ``erasedBy`` is null for what no person did. ``first…``: it was carried out before, and again after a backup
    was restored. Signed (Ed25519) with the key of checkpoints, over its other fields."""

    format: str
    number: str | None
    tenant_id: UUID
    patient_id: UUID
    erased_at: datetime
    erased_by: UUID | None
    basis: ErasureBasis | None
    first_erased_at: datetime | None
    first_number: str | None
    destroyed: list[CountedView]
    destroyed_events: int
    kept: list[CountedView]
    kept_events: int
    position: int
    chain_before: str
    chain_after: str
    key_id: str
    public_key: str
    signature: str


@routes.get(
    "/patients/{erased_id}/erasure-certificate", may="erasures:read", answers=CertificateView, refuses=(409,)
)  # fmt: skip
async def get_erasure_certificate(call: Call, erased_id: UUID) -> Response:
    """The certificate of a patient's erasure

    What was destroyed, when, by whom and why, with the hash chain before and after, signed. 404 for a patient who was
    not erased. `docs/privacy.md` says how the signature is checked."""
    return call.json(await _certificate(call, erased_id))


@routes.get(
    "/patients/{erased_id}/erasure-certificate/export", may="erasures:read", answers="application/pdf",
    refuses=(409,),
)  # fmt: skip
async def export_erasure_certificate(call: Call, erased_id: UUID) -> Response:
    """The certificate of a patient's erasure as a PDF

    On the centre's letterhead, for whoever asked for the erasure."""
    certificate = await _certificate(call, erased_id)
    async with call.reading() as db:
        centre = await tenancy.get(db, call.context.tenant_id)
        by = certificate["erasedBy"] and await staff.get(db, UUID(certificate["erasedBy"]))
    if centre is None:
        raise Missing
    await call.seen(Access.EXPORT, "erasure-certificate", erased_id)
    name = f"{(certificate['number'] or 'erasure').replace('/', '-').lower()}.pdf"
    return await call.document(FORM, document(certificate, centre, by), name)


async def _certificate(call: Call, patient_id: UUID) -> dict[str, Any]:
    async with call.reading():  # checks that the login still holds
        pass
    found = await call.services.certificates.of(call.context.tenant_id, patient_id)
    if found is None:
        raise Missing
    return found


def document(certificate: dict[str, Any], centre: dict[str, Any], by: dict[str, Any] | None) -> dict[str, Any]:
    """What ``adapters/documents/erasure.typ`` is given."""
    zone = ZoneInfo(centre["timezone"])
    at = datetime.fromisoformat(certificate["erasedAt"]).astimezone(zone)
    name = " ".join(filter(None, (by["first_name"], by["last_name"]))) if by else ""
    said = [
        "The data about this person that was sealed with a key of their own cannot be read any more, by anybody: the"
        " key was destroyed in the same act in which the centre's book recorded it. That holds for every copy of the"
        " book. What was shown to the centre's staff was removed with it.",
        "Copies of the database that were made before hold the old key until they are deleted; if one of them is ever"
        " restored, the erasure is carried out again before anybody can sign in.",
    ]
    if certificate["firstErasedAt"]:
        first = datetime.fromisoformat(certificate["firstErasedAt"]).astimezone(zone)
        said.append(
            f"It was carried out first on {long_date(first.date())} (number {certificate['firstNumber']}), and again"
            " after a backup from before that day was restored."
        )
    return {
        "centre": letterhead(centre),
        "title": "Certificate of erasure",
        "subtitle": certificate["number"],
        "issued": long_date(at.date()),
        "reference": certificate["number"],
        "facts": [
            ["Patient's id", certificate["patientId"]],
            ["Erased on", f"{long_date(at.date())}, {at:%H:%M} ({centre['timezone']})"],
            ["Carried out by", name or certificate["erasedBy"] or "the system"],
            ["Because", BASES[ErasureBasis(certificate["basis"])] if certificate["basis"] else None],
        ],
        "said": said,
        "keeps": "Amounts, dates and the reasons of entries in the accounts, which the law wants kept. They name the"
        " person by the id above, and nobody can say any more whose that is.",
        "destroyed": _table(certificate["destroyed"]),
        "kept": _table(certificate["kept"]),
        "chain": [
            ["Entry of the book", f"{certificate['position']:,}"],
            ["Hash of the book before it", certificate["chainBefore"]],
            ["Hash of the book with it", certificate["chainAfter"]],
        ],
        "signed": [["Ed25519 key", certificate["publicKey"]], ["Signature", certificate["signature"]]],
    }


def _table(counted: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [[_in_words(each["type"]), f"{each['events']:,}"] for each in counted]
    return {"columns": COLUMNS, "rows": rows or [["none", "0"]]}


def _in_words(type_: str) -> str:
    """For a family to read: ``patients.PatientRegistered`` is "Patient registered (patients)"."""
    feature, _, kind = type_.partition(".")
    return f"{re.sub('(?<=[a-z])(?=[A-Z])', ' ', kind).capitalize()} ({feature})"
