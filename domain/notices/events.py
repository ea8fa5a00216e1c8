"""What can happen to a notice, and how each event changes it. No rule stands here: this runs again on every load."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from domain.base import NIL, Aggregate, Event, PersonalText
from domain.notices.words import LEASE, Composed, Delivery, Drop, Held, NoticeStatus, Problem, Written
from domain.values import Channel, NoticeKind

__all__ = ["NoticeState"]


class NoticeEvent(Event):
    """``person_id`` is the patient whose family is told or the one who works here; their key seals the words."""

    SUBJECT = "person_id"
    person_id: UUID


class NoticeState(Aggregate):
    """The folded notice. ``next_at`` is when somebody has to look at it again: to send it (PENDING, RETRYING), to give
    up waiting for whoever is sending it (SENDING), to ask the provider (UNKNOWN, SENT); ``None``: nobody has to."""

    class NoticeRequested(NoticeEvent):
        """``address``, ``subject`` and ``body`` are there only if somebody wrote them."""

        TOPIC = "notices.NoticeRequested"
        kind: NoticeKind
        channel: Channel
        due_at: datetime
        patient_id: UUID | None
        user_id: UUID | None
        session_id: UUID | None
        starts_at: datetime | None
        request_id: UUID | None
        payment_id: UUID | None
        receipt_number: str | None
        month: str | None
        address: PersonalText
        subject: PersonalText
        body: PersonalText

        def apply(self, notice: NoticeState) -> None:
            notice.status = NoticeStatus.PENDING
            notice.kind, notice.channel = self.kind, self.channel
            notice.person_id, notice.patient_id, notice.user_id = self.person_id, self.patient_id, self.user_id
            notice.request_id, notice.payment_id = self.request_id, self.payment_id
            notice.receipt_number, notice.month = self.receipt_number, self.month
            notice.next_at = self.due_at
            notice.session_id = self.session_id
            if self.session_id is not None and self.starts_at is not None:
                notice.sessions = {self.session_id: self.starts_at}
            notice.written = Written(self.address, self.subject, self.body)

    class SessionAdded(NoticeEvent):
        """It tells of this session, too."""

        TOPIC = "notices.SessionAdded"
        session_id: UUID
        starts_at: datetime

        def apply(self, notice: NoticeState) -> None:
            notice.sessions = {**notice.sessions, self.session_id: self.starts_at}

    class SendingBegan(NoticeEvent):
        """Somebody is sending exactly this. ``values`` is JSON: placeholder → text. It is sealed for whom it tells of,
        who need not be who is told: a therapist's message names a patient, and goes with them."""

        TOPIC = "notices.SendingBegan"
        SUBJECT = "sealed_for"
        SUBJECT_BEFORE = "person_id"
        class_version = 2
        sealed_for: UUID
        claim: UUID
        lease_until: datetime
        language: str
        template_code: str | None
        address: PersonalText
        subject: PersonalText
        body: PersonalText
        values: PersonalText

        @staticmethod
        def upcast_v1_v2(state: dict[str, object]) -> None:
            state["sealed_for"] = state["person_id"]

        def apply(self, notice: NoticeState) -> None:
            notice.status = NoticeStatus.SENDING
            notice.claim, notice.began_version = self.claim, self.originator_version
            notice.tries += 1
            notice.next_at = self.lease_until
            notice.began_at = self.lease_until - LEASE
            notice.composed = None
            if self.address is not None and self.body is not None:
                notice.composed = Composed(
                    self.address, self.body, self.subject, self.language, self.template_code, self.values or "{}"
                )

    class NoticeHeld(NoticeEvent):
        """It waits until then."""

        TOPIC = "notices.NoticeHeld"
        until: datetime
        why: Held

        def apply(self, notice: NoticeState) -> None:
            if self.why is Held.PROVIDER_BUSY:
                notice.busy += 1
                notice.tries -= 1
            notice.status = NoticeStatus.RETRYING if notice.tries else NoticeStatus.PENDING
            notice.next_at = self.until

    class NoticeDropped(NoticeEvent):
        TOPIC = "notices.NoticeDropped"
        why: Drop

        def apply(self, notice: NoticeState) -> None:
            notice.status, notice.next_at = NoticeStatus.DROPPED, None

    class NoticeSent(NoticeEvent):
        """The provider took it. ``ask_at``: when to ask it whether the notice arrived."""

        TOPIC = "notices.NoticeSent"
        provider: str
        provider_id: str | None
        sent_at: datetime
        ask_at: datetime | None

        def apply(self, notice: NoticeState) -> None:
            notice.status, notice.next_at = NoticeStatus.SENT, self.ask_at
            notice.provider, notice.provider_id, notice.asked = self.provider, self.provider_id, 0
            notice.delivery = Delivery.ACCEPTED

    class SendingFailed(NoticeEvent):
        """It was certainly not sent. ``code`` is the provider's own. Without ``retry_at`` that was the last try."""

        TOPIC = "notices.SendingFailed"
        problem: Problem
        code: str | None
        retry_at: datetime | None

        def apply(self, notice: NoticeState) -> None:
            notice.status = NoticeStatus.FAILED if self.retry_at is None else NoticeStatus.RETRYING
            notice.next_at, notice.asked = self.retry_at, 0

    class OutcomeUnknown(NoticeEvent):
        """Perhaps it was sent. ``ask_at``: when to ask the provider; ``None`` if it cannot be asked."""

        TOPIC = "notices.OutcomeUnknown"
        provider: str | None
        problem: Problem
        code: str | None
        ask_at: datetime | None

        def apply(self, notice: NoticeState) -> None:
            notice.status, notice.next_at, notice.asked = NoticeStatus.UNKNOWN, self.ask_at, 0

    class AskedInVain(NoticeEvent):
        """The provider could not say."""

        TOPIC = "notices.AskedInVain"
        ask_at: datetime | None

        def apply(self, notice: NoticeState) -> None:
            notice.asked += 1
            notice.next_at = self.ask_at

    class DeliveryReported(NoticeEvent):
        """``code`` is the provider's own, of what went wrong."""

        TOPIC = "notices.DeliveryReported"
        delivery: Delivery
        code: str | None
        ask_at: datetime | None

        def apply(self, notice: NoticeState) -> None:
            notice.delivery = self.delivery
            notice.asked += 1
            notice.next_at = self.ask_at

    class NoticeRetried(NoticeEvent):
        """Somebody wants it sent after all."""

        TOPIC = "notices.NoticeRetried"
        due_at: datetime

        def apply(self, notice: NoticeState) -> None:
            notice.status, notice.next_at = NoticeStatus.PENDING, self.due_at
            notice.tries = notice.busy = notice.asked = 0

    class NoticeSettled(NoticeEvent):
        """Somebody found out what became of it."""

        TOPIC = "notices.NoticeSettled"
        sent: bool
        reason: PersonalText

        def apply(self, notice: NoticeState) -> None:
            notice.status = NoticeStatus.SENT if self.sent else NoticeStatus.FAILED
            notice.next_at = None

    def begin(self) -> None:
        self.status: NoticeStatus | None = None
        self.kind: NoticeKind = NoticeKind.MANUAL
        self.channel: Channel = Channel.SMS
        self.person_id: UUID = NIL
        self.patient_id: UUID | None = None
        self.user_id: UUID | None = None
        self.session_id: UUID | None = None
        self.request_id: UUID | None = None
        self.payment_id: UUID | None = None
        self.receipt_number: str | None = None
        self.month: str | None = None
        self.sessions: dict[UUID, datetime] = {}
        """The sessions it tells of, and when it says that each starts."""
        self.written: Written = Written()
        self.composed: Composed | None = None
        """What goes out, or went."""
        self.claim: UUID = NIL
        self.began_version: int = 0
        """The version at which sending began: with the stream's id it names the try, everywhere."""
        self.began_at: datetime = datetime.min.replace(tzinfo=UTC)
        self.tries: int = 0
        self.busy: int = 0
        self.asked: int = 0
        self.next_at: datetime | None = None
        self.provider: str | None = None
        self.provider_id: str | None = None
        self.delivery: Delivery | None = None
