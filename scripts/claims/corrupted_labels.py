"""Student beats teacher: what is learnt from labels that are mostly wrong.

    MORTAL_DATA=FOLDER python scripts/claims/corrupted_labels.py [--learners device] [--write]

Guan, Gulshan, Dai, Hinton 2017 (arXiv:1703.08774), and Hinton in interviews: labels of MNIST are
right with probability q, corrupted once and for all, a wrong one being any of the other nine. A
label then tells I = `distill.corrupted_label_bits(q)` bits of the log2 10 = 3.32 of a clean one, so
N noisy labels should be worth N I / 3.32 clean ones. Three learners say what they are worth: the
accuracy from noisy labels is looked up in the accuracies from few clean ones.

tune      how devices learn: lessons at q = 1 and .2, chosen by *corrupted* labels held out
noisy     every learner at every q
curve     every learner from N clean labels, in lessons no shorter
council   six devices learn from the same corrupted labels; a fresh one learns from their answers
teacher   a device taught with clean labels, whose answers pass corrupted to a fresh device
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from corrupted_report import LEARNERS, RIGHT, TUNED, WIDE_RIGHT, chosen, report
from digital import Net, convnet, perceptron
from findings import Findings, command, settle, write_section
from threadpoolctl import threadpool_limits

import distill
import mortal

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Lesson:
    """How devices learn: settings of Mono-Forward and of the schedule."""

    epochs: int
    batch: int
    decay: float
    rule: Mapping[str, Any] = field(default_factory=dict)

    def pupil(
        self, task: "Task", samples: int, seed: int, first: int = 0, least: int | None = None
    ) -> Any:
        """Return fresh devices with this schedule; few samples are shown more often."""
        batch = min(self.batch, samples)
        writes = -(-samples // batch)
        epochs = max(self.epochs, -(-(least or task.least_steps) // writes))
        grown = mortal.grow(layers=task.layers, count=task.devices, seed=seed, first_serial=first,
                            rule={"name": "mono-forward", **self.rule})  # fmt: skip
        return grown.pupil(mortal.Schedule(epochs=epochs, batch=batch, decay=self.decay))


COUNCIL, COUNCIL_SOFTENING = 6, 2.0
"""Elders that learn from the same corrupted labels, and T of their common answers; chosen, as
lessons were, by corrupted labels held out of seed 1."""
SLOW = {"rate": 0.003, "label_rate": 0.1}
LESSONS = {
    "declared rates": Lesson(2, 128, 0.1),
    "slow": Lesson(6, 256, 0.01, SLOW),
    "slow, one epoch": Lesson(1, 256, 0.1, SLOW),
    "slow, wide batches": Lesson(6, 512, 0.01, SLOW),
    "slow, slower arrays": Lesson(6, 256, 0.01, {"rate": 0.0015, "label_rate": 0.1}),
    "slow, wide, two epochs": Lesson(2, 512, 0.1, SLOW),
    "slow, wide, two epochs, netted": Lesson(2, 512, 0.1, {**SLOW, "write": "netted"}),
}


@dataclass(frozen=True)
class Task:
    """What is learnt, by whom, from how many; seeds count from 1."""

    data: str = "mnist"
    train: int | None = None
    held_out: int = 10_000
    layers: tuple[int, ...] = (784, 256, 256)
    devices: int = 1
    perceptron: tuple[int, ...] = (784, 300, 300, 10)
    epochs: int = 4
    convolved: tuple[int, int, int] = (8, 16, 64)
    convolved_epochs: int = 6
    batch: int = 128
    rate: float = 0.04
    wide: tuple[int, int, int] = (16, 32, 128)
    wide_epochs: int = 9
    least_steps: int = 400
    clean_steps: int = 1500
    clean: tuple[int, ...] = (10, 30, 100, 300, 1000, 3000, 10_000)
    seeds: int = 3

    def of(self, learner: str) -> dict[str, Any]:
        """Return what a learner's accuracy depends on: its lines stand as long as that does."""
        parts = ["data", "train", "held_out", "least_steps", *PARTS[learner]]
        return {name: getattr(self, name) for name in parts}


