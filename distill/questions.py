"""What may be asked: real inputs, or questions made for the purpose.

A student can be taught by questions that mean nothing, as long as the answers do: a teacher's
function is known by its answers anywhere (transfer sets of unlabelled or of made-up inputs, Hinton,
Vinyals, Dean 2015, arXiv:1503.02531, section 2). How far that carries is for each kind to show.
Questions are drawn once and shared by all devices.
"""

from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from distill.errors import InputError, SettingError
from distill.inputs import check_inputs, choose
from distill.settings import check_whole

__all__ = ["Marginal", "Pool", "Questions", "Uniform", "as_questions"]

_Inputs = npt.NDArray[Any]


class Questions(Protocol):
    """A source of inputs to ask."""

    @property
    def features(self) -> int:
        """Numbers in one question."""
        ...

    def draw(self, count: int, random: np.random.Generator) -> _Inputs:
        """Return `count` questions `[count, feature]`, finite, drawn from `random` alone."""
        ...


class Pool:
    """Real inputs `[sample, feature]`, each asked once before any is asked twice.

    Raises InputError for inputs that `check_inputs` refuses.
    """

    def __init__(self, inputs: npt.ArrayLike) -> None:
        self.inputs = check_inputs(inputs)

    @property
    def features(self) -> int:
        """Numbers in one question."""
        return int(self.inputs.shape[1])

    def draw(self, count: int, random: np.random.Generator) -> _Inputs:
        """Return `count` inputs of the pool, `[count, feature]`, as `choose` draws them."""
        return self.inputs[choose(len(self.inputs), count, random).asked]


class Marginal:
    """Noise with the right values in the wrong places: each feature by itself.

    Every feature of a question is the value of that feature in an input of the pool
    `[sample, feature]`, drawn for each feature anew; what features have to do with each other is
    lost. Raises InputError for inputs that `check_inputs` refuses.
    """

    def __init__(self, inputs: npt.ArrayLike) -> None:
        self.inputs = check_inputs(inputs)

    @property
    def features(self) -> int:
        """Numbers in one question."""
        return int(self.inputs.shape[1])

    def draw(self, count: int, random: np.random.Generator) -> _Inputs:
        """Return `count` questions `[count, feature]` in the pool's kind of number."""
        places = random.integers(len(self.inputs), size=(count, self.features))
        drawn: _Inputs = self.inputs[places, np.arange(self.features)]
        return drawn


class Uniform:
    """Noise that knows nothing of the data but its range.

    Every feature lies anywhere from `low` to `high` alike; both in the units of the inputs, one
    number or one for every feature. Raises SettingError for fewer than one feature, and for ends
    that are not finite, do not fit the features, or where low is not below high.
    """

    def __init__(self, features: int, low: npt.ArrayLike = 0.0, high: npt.ArrayLike = 1.0) -> None:
        self.features = check_whole("features", features, least=1)
        try:
            ends = [np.asarray(end, dtype=np.float64) for end in (low, high)]
        except (TypeError, ValueError):
            ends = [np.array([np.nan])]
        fits = all(end.shape in ((), (self.features,)) and np.isfinite(end).all() for end in ends)
        if not fits or not np.all(ends[0] < ends[1]):
            raise SettingError(
                f"uniform questions from {low!r} to {high!r}; allowed are finite numbers, low "
                f"below high, one or one for each of {self.features} features"
            )
        self.low, self.high = ends

    def draw(self, count: int, random: np.random.Generator) -> _Inputs:
        """Return `count` questions `[count, feature]`, float64."""
        return random.uniform(self.low, self.high, (count, self.features))


def as_questions(given: object) -> Questions:
    """Return `given` if it is a source of questions, else a Pool of the inputs it holds.

    Raises InputError for what is neither questions nor inputs `[sample, feature]`.
    """
    if isinstance(given, type):
        raise InputError(f"{given} was given as questions; give an instance of it")
    # Asked of its type: a source need not know its features before it is drawn from.
    if callable(getattr(type(given), "draw", None)):
        return cast(Questions, given)
    return Pool(given)  # type: ignore[arg-type]  # whatever it is, it is checked there
