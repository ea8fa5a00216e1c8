"""Every read table of Daybook. Importing this module registers them all."""

from __future__ import annotations

from typing import Any

from projections import (
    accounting,
    availability,
    billing,
    catalogue,
    expenses,
    notices,
    patients,
    progress,
    rebuilding,
    reports,
    rescheduling,
    scheduling,
    series,
    staff,
    tenancy,
    therapist,
)
from projections.base import ReadTable

FEATURES = (
    tenancy,
    staff,
    catalogue,
    availability,
    patients,
    scheduling,
    series,
    rescheduling,
    progress,
    billing,
    expenses,
    accounting,
    reports,
    therapist,
    notices,
    rebuilding,
)


def read_tables() -> tuple[ReadTable[Any], ...]:
    return tuple(ReadTable.registry.values())
