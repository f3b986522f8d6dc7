"""How much a lot takes: measured on one device of each cohort, so that any technology counts."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from devices import CrossbarArray
from devices.holding import bytes_held
from devices.kernels import gpu_memory
from mortal.config import Plan
from mortal.data import Dataset
from mortal.engine.lots import circles, gatherings
from mortal.errors import ConfigError
from mortal.logbook.space import in_bytes
from mortal.organism import Population

__all__ = ["Sizes", "free_memory", "measure", "ranks_for"]

_BASE = 290e6
"""Bytes of a worker that has grown nothing: Python, its libraries, signals on their way; 225 to 255
MB were measured, more with newer Pythons (docs/scale.md)."""
_COPIES = 2.5
"""What a lot takes at its fullest, over its devices: copies for lessons and exams, checkpoints; 2.0
to 2.2 were measured (docs/scale.md)."""
_RANKS = 64
"""Ranks of a lot at the most: more in one call gain nothing, and a lost worker loses more."""
_LOTS_PER_WORKER = 2
"""So that one slow lot does not keep all others waiting."""


@dataclass(frozen=True)
class Sizes:
    """What devices take, by cohort.

    Attributes:
        held: bytes in memory, a device.
        kept: bytes of its state on disk.
        arrays: arrays of a device.
        data: bytes of the data, a worker.
        classes: that are answered with.
    """

    held: Mapping[str, int]
    kept: Mapping[str, int]
    arrays: Mapping[str, int]
    data: int
    classes: int

    def lot(self, circle: tuple[str, ...], ranks: int) -> float:
        """Return the bytes of a worker that lives some ranks of cohorts that meet."""
        return self.crowd(dict.fromkeys(circle, ranks))

    def crowd(self, counts: Mapping[str, int]) -> float:
        """Return the bytes of a worker that lives some devices of each cohort."""
        held = sum(count * self.held[name] for name, count in counts.items())
        return _BASE + 2 * self.data + _COPIES * held


def measure(plan: Plan, data: Dataset) -> Sizes:
    """Grow one device of each cohort and weigh it.

    Raises:
        MemoryError: not even one fits.
    """
    held: dict[str, int] = {}
    kept: dict[str, int] = {}
    count: dict[str, int] = {}
    for number, (name, cohort) in enumerate(plan.config.cohorts.items()):
        if (same := _alike(plan, name, held)) is not None:
            held[name], kept[name], count[name] = held[same], kept[same], count[same]
            continue
        one = Population(
            plan.technologies[name],
            cohort.layers,
            data.classes,
            cohort.rule,
            np.zeros(1, np.int64),
            seed=plan.config.seed,
            cohort=number,
            backend=plan.config.backend,
        )
        arrays: list[CrossbarArray] = list(one.arrays.values())
        held[name] = bytes_held([arrays, one.rule.memory])
        kept[name] = bytes_held(dict(one.freeze().numbers))
        count[name] = len(arrays)
    splits = [getattr(data, f"inputs_{split}") for split in ("train", "validation", "test")]
    return Sizes(held, kept, count, sum(split.nbytes for split in splits), data.classes)


def _alike(plan: Plan, name: str, others: Iterable[str]) -> str | None:
    """Return a cohort among others whose devices are built as those of this one."""
    mine, technology = plan.config.cohorts[name], plan.technologies[name]
    for other in others:
        found = plan.config.cohorts[other]
        is_same = (found.layers, found.rule) == (mine.layers, mine.rule)
        if is_same and plan.technologies[other] == technology:
            return other
    return None


def ranks_for(
    plan: Plan, sizes: Sizes, *, workers: int, memory: float, lots: int | None
) -> dict[tuple[str, ...], int]:
    """Return how many ranks a lot of each circle of cohorts holds at the most.

    Args:
        plan: the run.
        sizes: what a device takes.
        workers: lots lived at a time.
        memory: bytes for all of them.
        lots: pieces that each circle is cut into, if somebody wants it so; not where all meet.

    Raises:
        ConfigError: not even one rank fits, or the wanted lots do not; names the number to change.
    """
    found, whole_only = {}, gatherings(plan)
    for circle in circles(plan):
        counts = {name: plan.config.cohorts[name].count for name in circle}
        whole = max(counts.values())
        share = memory / workers
        if circle in whole_only:
            if (taken := sizes.crowd(counts)) > share:
                raise ConfigError(_too_many(plan, circle, counts, taken, share, workers))
            found[circle] = whole
            continue
        fixed, one = sizes.lot(circle, 0), sizes.lot(circle, 1)
        if one > share:
            raise ConfigError(_too_large(plan, sizes, circle, one, share, workers))
        fitting = int((share - fixed) // (one - fixed)) if one > fixed else whole
        pieces = workers * _LOTS_PER_WORKER if workers > 1 else 1
        wanted = min(_RANKS, -(-whole // pieces)) if lots is None else -(-whole // lots)
        if lots is not None and wanted > fitting:
            raise ConfigError(
                f"{lots} lots of {' and '.join(circle)} take "
                f"{in_bytes(sizes.lot(circle, wanted))} each, and a worker has {in_bytes(share)}: "
                f"cut into {-(-whole // fitting)} or more (--lots)"
            )
        found[circle] = max(1, min(wanted, fitting, whole))
    return found


def free_memory(backend: str) -> float:
    """Return the bytes that may be taken: nine tenths of what is free, within a container's own.

    On GPUs, what all of them have free: workers are shared out among them.
    """
    if backend == "cuda":
        return 0.9 * sum(gpu_memory())
    free = _of_machine()
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        (
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        ),
    ):
        try:
            with open(limit) as most, open(used) as now:
                free = min(free, float(most.read()) - float(now.read()))
        except (OSError, ValueError):
            continue
    return 0.9 * max(free, 0.0)


def _of_machine() -> float:
    try:
        with open("/proc/meminfo") as file:
            told = dict(line.split(":", 1) for line in file)
        return 1024 * float(told["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        pass
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) / 2
    except (OSError, ValueError, AttributeError):
        return 4e9


def _too_many(
    plan: Plan,
    circle: tuple[str, ...],
    counts: Mapping[str, int],
    taken: float,
    share: float,
    workers: int,
) -> str:
    largest = max(circle, key=lambda name: counts[name])
    fewer = f", use fewer --workers than {workers}" if workers > 1 else ""
    return (
        f"{plan.where('cohorts', largest, 'count')}: all devices of {', '.join(circle)} meet, take "
        f"{in_bytes(taken)} in one lot, and a worker has {in_bytes(share)}: make "
        f"cohorts.{largest}.count {counts[largest]} smaller{fewer}, or give more --memory if there "
        "is more"
    )


def _too_large(
    plan: Plan, sizes: Sizes, circle: tuple[str, ...], one: float, share: float, workers: int
) -> str:
    largest = max(circle, key=lambda name: sizes.held[name])
    layers = list(plan.config.cohorts[largest].layers)
    ways = [f"make cohorts.{largest}.layers {layers} smaller"]
    if workers > 1:
        ways.insert(0, f"use fewer --workers than {workers}")
    ways.append("give more --memory if there is more")
    met = f"one device each of {', '.join(circle)}" if len(circle) > 1 else f"one of {circle[0]}"
    return (
        f"{plan.where('cohorts', largest, 'layers')}: {met} takes {in_bytes(one)} while it lives, "
        f"and a worker has {in_bytes(share)}: {', or '.join(ways)}"
    )
