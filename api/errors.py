"""Refusals and faults as HTTP: one table of statuses, one shape of body."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.metrics import ERRORS
from application.base import Busy, KeyReused, StaleVersion
from application.ports import TooMany, Unauthorized, WhichTenant
from domain.base import Clash, Forbidden, Invalid, Missing, Refused

log = logging.getLogger("daybook.api")

STATUS: dict[type[Refused], int] = {
    Unauthorized: 401,
    WhichTenant: 409,
    TooMany: 429,
    Forbidden: 403,
    Missing: 404,
    Clash: 409,
    StaleVersion: 412,
    KeyReused: 422,
    Invalid: 422,
    Busy: 503,
}
"""Status of a refusal by its class; the most derived entry counts. Codes in ``BY_CODE`` serve classes of adapters."""
BY_CODE = {"SERVICE_UNAVAILABLE": 503, "UNAUTHORIZED": 401}
CODES = {
    400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT", 412: "PRECONDITION_FAILED", 413: "PAYLOAD_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE",
    422: "VALIDATION_ERROR", 429: "TOO_MANY_REQUESTS", 500: "INTERNAL_SERVER_ERROR", 503: "SERVICE_UNAVAILABLE",
}  # fmt: skip
RETRY_AFTER = "1"


class ErrorBody(BaseModel):
    code: str = Field(examples=["NOT_FOUND"])
    message: str = Field(examples=["There is no such record."])
    details: Any = None
    timestamp: datetime
    path: str


class ErrorResponse(BaseModel):
    """Every error has this shape. ``details`` of a 422 is a list of ``{"field", "message"}``."""

    success: bool = Field(default=False, examples=[False])
    error: ErrorBody


def status_of(refusal: Refused) -> int:
    for kind in type(refusal).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return BY_CODE.get(refusal.code, 400)


def error_response(
    request: Request, status: int, code: str, message: str, details: Any = None, headers: dict[str, str] | None = None
) -> Response:
    ERRORS.labels(status, code).inc()
    error = {
        "code": code,
        "message": message,
        "details": details,
        "timestamp": datetime.now(UTC),
        "path": request.url.path.encode("utf-8", "replace").decode(),
    }
    body = msgspec.json.encode({"success": False, "error": error}, enc_hook=str)
    return Response(body, status, headers, "application/json")


def fields(errors: Iterable[Any], skip: int = 0) -> list[dict[str, str]]:
    """Validation errors as ``{"field", "message"}``. What was sent is not repeated: it may be personal."""
    listed = []
    for error in errors:
        name = ".".join(str(part) for part in error["loc"][skip:])
        listed.append({"field": _printable(name) or "body", "message": error["msg"].removeprefix("Value error, ")})
    return listed


def _printable(text: str) -> str:
    return text[:200].encode("utf-8", "replace").decode()


async def on_refused(request: Request, refusal: Refused) -> Response:
    status = status_of(refusal)
    headers = {"Retry-After": RETRY_AFTER} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    if isinstance(refusal, TooMany):
        headers = {"Retry-After": str(refusal.retry_after)}
    if status == HTTPStatus.UNAUTHORIZED:
        headers = {"WWW-Authenticate": "Bearer"}
    details: Any = {to_camel(k): v for k, v in refusal.details.items()} or None
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and "field" in refusal.details:
        details = [{"field": refusal.details["field"], "message": str(refusal)}]
    return error_response(request, status, refusal.code, str(refusal), details, headers)


async def on_invalid(request: Request, error: RequestValidationError | ValidationError) -> Response:
    skip = 1 if isinstance(error, RequestValidationError) else 0
    listed = error.errors() if skip else error.errors(include_url=False, include_input=False, include_context=False)  # type: ignore[call-arg]
    broken = next((e for e in listed if e["type"] == "json_invalid"), None)
    if broken and not isinstance(error, RequestValidationError):
        return error_response(request, 400, CODES[400], "The body is not valid JSON", fields([broken]))
    return error_response(request, 422, CODES[422], "Some fields are not valid", fields(listed, skip))


async def on_http(request: Request, error: HTTPException) -> Response:
    code = CODES.get(error.status_code, f"HTTP_{error.status_code}")
    message = "There is no such page" if error.status_code == HTTPStatus.NOT_FOUND else str(error.detail)
    return error_response(request, error.status_code, code, message, headers=dict(error.headers or {}))


async def on_fault(request: Request, error: Exception) -> Response:
    route = getattr(request.scope.get("route"), "path", "unmatched")
    facts = {"route": route, "correlation": str(request.scope.get("correlation", ""))}
    log.error("unexpected %s\n%s", type(error).__name__, _places(error), extra={"facts": facts})
    return error_response(request, 500, CODES[500], "An unexpected error occurred")


def _places(error: BaseException | None) -> str:
    """Classes and places of an error and its causes, never their messages: those may quote what somebody typed."""
    told: list[str] = []
    while error is not None:
        told = [*traceback.format_tb(error.__traceback__), f"{type(error).__name__}\n", *told]
        error = error.__cause__ or error.__context__
    return "".join(told).rstrip()


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refused, on_refused)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, on_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(ValidationError, on_invalid)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, on_http)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, on_fault)
