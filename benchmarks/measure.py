"""How a figure is taken and what it promises: paired runs, medians of ratios, goals."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.database import Cluster

PAIRS = 3  # a shared machine drifts; a pair taken within seconds drifts together


@dataclass(frozen=True)
class Bench:
    """What every benchmark is given."""

    cluster: Cluster
    seconds: float  # of one counted run
    pairs: int = PAIRS


@dataclass(frozen=True)
class Check:
    """One promise: `value` must be at least (or, for times and sizes, at most) `goal`."""

    name: str
    value: float
    goal: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def as_json(self) -> dict[str, Any]:
        sense = "<=" if self.at_most else ">="
        return {"name": self.name, "value": self.value, "goal": self.goal, "sense": sense, "met": self.met}


@dataclass(frozen=True)
class Figure:
    """One P. An absolute goal has no `baseline` and `ratio`. The first check is the P's own."""

    unit: str
    goal: float
    value: float
    baseline: float | None = None
    ratio: float | None = None
    checks: tuple[Check, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "baseline": self.baseline,
            "ratio": self.ratio,
            "goal": self.goal,
            "unit": self.unit,
            "met": all(check.met for check in self.checks),
            "checks": [check.as_json() for check in self.checks],
            **self.extra,
        }

    @classmethod
    def at_most(cls, unit: str, *checks: Check, **extra: Any) -> Figure:
        """An absolute figure that has to stay low; the first check is the P's own."""
        return cls(unit, checks[0].goal, checks[0].value, checks=checks, extra=extra)


@dataclass(frozen=True)
class Pairs:
    """Rates of baseline and product taken in turn."""

    baselines: tuple[float, ...]
    products: tuple[float, ...]

    @property
    def baseline(self) -> float:
        return round(statistics.median(self.baselines), 1)

    @property
    def product(self) -> float:
        return round(statistics.median(self.products), 1)

    @property
    def ratios(self) -> list[float]:
        return [round(ours / theirs, 3) for theirs, ours in zip(self.baselines, self.products, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios, not the ratio of medians: drift cancels within a pair."""
        return round(statistics.median(self.ratios), 3)

    def figure(self, unit: str, goal: float, *more: Check, **extra: Any) -> Figure:
        """A figure whose first promise is the ratio."""
        checks = (Check("ratio", self.ratio, goal), *more)
        return Figure(unit, goal, self.product, self.baseline, self.ratio, checks, {"ratios": self.ratios, **extra})


def interleaved(baseline: Callable[[], float], product: Callable[[], float], pairs: int = PAIRS) -> Pairs:
    """A B A B …: both see the same minutes of the machine."""
    baselines: list[float] = []
    products: list[float] = []
    for _ in range(pairs):
        baselines.append(baseline())
        products.append(product())
    return Pairs(tuple(baselines), tuple(products))
