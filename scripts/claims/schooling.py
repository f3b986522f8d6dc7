"""What generations and peers share: tasks, their schools, and images that are moved about."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

import mortal
from distill import Student
from distill.inputs import choose
from mortal.organism import Pupil

__all__ = ["DIGITS", "MNIST", "Moved", "Task", "moved"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Task:
    """What is learnt, by whom, and how long a schooling is; found on validation images.

    Attributes:
        data: name of the images.
        side: pixels of an image, across and down.
        train: images that may be learnt from.
        held_out: images kept for validation.
        labelled: of the images to learn from, those whose labels the founders see.
        layers: of every device.
        rule: settings of Mono-Forward.
        questions: asked in a schooling, forms of one image counted apart.
        epochs: how often each question is learnt.
        batch: samples between two writes.
        decay: of the rate, from 2 times the rule's.
        pixels: how far a moved image may go.
        softening: of all soft answers.
    """

    data: str
    side: int
    train: int
    held_out: int
    labelled: int
    layers: tuple[int, ...]
    rule: dict[str, float] = field(hash=False)
    questions: int
    epochs: int
    batch: int
    decay: float
    pixels: int
    softening: float = 2.0

    def images(self) -> Any:
        """Return the images; which are whose is the same for all seeds."""
        return mortal.load_data(self.data, train=self.train, validation=self.held_out, seed=0)

    def pupil(
        self, seed: int, first: int, count: int, technology: str = "mortal-default",
        samples: int | None = None,
    ) -> Pupil:  # fmt: skip
        """Return fresh devices with their schedule, as long for few samples as for many."""
        grown = mortal.grow(
            technology=technology, layers=self.layers, count=count, seed=seed, first_serial=first,
            rule={"name": "mono-forward", **self.rule},
        )  # fmt: skip
        epochs = max(1, round(self.epochs * self.questions / (samples or self.questions)))
        return grown.pupil(
            mortal.Schedule(epochs=epochs, batch=self.batch, rate=2.0, decay=self.decay)
        )

    def by_labels(self, pupil: Student, inputs: Array, labels: Array, seed: int) -> None:
        """Teach true labels in as many forms, and for as long, as answers are taught."""
        random = np.random.default_rng((seed, 1))
        places = choose(len(inputs), self.questions, random).asked
        shown = moved(inputs[places], self.side, self.pixels, random)
        pupil.learn(shown, np.eye(10, dtype=np.float32)[labels[places]])


DIGITS = Task(
    "digits", 8, 1197, 100, 1197, (64, 128, 128), {"rate": 0.02, "label_rate": 0.5},
    questions=6000, epochs=5, batch=32, decay=0.03, pixels=1,
)  # fmt: skip
MNIST = Task(
    "mnist", 28, 55_000, 5000, 20_000, (784, 256, 256), {"rate": 0.03, "label_rate": 0.25},
    questions=48_000, epochs=6, batch=128, decay=0.02, pixels=2,
)  # fmt: skip


class Moved:
    """Questions made of square images `[sample, pixel]`: half as they are, half moved about."""

    def __init__(self, inputs: Array, side: int, pixels: int) -> None:
        self.inputs, self.side, self.pixels = inputs, side, pixels

    @property
    def features(self) -> int:
        """Numbers in one question."""
        return int(self.inputs.shape[1])

    def draw(self, count: int, random: np.random.Generator) -> Array:
        """Return `count` questions; each image is asked once before any is asked twice."""
        drawn = self.inputs[choose(len(self.inputs), count, random).asked]
        return moved(drawn, self.side, self.pixels, random)


def moved(images: Array, side: int, pixels: int, random: np.random.Generator) -> Array:
    """Return `[sample, pixel]` images, half of them moved by up to `pixels` both ways."""
    steps = random.integers(-pixels, pixels + 1, (len(images), 2))
    steps[random.random(len(images)) < 0.5] = 0
    square = images.reshape(-1, side, side)
    padded = np.pad(square, ((0, 0), (pixels, pixels), (pixels, pixels)))
    result = np.empty_like(square)
    for down, across in np.unique(steps, axis=0):
        who = (steps == (down, across)).all(axis=1)
        top, left = pixels + down, pixels + across
        result[who] = padded[who, top : top + side, left : left + side]
    return result.reshape(images.shape)
