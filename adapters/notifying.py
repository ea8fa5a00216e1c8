"""Sending notices, put together: the providers there are, what is due, and what messages do not tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.commanding import CommandSide
from adapters.console import Console
from adapters.event_store import Unavailable
from adapters.mail import OutboxMailer
from adapters.settings import Settings
from adapters.sms import keep_libraries_quiet
from adapters.sms_settings import ConsoleFolder
from adapters.smtp import Outbox, Smtp
from adapters.system import ReadSide
from application.base import PLATFORM, SYSTEM, Context
from application.notices.senders import Sender, Work
from consumers.base import Message
from consumers.sending import Worker
from domain.notices import Todo
from domain.values import Channel, Role
from projections import billing, notices, staff

__all__ = ["Due", "Look", "make_senders", "reading_of", "send_notices"]

CATCH_UP_SECONDS = 5.0
CONNECTIONS = 4


class Due:
    """What is due, of all centres, from the read models."""

    def __init__(self, side: CommandSide, reading: ReadSide) -> None:
        self._side = side
        self._reading = reading

    async def due(self, now: datetime, most: int) -> Sequence[Work]:
        context = Context(
            tenant_id=PLATFORM, actor=SYSTEM, role=Role.SUPER_ADMIN, now=now, correlation=self._side.new_id(),
            new_id=self._side.new_id,
        )  # fmt: skip
        async with self._reading(context) as db:
            rows = await notices.due(db, now, most)
        return [Work(row["tenant_id"], row["id"], Todo(row["todo"])) for row in rows]


class Look:
    """What messages do not tell, from the read models, once those are as far as the message."""

    def __init__(self, side: CommandSide, reading: ReadSide) -> None:
        self._side = side
        self._reading = reading

    async def deciders(self, message: Message) -> Sequence[UUID]:
        async with self._reading(await self._caught_up(message)) as db:
            return await staff.with_roles(db, (Role.WORKSPACE_ADMIN, Role.OPERATOR))

    async def receipt_number(self, message: Message, payment_id: UUID) -> str | None:
        async with self._reading(await self._caught_up(message)) as db:
            found = await billing.payments.recorded(db, payment_id)
        return None if found is None else found["receipt_number"]

    async def _caught_up(self, message: Message) -> Context:
        side = self._side
        if not await side.positions.reached(message.tenant_id, message.position, CATCH_UP_SECONDS):
            raise Unavailable
        return Context(
            tenant_id=message.tenant_id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=side.clock.now(),
            correlation=message.correlation, new_id=side.new_id,
        )  # fmt: skip


@asynccontextmanager
async def reading_of(settings: Settings) -> AsyncIterator[ReadSide]:
    """The read models, over a few connections. Not a replica's: what is due must not lag more than it does."""
    reading = ReadSide.at(settings.app_url, CONNECTIONS)
    try:
        yield reading
    finally:
        await reading.close()


async def send_notices(settings: Settings, side: CommandSide, reading: ReadSide, stopping: asyncio.Event) -> None:
    """Send what is due, until told to stop."""
    senders = make_senders(settings)
    try:
        await Worker(Due(side, reading), senders, side.store, side.clock, side.new_id).run(stopping)
    finally:
        for sender in senders.values():
            await sender.close()


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
