"""The organism: the arrays of a whole population, and the rule that owns them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray, Technology, preset, probe
from devices.energy import Ledger
from mortal.errors import DataError, MortalError
from mortal.rules import Hardware, Rule, RuleSettings, build, declare, names
from mortal.rules.peripheral import one_hot
from mortal.schedule import Schedule, batches

__all__ = ["Epoch", "Exam", "Population", "Pupil", "grow"]

Array = npt.NDArray[np.float32]
Totals = npt.NDArray[np.float64]

_SAMPLES_AT_ONCE = 500
"""Samples answered together: bounds memory, not results."""


@dataclass(frozen=True)
class Exam:
    """What an examination found, each `[device]`.

    Attributes:
        accuracy: fraction of right answers.
        loss: mean cross-entropy of the answers, bits.
        samples: number of questions.
        chance: accuracy of guessing.
    """

    accuracy: Totals
    loss: Totals
    samples: int
    chance: float

    def __str__(self) -> str:
        low, high = self.accuracy.min(), self.accuracy.max()
        return (
            f"accuracy {self.accuracy.mean():.3f} ({low:.3f}-{high:.3f}), chance {self.chance:.3f}"
        )


@dataclass(frozen=True)
class Epoch:
    """One epoch of schooling: its number, and how often each device's answer met the target."""

    number: int
    accuracy: Totals


