"""Daybook's HTTP API as the benchmarks use it: every path and field name they rely on, and only here.

`Line` is the wire: a few kept-alive connections, an Idempotency-Key on every POST, a retry where one is
harmless, and the latencies by kind of call. `Client` is one person who is signed in and what that person asks
for.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import msgspec

from benchmarks.load import Connection, Response, Target, encode

PREFIX = "/api/v1"
POSITION = "x-event-position"
PAGE = 100  # the largest page the API gives
PATIENCE = 600.0  # seconds that one call may be put off by 429 and 503 before it counts as refused
PUT_OFF = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)

Json = dict[str, Any]


class Refused(Exception):
    """The API said no."""

    def __init__(self, call: str, response: Response) -> None:
        self.status = response.status
        super().__init__(f"{call}: {response.status} {response.body[:600].decode(errors='replace')}")


class Line:
    """Connections shared by all clients of a server. The wait for a free one is not in a latency."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self.latencies: dict[str, list[float]] = defaultdict(list)
        self.put_off = 0  # answers 429 and 503
        self.put_off_seconds = 0.0

    @classmethod
    @asynccontextmanager
    async def open(cls, base_url: str, connections: int) -> AsyncIterator[Line]:
        line = cls(Target.of(base_url))
        for _ in range(connections):
            line._free.put_nowait(await Connection.open(line._target))
        try:
            yield line
        finally:
            while not line._free.empty():
                line._free.get_nowait().close()

    async def call(
        self, kind: str, method: str, path: str, body: Json | None = None, token: str | None = None
    ) -> Response:
        """One answer, whatever its status, after waiting out limits; a POST keeps its key when repeated."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        if method == "POST":
            headers["idempotency-key"] = str(uuid4())
        wire = encode(
            method,
            PREFIX + path,
            None if body is None else msgspec.json.encode(body),
            headers,
            self._target.host,
        )
        deadline = time.perf_counter() + PATIENCE
        while True:
            response, seconds = await self._exchange(wire)
            if response.status not in PUT_OFF or time.perf_counter() > deadline:
                self.latencies[kind].append(seconds)
                return response
            wait = float(response.headers.get("retry-after", "1"))
            self.put_off += 1
            self.put_off_seconds += wait
            await asyncio.sleep(wait)

    async def _exchange(self, wire: bytes) -> tuple[Response, float]:
        connection = await self._free.get()
        try:
            begin = time.perf_counter()
            try:
                response = await connection.exchange(wire)
            except ConnectionError:
                # a server may end an idle connection at any moment; the key makes the second sending harmless
                connection = await Connection.open(self._target)
                response = await connection.exchange(wire)
            return response, time.perf_counter() - begin
        finally:
            self._free.put_nowait(connection)


@dataclass(frozen=True)
class SessionRow:
    id: str
    patient_id: str
    status: str
    start: str  # "HH:MM", local
    price: Decimal


@dataclass(frozen=True)
class TrialBalance:
    """Sums over one tenant's accounts; debits are positive."""

    difference: Decimal  # of debit and credit, as the API adds them
    added_up: Decimal  # of all accounts, as we add them
    receivable: Decimal
    cash: Decimal
    billed: Decimal  # earned, still deferred, or charged as a fee


