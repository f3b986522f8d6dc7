"""Questions made of other questions: mixed by pairs, perturbed, or blended from several sources."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from distill.errors import InputError, SettingError
from distill.inputs import check_inputs, choose
from distill.questions import as_questions
from distill.settings import check_from_zero, check_positive, check_share

__all__ = ["Blend", "Mixed", "Perturbed"]

_Inputs = npt.NDArray[Any]


class Mixed:
    """Questions between two inputs of the pool (mixup, Zhang et al. 2018, arXiv:1710.09412).

        x = l x_i + (1 - l) x_j,    l ~ Beta(a, b)

    with x_i, x_j two different inputs of the pool `[sample, feature]` and (a, b) the `share`; the
    source has a = b, (1, 1) being every share alike. Each input is first of a pair once before
    any is twice. Differs from the source: the answer to x is the teacher's own and not the mean
    of two labels. Raises InputError for fewer than two inputs, SettingError for a share not of
    two numbers above 0.
    """

    def __init__(self, inputs: npt.ArrayLike, share: tuple[float, float] = (1.0, 1.0)) -> None:
        self.inputs = check_inputs(inputs)
        if len(self.inputs) < 2:
            raise InputError("inputs are one alone; mixing takes at least two")
        if not isinstance(share, tuple | list) or len(share) != 2:
            raise SettingError(
                f"share is {share!r}, allowed are the two numbers of a Beta distribution"
            )
        self.share = check_positive("share", share[0]), check_positive("share", share[1])

    @property
    def features(self) -> int:
        """Numbers in one question."""
        return int(self.inputs.shape[1])

    def draw(self, count: int, random: np.random.Generator) -> _Inputs:
        """Return `count` questions `[count, feature]`."""
        size = len(self.inputs)
        first = choose(size, count, random).asked
        second = (first + random.integers(1, size, count)) % size
        share = random.beta(self.share[0], self.share[1], size=(count, 1))
        mixed: _Inputs = share * self.inputs[first] + (1 - share) * self.inputs[second]
        return mixed


class Perturbed:
    """Questions with noise added, and features dropped.

    Attributes:
        questions: the questions to perturb, or inputs `[sample, feature]`.
        noise: standard deviation of the normal noise added to each feature, units of the inputs.
        drop: probability that a feature is set to 0, after the noise.
        within: the least and greatest value a feature may have; what lies beyond becomes them.
            None leaves it there.

    Raises SettingError for a noise below 0, a drop outside 0 to 1, or ends not in order.
    """

    def __init__(
        self,
        questions: object,
        noise: float = 0.0,
        drop: float = 0.0,
        within: tuple[float, float] | None = None,
    ) -> None:
        self.questions = as_questions(questions)
        self.noise = check_from_zero("noise", noise)
        self.drop = check_share("drop", drop)
        if within is not None and not _is_range(within):
            raise SettingError(f"within is {within!r}, allowed are two numbers, the lower first")
        self.within = within

    @property
    def features(self) -> int:
        """Numbers in one question."""
        return self.questions.features

    def draw(self, count: int, random: np.random.Generator) -> _Inputs:
        """Return `count` questions `[count, feature]`, float64."""
        drawn = np.asarray(self.questions.draw(count, random), dtype=np.float64)
        noisy = drawn + self.noise * random.standard_normal(drawn.shape)
        kept: _Inputs = np.where(random.random(drawn.shape) < self.drop, 0.0, noisy)
        return kept if self.within is None else np.clip(kept, *self.within)


class Blend:
    """Part of each: questions from several sources, shuffled.

    `parts` maps questions to their share, numbers above 0 brought to sum 1, or is a sequence of
    such pairs (inputs `[sample, feature]` cannot be the key of a mapping). Of any number drawn,
    each part gives its share to within one question. Raises SettingError for no part or a share
    not above 0, InputError for parts of unlike features.
    """

    def __init__(self, parts: Mapping[Any, float] | Iterable[tuple[object, float]]) -> None:
        given = parts.items() if isinstance(parts, Mapping) else parts
        pairs = list(given) if isinstance(given, Iterable) else []
        if not pairs or not all(
            isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs
        ):
            raise SettingError("parts are no pairs (questions, share); allowed is at least one")
        self.parts = [as_questions(questions) for questions, _ in pairs]
        shares = np.array([check_positive("share", share) for _, share in pairs])
        self.shares = shares / shares.sum()
        features = sorted({part.features for part in self.parts})
        if len(features) > 1:
            raise InputError(
                f"parts have {' and '.join(map(str, features))} features; "
                "the questions of a blend have the same"
            )

    @property
    def features(self) -> int:
        """Numbers in one question."""
        return self.parts[0].features

    def draw(self, count: int, random: np.random.Generator) -> _Inputs:
        """Return `count` questions `[count, feature]`."""
        counts = np.floor(self.shares * count).astype(int)
        # What rounding left over goes to those who lost most by it.
        lost = np.argsort(counts - self.shares * count, kind="stable")
        counts[lost[: count - counts.sum()]] += 1
        drawn = [
            part.draw(int(own), random) for part, own in zip(self.parts, counts, strict=True) if own
        ]
        return random.permutation(np.concatenate(drawn))


def _is_range(ends: object) -> bool:
    return (
        isinstance(ends, tuple | list)
        and len(ends) == 2
        and all(isinstance(end, int | float) for end in ends)
        and ends[0] < ends[1]
    )
