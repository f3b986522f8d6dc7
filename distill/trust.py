"""Whom to believe: how often each of several teachers is right, found without a single label.

The one-coin model of Dawid and Skene 1979 (doi:10.2307/2346806; so named and analysed by Zhang,
Chen, Zhou, Jordan 2016, JMLR 17(102)): teacher i names the true class with probability q_i, and
otherwise any other class alike. Truth and reliabilities are found in turn, from the mean vote on:

    truth_sk  ~  prod_i [q_i (C - 1) / (1 - q_i)]^(v_isk)          over the classes sum 1
    q_i       =  (1 + sum_sk truth_sk v_isk) / (2 + S)

with v_isk the vote of teacher i on sample s for class k (`votes`), C the number of classes, S of
samples, q `reliability`.

Differs from the source: v is the share of a teacher's repeated reads that name a class, so that
one who contradicts itself votes for nothing in particular; reads of one device share its faults
and count as one vote, not as many. The 1 and 2 keep a teacher that never errs finite.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from distill.answers import check_answers
from distill.errors import AnswerError, PairingError, SettingError
from distill.settings import as_numbers, check_word

__all__ = ["MOST_ROUNDS", "TRUSTS", "check_trust", "reliability", "trust_of", "weights_of"]

TRUSTS = ("equal", "reliability")
"""How many teachers are weighed, besides weights of the caller's own."""

MOST_ROUNDS = 200
"""Rounds of truth and reliabilities in turn; most cases settle within ten."""

SETTLED = 1e-6
"""Largest change of a reliability at which the search ends."""

_Float64 = npt.NDArray[np.float64]


def reliability(answers: npt.ArrayLike) -> _Float64:
    """Return how often each teacher is estimated to name the true class, `[device]`.

    `answers` are log-probabilities `[device, sample, class]` of all teachers to the same inputs,
    or `[read, device, sample, class]` of repeated reads. Of two teachers nobody can say which
    one errs when they differ, so two are equally reliable, and one alone is wholly reliable.
    The model is told nothing of errors teachers share: where most err alike they are believed.
    Raises AnswerError for answers that are none.
    """
    votes = _votes(answers)
    devices, samples, classes = votes.shape
    right = _share_met(votes, votes.mean(axis=0))
    if devices < 3:
        return right
    for _ in range(MOST_ROUNDS):
        evidence = np.einsum("isk,i->sk", votes, _log_odds(right, classes))
        truth = np.exp(evidence - evidence.max(axis=1, keepdims=True))
        truth /= truth.sum(axis=1, keepdims=True)
        found = (1 + samples * _share_met(votes, truth)) / (2 + samples)
        change, right = np.abs(found - right).max(), found
        if change < SETTLED:
            break
    return right


def trust_of(reliable: npt.ArrayLike, classes: int) -> _Float64:
    """Return the weights `[device]`, sum 1, that `reliability` `[device]` earns.

    w_i is in proportion to max(0, log [q_i (C - 1) / (1 - q_i)]), the weight of a vote in the
    one-coin model; who is at chance or below is not heard. Where nobody is above it, all weigh
    the same.
    """
    earned = np.maximum(_log_odds(np.asarray(reliable, dtype=np.float64), classes), 0)
    total = earned.sum()
    weights: _Float64 = earned / total if total > 0 else np.full(len(earned), 1 / len(earned))
    return weights


def check_trust(given: str | Sequence[float]) -> str | tuple[float, ...]:
    """Return a word of TRUSTS or a weight for every teacher.

    Raises SettingError for another word, and for weights that are not finite, of at least 0 and
    above it in sum.
    """
    if isinstance(given, str):
        return check_word("trust", given, TRUSTS)
    weights = as_numbers(given)
    fits = weights.ndim == 1 and weights.size
    if not fits or not np.isfinite(weights).all() or weights.min() < 0 or weights.sum() == 0:
        raise SettingError(
            f"trust is {given!r}, allowed are {', '.join(map(repr, TRUSTS))}, or a weight of at "
            "least 0 for every teacher, not all of them 0"
        )
    return tuple(float(weight) for weight in weights)


def weights_of(trust: str | Sequence[float], answers: _Float64) -> _Float64:
    """Return how much each teacher weighs, `[device]`, sum 1.

    `trust` is as `check_trust` returns it, `answers` are as `reliability` takes them. Raises
    PairingError where the weights given are not as many as the teachers.
    """
    teachers, _, classes = answers.shape[-3:]
    if trust == "reliability":
        return trust_of(reliability(answers), classes)
    if isinstance(trust, str):
        return np.full(teachers, 1 / teachers)
    if len(trust) != teachers:
        raise PairingError(f"trust has {len(trust)} weights for {teachers} teachers")
    given = np.asarray(trust, dtype=np.float64)
    shares: _Float64 = given / given.sum()
    return shares


def _votes(answers: npt.ArrayLike) -> _Float64:
    given = np.asarray(answers, dtype=np.float64)
    if given.ndim == 4 and len(given) == 0:
        raise AnswerError("answers of no read at all; wanted is [read, device, sample, class]")
    reads = [check_answers(read) for read in given] if given.ndim == 4 else [check_answers(given)]
    classes = np.arange(reads[0].shape[2])
    named = [read.argmax(axis=-1)[..., np.newaxis] == classes for read in reads]
    votes: _Float64 = np.mean(named, axis=0, dtype=np.float64)
    return votes


def _share_met(votes: _Float64, truth: _Float64) -> _Float64:
    met: _Float64 = np.einsum("isk,sk->i", votes, truth) / votes.shape[1]
    return met


def _log_odds(right: _Float64, classes: int) -> _Float64:
    # Certainty is kept finite: a mean vote can meet a teacher everywhere, or nowhere.
    kept = np.clip(right, 1e-9, 1 - 1e-9)
    odds: _Float64 = np.log(kept * (classes - 1) / (1 - kept))
    return odds