class Client:
    """One signed-in user of one tenant (or the platform). Amounts are Decimal; ids are strings."""

    def __init__(self, line: Line, email: str, password: str, tenant: str | None = None) -> None:
        self._line = line
        self._credentials: Json = {"email": email, "password": password} | ({"tenant": tenant} if tenant else {})
        self.token = ""

    async def sign_in(self) -> Client:
        response = await self._line.call("sign in", "POST", "/auth/login", self._credentials)
        self.token = str(self._read("POST /auth/login", response)["accessToken"])
        return self

    # the centre
    async def create_tenant(self, name: str, slug: str, zone: str, currency: str, admin: Json) -> str:
        body = {"name": name, "slug": slug, "timezone": zone, "currency": currency, "admin": admin}
        return await self._create("create tenant", "/tenants", body)

    async def create_user(self, email: str, first: str, last: str, role: str, password: str) -> str:
        body = {"email": email, "firstName": first, "lastName": last, "role": role, "password": password}
        return await self._create("create user", "/users", body)

    async def create_therapy_type(self, name: str, minutes: int, cost: Decimal) -> str:
        body = {"name": name, "defaultDuration": minutes, "defaultCost": str(cost)}
        return await self._create("create therapy type", "/therapy-types", body)

    async def add_availability(self, therapist_id: str, day_of_week: int, start: str, end: str) -> None:
        body = {"dayOfWeek": day_of_week, "startTime": start, "endTime": end}
        await self._create("set availability", f"/therapists/{therapist_id}/availability", body)

    async def create_patient(self, first: str, last: str, born: str, guardian: str, phone: str) -> str:
        names = {"firstName": first, "lastName": last, "dateOfBirth": born}
        return await self._create(
            "create patient", "/patients", {**names, "guardianName": guardian, "guardianPhone": phone}
        )

    # the day
    async def book(self, patient_id: str, therapist_id: str, therapy_type_id: str, day: str, start: str) -> str:
        who = {"patientId": patient_id, "therapistId": therapist_id, "therapyTypeId": therapy_type_id}
        return await self._create("book", "/sessions", {**who, "date": day, "startTime": start})

    async def start(self, session_id: str) -> None:
        await self._send("start", "POST", f"/sessions/{session_id}/start")

    async def complete(self, session_id: str) -> None:
        await self._send("complete", "POST", f"/sessions/{session_id}/complete")

    async def no_show(self, session_id: str) -> None:
        await self._send("no-show", "POST", f"/sessions/{session_id}/no-show")

    async def pay_session(self, session_id: str, amount: Decimal, method: str = "CASH") -> None:
        body = {"amount": str(amount), "method": method}
        await self._send("pay", "POST", f"/sessions/{session_id}/payments", body)

    # what it came to
    async def sessions(self, day: str, status: str | None = None) -> tuple[int, list[SessionRow]]:
        """The API's own total, and every row."""
        query = {"date": day} | ({"status": status} if status else {})
        total, rows = await self._list("list sessions", "/sessions", query)
        return total, [
            SessionRow(row["id"], row["patientId"], row["status"], row["startTime"][:5], Decimal(row["price"]))
            for row in rows
        ]

    async def count_sessions(self, day: str, status: str) -> int:
        query = urlencode({"date": day, "status": status, "page": 1, "pageSize": 1})
        return int((await self._send("list sessions", "GET", f"/sessions?{query}"))["total"])

    async def payments(self) -> list[Decimal]:
        _, rows = await self._list("list payments", "/payments", {})
        return [Decimal(row["amount"]) for row in rows]

    async def outstanding(self, patient_id: str) -> Decimal:
        dues = await self._send("outstanding dues", "GET", f"/patients/{quote(patient_id)}/outstanding-dues")
        return Decimal(dues["outstanding"])

    async def trial_balance(self) -> TrialBalance:
        answer = await self._send("trial balance", "GET", "/reports/trial-balance")
        accounts = [(str(row["account"]), Decimal(row["balance"])) for row in answer["accounts"]]

        def added(*names: str) -> Decimal:
            return sum((balance for account, balance in accounts if account in names), Decimal())

        billed = -added("income", "deferred", "fees")  # credit accounts are negative
        return TrialBalance(Decimal(answer["difference"]), added(""), added("receivable"), added("cash"), billed)

    async def verify(self) -> Json:
        """The chain's verification; `verified` says whether every event hashes as recorded."""
        return await self._send("verify", "GET", "/audit/verify")

    async def _list(self, kind: str, path: str, query: dict[str, Any]) -> tuple[int, list[Json]]:
        rows: list[Json] = []
        page, total = 1, 1
        while len(rows) < total:
            asked = urlencode({**query, "page": page, "pageSize": PAGE})
            answer = await self._send(kind, "GET", f"{path}?{asked}")
            page, total = page + 1, int(answer["total"])
            if not answer["data"]:
                break
            rows += answer["data"]
        return total, rows

    async def _create(self, kind: str, path: str, body: Json) -> str:
        return str((await self._send(kind, "POST", path, body)).get("id", ""))

    async def _send(self, kind: str, method: str, path: str, body: Json | None = None) -> Json:
        response = await self._line.call(kind, method, path, body, self.token)
        if response.status == HTTPStatus.UNAUTHORIZED:  # a token may expire before a throttled run ends
            await self.sign_in()
            response = await self._line.call(kind, method, path, body, self.token)
        return self._read(f"{method} {path}", response)

    @staticmethod
    def _read(call: str, response: Response) -> Json:
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise Refused(call, response)
        answer: Json = msgspec.json.decode(response.body) if response.body else {}
        return answer


def payment_request(token: str, patient_id: str, amount: Decimal, wait: bool = True) -> bytes:
    """A payment, encoded for the load generator; without `wait` it is answered before it is visible."""
    headers = {"authorization": f"Bearer {token}", "idempotency-key": str(uuid4())}
    if not wait:
        headers["prefer"] = "respond-async"
    body = {"patientId": patient_id, "amount": str(amount), "method": "CASH"}
    return encode("POST", f"{PREFIX}/payments", msgspec.json.encode(body), headers)


def dues_request(token: str, patient_id: str, position: str) -> bytes:
    """A read of the patient's dues that waits until the read model has reached `position`."""
    headers = {"authorization": f"Bearer {token}", POSITION: position}
    return encode("GET", f"{PREFIX}/patients/{patient_id}/outstanding-dues", headers=headers)
