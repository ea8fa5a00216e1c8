"""A centre with one of everything, and valid requests to it: what the sweeps of this folder attack with and from."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from tests.access.described import Field, Route
from tests.access.kinds import KINDS as KINDS  # noqa: PLC0414 - the sweeps find it here
from tests.access.kinds import NEEDED
from tests.progress.plans import add_report
from tests.rebuilding.stages import a_parked_stream
from tests.series.plans import add_series
from tests.support.system import PASSWORD, Centre, RunningSystem

ADMIN = "WORKSPACE_ADMIN"
STAFF = ("WORKSPACE_ADMIN", "OPERATOR", "THERAPIST", "ACCOUNTANT", "AUDITOR")
Ids = dict[str, str]

_numbers = itertools.count(1)


def _fresh_day() -> str:
    return (date.today() + timedelta(days=20 + next(_numbers) % 300)).isoformat()  # noqa: DTZ011


def _soon(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()  # noqa: DTZ011


def _value(route: Route, name: str) -> Any:
    """A valid value for what the schema alone does not tell how to fill."""
    made: dict[str, Any] = {
        "email": f"someone-{uuid4().hex[:12]}@example.org",
        "guardianEmail": "guardian@example.org",
        "slug": f"slug-{uuid4().hex[:12]}",
        "timezone": "Asia/Kolkata",
        "currency": "INR",
        "role": "OPERATOR",
        "password": PASSWORD,
        "dateOfBirth": "2018-04-02",
        "guardianPhone": "+919800000001",
        "day": _fresh_day(),
        "date": _fresh_day(),
        "dateFrom": _soon(0),
        "dateTo": _soon(30),
        "from": _soon(0),
        "to": _soon(30),
        "firstDay": "2031-02-03",
        "lastDay": "2031-02-03",
        "through": "2020-01-31",
        "startTime": "10:00",
        "endTime": "11:00",
        "receivedOn": "2026-01-05",
        "incurredOn": "2026-01-05",
        "amount": "1.00",
        "price": "750.00",
        "knownAt": "2031-01-01T00:00:00Z",
        "asOf": "2026-01-05" if route.path == "/ledger/assertions" else "2031-01-01",
        "sort": "",
        "fields": "id",
    }
    if name == "name":
        return f"Name {uuid4().hex[:12]}"
    if route.path.startswith("/sessions/series"):
        made |= {"firstDate": _fresh_day(), "startTime": "17:00", "rule": "FREQ=WEEKLY;COUNT=1"}
    if route.path.endswith("/availability"):
        made |= {"dayOfWeek": next(_numbers) % 7, "startTime": "21:00", "endTime": "22:00"}
    if route.path.endswith("/availability/{slot_id}"):
        made |= {"dayOfWeek": 6, "startTime": "08:00", "endTime": "20:00"}
    if route.path.startswith("/ledger/reconciliation"):
        made |= {"from": _soon(-30), "to": _soon(1)}  # in the evening of UTC it is tomorrow at the centre
    return made.get(name)


def value_for(route: Route, wanted: Field, ids: Ids) -> Any:
    """A valid value: the id of the right kind, a known one, an example, or what the schema says."""
    schema = wanted.schema
    if wanted.is_id:
        return str(uuid4()) if wanted.chosen else ids[KINDS[wanted.name][0]]
    known = _value(route, wanted.name)
    if known is not None:
        return known
    for value in (*schema.get("enum", ()), *schema.get("examples", ())):
        if value is not None:
            return value
    if schema.get("default") is not None:
        return schema["default"]
    kind = schema.get("type")
    if kind == "array":
        return []
    if kind == "object":
        return {}
    simple: dict[str | None, Any] = {"integer": schema.get("minimum", 1), "boolean": False, "string": "Some text"}
    return simple[kind]


def place(body: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Put a value where ``path`` leads; an array on the way gets it as its only item."""
    inner: Any = body
    for part, following in itertools.pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        inner = inner.setdefault(part, empty) if isinstance(inner, dict) else inner[part]
    if isinstance(inner, list):
        inner[:] = [value]
    else:
        inner[path[-1]] = value


def body_for(route: Route, ids: Ids, *also: Field) -> dict[str, Any]:
    """A valid body: what is required, and these optional fields."""
    body: dict[str, Any] = {}
    for wanted in route.fields:
        needed = wanted.required and all(
            above.required for above in route.fields if wanted.path[: len(above.path)] == above.path
        )
        if needed or wanted in also or wanted.dotted in NEEDED.get(route.key, ()):
            place(body, wanted.path, value_for(route, wanted, ids))
    return body


