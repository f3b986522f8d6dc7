"""A teacher taught by what a layer of it says, not by its last word (arXiv:1412.6550, hints).

Differs from the source: no regressor fits unlike widths; the student answers one class for every
unit, and learns the softened activity of the layer at one scale, as it would learn answers.
"""

from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from distill.errors import AnswerError, ProtocolError

__all__ = ["FeatureTeacher", "Layered"]


class Layered(Protocol):
    """A population whose layers can be read."""

    def features(self, inputs: npt.NDArray[Any], layer: int) -> npt.ArrayLike:
        """Return the activity of a layer, `[device, sample, unit]`, for `[sample, feature]`."""
        ...


class FeatureTeacher:
    """The teacher whose answer is the activity of one of its layers.

    Raises ProtocolError for a teacher without `features`.
    """

    def __init__(self, teacher: object, layer: int) -> None:
        if not callable(getattr(teacher, "features", None)):
            raise ProtocolError(
                f"{type(teacher).__name__} shows no layers: answers 'features' need a teacher with "
                "features(inputs, layer)"
            )
        self.teacher, self.layer = cast(Layered, teacher), layer

    def answer(self, inputs: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return the layer's activity `[device, sample, unit]`, centred over the units.

        Raises AnswerError for activity that is not an array of numbers of two or three axes.
        """
        given = self.teacher.features(inputs, self.layer)
        try:
            said = np.asarray(given, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise AnswerError(f"the teacher's features cannot be read: {error}") from error
        if said.ndim not in (2, 3) or said.size == 0:
            raise AnswerError(
                f"the teacher's features have shape {said.shape}; wanted are [sample, unit] or "
                "[device, sample, unit]"
            )
        if not np.isfinite(said).all():
            return said  # refused where all answers are checked
        # Centred, as it would be anyway: a layer that competes may look like probabilities.
        centred: npt.NDArray[np.float64] = said - said.mean(axis=-1, keepdims=True)
        return centred