class Population:
    """A population of organisms of one build, learning side by side. Use `grow`.

    Attributes:
        serials: `[device]`, who they are.
        rule: the learning rule with its arrays.
        epochs: epochs of schooling so far, over the whole life.
    """

    def __init__(
        self, technology: Technology, layers: tuple[int, ...], classes: int,
        settings: RuleSettings, serials: npt.NDArray[np.int64], *, seed: int, cohort: int = 0,
        backend: str = "reference", made_as: npt.NDArray[np.int64] | None = None,
    ) -> None:  # fmt: skip
        self.technology, self.layers, self.classes = technology, layers, classes
        self.settings, self.serials = settings, serials
        self.seed, self.cohort, self.backend, self.epochs = seed, cohort, backend, 0
        self.rule: Rule = build(
            settings,
            Hardware(
                technology, layers, classes, serials,
                serials if made_as is None else made_as, seed, backend,
            ),
        )  # fmt: skip

    def __repr__(self) -> str:
        shape = "-".join(map(str, self.layers))
        return (
            f"Population({self.serials.size} x {shape}, {self.technology.name}, "
            f"{self.settings.name})"
        )

    def __len__(self) -> int:
        return int(self.serials.size)

    @property
    def arrays(self) -> Mapping[str, CrossbarArray]:
        """The analog arrays, by name."""
        return self.rule.arrays

    def answer(self, inputs: npt.ArrayLike) -> Array:
        """Return log-probabilities `[device, sample, class]` for inputs `[sample, feature]`.

        Raises:
            DataError: the inputs do not fit or hold NaN.
        """
        x = self._checked(inputs)
        parts = range(0, x.shape[0], _SAMPLES_AT_ONCE)
        return np.concatenate(
            [self.rule.answer(x[first : first + _SAMPLES_AT_ONCE]) for first in parts], axis=1
        )

    def examine(self, inputs: npt.ArrayLike, labels: npt.ArrayLike) -> Exam:
        """Ask all questions and compare with the labels `[sample]`. Nothing is written.

        Raises:
            DataError: inputs or labels do not fit.
        """
        answers, truth = self.answer(inputs), self._labels(labels, len(np.asarray(inputs)))
        right = answers.argmax(axis=-1) == truth
        given = np.take_along_axis(answers, truth[None, :, None], axis=-1)
        return Exam(
            accuracy=right.mean(axis=1),
            loss=-given.mean(axis=(1, 2), dtype=np.float64) / np.log(2),
            samples=truth.size,
            chance=1 / self.classes,
        )

    def train(
        self,
        inputs: npt.ArrayLike,
        labels: npt.ArrayLike,
        *,
        progress: Callable[[Epoch], None] | None = None,
        **schedule: Any,
    ) -> list[Epoch]:
        """Learn from labelled samples, in the hardware.

        Args:
            inputs: `[sample, feature]`.
            labels: `[sample]`, whole numbers from 0.
            progress: called after each epoch.
            schedule: `epochs`, `batch`, `rate`, `decay` of `mortal.schedule.Schedule`.

        Raises:
            DataError: inputs or labels do not fit.
        """
        truth = self._labels(labels, len(np.asarray(inputs)))
        return self.learn(
            inputs, one_hot(truth, self.classes), Schedule(**schedule), progress=progress
        )

    def learn(
        self,
        inputs: npt.ArrayLike,
        targets: npt.ArrayLike,
        schedule: Schedule,
        *,
        progress: Callable[[Epoch], None] | None = None,
        tick: Callable[[], None] | None = None,
    ) -> list[Epoch]:
        """Learn from targets: probabilities `[sample, class]` or `[device, sample, class]`.

        Args:
            inputs: `[sample, feature]`.
            targets: what is to be answered.
            schedule: how.
            progress: called after each epoch.
            tick: called after each batch.

        Raises:
            DataError: inputs or targets do not fit.
        """
        x, goal = self._checked(inputs), self._targets(targets)
        if goal.shape[-2] != x.shape[0]:
            raise DataError(f"{x.shape[0]} inputs need as many targets, found {goal.shape[-2]}")
        order = batches(
            schedule, x.shape[0], seed=self.seed, cohort=self.cohort, first_epoch=self.epochs
        )
        epochs = []
        for number, parts in order:
            met = np.zeros(len(self))
            for part in parts:
                here = goal[..., part, :]
                given = self.rule.learn(x[part], here, schedule.rate_of(number))
                met += (given.argmax(axis=-1) == here.argmax(axis=-1)).sum(axis=-1)
                if tick is not None:
                    tick()
            self.epochs += 1
            epochs.append(Epoch(number, met / x.shape[0]))
            if progress is not None:
                progress(epochs[-1])
        return epochs

    def age(self, seconds: float, temperature: float = 298.15) -> bool:
        """Rest unpowered; return False where the technology tells nothing about retention."""
        told = [array.wait(seconds, temperature) for array in self.arrays.values()]
        return all(told)

    def pupil(
        self,
        schedule: Schedule,
        *,
        progress: Callable[[Epoch], None] | None = None,
        tick: Callable[[], None] | None = None,
    ) -> "Pupil":
        """Return this population as a student that keeps its own schedule (see `learn`)."""
        return Pupil(self, schedule, progress, tick)

    def ledger(self) -> Ledger:
        """Return what each device has spent, over all its arrays, which rest together."""
        return Ledger.over([array.ledger for array in self.arrays.values()])

    def stuck_fraction(self) -> Totals:
        """Return the fraction of all cells that no pulse moves any more, `[device]`."""
        cells = [array.rows * array.columns for array in self.arrays.values()]
        stuck = [array.is_stuck().sum(axis=(1, 2)) for array in self.arrays.values()]
        fraction: Totals = np.sum(stuck, axis=0) / sum(cells)
        return fraction

    def fidelities(self) -> npt.NDArray[np.int64]:
        """Return how many updates were computed at each fidelity, `[device, fidelity]`."""
        counts = [array.fidelities for array in self.arrays.values()]
        total: npt.NDArray[np.int64] = np.stack(counts).sum(axis=0)
        return total

    def wear(self) -> Totals:
        """Return the mean used fraction of endurance of each array, `[device, array]`."""
        return np.stack([probe.wear(array) for array in self.arrays.values()], axis=1)

    def take(self, devices: npt.ArrayLike) -> Self:
        """Return a copy that holds some devices only, by position."""
        at = np.asarray(devices, np.int64)
        some = object.__new__(type(self))
        some.__dict__.update(self.__dict__)
        some.serials, some.rule = self.serials[at], self.rule.take(at)
        return some

    def put(self, devices: npt.ArrayLike, other: Self) -> None:
        """Write back the devices that `take` lent out."""
        self.rule.put(np.asarray(devices, np.int64), other.rule)
        self.epochs = max(self.epochs, other.epochs)

    def _checked(self, inputs: npt.ArrayLike) -> Array:
        x = np.ascontiguousarray(inputs, np.float32)
        if x.ndim != 2 or x.shape[1] != self.layers[0] or x.shape[0] == 0:
            raise DataError(
                f"inputs must be [sample, feature] with {self.layers[0]} features (the first "
                f"number of layers), found shape {x.shape}"
            )
        if not np.isfinite(x).all():
            raise DataError("inputs hold NaN or infinity")
        return x

    def _labels(self, labels: npt.ArrayLike, samples: int) -> npt.NDArray[np.int64]:
        truth = np.asarray(labels)
        if truth.shape != (samples,) or not np.issubdtype(truth.dtype, np.integer):
            raise DataError(
                f"labels must be {samples} whole numbers, found {truth.dtype} of shape "
                f"{truth.shape}"
            )
        if truth.min() < 0 or truth.max() >= self.classes:
            raise DataError(
                f"labels must lie in 0 to {self.classes - 1}, found {truth.min()} to {truth.max()}"
            )
        return truth.astype(np.int64)

    def _targets(self, targets: npt.ArrayLike) -> Array:
        goal = np.asarray(targets, np.float32)
        if goal.ndim not in (2, 3) or goal.shape[-1] != self.classes or not np.isfinite(goal).all():
            raise DataError(
                f"targets must be finite, [sample, class] or [device, sample, class] with "
                f"{self.classes} classes, found shape {goal.shape}"
            )
        return goal


