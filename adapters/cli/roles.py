"""One role per process: what ``serve`` starts on one machine, and a cluster on many."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from adapters.logs import set_up
from adapters.settings import Settings, from_environment


def settle_memory() -> None:
    """What is there after the start is there to stay: let the collector leave it alone, and look at the rest less
    often. With its usual thresholds it took a fifth of the API's time, almost all of it to find nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


EDGE = ("redis_url", "rate_limits", "trusted_proxies", "cors_origins", "log_level", "log_as_text", "public_url", "smtp",
        "mail_from", "most_streams", "most_streams_each")  # fmt: skip
"""What the API reads of its settings besides the database: looked at before anything starts."""

# Larger numbers would be taken modulo 65536, silently.
Port = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="Port to listen on (default: $DAYBOOK_PORT or 8000; 0: any)")
]


def logs(settings: Settings | None = None) -> None:
    chosen = settings or from_environment()
    set_up(chosen.log_level, text=chosen.log_as_text)


@contextmanager
def on_signal(what: Callable[[], None]) -> Iterator[None]:
    """When the server is told to stop it waits for open connections, and streams end only if they are told: done here
    as soon as the signal comes, on the event loop, before the server's own part. Nothing where signals are not heard
    (not in a main thread)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    servers = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(what)
        server = servers[signal.Signals(number)]
        if callable(server):
            server(number, frame)

    for name in servers:
        signal.signal(name, stop)
    try:
        yield
    finally:
        for name, handler in servers.items():
            if signal.getsignal(name) is stop:
                signal.signal(name, handler)


def built_client() -> Path | None:
    """The folder of the built browser client: beside the API in a release, in ``web`` where it is developed."""
    import api

    home = Path(api.__file__).parent
    folders = (home / "client", home.parent / "web" / "dist")
    return next((folder for folder in folders if (folder / "index.html").exists()), None)


def make_app(settings: Settings | None = None) -> Any:
    """The ASGI application on real things; a factory, so that each worker of uvicorn makes its own."""
    from adapters.system import System
    from api.app import create_app

    chosen = settings or from_environment()
    logs(chosen)  # a worker is a process of its own

    @asynccontextmanager
    async def lifespan() -> Any:
        async with System(chosen).running() as system:
            settle_memory()
            with on_signal(system.streams.close):
                yield system

    return create_app(lifespan, origins=chosen.cors_origins, site=built_client())


def api(
    port: Port = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: $DAYBOOK_HOST or 127.0.0.1)")] = None,
    workers: Annotated[int, typer.Option(help="Processes sharing the port", min=1)] = 1,
    ready_file: Annotated[Path | None, typer.Option(help="Write the address here once requests are answered")] = None,
) -> None:
    """Serve the HTTP API."""
    import uvicorn

    from adapters.cli.serving import installation

    logs()
    with installation() as env:
        os.environ.update(env)  # where the factory, in this process or a worker's, finds it
        settings = from_environment()
        settings.need("app_url", "master_key", "jwt_secret", "port", "pool_size", *EDGE)
        options: dict[str, Any] = {
            "factory": True, "host": host or settings.host, "port": settings.port if port is None else port,
            "loop": "uvloop", "http": "httptools", "access_log": False, "log_level": "warning", "log_config": None,
            "timeout_graceful_shutdown": 2, "server_header": False, "proxy_headers": False,
        }  # fmt: skip
        if workers > 1:
            with tempfile.TemporaryDirectory(prefix="daybook-metrics-") as folder:
                os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # where the workers put what /metrics adds up
                uvicorn.run("adapters.cli.roles:make_app", workers=workers, **options)
            return
        server = uvicorn.Server(uvicorn.Config("adapters.cli.roles:make_app", **options))
        if ready_file is not None:
            _announce(server, ready_file)
        server.run()


def _announce(server: Any, ready_file: Path) -> None:
    """Write the bound address when the server has started: whoever waits reads a file, not the clock."""
    started = server.startup

    async def startup(sockets: Any = None) -> None:
        await started(sockets)
        if server.started:
            host, port = server.servers[0].sockets[0].getsockname()[:2]
            partial = ready_file.with_suffix(".part")
            partial.write_text(f"http://{host}:{port}")
            partial.rename(ready_file)

    server.startup = startup


def project() -> None:
    """Follow every tenant's book into the read models. Several may run: one works, the others stand by."""
    from adapters.cli.serving import installation
    from adapters.follower import follow
    from adapters.system import make_projector

    logs()
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    with installation() as env:
        settings = from_environment(env)
        settings.need("projector_url", "master_key")
        settle_memory()
        follow(settings.projector_url, make_projector(settings), stopping)


def openapi(out: Annotated[Path | None, typer.Option(help="Write to this file instead of the screen")] = None) -> None:
    """Print the OpenAPI description of the HTTP API."""
    import application.registry  # noqa: F401
    from api.app import create_app

    def lifespan() -> Any:
        raise NotImplementedError("the description needs no services")

    text = json.dumps(create_app(lifespan).openapi(), indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n", "utf-8")
