"""Which event is told as which type, with which of its fields. Streams' own ids are the messages' ``subject``."""

from __future__ import annotations

from typing import Final

from consumers.messages.translation import Published
from domain.availability import Availability
from domain.base import Event
from domain.billing import PatientLedger as Ledger
from domain.catalogue import TherapistPricing, TherapyType
from domain.expenses import Expense
from domain.patients import Patient
from domain.progress import ProgressReport
from domain.scheduling import Session
from domain.series import Series
from domain.staff import User
from domain.tenancy import Tenant

_WHO = "patient_id therapist_id"
_PLACE = f"{_WHO} room_id day start_time end_time zone starts_at ends_at"
_SLOT = "therapist_id slot_id weekday start end therapy_type_id"
_CHARGE = "patient_id charge_id session_id therapy_type_id"
_REPORT = f"{_WHO} session_id therapy_type_id report_date template_version"
_COURSE = "therapist_id therapy_type_id room_id first_day start_time rule occurrences left_out"
_SPENT = "category amount incurred_on method"

_ALL = (
    # The centre.
    Published(Tenant.TenantOpened, "centre.opened", "timezone currency"),
    Published(Tenant.TenantRenamed, "centre.renamed"),
    Published(Tenant.TimeZoneChosen, "centre.timezone-chosen", "timezone"),
    Published(Tenant.ChargePolicySet, "centre.charging-set", "charge_on payment_term_days apply_credit_automatically"),
    Published(
        Tenant.CancellationPolicySet, "centre.cancellation-set", "window_hours late_fee_percent no_show_fee_percent"
    ),
    Published(Tenant.RescheduleNoticeSet, "centre.reschedule-notice-set", "hours"),
    Published(Tenant.BookingGridSet, "centre.booking-grid-set", "slot_step_minutes minimum_notice_minutes"),
    Published(Tenant.FinancialYearSet, "centre.financial-year-set", "start_month"),
    Published(Tenant.BooksClosed, "centre.books-closed", "through"),
    Published(Tenant.BooksReopened, "centre.books-reopened", "through"),
    Published(Tenant.RoomAdded, "room.added", "room_id"),
    Published(Tenant.RoomRenamed, "room.renamed", "room_id"),
    Published(Tenant.RoomClosed, "room.closed", "room_id"),
    Published(Tenant.RoomReopened, "room.reopened", "room_id"),
    Published(Tenant.HolidayDeclared, "holiday.declared", "day"),
    Published(Tenant.HolidayWithdrawn, "holiday.withdrawn", "day"),
    Published(Tenant.ReminderTimeSet, "centre.reminder-time-set", "hours_before"),
    Published(Tenant.DuesReminderDaySet, "centre.dues-reminder-day-set", "day"),
    Published(Tenant.QuietHoursSet, "centre.quiet-hours-set", "start end"),
    Published(Tenant.LanguagesChosen, "centre.languages-chosen", "languages"),
    Published(Tenant.NoticeChannelsChosen, "centre.notice-channels-chosen", "kind channels"),
    # Its people.
    Published(User.UserRegistered, "user.registered", "role"),
    Published(User.UserRenamed, "user.renamed"),
    Published(User.EmailChanged, "user.email-changed"),
    Published(User.PhoneChanged, "user.phone-changed"),
    Published(User.RoleAssigned, "user.role-assigned", "role"),
    Published(User.UserDeactivated, "user.deactivated"),
    Published(User.UserReactivated, "user.reactivated"),
    # What it offers.
    Published(TherapyType.TherapyTypeAdded, "therapy-type.added", "default_duration default_cost"),
    Published(TherapyType.TherapyTypeRenamed, "therapy-type.renamed"),
    Published(TherapyType.TherapyTypeRepriced, "therapy-type.repriced", "default_duration default_cost"),
    Published(TherapyType.TherapyTypeRetired, "therapy-type.retired"),
    Published(TherapyType.TherapyTypeRestored, "therapy-type.restored"),
    Published(
        TherapistPricing.PriceSet,
        "therapist-price.set",
        "therapist_id pricing_id therapy_type_id session_cost session_duration",
    ),
    Published(TherapistPricing.PriceRemoved, "therapist-price.removed", "therapist_id pricing_id therapy_type_id"),
    Published(Availability.WeeklySlotOffered, "availability.slot-offered", _SLOT),
    Published(Availability.WeeklySlotChanged, "availability.slot-changed", _SLOT),
    Published(Availability.WeeklySlotWithdrawn, "availability.slot-withdrawn", "therapist_id slot_id"),
    Published(Availability.LeavePlanned, "leave.planned", "therapist_id leave_id first_day last_day start end"),
    Published(Availability.LeaveWithdrawn, "leave.withdrawn", "therapist_id leave_id"),
    Published(Availability.BuffersSet, "availability.buffers-set", "therapist_id before_minutes after_minutes"),
    # Patients: that something changed, never what.
    Published(Patient.PatientRegistered, "patient.registered"),
    Published(Patient.PatientRenamed, "patient.renamed"),
    Published(Patient.BirthDateCorrected, "patient.birth-date-corrected"),
    Published(Patient.GuardianChanged, "patient.guardian-changed"),
    Published(Patient.AddressCorrected, "patient.address-corrected"),
    Published(Patient.MedicalNotesWritten, "patient.medical-notes-written"),
    Published(Patient.PatientDeactivated, "patient.deactivated"),
    Published(Patient.PatientReactivated, "patient.reactivated"),
    Published(Patient.PatientErased, "patient.erased"),
    Published(Patient.PatientMerged, "patient.merged", "into"),
    Published(Patient.MergeReversed, "patient.merge-reversed", "out_of"),
    Published(Patient.DuplicateTakenIn, "patient.duplicate-taken-in", "duplicate"),
    Published(Patient.DuplicateReleased, "patient.duplicate-released", "duplicate"),
    # Sessions.
    Published(Session.SessionBooked, "session.booked", f"{_PLACE} therapy_type_id duration price price_source"),
    Published(Session.SessionRescheduled, "session.rescheduled", f"{_PLACE} previous_therapist_id previous_starts_at"),
    Published(Session.SessionStarted, "session.started", _WHO),
    Published(Session.SessionCompleted, "session.completed", _WHO),
    Published(
        Session.SessionCancelled,
        "session.cancelled",
        f"{_WHO} starts_at cancelled_by notice_minutes fee_percent fee_due fee",
    ),
    Published(Session.SessionMarkedNoShow, "session.no-show-marked", f"{_WHO} fee_percent fee_due fee"),
    Published(Session.NoShowReversed, "session.no-show-reversed", _WHO),
    Published(Session.SessionNotesWritten, "session.notes-written", _WHO),
    Published(
        Session.RescheduleRequested,
        "reschedule.requested",
        f"{_WHO} request_id day start_time end_time zone starts_at notice_minutes proposals",
    ),
    Published(Session.RescheduleApproved, "reschedule.approved", f"{_WHO} request_id chosen"),
    Published(Session.RescheduleRejected, "reschedule.rejected", f"{_WHO} request_id"),
    Published(Session.RescheduleWithdrawn, "reschedule.withdrawn", f"{_WHO} request_id"),
    Published(Session.RescheduleExpired, "reschedule.expired", f"{_WHO} request_id"),
    Published(Session.RescheduleOvertaken, "reschedule.overtaken", f"{_WHO} request_id by"),
    Published(Series.SeriesStarted, "series.started", f"patient_id {_COURSE} timezone continues"),
    Published(Series.SeriesChanged, "series.changed", f"{_COURSE} replaced"),
    Published(Series.OccurrenceChanged, "series.occurrence-changed", "occurrence replaced"),
    Published(Series.SeriesSplit, "series.split", "from_day into rule sessions"),
    Published(Series.OccurrencesCancelled, "series.occurrences-cancelled", "reach sessions"),
    # Progress: that there is a report, never what it says.
    Published(ProgressReport.ReportWritten, "progress-report.written", _REPORT),
    Published(ProgressReport.ReportCorrected, "progress-report.corrected", _REPORT),
    # Money.
    Published(Ledger.SessionCharged, "session.charged", f"{_CHARGE} amount due_on earned"),
    Published(Ledger.FeeCharged, "fee.charged", f"{_CHARGE} kind amount due_on"),
    Published(Ledger.ChargeRescheduled, "charge.rescheduled", "patient_id charge_id session_id due_on"),
    Published(Ledger.IncomeEarned, "income.earned", f"{_CHARGE} amount"),
    Published(Ledger.ChargeWrittenOff, "charge.written-off", f"{_CHARGE} write_off_id kind amount"),
    Published(Ledger.ChargeReversed, "charge.reversed", f"{_CHARGE} kind amount earned released written_off"),
    Published(
        Ledger.PaymentRecorded, "payment.recorded", "patient_id payment_id amount method received_on parts credit"
    ),
    Published(Ledger.CreditBroughtForward, "credit.brought-forward", "patient_id payment_id amount received_on"),
    Published(Ledger.CreditApplied, "credit.applied", "patient_id parts amount"),
    Published(Ledger.PaymentVoided, "payment.voided", "patient_id payment_id amount method released credit"),
    Published(Ledger.PaymentRefunded, "payment.refunded", "patient_id refund_id payment_id amount method"),
    Published(Expense.ExpenseRecorded, "expense.recorded", _SPENT),
    Published(Expense.ExpenseAmended, "expense.amended", _SPENT),
    Published(Expense.ExpenseVoided, "expense.voided", _SPENT),
)  # fmt: skip

