"""What the names of parameters and fields stand for: the tables that the sweeps of this folder fill requests from."""

from __future__ import annotations

KINDS: dict[str, tuple[str, ...]] = {
    "tenant_id": ("tenant",),
    "user_id": ("user", "therapist"),
    "therapist_id": ("therapist",),
    "patient_id": ("patient", "erased"),
    "erased_id": ("erased",),
    "into": ("erased",),
    "therapy_type_id": ("therapy_type",),
    "pricing_id": ("pricing", "therapy_type"),
    "slot_id": ("slot",),
    "leave_id": ("leave",),
    "room_id": ("room",),
    "holiday_id": ("holiday",),
    "session_id": ("session", "occurrence"),
    "payment_id": ("payment",),
    "request_id": ("reschedule_request",),
    "series_id": ("series",),
    "expense_id": ("expense",),
    "assertion_id": ("assertion",),
    "report_id": ("progress_report",),
    "notice_id": ("notice",),
    "template_id": ("notice_template",),
    "rebuild_id": ("rebuild",),
    "parked_id": ("parked",),
    "projection": ("projection",),
    "tenantId": ("tenant",),
    "patientId": ("patient", "erased"),
    "userId": ("user", "therapist"),
    "therapistId": ("therapist",),
    "therapyTypeId": ("therapy_type",),
    "roomId": ("room",),
    "sessionId": ("session",),
    "seriesId": ("series",),
    "occurrenceId": ("occurrence",),
    "chargeId": ("charge",),
    "sessionIds": ("session",),
    "left": ("progress_report",),
    "right": ("progress_report",),
    "actor": ("user", "therapist"),
    "subjectId": ("patient", "erased"),
    "streamId": ("patient", "erased", "session", "user", "tenant"),
}
"""What a parameter or field of this name may name, the usual kind first. A name that is not here fails the sweeps."""

SHARED = {"projection"}
"""Kinds of which every centre has the same: read tables go by name."""

NEEDED: dict[tuple[str, str], tuple[str, ...]] = {
    ("DELETE", "/expenses/{expense_id}"): ("reason",),
    ("POST", "/progress-reports"): ("therapistId",),
}
"""Optional fields of a body without which a request is refused all the same: they may stand elsewhere."""