def query_for(route: Route, ids: Ids, *also: Field) -> dict[str, Any]:
    return {q.name: value_for(route, q, ids) for q in route.query if q.required or q in also or route.says_whose(q)}


@dataclass
class World:
    """``ids`` has one id of each kind. ``mark`` is in every name and text of this centre, and nowhere else."""

    centre: Centre
    client: httpx.Client
    mark: str
    ids: Ids = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: Any = None, *, as_: str = ADMIN, params: Any = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        sent = {"Authorization": f"Bearer {self.centre.token(as_)}", **(headers or {})}
        return self.client.request(method, path, json=body, params=params, headers=sent)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """What is answered to a request that must succeed."""
        answer = self.ask(method, path, body, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def user(self, role: str, name: str) -> str:
        email = f"{name.lower()}-{uuid4().hex[:8]}@{self.centre.slug}.example"
        body = {"email": email, "firstName": self.mark, "lastName": name, "role": role, "password": PASSWORD}
        made: str = self.send("POST", "/users", body)["id"]
        self.centre.users[name] = made
        self.centre.tokens[name] = self.client.post(
            "/auth/login", json={"email": email, "password": PASSWORD, "tenant": self.centre.slug}
        ).json()["accessToken"]
        return made

    def therapist(self, name: str) -> str:
        """There every day from 08:00 to 20:00. The answer is their id."""
        made = self.user("THERAPIST", name)
        for weekday in range(7):
            hours = {"dayOfWeek": weekday, "startTime": "08:00", "endTime": "20:00"}
            self.ids["slot"] = self.send("POST", f"/therapists/{made}/availability", hours)["id"]
        return made

    def patient(self, **fields: Any) -> str:
        body = {
            "firstName": self.mark, "lastName": "Patient", "dateOfBirth": "2018-04-02",
            "guardianName": f"{self.mark} Guardian", "guardianPhone": "+919800000001", **fields,
        }  # fmt: skip
        made: str = self.send("POST", "/patients", body)["id"]
        return made

    def session(self, **fields: Any) -> str:
        """Booked for a day of its own."""
        body = {
            "patientId": self.ids["patient"], "therapistId": self.ids["therapist"],
            "therapyTypeId": self.ids["therapy_type"], "date": _fresh_day(), "startTime": "10:00", **fields,
        }  # fmt: skip
        made: str = self.send("POST", "/sessions", body)["id"]
        return made

    def reschedule_request(self, who: str = "THERAPIST") -> str:
        """To move this therapist's session ten days later or so."""
        proposal = {"date": _fresh_day(), "startTime": "15:00"}
        body = {"sessionId": self.ids["session"], "proposals": [proposal], "reason": f"{self.mark} asks"}
        made: str = self.send("POST", "/reschedule-requests", body, as_=who)["id"]
        return made

    def payment(self, amount: str = "50000.00") -> str:
        body = {"patientId": self.ids["patient"], "amount": amount, "method": "CASH", "reference": self.mark}
        made: str = self.send("POST", "/payments", body)["id"]
        return made

    def own(self, name: str, who: str = ADMIN) -> str:
        """The id of the usual kind for a parameter of this name, of a record that this person may see."""
        return self.ids["therapist" if who in {"THERAPIST", "COLLEAGUE"} and name == "user_id" else KINDS[name][0]]

    def state(self) -> tuple[Any, ...]:
        """Everything that a request to this centre can write: book, answers, claims, logins, tokens."""
        with psycopg.connect(self.centre.system.database.admin_url) as db:
            return tuple(
                db.execute(
                    f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM book.{table} t"
                    " WHERE tenant_id = %s",
                    [self.centre.tenant_id],
                ).fetchone()
                for table in ("books", "commands", "claims", "logins", "document_numbers", "subject_keys")
            )

    def every_id(self) -> set[str]:
        """Every id in this centre's book: of records, streams, people, corrections. Not the platform's admin, whom
        every centre's first event names."""
        with psycopg.connect(self.centre.system.database.admin_url) as db:
            rows = db.execute(
                "SELECT tenant_id::text, stream_id::text, actor::text, correlation::text, data FROM book.events"
                " WHERE tenant_id = %s ORDER BY position",
                [self.centre.tenant_id],
            ).fetchall()
        return set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(rows))) - {rows[0][2]}


