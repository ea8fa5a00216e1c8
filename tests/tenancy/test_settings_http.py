"""What a setting changes elsewhere: every one that can be seen in another answer is looked for there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.support.system import Centre, RunningSystem

NOW = datetime.now(UTC)


def day(ahead: int) -> str:
    return (NOW + timedelta(days=ahead)).date().isoformat()


class Desk:
    """A centre with a therapist who is there from 08:00 to 10:00, a patient and a therapy type of an hour."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.therapist = centre.therapist(end="10:00")
        self.patient = centre.patient()
        self.kind = centre.therapy_type()

    def set(self, **settings: Any) -> Any:
        return self.centre.put(f"/tenants/{self.centre.tenant_id}/settings", settings)

    def book(self, ahead: int = 7, start: str = "08:00", **fields: Any) -> str:
        made: str = self.centre.session(
            self.patient, self.therapist, self.kind, date=day(ahead), startTime=start, **fields
        )["id"]  # fmt: skip
        return made

    def slots(self, ahead: int = 7) -> list[Any]:
        asked = {"from": day(ahead), "to": day(ahead), "therapyTypeId": self.kind}
        found: list[Any] = self.centre.get(f"/therapists/{self.therapist}/slots", params=asked)["slots"]
        return found


@pytest.fixture
def desk(centre: Centre) -> Desk:
    return Desk(centre)


def test_the_step_moves_the_starts_that_are_offered(desk: Desk) -> None:
    assert [s["startTime"] for s in desk.slots()] == ["08:00", "08:15", "08:30", "08:45", "09:00"]
    desk.set(slotStepMinutes=30)
    assert [s["startTime"] for s in desk.slots()] == ["08:00", "08:30", "09:00"]


def test_minimum_notice_hides_and_refuses(desk: Desk) -> None:
    desk.set(minimumNoticeMinutes=8 * 24 * 60)
    assert desk.slots() == []
    body = {"patientId": desk.patient, "therapistId": desk.therapist, "therapyTypeId": desk.kind, "date": day(7)}
    refused = desk.centre.post("/sessions", body | {"startTime": "08:00"}, as_="OPERATOR", expect=422)
    assert refused["error"]["code"] == "TOO_SHORT_NOTICE"


def test_a_holiday_takes_the_day_away_and_gives_it_back(desk: Desk) -> None:
    holiday = desk.centre.post("/holidays", {"day": day(7), "name": "Fair"}, expect=201)["id"]
    assert desk.slots() == []
    desk.centre.delete(f"/holidays/{holiday}")
    assert len(desk.slots()) == 5


def test_a_closed_room_takes_no_booking(desk: Desk) -> None:
    room = desk.centre.post("/rooms", {"name": "Blue"}, expect=201)["id"]
    kept = desk.book(roomId=room)
    desk.centre.put(f"/rooms/{room}", {"active": False})
    body = {"patientId": desk.patient, "therapistId": desk.therapist, "therapyTypeId": desk.kind, "roomId": room}
    refused = desk.centre.post("/sessions", body | {"date": day(8), "startTime": "08:00"}, expect=409)
    assert refused["error"]["code"] == "ROOM_CLOSED"
    assert desk.centre.get(f"/sessions/{kept}")["roomId"] == room


def test_when_and_until_when_a_session_is_charged(desk: Desk) -> None:
    desk.set(chargeOn="COMPLETION")
    desk.book()
    assert desk.centre.get(f"/patients/{desk.patient}/outstanding-dues")["outstanding"] == "0.00"
    desk.set(chargeOn="BOOKING", paymentTermDays=10)
    desk.book(8)
    [due] = desk.centre.get(f"/patients/{desk.patient}/outstanding-dues")["charges"]
    assert due["dueOn"] == day(18)


def test_credit_is_laid_against_charges_or_left(desk: Desk) -> None:
    desk.set(applyCreditAutomatically=False)
    desk.centre.post("/payments", {"patientId": desk.patient, "amount": "800.00", "method": "CASH"}, expect=201)
    desk.book()
    assert desk.centre.get(f"/patients/{desk.patient}/credits")["credit"] == "800.00"
    desk.set(applyCreditAutomatically=True)
    desk.book(8)
    assert desk.centre.get(f"/patients/{desk.patient}/credits")["credit"] == "0.00"


def test_what_cancelling_late_and_not_coming_cost(desk: Desk) -> None:
    desk.set(cancellationWindowHours=8 * 24, lateFeePercent="25", noShowFeePercent="50")
    late = desk.centre.post(f"/sessions/{desk.book()}/cancel", {"reason": "Fever"})
    assert late["fee"] == "200.00"
    desk.set(cancellationWindowHours=24)
    free = desk.centre.post(f"/sessions/{desk.book(8)}/cancel", {"reason": "Fever"})
    assert free["fee"] == "0.00"
    missed = desk.centre.post(f"/sessions/{desk.book(-2)}/no-show", {})
    assert missed["fee"] == "400.00"
    assert desk.centre.get(f"/patients/{desk.patient}/outstanding-dues")["outstanding"] == "600.00"


