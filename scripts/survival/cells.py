"""A cell of the table: one population, what it is to learn, and how that is measured."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from survival.means import AS_IT_IS, MEANS
from threadpoolctl import threadpool_limits

import mortal
from devices import Technology, preset
from devices.errors import DeviceError
from mortal.errors import MortalError
from mortal.rules import declare

WAYS: dict[str, dict[str, Any]] = {
    "alternating": {},
    "netted": {"write": "netted"},
    "tiki-taka-v2": {"write": "netted", "through": "tiki-taka-v2"},
    "agad": {"write": "netted", "through": "agad"},
}
UNTAUGHT = "untaught"
"""The control: a population that is examined as it was born."""
LOOKS = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 1)
"""Parts of a lesson after which copies of the learners are examined."""
LOOKED_AT = 500
"""Samples of such an exam; the exam at the end takes all."""

Data = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Task:
    """What is learnt, and how long.

    Attributes:
        layers: of the net: 64 inputs are digits, 196 MNIST of 14x14, 784 whole MNIST.
        train, validation, test: samples.
        epochs: over the training samples.
        batch: samples between two writes.
        devices: of each population.
    """

    layers: tuple[int, ...]
    train: int
    validation: int
    test: int
    epochs: int
    batch: int
    devices: int

    @property
    def told(self) -> dict[str, Any]:
        """What a line of results says of it."""
        return asdict(self) | {"layers": list(self.layers)}


@dataclass(frozen=True)
class Cell:
    """One population that is trained: the key of a line of results.

    Attributes:
        stage: that asks for it.
        rule, technology, way: their names.
        factor: on the rule's declared rate.
        seed: of everything.
        without: the non-ideality that is switched off, if one is.
        means: what is set otherwise, by its name in `survival.means`.
    """

    stage: str
    rule: str
    technology: str
    way: str
    factor: float
    seed: int = 1
    without: str = ""
    means: str = AS_IT_IS

    @property
    def built(self) -> Technology:
        """The technology, ablated if it is to be, with the energies of `mortal-default`.

        Published presets tell nothing about energy; so all are billed alike, converters and
        digital periphery included. Energy changes nothing of what is learnt.
        """
        whole = preset(self.technology)
        whole = whole.model_copy(update={"energy": preset("mortal-default").energy})
        return whole.ablated(self.without) if self.without else whole

    @property
    def settings(self) -> dict[str, Any]:
        """All settings of the rule and of its way, defaults included, as they are today."""
        return settings(self.rule, self.way, self.means)


@cache
def settings(rule: str, way: str, means: str) -> dict[str, Any]:
    """Return what a rule written in a way declares, as JSON would have it.

    Of a rule that is not written that way: what was tried.
    """
    other = MEANS[means]
    tried = {"name": rule, **WAYS.get(way, {}), **other.rule}
    if other.through:
        tried["through"] = {"name": tried["through"], **other.through}
    try:
        return declare(rule, **tried).model_dump(mode="json")
    except ValidationError:
        return tried


def pictures(task: Task) -> Data:
    """Return inputs and labels of a task; 14x14 are means of 2x2 pixels of 28x28."""
    name = "digits" if task.layers[0] == 64 else "mnist"
    data = mortal.load_data(name, train=task.train, test=task.test, validation=task.validation)
    told = {}
    for split in ("train", "validation", "test"):
        inputs = getattr(data, f"inputs_{split}")
        if task.layers[0] == 196:
            inputs = inputs.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)
        told[split] = inputs
        told[f"{split}_labels"] = getattr(data, f"labels_{split}")
    return told


class Watch:
    """Looks at learners while they learn: what they answer, and what they have spent by then.

    Attributes:
        curve: a row a look: samples shown, accuracy, joules, busy seconds, pulses, reads; means
            over devices. The first is what birth has cost, with accuracy None.
    """

    def __init__(self, population: mortal.Population, task: Task, data: Data, split: str) -> None:
        self._population, self._task = population, task
        self._asked = data[split][:LOOKED_AT], data[f"{split}_labels"][:LOOKED_AT]
        writes = task.epochs * -(-task.train // task.batch)
        self._looks = {max(1, round(part * writes)) for part in LOOKS}
        self._writes = 0
        self.curve = [self._row(None)]

    def tick(self) -> None:
        """A batch is over."""
        self._writes += 1
        if self._writes in self._looks:
            self.curve.append(
                self._row(float(self._population.examine(*self._asked).accuracy.mean()))
            )

    def _row(self, accuracy: float | None) -> list[float | None]:
        spent = self._population.ledger()
        told = (spent.total, spent.busy, spent.pulses, spent.reads)
        shown = self._writes * self._task.batch
        return [shown, accuracy, *(float(f"{account.mean():.4g}") for account in told)]


def measure(cell: Cell, task: Task, data: Data) -> dict[str, Any]:
    """Train one population and examine it; a rule that the hardware refuses says why.

    Returns:
        `accuracy` of each device, that on `test` images where `accuracy` is of others and both are
        wanted, the `curve` of `Watch`, `seconds` it took here; or why not: `refused` by the
        hardware, `diverged` while it learnt.
    """
    split = "validation" if cell.stage in ("tune", "means") else "test"
    other = MEANS[cell.means]
    task = replace(task, batch=other.batch or task.batch)
    began = time.perf_counter()
    try:
        population = mortal.grow(cell.built, task.layers, task.devices, cell.settings, cell.seed)
    except MortalError as error:
        return {"refused": str(error)}
    with threadpool_limits(1):
        watch = Watch(population, task, data, split)
        try:
            if cell.way != UNTAUGHT:
                targets = np.eye(10)[data["train_labels"]]
                rate = cell.factor * other.rate
                schedule = mortal.Schedule(task.epochs, task.batch, rate)
                if other.decay is not None:
                    schedule = replace(schedule, decay=other.decay, falls="batch")
                tick = watch.tick if split == "test" else None
                population.learn(data["train"], targets, schedule, tick=tick)
            told = {"accuracy": asked(population, data, split)}
            if cell.stage == "means":
                told["test"] = asked(population, data, "test")
        except (MortalError, DeviceError) as error:
            return {"diverged": str(error)}
    return told | {
        "curve": watch.curve,
        "seconds": round(time.perf_counter() - began, 1),
    }


def asked(population: mortal.Population, data: Data, split: str) -> list[float]:
    """Return the accuracy of each device on a split."""
    found = population.examine(data[split], data[f"{split}_labels"]).accuracy
    return [round(float(accuracy), 4) for accuracy in found]
