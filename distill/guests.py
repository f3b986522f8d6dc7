"""Teachers from other houses: functions, scikit-learn classifiers, torch modules.

They are known by what they can do; neither scikit-learn nor torch is ever imported here.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.errors import AnswerError

__all__ = [
    "PROBABILITY_FLOOR",
    "EstimatorTeacher",
    "FunctionTeacher",
    "ModuleTeacher",
    "is_estimator",
    "is_module",
    "kind_and_place",
]

PROBABILITY_FLOOR = 1e-7
"""Least probability a scikit-learn teacher may give a class; forests and naive Bayes give zero,
whose logarithm no channel can carry. About the resolution of float32."""

_Array = npt.NDArray[Any]


def is_estimator(thing: object) -> bool:
    """Whether `thing` is a scikit-learn estimator by its verbs: `fit`, `predict`, `get_params`."""
    return all(hasattr(thing, verb) for verb in ("fit", "predict", "get_params"))


def is_module(thing: object) -> bool:
    """Whether `thing` is a torch module by its verbs: `parameters`, `eval`, `state_dict`."""
    # A true module cannot exist before torch has been imported by whoever made it.
    return "torch" in sys.modules and all(
        hasattr(thing, verb) for verb in ("parameters", "eval", "state_dict")
    )


def kind_and_place(module: Any) -> tuple[Any, Any]:
    """Return the dtype and the device of the module's first parameter that is no whole number."""
    for parameter in module.parameters():
        if parameter.is_floating_point():
            return parameter.dtype, parameter.device
    return sys.modules["torch"].get_default_dtype(), None


@dataclass(frozen=True)
class FunctionTeacher:
    """A plain function from inputs `[sample, feature]` to log-probabilities."""

    function: Callable[[_Array], Any]

    def answer(self, inputs: _Array) -> _Array:
        """Return the function's log-probabilities as `[device, sample, class]`.

        Raises AnswerError for what is no array.
        """
        said = self.function(inputs)
        try:
            return _with_device_axis(np.asarray(said))
        except ValueError as error:
            raise AnswerError(f"a function's answers are not an array: {error}") from error


@dataclass(frozen=True)
class EstimatorTeacher:
    """A fitted scikit-learn classifier; class k is the k-th entry of its `classes_`."""

    estimator: Any

    def answer(self, inputs: _Array) -> _Array:
        """Return log-probabilities `[1, sample, class]`, none below log(PROBABILITY_FLOOR).

        Raises AnswerError for a classifier of several outputs.
        """
        # Zero probabilities are expected and floored below, so their logarithm is no warning.
        with np.errstate(divide="ignore"):
            if hasattr(self.estimator, "predict_log_proba"):
                answers = self.estimator.predict_log_proba(inputs)
            else:
                answers = np.log(self.estimator.predict_proba(inputs))
        # Stacked, the outputs would pass for a population of devices.
        if isinstance(answers, list):
            raise AnswerError(
                f"{type(self.estimator).__name__} answers {len(answers)} questions at once; "
                "a teacher has one set of classes"
            )
        return _with_device_axis(np.maximum(answers, np.log(PROBABILITY_FLOOR)))


@dataclass(frozen=True)
class ModuleTeacher:
    """A torch module from inputs to logits `[sample, class]` or `[device, sample, class]`."""

    module: Any

    def answer(self, inputs: _Array) -> _Array:
        """Return the module's log-softmax as `[device, sample, class]`.

        Inputs are brought to the dtype and place of the module's parameters.
        """
        # Taken from sys.modules so that this package never imports torch.
        torch: Any = sys.modules["torch"]
        kind, place = kind_and_place(self.module)
        with _in_evaluation(self.module), torch.no_grad():
            logits = self.module(torch.tensor(inputs, dtype=kind, device=place))
            answers = torch.log_softmax(logits.double(), dim=-1)
        return _with_device_axis(np.asarray(answers.cpu().numpy()))


@contextmanager
def _in_evaluation(module: Any) -> Iterator[None]:
    # Each part remembers its own mode: module.train() would wake parts frozen on purpose.
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, was_training in modes:
            part.training = was_training


def _with_device_axis(answers: _Array) -> _Array:
    return answers[np.newaxis] if answers.ndim == 2 else answers
