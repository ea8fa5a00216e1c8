"""Hostile values for every kind of field, as raw JSON text, so that what no JSON writer would write can be sent too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.access.described import Field

FREE_TEXT = {
    "firstName", "lastName", "guardianName", "name", "address", "medicalNotes", "notes", "description", "reason",
    "reference", "priceReason", "waiverReason", "password", "search", "legalName", "registrationNumber", "taxNumber",
    "senderName", "payee", "note", "currentPassword", "newPassword", "message", "smsText", "emailSubject", "emailText",
    "smsTemplateCode",
}  # fmt: skip
"""Where people write what they like: digits of any script, several lines, anything that looks like a number."""
OPTIONAL_TEXT = {"guardianEmail", "address", "medicalNotes", "notes", "description", "reason", "legalName",
                 "phone", "email", "registrationNumber", "taxNumber", "senderName", "payee", "reference",
                 "note", "subject", "smsTemplateCode", "to"}  # fmt: skip
"""Where nothing typed takes the text away, or leaves it out: a form sends empty fields as empty text."""
ASCII = {"exponent as text", "hexadecimal", "not a number as text", "underscore"}

NUMBERS = {
    "2^70": str(2**70),
    "-2^70": str(-(2**70)),
    "1e400": "1e400",
    "-1e400": "-1e400",
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "1.5": "1.5",
    "-1": "-1",
    "1e-400": "1e-400",
}
TEXTS = {
    "NUL": '"a\\u0000b"',
    "only NUL": '"\\u0000"',
    "lone surrogate": '"\\ud800"',
    "surrogates reversed": '"ab\\udc00\\ud800cd"',
    "100 kB": json.dumps("x" * 100_000),
    "Arabic-Indic digits": '"\u0661\u0662\u0663"',
    "full-width digits": '"\uff11\uff12"',
    "exponent as text": '"1e3"',
    "hexadecimal": '"0x10"',
    "not a number as text": '"NaN"',
    "underscore": '"1_0"',
    "blank": '" "',
    "empty": '""',
}
PLAIN = {"Arabic-Indic digits", "full-width digits", "exponent as text", "hexadecimal", "not a number as text",
         "underscore", "trailing newline"}  # fmt: skip
"""What is nothing but text, where text may stand."""
OTHERS = {"true": "true", "an object": '{"a": 1}', "an array": "[[]]", "null": "null"}


def hostile_json(field: Field, valid: Any) -> Iterator[tuple[str, str]]:
    """Name and JSON text of every value that must be refused in this field."""
    values = NUMBERS | TEXTS | OTHERS
    if isinstance(valid, str):
        values["trailing newline"] = json.dumps(valid + "\n")
    for name, text in values.items():
        if name not in _legitimate(field):
            yield name, text


def _legitimate(field: Field) -> set[str]:
    schema, harmless = field.schema, set()
    if field.nullable:
        harmless.add("null")
    if schema.get("type") == "boolean":
        harmless.add("true")
    if "anyOf" in schema or "Percent" in field.name:
        harmless.add("1.5")  # amounts
    if field.name in FREE_TEXT:
        harmless |= PLAIN
    if field.name in OPTIONAL_TEXT and "minLength" not in schema:
        harmless |= {"blank", "empty"}
    if field.name in {"slug", "tenant"}:
        harmless |= {"exponent as text", "hexadecimal"}
    if field.name == "refreshToken":
        harmless |= ASCII
    if field.name == "rule":
        harmless |= {"trailing newline"}
    if field.name in {"phone", "payee", "reference"}:
        harmless |= {"blank", "empty"}  # takes it away, where a person may
    if field.name in {"password", "currentPassword"} and schema["minLength"] == 1:  # only ever compared
        harmless |= {"NUL", "only NUL", "blank"}
    return harmless


def hostile_query(field: Field, valid: Any) -> Iterator[tuple[str, str]]:
    """Name and percent-encoded text of every value that must be refused in this query parameter."""
    values = {
        "NUL": "a%00b",
        "not UTF-8": "%ED%A0%80",
        "100 kB": "x" * 60_000,
        "Arabic-Indic digits": "%D9%A1%D9%A2",
        "exponent": "1e3",
        "NaN": "NaN",
        "2^70": str(2**70),
        "-1": "-1",
        "1.5": "1.5",
        "hexadecimal": "0x10",
        "underscore": "1_0",
        "a number for a date": "1793577600",
        "newline inside": "a%0Ab",
        "trailing newline": f"{valid}%0A",
        "leading blank": f"%20{valid}",
        "empty": "",
    }
    schema, harmless = field.schema, set()
    if field.name in FREE_TEXT:
        harmless = values.keys() - {"NUL", "100 kB", "newline inside", "trailing newline"}
    if schema.get("type") == "integer" and schema["maximum"] > 2**32:
        harmless |= {"a number for a date"}
    if field.name in {"reason", "smsText", "emailText"}:
        harmless |= {"newline inside", "trailing newline"}  # running text
    if field.name.endswith("Amount"):
        harmless |= {"1.5", "a number for a date"}
    if field.name in {"fields", "sort"}:
        harmless |= {"empty"}
    if field.name == "fields":
        harmless |= {"NaN"}  # a name that no record has
    for name, text in values.items():
        if name not in harmless:
            yield name, text
