"""The tenant: a therapy centre, or the platform itself."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import text
from domain.base import Clash, Invalid, Missing
from domain.tenancy import notices
from domain.tenancy import settings as bounds
from domain.tenancy.events import TenantState
from domain.tenancy.notices import Channel, NoticeKind, QuietHours
from domain.tenancy.settings import BookingGrid, CancellationPolicy, ChargePolicy, Letterhead, Room


class CurrencyIsFixed(Clash):
    """A centre's currency is chosen when it is opened: every price and amount in its book is in it."""


class NotOverYet(Invalid):
    """Books are closed up to a day that is over."""


class AlreadyClosed(Clash):
    """The books are closed further than that. To open a part of them again is another decision."""

    code = "PERIOD_CLOSED"


class NotClosed(Clash):
    """The books are not closed that far."""

    code = "PERIOD_OPEN"


LONGEST_REASON = 500


class Tenant(TenantState):
    """A therapy centre and its policies. Stream id: the tenant's id.

    The currency never changes. Changing it while amounts exist would reinterpret every price ever set, and
    allowing it "until money is recorded" would race with each first amount; a wrong choice is another tenant.
    """

    TOPIC = "tenancy.Tenant"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)

    def today(self, now: datetime) -> date:
        """The centre's date at an instant. ``now`` must be aware."""
        if now.tzinfo is None:
            raise ValueError("an instant needs a zone")
        return now.astimezone(self.zone).date()

    def financial_year(self, on: date) -> str:
        """The financial year a date lies in: '2026-27', or '2026' when the year starts in January."""
        start = self.settings.financial_year_start_month
        year = on.year if on.month >= start else on.year - 1
        return f"{year:04d}" if start == 1 else f"{year:04d}-{(year + 1) % 100:02d}"

    def open(self, *, name: str, slug: str, timezone: str = "Asia/Kolkata", currency: str = "INR") -> None:
        if self.exists:
            raise Clash("This tenant is open already.")
        self.decide(
            self.TenantOpened,
            name=text.line(name, "name", 120),
            slug=bounds.slug(slug),
            timezone=bounds.known_zone(timezone),
            currency=bounds.currency(currency),
        )

    def rename(self, name: str) -> None:
        self._must_exist()
        name = text.line(name, "name", 120)
        if name != self.settings.name:
            self.decide(self.TenantRenamed, name=name)

    def choose_timezone(self, timezone: str) -> None:
        self._must_exist()
        if bounds.known_zone(timezone) != self.settings.timezone:
            self.decide(self.TimeZoneChosen, timezone=timezone)

    def keep_currency(self, currency: str) -> None:
        """Refuse any currency but the one the tenant was opened with."""
        self._must_exist()
        if currency != self.settings.currency:
            raise CurrencyIsFixed(field="currency", currency=self.settings.currency)

    def set_charge_policy(self, policy: ChargePolicy) -> None:
        self._must_exist()
        policy.check()
        if policy != self.settings.charges:
            self.decide(
                self.ChargePolicySet, charge_on=policy.charge_on, payment_term_days=policy.payment_term_days,
                apply_credit_automatically=policy.apply_credit_automatically,
            )  # fmt: skip

    def set_cancellation_policy(self, policy: CancellationPolicy) -> None:
        self._must_exist()
        policy.check()
        if policy != self.settings.cancellation:
            self.decide(
                self.CancellationPolicySet, window_hours=policy.window_hours,
                late_fee_percent=policy.late_fee_percent, no_show_fee_percent=policy.no_show_fee_percent,
            )  # fmt: skip

    def set_reschedule_notice(self, hours: int) -> None:
        self._must_exist()
        if bounds.notice_hours(hours) != self.settings.reschedule_notice_hours:
            self.decide(self.RescheduleNoticeSet, hours=hours)

    def set_booking_grid(self, grid: BookingGrid) -> None:
        self._must_exist()
        grid.check()
        if grid != self.settings.grid:
            self.decide(
                self.BookingGridSet, slot_step_minutes=grid.slot_step_minutes,
                minimum_notice_minutes=grid.minimum_notice_minutes,
            )  # fmt: skip

    def start_financial_year_in(self, month: int) -> None:
        self._must_exist()
        if bounds.month(month) != self.settings.financial_year_start_month:
            self.decide(self.FinancialYearSet, start_month=month)

    def write_letterhead(self, letterhead: Letterhead) -> None:
        """Who the centre is on paper. Blank text takes a fact away."""
        self._must_exist()
        letterhead = letterhead.checked()
        if letterhead != self.settings.letterhead:
            self.decide(
                self.LetterheadWritten, legal_name=letterhead.legal_name, address=letterhead.address,
                phone=letterhead.phone, email=letterhead.email, registration_number=letterhead.registration_number,
                tax_number=letterhead.tax_number,
            )  # fmt: skip

    def remind_before(self, hours: int) -> None:
        self._must_exist()
        if notices.reminder_hours(hours) != self.settings.notices.reminder_hours_before:
            self.decide(self.ReminderTimeSet, hours_before=hours)

    def remind_of_dues_on(self, day: int) -> None:
        """The day of the month; 29 to 31 mean the last day of a shorter one."""
        self._must_exist()
        if notices.day_of_month(day) != self.settings.notices.dues_reminder_day:
            self.decide(self.DuesReminderDaySet, day=day)

    def keep_quiet(self, hours: QuietHours | None) -> None:
        """Send nothing between these local times; ``None``: send at any time."""
        self._must_exist()
        if hours is not None:
            hours.check()
        if hours != self.settings.notices.quiet_hours:
            start, end = (hours.start, hours.end) if hours else (None, None)
            self.decide(self.QuietHoursSet, start=start, end=end)

    def choose_languages(self, languages: tuple[str, ...]) -> None:
        """The languages notices are written in, the preferred one first."""
        self._must_exist()
        if notices.languages(languages) != self.settings.notices.languages:
            self.decide(self.LanguagesChosen, languages=languages)

    def choose_channels(self, kind: NoticeKind, channels: tuple[Channel, ...]) -> None:
        """How a kind of notice goes out; by no channel, it does not."""
        self._must_exist()
        wanted = notices.channels(kind, channels)
        if wanted != self.settings.notices.channels_of(kind):
            self.decide(self.NoticeChannelsChosen, kind=kind, channels=wanted)

    def name_sender(self, name: str | None) -> None:
        """The name notices go out under; blank: the centre's own."""
        self._must_exist()
        name = text.optional(name)
        name = None if name is None else text.line(name, "senderName", notices.LONGEST_SENDER)
        if name != self.settings.notices.sender_name:
            self.decide(self.SenderNamed, name=name)

    def close_books(self, through: date, note: str | None, *, today: date) -> None:
        """Close every period up to a day that is over. Closing what is closed decides nothing."""
        self._must_exist()
        closed, note = self.settings.closed_through, text.optional(note)
        note = None if note is None else text.paragraph(note, "note", LONGEST_REASON)
        if through >= today:
            raise NotOverYet(field="through")
        if closed is not None and through < closed:
            raise AlreadyClosed(closed_through=closed.isoformat())
        if through != closed:
            self.decide(self.BooksClosed, through=through, note=note)

    def reopen_books(self, through: date | None, reason: str) -> None:
        """Leave the books closed up to ``through`` only (``None``: open them all)."""
        self._must_exist()
        closed, reason = self.settings.closed_through, text.paragraph(reason, "reason", LONGEST_REASON)
        if closed is None or (through is not None and through >= closed):
            raise NotClosed
        self.decide(self.BooksReopened, through=through, through_before=closed, reason=reason)

    def add_room(self, room_id: UUID, name: str) -> None:
        self._must_exist()
        name = self._free_room_name(room_id, name)
        if room_id not in self.settings.rooms:
            self.decide(self.RoomAdded, room_id=room_id, name=name)
        elif self.settings.rooms[room_id].name != name:
            raise Clash("There is another room under this id.")

    def rename_room(self, room_id: UUID, name: str) -> None:
        room, name = self._room(room_id), self._free_room_name(room_id, name)
        if room.name != name:
            self.decide(self.RoomRenamed, room_id=room_id, name=name)

    def close_room(self, room_id: UUID) -> None:
        """No new bookings in it; what is booked stays."""
        if self._room(room_id).active:
            self.decide(self.RoomClosed, room_id=room_id)

    def reopen_room(self, room_id: UUID) -> None:
        if not self._room(room_id).active:
            self.decide(self.RoomReopened, room_id=room_id)

    def declare_holiday(self, day: date, name: str) -> None:
        """Nobody is booked on that local date. Sessions booked before stay and are for people to move."""
        self._must_exist()
        name = text.line(name, "name")
        if self.settings.holidays.get(day) != name:
            self.decide(self.HolidayDeclared, day=day, name=name)

    def withdraw_holiday(self, day: date) -> None:
        if day not in self.settings.holidays:
            raise Missing("There is no such holiday.")
        self.decide(self.HolidayWithdrawn, day=day)

    def _must_exist(self) -> None:
        if not self.exists:
            raise Missing("There is no such tenant.")

    def _room(self, room_id: UUID) -> Room:
        if room_id not in self.settings.rooms:
            raise Missing("There is no such room.")
        return self.settings.rooms[room_id]

    def _free_room_name(self, room_id: UUID, name: str) -> str:
        name = text.line(name, "name")
        # Names that differ in case only are one name to people.
        taken = {room.name.casefold() for other, room in self.settings.rooms.items() if other != room_id}
        if name.casefold() in taken:
            raise Clash("Another room has this name.", field="name")
        return name
