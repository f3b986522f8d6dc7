"""Students from other houses: torch modules and scikit-learn classifiers learn soft targets.

Both minimise the cross-entropy of the targets, averaged over the samples (Hinton, Vinyals, Dean
2015, arXiv:1503.02531, section 2):

    L = - T^2 mean_s sum_k p_sk log softmax(z_s / T)_k

with p the targets, z the module's logits and T its own softening; T^2 keeps the gradients of one
size whatever T is. A classifier has T = 1 and reads p as weights: each sample is given once for
every class, weighing p_k. Each keeps a schedule of its own. torch and scikit-learn are never
imported here.
"""

import inspect
import sys
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.errors import ProtocolError, TargetError
from distill.guests import PROBABILITY_FLOOR, EstimatorTeacher, ModuleTeacher, kind_and_place
from distill.settings import as_generator, check_positive, check_whole

__all__ = ["EstimatorStudent", "ModuleStudent"]

_Array = npt.NDArray[Any]


@dataclass
class ModuleStudent:
    """A torch module from inputs to logits, taught by Adam (arXiv:1412.6980).

    Attributes:
        module: gives logits `[sample, class]`, or `[device, sample, class]` for many students in
            one module. It learns in the mode it is in, so dropout works where it was left in
            training mode, and parameters without gradient stay as they are.
        epochs: passes over each lesson.
        batch: samples a step.
        rate: Adam's learning rate, above 0; its moments begin anew with each lesson.
        softening: T its logits are divided by while it learns, above 0. With the T of the
            transfer, it grows as sharp as its teacher's answers are at one scale.
        random: a generator that shuffles, or its seed. Dropout draws from torch's own.

    Raises SettingError for numbers that cannot be, ProtocolError for a module that has nothing
    to learn.
    """

    module: Any
    epochs: int = 20
    batch: int = 64
    rate: float = 1e-3
    softening: float = 1.0
    random: np.random.Generator | SupportsIndex = 0

    def __post_init__(self) -> None:
        self.epochs = check_whole("epochs", self.epochs, least=1)
        self.batch = check_whole("batch", self.batch, least=1)
        self.rate = check_positive("rate", self.rate)
        self.softening = check_positive("softening", self.softening)
        self.random = self._generator = as_generator(self.random)
        if not any(parameter.requires_grad for parameter in self.module.parameters()):
            raise ProtocolError(
                f"{type(self.module).__name__} cannot be a student: none of its parameters learns"
            )

    def answer(self, inputs: _Array) -> _Array:
        """Return the module's log-softmax `[device, sample, class]`, in evaluation mode."""
        return ModuleTeacher(self.module).answer(inputs)

    def learn(self, inputs: _Array, targets: _Array) -> None:
        """Learn targets `[device, sample, class]` for inputs `[sample, feature]`.

        Raises TargetError, the module untouched, for targets of other devices or classes.
        """
        torch: Any = sys.modules["torch"]
        _check_shape(type(self.module).__name__, targets, self.answer(inputs[:1]), len(inputs))
        kind, place = kind_and_place(self.module)
        x = torch.tensor(inputs, dtype=kind, device=place)
        goal = torch.tensor(targets, dtype=kind, device=place)
        learning = [one for one in self.module.parameters() if one.requires_grad]
        adam = torch.optim.Adam(learning, lr=self.rate)
        for _ in range(self.epochs):
            order = torch.tensor(self._generator.permutation(len(x)), device=place)
            for part in order.split(self.batch):
                adam.zero_grad()
                said = torch.log_softmax(self.module(x[part]) / self.softening, dim=-1)
                # Summed over the devices, so that each learns as it would alone.
                loss = -(goal[:, part] * said).sum() * self.softening**2 / len(part)
                loss.backward()
                adam.step()
        adam.zero_grad(set_to_none=True)


