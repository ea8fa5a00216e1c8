"""The roles that follow the books and the clock for others, and what became of messages that they could not handle."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

from adapters.cli.serving import installation
from adapters.settings import BadSettings, Settings, from_environment
from consumers.base import DeadLetter, Handling, named

dead = typer.Typer(no_args_is_help=True, help="Dead letters: messages that could not be handled. List, retry, drop.")

Which = Annotated[list[str] | None, typer.Argument(help="Letters, by the id that `list` shows")]
All = Annotated[bool, typer.Option("--all", help="Every letter")]
Of = Annotated[str | None, typer.Option("--consumer", help="Only letters of this consumer")]


def _run(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Until SIGTERM or Ctrl-C; what is in hand is finished."""

    async def until_stopped() -> None:
        stopping = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stopping.set)
        await work(stopping)

    asyncio.run(until_stopped())


def relay(
    from_start: Annotated[
        bool, typer.Option("--from-start", help="The very first time: publish what is in the books already, too")
    ] = False,
) -> None:
    """Publish what is in the books to Kafka. Any number may run: they share the centres among them."""
    from adapters.cli.roles import logs, settle_memory
    from adapters.delivering import relay as relay_work

    with installation() as env:
        settings = from_environment(env)
        logs(settings)
        settings.need("relay_url", "kafka")
        if settings.kafka is None:
            raise BadSettings("KAFKA_BOOTSTRAP_SERVERS is not set: without a broker nothing is to be relayed")
        settle_memory()
        _run(lambda stopping: relay_work(settings, stopping, from_start=from_start))


def notify() -> None:
    """Handle messages: from Kafka if KAFKA_BOOTSTRAP_SERVERS is set, else from the books. Any number may run."""
    from adapters.cli.roles import logs, settle_memory
    from adapters.delivering import notify as notify_work

    with installation() as env:
        settings = from_environment(env)
        logs(settings)
        settings.need("app_url", "relay_url", "master_key", "pool_size", "kafka", "member", "smtp", "mail_from", "sms")
        settle_memory()
        _run(lambda stopping: notify_work(settings, stopping))


def schedule() -> None:
    """Do what the clock causes: reminders, what expires, what is purged. Any number may run."""
    from adapters.cli.roles import logs, settle_memory
    from adapters.scheduling import keep_schedule

    with installation() as env:
        settings = from_environment(env)
        logs(settings)
        settings.need("app_url", "master_key", "pool_size", "signing_key")
        settle_memory()
        _run(lambda stopping: keep_schedule(settings, stopping))


@dead.command("list")
def list_dead(consumer: Of = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """What could not be handled, oldest first: ids and the kind of error, no more is kept."""
    with installation() as env:
        letters = asyncio.run(_outstanding(from_environment(env), consumer))
    if as_json:
        typer.echo(json.dumps([_told(letter) for letter in letters]))
        return
    for letter in letters:
        message = letter.message
        typer.echo(
            f"{letter_id(letter)}  {letter.at:%Y-%m-%d %H:%M:%S}  {letter.consumer}  {message.type}  "
            f"{message.tenant_id} {message.position}  {letter.error}"
        )
    typer.echo(f"{len(letters)} dead letters")


@dead.command()
def retry(letters: Which = None, all_: All = False, consumer: Of = None) -> None:
    """Handle letters again. What succeeds is settled; what had its effect before has it no second time."""

    with installation() as env:
        settings = from_environment(env)
        left = asyncio.run(retry_letters(settings, _chosen(letters, all_), consumer))
    raise typer.Exit(1 if left else 0)


@dead.command()
def drop(letters: Which = None, all_: All = False, consumer: Of = None) -> None:
    """Give letters up: they will not be handled."""

    async def give_up(settings: Settings) -> None:
        from adapters.delivering import dead_letters

        kept = dead_letters(settings)
        for letter in await _outstanding(settings, consumer, _chosen(letters, all_)):
            await kept.settle(letter)
            typer.echo(f"{letter_id(letter)}  dropped")

    with installation() as env:
        asyncio.run(give_up(from_environment(env)))


async def retry_letters(settings: Settings, chosen: set[str] | None, consumer: str | None = None) -> int:
    """Handle the chosen letters (``None``: all) again, in order. Answers how many are left over."""
    from adapters.commanding import CommandSide
    from adapters.delivering import dead_letters
    from adapters.notifying import Look, reading_of
    from consumers.registry import consumers

    left = 0
    letters = dead_letters(settings)
    async with CommandSide(settings).running() as side, reading_of(settings) as reading:
        by_name = {each.name: each for each in consumers(Look(side, reading), side.clock)}
        for letter in await _outstanding(settings, consumer, chosen):
            known = by_name.get(letter.consumer)
            if known is None:
                left += 1
                typer.echo(f"{letter_id(letter)}  there is no consumer {letter.consumer} any more: drop it", err=True)
                continue
            try:
                await Handling(known, side.store, side.clock, side.new_id, letters).once(letter.message)
            except Exception as error:
                left += 1
                typer.echo(f"{letter_id(letter)}  failed again: {named(error)}", err=True)
                continue
            await letters.settle(letter)
            typer.echo(f"{letter_id(letter)}  handled")
    return left


async def _outstanding(settings: Settings, consumer: str | None, chosen: set[str] | None = None) -> list[DeadLetter]:
    from adapters.delivering import dead_letters

    found = list(await dead_letters(settings).outstanding(consumer))
    if chosen is None:
        return found
    if unknown := chosen - {letter_id(letter) for letter in found}:
        typer.echo(f"daybook: there is no letter {', '.join(sorted(unknown))}", err=True)
        raise typer.Exit(1)
    return [letter for letter in found if letter_id(letter) in chosen]


def _chosen(letters: list[str] | None, all_: bool) -> set[str] | None:
    if bool(letters) == all_:
        typer.echo("daybook: name the letters, or give --all", err=True)
        raise typer.Exit(2)
    return None if all_ else set(letters or ())


def letter_id(letter: DeadLetter) -> str:
    """Short, and the same each time."""
    message = letter.message
    place = f"{letter.consumer}/{message.tenant_id}/{message.stream_id}/{message.version}"
    return hashlib.sha256(place.encode()).hexdigest()[:10]


def _told(letter: DeadLetter) -> dict[str, Any]:
    message = letter.message
    return {
        "id": letter_id(letter), "at": letter.at.isoformat(), "consumer": letter.consumer, "error": letter.error,
        "type": message.type, "tenant": str(message.tenant_id), "position": message.position,
        "stream": str(message.stream_id), "version": message.version,
    }  # fmt: skip
