"""The plan of a run before it is run: how it is cut, and what it will take."""

import time
from dataclasses import dataclass

import numpy as np

from mortal.config import Plan
from mortal.data import Dataset
from mortal.engine.lots import Lot, circles
from mortal.engine.sizing import Sizes
from mortal.engine.work import answered, learnt
from mortal.logbook import TABLES
from mortal.logbook.space import in_bytes
from mortal.organism import Population
from mortal.rules.peripheral import one_hot
from mortal.showing import age
from mortal.story import Moment, moments

__all__ = ["Forecast", "forecast"]

_TRIED = 8
"""Devices whose time is taken."""
_TABLE = {"train": "epoch", "distil": "epoch", "examine": "exam", "age": "ageing", "copy": "copy"}
_BYTES = 8


@dataclass(frozen=True)
class Forecast:
    """What a run will take.

    Attributes:
        plan: the run.
        lots: how it is cut.
        memory: bytes of the largest lot's worker.
        seconds: work of one core.
        log: bytes of the log, uncompressed.
        states: bytes of the last states of all devices.
        workers: at a time.
    """

    plan: Plan
    lots: tuple[Lot, ...]
    memory: float
    seconds: float
    log: float
    states: float
    workers: int

    def __str__(self) -> str:
        told = moments(self.plan)
        born = [m for m in told if m.word == "birth"]
        devices = sum(self.plan.config.cohorts[m.cohort].count for m in born)
        lines = [
            f"{self.plan.config.name}: {devices} devices in {len(self.plan.config.cohorts)} "
            f"cohorts, {len(self.plan.config.story)} steps, {len(told)} moments"
        ]
        for circle in circles(self.plan):
            mine = [lot for lot in self.lots if any(name in lot.scope for name in circle)]
            ranks = [max(last for _, last in lot.scope.values()) for lot in mine]
            spans = np.diff([0, *ranks])
            who = f"{', '.join(circle)} meet" if len(circle) > 1 else f"{circle[0]} meets nobody"
            span = (
                f"{spans.min()}" if spans.min() == spans.max() else f"{spans.min()}-{spans.max()}"
            )
            lots = "1 lot" if len(mine) == 1 else f"{len(mine)} lots"
            lines.append(f"{who}: {lots} of {span} ranks")
        at_once = min(self.workers, len(self.lots))
        lines += [
            f"memory  {in_bytes(self.memory)} a worker, {in_bytes(self.memory * at_once)} in all",
            f"time    about {age(self.seconds / at_once)} with "
            f"{at_once} of {len(self.lots)} lots at a time ({age(self.seconds)} of one core)",
            f"disk    log {in_bytes(self.log)} before compression, states {in_bytes(self.states)}",
        ]
        return "\n".join(lines)


def forecast(
    plan: Plan, data: Dataset, sizes: Sizes, lots: tuple[Lot, ...], workers: int
) -> Forecast:
    """Return what a run will take, from some batches of some devices of each cohort, tried now."""
    told = moments(plan)
    pace = {name: _Pace.of(plan, data, name) for name in plan.config.cohorts}
    seconds = log = states = 0.0
    for moment in told:
        if moment.word == "succeed":
            continue
        count = plan.config.cohorts[moment.cohort].count
        seconds += count * pace[moment.cohort].seconds(data, moment)
        log += count * _values(plan, moment, pace[moment.cohort].arrays) * _BYTES
        states += count * sizes.kept[moment.cohort] if moment.word == "birth" else 0
    largest = max(
        sizes.lot(tuple(lot.scope), max(last - first for first, last in lot.scope.values()))
        for lot in lots
    )
    return Forecast(plan, lots, largest, seconds, log, states, workers)


@dataclass(frozen=True)
class _Pace:
    """What a device of a cohort takes, in s, alone on a core and among others in its call."""

    birth: float
    learning: float
    answering: float
    arrays: int

    @classmethod
    def of(cls, plan: Plan, data: Dataset, name: str) -> "_Pace":
        cohort = plan.config.cohorts[name]
        count = min(_TRIED, cohort.count)
        began = time.perf_counter()
        some = Population(
            plan.technologies[name],
            cohort.layers,
            data.classes,
            cohort.rule,
            np.arange(count, dtype=np.int64),
            seed=plan.config.seed,
            backend=plan.config.backend,
        )
        birth = (time.perf_counter() - began) / count
        batch = 32
        inputs = data.inputs_train[:batch]
        targets = one_hot(data.labels_train[:batch], data.classes)
        some.learn(inputs, targets)  # once for what is loaded or compiled on first use
        began = time.perf_counter()
        some.learn(inputs, targets)
        epochs = some.epochs // 2
        learning = (time.perf_counter() - began) / (count * epochs * len(inputs))
        began = time.perf_counter()
        some.answer(data.inputs_train[:256])
        answering = (time.perf_counter() - began) / (count * min(256, len(data.inputs_train)))
        return cls(birth, learning, answering, len(some.arrays))

    def seconds(self, data: Dataset, moment: Moment) -> float:
        if moment.word == "birth":
            return self.birth
        return self.learning * learnt(data, moment) + self.answering * answered(data, moment)


def _values(plan: Plan, moment: Moment, arrays: int) -> int:
    """Return how many numbers of a device a moment logs."""
    by_name = {table.name: table for table in TABLES}
    times = getattr(moment.what, "epochs", 1)
    name = {"birth": "birth", "bury": "death"}.get(moment.word) or _TABLE[moment.word]
    per_device = sum(
        arrays if "array" in variable.axes else 1
        for variable in by_name[name].variables
        if "device" in variable.axes
    )
    return per_device * max(times, 1) if name == "epoch" else per_device
