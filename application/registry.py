"""Every handler of Daybook. Importing this module registers them all."""

from __future__ import annotations

from application import (
    account,
    accounting,
    availability,
    billing,
    catalogue,
    expenses,
    notices,
    patients,
    progress,
    rebuilding,
    rescheduling,
    scheduling,
    series,
    staff,
    tenancy,
)

FEATURES = (
    tenancy,
    staff,
    account,
    catalogue,
    availability,
    patients,
    scheduling,
    series,
    rescheduling,
    progress,
    billing,
    expenses,
    notices,
    rebuilding,
    accounting,
)
