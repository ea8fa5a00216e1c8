"""What people do about notices: write one, test a channel, send again, take back, settle what nobody knows."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.base import Book, Command, Context, FromPath, Reason, handles
from application.notices.sending import NoticeMoved, moved
from domain import text
from domain.base import Clash, Invalid, Missing
from domain.notices import ContactPreferences, Notice, UnknownNotice, Written, preferences_id
from domain.patients import Erased, Patient
from domain.staff import User
from domain.values import Channel, NoticeKind

__all__ = [
    "RetryNotification", "SendNotification", "SettleNotification", "TestNotifications", "WithdrawNotification",
]  # fmt: skip

LONGEST_SMS = 640
LONGEST_SUBJECT = 150
LONGEST_EMAIL = 5_000


class NoAddress(Clash):
    """Nothing is known to reach them by on this channel."""

    code = "NO_ADDRESS"


class HasOptedOut(Clash):
    """This family asked not to be written to by this channel."""

    code = "OPTED_OUT"


class SendNotification(Command):
    """Write to a patient's family. It goes out within seconds, in quiet hours once they are over."""

    patient_id: UUID
    channel: Channel
    subject: Annotated[
        str | None,
        Field(max_length=LONGEST_SUBJECT, examples=["Closed on Friday"], description="Of an e-mail; the centre's name"),
    ] = None
    message: Annotated[
        str,
        Field(
            min_length=1, max_length=LONGEST_EMAIL, examples=["We are closed on Friday."],
            description="An SMS: up to 640 characters",
        ),
    ]  # fmt: skip


class TestNotifications(Command):
    """Send a test by one channel, to an address of your own or, without `to`, to the one known of you."""

    __test__ = False  # not one of pytest's

    channel: Channel
    to: Annotated[
        str | None, Field(min_length=3, max_length=254, examples=[None], description="A phone number or an e-mail")
    ] = None


class RetryNotification(Command):
    """Send a failed or dropped notice after all. Everything is looked at again first."""

    notice_id: FromPath


class WithdrawNotification(Command):
    """Take back a notice that has not gone out."""

    notice_id: FromPath


class SettleNotification(Command):
    """Say what became of a notice that neither Daybook nor its provider knows about."""

    notice_id: FromPath
    sent: Annotated[bool, Field(strict=True, examples=[True], description="Whether they received it")]
    reason: Annotated[Reason, Field(examples=["The mother confirmed it by phone"])]


@handles(SendNotification, may="notifications:manage")
async def send_notification(command: SendNotification, context: Context, book: Book) -> NoticeMoved:
    channel = command.channel
    body = text.paragraph(command.message, "message", LONGEST_SMS if channel is Channel.SMS else LONGEST_EMAIL)
    subject = text.optional(command.subject)
    if subject is not None:
        subject = text.line(subject, "subject", LONGEST_SUBJECT)
        if channel is Channel.SMS:
            raise Invalid("An SMS has no subject.", field="subject")
    await _must_reach_family(command.patient_id, channel, book)
    notice = book.new(Notice, context.new_id())
    notice.request(
        NoticeKind.MANUAL, channel, due_at=context.now, patient_id=command.patient_id,
        written=Written(None, subject, body),
    )  # fmt: skip
    return moved(notice)


@handles(TestNotifications, may="notifications:manage")
async def test_notifications(command: TestNotifications, context: Context, book: Book) -> NoticeMoved:
    address: str | None = None
    if (to := text.optional(command.to)) is not None:
        address = text.phone(to, "to") if command.channel is Channel.SMS else text.email(to, "to")
    else:
        await _must_reach(context.actor, command.channel, book)
    notice = book.new(Notice, context.new_id())
    notice.request(
        NoticeKind.TEST, command.channel, due_at=context.now, user_id=context.actor, written=Written(address)
    )  # fmt: skip
    return moved(notice)


@handles(RetryNotification, may="notifications:manage")
async def retry_notification(command: RetryNotification, context: Context, book: Book) -> NoticeMoved:
    notice = await _known(command.notice_id, context, book)
    notice.retry(now=context.now)
    return moved(notice)


@handles(WithdrawNotification, may="notifications:manage")
async def withdraw_notification(command: WithdrawNotification, context: Context, book: Book) -> NoticeMoved:
    notice = await _known(command.notice_id, context, book)
    notice.withdraw()
    return moved(notice)


@handles(SettleNotification, may="notifications:manage")
async def settle_notification(command: SettleNotification, context: Context, book: Book) -> NoticeMoved:
    notice = await _known(command.notice_id, context, book)
    notice.settle(sent=command.sent, reason=command.reason)
    return moved(notice)


async def _known(notice_id: UUID, context: Context, book: Book) -> Notice:
    notice = await book.load(Notice, notice_id)
    if not notice.exists:
        raise UnknownNotice
    context.must_match(notice)
    return notice


async def _must_reach_family(patient_id: UUID, channel: Channel, book: Book) -> None:
    patient = await book.read(Patient, patient_id)
    if not patient.exists:
        raise Missing("There is no such patient.")
    if patient.erased:
        raise Erased
    if channel in (await book.read(ContactPreferences, preferences_id(patient_id))).opted_out:
        raise HasOptedOut
    if not (patient.guardian.phone if channel is Channel.SMS else patient.guardian.email):
        raise NoAddress


async def _must_reach(user_id: UUID, channel: Channel, book: Book) -> None:
    user = await book.read(User, user_id)
    if not user.exists or not user.active:
        raise Missing("There is no such user.")
    if not (user.phone if channel is Channel.SMS else user.email):
        raise NoAddress
