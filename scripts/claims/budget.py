"""What a student knows by what its teaching cost: queries, bits, and kinds of answers.

    MORTAL_DATA=FOLDER python scripts/claims/budget.py [--data digits,mnist] [--seeds 3] [--write]

An elder learns true labels in its hardware. Heirs, the same devices once for each arm, learn from
its answers on some unlabelled inputs, by Mono-Forward, `mortal-default` throughout:

    soft      a number for every class, of 8, 4, 2 or 1 bits
    hard      the class alone
    top-k     the numbers of the 3 best
    ranking   the order of the 3 best
    labels    no elder: the true labels of the same inputs
    moved     soft answers to the inputs and to copies of them, moved by up to two pixels: few
              inputs, many answers, each paid for. MNIST only
    moved labels   true labels; a moved image keeps its label, which costs nothing

The inputs of a budget are the first of one order, so a larger budget holds the smaller ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from budgeted import report
from digital import jittered
from findings import Findings, command, settle, write_section
from threadpoolctl import threadpool_limits

import distill
import mortal
from mortal import Population, Schedule

Array = npt.NDArray[Any]
SEEDS = 3


@dataclass(frozen=True)
class School:
    """How a student is schooled: as many presentations, whatever the budget, of 200 epochs at most.

    Attributes:
        presented: samples shown.
        rate: times the declared rates.
        decay: of the rate over the schedule.
    """

    presented: int
    batch: int
    rate: float
    decay: float

    def schedule(self, samples: int) -> Schedule:
        """Return the schedule of a number of different samples."""
        epochs = min(200, max(1, round(self.presented / samples)))
        batch = min(self.batch, max(4, samples // 8))
        return Schedule(epochs=epochs, batch=batch, rate=self.rate, decay=self.decay)


@dataclass(frozen=True)
class Task:
    """What one data set is told with.

    Attributes:
        train: training images, None for all.
        elder: schedule of the elders.
        soft: of those who learn distributions.
        hard: of those who learn classes alone.
        moved: of those who learn from moved images.
        forms: of each image, at most, and answers at most, where images are moved.
    """

    layers: tuple[int, ...]
    train: int | None
    count: int
    budgets: tuple[int, ...]
    elder: dict[str, Any]
    soft: School
    hard: School
    moved: School | None = None
    forms: tuple[int, int] = (24, 60_000)
    softening: float = 2.0
    keep: int = 3


DIGITS = Task(
    (64, 128, 128), None, 4, (30, 100, 300, 1000), {"epochs": 10},
    School(20_000, 32, 1.0, 0.3), School(20_000, 32, 1.0, 0.3),
)  # fmt: skip
MNIST = Task(
    (784, 256, 256), 20_000, 1, (30, 100, 300, 1000, 3000, 10_000, 20_000),
    {"epochs": 10, "batch": 64, "rate": 2.0, "decay": 0.03},
    School(150_000, 64, 2.0, 0.03), School(150_000, 64, 1.0, 0.03),
    School(240_000, 64, 2.0, 0.02),
)  # fmt: skip
QUICK = Task(
    (64, 32), None, 2, (30, 300), {"epochs": 3},
    School(2000, 16, 1.0, 0.3), School(2000, 16, 1.0, 0.3),
)  # fmt: skip


class Lessons:
    """All that is told of one seed; elders are made once, when they are first needed."""

    def __init__(self, data: Any, task: Task, seed: int) -> None:
        self.data, self.task, self.seed = data, task, seed
        self.order = np.random.default_rng(seed).permutation(len(data.inputs_train))
        self._elders: Population | None = None

    @property
    def elders(self) -> Population:
        """The teachers, taught by all true labels."""
        if self._elders is None:
            self._elders = self._grown(0)
            self._elders.train(self.data.inputs_train, self.data.labels_train, **self.task.elder)
        return self._elders

    def arm(self, arm: str, budget: int = 0, bits: int = 8) -> dict[str, Any]:
        """Return what devices know at the end, `[device]`, and the bits of their answers."""
        if arm == "elders":
            return {"accuracy": self.examined(self.elders)}
        task, places = self.task, self.order[:budget]
        inputs, labels = self.data.inputs_train[places], self.data.labels_train[places]
        if arm.startswith("moved"):
            inputs, labels = self._moved(inputs, labels)
        school = {"soft": task.soft, "top-k": task.soft, "ranking": task.soft, "moved": task.moved}
        wanted = school.get(arm, task.hard)
        if arm == "moved labels":
            assert task.moved is not None
            wanted = School(task.moved.presented, task.hard.batch, task.hard.rate, task.hard.decay)
        assert wanted is not None
        heirs, schedule = self._grown(task.count), wanted.schedule(len(inputs))
        if arm.endswith("labels"):
            heirs.learn(inputs, np.eye(10, dtype=np.float32)[labels], schedule)
            return {"accuracy": self.examined(heirs)}
        told = distill.transfer(
            self.elders, heirs.pupil(schedule), inputs,
            answers="soft" if arm == "moved" else arm, softening=task.softening, bits=bits,
            keep=task.keep if arm in ("top-k", "ranking") else None,
        )  # fmt: skip
        return {
            "accuracy": self.examined(heirs), "answers": told.asked,
            "answer_bits": told.answer_bits, "agreement": 100 * told.agreement_after,
        }  # fmt: skip

    def examined(self, population: Population) -> Array:
        """Return accuracy on test images, percent, `[device]`."""
        return 100 * population.examine(self.data.inputs_test, self.data.labels_test).accuracy

    def _grown(self, first: int) -> Population:
        task = self.task
        return mortal.grow(layers=task.layers, count=task.count, seed=self.seed, first_serial=first)

    def _moved(self, inputs: Array, labels: Array) -> tuple[Array, Array]:
        """Return the inputs, copies of them moved at random, and the labels of all."""
        most, answers = self.task.forms
        forms = max(2, min(most, answers // len(inputs)))
        random = np.random.default_rng(self.seed)
        moved = [inputs]
        moved += [jittered(torch.tensor(inputs), 2, random).numpy() for _ in range(forms - 1)]
        return np.concatenate(moved), np.tile(labels, forms)


def cases(task: Task) -> Iterator[dict[str, Any]]:
    """Yield the cases of a data set, without their seed."""
    yield {"arm": "elders"}
    for budget in task.budgets:
        for arm in ("soft", "hard", "labels"):
            yield {"arm": arm, "budget": budget}
    for budget in (100, 300, 1000):
        if budget in task.budgets:
            for arm in ("top-k", "ranking"):
                yield {"arm": arm, "budget": budget}
            for bits in (4, 2, 1):
                yield {"arm": "soft", "budget": budget, "bits": bits}
    if task.moved is not None:
        for budget in (300, 1000, 10_000):
            for arm in ("moved", "moved labels"):
                yield {"arm": arm, "budget": budget}


def choose(name: str, task: Task) -> None:
    """Print what schools reach on images held back, two devices of another seed."""
    data = mortal.load_data(name, train=task.train, validation=300 if name == "digits" else 5000)
    data = replace(data, inputs_test=data.inputs_validation, labels_test=data.labels_validation)
    lessons = Lessons(data, task, 9)
    for presented in (20_000, 60_000):
        for batch in (8, 32):
            for rate in (1.0, 2.0):
                school = School(presented, batch, rate, 0.1)
                lessons.task = replace(task, soft=school, hard=school)
                told = [
                    f"{arm} {budget} {lessons.arm(arm, budget)['accuracy'].mean():.1f}"
                    for arm in ("soft", "hard")
                    for budget in (100, 1000)
                ]
                print(school, *told, sep="; ", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    parser = command(__doc__, "budget")
    listed: Callable[[str], list[str]] = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--data", type=listed, default=["digits", "mnist"])
    parser.add_argument("--seeds", type=int, default=SEEDS, help="1 to this")
    parser.add_argument("--choose", action="store_true", help="print what schools reach, and end")
    settle(parser, given := parser.parse_args(arguments))
    tasks = {"digits": QUICK} if given.quick else {"digits": DIGITS, "mnist": MNIST}
    if given.choose:
        for name in given.data:
            choose(name, tasks[name])
        return
    findings = {name: Findings(given.results, asdict(task)) for name, task in tasks.items()}
    for name in () if given.only_report else (name for name in tasks if name in given.data):
        data = mortal.load_data(name, train=tasks[name].train)
        for seed in range(1, 2 if given.quick else given.seeds + 1):
            lessons = Lessons(data, tasks[name], seed)
            for case in cases(tasks[name]):
                with threadpool_limits(1):
                    findings[name].measure(
                        {"data": name, **case, "seed": seed}, partial(lessons.arm, **case)
                    )
                print(name, *case.values(), seed, flush=True)
    text = report(findings, tasks, is_drawn=given.write)
    print(text)
    if given.write:
        write_section("budget", text)


if __name__ == "__main__":
    main()