LANGUAGE: Final[dict[type[Event], Published]] = {published.event_class: published for published in _ALL}
"""What is told, by the event that it tells of."""
TYPES: Final[dict[str, Published]] = {published.type: published for published in _ALL}
INTERNAL: Final[dict[str, str]] = {
    "accounting.BalanceAsserted": "a claim about the books, which changes nothing in them",
    "accounting.BalanceAssertionWithdrawn": "as above",
    "catalogue.TherapyTypeDescribed": "a text, and nothing but",
    **dict.fromkeys(
        (
            f"notices.{name}"
            for name in (
                "NoticeRequested",
                "SessionAdded",
                "SendingBegan",
                "NoticeHeld",
                "NoticeDropped",
                "NoticeSent",
                "SendingFailed",
                "OutcomeUnknown",
                "AskedInVain",
                "DeliveryReported",
                "NoticeRetried",
                "NoticeSettled",
            )
        ),
        "a notice is what follows from a message; were it told, a consumer could tell of its own telling",
    ),
    "notices.TemplateWritten": "texts, and nothing but",
    "notices.TemplateWithdrawn": "as above",
    "notices.OptedOut": "looked at when a notice is sent; what a family wants is nobody else's business",
    "notices.OptedIn": "as above",
    "progress.TemplateWritten": "headings, and nothing but",
    **dict.fromkeys(
        (f"rebuilding.Rebuild{what}" for what in ("Asked", "Paused", "Resumed", "Cancelled", "RolledBack")),
        "housekeeping of the read models: nothing of the centre's changes",
    ),
    "scheduling.PriceAgreed": "follows session.booked, which tells the price",
    "scheduling.SlotReleased": "how clashes are found; the session's own events are told",
    "scheduling.SlotReserved": "as above",
    "staff.PasswordSet": "whoever listens learns nothing of use, and an attacker when to try",
    "staff.UserInvited": "the invitation is sent by the command itself",
    "tenancy.LetterheadWritten": "texts, and nothing but",
    "tenancy.SenderNamed": "a text, and nothing but",
}
"""Events that are not told, by their stored name, and why."""

if len(LANGUAGE) != len(_ALL) or len(TYPES) != len(_ALL):
    raise TypeError("An event is told twice, or two are told alike")
