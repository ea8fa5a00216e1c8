"""A progress report as it goes to paper: what ``adapters/documents/progress.typ`` is given."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from api.letterhead import letterhead, long_date
from domain.progress import SectionKind

__all__ = ["FORM", "document"]

FORM = "progress"


def document(report: dict[str, Any], centre: dict[str, Any]) -> dict[str, Any]:
    """``report`` as ``views.shown`` makes it, of a patient who is known; ``centre`` is the centre's row. Sections that
    nobody filled in are left out. Nothing depends on when it is printed, so a version always looks the same."""
    version, saved = report["version"], report["saved_at"].astimezone(ZoneInfo(centre["timezone"])).date()
    return {
        "centre": letterhead(centre),
        "title": "Progress report",
        "subtitle": report["patient_name"],
        "issued": long_date(saved),
        # Pages get separated: each says whose report it is.
        "reference": f"{report['patient_name']}, {long_date(report['report_date'])}, version {version}",
        "facts": [
            ["Patient", report["patient_name"]],
            ["Report of", long_date(report["report_date"])],
            ["Therapist", report["therapist_name"]],
            ["Therapy", report["therapy_type_name"]],
        ],
        "corrected": f"Version {version} of this report, which replaces the earlier ones." if version > 1 else None,
        "sections": [_section(section) for section in report["sections"] if section["value"] is not None],
        "signed": report["therapist_name"],
    }


def _section(section: dict[str, Any]) -> dict[str, Any]:
    kind, value = section["kind"], section["value"]
    told = {"label": section["label"], "kind": kind}
    if kind == SectionKind.SCALE:
        return {**told, "value": value, "lowest": section["lowest"], "highest": section["highest"]}
    if kind == SectionKind.CHECK:
        return {**told, "value": "Yes" if value else "No"}
    return {**told, "value": value}
