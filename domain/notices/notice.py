"""A notice: something one person is to be told by one channel, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain import text
from domain.notices.events import NoticeState
from domain.notices.words import (
    ASK_AFTER,
    LEASE,
    MOST_BUSY,
    RETRIES,
    RETRY_PAUSE,
    About,
    Composed,
    Delivery,
    Drop,
    Held,
    LeaseLost,
    NotDue,
    NoticeStatus,
    NotSendable,
    NotUnknown,
    Problem,
    UnknownNotice,
    Written,
)
from domain.values import Channel, NoticeKind

__all__ = ["Notice"]

LONGEST_REASON = 500
FINAL = {Problem.BAD_ADDRESS, Problem.BLOCKED}
"""Trying again would change nothing."""
NOTHING = About()
UNWRITTEN = Written()
READY = {NoticeStatus.PENDING, NoticeStatus.RETRYING}


class Notice(NoticeState):
    """Stream id: ``notice_id(...)``, or a fresh one if a person wrote it.

    Whoever sends it claims it first (``begin_sending``, an append like any other: of several, one wins) under a
    ``claim`` of their own, and reports under that claim. A claim that nobody reported on within ``LEASE`` leads to
    UNKNOWN, never to a second try: the provider may have taken it. ``now`` is an aware instant.
    """

    TOPIC = "notices.Notice"

    def request(
        self, kind: NoticeKind, channel: Channel, *, due_at: datetime, patient_id: UUID | None = None,
        user_id: UUID | None = None, about: About = NOTHING, written: Written = UNWRITTEN,
    ) -> None:  # fmt: skip
        """Ask for it: exactly one of ``patient_id`` (whose guardian is told) and ``user_id``. What nobody wrote is
        looked up and worded when it is sent. Asking again changes nothing."""
        if self.exists:
            return
        person_id = patient_id or user_id
        if person_id is None or (patient_id is not None and user_id is not None):
            raise ValueError("A notice is for a patient's family or for one who works here")
        self.decide(
            self.NoticeRequested, person_id=person_id, kind=kind, channel=channel, due_at=due_at,
            patient_id=patient_id, user_id=user_id, session_id=about.session_id, starts_at=about.starts_at,
            request_id=about.request_id, payment_id=about.payment_id, receipt_number=about.receipt_number,
            month=about.month, address=written.address, subject=written.subject, body=written.body,
        )  # fmt: skip

    def tells_of(self, session_id: UUID, starts_at: datetime) -> bool:
        return self.sessions.get(session_id) == starts_at

    def add_session(self, session_id: UUID, starts_at: datetime) -> bool:
        """Let it tell of one more session, as when a whole series is booked at once. Whether it does: not once a try
        has begun, and what is told must not change any more."""
        if self.tells_of(session_id, starts_at):
            return True
        if self.status is not NoticeStatus.PENDING or self.tries:
            return False
        self.decide(self.SessionAdded, person_id=self.person_id, session_id=session_id, starts_at=starts_at)
        return True

    def must_be_due(self, now: datetime) -> None:
        self._must_exist()
        if self.status not in READY or self.next_at is None or now < self.next_at:
            raise NotDue(status=self.status)

    def begin_sending(self, claim: UUID, composed: Composed, *, now: datetime) -> None:
        """Claim it, with all that goes out: from here on that is what was sent, if anything was."""
        self.must_be_due(now)
        self.decide(
            self.SendingBegan, person_id=self.person_id, claim=claim, lease_until=now + LEASE,
            language=composed.language, template_code=composed.template_code, address=composed.address,
            subject=composed.subject, body=composed.text, values=composed.values,
            sealed_for=composed.tells_of or self.person_id,
        )  # fmt: skip

    def hold(self, until: datetime, why: Held, *, now: datetime) -> None:
        """Not now, but at ``until``. Nothing is lost by it."""
        self.must_be_due(now)
        self.decide(self.NoticeHeld, person_id=self.person_id, until=until, why=why)

    def drop(self, why: Drop, *, now: datetime) -> None:
        """It must not be sent any more."""
        self.must_be_due(now)
        self.decide(self.NoticeDropped, person_id=self.person_id, why=why)

    # What came of a try

    def record_sent(self, claim: UUID, provider: str, provider_id: str | None, *, traced: bool, now: datetime) -> None:
        """The provider took it. ``traced``: it can be asked later whether it arrived. Also believed of a claim whose
        lease is over, as long as nobody has found out otherwise."""
        self._must_hold(claim, even_late=True)
        self.decide(
            self.NoticeSent, person_id=self.person_id, provider=provider, provider_id=provider_id, sent_at=now,
            ask_at=now + ASK_AFTER[0] if traced and provider_id is not None else None,
        )  # fmt: skip

    def record_failure(self, claim: UUID, problem: Problem, code: str | None, *, now: datetime) -> None:
        """It was certainly not sent: tried again in an hour, at most ``RETRIES`` times, then FAILED."""
        self._must_hold(claim)
        self._fail(problem, code, now)

    def record_busy(self, claim: UUID, until: datetime, *, now: datetime) -> None:
        """The provider asks us to come back. No try is used up, unless it says so too often."""
        self._must_hold(claim)
        if self.busy >= MOST_BUSY:
            self._fail(Problem.BUSY, None, now)
        else:
            self.decide(self.NoticeHeld, person_id=self.person_id, until=until, why=Held.PROVIDER_BUSY)

    def record_unknown(
        self, claim: UUID, provider: str, problem: Problem, code: str | None, *, askable: bool, now: datetime
    ) -> None:
        """It was handed over, and no answer came. Where the provider cannot be asked, a person has to say."""
        self._must_hold(claim)
        self.decide(
            self.OutcomeUnknown, person_id=self.person_id, provider=provider, problem=problem, code=code,
            ask_at=now + ASK_AFTER[0] if askable else None,
        )  # fmt: skip

    def outlive_lease(self, *, askable: bool, now: datetime) -> bool:
        """Whoever claimed it has not reported in time; whether that is so."""
        self._must_exist()
        if self.status is not NoticeStatus.SENDING or self.next_at is None or now < self.next_at:
            return False
        self.decide(
            self.OutcomeUnknown, person_id=self.person_id, provider=None, problem=Problem.LOST, code=None,
            ask_at=now if askable else None,
        )  # fmt: skip
        return True

    # What the provider answered when asked

    def record_found(self, provider: str, provider_id: str, *, traced: bool, sent_at: datetime) -> None:
        """It has it: the notice was sent."""
        self._must_be_unknown()
        self.decide(
            self.NoticeSent, person_id=self.person_id, provider=provider, provider_id=provider_id, sent_at=sent_at,
            ask_at=sent_at + ASK_AFTER[0] if traced else None,
        )  # fmt: skip

    def record_absent(self, *, now: datetime) -> None:
        """It knows nothing of it, and would by now: the try failed, and another is safe."""
        self._must_be_unknown()
        self._fail(Problem.NOT_THERE, None, now)

    def record_asked_in_vain(self, *, now: datetime) -> None:
        """It could not say. Asked again later, at last not any more: then a person has to say."""
        self._must_be_unknown()
        self.decide(self.AskedInVain, person_id=self.person_id, ask_at=self._ask_again(now))

    def record_delivery(self, delivery: Delivery, code: str | None, *, now: datetime) -> None:
        """What the provider says of a notice it took."""
        self._must_exist()
        if self.status is not NoticeStatus.SENT or self.delivery in {Delivery.DELIVERED, Delivery.UNDELIVERED}:
            return
        ask_at = self._ask_again(now) if delivery is Delivery.ACCEPTED else None
        self.decide(self.DeliveryReported, person_id=self.person_id, delivery=delivery, code=code, ask_at=ask_at)

    # What people do

    def retry(self, *, now: datetime) -> None:
        """Send it after all, now; everything is looked at again, and it may be tried as often as at first."""
        self._must_exist()
        if self.status not in {NoticeStatus.FAILED, NoticeStatus.DROPPED}:
            raise NotSendable(status=self.status)
        self.decide(self.NoticeRetried, person_id=self.person_id, due_at=now)

    def withdraw(self) -> None:
        """Take it back before it goes out. Doing so again changes nothing."""
        self._must_exist()
        if self.status is NoticeStatus.DROPPED:
            return
        if self.status not in READY:
            raise NotSendable(status=self.status)
        self.decide(self.NoticeDropped, person_id=self.person_id, why=Drop.WITHDRAWN)

    def settle(self, *, sent: bool, reason: str) -> None:
        """A person found out what became of it. Only what nobody knows can be settled."""
        self._must_be_unknown()
        reason = text.paragraph(reason, "reason", LONGEST_REASON)
        self.decide(self.NoticeSettled, person_id=self.person_id, sent=sent, reason=reason)

    def _fail(self, problem: Problem, code: str | None, now: datetime) -> None:
        again = problem not in FINAL and self.tries <= RETRIES
        retry_at = now + RETRY_PAUSE if again else None
        self.decide(self.SendingFailed, person_id=self.person_id, problem=problem, code=code, retry_at=retry_at)

    def _ask_again(self, now: datetime) -> datetime | None:
        return now + ASK_AFTER[self.asked + 1] if self.asked + 1 < len(ASK_AFTER) else None

    def _must_exist(self) -> None:
        if not self.exists:
            raise UnknownNotice

    def _must_hold(self, claim: UUID, *, even_late: bool = False) -> None:
        self._must_exist()
        late = even_late and self.status is NoticeStatus.UNKNOWN
        if self.claim != claim or not (self.status is NoticeStatus.SENDING or late):
            raise LeaseLost

    def _must_be_unknown(self) -> None:
        self._must_exist()
        if self.status is not NoticeStatus.UNKNOWN:
            raise NotUnknown(status=self.status)
