"""Reports as they are answered: each section with what is said under it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from api.base import Page, Routes, view
from api.filters import Digits
from application.base import Model
from domain.progress import SectionKind, Value
from projections import progress

__all__ = [
    "Change", "ComparedSection", "ComparisonView", "FullReportPage", "ReportHead", "ReportHeadPage", "ReportView",
    "SectionView", "TemplateView", "Version", "compared", "routes", "shown",
]  # fmt: skip

routes = Routes("Progress reports")

Version = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="An earlier version; the latest if missing"), Digits
]


class SectionView(Model):
    """A heading. ``lowest`` and ``highest`` belong to a SCALE, ``choices`` to a CHOICE, ``hint`` is for who writes."""

    key: str
    label: str
    kind: SectionKind
    required: bool
    hint: str | None
    lowest: int | None
    highest: int | None
    choices: list[str]


class AnsweredSection(SectionView):
    """A heading with what is said under it; null where nothing is, and after an erasure."""

    value: Value | None


_NAMES: dict[str, Any] = {
    "patient_name": str | None, "therapist_name": str | None, "therapy_type_name": str | None, "erased": bool,
}  # fmt: skip
ReportHead = view(
    progress.ReportRow, "ProgressReportHead", without=("sections", "answers", "text", "reason"), **_NAMES
)  # fmt: skip
ReportView = view(
    progress.ReportRow, "ProgressReport", without=("sections", "answers", "text"), **_NAMES,
    sections=list[AnsweredSection],
)  # fmt: skip
TemplateView = view(
    progress.TemplateRow, "ProgressTemplate", without=("sections", "saved_by", "saved_at"),
    sections=list[SectionView], saved_by=UUID | None, saved_at=datetime | None,
)  # fmt: skip
ReportHeadPage = Page[ReportHead]  # type: ignore[valid-type]
FullReportPage = Page[ReportView]  # type: ignore[valid-type]


class Change(StrEnum):
    """What became of a section from the left report to the right one."""

    SAME = "SAME"
    CHANGED = "CHANGED"
    ADDED = "ADDED"
    REMOVED = "REMOVED"


class ComparedSection(Model):
    """A section of either report, under the label it has in the right one. ``difference`` is right minus left where
    both are numbers of the same scale."""

    key: str
    label: str
    kind: SectionKind
    left: Value | None
    right: Value | None
    change: Change
    difference: int | None


class ComparisonView(Model):
    left: ReportHead  # type: ignore[valid-type]
    right: ReportHead  # type: ignore[valid-type]
    sections: list[ComparedSection]


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as ``ReportView`` has it."""
    told = {name: value for name, value in row.items() if name not in {"sections", "answers", "text"}}
    said = _said(row)
    return {**told, "sections": [{**section, "value": said.get(section["key"])} for section in row["sections"]]}


def compared(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Two rows as ``ComparisonView`` has them: the right one's sections, then those of the left that it has not."""
    known = {section["key"]: section for section in left["sections"]}
    order = {section["key"]: section for section in [*right["sections"], *left["sections"]][::-1]}
    before, after = _said(left), _said(right)
    sections = []
    for key in dict.fromkeys([*(s["key"] for s in right["sections"]), *known]):
        section, one, other = order[key], before.get(key), after.get(key)
        rise = _difference(one, other) if _same_scale(known.get(key), section) else None
        told = {"key": key, "label": section["label"], "kind": section["kind"], "left": one, "right": other}
        sections.append({**told, "change": _change(one, other), "difference": rise})
    return {"left": _head(left), "right": _head(right), "sections": sections}


def _same_scale(left: dict[str, Any] | None, right: dict[str, Any]) -> bool:
    names = ("kind", "lowest", "highest")
    return right["kind"] == SectionKind.SCALE and left is not None and all(left[n] == right[n] for n in names)


def _difference(left: Value | None, right: Value | None) -> int | None:
    return right - left if isinstance(left, int) and isinstance(right, int) else None


def _change(left: Value | None, right: Value | None) -> Change:
    if left == right and type(left) is type(right):
        return Change.SAME
    if left is None:
        return Change.ADDED
    return Change.REMOVED if right is None else Change.CHANGED


def _head(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"sections", "answers", "reason", "text"}}


def _said(row: dict[str, Any]) -> dict[str, Value]:
    return {answer["section"]: answer["value"] for answer in row["answers"] or ()}
