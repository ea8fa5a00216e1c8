"""docs/events is what messages are made from. `make docs` writes it anew."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from consumers.messages import INTERNAL, TYPES
from consumers.messages.described import data_schema, describe

FOLDER = Path(__file__).parents[2] / "docs" / "events"
HEAD = """# Events

What a Daybook installation tells other programs, over Kafka: CloudEvents 1.0 in JSON, ids and facts, nothing about
people. [asyncapi.json](asyncapi.json) describes it in AsyncAPI 3; this page is made from the same table.

| | |
|---|---|
| topic | `daybook.events` (`KAFKA_TOPIC`), made with `KAFKA_PARTITIONS` partitions if it is not there |
| key | the stream: what happened to one session, patient or ledger is in one partition, in order |
| value | `application/cloudevents+json`: `source` is the centre, `subject` the stream, `id` is `subject`/`version` |
| headers | `tenant`, `position`, `type`, `version`, `content-type` |
| again | a message may come more than once: `source` and `id` say which fact it is |
| dead letters | `daybook.events.dead`, compacted: see `daybook dlq` |
| retention | 14 days, unless the topic's operator chose otherwise |

## An example

```json
EXAMPLE
```

## Types

A type's fields keep their meaning, and fields may be added. What readers would notice becomes `.v2` beside `.v1`.

| type | data |
|---|---|
"""


def _written(schema: dict[str, Any]) -> str:
    if "oneOf" in schema:
        return f"{_written(schema['oneOf'][0])}?"
    if schema["type"] == "array":
        return f"[{_written(schema['items'])}]"
    if schema["type"] == "object":
        return "{" + ", ".join(schema["properties"]) + "}"
    if "enum" in schema:
        return " \\| ".join(schema["enum"])
    named = {"uuid": "id", "date-time": "instant", "date": "date"}
    return named.get(schema.get("format", ""), "amount" if "pattern" in schema else schema["type"])


def _page() -> str:
    golden = json.loads((FOLDER.parents[1] / "tests" / "house" / "golden_messages.json").read_text("utf-8"))
    example = json.dumps(golden["daybook.payment.recorded.v1"][0], indent=2, ensure_ascii=False)
    lines = []
    for type_, published in sorted(TYPES.items()):
        fields = data_schema(published)["properties"]
        told = ", ".join(f"`{name}` {_written(schema)}" for name, schema in fields.items())
        lines.append(f"| `{type_}` | {told or '–'} |")
    untold = [f"* `{topic}`: {why}" for topic, why in sorted(INTERNAL.items())]
    return (
        HEAD.replace("EXAMPLE", example) + "\n".join(lines) + "\n\n## What is not told\n\n" + "\n".join(untold) + "\n"
    )


def test_the_description_and_the_page_are_what_messages_are_made_from() -> None:
    made = {
        "asyncapi.json": json.dumps(describe(), indent=1, ensure_ascii=False) + "\n",
        "README.md": _page(),
    }
    if os.environ.get("DAYBOOK_WRITE_DOCS"):
        for name, text in made.items():
            (FOLDER / name).write_text(text, "utf-8")
    for name, text in made.items():
        assert (FOLDER / name).read_text("utf-8") == text, "docs/events is stale: write it anew with `make docs`"
