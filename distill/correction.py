"""Bias correction: classes a student was never shown, answered without a look at any label.

A student never shown a class has learnt that it is rare, not what it looks like not to be: often
the class comes second (Hinton, Vinyals, Dean 2015, arXiv:1503.02531, section 3, where a bias of
3.5, found on the test images, brings most of the unseen threes back). Here one offset a class is
found from unlabelled inputs alone, such that the mean answer meets a prior:

    mean_s softmax((z_s + b) / T)_k = prior_k,    by    b_k <- b_k + T log(prior_k / mean_k)

with z the answers without each class's mean, at one scale (`to_one_scale`), T the `softening`, b
the offsets, fixed but for a constant, and s the unlabelled inputs. Class means are taken out
before the scale is, for a class never shown may lie so low that its depth would be most of the
scale; so the corrected answers are the same whatever offsets the answers had. Answers without b
are those of other priors: this is the correction of posteriors by the ratio of priors of Saerens,
Latinne, Decaestecker 2002 (doi:10.1162/089976602753284446, equation 2.4).

Differs from the source: there the old priors are known, from counting what was shown, and the
new ones are found; here the new ones are given and the ratio is found, since a class never shown
has no ratio. T decides what the mean is of: near 0 of decisions, so that as many inputs are
called a class as the prior says; large, of answers flat as a teacher's, which mistakes doubt for
a class. The default is that of a transfer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from distill import targets
from distill.answers import ask, check_answers
from distill.errors import PairingError, SettingError
from distill.protocols import Inputs, as_teacher
from distill.settings import as_numbers, check_positive

__all__ = ["CLOSE", "MOST_ROUNDS", "Corrected", "class_offsets"]

CLOSE = 1e-4
"""Largest distance of a mean answer from its prior at which the offsets are found."""

MOST_ROUNDS = 2000
"""Rounds after which the offsets are taken as they are: 50 do at a softening of 4, small ones
come close ever more slowly."""

_Float64 = npt.NDArray[np.float64]


def class_offsets(
    answers: npt.ArrayLike,
    prior: str | Sequence[float] = "uniform",
    softening: float | None = 4.0,
) -> _Float64:
    """Return what to add to a device's log-probabilities, `[device, class]`, mean 0.

    Arguments:
        answers: log-probabilities `[device, sample, class]` to unlabelled inputs, held back from
            teaching and never those of a test, in which the classes come as the prior says.
        prior: how often each class comes, `uniform` or a number above 0 a class, sum 1.
        softening: T, no unit, above 0, at one scale; None takes the answers as the posterior
            probabilities they say they are.

    Raises AnswerError for answers that are none, SettingError for a prior or a softening that
    cannot be.
    """
    given = check_answers(answers)
    wanted = _check_prior(prior, given.shape[2])
    # Each by itself: rounds for all until the last is close would move the others on.
    found = [_offsets(own[np.newaxis], wanted, softening) for own in given]
    return np.concatenate(found)


def _offsets(given: _Float64, wanted: _Float64, softening: float | None) -> _Float64:
    """Return `class_offsets` `[1, class]` of one device's answers `[1, sample, class]`."""
    bias = given.mean(axis=1, keepdims=True)
    apart = given - bias
    if softening is None:
        unit, z, warmth = np.ones((1, 1)), apart, 1.0
    else:
        warmth = check_positive("softening", softening)
        # What one unit at one scale is in the device's own answers.
        centred = apart - apart.mean(axis=2, keepdims=True)
        unit = np.sqrt(np.mean(centred**2, axis=(1, 2)))[:, np.newaxis] / targets.REFERENCE_SCALE
        z = targets.to_one_scale(apart)
    offsets = np.zeros((1, 1, given.shape[2]))
    for _ in range(MOST_ROUNDS):
        cooled = (z + offsets) / warmth
        shares = np.exp(cooled - np.logaddexp.reduce(cooled, axis=2, keepdims=True))
        # Where a class has underflowed everywhere, the least number there is lifts it step by step.
        mean = np.maximum(shares.mean(axis=1, keepdims=True), np.finfo(np.float64).tiny)
        if np.abs(mean - wanted).max() < CLOSE:
            break
        offsets = offsets + warmth * np.log(wanted / mean)
    found = offsets[:, 0] * unit - bias[:, 0]
    level: _Float64 = found - found.mean(axis=1, keepdims=True)
    return level


@dataclass(frozen=True, eq=False)
class Corrected:
    """A teacher whose log-probabilities have an offset a class; what it knows stays as it is.

    Attributes:
        teacher: whatever `as_teacher` accepts.
        offsets: `[device, class]`, as `class_offsets` finds them.

    Raises ProtocolError for what cannot teach, SettingError for offsets that are not finite
    numbers `[device, class]`.
    """

    teacher: Any
    offsets: npt.ArrayLike

    def __post_init__(self) -> None:
        object.__setattr__(self, "teacher", as_teacher(self.teacher))
        own = np.array(as_numbers(self.offsets), dtype=np.float64)
        if own.ndim != 2 or not np.isfinite(own).all():
            raise SettingError(
                f"offsets have shape {own.shape}, allowed are finite numbers [device, class]"
            )
        object.__setattr__(self, "offsets", own)

    def answer(self, inputs: Inputs) -> _Float64:
        """Return the corrected log-probabilities `[device, sample, class]`, not normalised.

        Raises AnswerError for answers that are none, PairingError where the offsets are of
        other devices or classes.
        """
        said = ask(self.teacher, inputs)
        offsets = np.asarray(self.offsets)
        if offsets.shape != (said.shape[0], said.shape[2]):
            raise PairingError(
                f"offsets [device, class] are {offsets.shape}, the teacher answers for "
                f"{(said.shape[0], said.shape[2])}"
            )
        corrected: _Float64 = said + offsets[:, np.newaxis]
        return corrected


def _check_prior(prior: str | Sequence[float], classes: int) -> _Float64:
    if isinstance(prior, str):
        if prior != "uniform":
            raise SettingError(
                f"prior is {prior!r}, allowed are 'uniform' or a share above 0 for every class"
            )
        return np.full(classes, 1 / classes)
    shares = as_numbers(prior)
    fits = shares.shape == (classes,)
    if not fits or not (np.all(shares > 0) and np.isclose(shares.sum(), 1)):
        raise SettingError(
            f"prior is {prior!r}, allowed are 'uniform' or a share above 0 for each of the "
            f"{classes} classes, sum 1"
        )
    return shares.astype(np.float64)
