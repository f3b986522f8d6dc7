"""Generation after generation: each is taught by the one before, and then teaches the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from distill.answers import ask
from distill.decay import Decay, fit_decay
from distill.errors import SettingError
from distill.examination import Exam, check_exam
from distill.fidelity import accuracy
from distill.mutual import Round, mutual
from distill.protocols import Student, as_student, as_teacher
from distill.questions import Questions
from distill.settings import as_generator, check_whole
from distill.transcript import Transcript
from distill.transfer import transfer

__all__ = ["Lineage", "lineage"]

_Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lineage:
    """What was handed down, and how much of it arrived."""

    transcripts: tuple[Transcript, ...]
    """Of each generation's schooling, the first heirs' first."""
    peer_rounds: tuple[tuple[Round, ...], ...]
    """Of each generation's heirs among themselves; empty where they did not meet."""
    accuracies: tuple[_Float64, ...]
    """In the exam, `[device]` of each generation, the founder's first; empty without an exam."""
    last: Student = field(repr=False)
    """The youngest generation, which could teach on."""

    def accuracy(self) -> _Float64:
        """Return the mean accuracy over the devices, `[generation]`, the founder's first.

        Raises SettingError where there was no exam.
        """
        if not self.accuracies:
            raise SettingError("this lineage was not examined; give exam")
        return np.array([scores.mean() for scores in self.accuracies])

    def decay(self) -> Decay:
        """Return how fast accuracy above chance is lost, and where that ends (`distill.decay`)."""
        return fit_decay(self.accuracy(), 1 / self.transcripts[0].classes)

    def half_life(self) -> float | None:
        """Return the generations that lose half of what can be lost; None if they do not tell."""
        return self.decay().half_life

    @property
    def fixed_point(self) -> float | None:
        """The accuracy that is never lost; None where the generations do not tell."""
        return self.decay().fixed_point


def lineage(
    founder: object,
    grow: Callable[[int], Student],
    inputs: npt.ArrayLike | Questions | Callable[[int], Any],
    *,
    generations: SupportsIndex,
    teaching: Mapping[str, Any] | Callable[[int], Mapping[str, Any]] | None = None,
    peers: Mapping[str, Any] | None = None,
    exam: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    between: Callable[[int, Any], object] | None = None,
    random: np.random.Generator | SupportsIndex | None = None,
) -> Lineage:
    """Hand knowledge down from `founder`, by answers, through some generations.

    Arguments:
        founder: generation 0; whatever `as_teacher` accepts, or a list of such with the pairing
            `all-to-each`.
        grow: makes the untaught students of a generation, from 1; they may be unlike.
        inputs: what may be asked, as in a transfer; or a function of the generation, for fresh
            inputs in each.
        generations: how many are taught.
        teaching: settings of `transfer`, the same for each generation or a function of it:
            `pairing="all-to-each"` lets a whole generation teach each student of the next.
        peers: settings of `mutual`, `rounds` at least: heirs then teach each other on the same
            inputs, before they teach the next generation.
        exam: inputs `[sample, feature]` and labels `[sample]`, to examine every generation on.
        between: what befalls a generation after its exam and before it teaches, such as years:
            called with its number, from 0, and its population.
        random: a generator, or the seed of one, for all that is drawn.

    Raises SettingError for a number that cannot be or a setting that is the lineage's own;
    otherwise as `transfer` and `mutual` do, every generation but the one at school untouched.
    """
    count = check_whole("generations", generations, least=1)
    if not callable(grow):
        raise SettingError("grow is called with a generation's number; give a function")
    generator = None if random is None else as_generator(random)
    elders = founder
    checked = check_exam(exam)
    scores = [_examine(founder, checked)] if checked is not None else []
    transcripts, meetings = [], []
    for generation in range(1, count + 1):
        if between is not None:
            between(generation - 1, elders)
        heirs = as_student(grow(generation))
        asked = inputs(generation) if callable(inputs) else inputs
        terms = teaching(generation) if callable(teaching) else teaching or {}
        _check_own("teaching", terms)
        transcripts.append(transfer(elders, heirs, asked, random=generator, **terms))
        if peers is not None:
            _check_own("peers", peers)
            meetings.append(tuple(mutual(heirs, asked, random=generator, **peers)))
        if checked is not None:
            scores.append(_examine(heirs, checked))
        elders = heirs
    return Lineage(tuple(transcripts), tuple(meetings), tuple(scores), heirs)


def _examine(generation: object, exam: Exam) -> _Float64:
    members = generation if isinstance(generation, list | tuple) else [generation]
    return np.concatenate(
        [accuracy(ask(as_teacher(one), exam.inputs), exam.labels) for one in members]
    )


def _check_own(name: str, terms: Mapping[str, Any]) -> None:
    if "random" in terms:
        raise SettingError(f"{name} has a random of its own; give it to the lineage, once for all")
