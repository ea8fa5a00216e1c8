"""``daybook tenant …`` and ``daybook demo``: making centres from the command line, through the real commands."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Annotated
from uuid import UUID

import typer

from adapters.settings import Settings, from_environment
from application.base import PLATFORM, SYSTEM, Command, Context, Outcome, execute
from domain.values import Role

app = typer.Typer(no_args_is_help=True, help="Centres: open one, move one to another house.")

PASSWORD_VARIABLE = "DAYBOOK_ADMIN_PASSWORD"  # noqa: S105 - the variable's name


def system_context(system: object, tenant_id: UUID, role: Role = Role.SUPER_ADMIN) -> Context:
    """The context of what the command line does: no person, no login to check."""
    from adapters.system import System

    assert isinstance(system, System)  # noqa: S101
    return Context(
        tenant_id=tenant_id, actor=SYSTEM, role=role, now=system.clock.now(), correlation=system.new_id(),
        new_id=system.new_id,
    )  # fmt: skip


async def open_tenant(settings: Settings, command: Command, tenant_id: UUID | None = None) -> Outcome:
    from adapters.system import System

    async with System(settings).running() as system:
        return await execute(command, system_context(system, tenant_id or system.new_id()), system.store)


async def open_platform(settings: Settings, email: str, password: str) -> Outcome:
    """Open the platform's own tenant with its first super admin."""
    return await open_tenant(settings, _opening("Platform", "platform", "UTC", "INR", email, password), PLATFORM)


def _opening(name: str, slug: str, timezone: str, currency: str, email: str, password: str) -> Command:
    from application.tenancy import Administrator, OpenTenant

    admin = Administrator(email=email, first_name="First", last_name="Admin", password=password)
    return OpenTenant(name=name, slug=slug, timezone=timezone, currency=currency, admin=admin)


@app.command("create")
def create(
    slug: Annotated[str, typer.Argument(help="Short name in addresses and at sign-in, such as `sunrise`")],
    name: Annotated[str, typer.Option(help="The centre's name")],
    admin_email: Annotated[str, typer.Option(help="E-mail of its first administrator")],
    timezone: Annotated[str, typer.Option(help="IANA time zone")] = "Asia/Kolkata",
    currency: Annotated[str, typer.Option(help="ISO 4217 code")] = "INR",
    platform: Annotated[
        bool, typer.Option("--platform", help="Open the platform's own tenant, for super admins")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON")] = False,
) -> None:
    """Open a centre with its first administrator.

    The password is asked for, or taken from DAYBOOK_ADMIN_PASSWORD."""
    from adapters.cli.serving import installation

    password = os.environ.get(PASSWORD_VARIABLE) or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    command = _opening(name, slug, timezone, currency, admin_email, password)
    with installation() as env:
        outcome = asyncio.run(open_tenant(from_environment(env), command, PLATFORM if platform else None))
    typer.echo(json.dumps(outcome.result) if as_json else f"opened {slug} ({outcome.result['id']})")


def demo() -> None:
    """Make the demo centre (Sunrise Therapy Centre), unless it is there already, and say how to sign in."""
    from adapters.cli.serving import installation

    with installation() as env:
        for line in ensure_demo(from_environment(env)):
            typer.echo(line)


def ensure_demo(settings: Settings) -> list[str]:
    """The demo centre, made once. Returns the lines that tell how to sign in."""
    from adapters.demo import make_demo

    return asyncio.run(make_demo(settings))
