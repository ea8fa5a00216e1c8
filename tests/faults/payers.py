"""Clients that record payments over HTTP and do not give up: the same key until there is an answer."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from tests.support.system import Centre

CLIENTS = 8
PATIENCE = 60.0
"""Seconds after which a client that got no answer counts as stuck."""


@dataclass
class Sent:
    """One payment that somebody wanted to make. ``tries`` is how often it was sent before it was acknowledged."""

    centre: Centre
    key: str
    body: dict[str, Any]
    tries: int = 0
    answer: dict[str, Any] | None = None
    acknowledged_at: float = 0.0


@dataclass
class Payers:
    """``CLIENTS`` threads, spread over some centres."""

    centres: list[Centre]
    seed: int
    sent: list[Sent] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
    forgetful: bool = False
    """The control: a new key for each attempt."""

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(CLIENTS)
        self._jobs: list[Future[None]] = []
        self._patients = {centre.tenant_id: [centre.patient() for _ in range(4)] for centre in self.centres}

    def start(self) -> None:
        self._jobs = [self._pool.submit(self._pay, number) for number in range(CLIENTS)]

    def finish(self) -> None:
        """Let everybody get their last answer."""
        self.stop.set()
        for job in self._jobs:
            job.result(PATIENCE * 2)
        self._pool.shutdown()

    @property
    def acknowledged(self) -> list[Sent]:
        return [sent for sent in list(self.sent) if sent.answer is not None]

    def _pay(self, number: int) -> None:
        chance = random.Random(self.seed + number)
        centre = self.centres[number % len(self.centres)]
        with centre.system.client() as http:
            while not self.stop.is_set():
                body = {
                    "patientId": chance.choice(self._patients[centre.tenant_id]), "method": "CASH",
                    "amount": f"{chance.randint(1, 9999)}.{chance.randint(0, 99):02}",
                }  # fmt: skip
                sent = Sent(centre, str(uuid4()), body)
                self.sent.append(sent)
                sent.answer = self.ask(http, sent)
                sent.acknowledged_at = time.monotonic()

    def ask(self, http: httpx.Client, sent: Sent) -> dict[str, Any]:
        """Send until there is an answer. What is no answer: no connection, a cut one, 503."""
        headers = {"Authorization": f"Bearer {sent.centre.token('WORKSPACE_ADMIN')}", "Prefer": "respond-async"}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            sent.tries += 1
            headers["Idempotency-Key"] = str(uuid4()) if self.forgetful else sent.key
            try:
                response = http.post(f"{sent.centre.system.url}/api/v1/payments", json=sent.body, headers=headers)
            except httpx.TransportError as error:
                self.statuses[type(error).__name__] += 1
                time.sleep(0.01)
                continue
            self.statuses[str(response.status_code)] += 1
            if response.status_code == 503:
                time.sleep(min(0.05, float(response.headers["Retry-After"])))
                continue
            assert response.status_code == 201, response.text
            answer: dict[str, Any] = response.json()
            return answer
        raise AssertionError(f"no answer within {PATIENCE} s: {self.statuses}")