def test_the_financial_year_numbers_the_receipts(desk: Desk) -> None:
    def pay() -> str:
        paid = {"patientId": desk.patient, "amount": "10.00", "method": "CASH"}
        number: str = desk.centre.post("/payments", paid, expect=201)["receiptNumber"]
        return number

    first = pay()
    desk.set(financialYearStartMonth=1)
    assert ("-" in first.split("/")[1], pay().split("/")[1]) == (True, str(NOW.year))


def test_another_zone_keeps_instants_and_tells_of_the_sessions(desk: Desk) -> None:
    """A busy centre always has sessions to come: refused while there are any, a wrong zone could never be put right.
    Moving them silently would break what families were told. So they stay at their instants, and are named."""
    soon, later = desk.book(7), desk.book(8)
    desk.book(-1)
    desk.centre.post(f"/sessions/{desk.book(9)}/cancel", {"reason": "Fever"})
    before = desk.centre.get(f"/sessions/{soon}")
    assert desk.set(timezone="Asia/Kolkata")["sessionsInAnotherZone"] == []
    assert desk.set(name="Renamed")["sessionsInAnotherZone"] is None
    assert desk.set(timezone="Europe/Berlin")["sessionsInAnotherZone"] == [soon, later]
    assert desk.centre.get(f"/sessions/{soon}") == before
    assert desk.slots()[0]["startsAt"] != before["startsAt"]  # 08:00 is another instant now
    moved = desk.centre.put(f"/sessions/{later}", {"startTime": "09:00"})
    assert (moved["timezone"], moved["startTime"]) == ("Europe/Berlin", "09:00")
    assert desk.set(timezone="Europe/Berlin")["sessionsInAnotherZone"] == [soon]


def test_a_centres_day_is_its_zones(centre: Centre, system: RunningSystem) -> None:
    far = system.new_centre(timezone="Pacific/Kiritimati")  # UTC+14
    for there, ahead in ((far, 14), (centre, 5.5)):
        today = (datetime.now(UTC) + timedelta(hours=ahead)).date().isoformat()
        patient = there.patient()
        paid = there.post("/payments", {"patientId": patient, "amount": "1.00", "method": "CASH"}, expect=201)
        assert there.get(f"/payments/{paid['id']}")["receivedOn"] == today


def test_letterhead_and_notices_are_kept_and_emptied(centre: Centre) -> None:
    path = f"/tenants/{centre.tenant_id}"
    paper = {
        "legalName": "Sunrise LLP", "address": "12 Lake Road\nPune", "phone": "+912040000001",
        "email": "desk@sunrise.example", "registrationNumber": "AAB-1234", "taxNumber": "27AAPFU0939F1ZV",
    }  # fmt: skip
    notices = {"reminderHoursBefore": 48, "duesReminderDay": 31, "languages": ["hi", "en"], "senderName": "Sunrise"}
    centre.put(f"{path}/settings", paper | notices)
    found = centre.get(path, as_="OPERATOR")
    assert {name: found[name] for name in (*paper, *notices)} == paper | notices
    assert (found["quietHoursStart"], found["quietHoursEnd"]) == ("21:00", "08:00")
    centre.put(f"{path}/settings", {"phone": "", "senderName": "", "taxNumber": None, "quietHoursEnabled": False})
    emptied = centre.get(path)
    assert (emptied["phone"], emptied["senderName"], emptied["taxNumber"]) == (None, None, paper["taxNumber"])
    assert (emptied["quietHoursStart"], emptied["quietHoursEnd"]) == (None, None)
    centre.put(f"{path}/settings", {"quietHoursEnd": "07:00"})
    assert [centre.get(path)[name] for name in ("quietHoursStart", "quietHoursEnd")] == ["21:00", "07:00"]
    types = [event["type"] for event in centre.get(f"{path}/history")["data"]]
    assert types[0] == types[2] == "tenancy.QuietHoursSet"  # the sender's name and the phone went in between
    assert {"tenancy.LetterheadWritten", "tenancy.ReminderTimeSet", "tenancy.DuesReminderDaySet",
            "tenancy.LanguagesChosen", "tenancy.SenderNamed"} <= set(types)  # fmt: skip


def test_channels_are_chosen_kind_by_kind(centre: Centre) -> None:
    path = f"/tenants/{centre.tenant_id}"
    chosen = [{"kind": "PAYMENT_RECEIPT", "channels": ["EMAIL", "SMS"]}, {"kind": "DUES_REMINDER", "channels": []}]
    centre.put(f"{path}/settings", {"notices": chosen})
    found = {each["kind"]: each["channels"] for each in centre.get(path)["notices"]}
    assert len(found) == 8
    assert (found["PAYMENT_RECEIPT"], found["DUES_REMINDER"]) == (["SMS", "EMAIL"], [])
    assert (found["SESSION_REMINDER"], found["RESCHEDULE_DECIDED"]) == (["SMS"], ["EMAIL"])