PARTS = {
    "convnet": ("convolved", "convolved_epochs", "batch", "rate"),
    "wide convnet": ("wide", "wide_epochs", "batch", "rate"),
    "perceptron": ("perceptron", "epochs", "batch"),
    "device": ("layers", "devices"),
}
QUICK = Task(
    "digits",
    1000,
    297,
    (64, 64),
    2,
    (64, 60, 10),
    10,
    least_steps=60,
    clean_steps=60,
    clean=(30, 300),
    seeds=1,
)


class School:
    """One seed's images and labels, and those who learn from them."""

    def __init__(self, task: Task, seed: int) -> None:
        self.task, self.seed = task, seed
        self.data = mortal.load_data(
            task.data, train=task.train, validation=task.held_out, seed=seed
        )
        random = np.random.default_rng(seed)
        self._shifts = [
            (random.random(labels.size), random.integers(1, 10, labels.size), labels)
            for labels in (self.data.labels_train, self.data.labels_validation)
        ]

    def labels(self, right: float, *, held_out: bool = False) -> Array:
        """Return the labels, right with probability `right`; a wrong one is any of the others.

        What is corrupted at some q is corrupted alike at every smaller one.
        """
        chance, further, labels = self._shifts[held_out]
        return np.where(chance < right, labels, (labels + further) % 10)

    def learner(self, name: str, samples: int, lesson: Lesson, least: int | None = None) -> Any:
        """Return a fresh learner, that takes so many steps at least."""
        task = self.task
        least = least or task.least_steps
        if name == "device":
            return lesson.pupil(task, samples, self.seed, least=least)
        if name == "perceptron":
            net = perceptron(task.perceptron, self.seed, hidden=0.5)
            steps = max(least, task.epochs * samples // task.batch)
            return Net(net, steps, task.batch, seed=self.seed)
        shape = task.wide if name == "wide convnet" else task.convolved
        epochs = task.wide_epochs if name == "wide convnet" else task.convolved_epochs
        steps = max(least, epochs * samples // task.batch)
        net = convnet(shape[:2], shape[2], self.seed)
        return Net(net, steps, task.batch, task.rate, adam=False, seed=self.seed)

    def noisy(self, name: str, right: float, lesson: Lesson) -> dict[str, Any]:
        """Return what corrupted labels taught, by true test labels and by corrupted others."""
        learner = self.learner(name, len(self.data.labels_train), lesson)
        learner.learn(self.data.inputs_train, one_hot(self.labels(right)))
        return {"accuracy": self.examine(learner), "held out": self.look(learner, right)}

    def tune(self, right: float, lesson: Lesson) -> dict[str, Any]:
        """Return what a lesson is worth, without a look at any true label."""
        learner = lesson.pupil(self.task, len(self.data.labels_train), self.seed)
        learner.learn(self.data.inputs_train, one_hot(self.labels(right)))
        return {"held out": self.look(learner, right)}

    def clean(self, name: str, samples: int, lesson: Lesson) -> dict[str, Any]:
        """Return what the first clean labels taught, in as long a lesson as the noisy ones'."""
        learner = self.learner(name, samples, lesson, self.task.clean_steps)
        goal = one_hot(self.data.labels_train[:samples])
        learner.learn(self.data.inputs_train[:samples], goal)
        return {"accuracy": self.examine(learner)}

    def teacher(self, right: float, own: Lesson, lesson: Lesson) -> dict[str, Any]:
        """Return a teacher device's accuracy, that of its corrupted answers, its student's."""
        images = self.data.inputs_train
        elder = own.pupil(self.task, len(images), self.seed)
        elder.learn(images, one_hot(self.data.labels_train))
        heir = lesson.pupil(self.task, len(images), self.seed, first=self.task.devices)
        heard: list[Array] = []
        distill.transfer(
            elder, _Listening(heir, heard), images, answers="hard", right=right, random=self.seed
        )
        said = heard[0].argmax(axis=-1) == self.data.labels_train
        return {
            "elder": self.examine(elder),
            "answers": 100 * said.mean(axis=1),
            "accuracy": self.examine(heir),
        }

    def council(self, right: float, own: Lesson, lesson: Lesson) -> dict[str, Any]:
        """Return what devices know that all learnt from one set of corrupted labels, each alone,
        all together, and what a fresh device learns from all of them, told no label at all."""
        images = self.data.inputs_train
        several = replace(self.task, devices=COUNCIL)
        elders = lesson.pupil(several, len(images), self.seed)
        elders.learn(images, one_hot(self.labels(right)))
        heir = own.pupil(self.task, len(images), self.seed, first=COUNCIL)
        distill.transfer(elders, heir, images, softening=COUNCIL_SOFTENING, pairing="all-to-each")
        voice = distill.Ensemble(elders, softening=COUNCIL_SOFTENING)
        return {
            "elders": self.examine(elders),
            "together": self.examine(voice),
            "accuracy": self.examine(heir),
            "held out": self.look(heir, right),
        }

    def examine(self, learner: Any) -> Array:
        """Return accuracy on test images, `[device]`, percent."""
        return 100 * distill.accuracy(learner.answer(self.data.inputs_test), self.data.labels_test)

    def look(self, learner: Any, right: float) -> Array:
        """Return how often it meets the corrupted labels of images held out, `[device]`."""
        held = self.labels(right, held_out=True)
        return 100 * distill.accuracy(learner.answer(self.data.inputs_validation), held)


@dataclass
class _Listening:
    """A student that remembers what it was told."""

    student: Any
    heard: list[Array]

    def answer(self, inputs: Array) -> Array:
        return self.student.answer(inputs)

    def learn(self, inputs: Array, targets: Array) -> None:
        self.heard.append(targets)
        self.student.learn(inputs, targets)


def one_hot(labels: Array) -> Array:
    """Return `[sample, class]`."""
    return np.eye(10, dtype=np.float32)[labels]


def tune(findings: Findings, task: Task) -> None:
    """Measure what lessons of devices are worth, on the first seed."""
    school = School(task, 1)
    for right in TUNED:
        for name in list(LESSONS)[: 2 if right == 1 else None]:
            case = {"stage": "tune", "lesson": name, "right": right}
            findings.measure(case, partial(school.tune, right, LESSONS[name]))
            print(*case.values(), flush=True)


def measure(
    findings: Findings,
    name: str,
    task: Task,
    seed: int,
    lessons: Sequence[str],
    right: Sequence[float],
) -> None:
    """Measure what is missing of a learner and a seed; lessons are of clean labels, of others."""
    school = School(task, seed)
    own, slow = (LESSONS[lesson] for lesson in lessons)
    work: dict[Any, Callable[[], Mapping[str, Any]]] = {}
    is_wide = name == "wide convnet"
    for q in WIDE_RIGHT if is_wide else right:
        work["noisy", "right", q] = partial(school.noisy, name, q, own if q == 1 else slow)
    if name == "device":
        work["council", "right", 0.2] = partial(school.council, 0.2, own, slow)
        work["teacher", "right", 0.2] = partial(school.teacher, 0.2, own, slow)
    for samples in () if is_wide else task.clean:
        work["curve", "samples", samples] = partial(school.clean, name, samples, own)
    for (stage, what, value), do in work.items():
        case = {"stage": stage, "learner": name, "seed": seed, what: value}
        if stage == "curve":
            case["steps"] = task.clean_steps
        findings.measure(case, do)
        print(*case.values(), flush=True)


def _shares(text: str) -> tuple[float, ...]:
    return tuple(map(float, text.split(",")))


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    parser = command(__doc__, "corrupted-labels")
    parser.add_argument("--learners", type=lambda text: text.split(","), default=list(LEARNERS))
    parser.add_argument("--right", type=_shares, default=RIGHT, help="which q")
    parser.add_argument("--seeds", type=int, default=Task.seeds, help="1 to this")
    settle(parser, given := parser.parse_args(arguments))
    task = QUICK if given.quick else replace(Task(), seeds=given.seeds)
    findings = {name: Findings(given.results, task.of(name)) for name in LEARNERS}
    # A convnet wants 28x28 pixels.
    learners = [name for name in given.learners if "convnet" not in name or not given.quick]
    if not given.only_report:
        with threadpool_limits(1):
            if "device" in learners:
                tune(findings["device"], task)
            lessons = [chosen(findings["device"], right) for right in TUNED]
            for seed in range(1, task.seeds + 1):
                for name in learners:
                    measure(findings[name], name, task, seed, lessons, given.right)
    text = report(findings, task, is_drawn=given.write)
    print(text)
    if given.write:
        write_section("corrupted-labels", text)


if __name__ == "__main__":
    main()
