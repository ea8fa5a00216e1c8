"""What a therapist opens the day with: dashboard, schedule, patients, sessions to come."""

from projections.therapist.caseload import CaseloadRow, ProgressReason, caseload, needing_progress, patients_of
from projections.therapist.desk import Desk, at_desk
from projections.therapist.pages import PendingKind, View, dashboard, schedule, today, upcoming

__all__ = [
    "CaseloadRow", "Desk", "PendingKind", "ProgressReason", "View", "at_desk", "caseload", "dashboard",
    "needing_progress",
    "patients_of", "schedule", "today", "upcoming",
]  # fmt: skip
