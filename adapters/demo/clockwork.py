"""Commands at instants of their own choosing, by whoever would have given them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from adapters.system import System
from application import tenancy
from application.base import SYSTEM, Command, Context, execute
from domain.values import Role

__all__ = ["ZONE", "Clockwork"]

ZONE = ZoneInfo("Asia/Kolkata")
_UTC = ZoneInfo("UTC")


class Clockwork:
    """Of one tenant. ``people`` are those who work there, by what they do; therapists come by name."""

    def __init__(self, system: System, tenant_id: UUID, now: datetime) -> None:
        self.system = system
        self.people: dict[Role, UUID] = {}
        self.context = Context(
            tenant_id=tenant_id, actor=SYSTEM, role=Role.WORKSPACE_ADMIN, now=now.astimezone(_UTC),
            correlation=system.new_id(), new_id=system.new_id,
        )  # fmt: skip

    async def do(
        self, command: Command, role: Role = Role.WORKSPACE_ADMIN, actor: UUID | None = None, **path: UUID
    ) -> dict[str, Any]:
        """``path`` is what the command takes from its address. Without ``actor``: the one known of that role."""
        who = actor or self.people.get(role, SYSTEM)
        context = replace(self.context, role=role, actor=who, correlation=self.system.new_id())
        outcome = await execute(command.model_copy(update=path), context, self.system.store)
        return outcome.result

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        """From now on it is then, at the centre."""
        self.context = replace(self.context, now=datetime.combine(day, time(hour, minute), ZONE).astimezone(_UTC))

    def at_present(self) -> date:
        """From now on it is now; the centre's date."""
        self.context = replace(self.context, now=self.system.clock.now())
        return self.context.now.astimezone(ZONE).date()

    async def open(self, name: str, slug: str, timezone: str, email: str, password: str) -> None:
        admin = tenancy.Administrator(email=email, first_name="Asha", last_name="Rao", password=password)
        opened = await self.do(
            tenancy.OpenTenant(name=name, slug=slug, timezone=timezone, admin=admin), Role.SUPER_ADMIN
        )
        self.people[Role.WORKSPACE_ADMIN] = UUID(opened["adminId"])
