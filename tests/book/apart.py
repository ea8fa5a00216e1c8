"""The verifier that shares no code with the product, and whoever signs."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.checkpoints import Checkpoint, Checkpoints, Signer
from adapters.commanding import MachineClock
from tests.book.desk import Desk

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify_book.py"
SIGNER = Signer(bytes(range(32)))


def _loaded() -> Any:
    spec = importlib.util.spec_from_file_location("verify_book", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verify_book: Any = _loaded()


def checkpoints(desk: Desk, signer: Signer = SIGNER) -> Checkpoints:
    return Checkpoints(desk.store.pool, signer, MachineClock())


async def signed(desk: Desk, tenant_id: UUID | None = None) -> Checkpoint:
    made = await checkpoints(desk).sign(tenant_id or desk.tenant_id)
    assert made is not None
    return made
