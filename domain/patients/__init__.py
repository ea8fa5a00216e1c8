"""Patients and their guardians: the record, its erasure, and the merging of duplicates."""

from domain.patients.patient import Patient
from domain.patients.person import Erased, ErasureBasis, Guardian, Merged, MergeRefused, NotMerged, SessionsAhead

__all__ = [
    "Erased", "ErasureBasis", "Guardian", "MergeRefused", "Merged", "NotMerged", "Patient", "SessionsAhead",
]  # fmt: skip
