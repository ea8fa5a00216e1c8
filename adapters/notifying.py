"""Sending notices, put together: the providers there are, what is due, and what messages do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.console import Console
from adapters.event_store import Unavailable
from adapters.mail import OutboxMailer
from adapters.settings import Settings
from adapters.sms import keep_libraries_quiet
from adapters.sms_settings import ConsoleFolder
from adapters.smtp import Outbox, Smtp
from adapters.system import System
from application.base import PLATFORM, SYSTEM, Context
from application.notices.senders import Sender, Work
from consumers.base import Message
from consumers.notifications import Notifications
from consumers.sending import Worker
from domain.notices import Todo
from domain.values import Channel, Role
from projections import billing, notices, staff

__all__ = ["Due", "Look", "make_notifications", "make_senders", "make_worker"]

CATCH_UP_SECONDS = 5.0


class Due:
    """What is due, of all centres, from the read models."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def due(self, now: datetime, most: int) -> Sequence[Work]:
        context = Context(
            tenant_id=PLATFORM, actor=SYSTEM, role=Role.SUPER_ADMIN, now=now, correlation=self._system.new_id(),
            new_id=self._system.new_id,
        )  # fmt: skip
        async with self._system.reading(context) as db:
            rows = await notices.due(db, now, most)
        return [Work(row["tenant_id"], row["id"], Todo(row["todo"])) for row in rows]


class Look:
    """What messages do not tell, from the read models, once those are as far as the message."""

    def __init__(self, system: System) -> None:
        self._system = system

    async def deciders(self, message: Message) -> Sequence[UUID]:
        async with self._system.reading(await self._caught_up(message)) as db:
            return await staff.with_roles(db, (Role.WORKSPACE_ADMIN, Role.OPERATOR))

    async def receipt_number(self, message: Message, payment_id: UUID) -> str | None:
        async with self._system.reading(await self._caught_up(message)) as db:
            found = await billing.payments.recorded(db, payment_id)
        return None if found is None else found["receipt_number"]

    async def _caught_up(self, message: Message) -> Context:
        system = self._system
        if not await system.positions.reached(message.tenant_id, message.position, CATCH_UP_SECONDS):
            raise Unavailable
        return Context(
            tenant_id=message.tenant_id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=system.clock.now(),
            correlation=message.correlation, new_id=system.new_id,
        )  # fmt: skip


def make_notifications(system: System) -> Notifications:
    return Notifications(Look(system))


def make_worker(system: System, senders: dict[Channel, Sender]) -> Worker:
    return Worker(Due(system), senders, system.store, system.clock, system.new_id)


def make_senders(settings: Settings) -> dict[Channel, Sender]:
    """One for each channel. Whoever makes them closes them."""
    keep_libraries_quiet()
    if settings.smtp is not None:
        mail: Sender = Smtp(settings.smtp)
    else:
        mail = Outbox(OutboxMailer(settings.outbox, settings.mail_from))
    return {Channel.SMS: _sms(settings.sms), Channel.EMAIL: mail}


def _sms(account: Any) -> Sender:
    kind = type(account).__name__
    if isinstance(account, ConsoleFolder):
        return Console(account.path)
    if kind == "TwilioAccount":
        from adapters.twilio import Twilio  # noqa: PLC0415 - as the settings do

        return Twilio(account)
    if kind == "Msg91Account":
        from adapters.msg91 import Msg91  # noqa: PLC0415

        return Msg91(account)
    from adapters.sns import Sns  # noqa: PLC0415

    return Sns(account)
