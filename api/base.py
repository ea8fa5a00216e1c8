"""Declaring routes: each names the permission it needs and the shapes it takes and gives, and says so in OpenAPI.

A command route's body *is* the command; a read route is a function of a ``Call``. What every route does alike
(authenticate, permit, parse, answer, errors) is done here.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field, create_model
from starlette.responses import JSONResponse, Response

from api.body import parse, read_body
from api.call import Call, authenticate
from api.errors import ErrorResponse
from api.filters import Digits
from application.base import HANDLERS, Command, Model, Money
from application.ports import Services
from projections.base import Row
from projections.query import Paging

T = TypeVar("T")
Endpoint = Callable[..., Awaitable[Response]]

PREFIX = "/api/v1"
EXPLAINED = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Your role does not allow this",
    404: "No such record in your centre",
    409: "The request conflicts with what is recorded",
    412: "The record has changed since you read it (If-Match)",
    413: "The body is too large",
    415: "Send application/json",
    422: "Some fields are not valid; details lists each",
    429: "Too many requests",
    503: "Try again shortly",
}
EVENT_STREAM = "text/event-stream"
_SENT = {
    "type": "object",
    "description": "One event",
    "properties": {
        "event": {"type": "string", "enum": ["open", "changed", "reset", "end"]},
        "data": {"type": "string", "description": "JSON"},
        "id": {"type": "string", "description": "The position to go on from"},
        "retry": {"type": "integer", "description": "Milliseconds"},
    },
}
SORT = "^(-?[A-Za-z]+(, ?-?[A-Za-z]+)*)?$"
FIELDS = "^([A-Za-z]+(, ?[A-Za-z]+)*)?$"
ProjectionName = Annotated[
    str, Field(max_length=63, pattern="^[a-z][a-z_]*$", examples=["patients"], description="A read table's name")
]
AnyProjection = Annotated[str, Path(max_length=63, pattern="^[a-z0-9_-]+$", examples=["patients"])]
"""In a path: what no read table can be called does not exist, like any other that there is not."""
OPEN = "open"
"""The permission of routes that need no sign-in."""


class Page(Model, typing.Generic[T]):
    """One page of a list."""

    data: list[T]
    page: int
    page_size: int
    total: int

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """``PatientPage`` where pydantic would say ``Page[Patient]``: the name that generated clients are given."""
        return f"{params[0].__name__}Page"


def paging(
    page: Annotated[int, Query(ge=1, le=1_000_000), Digits] = 1,
    page_size: Annotated[int, Query(ge=1, le=100, alias="pageSize"), Digits] = 20,
    sort: Annotated[
        str | None, Query(max_length=100, pattern=SORT, description="A field; a leading minus sorts downwards")
    ] = None,
    fields: Annotated[  # noqa: ARG001 - ``Call.json`` does it
        str | None, Query(max_length=500, pattern=FIELDS, description="Only these fields of each record")
    ] = None,
) -> Paging:
    return Paging(page, page_size, sort)


PagingQuery = Annotated[Paging, Depends(paging)]


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def view(row: type[Row], name: str, *, without: tuple[str, ...] = (), **extra: Any) -> type[BaseModel]:
    """The response model of a read row: its fields in camelCase, amounts as strings, ``extra`` fields added."""
    hints = {k: v for k, v in typing.get_type_hints(row, include_extras=True).items() if k not in without}
    fields: dict[str, Any] = {k: (_shown(v), ...) for k, v in {**hints, **extra}.items()}
    return create_model(name, __base__=Model, __doc__=inspect.getdoc(row), **fields)


def _shown(hint: Any) -> Any:
    if hint is Decimal:
        return Money
    if hint == (Decimal | None):
        return Money | None
    return hint


class Routes:
    """The routes of one feature. Paths are below ``PREFIX``."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.router = APIRouter(prefix=PREFIX, tags=[tag])
        self.bodies: dict[tuple[str, str], type[Command]] = {}
        """The command that is the body, by path and method: FastAPI does not parse it, so OpenAPI is told so."""

    def get(
        self, path: str, *, may: str, answers: Any, refuses: tuple[int, ...] = (), also: dict[str, Any] | None = None
    ) -> Callable[[Endpoint], Endpoint]:
        """A read. The function takes ``call: Call`` first, then path and query parameters as FastAPI knows them.
        ``answers`` is a model or, of what is not JSON, a media type: ``"application/pdf"``. ``also`` says what a model
        can be answered as beside JSON: media types with their schemas."""

        def register(function: Endpoint) -> Endpoint:
            signature = inspect.signature(function, eval_str=True)
            own = [p for p in signature.parameters.values() if p.name != "call"]

            async def endpoint(request: Request, **parameters: Any) -> Response:
                return await function(_call(request, may), **parameters)

            self._add("GET", path, function, endpoint, own, may, answers, 200, refuses, also)
            return function

        return register

    def command(
        self, method: str, path: str, command: type[Command], *, answers: Any, status: int = 200,
        refuses: tuple[int, ...] = (), may: str | None = None,
    ) -> Callable[[Endpoint], Endpoint]:  # fmt: skip
        """A write. The function takes ``(call, command)``: the body, parsed, path fields filled in; then query
        parameters, if any. It usually just answers ``await call.execute(command)``; it may look something up first."""

        def register(function: Endpoint) -> Endpoint:
            needs = may or HANDLERS[command].may
            queries = list(inspect.signature(function, eval_str=True).parameters.values())[2:]

            async def endpoint(request: Request, **parameters: Any) -> Response:
                call = _call(request, needs)
                call.status = status
                call.body = await read_body(request)
                asked = {query.name: parameters.pop(query.name) for query in queries}
                return await function(call, parse(command, call.body, parameters), **asked)

            if not _empty(command):
                self.bodies[path, method] = command
            codes = (400, 409, 412, 413, 415, 422, 503, *refuses)
            self._add(
                method, path, function, endpoint, [*_path_parameters(path), *queries], needs, answers, status, codes
            )
            return function

        return register

    def post(self, path: str, command: type[Command], **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self.command("POST", path, command, **options)

    def put(self, path: str, command: type[Command], **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self.command("PUT", path, command, **options)

    def delete(self, path: str, command: type[Command], **options: Any) -> Callable[[Endpoint], Endpoint]:
        return self.command("DELETE", path, command, **options)

    def open_post(
        self, path: str, command: type[Command], *, answers: Any, refuses: tuple[int, ...] = ()
    ) -> Callable[[Endpoint], Endpoint]:
        """A POST without sign-in; the function takes the request and does its own parsing."""

        def register(function: Endpoint) -> Endpoint:
            async def endpoint(request: Request) -> Response:
                return await function(request)

            codes = (400, 413, 415, 422, 503, *refuses)
            self.bodies[path, "POST"] = command
            self._add("POST", path, function, endpoint, [], OPEN, answers, 200, codes)
            return function

        return register

    def _add(  # noqa: PLR0913, PLR0917 - one caller each for reads and writes, all named there
        self, method: str, path: str, function: Endpoint, endpoint: Endpoint, parameters: list[inspect.Parameter],
        may: str, answers: Any, status: int, refuses: tuple[int, ...], also: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
        keywords = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
        endpoint.__signature__ = inspect.Signature([request, *keywords])  # type: ignore[attr-defined]
        summary, _, description = (inspect.getdoc(function) or function.__name__).partition("\n")
        endpoint.__name__, endpoint.__doc__ = function.__name__, description.strip()
        codes = (
            {429, *refuses}
            | (set() if may == OPEN else {400, 401, 403, 503})
            | ({404} if "{" in path else set())
            | ({422} if parameters else set())
        )
        self.router.add_api_route(
            path, endpoint, methods=[method], summary=summary.rstrip("."),
            response_model=None, status_code=status, operation_id=function.__name__,
            response_class=Response if isinstance(answers, str) else JSONResponse,
            responses={
                status: {**_answered(answers, also), "description": "Done" if method != "GET" else "Found"},
                **{code: {"model": ErrorResponse, "description": EXPLAINED[code]} for code in sorted(codes)},
            },
            openapi_extra={"x-permission": may},
            # FastAPI judges parameters before the endpoint runs; who may not ask is told that first.
            dependencies=[Depends(_guard(may))] if parameters and may != OPEN else [],
        )  # fmt: skip


def _answered(answers: Any, also: dict[str, Any] | None) -> dict[str, Any]:
    if isinstance(answers, str):
        schema = _SENT if answers == EVENT_STREAM else {"type": "string", "format": "binary"}
        return {"content": {answers: {"schema": schema}, **(also or {})}}
    return {"model": answers, **({"content": also} if also else {})}


def _guard(may: str) -> Callable[[Request], Awaitable[None]]:
    async def guard(request: Request) -> None:
        _call(request, may)

    return guard


def _call(request: Request, may: str) -> Call:
    """The call of this request, made and permitted once."""
    call: Call | None = request.scope.get("daybook.call")
    if call is None:
        services = services_of(request)
        call = Call(request, services, authenticate(request, services))
        call.permit(may)
        request.scope["daybook.call"] = call
    return call


def _path_parameters(path: str) -> list[inspect.Parameter]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    kinds = {"projection": AnyProjection}  # whatever else stands in a path is an id
    return [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kinds.get(name, UUID)) for name in names]


def _empty(command: type[Command]) -> bool:
    return not command.model_json_schema().get("properties")
