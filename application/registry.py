"""Every handler of Daybook. Importing this module registers them all."""

from __future__ import annotations

from application import availability, billing, catalogue, expenses, patients, scheduling, staff, tenancy

FEATURES = (tenancy, staff, catalogue, availability, patients, scheduling, billing, expenses)
