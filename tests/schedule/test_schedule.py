"""Schedulers against a real book: four at once, started anew at nine o'clock, down over it, and killed."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg import sql

from application.notices import RequestNotices
from consumers.schedule import Centre as Place
from consumers.schedule import Scheduler
from tests.schedule.clinic import Clinic, clinic, ticked
from tests.support.postgres import Database
from tests.support.system import RunningSystem, running_system, wait_until

INDIA = ZoneInfo("Asia/Kolkata")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def quiet(shared_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """An installation of its own: a scheduler looks after every centre there is."""
    with running_system(shared_database, tmp_path_factory.mktemp("schedule")) as running:
        yield running


def nine(zone: ZoneInfo = INDIA, day: int = 15, months: int = 2) -> datetime:
    """Nine o'clock on that day, so many months from now: everybody owes by then."""
    first = date.today().replace(day=1)  # noqa: DTZ011
    for _ in range(months):
        first = (first + timedelta(days=32)).replace(day=1)
    return datetime(first.year, first.month, day, 9, tzinfo=zone).astimezone(UTC)


def dues(made: Clinic) -> Counter[tuple[str, str | None]]:
    return Counter((patient, month) for patient, month, _ in made.asked("DUES_REMINDER"))


def once_each(made: Clinic, at: datetime) -> Counter[tuple[str, str | None]]:
    return Counter((patient, f"{at.astimezone(INDIA):%Y-%m}") for patient in made.patients)


def test_four_schedulers_restarted_at_nine_remind_each_family_once(quiet: RunningSystem) -> None:
    made = clinic(quiet, 10)
    at = nine()
    ticked(quiet, [at - SECOND], 4)
    assert dues(made) == Counter()
    used = ticked(quiet, [at, at, at + SECOND, at + MINUTE, at + timedelta(hours=3)], 4)
    assert dues(made) == once_each(made, at)
    assert made.mark() == f"{at.astimezone(INDIA):%Y-%m}"
    assert sum(each.tally.failed for each in used) == 0
    # The next month is another one.
    ticked(quiet, [nine(months=3)], 4)
    assert dues(made) == once_each(made, at) + once_each(made, nine(months=3))


def test_down_over_nine_o_clock_reminds_when_it_is_back(quiet: RunningSystem) -> None:
    made = clinic(quiet, 3)
    at = nine(months=4)
    ticked(quiet, [at - MINUTE, at + 10 * MINUTE])
    assert dues(made) == once_each(made, at)


def test_while_the_database_takes_nobody_more_it_says_so_and_it_reminds_later(
    quiet: RunningSystem, caplog: pytest.LogCaptureFixture
) -> None:
    made, at = clinic(quiet, 2), nine(months=9)
    with psycopg.connect(quiet.database.admin_url, autocommit=True) as db:  # a superuser is always let in
        limit = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
        db.execute(limit.format(sql.Identifier(quiet.database.name), sql.Literal(0)))
        try:
            ticked(quiet, [at])
        finally:
            db.execute(limit.format(sql.Identifier(quiet.database.name), sql.Literal(-1)))
    assert "cannot be seen (Unavailable SERVICE_UNAVAILABLE by OperationalError)" in caplog.text
    assert dues(made) == Counter()
    ticked(quiet, [at + MINUTE])
    assert dues(made) == once_each(made, at)


def test_each_centre_at_its_own_nine_o_clock_of_its_own_day(quiet: RunningSystem) -> None:
    berlin, york = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
    early = clinic(quiet, 1, zone="Europe/Berlin", duesReminderDay=14)
    late = clinic(quiet, 1, zone="America/New_York", duesReminderDay=14)
    at = nine(berlin, 14, 5)
    ticked(quiet, [at - SECOND])
    assert not dues(early)
    ticked(quiet, [at])
    assert dues(early)
    assert not dues(late)
    ticked(quiet, [nine(york, 14, 5)])
    assert dues(late).total() == dues(early).total() == 1


