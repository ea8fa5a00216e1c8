"""Every aggregate of Daybook: the closed list from which stored event types are found."""

from __future__ import annotations

from domain.accounting import BalanceAssertion
from domain.availability import Availability
from domain.base import Aggregate
from domain.billing import PatientLedger
from domain.catalogue import TherapistPricing, TherapyType
from domain.expenses import Expense
from domain.notices import ContactPreferences, Notice, NoticeTemplate
from domain.patients import Patient
from domain.progress import ProgressReport, ProgressTemplate
from domain.rebuilding import Rebuild
from domain.scheduling import DaySheet, Session
from domain.series import Series
from domain.staff import User
from domain.tenancy import Tenant

AGGREGATES: tuple[type[Aggregate], ...] = (
    BalanceAssertion,
    Tenant, User, TherapyType, TherapistPricing, Availability, Patient, PatientLedger, Session, DaySheet,
    Expense, Series, ProgressTemplate, ProgressReport,
    Notice, NoticeTemplate, ContactPreferences, Rebuild,
)  # fmt: skip
