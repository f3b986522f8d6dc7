"""What a student knows by what its teaching cost: queries, bits, and kinds of answers.

    MORTAL_DATA=FOLDER python scripts/claims/budget.py [--data digits,mnist] [--seeds 3] [--write]

An elder learns true labels in its hardware. Heirs, the same devices once for each arm, learn from
its answers on some unlabelled inputs, by Mono-Forward, `mortal-default` throughout:

    soft      a number for every class, of 8, 4, 2 or 1 bits
    hard      the class alone
    top-k     the numbers of the 3 best
    ranking   the order of the 3 best
    labels    no elder: the true labels of the same inputs
    moved     soft answers to the inputs and to moved forms of them: few inputs, many answers, each
              paid for
    moved labels   true labels; a moved image keeps its label, which costs nothing

Some are told once more with a `long` schooling: as many answers, learnt for longer. The inputs of a
budget are the first of one order, so a larger budget holds the smaller ones.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from budgeted import report
from findings import Findings, command, settle, write_section
from in_words import budget_in_words
from schooling import moved
from threadpoolctl import threadpool_limits

import distill
import mortal
from distill.inputs import choose as choose_inputs
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
        moved: of those who learn from soft answers to moved images.
        side: pixels of an image, across.
        pixels: how far a moved image may go.
        questions: asked where images are moved: half as they are, half moved.
        softening: of soft answers; of those to moved images, which are many, it is 2.
    """

    layers: tuple[int, ...]
    train: int | None
    count: int
    budgets: tuple[int, ...]
    elder: dict[str, Any]
    soft: School
    hard: School
    moved: School
    rule: dict[str, float]
    side: int
    pixels: int
    questions: int
    softening: float = 2.0
    keep: int = 3


DIGITS = Task(
    (64, 128, 128), None, 4, (30, 100, 300, 1000), {"epochs": 20, "rate": 2.0, "decay": 0.1},
    School(20_000, 32, 2.0, 0.1), School(20_000, 32, 2.0, 0.1), School(30_000, 32, 2.0, 0.03),
    {}, 8, 1, 6000, softening=4.0,
)  # fmt: skip
MNIST = Task(
    (784, 256, 256), 20_000, 1, (30, 100, 300, 1000, 3000, 10_000, 20_000),
    {"epochs": 10, "batch": 64, "rate": 2.0, "decay": 0.03},
    School(150_000, 64, 2.0, 0.03), School(150_000, 64, 2.0, 0.03),
    School(480_000, 64, 2.0, 0.01), {"rate": 0.02}, 28, 2, 96_000, softening=3.0,
)  # fmt: skip
QUICK = Task(
    (64, 32), None, 2, (30, 100), {"epochs": 3}, School(2000, 16, 1.0, 0.3),
    School(2000, 16, 1.0, 0.3), School(2000, 16, 1.0, 0.3), {}, 8, 1, 1000,
)  # fmt: skip
LONG = {
    300: {"presented": 180_000, "batch": 32, "decay": 0.03, "softening": 3.0},
    10_000: {"presented": 400_000, "batch": 128, "decay": 0.02, "softening": 2.0},
}
"""Long schoolings on MNIST by budget, 2 times the declared rates; found on images held back."""
SEARCH = {
    "digits": ((20_000, 60_000), (1.0, 2.0), (2.0, 4.0), (100, 1000)),
    "mnist": ((150_000,), (1.0, 2.0), (2.0, 3.0, 4.0), (300, 10_000)),
}
"""What is tried by `--choose`: presentations, rates, softenings; and the budgets tried on."""


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

    def arm(
        self, arm: str, budget: int = 0, bits: int = 8, long: dict[str, float] | None = None
    ) -> dict[str, Any]:
        """Return what devices know at the end, `[device]`, and the bits of their answers."""
        if arm == "elders":
            return {"accuracy": self.examined(self.elders)}
        task, places = self.task, self.order[:budget]
        inputs, labels = self.data.inputs_train[places], self.data.labels_train[places]
        if arm.startswith("moved"):
            inputs, labels = self._moved(inputs, labels)
        heirs, schedule = self._grown(task.count), self._schedule(arm, len(inputs), long)
        if arm.endswith("labels"):
            heirs.learn(inputs, np.eye(10, dtype=np.float32)[labels], schedule)
            return {"accuracy": self.examined(heirs)}
        softening = long["softening"] if long else task.softening
        told = distill.transfer(
            self.elders, heirs.pupil(schedule), inputs,
            answers="soft" if arm == "moved" else arm, bits=bits,
            softening=2.0 if arm == "moved" else softening,
            keep=task.keep if arm in ("top-k", "ranking") else None,
        )  # fmt: skip
        return {
            "accuracy": self.examined(heirs), "answers": told.asked,
            "answer_bits": told.answer_bits, "agreement": 100 * told.agreement_after,
        }  # fmt: skip

    def _schedule(self, arm: str, samples: int, long: dict[str, float] | None) -> Schedule:
        task = self.task
        if long:
            epochs = round(long["presented"] / samples)
            return Schedule(epochs=epochs, batch=int(long["batch"]), rate=2.0, decay=long["decay"])
        school = {"hard": task.hard, "labels": task.hard, "moved": task.moved}
        wanted = school.get(arm, task.soft)
        if arm == "moved labels":
            wanted = replace(task.hard, presented=task.moved.presented)
        return wanted.schedule(samples)

    def examined(self, population: Population) -> Array:
        """Return accuracy on test images, percent, `[device]`."""
        return 100 * population.examine(self.data.inputs_test, self.data.labels_test).accuracy

    def _grown(self, first: int) -> Population:
        task = self.task
        return mortal.grow(
            layers=task.layers, count=task.count, seed=self.seed, first_serial=first,
            rule={"name": "mono-forward", **task.rule},
        )  # fmt: skip

    def _moved(self, inputs: Array, labels: Array) -> tuple[Array, Array]:
        """Return forms of the inputs, and their labels; each input as often as any other."""
        random = np.random.default_rng((self.seed, 2))
        places = choose_inputs(len(inputs), self.task.questions, random).asked
        shown = moved(inputs[places], self.task.side, self.task.pixels, random)
        return shown, labels[places]


