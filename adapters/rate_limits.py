"""Counting for limits: in this process, or in Redis where several workers count together.

Windows are aligned to the clock: of "100/minute" each minute has a hundred. So one step counts and answers, and when
the next window begins follows from the time alone. While Redis cannot be reached each process counts for itself: a
limit that is looser for a moment beats an API that refuses everybody.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage, Storage
from prometheus_client import Counter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from application.ports import Allowance, Bucket, Clock

log = logging.getLogger("daybook.limits")

CONNECTIONS = 16
"""Of one process to Redis. A burst waits for one of these: opening a hundred at once takes longer than the counting."""
PATIENCE = 0.5
"""Seconds that Redis may take to count one request."""
PAUSE = 5.0
"""Seconds for which Redis is left alone after it failed."""
MOST_KEYS = 200_000
DEFAULTS: dict[Bucket, str] = {
    Bucket.USER: "100/minute",
    Bucket.TENANT: "1000/minute",
    Bucket.COSTLY: "20/minute",
    Bucket.ADDRESS: "100/minute",
    Bucket.LOGIN: "10/15 minutes",
    Bucket.LOGIN_ADDRESS: "100/15 minutes",
    Bucket.LETTERS: "3/hour",
    Bucket.LETTERS_ADDRESS: "20/hour",
    Bucket.STREAM: "60/minute",
}
OFF = "off"
Limits = Mapping[Bucket, RateLimitItem]
_OF_ADDRESSES = {Bucket.ADDRESS, Bucket.LOGIN_ADDRESS, Bucket.LETTERS_ADDRESS}

UNREACHABLE = Counter("daybook_rate_limit_store_failures_total", "Times that Redis could not count a request")


class BadLimits(ValueError):
    """The limits cannot be understood; the message says which."""


def read_limits(text: str) -> Limits | None:
    """``"user=50/minute, login=5/hour"`` over the defaults; ``None`` for ``"off"``."""
    if text.strip().lower() == OFF:
        return None
    chosen = dict(DEFAULTS)
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, limit = part.partition("=")
        if name.strip() not in set(Bucket):
            raise BadLimits(f"there is no limit named {name.strip()}; there are: {', '.join(Bucket)}")
        chosen[Bucket(name.strip())] = limit.strip()
    try:
        return {bucket: parse(limit) for bucket, limit in chosen.items()}
    except ValueError as error:
        raise BadLimits("a limit is written 100/minute, or 10/15 minutes") from error


@dataclass(frozen=True, slots=True)
class _Count:
    number: int
    until: float


class LocalCounters(Storage):
    """A dict in place of the library's own memory, which goes through all of its keys at every count."""

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, _Count] = {}
        self._sweep_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.monotonic()
        if now >= self._sweep_at or len(self._counts) > MOST_KEYS:
            self._sweep(now)
        known = self._counts.get(key)
        if known is None or known.until <= now:
            known = _Count(0, now + expiry)
        self._counts[key] = _Count(known.number + amount, known.until)
        return known.number + amount

    async def get(self, key: str) -> int:
        known = self._counts.get(key)
        return known.number if known is not None and known.until > time.monotonic() else 0

    async def get_expiry(self, key: str) -> float:
        known = self._counts.get(key)
        return time.time() + (max(0.0, known.until - time.monotonic()) if known else 0.0)

    async def check(self) -> bool:
        return True

    async def reset(self) -> int | None:
        count = len(self._counts)
        self._counts.clear()
        return count

    async def clear(self, key: str) -> None:
        self._counts.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._sweep_at = now + 60
        self._counts = {key: count for key, count in self._counts.items() if count.until > now}
        while len(self._counts) > MOST_KEYS:  # an attacker's keys: the oldest go, the memory stays bounded
            del self._counts[next(iter(self._counts))]


class Limiter:
    """``limits`` from ``read_limits`` (``None``: nothing is counted); ``redis_url`` as in ``redis://host:6379/0``."""

    def __init__(self, limits: Limits | None, clock: Clock, redis_url: str | None = None) -> None:
        self._limits = limits
        self._clock = clock
        self._local = LocalCounters()
        self._redis = _redis(redis_url) if redis_url and limits is not None else None
        self._redis_after = 0.0

    async def count(self, bucket: Bucket, key: str) -> Allowance | None:
        if self._limits is None:
            return None
        item, key = self._limits[bucket], _whose(bucket, key)
        now, length = self._clock.now().timestamp(), item.get_expiry()
        window = int(now // length)
        # A little longer than the window: clocks of several machines differ.
        number = await self._incr(item.key_for(bucket, key, str(window)), length + 5)
        left = (window + 1) * length - now
        return Allowance(item.amount, max(0, item.amount - number), max(1, math.ceil(left)), number <= item.amount)

    async def forget(self, bucket: Bucket, key: str) -> None:
        if self._limits is None:
            return
        item, key = self._limits[bucket], _whose(bucket, key)
        name = item.key_for(bucket, key, str(int(self._clock.now().timestamp() // item.get_expiry())))
        await self._local.clear(name)
        if self._redis is not None and time.monotonic() >= self._redis_after:
            try:
                await self._redis.clear(name)
            except (RedisError, OSError, TimeoutError) as error:
                self._failed(error)

    async def close(self) -> None:
        if self._redis is not None:
            bridge: Any = self._redis.bridge
            await bridge.storage.aclose(close_connection_pool=True)

    async def _incr(self, name: str, seconds: int) -> int:
        # Here too, always: when Redis fails in the middle of a window, what came here before is not forgotten.
        local = await self._local.incr(name, seconds)
        if self._redis is not None and time.monotonic() >= self._redis_after:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._redis.incr(name, seconds)
            except (RedisError, OSError, TimeoutError) as error:
                self._failed(error)
        return local

    def _failed(self, error: Exception) -> None:
        UNREACHABLE.inc()
        self._redis_after = time.monotonic() + PAUSE
        log.warning("Redis does not count (%s); each process counts for itself for %d s", type(error).__name__, PAUSE)


def _whose(bucket: Bucket, key: str) -> str:
    return network_of(key) if bucket in _OF_ADDRESSES else key


def network_of(address: str) -> str:
    """What is counted as one place: an IPv4 address, or the /64 of an IPv6 one, of which a household has plenty."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return address


def _redis(url: str) -> RedisStorage:
    pool = BlockingConnectionPool.from_url(
        url.replace("redis+unix", "unix"), max_connections=CONNECTIONS, timeout=PATIENCE, socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
    )  # fmt: skip
    options: dict[str, Any] = {"connection_pool": pool}
    return RedisStorage(f"async+{url}", implementation="redispy", key_prefix="daybook", **options)
