"""The organism: the arrays of a whole population, and the rule that owns them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from devices import CrossbarArray, Technology, probe
from devices.arrays import to_host
from devices.energy import Ledger
from devices.kernels import load
from mortal import freezing, offset
from mortal.errors import DataError, RuleError
from mortal.freezing import Frozen
from mortal.guessing import majority_of, without_looking
from mortal.intake import (
    inputs_of,
    labels_of,
    positions_of,
    rest_of,
    targets_of,
    warn_of_cold,
    warn_of_range,
)
from mortal.lesson import Epoch, Lesson, Middle
from mortal.pupil import Pupil
from mortal.rules import Hardware, Rule, RuleSettings, build, dreamers
from mortal.rules.peripheral import one_hot
from mortal.schedule import Schedule

__all__ = ["Exam", "Population", "Pupil"]

Array = npt.NDArray[np.float32]
Totals = npt.NDArray[np.float64]

_SAMPLES_AT_ONCE = 500
"""Samples answered together: bounds memory, not results."""
_COPIES_AT_ONCE = 64
"""Devices copied together for an exam: bounds memory, not results."""


@dataclass(frozen=True)
class Exam:
    """What an examination found, each `[device]`.

    Attributes:
        accuracy: fraction of right answers.
        loss: mean cross-entropy of the answers, bits.
        samples: number of questions.
        chance: accuracy of guessing.
        majority: accuracy of always naming the class that is asked about most.
        answers: log-probabilities `[device, question, class]` to the first questions, as many as
            were to be kept.
    """

    accuracy: Totals
    loss: Totals
    samples: int
    chance: float
    majority: float
    answers: Array | None = None

    def __str__(self) -> str:
        low, high = self.accuracy.min(), self.accuracy.max()
        beside = without_looking(self.chance, self.majority)
        return f"accuracy {self.accuracy.mean():.3f} ({low:.3f}-{high:.3f}), {beside}"


class Population:
    """A population of organisms of one build, learning side by side. Use `mortal.grow`.

    Attributes:
        serials: `[device]`, who they are.
        rule: the learning rule with its arrays.
        epochs: epochs of schooling so far, over the whole life.
    """

    def __init__(
        self, technology: Technology, layers: tuple[int, ...], classes: int,
        settings: RuleSettings, serials: npt.NDArray[np.int64], *, seed: int, cohort: int = 0,
        backend: str = "auto", made_as: npt.NDArray[np.int64] | None = None,
    ) -> None:  # fmt: skip
        self.technology, self.layers, self.classes = technology, layers, classes
        self.settings, self.serials = settings, serials
        self.seed, self.cohort, self.backend, self.epochs = seed, cohort, backend, 0
        self._place = load(backend).place
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
            f"Population({self.serials.size} x {shape}, {self.technology.title}, "
            f"{self.settings.name})"
        )

    def __len__(self) -> int:
        return int(self.serials.size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as declaration and frozen life: manufacture is grown again where it arrives."""
        built = self.technology, self.layers, self.classes, self.settings
        return freezing.arrive, (type(self), built, self.backend, self.freeze())

    def place(self, numbers: Array) -> Any:
        """Return numbers where this population computes."""
        return self._place(numbers)

    @property
    def arrays(self) -> Mapping[str, CrossbarArray]:
        """The analog arrays, by name."""
        return self.rule.arrays

    def answer(self, inputs: npt.ArrayLike) -> Array:
        """Return log-probabilities `[device, sample, class]` for inputs `[sample, feature]`.

        They are NumPy arrays, whatever computed them.

        Raises:
            DataError: the inputs do not fit or hold NaN, or there is no device to answer.
        """
        self._refuse_nobody()
        x = self._place(inputs_of(inputs, self.layers[0]))
        parts = (x[at : at + _SAMPLES_AT_ONCE] for at in range(0, x.shape[0], _SAMPLES_AT_ONCE))
        said = np.concatenate([to_host(self.rule.answer(part)) for part in parts], axis=1)
        return offset.corrected(self, said)

    def features(self, inputs: npt.ArrayLike, layer: int) -> Array:
        """Return the activity of a hidden layer, `[device, sample, unit]`, for `[sample, feature]`.

        Args:
            inputs: as `answer` takes them.
            layer: from 1; array `layer1` stands before layer 1.

        Raises:
            DataError: the inputs do not fit, or there is no such layer.
            RuleError: the rule shows no layers.
        """
        activities = getattr(self.rule, "activities", None)
        if activities is None:
            raise RuleError(
                f"the rule {self.settings.name} shows no layers: features need a rule with "
                "activities(inputs)"
            )
        if not 1 <= layer < len(self.layers):
            raise DataError(f"there are layers 1 to {len(self.layers) - 1}, found layer {layer}")
        x = self._place(inputs_of(inputs, self.layers[0]))
        parts = (x[at : at + _SAMPLES_AT_ONCE] for at in range(0, x.shape[0], _SAMPLES_AT_ONCE))
        found = [to_host(activities(part)[layer - 1]) for part in parts]
        return np.concatenate(found, axis=1)

    def generate(self, count: int, steps: int = 50) -> Array:
        """Return inputs of each device's own making, `[device, count, feature]`.

        They are reads: they take time, energy and draws of noise, and write nothing.

        Args:
            count: how many of each device.
            steps: times that the machine at the top is read up and down before each.

        Raises:
            DataError: a number below 1, or there is no device to dream.
            RuleError: the rule has no model of its inputs.
        """
        dream = getattr(self.rule, "dream", None)
        if dream is None:
            raise RuleError(
                f"the rule {self.settings.name} cannot dream: generating inputs needs a rule with "
                f"a model of them, {' or '.join(dreamers())}"
            )
        self._refuse_nobody()
        if min(count, steps) < 1:
            raise DataError(f"count and steps are 1 or more, found {count} and {steps}")
        sizes = [min(_SAMPLES_AT_ONCE, count - at) for at in range(0, count, _SAMPLES_AT_ONCE)]
        starts = (np.full((len(self), size, 1), 0.5, np.float32) for size in sizes)
        dreams = [to_host(dream(self._place(start), steps)) for start in starts]
        return np.concatenate(dreams, axis=1)

    def examine(self, inputs: npt.ArrayLike, labels: npt.ArrayLike, *, keep: int = 0) -> Exam:
        """Ask all questions and compare with the labels `[sample]`; it leaves no trace.

        Copies are asked, so that an exam takes the devices no time, energy or draw of noise: a
        life is the same whether it is watched or not.

        Args:
            inputs: `[sample, feature]`.
            labels: `[sample]`, whole numbers from 0.
            keep: of how many questions, from the first, the answers are returned.

        Raises:
            DataError: inputs or labels do not fit.
        """
        x = inputs_of(inputs, self.layers[0])
        truth = labels_of(labels, x.shape[0], self.classes)
        groups = range(0, max(len(self), 1), _COPIES_AT_ONCE)
        everyone = np.arange(len(self))
        answers = np.concatenate(
            [self.take(everyone[first : first + _COPIES_AT_ONCE]).answer(x) for first in groups]
        )
        right = answers.argmax(axis=-1) == truth
        given = np.take_along_axis(answers, truth[None, :, None], axis=-1)
        return Exam(
            accuracy=right.mean(axis=1),
            loss=-given.mean(axis=(1, 2), dtype=np.float64) / np.log(2),
            samples=truth.size,
            chance=1 / self.classes,
            majority=majority_of(truth),
            answers=answers[:, :keep] if keep else None,
        )

    def train(
        self,
        inputs: npt.ArrayLike,
        labels: npt.ArrayLike | None = None,
        *,
        progress: Callable[[Epoch], None] | None = None,
        **schedule: Any,
    ) -> list[Epoch]:
        """Learn from labelled samples, in the hardware.

        Args:
            inputs: `[sample, feature]`.
            labels: `[sample]`, whole numbers from 0; nothing is learnt without them.
            progress: called after each epoch; `print` will do.
            schedule: `epochs`, `batch`, `rate`, `decay`, `falls`, `stop` of
                `mortal.schedule.Schedule`.

        Raises:
            DataError: inputs or labels do not fit.
            ConfigError: a number of the schedule cannot be.

        Warns where inputs look as if no one had scaled them.
        """
        x = inputs_of(inputs, self.layers[0])
        if labels is None:
            raise DataError(f"train needs labels beside its {len(x)} inputs, one of each")
        warn_of_range(x)
        targets = one_hot(labels_of(labels, x.shape[0], self.classes), self.classes)
        return self.learn(x, targets, Schedule.of(**schedule), progress=progress)

    def learn(
        self,
        inputs: npt.ArrayLike,
        targets: npt.ArrayLike,
        schedule: Schedule | None = None,
        *,
        progress: Callable[[Epoch], None] | None = None,
        tick: Callable[[], None] | None = None,
        middle: Middle | None = None,
    ) -> list[Epoch]:
        """Learn from targets: probabilities `[sample, class]` or `[device, sample, class]`.

        Args:
            inputs: `[sample, feature]`.
            targets: what is to be answered.
            schedule: how; default: the defaults of `Schedule`. So a population is a student.
            progress: called after each epoch.
            tick: called after each batch.
            middle: where the lesson goes on, for a population thawed in its midst.

        Raises:
            DataError: inputs or targets do not fit.
        """
        x, goal = inputs_of(inputs, self.layers[0]), targets_of(targets, len(self), self.classes)
        if goal.shape[-2] != x.shape[0]:
            raise DataError(f"{x.shape[0]} inputs need as many targets, found {goal.shape[-2]}")
        x, goal = self._place(x), self._place(goal)
        lesson = Lesson(self, x, goal, Schedule() if schedule is None else schedule, middle)
        epochs = []
        for epoch in lesson.epochs(tick):
            epochs.append(epoch)
            if progress is not None:
                progress(epoch)
        return epochs

    def age(self, seconds: float | str, temperature: float | str = 298.15) -> bool:
        """Rest unpowered; return False where the technology tells nothing about retention.

        Args:
            seconds: how long; or as a story says it, `"2 years"`.
            temperature: at how many kelvin; or `"55 C"`.

        Raises:
            WrongValue: no such time or temperature.

        Warns of a temperature that was hardly meant in kelvin.
        """
        if isinstance(seconds, str):
            seconds = rest_of(seconds, "time")
        if isinstance(temperature, str):
            temperature = rest_of(temperature, "temperature")
        else:
            warn_of_cold(temperature)
        told = [array.wait(seconds, temperature) for array in self.arrays.values()]
        return all(told)

    def pupil(
        self,
        schedule: Schedule | None = None,
        *,
        progress: Callable[[Epoch], None] | None = None,
        tick: Callable[[], None] | None = None,
    ) -> Pupil:
        """Return this population as a student that keeps its own schedule (see `learn`)."""
        return Pupil(self, schedule, progress, tick)

    def correct(self, offsets: npt.ArrayLike) -> None:
        """Add offsets `[device, class]` to all log-probabilities answered from now on.

        They are digital memory: kept, frozen and copied with the rest of it; more are added up.

        Raises:
            DataError: another shape, NaN or infinity.
        """
        wanted = (len(self), self.classes)
        found = np.asarray(offsets, dtype=np.float32)
        if found.shape != wanted or not np.isfinite(found).all():
            raise DataError(
                f"offsets must be finite numbers [device, class] of shape {wanted}, found shape "
                f"{found.shape}"
            )
        offset.add(self, found)

    def ledger(self) -> Ledger:
        """Return what each device has spent, over all its arrays, which rest together."""
        return Ledger.over([array.ledger for array in self.arrays.values()])

    def stuck_fraction(self) -> Totals:
        """Return the fraction of all cells that no pulse moves any more, `[device]`."""
        stuck = [array.is_stuck() for array in self.arrays.values()]
        cells = np.concatenate([s.reshape(s.shape[0], -1) for s in stuck], axis=1)
        fraction: Totals = cells.mean(axis=1)
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
        """Return a copy that holds some devices only, by position.

        Raises:
            DataError: a mask was given, or what is no position.
        """
        at = positions_of(devices, len(self))
        some = object.__new__(type(self))
        some.__dict__.update(self.__dict__)
        some.serials, some.rule = self.serials[at], self.rule.take(at)
        return some

    def put(self, devices: npt.ArrayLike, other: Self) -> None:
        """Write back the devices that `take` lent out."""
        offset.make_room(self, other)
        self.rule.put(positions_of(devices, len(self)), other.rule)
        self.epochs = max(self.epochs, other.epochs)

    def freeze(self) -> Frozen:
        """Return what life has made of these devices, opaque copies of it; see `thaw`."""
        return freezing.freeze(self)

    def thaw(self, frozen: Frozen, *, on_another_backend: bool = False) -> None:
        """Take up the life that `freeze` returned of these serials; manufacture is not in it.

        Args:
            frozen: of just these devices, in this order (`Frozen.take`).
            on_another_backend: allow that other kernels go on than those that computed so far.

        Raises:
            FrozenElsewhere: it is that of other devices or another build; nothing has changed.
            WrongShape: its numbers are incomplete or damaged.
        """
        freezing.thaw(self, frozen, on_another_backend=on_another_backend)

    def _refuse_nobody(self) -> None:
        if not len(self):
            raise DataError("this population has no device, so nobody can be asked")
