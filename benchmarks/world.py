"""A busy place to measure in: many centres whose patients have an open charge, made through the API."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from benchmarks.client import Client, Line
from benchmarks.day_plan import CLOSES, MINUTES, OPENS, SLOTS, clock
from benchmarks.load import run
from benchmarks.product import Site

TENANTS, PATIENTS = 50, 40
PRICE = Decimal("900000.00")  # so dear that every payment of a run settles a part of it: no payment is idle credit
WEEK = range(7)


@dataclass(frozen=True)
class Payer:
    token: str  # of the centre's administrator
    patient_id: str


def populate(site: Site, tenants: int = TENANTS, patients: int = PATIENTS) -> list[Payer]:
    """Patients in an order that visits every centre before it comes back to the first."""
    return run(_populate(site, tenants, patients))


async def _populate(site: Site, tenants: int, patients: int) -> list[Payer]:
    async with Line.open(site.served.base_url, 16) as line:
        platform = await Client(line, site.email, site.password).sign_in()
        centres = await asyncio.gather(*(_centre(line, platform, number, patients) for number in range(tenants)))
    return [payer for neighbours in zip(*centres, strict=True) for payer in neighbours]


async def _centre(line: Line, platform: Client, number: int, patients: int) -> list[Payer]:
    slug, password = f"bench-{number}-{secrets.token_hex(3)}", f"Aa1!{secrets.token_urlsafe(16)}"
    email = f"admin@{slug}.example"
    admin = {"email": email, "firstName": "Bench", "lastName": f"Number {number}", "password": password}
    await platform.create_tenant(f"Bench {number}", slug, "Asia/Kolkata", "INR", admin)
    client = await Client(line, email, password, slug).sign_in()
    therapy = await client.create_therapy_type("Therapy", MINUTES, PRICE)
    therapist = await client.create_user(f"t@{slug}.example", "Thea", "Therapist", "THERAPIST", password)
    for weekday in WEEK:
        await client.add_availability(therapist, weekday, clock(OPENS), clock(CLOSES))
    payers = []
    for patient in range(patients):
        patient_id = await client.create_patient("Pat", f"Ient {patient}", "2015-05-05", "Guardian", "+919876543210")
        day = datetime.now(UTC).date() + timedelta(days=1 + patient // SLOTS)
        await client.book(patient_id, therapist, therapy, day.isoformat(), clock(OPENS + patient % SLOTS * MINUTES))
        payers.append(Payer(client.token, patient_id))
    return payers


def payments(payers: list[Payer]) -> Iterator[tuple[Payer, Decimal]]:
    """Who pays what, without end."""
    for number, payer in enumerate(itertools.cycle(payers)):
        yield payer, Decimal(100 + number % 900)
