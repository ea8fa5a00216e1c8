"""The sending worker: takes what is due, claims it, hands it to a provider, and says what came of it.

Any number may run. A claim is an append to the notice's stream, so of several workers one wins; the others are refused
and go on. Between claim and report a worker may die: then the lease runs out, the notice is UNKNOWN, and its provider
is asked. Nothing is ever sent again on a guess.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from application.base import SYSTEM, Command, Context, Outcome, Store, execute
from application.notices import ClaimNotice, Outgoing, ReportNotice, outgoing
from application.notices import Outcome as Came
from application.notices.senders import (
    SEND_SECONDS,
    Absent,
    Accepted,
    Answer,
    Busy,
    Declined,
    DueNotices,
    Found,
    Parcel,
    Sender,
    Traced,
    Unanswered,
    Work,
)
from application.ports import Clock
from consumers.base import named
from domain.base import Refused
from domain.notices import LEASE, NoticeStatus, Problem, Todo
from domain.values import Channel, Role

log = logging.getLogger("daybook.sending")

BATCH: Final = 200
AT_ONCE: Final = 8
LOOK_ROUND: Final = 1.0
"""Seconds between two looks at what is due."""
REST: Final = 3.0
"""Seconds for which a notice just handled is left alone: the list of what is due lags behind the book."""
PATIENCE: Final = 60.0
"""Seconds for which a report is offered again while the book cannot be reached; then the lease will tell."""
SETTLED: Final = timedelta(minutes=5)
"""A provider that does not know a message by then has not got it."""
LONGEST_BUSY: Final = 900.0
SILENCE: Final = 5
"""So many tries in a row without an answer, and a channel is left alone for a while: else an hour's outage would leave
the fate of every notice of that hour unknown."""
PAUSE: Final = 120.0
AWAY: Final = "SERVICE_UNAVAILABLE"


@dataclass(slots=True)
class Tally:
    """What a worker has done since it began, by outcome; ``refused``: somebody else was quicker."""

    counts: dict[str, int] = field(default_factory=dict)
    refused: int = 0

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


class Worker:
    def __init__(
        self, due: DueNotices, senders: Mapping[Channel, Sender], store: Store, clock: Clock,
        new_id: Callable[[], UUID],
    ) -> None:  # fmt: skip
        self.tally = Tally()
        self._due = due
        self._senders = senders
        self._store = store
        self._clock = clock
        self._new_id = new_id
        self._resting: dict[UUID, float] = {}
        self._paused: dict[Channel, datetime] = {}
        self._silent: dict[Channel, int] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Until told to stop; what is under way is finished first."""
        away = False
        while not stopping.is_set():
            try:
                busy = await self.round()
                away = False
            except Refused as refusal:
                busy = 0
                if refusal.code != AWAY:
                    raise
                if not away:
                    log.warning("what is due cannot be seen (%s)", named(refusal))
                away = True
            if busy < BATCH:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), LOOK_ROUND)

    async def round(self) -> int:
        """Look once at what is due, and handle it; how much there was."""
        time = asyncio.get_running_loop().time()
        self._resting = {id_: until for id_, until in self._resting.items() if until > time}
        found = [work for work in await self._due.due(self._clock.now(), BATCH) if work.notice_id not in self._resting]
        random.shuffle(found)  # of several workers each begins elsewhere
        free = asyncio.Semaphore(AT_ONCE)

        async def handle(work: Work) -> None:
            async with free:
                await self._handle(work)

        await asyncio.gather(*map(handle, found))
        return len(found)

    async def _handle(self, work: Work) -> None:
        try:
            await _WAYS[work.todo](self, work)
        except Refused as refusal:
            if refusal.code != AWAY:
                self.tally.refused += 1
        except Exception as error:
            # Its text may quote people. The lease, or the next look, puts this notice right.
            log.error("notice %s could not be handled (%s)", work.notice_id, named(error))
            self.tally.count("error")
        self._resting[work.notice_id] = asyncio.get_running_loop().time() + REST

    async def _send(self, work: Work) -> None:
        claim = self._new_id()
        outcome = await self._do(work, ClaimNotice(notice_id=work.notice_id, claim=claim), f"claim/{claim}")
        if outcome.result["status"] != NoticeStatus.SENDING:
            self.tally.count(outcome.result["status"])
            return
        out = await outgoing(work.notice_id, self._context(work, None), self._store)
        if out is not None and out.claim != claim:
            return
        answer, sender = await self._offer(out)
        await self._report(work, _came(work, answer, claim, sender, self._clock.now()), f"report/{claim}")
        self.tally.count(type(answer).__name__)

    async def _offer(self, out: Outgoing | None) -> tuple[Answer, Sender | None]:
        if out is None:
            return Declined(Problem.REFUSED, "ERASED"), None
        sender = self._senders.get(out.channel)
        if sender is None:
            return Declined(Problem.NOT_SET_UP), None
        now = self._clock.now()
        if (until := self._paused.get(out.channel)) is not None and now < until:
            return Busy((until - now).total_seconds()), sender
        if now > out.began_at + LEASE / 2:
            return Declined(Problem.NOT_REACHED, "STALLED"), sender  # somebody else may take it to be lost by now
        try:
            answer = await asyncio.wait_for(sender.send(_parcel(out)), SEND_SECONDS)
        except TimeoutError:
            answer = Unanswered("TIMEOUT")
        except Exception as error:
            log.error("%s failed in a way it should not (%s)", sender.name, named(error))
            answer = Unanswered(type(error).__name__)
        silent = self._silent[out.channel] = self._silent.get(out.channel, 0) + 1 if _no_answer(answer) else 0
        if isinstance(answer, Busy):
            answer = Busy(min(max(answer.seconds, 1.0), LONGEST_BUSY))
            self._paused[out.channel] = now + timedelta(seconds=answer.seconds)
        elif silent >= SILENCE:
            log.warning("%s has not answered %d times: left alone for %.0f s", sender.name, silent, PAUSE)
            self._paused[out.channel] = now + timedelta(seconds=PAUSE)
        return answer, sender

    async def _give_up_waiting(self, work: Work) -> None:
        out = await outgoing(work.notice_id, self._context(work, None), self._store)
        sender = None if out is None else self._senders.get(out.channel)
        lost = ReportNotice(
            notice_id=work.notice_id, outcome=Came.LOST, askable=sender is not None and sender.askable
        )  # fmt: skip
        await self._do(work, lost, f"lost/{self._new_id()}")
        self.tally.count("lost")

    async def _ask(self, work: Work) -> None:
        out = await outgoing(work.notice_id, self._context(work, None), self._store)
        sender = None if out is None else self._senders.get(out.channel)
        report = ReportNotice(notice_id=work.notice_id, outcome=Came.ASKED_IN_VAIN)
        if out is not None and sender is not None and sender.askable and out.provider in {None, sender.name}:
            found = await sender.find(_parcel(out), out.began_at)
            if isinstance(found, Found):
                told = {"outcome": Came.FOUND, "provider": sender.name, "provider_id": found.provider_id}
                report = report.model_copy(update={**told, "traced": sender.traces})
            elif isinstance(found, Absent) and self._clock.now() >= out.began_at + SETTLED:
                report = report.model_copy(update={"outcome": Came.ABSENT})
        await self._do(work, report, f"asked/{self._new_id()}")
        self.tally.count(report.outcome)

    async def _trace(self, work: Work) -> None:
        out = await outgoing(work.notice_id, self._context(work, None), self._store)
        sender = None if out is None else self._senders.get(out.channel)
        report = ReportNotice(notice_id=work.notice_id, outcome=Came.TRACED)
        if out is not None and sender is not None and out.provider == sender.name and out.provider_id is not None:
            traced = await sender.trace(out.provider_id)
            if isinstance(traced, Traced):
                report = report.model_copy(update={"delivery": traced.delivery, "code": traced.code})
        await self._do(work, report, f"traced/{self._new_id()}")
        self.tally.count(report.delivery)

    async def _report(self, work: Work, report: ReportNotice, key: str) -> None:
        """Say what came of it, again and again while the book is away: what is not said has to be found out."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                await self._do(work, report, key)
            except Refused as refusal:
                if refusal.code != AWAY or asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.2)
            else:
                return

    async def _do(self, work: Work, command: Command, key: str) -> Outcome:
        return await execute(command, self._context(work, f"{work.notice_id}/{key}"), self._store)

    def _context(self, work: Work, key: str | None) -> Context:
        return Context(
            tenant_id=work.tenant_id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=self._clock.now(),
            correlation=self._new_id(), new_id=self._new_id, key=key,
        )  # fmt: skip


_WAYS: Final[Mapping[Todo, Callable[[Worker, Work], Any]]] = {
    Todo.SEND: Worker._send,
    Todo.GIVE_UP_WAITING: Worker._give_up_waiting,
    Todo.ASK: Worker._ask,
    Todo.TRACE: Worker._trace,
}


def _no_answer(answer: Answer) -> bool:
    return isinstance(answer, Unanswered)


def _parcel(out: Outgoing) -> Parcel:
    composed = out.composed
    return Parcel(
        out.key, composed.address, composed.text, composed.subject, out.sender_name, composed.template_code,
        msgspec.json.decode(composed.values, type=dict[str, str]),
    )  # fmt: skip


def _came(work: Work, answer: Answer, claim: UUID, sender: Sender | None, now: datetime) -> ReportNotice:
    known: dict[str, Any] = {"notice_id": work.notice_id, "claim": claim}
    if sender is not None:
        known |= {"provider": sender.name, "askable": sender.askable, "traced": sender.traces}
    match answer:
        case Accepted(provider_id):
            return ReportNotice(**known, outcome=Came.SENT, provider_id=provider_id)
        case Declined(problem, code):
            return ReportNotice(**known, outcome=Came.FAILED, problem=problem, code=code)
        case Busy(seconds):
            return ReportNotice(**known, outcome=Came.BUSY, until=now + timedelta(seconds=seconds))
        case Unanswered(code):
            return ReportNotice(**known, outcome=Came.UNKNOWN, problem=Problem.NO_ANSWER, code=code)