def new_colleague(world: World, mark: str) -> World:
    """Of the same centre: another therapist (``COLLEAGUE``) with whatever a therapist has, and the patient they
    treat. What belongs to nobody is shared."""
    other = World(world.centre, world.client, mark, dict(world.ids))
    ids = other.ids
    ids["user"] = ids["therapist"] = other.therapist("COLLEAGUE")
    ids["patient"] = other.patient(medicalNotes=f"{mark} notes")
    price = {"therapyTypeId": ids["therapy_type"], "sessionCost": "700.00", "sessionDuration": 60}
    ids["pricing"] = other.send("POST", f"/therapists/{ids['therapist']}/pricing", price)["id"]
    leave = {"firstDay": "2031-01-06", "lastDay": "2031-01-07", "reason": f"{mark} leave"}
    ids["leave"] = other.send("POST", f"/therapists/{ids['therapist']}/leave", leave)["id"]
    ids["session"] = ids["charge"] = other.session()
    ids["reschedule_request"] = other.reschedule_request("COLLEAGUE")
    add_series(ids, other.send, _fresh_day())
    add_report(ids, other.send, other.mark, as_="COLLEAGUE")
    ids["payment"] = other.payment()
    return other


def new_world(system: RunningSystem, client: httpx.Client, mark: str) -> World:
    """A fresh centre with one of everything."""
    world = World(system.new_centre(), client, mark)
    for role in STAFF[1:]:
        if role != "THERAPIST":
            world.user(role, role)
    ids = world.ids
    ids["tenant"] = world.centre.tenant_id
    ids["user"] = world.user("OPERATOR", f"{mark}Colleague")
    ids["therapist"] = world.therapist("THERAPIST")
    ids["patient"] = world.patient(medicalNotes=f"{mark} notes")
    kind = {"defaultDuration": 60, "defaultCost": "800.00", "description": f"{mark} description"}
    ids["erased"] = world.patient()
    world.send("POST", f"/patients/{ids['erased']}/erase", {"basis": "REQUESTED"})
    ids["therapy_type"] = world.send("POST", "/therapy-types", kind | {"name": f"{mark} speech"})["id"]
    priced = world.send("POST", "/therapy-types", kind | {"name": f"{mark} movement"})["id"]
    price = {"therapyTypeId": priced, "sessionCost": "900.00", "sessionDuration": 45}
    ids["pricing"] = world.send("POST", f"/therapists/{ids['therapist']}/pricing", price)["id"]
    leave = {"firstDay": "2031-01-06", "lastDay": "2031-01-07", "reason": f"{mark} leave"}
    ids["leave"] = world.send("POST", f"/therapists/{ids['therapist']}/leave", leave)["id"]
    ids["room"] = world.send("POST", "/rooms", {"name": f"{mark} room"})["id"]
    ids["holiday"] = world.send("POST", "/holidays", {"day": "2031-01-26", "name": f"{mark} day"})["id"]
    ids["session"] = world.session(roomId=ids["room"], date=_soon(7))
    ids["reschedule_request"] = world.reschedule_request()
    add_series(ids, world.send, _fresh_day())
    add_report(ids, world.send, world.mark, as_="THERAPIST")
    world.payment("800.00")
    ids["payment"] = world.payment()
    spent = {"category": "RENT", "amount": "9.00", "method": "CASH", "payee": f"Landlord {world.mark}"}
    ids["expense"] = world.send("POST", "/expenses", spent)["id"]
    said = {"account": "CREDIT", "patientId": ids["patient"], "asOf": "2026-01-05", "expected": "1.00", "note": mark}
    ids["assertion"] = world.send("POST", "/ledger/assertions", said)["id"]
    signing = [sys.executable, "-m", "adapters.cli", "checkpoint", "--tenant", world.centre.slug]
    subprocess.run(signing, env=system.environment, check=True, capture_output=True)  # or no event could be proved
    told = {"patientId": ids["patient"], "channel": "SMS", "message": f"{mark} message"}
    ids["notice"] = world.send("POST", "/notifications/send", told)["id"]
    words = {"kind": "SESSION_BOOKED", "language": "en", "smsText": f"{mark} words", "emailSubject": "-",
             "emailText": "-"}  # fmt: skip
    ids["notice_template"] = world.send("PUT", "/notification-templates", words)["id"]
    ids["charge"] = world.session(patientId=world.patient())  # nobody has paid for this one
    ids["projection"] = "rooms"
    ids["rebuild"] = world.send("POST", "/projections/rooms/rebuild")["id"]
    ids["parked"] = a_parked_stream(system, ids["tenant"], ids["patient"])
    return world
