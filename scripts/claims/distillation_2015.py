"""The numbers of 2015: what a student learns from soft answers, of classes it never saw, too.

    MORTAL_DATA=FOLDER python scripts/claims/distillation_2015.py [--write] [--quick]

Hinton, Vinyals, Dean 2015 (arXiv:1503.02531), section 3, on MNIST: a teacher; students of true
labels and of soft answers; of soft answers without any 3, and of 7s and 8s alone, before and after
their biases are corrected. Each is told thrice: digital nets, a digital teacher of devices, and
devices that teach devices. 50,000 images are learnt from, 10,000 are kept apart, without labels,
to correct by, 10,000 test.

The correction, two ways: `peeking`, as the source did it, one offset for the 3 or for 7 and 8
together, the best on the very test images (a comparison, no result); `unlabelled`, an offset for
each class so that the mean answer to the images kept apart is one tenth (`distill.class_offsets`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from digital import Net, perceptron
from distilled_2015 import ARMS, report
from findings import Findings, command, settle, write_section
from threadpoolctl import threadpool_limits

import distill
import mortal

Array = npt.NDArray[Any]
SEEDS = (1, 2, 3)
KINDS = ("digital", "digital to device", "device to device")


@dataclass(frozen=True)
class Task:
    """Who learns what. `steps` are writes of a lesson, of whatever samples."""

    data: str = "mnist"
    train: int | None = None
    kept_apart: int = 10_000
    teacher: tuple[int, ...] = (784, 500, 500, 10)
    student: tuple[int, ...] = (784, 300, 300, 10)
    layers: tuple[int, ...] = (784, 256, 256)
    devices: int = 2
    batch: int = 128
    jitter: int = 2
    teacher_steps: int = 3900
    steps: int = 1950
    device_steps: int = 780
    softening: float = 4.0
    decay: float = 0.1


QUICK = Task("digits", 1000, 297, (64, 100, 10), (64, 60, 10), (64, 64), 2, 16, 0, 300, 300, 300)


class Lessons:
    """All that is told of one seed; teachers are made once, when they are first needed."""

    def __init__(self, task: Task, seed: int) -> None:
        self.task, self.seed = task, seed
        self.data = mortal.load_data(
            task.data, train=task.train, validation=task.kept_apart, seed=seed
        )
        self._teachers: dict[str, Any] = {}

    def teacher(self, kind: str) -> Any:
        """Return the teacher: a net with dropout and moved images, or devices."""
        if kind not in self._teachers:
            made = self._net() if kind == "digital" else self._population(0)
            made.learn(self.data.inputs_train, np.eye(10)[self.data.labels_train])
            self._teachers[kind] = made
        return self._teachers[kind]

    def student(self, kind: str, samples: int) -> Any:
        """Return a fresh student."""
        if kind != "digital":
            return self._population(self.task.devices, samples)
        module = perceptron(self.task.student, 100 + self.seed)
        return Net(module, self.task.steps, self.task.batch, softening=self.task.softening,
                   seed=self.seed)  # fmt: skip

    def _net(self) -> Net:
        module = perceptron(self.task.teacher, self.seed, seen=0.2, hidden=0.5)
        return Net(module, self.task.teacher_steps, self.task.batch, jitter=self.task.jitter,
                   seed=self.seed)  # fmt: skip

    def _population(self, first: int, samples: int | None = None) -> Any:
        task = self.task
        grown = mortal.grow(
            layers=task.layers, count=task.devices, seed=self.seed, first_serial=first
        )
        writes = -(-(samples or len(self.data.inputs_train)) // task.batch)
        epochs = max(1, round(task.device_steps / writes))
        return grown.pupil(mortal.Schedule(epochs=epochs, batch=task.batch, decay=task.decay))

    def teach(self, kind: str, arm: str) -> dict[str, Any]:
        """Teach one student, and examine it."""
        from_, to = ("digital" if kind.startswith("digital") else "device"), kind.split(" to ")[-1]
        if arm == "teacher":
            return self.examine(self.teacher(from_), None)
        classes = ARMS[arm]
        taught = np.isin(self.data.labels_train, classes)
        inputs = self.data.inputs_train[taught]
        student = self.student(to, len(inputs))
        if arm == "labels":
            goal = np.eye(10, dtype=np.float32)[self.data.labels_train[taught]]
            if to == "digital":
                student.softening = 1.0
            student.learn(inputs, goal)
            return self.examine(student, None)
        passed = distill.transfer(
            self.teacher(from_), student, inputs, softening=self.task.softening,
            pairing="one-to-all" if kind == "digital to device" else "one-to-one",
        )  # fmt: skip
        missing = None if len(classes) == 10 else classes
        return {**self.examine(student, missing), "answer_bits": passed.answer_bits}

    def examine(self, learner: Any, taught: tuple[int, ...] | None) -> dict[str, Any]:
        """Return what it knows, `[device]` each; corrected both ways if classes were missing."""
        data = self.data
        answers = np.asarray(learner.answer(data.inputs_test), np.float64)
        found = {f"plain {name}": told for name, told in marks(answers, data.labels_test).items()}
        if taught is None:
            return found
        peeked, offset = peek(answers, data.labels_test, taught)
        offsets = distill.class_offsets(learner.answer(data.inputs_validation), prior="uniform")
        unlabelled = answers + np.asarray(offsets)[:, None, :]
        for way, given in (("peeking", peeked), ("unlabelled", unlabelled)):
            for name, told in marks(given, data.labels_test).items():
                found[f"{way} {name}"] = told
        return {**found, "offset": offset, "offsets": offsets}


def marks(answers: Array, labels: Array) -> dict[str, Array]:
    """Return accuracy, and the share of threes that are right, `[device]`, percent."""
    right = answers.argmax(axis=-1) == labels
    return {
        "accuracy": 100 * right.mean(axis=1),
        "threes": 100 * right[:, labels == 3].mean(axis=1),
    }


def peek(answers: Array, labels: Array, taught: tuple[int, ...]) -> tuple[Array, Array]:
    """Return answers with the offset added that makes the fewest test errors, and that offset.

    It raises the missing class if one is missing, else it lowers those taught, all alike.
    """
    missing = [known not in taught for known in range(10)]
    moved = np.where(missing, 1.0, 0.0) if sum(missing) == 1 else np.where(missing, 0.0, -1.0)
    # In units of each device's own answers, whose scale is its own.
    scale = answers.std(axis=(1, 2), keepdims=True)
    tried = np.linspace(0, 4, 161)
    right = [marks(answers + step * scale * moved, labels)["accuracy"] for step in tried]
    best = tried[np.argmax(right, axis=0)][:, None, None] * scale
    return answers + best * moved, best[:, 0, 0]


def measure(findings: Findings, task: Task, seeds: tuple[int, ...]) -> None:
    """Measure what is missing."""
    for seed in seeds:
        lessons = Lessons(task, seed)
        for kind in KINDS:
            for arm in ("teacher", *ARMS):
                case = {"kind": kind, "arm": arm, "seed": seed}
                findings.measure(case, _work(lessons, kind, arm))
                print(*case.values(), flush=True)


def _work(lessons: Lessons, kind: str, arm: str) -> Callable[[], Mapping[str, Any]]:
    return lambda: lessons.teach(kind, arm)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    parser = command(__doc__, "distillation-2015")
    settle(parser, given := parser.parse_args(arguments))
    task = QUICK if given.quick else Task()
    findings = Findings(given.results, vars(task))
    if not given.only_report:
        with threadpool_limits(1):
            measure(findings, task, SEEDS[:1] if given.quick else SEEDS)
    text = report(findings, vars(task), KINDS, is_drawn=given.write)
    print(text)
    if given.write:
        write_section("distillation-2015", text)


if __name__ == "__main__":
    main()