class Naive(Scheduler):
    """The negative control: every notice asked for is another one, and the hour is all that is looked at."""

    async def _ask(self, centre: Place, command: RequestNotices, patient_id: Any) -> None:
        fresh = command.model_copy(update={"occasion": f"{command.occasion}/{uuid4()}"})
        await super()._ask(centre, fresh, patient_id)

    async def _remind_of_dues(self, centre: Place, done: str | None, now: datetime) -> None:
        local = now.astimezone(centre.zone)
        if (local.day, local.hour, local.minute) == (15, 9, 0):
            await super()._remind_of_dues(centre, None, now)


def test_a_naive_scheduler_doubles_and_misses(quiet: RunningSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    made, at = clinic(quiet, 2), nine(months=6)
    monkeypatch.setattr("adapters.scheduling.Scheduler", Naive)
    ticked(quiet, [at], 4)
    assert dues(made).total() == 4 * 2
    missed = nine(months=7)
    ticked(quiet, [missed - MINUTE, missed + 10 * MINUTE], 4)
    assert not [month for _, month in dues(made) if month == f"{missed:%Y-%m}"]


def test_who_owes_nothing_is_not_reminded(quiet: RunningSystem) -> None:
    made, at = clinic(quiet, 3), nine(months=2)
    payment = {"patientId": made.patients[0], "amount": "800.00", "method": "CASH"}
    made.centre.post("/payments", payment, expect=201)
    made.centre.post(f"/sessions/{made.sessions[1]}/cancel", {"reason": "Ill", "cancelledBy": "CENTRE"})
    ticked(quiet, [at])
    assert [patient for patient, _ in dues(made)] == [made.patients[2]]


def test_sessions_are_reminded_of_once_whoever_looks(quiet: RunningSystem) -> None:
    made = clinic(quiet, 4, reminderHoursBefore=2)
    starts = [utc_of(made.centre.get(f"/sessions/{session}")["startsAt"]) for session in made.sessions]
    first = min(starts)
    ticked(quiet, [first - timedelta(hours=2) - SECOND], 2)
    assert made.asked("SESSION_REMINDER") == []
    ticked(quiet, [first - timedelta(hours=2), first - timedelta(hours=2) + MINUTE], 4)
    assert [session for _, _, session in made.asked("SESSION_REMINDER")] == [made.sessions[0]]
    # Down for an hour and a half, while one is cancelled and one is moved away.
    made.centre.post(f"/sessions/{made.sessions[1]}/cancel", {"reason": "Ill", "cancelledBy": "CENTRE"})
    made.centre.put(f"/sessions/{made.sessions[2]}", {"startTime": "18:00"})
    made.settle()
    ticked(quiet, [first + timedelta(hours=2, minutes=30)], 4)
    told = Counter(session for _, _, session in made.asked("SESSION_REMINDER"))
    assert told == Counter({made.sessions[0]: 1, made.sessions[3]: 1})
    # Moved after it was reminded of: another occasion.
    made.centre.put(f"/sessions/{made.sessions[3]}", {"startTime": "19:00"})
    made.settle()
    ticked(quiet, [first + timedelta(hours=8, minutes=10)] * 2, 4)
    told = Counter(session for _, _, session in made.asked("SESSION_REMINDER"))
    assert told == Counter({made.sessions[0]: 1, made.sessions[2]: 1, made.sessions[3]: 2})


def utc_of(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_requests_to_move_expire_and_old_answers_are_purged(quiet: RunningSystem) -> None:
    made = clinic(quiet, 1)
    session = made.sessions[0]
    day = (date.today() + timedelta(days=12)).isoformat()  # noqa: DTZ011
    wish = {"sessionId": session, "proposals": [{"date": day, "startTime": "15:00"}], "reason": "Training"}
    request = made.centre.post("/reschedule-requests", wish, as_="Thea", expect=201)["id"]
    start = utc_of(made.centre.get(f"/sessions/{session}")["startsAt"])
    made.settle()
    ticked(quiet, [start - SECOND])
    assert made.centre.get(f"/reschedule-requests/{request}")["closedAt"] is None
    with psycopg.connect(quiet.database.admin_url) as db:
        db.execute(
            "UPDATE book.commands SET recorded_at = now() - interval '200 days' WHERE tenant_id = %s AND position = 1",
            [made.centre.tenant_id],
        )
    used = ticked(quiet, [start, start + SECOND], 2)
    wait_until(lambda: made.centre.get(f"/reschedule-requests/{request}")["closedAt"] is not None)
    assert sum(each.tally.failed for each in used) == 0
    with psycopg.connect(quiet.database.admin_url) as db:
        old = db.execute("SELECT count(*) FROM book.commands WHERE recorded_at < now() - interval '91 days'").fetchone()
        left = db.execute("SELECT count(*) FROM book.commands").fetchone()
    assert old == (0,)
    assert left is not None
    assert left[0] > 0


def test_every_book_is_signed_once_a_day_and_none_that_was_altered(quiet: RunningSystem) -> None:
    good, bad = clinic(quiet, 1), clinic(quiet, 1)
    at = nine(months=60)  # later than any other test has looked

    def signed(made: Clinic) -> list[int]:
        with psycopg.connect(quiet.database.admin_url) as db:
            rows = db.execute(
                "SELECT position FROM book.checkpoints WHERE tenant_id = %s ORDER BY position", [made.centre.tenant_id]
            ).fetchall()
        return [row[0] for row in rows]

    ticked(quiet, [at, at + MINUTE], 4)
    assert len(signed(good)) == len(signed(bad)) == 1
    for made in (good, bad):
        made.centre.patient()
        made.settle()
    with psycopg.connect(quiet.database.admin_url) as db:
        db.execute(
            "UPDATE book.events SET effective_on = effective_on - 1 WHERE tenant_id = %s AND position = ("
            " SELECT max(position) FROM book.events WHERE tenant_id = %s)", [bad.centre.tenant_id] * 2,
        )  # fmt: skip
    ticked(quiet, [at + timedelta(days=1)], 4)
    assert len(signed(good)) == 2
    assert len(signed(bad)) == 1


def test_nobody_can_purge_what_is_young(quiet: RunningSystem) -> None:
    with psycopg.connect(quiet.database.url("daybook_app"), autocommit=True) as db:
        assert db.execute("SELECT book.purge('commands', now() + interval '1 year', 100)").fetchone() == (0,)
        assert db.execute("SELECT book.purge('refresh_tokens', now() + interval '1 year', 100)").fetchone() == (0,)
        with pytest.raises(psycopg.errors.RaiseException):
            db.execute("SELECT book.purge('events', now(), 100)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("DELETE FROM book.commands")


def kill_often(quiet: RunningSystem, made: Clinic, at: datetime, kills: int, seed: int) -> None:
    """Four schedulers, of which one is killed and started anew again and again until all is asked for."""
    chance = random.Random(seed)

    def start(now: datetime) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.schedule.process", now.isoformat()]
        return subprocess.Popen(command, env=quiet.environment, stdout=subprocess.PIPE, text=True)

    running = [start(at - SECOND) for _ in range(2)]
    try:
        for number in range(kills):
            process = running.pop(0)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            end = chance.random() * 0.4
            wait_until(lambda process=process, end=end: waited(process, end))
            process.kill()
            process.wait()
            running.append(start(at + number * SECOND))
        wait_until(lambda: made.mark() == f"{at.astimezone(INDIA):%Y-%m}", 60)
    finally:
        for process in running:
            process.kill()
            process.wait()


def waited(process: subprocess.Popen[str], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    raise AssertionError("a scheduler ended by itself")


def test_killed_at_any_point_nobody_is_reminded_twice_or_forgotten(quiet: RunningSystem) -> None:
    made, at = clinic(quiet, 40), nine(months=8)
    kill_often(quiet, made, at, kills=4, seed=4)
    assert dues(made) == once_each(made, at)


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_killed_fifty_times(quiet: RunningSystem) -> None:
    total = 0
    for turn in range(10):
        made, at = clinic(quiet, 40), nine(months=10 + turn)
        kill_often(quiet, made, at, kills=5, seed=turn)
        assert dues(made) == once_each(made, at)
        total += dues(made).total()
    print(f"\n50 kills, {total} reminders, each once")