@dataclass
class Pupil:
    """A population that is taught: what `distill` calls a student.

    Attributes:
        population: learns in its own hardware.
        schedule: how.
        progress: called after each epoch.
        tick: called after each batch.
        epochs: the epochs it has gone through.
    """

    population: Population
    schedule: Schedule
    progress: Callable[[Epoch], None] | None = None
    tick: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        self.epochs: list[Epoch] = []

    def answer(self, inputs: npt.ArrayLike) -> Array:
        """Return log-probabilities `[device, sample, class]`."""
        return self.population.answer(inputs)

    def learn(self, inputs: npt.ArrayLike, targets: npt.ArrayLike) -> None:
        """Learn from targets `[device, sample, class]` on its own schedule."""
        self.epochs += self.population.learn(
            inputs, targets, self.schedule, progress=self.progress, tick=self.tick
        )


def grow(
    technology: str | Technology = "mortal-default",
    layers: Sequence[int] = (64, 128, 128),
    count: int = 8,
    rule: str | Mapping[str, Any] | RuleSettings = "mono-forward",
    seed: int = 0,
    *,
    classes: int = 10,
    first_serial: int = 0,
    backend: str = "reference",
) -> Population:
    """Grow a population of unique devices.

    Args:
        technology: a preset's name or a declaration.
        layers: `[features, hidden, ...]`; label rows, bias rows and readouts are the rule's to add.
        count: number of devices.
        rule: a rule's name, its settings with `name`, or its declaration.
        seed: of all draws.
        classes: number of classes to tell apart.
        first_serial: the devices are this serial number and the next ones.
        backend: which kernels compute.

    Raises:
        TechnologyError: no such preset.
        RuleError: the technology lacks what the rule needs.
        MortalError: no such rule, or a number that cannot be.
    """
    if count < 1 or len(layers) < 2 or min(layers) < 1 or classes < 2:
        raise MortalError(
            "a population needs a count of 1 or more, layers of at least two numbers of 1 or more "
            f"and 2 classes or more, found count {count}, layers {list(layers)}, classes {classes}"
        )
    if not isinstance(rule, RuleSettings):
        wanted = {"name": rule} if isinstance(rule, str) else dict(rule)
        if wanted.get("name") not in names():
            raise MortalError(
                f"no rule is called {wanted.get('name')!r} (there are: {', '.join(names())})"
            )
        rule = declare(str(wanted["name"]), **wanted)
    built = preset(technology) if isinstance(technology, str) else technology
    serials = np.arange(first_serial, first_serial + count, dtype=np.int64)
    return Population(built, tuple(layers), classes, rule, serials, seed=seed, backend=backend)
