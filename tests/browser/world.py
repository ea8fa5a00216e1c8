"""A centre that has something for every page of the client to show: made once for a module, over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from tests.access.world import World, new_world
from tests.progress.clinic import SECTIONS, answers
from tests.rebuilding.stages import a_rebuild_that_differed
from tests.support.system import PASSWORD, PLATFORM_ADMIN, RunningSystem, sign_in


def today_there() -> date:
    """At the centre, whatever hour it is here."""
    return datetime.now(UTC).astimezone(ZoneInfo("Asia/Kolkata")).date()


def full_world(system: RunningSystem, client: httpx.Client) -> World:
    """One of everything (as the sweeps of access have it), and sessions, money and reports in all their states."""
    world = new_world(system, client, "Meera")
    world.centre.tokens["SUPER_ADMIN"] = sign_in(client, PLATFORM_ADMIN, PASSWORD, "platform")
    _sessions(world)
    _money(world)
    _reports(world)
    for name, days in (("yesterday", -1), ("today", 0), ("tomorrow", 1)):
        world.ids[name] = (today_there() + timedelta(days=days)).isoformat()
    world.ids["differed"] = str(uuid4())
    a_rebuild_that_differed(system, world.ids["tenant"], world.ids["differed"])
    return world


def _sessions(world: World) -> None:
    today = today_there()
    yesterday = (today - timedelta(days=1)).isoformat()
    ids = world.ids
    owing = ids["owing"] = world.patient(lastName="Owing")
    ids["held"] = world.session(date=yesterday, startTime="09:00")
    missed = world.session(date=yesterday, startTime="11:00", patientId=owing)
    ids["unclosed"] = world.session(date=yesterday, startTime="13:00", patientId=owing)
    off = world.session(date=yesterday, startTime="15:00")
    running = world.session(date=today.isoformat(), startTime="08:00", patientId=owing)
    ids["coming"] = world.session(date=(today + timedelta(days=1)).isoformat(), startTime="12:00", patientId=owing)
    world.send("POST", f"/sessions/{ids['held']}/complete", {"notes": "Two-word phrases."}, as_="THERAPIST")
    world.send("POST", f"/sessions/{missed}/no-show", {})
    world.send("POST", f"/sessions/{off}/cancel", {"reason": "Fever", "cancelledBy": "PATIENT"})
    world.send("POST", f"/sessions/{running}/start")


def _money(world: World) -> None:
    for category, amount in (("SUPPLIES", "450.00"), ("UTILITIES", "1200.50")):
        spent = {"category": category, "amount": amount, "method": "UPI", "payee": "Ganga Traders"}
        voided = world.send("POST", "/expenses", spent)["id"]
    world.send("DELETE", f"/expenses/{voided}", {"reason": "Entered twice"})
    world.send("POST", f"/payments/{world.payment('100.00')}/void", {"reason": "Entered twice"})
    handed_back = {"amount": "50.00", "method": "CASH", "reason": "Asked for"}
    world.send("POST", f"/payments/{world.payment('500.00')}/refund", handed_back)
    world.send("POST", "/ledger/periods/close", {"through": "2001-03-31"})


def _reports(world: World) -> None:
    ids = world.ids
    first = f"/progress-reports/{ids['progress_report']}"
    told = {"answers": answers(notes="Eight of ten."), "reason": "Miscounted"}
    world.send("PUT", first, told, as_="THERAPIST")
    world.send("PUT", f"/therapy-types/{ids['therapy_type']}/progress-template", {"sections": SECTIONS})
    said = answers(notes="Asks for what he wants.", words=7, mood="Calm", home=True)
    body: dict[str, Any] = {"patientId": ids["patient"], "therapyTypeId": ids["therapy_type"], "answers": said}
    ids["second_report"] = world.send("POST", "/progress-reports", body, as_="THERAPIST")["id"]
