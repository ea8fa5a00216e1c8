"""P1's baseline: the least a FastAPI route can do and still keep a payment. One body, one INSERT.

python -m benchmarks.baselines.bare_route PORT DATABASE_URL
"""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from decimal import Decimal
from itertools import count
from uuid import UUID, uuid4

import msgspec
import uvicorn
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from benchmarks.database import Cluster, execute
from benchmarks.load import encode
from benchmarks.process import Served, free_port, serving

POOL = 8  # measured on 2 cores: 4, 8 and 16 connections are within the noise
TABLE = """
    CREATE TABLE payments (
        payment_id uuid PRIMARY KEY, patient_id uuid NOT NULL, amount numeric(12, 2) NOT NULL,
        method text NOT NULL, received_on date NOT NULL)
"""
INSERT = "INSERT INTO payments VALUES (%s, %s, %s, %s, %s)"


class Payment(BaseModel):
    patient_id: UUID
    amount: Decimal
    method: str
    received_on: date


def build(database: str) -> FastAPI:
    pool = AsyncConnectionPool(database, min_size=POOL, max_size=POOL, open=False, kwargs={"autocommit": True})

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/payments", status_code=201)
    async def record(payment: Payment) -> dict[str, str]:
        payment_id = uuid4()
        row = (payment_id, payment.patient_id, payment.amount, payment.method, payment.received_on)
        async with pool.connection() as connection:
            await connection.execute(INSERT, row)
        return {"id": str(payment_id)}

    return app


@contextmanager
def bare_route(cluster: Cluster) -> Iterator[Served]:
    """The baseline's server on a database of its own."""
    database = cluster.create("bare_route")
    execute(database, TABLE)
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.baselines.bare_route", str(port), database]
    with serving(command, port, "/healthz") as served:
        yield served


def requests() -> Iterator[bytes]:
    """Payments without end, each of its own patient, encoded as `benchmarks.load` sends them."""
    for number in count(1):
        payment = {"patient_id": str(uuid4()), "amount": f"{number % 900 + 100}.50", "method": "CASH"}
        yield encode("POST", "/payments", msgspec.json.encode({**payment, "received_on": "2026-01-15"}))


if __name__ == "__main__":
    uvicorn.run(
        build(sys.argv[2]),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
