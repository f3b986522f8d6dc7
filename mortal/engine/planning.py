"""The plan of a run before it is run: how it is cut, and what it will take."""

import time
from dataclasses import dataclass

import numpy as np

from devices import probe, program
from mortal.config import Plan
from mortal.config.steps import CopyStep, DistilStep, ExamineStep, MutualStep, Step
from mortal.data import Dataset
from mortal.engine.lots import Lot, circles, gatherings
from mortal.engine.sizing import Sizes
from mortal.engine.work import answered, learnt
from mortal.logbook import TABLES
from mortal.logbook.space import in_bytes
from mortal.organism import Population
from mortal.rules.peripheral import one_hot
from mortal.showing import age
from mortal.story import Moment, moments

__all__ = ["Disk", "Forecast", "disk", "forecast"]

_TRIED = 8
"""Devices whose time is taken."""
_TABLE = {
    "train": "epoch",
    "distil": "epoch",
    "mutual": "epoch",
    "examine": "exam",
    "age": "ageing",
    "copy": "copy",
}
_VALUE, _TEXT, _COLUMN = 8, 32, 4000
"""Bytes of a number, of a word and of what a file says of a column of a cohort."""
_PART, _STATES = 30_000, 40_000
"""Bytes of a part of the log, and of a file of states, that do not grow with the devices."""
_START, _LOT = 4.0, 0.3
"""What a run takes whatever it does (its start, its last merge), and a lot, in s."""
_SLACK = 1.2
"""On seconds: records and checkpoints, and batches that end earlier than those tried."""


@dataclass(frozen=True)
class Forecast:
    """What a run will take.

    Attributes:
        plan: the run.
        lots: how it is cut.
        memory: bytes of the largest lot's worker.
        seconds: work of one core.
        disk: bytes of the log and of the last states.
        workers: at a time.
    """

    plan: Plan
    lots: tuple[Lot, ...]
    memory: float
    seconds: float
    disk: "Disk"
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
            if circle in gatherings(self.plan):
                who = f"{', '.join(circle)} {'all meet' if len(circle) > 1 else 'meet each other'}"
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
            f"disk    log {in_bytes(self.disk.log)}, states {in_bytes(self.disk.states)}; "
            f"{in_bytes(self.disk.most)} while it runs",
        ]
        return "\n".join(lines)


def forecast(
    plan: Plan, data: Dataset, sizes: Sizes, lots: tuple[Lot, ...], workers: int
) -> Forecast:
    """Return what a run will take, from some batches of some devices of each cohort, tried now."""
    pace = {name: _Pace.of(plan, data, name) for name in plan.config.cohorts}
    seconds = _START + _LOT * len(lots)
    for moment in moments(plan):
        if moment.word != "succeed":
            count = plan.config.cohorts[moment.cohort].count
            seconds += _SLACK * count * pace[moment.cohort].seconds(data, moment)
    largest = max(
        sizes.crowd({name: last - first for name, (first, last) in lot.scope.items()})
        for lot in lots
    )
    return Forecast(plan, lots, largest, seconds, disk(plan, sizes, len(lots)), workers)


@dataclass(frozen=True)
class Disk:
    """What a run leaves on a disk, in bytes.

    Attributes:
        log: the merged log, as if nothing in it could be compressed.
        parts: the log before it is merged.
        states: the last state of each device.
    """

    log: float
    parts: float
    states: float

    @property
    def most(self) -> float:
        """What lies there at the same time: states beside their successors, the log and parts."""
        return 2 * self.states + self.log + self.parts


def disk(plan: Plan, sizes: Sizes, lots: int) -> Disk:
    """Return what a run that is cut into some lots leaves on a disk."""
    numbers = states = 0.0
    told = [moment for moment in moments(plan) if moment.word != "succeed"]
    for moment in told:
        count = plan.config.cohorts[moment.cohort].count
        numbers += count * _bytes(moment, sizes.arrays[moment.cohort], sizes.classes)
        states += count * sizes.kept[moment.cohort] if moment.word == "birth" else 0
    columns = sum(len(table.variables) for table in TABLES) * len(plan.config.cohorts)
    parts = numbers + _PART * lots * (len(told) + 2)
    return Disk(numbers + _COLUMN * columns, parts, states + 2 * _STATES * lots)


@dataclass(frozen=True)
class _Pace:
    """What a device of a cohort takes, in s of one core, among others in its call.

    Learning and answering are of a sample, writing is of one copy.
    """

    birth: float
    learning: float
    answering: float
    writing: float

    @classmethod
    def of(cls, plan: Plan, data: Dataset, name: str) -> "_Pace":
        cohort = plan.config.cohorts[name]
        count = min(_TRIED, cohort.count)
        # The processor's time, which others on the machine do not lengthen; a GPU has its own.
        clock = time.perf_counter if plan.config.backend == "cuda" else time.process_time
        began = clock()
        some = Population(
            plan.technologies[name],
            cohort.layers,
            data.classes,
            cohort.rule,
            np.arange(count, dtype=np.int64),
            seed=plan.config.seed,
            backend=plan.config.backend,
        )
        birth = (clock() - began) / count
        batch = 32
        inputs = data.inputs_train[:batch]
        targets = one_hot(data.labels_train[:batch], data.classes)
        some.learn(inputs, targets)  # once for what is loaded or compiled on first use
        began = clock()
        some.learn(inputs, targets)
        epochs = some.epochs // 2
        learning = (clock() - began) / (count * epochs * len(inputs))
        began = clock()
        some.answer(data.inputs_train[:256])
        answering = (clock() - began) / (count * min(256, len(data.inputs_train)))
        began = clock()
        for copy in (m.what for m in moments(plan) if m.word == "copy" and m.cohort == name):
            assert isinstance(copy, CopyStep)
            for array in some.arrays.values():
                program(array, probe.weights(array), copy.by)
            break
        return cls(birth, learning, answering, (clock() - began) / count)

    def seconds(self, data: Dataset, moment: Moment) -> float:
        if moment.word == "birth":
            return self.birth
        if moment.word == "copy":
            return self.writing
        return self.learning * learnt(data, moment) + self.answering * answered(data, moment)


def _epochs(step: Step | None) -> int:
    """Return how many epochs a step may have."""
    if isinstance(step, DistilStep):
        return sum(lesson.epochs * lesson.rounds for lesson in step.lessons())
    if isinstance(step, MutualStep):
        return step.epochs * (step.rounds + 1)
    return int(getattr(step, "epochs", 1))


def _bytes(moment: Moment, arrays: int, classes: int) -> int:
    """Return how many bytes of a device a moment logs."""
    by_name = {table.name: table for table in TABLES}
    times = _epochs(moment.what)
    name = {"birth": "birth", "bury": "death"}.get(moment.word) or _TABLE[moment.word]
    per_device = sum(
        (_TEXT if variable.dtype == "string" else _VALUE)
        * (arrays if "array" in variable.axes else 1)
        for variable in by_name[name].variables
        if "device" in variable.axes
    )
    if isinstance(moment.what, ExamineStep):  # an answer is float32, its `present` a byte
        per_device += moment.what.answers * (4 * classes + 1)
    return per_device * max(times, 1) if name == "epoch" else per_device
