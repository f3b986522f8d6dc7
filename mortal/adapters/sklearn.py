"""A mortal device as a scikit-learn classifier: `MortalClassifier`."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from devices import Technology
from mortal.errors import DataError
from mortal.growth import grow
from mortal.keyed import answer_by_input
from mortal.organism import Population
from mortal.rules import RuleSettings

__all__ = ["MortalClassifier"]

Array = npt.NDArray[Any]

_REACH = 3.0
"""Standard deviations from the mean that are full scale; what lies beyond is clipped."""


class MortalClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """One device, grown from its serial number and taught in its own hardware.

    Inputs are scaled inside, as an array's converters need them: each feature less its mean over
    the samples of `fit`, by three standard deviations, clipped to -1 to 1. A feature that does not
    vary says nothing.

    `predict` and `predict_proba` are functions of their input: the device stands frozen, and the
    noise of a read is drawn by a digest of what is read (`mortal.keyed`). So they cost the device
    nothing; `population_` is the device itself, whose own verbs age and spend it.

    `fit` begins a fresh device of this serial number, and so does the fit of a `clone`: the same
    manufacture, another life. Copies and pickles are of the device as it stands: it is taken up
    where it was.

    Args:
        technology: a preset's name, or a declaration.
        hidden_layers: units of each hidden layer.
        rule: how it learns: a name, or settings with `name`, as `mortal.grow` takes them.
        epochs: times that `fit` shows every sample.
        batch: samples between two writes.
        rate: multiplies the rule's learning rates.
        serial: which device.
        seed: of all draws.
        backend: which kernels compute, as `mortal.grow` takes it.

    Attributes:
        classes_: labels, sorted.
        n_features_in_: features of the samples it was fitted to.
        population_: the device, a `mortal.Population` of one.
    """

    def __init__(
        self,
        technology: str | Technology = "mortal-default",
        hidden_layers: tuple[int, ...] = (32,),
        rule: str | Mapping[str, Any] | RuleSettings = "mono-forward",
        epochs: int = 20,
        batch: int = 16,
        rate: float = 1.0,
        serial: int = 0,
        seed: int = 0,
        backend: str = "auto",
    ) -> None:
        self.technology = technology
        self.hidden_layers = hidden_layers
        self.rule = rule
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.serial = serial
        self.seed = seed
        self.backend = backend

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Grow the device afresh and teach it.

        Args:
            X: `[sample, feature]`.
            y: labels `[sample]`, of two classes or more.

        Raises:
            ValueError: they do not fit each other, or cannot be learnt.
        """
        x, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self._grow(x, np.unique(labels))
        self._teach(x, labels, self.epochs, decay=0.3)
        return self

    def partial_fit(
        self, X: npt.ArrayLike, y: npt.ArrayLike, classes: npt.ArrayLike | None = None
    ) -> Self:
        """Show every sample once more to the device there is.

        The first call grows it, and its samples tell how inputs are scaled.

        Args:
            X: `[sample, feature]`.
            y: labels `[sample]`.
            classes: all labels there will be; needed in the first call.

        Raises:
            ValueError: they do not fit each other, or a label is none of the classes.
        """
        is_first = not hasattr(self, "population_")
        x, labels = validate_data(self, X, y, dtype=np.float64, reset=is_first)
        check_classification_targets(labels)
        if is_first and classes is None:
            raise DataError("the first partial_fit needs classes: all labels there will be")
        known = None if classes is None else np.unique(np.asarray(classes))
        if is_first:
            self._grow(x, known)
        elif known is not None and not np.array_equal(known, self.classes_):
            raise DataError(f"the device tells {self.classes_} apart, found classes {known}")
        self._teach(x, labels, 1, decay=1.0)
        return self

    def predict(self, X: npt.ArrayLike) -> Array:
        """Return the likeliest label of each sample, `[sample]`."""
        best = self.predict_log_proba(X).argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    def predict_proba(self, X: npt.ArrayLike) -> Array:
        """Return probabilities `[sample, class]`, in the order of `classes_`."""
        chances = np.exp(self.predict_log_proba(X))
        proba: Array = chances / chances.sum(axis=1, keepdims=True)
        return proba

    def predict_log_proba(self, X: npt.ArrayLike) -> Array:
        """Return log-probabilities `[sample, class]`, in the order of `classes_`.

        Raises:
            ValueError: the samples do not fit.
            NotFittedError: there is no device yet.
        """
        check_is_fitted(self, "population_")
        x = validate_data(self, X, dtype=np.float64, reset=False)
        device: Population = self.population_
        answers: Array = answer_by_input(device, self._scaled(x))[0].astype(np.float64)
        return answers

    def _grow(self, x: Array, classes: Array | None) -> None:
        if classes is None or len(classes) < 2:
            count = 0 if classes is None else len(classes)
            raise DataError(f"a classifier tells 2 classes or more apart, found {count} class")
        self.classes_ = classes
        self._mean = x.mean(axis=0)
        spread = x.std(axis=0)
        # The spread of equal numbers is rounding, which is not to be blown up to full scale.
        varies = spread > 1e-12 * np.abs(x).max(axis=0)
        self._full_scale = np.where(varies, _REACH * spread, np.inf)
        self.population_ = self._fresh()

    def _fresh(self) -> Population:
        return grow(
            self.technology,
            (len(self._mean), *self.hidden_layers),
            1,
            self.rule,
            self.seed,
            classes=len(self.classes_),
            first_serial=self.serial,
            backend=self.backend,
        )

    def _teach(self, x: Array, known: Array, epochs: int, decay: float) -> None:
        labels = np.minimum(np.searchsorted(self.classes_, known), len(self.classes_) - 1)
        if strangers := np.unique(known[self.classes_[labels] != known]).tolist():
            raise DataError(f"labels are among {self.classes_.tolist()}, found {strangers}")
        self.population_.train(
            self._scaled(x), labels, epochs=epochs, batch=self.batch, rate=self.rate, decay=decay
        )

    def _scaled(self, x: Array) -> npt.NDArray[np.float32]:
        """Return samples as the device takes them, -1 to 1."""
        scaled = np.clip((x - self._mean) / self._full_scale, -1, 1)
        inputs: npt.NDArray[np.float32] = scaled.astype(np.float32)
        return inputs
