"""Many elders, one voice: what they say together, each weighed by how far it is trusted.

    log p_sk = log sum_i w_i softmax(z_is / T)_k

with z the answers of elder i to sample s at one scale (`to_one_scale`), T the softening and w the
trust, sum 1: the mean of the elders' soft targets (Hinton, Vinyals, Dean 2015, arXiv:1503.02531,
section 1; the arithmetic mean of an ensemble's answers is what they distil).

The logarithm of an answer softened and brought to one scale again is that answer, so an ensemble
of one teaches exactly what its elder does, and softening the voice does not soften it twice. In a
lesson of several rounds that holds where elders keep the scale they had in the first: `Steady`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from distill import targets
from distill.answers import ask
from distill.errors import AnswerError, PairingError, SettingError
from distill.protocols import Inputs, as_teacher
from distill.settings import check_positive, check_whole
from distill.trust import check_trust, weights_of

__all__ = ["Ensemble", "Steady"]

_Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ensemble:
    """A teacher of one voice: the trusted mean of many elders.

    Attributes:
        teachers: a population of elders, or a list of anything `as_teacher` accepts; elders are
            counted in that order, and all answer the same classes.
        trust: `equal`; `reliability`, measured without labels on the very inputs asked (see
            `distill.trust`); or a weight of at least 0 for every elder, by age or by exam.
        softening: T, no unit, above 0: how soft the answers are when they are averaged.
        reads: how often each elder is asked the same; its own noise is averaged out, and with
            `reliability` an elder that contradicts itself is trusted less.

    Raises ProtocolError for what cannot teach, and SettingError for settings that cannot be.
    """

    teachers: Any
    trust: str | Sequence[float] = "equal"
    softening: float = 4.0
    reads: int = 1

    def __post_init__(self) -> None:
        several = isinstance(self.teachers, list | tuple)
        elders = tuple(as_teacher(one) for one in (self.teachers if several else [self.teachers]))
        if not elders:
            raise SettingError("teachers is empty, allowed is at least one elder")
        object.__setattr__(self, "teachers", elders)
        object.__setattr__(self, "trust", check_trust(self.trust))
        check_positive("softening", self.softening)
        check_whole("reads", self.reads, least=1)

    def answer(self, inputs: Inputs) -> _Float64:
        """Return the ensemble's log-probabilities `[1, sample, class]` to `[sample, feature]`.

        Raises AnswerError for answers that are none, PairingError where the elders do not answer
        the same classes or are not as many as the weights.
        """
        said = self._said(inputs)
        return self._voice(said, said)

    def _voice(self, said: _Float64, like: _Float64) -> _Float64:
        """Return what all say together, each read at the scale of that of `like`."""
        with np.errstate(divide="ignore"):
            # The logarithm of no trust is minus infinity, which adds nothing below.
            logarithms = np.log(weights_of(self.trust, said))
        reads = np.concatenate(
            [_log_softened(*pair, self.softening) for pair in zip(said, like, strict=True)]
        )
        heard = np.tile(logarithms, self.reads)[:, np.newaxis, np.newaxis] + reads
        together: _Float64 = np.logaddexp.reduce(heard, axis=0, keepdims=True)
        voice: _Float64 = together - np.log(self.reads)
        return voice

    def weights(self, inputs: Inputs) -> _Float64:
        """Return how much each elder weighs on these inputs, `[device]`, sum 1.

        Raises AnswerError and PairingError as `answer` does.
        """
        return weights_of(self.trust, self._said(inputs))

    def _said(self, inputs: Inputs) -> _Float64:
        """Ask all elders; return `[read, device, sample, class]`."""
        return np.stack([self._one_read(inputs) for _ in range(self.reads)])

    def _one_read(self, inputs: Inputs) -> _Float64:
        said = [ask(elder, inputs, "elder") for elder in self.teachers]
        classes = sorted({answers.shape[2] for answers in said})
        if len(classes) > 1:
            raise PairingError(
                f"the elders answer {' and '.join(map(str, classes))} classes; "
                "an ensemble has one set of classes"
            )
        return np.concatenate(said)


@dataclass(frozen=True)
class Steady(Ensemble):
    """An ensemble whose elders keep the scale of their first answers.

    A later round may ask so little that a scale of its own would make every doubt a certainty.
    """

    _first: list[_Float64] = field(default_factory=list, init=False, repr=False, compare=False)

    def answer(self, inputs: Inputs) -> _Float64:
        """Return the ensemble's log-probabilities `[1, sample, class]` to `[sample, feature]`.

        Raises AnswerError and PairingError as an Ensemble does, and AnswerError where elders or
        classes are not as many as at first.
        """
        said = self._said(inputs)
        if not self._first:
            self._first.append(said)
        first = self._first[0]
        if (said.shape[1], said.shape[3]) != (first.shape[1], first.shape[3]):
            raise AnswerError(
                f"{said.shape[1]} elders answered {said.shape[3]} classes in a later round, wanted "
                f"are {first.shape[1]} and {first.shape[3]}"
            )
        return self._voice(said, first)


def _log_softened(answers: _Float64, like: _Float64, softening: float) -> _Float64:
    # As logarithms from end to end: a small softening would round small probabilities to zero.
    cooled = targets.to_one_scale(answers, like) / softening
    logarithms: _Float64 = cooled - np.logaddexp.reduce(cooled, axis=-1, keepdims=True)
    return logarithms
