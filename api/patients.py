"""Patients and their guardians: their records, erasing them, merging duplicates."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from api.base import Page, PagingQuery, Routes, view
from api.call import Call
from api.filters import Active, Search
from api.history import Before, HistoryView, Limit, history
from application.patients import (
    ChangePatient,
    DeactivatePatient,
    ErasePatient,
    MergePatient,
    PatientErased,
    ReactivatePatient,
    RegisterPatient,
    ReverseMerge,
)
from application.values import Saved
from domain.base import Missing
from domain.notices import preferences_id
from projections import patients

routes = Routes("Patients")

PatientView = view(patients.PatientRow, "Patient", credit_balance=Decimal, total_outstanding_dues=Decimal)
ListedPatientView = view(
    patients.PatientRow,
    "ListedPatient",
    without=("address", "medical_notes"),
    credit_balance=Decimal,
    total_outstanding_dues=Decimal,
)


@routes.get("/patients", may="patients:read", answers=Page[ListedPatientView])  # type: ignore[valid-type]
async def list_patients(
    call: Call,
    paging: PagingQuery,
    search: Search = None,
    active: Active = None,
    owing: Annotated[bool | None, Query(description="Only patients with open charges, or only others")] = None,
    merged: Annotated[
        bool, Query(description="Only duplicates that were merged into another record; lists leave them out otherwise")
    ] = False,
) -> Response:
    """List patients

    `search` looks in the patient's name, the guardian's name and phone. Therapists see whom they treat."""
    async with call.reading() as db:
        found = await patients.page(
            db, paging, search=search, active=active, owing=owing, merged=merged, only_therapist=call.own
        )
    return call.json(found)


@routes.post("/patients", RegisterPatient, answers=Saved, status=201)
async def create_patient(call: Call, command: RegisterPatient) -> Response:
    """Register a patient

    `creditBalance` is credit brought over from before; it takes the right to record money."""
    return await call.execute(command)


@routes.get("/patients/{patient_id}", may="patients:read", answers=PatientView)
async def get_patient(call: Call, patient_id: UUID) -> Response:
    """A patient

    `medicalNotes` is null for whoever may not read clinical text."""
    async with call.reading() as db:
        patient = await patients.get(db, patient_id, only_therapist=call.own)
    if patient is None:
        raise Missing
    if not call.may("medical-notes:read"):
        patient["medical_notes"] = None
    await call.shows("patient", [patient], "medical_notes")
    return call.json(patient)  # never 304: what is owed moves without the record's version


@routes.put("/patients/{patient_id}", ChangePatient, answers=Saved)
async def change_patient(call: Call, command: ChangePatient) -> Response:
    """Correct a patient's record

    What is missing stays as it is. An empty or null e-mail, address or note is taken away."""
    return await call.execute(command)


@routes.post("/patients/{patient_id}/deactivate", DeactivatePatient, answers=Saved)
async def deactivate_patient(call: Call, command: DeactivatePatient) -> Response:
    """Take a patient off the active list

    Nothing is deleted: sessions stay, dues stay due."""
    return await call.execute(command)


@routes.post("/patients/{patient_id}/reactivate", ReactivatePatient, answers=Saved)
async def reactivate_patient(call: Call, command: ReactivatePatient) -> Response:
    """Put a patient back on the active list"""
    return await call.execute(command)


@routes.post("/patients/{patient_id}/erase", ErasePatient, answers=PatientErased)
async def erase_patient(call: Call, command: ErasePatient) -> Response:
    """Erase a patient

    Destroys the key that opens what is personal of them, everywhere and for good: names, addresses, notes, reports, and
    the words of messages. Amounts, dates and the reasons of accounting entries stay, as the law wants them kept.
    Refused (`SESSIONS_AHEAD`) while there are sessions to come. Cannot be undone. `receiptNumber` is the
    certificate's."""
    return await call.execute(command)


@routes.post("/patients/{patient_id}/merge", MergePatient, answers=Saved)
async def merge_patient(call: Call, command: MergePatient) -> Response:
    """Merge a duplicate into another record

    The duplicate becomes an alias of `into`: lists leave it out, nothing new is booked for it, and whoever asks for the
    other's sessions, money, messages or reports is shown both's. Each keeps its own ledger, and nothing is moved.
    Refused (`MERGE_REFUSED`, with the pairs) where both have sessions at the same time."""
    return await call.execute(command)


@routes.post("/patients/{patient_id}/merge/reverse", ReverseMerge, answers=Saved)
async def reverse_patient_merge(call: Call, command: ReverseMerge) -> Response:
    """Reverse a merge

    Both records stand as if they had never been merged."""
    return await call.execute(command)


@routes.get("/patients/{patient_id}/history", may="history:read", answers=HistoryView)
async def patient_history(call: Call, patient_id: UUID, before: Before = None, limit: Limit = 50) -> Response:
    """What happened to a patient's record

    Who changed what, and when, also by which channels the family is written to. Medical notes are redacted for whoever
    may not read them."""
    async with call.reading() as db:
        if await patients.get(db, patient_id) is None:
            raise Missing
    return await history(call, [patient_id, preferences_id(patient_id)], before, limit)
