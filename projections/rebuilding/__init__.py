"""Rebuilds: what was asked for, and what is known of the work and of what it is done to."""

from projections.rebuilding.requests import RebuildRequest, rebuild_requests
from projections.rebuilding.work import (
    Definition,
    RebuildFilter,
    definitions,
    differences,
    get_parked,
    get_rebuild,
    held,
    kept,
    lags,
    list_parked,
    list_rebuilds,
    parked_by_projection,
    where_parked,
    worst,
)

__all__ = [
    "Definition",
    "RebuildFilter",
    "RebuildRequest",
    "definitions",
    "differences",
    "get_parked",
    "get_rebuild",
    "held",
    "kept",
    "lags",
    "list_parked",
    "list_rebuilds",
    "parked_by_projection",
    "rebuild_requests",
    "where_parked",
    "worst",
]
