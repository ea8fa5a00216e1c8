"""``python -m tests.privacy.dying TENANT PATIENT``: a process that is killed as soon as an erasure is committed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from uuid import UUID

from adapters.settings import from_environment
from adapters.system import System
from application.base import SYSTEM, Context, execute
from application.patients import ErasePatient
from domain.patients import ErasureBasis
from domain.values import Role


async def _die(_: UUID, __: Sequence[UUID]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(tenant_id: str, patient_id: str) -> None:
    async with System(from_environment(os.environ)).running() as system:
        system.store.erased = _die
        context = Context(
            tenant_id=UUID(tenant_id), actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=system.clock.now(),
            correlation=system.new_id(), new_id=system.new_id,
        )  # fmt: skip
        command = ErasePatient(patient_id=UUID(patient_id), basis=ErasureBasis.REQUESTED)
        await execute(command, context, system.store)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
