"""What is behind each figure of the reports: one address a figure, with the events that add up to it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from api.base import SORT
from api.call import Call
from api.filters import Digits
from api.reports.asking import WantedQuery, asked_of, centre_of
from api.reports.documents import MONEY, OPERATIONS
from api.reports.views import ExplanationView, routes
from application.base import SYSTEM
from domain.base import Missing
from domain.expenses import ExpenseCategory
from domain.reports import LONGEST_DAYS, Bucket
from domain.scheduling import SessionStatus
from domain.values import PaymentMethod
from projections import catalogue, patients, staff
from projections.query import Paging, Reader
from projections.reports.figures import FIGURES, Figure, Unit, explained

__all__ = ["ExplainPaging"]

EVER_DAYS = 200_000
_NARROWS: dict[str, tuple[str, Any, str]] = {
    "therapist_id": ("therapistId", UUID, "Only of this therapist"),
    "therapy_type_id": ("therapyTypeId", UUID, "Only of this therapy type"),
    "patient_id": ("patientId", UUID, "Only of this patient"),
    "actor": ("actor", UUID, "Only what this person recorded"),
    "method": ("method", PaymentMethod, "Only by this method"),
    "category": ("category", ExpenseCategory, "Only of this category"),
    "status": ("status", SessionStatus, "Only in this state"),
    "bucket": ("bucket", Bucket, "Only charges so many days past their due date"),
}


def _paging(
    page: Annotated[int, Query(ge=1, le=1_000_000), Digits] = 1,
    page_size: Annotated[int, Query(ge=1, le=100, alias="pageSize"), Digits] = 20,
    sort: Annotated[
        str | None,
        Query(max_length=100, pattern=SORT, description="By `position`, `effectiveOn`, `type` or `amount`"),
    ] = None,
) -> Paging:
    """Without ``fields``: an explanation is read as a whole."""
    return Paging(page, page_size, sort)


ExplainPaging = Annotated[Paging, Depends(_paging)]


def _parameter(name: str) -> inspect.Parameter:
    alias, kind, description = _NARROWS[name]
    annotation = Annotated[kind | None, Query(alias=alias, description=description)]  # type: ignore[valid-type]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _explaining(figure: Figure) -> Callable[..., Awaitable[Response]]:
    async def explain(call: Call, paging: Paging, wanted: Any, **narrowing: Any) -> Response:
        async with call.reading() as db:
            await _must_exist(call, db, narrowing)
            centre = await centre_of(db)
            asked = asked_of(call, centre, wanted, most=_most(figure), **narrowing)
            found = await explained(db, figure, asked, paging, centre.zone)
        period = {"first": asked.first, "last": asked.last}
        return call.json({**found, "period": period, "as_of": asked.as_of, "known_at": asked.known_at})

    empty = inspect.Parameter.POSITIONAL_OR_KEYWORD
    fixed = [
        inspect.Parameter(name, empty, annotation=kind)
        for name, kind in (("call", Call), ("paging", ExplainPaging), ("wanted", WantedQuery))
    ]
    explain.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*fixed, *map(_parameter, sorted(figure.narrows))]
    )
    explain.__name__ = f"explain_{figure.name.replace('-', '_')}"
    explain.__doc__ = (
        f"What is behind the figure {figure.name}\n\n{figure.means}, event by event, oldest first. The amounts of all"
        " pages sum to `value`."
    )
    return explain


def _most(figure: Figure) -> int:
    """Days. An account of the trial balance has been summed up since the centre's first entry, and its explanation is
    read by the page; hours are counted day by day."""
    return EVER_DAYS if figure.unit is Unit.MONEY else LONGEST_DAYS


async def _must_exist(call: Call, db: Reader, narrowing: dict[str, Any]) -> None:
    """Whoever is named is somebody of this centre, and in OWN scope the caller."""
    therapist, patient, kind, actor = (
        narrowing.get(name) for name in ("therapist_id", "patient_id", "therapy_type_id", "actor")
    )
    if therapist is not None and not await staff.is_therapist(db, therapist, only=call.own):
        raise Missing
    if patient is not None and await patients.account(db, patient, only_therapist=call.own) is None:
        raise Missing
    if kind is not None and await catalogue.get(db, kind) is None:
        raise Missing
    if actor not in {None, SYSTEM} and await staff.get(db, actor) is None:
        raise Missing


for _figure in FIGURES.values():
    routes.get(
        f"/explain/{_figure.name}", may=MONEY if _figure.unit is Unit.MONEY else OPERATIONS, answers=ExplanationView,
        refuses=(404,),
    )(_explaining(_figure))  # fmt: skip
