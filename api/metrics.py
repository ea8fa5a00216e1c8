"""What Prometheus is told. Labels are routes, codes, tables and centres' ids: nothing that points to a person."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

REQUESTS = Counter("daybook_http_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "daybook_http_request_seconds", "Time to answer", ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)  # fmt: skip
ERRORS = Counter("daybook_http_errors_total", "Refusals and faults answered", ["status", "code"])
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where several workers of one API put their numbers, so that whichever is asked answers for all."""
_TENANT = "tenant"


def exposition(measured: dict[str, Any], *, tenants: bool) -> bytes:
    """The text that Prometheus reads. ``measured`` is ``Health.measures``'s; ``tenants`` says whether centres may be
    told apart: what is labelled with one is left out otherwise."""
    return generate_latest(_Exposition(measured, tenants))


class _Exposition:
    def __init__(self, measured: dict[str, Any], tenants: bool) -> None:
        self._measured = measured
        self._tenants = tenants

    def collect(self) -> Iterable[Metric]:
        for family in [*_counted(), *_asked(self._measured)]:
            if self._tenants or not any(_TENANT in sample.labels for sample in family.samples):
                yield family


def _counted() -> Iterable[Metric]:
    """What the processes of this API have counted."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return REGISTRY.collect()
    for file in Path(folder).glob("gauge_live*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not psutil.pid_exists(process):  # a worker that died holds no connections any more
            multiprocess.mark_process_dead(process)  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry.collect()


def _asked(measured: dict[str, Any]) -> Iterator[Metric]:
    """What the database was asked just now."""
    yield _gauge("daybook_database_up", "Whether the database answers", measured["database_up"])
    if not measured["database_up"]:
        return
    yield _gauge(
        "daybook_projection_lag_seconds", "Age of the oldest event that the read models lack", measured["lag_seconds"]
    )
    yield _gauge(
        "daybook_projection_tenants_behind", "Centres whose read models are behind their book",
        measured["tenants_behind"],
    )  # fmt: skip
    yield _by(
        "daybook_projection_parked_streams", "Streams that a read model could not follow", "projection",
        measured["parked"],
    )  # fmt: skip
    yield _by(
        "daybook_parked_seconds", "Time since the first of a read model's parked streams was parked", "projection",
        measured["parked_seconds"],
    )  # fmt: skip
    yield _by(
        "daybook_read_table_lag_seconds", "Age of the oldest event that a read table lacks, in the worst centre",
        "projection", measured["table_lag"],
    )  # fmt: skip
    yield _by(
        "daybook_rebuilds", "Rebuilds that are not over, and that failed within a day", "state", measured["rebuilds"]
    )
    yield _by(
        "daybook_delivery_lag_seconds", "Age of the oldest event that a follower of the books is not done with",
        "consumer", measured["delivery_lag"],
    )  # fmt: skip
    yield _by(
        "daybook_delivery_behind", "Events, or messages in Kafka, that a consumer is not done with", "consumer",
        measured["delivery_behind"],
    )  # fmt: skip
    yield _by(
        "daybook_dead_letters", "Messages that could not be handled: see daybook dlq", "consumer",
        measured["dead_letters"],
    )  # fmt: skip
    yield _gauge(
        "daybook_schedule_silence_seconds", "Time since a scheduler last looked at what is due",
        measured["schedule_silence"],
    )  # fmt: skip
    yield _gauge("daybook_read_tables_outdated", "Read tables that want a rebuild", measured["outdated"])
    active = measured["active_users"]
    yield _gauge("daybook_active_users", "People given an access token in the last 15 minutes", sum(active.values()))
    yield _by("daybook_tenant_active_users", "The same, by centre", _TENANT, active)
    yield _by(
        "daybook_tenant_lag_seconds", "Of the centres furthest behind, the age of the oldest event not yet shown",
        _TENANT, measured["lagging"],
    )  # fmt: skip
    # Of tables that are followed the one above tells: so no series for each table times each centre.
    late = GaugeMetricFamily(
        "daybook_tenant_read_table_lag_seconds", "The same, of tables that are held back until they are rebuilt",
        labels=["projection", _TENANT],
    )  # fmt: skip
    for labels, seconds in measured["tenant_table_lag"].items():
        late.add_metric(labels, seconds)
    yield late


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _by(name: str, help_text: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
