"""What the API says of the replayed day, against what the file says: every difference, in words."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from benchmarks.client import Client, SessionRow, TrialBalance
from benchmarks.day_plan import PRICE, Expected, Place

DAYBOOK = (sys.executable, "-m", "adapters.cli")
REBUILD = ("rebuild", "all", "--json")


@dataclass
class Centre:
    """One tenant of the replayed day."""

    name: str
    client: Client
    day: date
    expected: Expected
    places: Sequence[Place]
    patients: dict[str, str] = field(default_factory=dict)  # the file's patient → the API's id
    sessions: dict[str, str] = field(default_factory=dict)  # the file's appointment → the API's id


@dataclass(frozen=True)
class Answers:
    """Everything asked of the API about one tenant."""

    total: int
    attended: int
    no_shows: int
    sessions: tuple[SessionRow, ...]
    payments: tuple[Decimal, ...]
    dues: dict[str, Decimal]  # by the API's patient id
    balance: TrialBalance

    @property
    def fingerprint(self) -> str:
        """Equal for equal read models, whatever order a list comes in."""
        lists = (sorted(map(repr, self.sessions)), sorted(self.payments), sorted(self.dues.items()))
        return hashlib.sha256(
            repr((self.total, self.attended, self.no_shows, lists, self.balance)).encode()
        ).hexdigest()


async def ask(centre: Centre) -> Answers:
    client, day = centre.client, centre.day.isoformat()
    total, sessions = await client.sessions(day)
    attended = await client.count_sessions(day, "COMPLETED")
    no_shows = await client.count_sessions(day, "NO_SHOW")
    payments = await client.payments()
    dues = {patient_id: await client.outstanding(patient_id) for patient_id in centre.patients.values()}
    balance = await client.trial_balance()
    return Answers(total, attended, no_shows, tuple(sessions), tuple(payments), dues, balance)


def differences(centre: Centre, answers: Answers) -> Iterator[str]:
    """One line for each figure that is not as the file has it."""
    should, balance = centre.expected, answers.balance
    figures = [
        ("sessions", should.sessions, answers.total),
        ("attended", should.attended, answers.attended),
        ("no-shows", should.no_shows, answers.no_shows),
        ("payments", should.attended, len(answers.payments)),
        ("money paid, by the payments", should.paid, sum(answers.payments, Decimal())),
        ("money paid, by the cash accounts", should.paid, balance.cash),
        ("money billed", should.billed, balance.billed),
        ("money due, by the patients' dues", should.due, sum(answers.dues.values(), Decimal())),
        ("money due, by the receivables", should.due, balance.receivable),
        ("difference of the trial balance", Decimal(), balance.difference),
        ("trial balance added up", Decimal(), balance.added_up),
    ]
    for what, file, api in figures:
        if file != api:
            yield f"{centre.name}: {what}: {file} in the file, {api} from the API"
    for patient, due in should.due_by_patient.items():
        patient_id = centre.patients.get(patient)
        api_due = answers.dues.get(patient_id) if patient_id else None
        if api_due != due:
            yield f"{centre.name}: patient {patient} owes {due} by the file, {api_due} by the API"
    yield from _session_differences(centre, answers.sessions)


def _session_differences(centre: Centre, rows: Sequence[SessionRow]) -> Iterator[str]:
    """Each appointment is there once, as it was booked and with how it ended; nothing else is there."""
    found = {row.id: row for row in rows}
    if len(found) != len(rows):
        yield f"{centre.name}: {len(rows) - len(found)} sessions are listed twice"
    for place in centre.places:
        one = place.appointment
        row = found.pop(centre.sessions.get(one.number, ""), None)
        status = "COMPLETED" if one.attended else "NO_SHOW"
        should = (centre.patients.get(one.patient), status, place.start, PRICE)
        said = row and (row.patient_id, row.status, row.start, row.price)
        if said != should:
            yield f"{centre.name}: appointment {one.number} is {said}, should be {should}"
    for row in found.values():
        yield f"{centre.name}: session {row.id} stands in no row of the file"


async def verified(centre: Centre) -> Iterator[str]:
    answer = await centre.client.verify()
    return iter(() if answer.get("verified") is True else (f"{centre.name}: the chain does not verify: {answer}",))


async def rebuild_differences(centres: Sequence[Centre], before: Sequence[Answers]) -> tuple[str, list[str]]:
    """Rebuilds every projection of the server's database; what `daybook` said of it, and each difference.

    Two witnesses: the command's own comparison of served with rebuilt rows, and the API's answers before and after.
    """
    said, wrong = await asyncio.to_thread(_rebuild)
    for centre, old in zip(centres, before, strict=True):
        if (await ask(centre)).fingerprint != old.fingerprint:
            wrong.append(f"{centre.name}: the API answers otherwise after the rebuild")
    return said, wrong


def _rebuild() -> tuple[str, list[str]]:
    """Runs `daybook` on the installation that this environment names, as the server's own was started."""
    done = subprocess.run([*DAYBOOK, *REBUILD], capture_output=True, text=True, check=False)  # noqa: S603  # our own
    last = done.stdout.strip().rpartition("\n")[2]
    try:
        report = json.loads(last)
        said = f"{report['events']:,} events, {report['rows']:,} rows, {report['differing']} differing"
        identical = report["differing"] == 0
    except (json.JSONDecodeError, KeyError, TypeError):
        said, identical = last or done.stderr.strip()[-500:], False
    return said, [] if identical and not done.returncode else [f"rebuild: exit {done.returncode}: {said}"]
