"""``daybook tenant export | import``, ``daybook backup``, ``daybook restore``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.books import AsJson, console, find_tenant
from adapters.cli.serving import installation
from adapters.crypto import Keyring
from adapters.erasure_ledger import Erasure, ErasureLedger
from adapters.settings import Settings, from_environment

PASSPHRASE = "DAYBOOK_ARCHIVE_PASSPHRASE"  # noqa: S105 - the variable's name


def _passphrase(*, confirm: bool) -> str:
    given = os.environ.get(PASSPHRASE)
    return given or str(typer.prompt("Passphrase of the archive", hide_input=True, confirmation_prompt=confirm))


def _say(quiet: bool) -> Any:
    return (lambda _: None) if quiet else console.print


def export_tenant(
    tenant: Annotated[str, typer.Argument(help="The centre's slug or id")],
    out: Annotated[Path, typer.Option(help="The file to write")],
    personal: Annotated[
        bool, typer.Option("--personal", help="Names and clinical text in the CSV files too, for anybody to read")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Export a centre as a whole: its book, keys wrapped under a passphrase, checkpoints, and its records as CSV.

    Another installation takes it in with `daybook tenant import`. The passphrase is asked for, or taken from
    DAYBOOK_ARCHIVE_PASSPHRASE. Put the centre to rest before (stop `daybook serve`), or it lives on in two places."""
    import asyncio

    from adapters.cli.exporting import note_export
    from adapters.moving import house

    passphrase = _passphrase(confirm=True)
    with installation() as env:
        settings = from_environment(env)
        tenant_id = find_tenant(settings, tenant)
        asyncio.run(note_export(settings, tenant_id, "tenant"))
        report = house.export_tenant(settings, tenant_id, passphrase, out, personal=personal)
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(f"{report['position']:,} events, {report['bytes'] / 1e6:.1f} MB in {out}")
    typer.echo(f"head {report['position']}:{report['chain']}")


def import_tenant(
    archive: Annotated[Path, typer.Argument(help="What `daybook tenant export` has written")],
    as_json: AsJson = False,
) -> None:
    """Take in a centre that another installation has exported: same book, same positions, same hashes.

    The archive is checked from end to end before anything is stored, and then stored in one transaction. Refused if it
    was altered, and if the centre or its short name is here already. People sign in as before, with their passwords."""
    from adapters.moving import house

    passphrase = _passphrase(confirm=False)
    with installation() as env:
        report = house.import_tenant(from_environment(env), archive, passphrase, _say(as_json))
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(f"took in {report['tenant_id']}: {report['events']:,} events")
    typer.echo(f"head {report['position']}:{report['chain']}")


def backup(
    out: Annotated[Path, typer.Option(help="The file to write; keep it on another machine")],
    as_json: AsJson = False,
) -> None:
    """Back up every centre into one file, as of one moment, while everything runs.

    What is secret in it is sealed with the installation's master key, which is not in it: keep DAYBOOK_MASTER_KEY
    (`secrets.json` of an embedded installation) somewhere else. The ledger of erasures is brought up to date beside it:
    a restore needs the latest."""
    from adapters.moving import house

    with installation() as env:
        settings = from_environment(env)
        report = house.back_up(settings, out, _say(as_json))
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(f"{report['tenants']} centres, {report['events']:,} events, {report['bytes'] / 1e6:.1f} MB in {out}")
    typer.echo(f"the ledger of erasures is {settings.erasure_ledger}: keep its latest copy, apart from the backups")


def restore(
    archive: Annotated[Path, typer.Argument(help="What `daybook backup` has written")],
    erasures: Annotated[
        Path | None, typer.Option(help="The latest ledger of erasures (default: that of this installation)")
    ] = None,
    no_erasures: Annotated[
        bool, typer.Option("--no-erasures", help="There is no ledger, and nobody was erased since the backup")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty database, and erase again whoever was erased since it was made.

    The backup is checked from end to end, hash by hash, before anything is stored; then it is stored in one
    transaction, and the read models are folded. Everybody signs in again."""
    from adapters.moving import house

    with installation() as env:
        settings = from_environment(env)
        listed = _listed(settings, erasures, no_erasures)
        report = house.restore(settings, archive, listed, _say(as_json))
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(f"{report['tenants']} centres, {report['events']:,} events; {report['erased']} people erased again")


def erase_again(
    erasures: Annotated[Path, typer.Argument(help="The latest ledger of erasures")],
) -> None:
    """Erase again whoever the ledger lists and the books here do not know to be erased.

    For a database that was recovered by other means than `daybook restore`, such as PostgreSQL's own."""
    from adapters.moving import house

    with installation() as env:
        settings = from_environment(env)
        erased = house.erase_again(settings, _listed(settings, erasures, False))
    typer.echo(f"{erased} people erased again")


def _listed(settings: Settings, given: Path | None, none: bool) -> list[Erasure]:
    path = given or settings.erasure_ledger
    if none and given is None:
        return []
    if not path.exists():
        raise typer.BadParameter(
            f"{path} is not there. Name the latest ledger (--erasures), or say that nobody was erased (--no-erasures)"
        )
    return ErasureLedger(path, Keyring(settings.master_key)).read()
