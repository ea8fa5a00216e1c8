"""A centre with two therapists, a patient and one session, far enough ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from playwright.sync_api import Locator, Page

from tests.support.system import Centre

DAY = date.today() + timedelta(days=9)  # noqa: DTZ011 - far enough from whatever day it is at the centre
ON = DAY.isoformat()


@dataclass
class World:
    centre: Centre
    therapist: str
    other: str
    kind: str
    patient: str
    session: str


def book_one(centre: Centre) -> World:
    therapist, other = (centre.user("THERAPIST", name) for name in ("leela", "vikram"))
    for each in (therapist, other):
        hours = {"dayOfWeek": DAY.weekday(), "startTime": "08:00", "endTime": "20:00"}
        centre.post(f"/therapists/{each}/availability", hours, expect=201)
    kind, patient = centre.therapy_type(name="Speech"), centre.patient(firstName="Zoya", lastName="Bose")
    session = centre.session(patient, therapist, kind, date=ON, startTime="10:00")["id"]
    return World(centre, therapist, other, kind, patient, session)


def block(page: Page, name: str = "Zoya Bose") -> Locator:
    return page.get_by_role("button", name=name)


def place(world: World) -> tuple[str, str, str]:
    found = world.centre.get(f"/sessions/{world.session}")
    return found["date"], found["startTime"], found["therapistId"]