def cases(task: Task) -> Iterator[dict[str, Any]]:
    """Yield the cases of a data set, without their seed."""
    yield {"arm": "elders"}
    for budget, long in LONG.items() if task is MNIST else ():
        for arm in ("soft", "hard", "labels"):
            yield {"arm": arm, "budget": budget, "long": long}
    for budget in task.budgets:
        for arm in ("soft", "hard", "labels"):
            yield {"arm": arm, "budget": budget}
    for budget in (100, 300, 1000):
        if budget in task.budgets:
            for arm in ("top-k", "ranking"):
                yield {"arm": arm, "budget": budget}
            for bits in (4, 2, 1):
                yield {"arm": "soft", "budget": budget, "bits": bits}
    for budget in (100, 300, 1000, 10_000):
        if budget in task.budgets and (budget > 100 or task.side == 8):
            for arm in ("moved", "moved labels"):
                yield {"arm": arm, "budget": budget}


def choose(name: str, task: Task) -> None:
    """Print what schools reach on images held back, by devices of another seed."""
    data = mortal.load_data(name, train=task.train, validation=300 if name == "digits" else 5000)
    data = replace(data, inputs_test=data.inputs_validation, labels_test=data.labels_validation)
    lessons = Lessons(data, task, 9)
    print("elders", lessons.arm("elders")["accuracy"].mean(), flush=True)
    presented, rates, softenings, budgets = SEARCH[name]
    for shown, rate in product(presented, rates):
        school = replace(task.soft, presented=shown, rate=rate)
        for softening in (0.0, *softenings):
            arm = "soft" if softening else "hard"
            lessons.task = replace(task, soft=school, hard=school, softening=softening or 1.0)
            told = [f"{lessons.arm(arm, budget)['accuracy'].mean():.1f}" for budget in budgets]
            print(school, arm, softening, budgets, *told, flush=True)


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
    text = report(findings, tasks, budget_in_words(findings, tasks), is_drawn=given.write)
    print(text)
    if given.write:
        write_section("budget", text)


if __name__ == "__main__":
    main()
