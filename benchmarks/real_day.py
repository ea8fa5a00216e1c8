"""Replays a real day of appointments against a running Daybook, through HTTP only, and checks the outcome.

    python benchmarks/real_day.py FILE --email SUPER_ADMIN --password … [--base-url URL] [--rebuild]

Each neighbourhood becomes a new tenant with as many therapists as its load needs. Tenants run at the same
time; within one, appointments are booked in booking order, then the day happens: who came is started,
completed and paid, who did not is marked no-show. Then the API is asked for every figure that the file
determines. Exit status 1 if one differs.

A server with the default rate limits (100 requests a minute and user) puts most calls off; the wait is
printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if __package__ in {None, ""}:  # run as a file: the path has to be right before the imports
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from benchmarks.client import Client, Line, Refused
from benchmarks.day_check import Answers, Centre, ask, differences, rebuild_differences, verified
from benchmarks.day_plan import (
    CLOSES,
    MINUTES,
    OPENS,
    PRICE,
    Appointment,
    Place,
    by_tenant,
    clock,
    expected,
    places,
    read,
    slug,
)
from benchmarks.load import percentile, run

ZONE, CURRENCY = "America/Sao_Paulo", "BRL"
SHOWN = 50  # differences printed in full; the rest is counted


@dataclass(frozen=True)
class Options:
    file: Path
    base_url: str
    email: str
    password: str
    rebuild: bool
    connections: int


async def open_centre(line: Line, platform: Client, name: str, appointments: list[Appointment], run_id: str) -> Centre:
    """A tenant with its administrator, as yet without anyone else."""
    handle, password = f"{slug(name)}-{run_id}", f"Aa1!{secrets.token_urlsafe(16)}"
    email = f"admin@{handle}.example"
    admin = {"email": email, "firstName": "Admin", "lastName": name.title(), "password": password}
    await platform.create_tenant(name.title(), handle, ZONE, CURRENCY, admin)
    client = await Client(line, email, password, handle).sign_in()
    return Centre(name, client, appointments[0].day, expected(appointments), places(appointments))


async def staff(centre: Centre, run_id: str) -> tuple[str, list[str]]:
    """The therapy type and the therapists, free all of the day."""
    client = centre.client
    therapy_type = await client.create_therapy_type("Consultation", MINUTES, PRICE)
    therapists = []
    for number in range(1 + max(place.therapist for place in centre.places)):
        email = f"therapist{number}@{slug(centre.name)}-{run_id}.example"
        password = f"Aa1!{secrets.token_urlsafe(16)}"
        therapist = await client.create_user(email, "Therapist", f"Number {number + 1}", "THERAPIST", password)
        await client.add_availability(therapist, centre.day.weekday(), clock(OPENS), clock(CLOSES))
        therapists.append(therapist)
    return therapy_type, therapists


async def admit(centre: Centre) -> None:
    """Every patient once. The file has no names, so its own pseudonyms serve; ages give birth years."""
    for number, place in enumerate(centre.places):
        one = place.appointment
        if one.patient not in centre.patients:
            born, phone = f"{one.day.year - one.age}-01-01", f"+5527999{number:06}"
            centre.patients[one.patient] = await centre.client.create_patient(
                "Patient", one.patient, born, f"Guardian of {one.patient}", phone
            )


async def book_all(centre: Centre, therapy_type: str, therapists: Sequence[str]) -> None:
    day = centre.day.isoformat()
    for place in centre.places:
        one = place.appointment
        centre.sessions[one.number] = await centre.client.book(
            centre.patients[one.patient], therapists[place.therapist], therapy_type, day, place.start
        )


async def live_through(centre: Centre) -> None:
    """The day itself, in the order of its hours."""

    def hour(place: Place) -> tuple[int, int]:
        return place.slot, place.therapist

    for place in sorted(centre.places, key=hour):
        session = centre.sessions[place.appointment.number]
        if place.appointment.attended:
            await centre.client.start(session)
            await centre.client.complete(session)
            await centre.client.pay_session(session, PRICE)
        else:
            await centre.client.no_show(session)


async def replay(line: Line, options: Options) -> tuple[list[Centre], float]:
    """Sets the centres up, then replays the day; the seconds are those of booking and living through it."""
    run_id = secrets.token_hex(3)  # a second replay on the same server makes new tenants
    tenants = by_tenant(read(options.file))
    platform = await Client(line, options.email, options.password).sign_in()
    begin = time.perf_counter()
    centres = await asyncio.gather(
        *(open_centre(line, platform, name, appointments, run_id) for name, appointments in tenants.items())
    )
    crews = await asyncio.gather(*(staff(centre, run_id) for centre in centres))
    await asyncio.gather(*(admit(centre) for centre in centres))
    count = sum(len(centre.places) for centre in centres)
    people = sum(len(centre.patients) for centre in centres)
    print(
        f"{count} appointments, {people} patients, {sum(len(crew) for _, crew in crews)} therapists at"
        f" {len(centres)} centres; set up in {time.perf_counter() - begin:.1f} s"
    )
    begin = time.perf_counter()
    await asyncio.gather(*(book_all(centre, *crew) for centre, crew in zip(centres, crews, strict=True)))
    booked = time.perf_counter()
    await asyncio.gather(*(live_through(centre) for centre in centres))
    now = time.perf_counter()
    print(f"booked in {booked - begin:.1f} s ({count / (booked - begin):.0f}/s), lived through in {now - booked:.1f} s")
    return list(centres), now - begin


async def check(centres: Sequence[Centre], options: Options) -> list[str]:
    answers: list[Answers] = await asyncio.gather(*(ask(centre) for centre in centres))
    wrong = [line for centre, said in zip(centres, answers, strict=True) for line in differences(centre, said)]
    for lines in await asyncio.gather(*(verified(centre) for centre in centres)):
        wrong += lines
    if not options.rebuild:
        print("rebuild: not checked, since --rebuild was not given")
        return wrong
    said, unlike = await rebuild_differences(centres, answers)
    print(f"rebuild: {said}")
    return wrong + unlike


def print_totals(centres: Sequence[Centre]) -> None:
    figures = ("sessions", "attended", "no_shows", "billed", "paid", "due")
    totals = {name: sum(getattr(centre.expected, name) for centre in centres) for name in figures}
    print("by the file:", ", ".join(f"{total:,} {name.replace('_', '-')}" for name, total in totals.items()))


def print_latencies(line: Line, seconds: float) -> None:
    day = ("book", "start", "complete", "no-show", "pay")
    calls = sum(len(line.latencies[kind]) for kind in day)
    print(
        f"the day: {calls} commands in {seconds:.1f} s, {calls / seconds:.0f}/s;"
        f" {line.put_off} put off by limits, for {line.put_off_seconds:.0f} s in all"
    )
    print(f"\n{'call':<20}{'count':>7}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    for kind, latencies in line.latencies.items():
        shares = "".join(f"{percentile(latencies, share) * 1e3:>9.1f}" for share in (0.5, 0.95, 0.99, 1.0))
        print(f"{kind:<20}{len(latencies):>7}{shares}")


async def main(options: Options) -> int:
    try:
        async with Line.open(options.base_url, options.connections) as line:
            centres, seconds = await replay(line, options)
            print_totals(centres)
            wrong = await check(centres, options)
    except (Refused, OSError) as stopped:
        print(f"the day could not be replayed to its end: {stopped}", file=sys.stderr)
        return 1
    print_latencies(line, seconds)
    for difference in wrong[:SHOWN]:
        print(f"DIFFERENCE {difference}")
    print(f"{len(wrong)} differences")
    return 1 if wrong else 0


def arguments() -> Options:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="appointments as CSV; see benchmarks/day_plan.py for the columns")
    parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="of the running server (%(default)s)")
    parser.add_argument("--email", default=os.environ.get("DAYBOOK_EMAIL"), help="a SUPER_ADMIN's ($DAYBOOK_EMAIL)")
    parser.add_argument("--password", default=os.environ.get("DAYBOOK_PASSWORD"), help="theirs ($DAYBOOK_PASSWORD)")
    parser.add_argument("--rebuild", action="store_true", help="also rebuild all read tables and compare; wants the"
                        " server's environment (DAYBOOK_HOME, or DATABASE_URL and its kin)")  # fmt: skip
    parser.add_argument("--connections", type=int, default=16, help="kept-alive connections (%(default)s)")
    given = parser.parse_args()
    if not given.email or not given.password:
        parser.error("a SUPER_ADMIN's --email and --password are needed to create tenants")
    return Options(given.file, given.base_url, given.email, given.password, given.rebuild, given.connections)


if __name__ == "__main__":
    sys.exit(run(main(arguments())))
