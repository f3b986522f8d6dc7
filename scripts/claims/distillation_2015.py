"""The numbers of 2015: what a student learns from soft answers, of classes it never saw, too.

    MORTAL_DATA=FOLDER python scripts/claims/distillation_2015.py [--kinds digital] [--write]

Hinton, Vinyals, Dean 2015 (arXiv:1503.02531), section 3, on MNIST: a teacher; students of true
labels and of soft answers; of soft answers without any 3, and of 7s and 8s alone, before and after
their biases are corrected. Each is told thrice: digital nets, a digital teacher of devices, and
devices that teach devices. 50,000 images are learnt from, 10,000 are kept apart, without labels,
to correct by, 10,000 test. `no 3s, longer` gives devices a longer lesson than the rest.

The correction, two ways: `peeking`, as the source did it, one offset for the 3 or for 7 and 8
together, the best on the very test images (a comparison, no result); `unlabelled`, an offset for
each class so that the mean answer to the images kept apart is one tenth (`distill.class_offsets`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from digital import Net, perceptron
from distilled_2015 import ARMS, SAME, report
from findings import Findings, command, settle, write_section
from schooling import Moved
from threadpoolctl import threadpool_limits

import distill
import mortal

Array = npt.NDArray[Any]
SEEDS = 3


@dataclass(frozen=True)
class Images:
    """What all learn from; those kept apart are for corrections, without their labels."""

    data: str = "mnist"
    train: int | None = None
    kept_apart: int = 10_000


@dataclass(frozen=True)
class Nets:
    """Digital teachers and students. A student takes as many steps whatever it is shown."""

    teacher: tuple[int, ...] = (784, 500, 500, 10)
    teacher_steps: int = 3200
    jitter: int = 2
    student: tuple[int, ...] = (784, 300, 300, 10)
    steps: int = 1600
    batch: int = 128
    softening: float = 8.0


@dataclass(frozen=True)
class Devices:
    """Devices; teachers and those taught by labels have a lesson of their own.

    A student takes as many writes whatever it is shown. Soft answers ask for twice the declared
    rates and narrower batches, labels do not.
    """

    layers: tuple[int, ...] = (784, 256, 256)
    count: int = 1
    decay: float = 0.03
    teacher_writes: int = 1173
    teacher_batch: int = 128
    writes: int = 2346
    batch: int = 64
    rate: float = 2.0
    softening: float = 3.0


@dataclass(frozen=True)
class Forms:
    """A longer lesson without 3s for devices, of moved forms of the images.

    Found on half of the images kept apart of another seed, corrected by the other half.
    """

    questions: int = 48_000
    epochs: int = 4
    batch: int = 128
    rate: float = 2.0
    decay: float = 0.02
    array_rate: float = 0.03
    label_rate: float = 0.25
    pixels: int = 2
    softening: float = 3.0
    correction: float = 2.0


LONGER = {
    "digital to device": Forms(epochs=10, array_rate=0.01, pixels=0, softening=4.0, correction=0.5),
    "device to device": Forms(),
}


@dataclass(frozen=True)
class Task:
    """All settings."""

    images: Images = Images()
    nets: Nets = Nets()
    devices: Devices = Devices()

    def of(self, kind: str) -> dict[str, Any]:
        """Return what a kind of lesson depends on: its lines stand as long as that does."""
        return {part: vars(getattr(self, part)) for part in ("images", *PARTS[kind])}


PARTS = {
    "digital": ("nets",),
    "digital to device": ("nets", "devices"),
    "device to device": ("devices",),
}
QUICK = Task(
    Images("digits", 1000, 297),
    Nets((64, 100, 10), 300, 0, (64, 60, 10), 300, 16),
    Devices((64, 64), 2, 0.1, 300, 16, 300, 16, 1.0),
)


class Lessons:
    """All that is told of one seed; teachers are made once, when they are first needed."""

    def __init__(self, task: Task, seed: int) -> None:
        self.task, self.seed = task, seed
        images = task.images
        self.data = mortal.load_data(
            images.data, train=images.train, validation=images.kept_apart, seed=seed
        )
        self._teachers: dict[str, Any] = {}

    def teacher(self, of: str) -> Any:
        """Return the teacher: a net with dropout and moved images, or devices."""
        if of not in self._teachers:
            made = self._net() if of == "digital" else self._elders()
            made.learn(self.data.inputs_train, np.eye(10)[self.data.labels_train])
            self._teachers[of] = made
        return self._teachers[of]

    def student(self, of: str, samples: int) -> Any:
        """Return a fresh student."""
        nets, devices = self.task.nets, self.task.devices
        if of == "digital":
            module = perceptron(nets.student, 100 + self.seed)
            return Net(module, nets.steps, nets.batch, seed=self.seed)
        return self._device(devices.count, samples, devices.writes, devices.batch, devices.rate)

    def labelled(self, of: str) -> Any:
        """Return a fresh student that is to learn from labels."""
        if of == "digital":
            return self.student(of, 0)
        told = self.task.devices
        return self._device(
            told.count, len(self.data.inputs_train), told.teacher_writes, told.teacher_batch
        )

    def _net(self) -> Net:
        nets = self.task.nets
        module = perceptron(nets.teacher, self.seed, seen=0.2, hidden=0.5)
        return Net(module, nets.teacher_steps, nets.batch, jitter=nets.jitter, seed=self.seed)

    def _elders(self) -> Any:
        told = self.task.devices
        return self._device(0, len(self.data.inputs_train), told.teacher_writes, told.teacher_batch)

    def _device(self, first: int, samples: int, writes: int, batch: int, rate: float = 1.0) -> Any:
        told = self.task.devices
        grown = mortal.grow(
            layers=told.layers, count=told.count, seed=self.seed, first_serial=first
        )
        epochs = max(1, round(writes / -(-samples // batch)))
        return grown.pupil(mortal.Schedule(epochs=epochs, batch=batch, rate=rate, decay=told.decay))

    def teach(self, kind: str, arm: str) -> dict[str, Any]:
        """Teach one student, and examine it."""
        elder, heir = kind.split(" to ") if " to " in kind else (kind, kind)
        if arm == "teacher":
            return self.examine(self.teacher(elder), None)
        classes = ARMS[arm]
        taught = np.isin(self.data.labels_train, classes)
        inputs = self.data.inputs_train[taught]
        if arm == "labels":
            student = self.labelled(heir)
            student.learn(inputs, np.eye(10, dtype=np.float32)[self.data.labels_train[taught]])
            return self.examine(student, None)
        student = self.student(heir, len(inputs))
        passed = distill.transfer(
            self.teacher(elder), student, inputs,
            softening=(self.task.nets if heir == "digital" else self.task.devices).softening,
            pairing="one-to-all" if elder != heir else "one-to-one",
        )  # fmt: skip
        missing = None if len(classes) == 10 else classes
        return {**self.examine(student, missing), "answer_bits": passed.answer_bits}

    def teach_longer(self, kind: str, forms: Forms) -> dict[str, Any]:
        """Teach a device moved forms of all images but 3s, and examine it."""
        elder, told = kind.split(" to ")[0], self.task.devices
        grown = mortal.grow(
            layers=told.layers, count=told.count, seed=self.seed, first_serial=told.count,
            rule={
                "name": "mono-forward", "rate": forms.array_rate, "label_rate": forms.label_rate,
            },
        )  # fmt: skip
        student = grown.pupil(
            mortal.Schedule(
                epochs=forms.epochs, batch=forms.batch, rate=forms.rate, decay=forms.decay
            )
        )
        classes = ARMS["no 3s"]
        images = self.data.inputs_train[np.isin(self.data.labels_train, classes)]
        passed = distill.transfer(
            self.teacher(elder), student,
            Moved(images, round(images.shape[1] ** 0.5), forms.pixels),
            budget=forms.questions, softening=forms.softening, pairing="one-to-all",
            random=self.seed,
        )  # fmt: skip
        found = self.examine(student, classes, forms.correction)
        return {**found, "answer_bits": passed.answer_bits}

    def examine(
        self, learner: Any, taught: tuple[int, ...] | None, softening: float = 4.0
    ) -> dict[str, Any]:
        """Return what it knows, `[device]` each; corrected both ways if classes were missing."""
        data = self.data
        answers = np.asarray(learner.answer(data.inputs_test), np.float64)
        found = {f"plain {name}": told for name, told in marks(answers, data.labels_test).items()}
        if taught is None:
            return found
        peeked, offset = peek(answers, data.labels_test, taught)
        apart = learner.answer(data.inputs_validation)
        offsets = distill.class_offsets(apart, prior="uniform", softening=softening)
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


def measure(findings: Mapping[str, Findings], task: Task, seed: int) -> None:
    """Measure what is missing of a seed."""
    lessons = Lessons(task, seed)
    for kind, found in findings.items():
        for arm in ("teacher", *ARMS):
            if (kind, arm) not in SAME:
                case = {"kind": kind, "arm": arm, "seed": seed}
                found.measure(case, partial(lessons.teach, kind, arm))
                print(*case.values(), flush=True)
        if kind in LONGER and task != QUICK:
            case = {"kind": kind, "arm": "no 3s, longer", "seed": seed, **vars(LONGER[kind])}
            found.measure(case, partial(lessons.teach_longer, kind, LONGER[kind]))
            print(kind, "no 3s, longer", seed, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    parser = command(__doc__, "distillation-2015")
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=list(PARTS))
    parser.add_argument("--seeds", type=int, default=SEEDS, help="1 to this")
    settle(parser, given := parser.parse_args(arguments))
    task = QUICK if given.quick else Task()
    findings = {kind: Findings(given.results, task.of(kind)) for kind in PARTS}
    if not given.only_report:
        wanted = {kind: found for kind, found in findings.items() if kind in given.kinds}
        with threadpool_limits(1):
            for seed in range(1, 2 if given.quick else given.seeds + 1):
                measure(wanted, task, seed)
    text = report(findings, task, is_drawn=given.write)
    print(text)
    if given.write:
        write_section("distillation-2015", text)


if __name__ == "__main__":
    main()