@pytest.mark.parametrize(
    ("settings", "field"),
    [({"phone": "12"}, "phone"), ({"email": "x@"}, "email"), ({"legalName": "x" * 201}, "legalName"),
     ({"reminderHoursBefore": 0}, "reminderHoursBefore"), ({"duesReminderDay": 32}, "duesReminderDay"),
     ({"duesReminderDay": "15"}, "duesReminderDay"), ({"quietHoursStart": "9pm"}, "quietHoursStart"),
     ({"quietHoursEnd": "21:00"}, "quietHoursEnd"), ({"quietHoursStart": "24:00"}, "quietHoursStart"),
     ({"languages": []}, "languages"), ({"languages": ["hi", "hi"]}, "languages"),
     ({"notices": [{"kind": "RESCHEDULE_DECIDED", "channels": ["SMS"]}]}, "notices"),
     ({"notices": [{"kind": "BIRTHDAY", "channels": []}]}, "notices.0.kind"),
     ({"notices": [{"kind": "DUES_REMINDER", "channels": [], "template": "x"}]}, "notices.0.template"),
     ({"senderName": "x" * 61}, "senderName"), ({"smsEnabled": True}, "smsEnabled")],
)  # fmt: skip
def test_bounds_name_the_field(refusing: Centre, settings: dict[str, Any], field: str) -> None:
    path = f"/tenants/{refusing.tenant_id}"
    refused = refusing.put(f"{path}/settings", settings, expect=422)
    details = refused["error"]["details"]
    assert [each["field"] for each in (details if isinstance(details, list) else [details])] == [field]
    assert refusing.get(path)["version"] == 1


@pytest.fixture(scope="module")
def refusing(system: RunningSystem) -> Centre:
    """Nothing that is sent here may change it."""
    return system.new_centre()


def test_the_platform_lists_centres_and_how_active_they_are(system: RunningSystem) -> None:
    from tests.support.system import PASSWORD, PLATFORM_ADMIN, sign_in

    mark = f"Zz{uuid4().hex[:8]}"
    first, second = (
        system.new_centre(name=f"{mark} 100%", timezone="Europe/Berlin"),
        system.new_centre(name=f"{mark} B"),
    )
    second.patient()
    with system.client() as client:
        headers = {"Authorization": f"Bearer {sign_in(client, PLATFORM_ADMIN, PASSWORD, 'platform')}"}

        def listed(**query: Any) -> Any:
            answer = client.get("/tenants", params={"search": mark.upper(), **query}, headers=headers)
            assert answer.status_code == 200, answer.text
            return answer.json()

        found = listed()
        assert (found["total"], [each["id"] for each in found["data"]]) == (2, [first.tenant_id, second.tenant_id])
        told = found["data"][0]
        assert (told["timezone"], told["slug"], told["state"]) == ("Europe/Berlin", first.slug, "ACTIVE")
        assert told["events"] == first.get(f"/tenants/{first.tenant_id}/history")["data"][0]["position"] + 2
        assert datetime.fromisoformat(told["lastEventAt"]) > NOW
        assert [each["id"] for each in listed(sort="-events")["data"]] == [second.tenant_id, first.tenant_id]
        assert [each["id"] for each in listed(page=2, pageSize=1)["data"]] == [second.tenant_id]
        assert [each["id"] for each in listed(search="100%")["data"]] == [first.tenant_id]
        assert listed(search=first.slug)["total"] == 1
        assert listed(state="IDLE")["total"] == 0
        everyone = client.get("/tenants", params={"pageSize": 100}, headers=headers).json()["data"]
        assert "platform" not in {each["slug"] for each in everyone}
        assert client.get("/tenants", params={"sort": "-phone"}, headers=headers).status_code == 422
        assert client.get("/tenants", params={"state": "SUSPENDED"}, headers=headers).status_code == 422
    for role in ("WORKSPACE_ADMIN", "OPERATOR", "AUDITOR"):
        first.get("/tenants", as_=role, expect=403)


def test_row_security_shows_a_centre_no_other_centres_settings(system: RunningSystem, centre: Centre) -> None:
    """Whatever the permission table says, the database shows the list to readings of the platform alone."""
    import psycopg

    counts = {}
    with psycopg.connect(system.environment["DATABASE_URL"]) as db:
        for tenant in (centre.tenant_id, "00000000-0000-7000-8000-000000000002", ""):
            db.execute("SELECT set_config('app.tenant', %s, false)", [tenant])
            rows = db.execute("SELECT (SELECT count(*) FROM reading.tenants), (SELECT count(*) FROM book.books)")
            counts[tenant] = rows.fetchone()
    assert counts[centre.tenant_id] == (1, 1)
    assert counts[""] == (0, 0)
    platform = counts["00000000-0000-7000-8000-000000000002"]
    assert platform is not None
    assert min(platform) > 1