@dataclass
class EstimatorStudent:
    """A scikit-learn classifier that gives probabilities; a population of one.

    Attributes:
        estimator: learns soft targets where `fit` takes `sample_weight` (in a pipeline: the
            last step's), and one-hot targets, those of hard answers, in any case.
        classes: how many there are; untaught, it finds all of them equally likely.
        epochs: by default each lesson is one `fit`, which forgets all before it. A number is so
            many passes of `partial_fit`, which keeps what it knew.

    Raises ProtocolError for an estimator without probabilities, or without `partial_fit` where
    epochs are given, and SettingError for numbers that cannot be.
    """

    estimator: Any
    classes: int
    epochs: int | None = None

    def __post_init__(self) -> None:
        name = type(self.estimator).__name__
        self.classes = check_whole("classes", self.classes, least=2)
        if not any(hasattr(self.estimator, v) for v in ("predict_log_proba", "predict_proba")):
            raise ProtocolError(
                f"{name} cannot be a student: it has neither predict_log_proba nor predict_proba "
                "(choose an estimator that gives probabilities)"
            )
        if self.epochs is not None:
            self.epochs = check_whole("epochs", self.epochs, least=1)
            if not hasattr(self.estimator, "partial_fit"):
                raise ProtocolError(
                    f"{name} cannot learn in epochs: it has no partial_fit (leave epochs out)"
                )

    def answer(self, inputs: _Array) -> _Array:
        """Return log-probabilities `[1, sample, class]`, floored as a teacher's are.

        A class that was in no lesson has the floor, PROBABILITY_FLOOR.
        """
        untaught = np.full((1, len(inputs), self.classes), -np.log(self.classes))
        if not hasattr(self.estimator, "classes_"):
            return untaught
        known = np.asarray(self.estimator.classes_)
        given = EstimatorTeacher(self.estimator).answer(inputs)
        if len(known) == self.classes:
            return given
        from_floor = np.full_like(untaught, np.log(PROBABILITY_FLOOR))
        from_floor[..., known.astype(int)] = given
        return from_floor

    def learn(self, inputs: _Array, targets: _Array) -> None:
        """Learn targets `[1, sample, class]` for inputs `[sample, feature]`.

        Raises TargetError, the estimator untouched, for targets of other devices or classes and
        for soft ones where it takes no weights; and for what the estimator itself refuses.
        """
        name = type(self.estimator).__name__
        _check_shape(name, targets, np.empty((1, 1, self.classes)), len(inputs))
        learn = self.estimator.fit if self.epochs is None else self.estimator.partial_fit
        weight = _weight_of(self.estimator, learn)
        samples, labels = np.nonzero(targets[0])
        told: dict[str, Any] = {} if self.epochs is None else {"classes": np.arange(self.classes)}
        if len(samples) > len(inputs):
            if weight is None:
                raise TargetError(
                    f"{name} cannot learn soft answers: it takes no sample_weight; "
                    "give it hard ones"
                )
            told[weight] = targets[0, samples, labels].astype(np.float64)
        try:
            for _ in range(self.epochs or 1):
                learn(inputs[samples], labels, **told)
        except ValueError as error:
            reason = str(error).partition("\n")[0]
            raise TargetError(f"{name} cannot learn these answers: {reason}") from error


def _check_shape(name: str, targets: _Array, answers: _Array, samples: int) -> None:
    wanted = (len(answers), samples, answers.shape[2])
    if np.shape(targets) != wanted:
        raise TargetError(
            f"{name} cannot learn targets of shape {np.shape(targets)}; "
            f"wanted are [device, sample, class] {wanted}"
        )


def _weight_of(estimator: Any, learn: Any) -> str | None:
    """Return the name of the weights that `learn` takes; a pipeline hands them to its last step."""
    if hasattr(estimator, "steps"):
        name, last = estimator.steps[-1]
        own = _weight_of(last, getattr(last, learn.__name__))
        return None if own is None else f"{name}__{own}"
    return "sample_weight" if "sample_weight" in inspect.signature(learn).parameters else None
