"""Peers teach each other: no elder, each learns what the others say, and its own labels.

In a round every peer answers the same inputs, and peer i is taught, on sample s,

    target_is = (1 - a_is) sum_(j != i) w_j softmax(z_js / T) / sum_(j != i) w_j  +  a_is label_s

with z a peer's answers at one scale as they came through the channel, T the `softening`, w the
`trust`, and a_is the `own_share` where peer i owns the label of sample s (`owners`), else 0
(Zhang, Xiang, Hospedales, Lu 2018, arXiv:1706.00384, equation 9; Anil and others 2018,
arXiv:1804.03235, algorithm 1, whose peers, as these, see different data).

Differs from the sources: there everybody has every label, and learns from the peers beside it in
every step; here a label is known to who owns it, and peers speak once a round, which is what can
be counted in bits.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, SupportsIndex

import numpy as np
import numpy.typing as npt

from distill import channel, fidelity, targets
from distill.answers import ask
from distill.errors import PairingError, SettingError
from distill.examination import Exam, check_exam
from distill.inputs import check_inputs, choose
from distill.ownership import check_ownership
from distill.protocols import Inputs, Student, as_student
from distill.questions import Pool, Questions, as_questions
from distill.settings import as_generator, check_positive, check_share, check_whole, check_word
from distill.trust import check_trust, weights_of

__all__ = ["ANSWERS", "Round", "mutual"]

ANSWERS = ("soft", "hard")
"""What peers may answer: what can be averaged over them."""

_Float64 = npt.NDArray[np.float64]
_Float32 = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Round:
    """What the peers asked each other in one round, what it cost, what came of it."""

    number: int
    """From 1; 0 is the round before, in which each learns the labels it owns."""
    asked: int
    """Inputs in this round's lesson; round 0 rehearses the same until it is as long as others."""
    answer_bits: npt.NDArray[np.int64]
    """Bits each peer heard from all the others, `[device]`."""
    label_bits: npt.NDArray[np.int64]
    """Bits of the labels each peer owns, `[device]`; it has them once and rehearses them."""
    agreement: _Float64
    """Share of the lesson's inputs on which a peer named the same class as another, averaged over
    the others, before it learnt, `[device]`."""
    accuracy: _Float64 | None
    """Of each peer in the exam after the round, `[device]`; None without an exam."""


class _Lesson(NamedTuple):
    """Inputs `[sample, feature]`, true classes `[sample]`, who owns one `[device, sample]`."""

    inputs: Inputs
    labels: npt.NDArray[np.int64]
    owners: npt.NDArray[np.bool_]

    def take(self, places: npt.NDArray[np.intp]) -> "_Lesson":
        return _Lesson(self.inputs[places], self.labels[places], self.owners[:, places])


@dataclass(frozen=True)
class _School:
    """All that stays the same from round to round."""

    labels: npt.NDArray[np.int64]
    """How many each peer owns, `[device]`."""
    own_share: float
    trust: str | Sequence[float]
    answers: str
    softening: float
    bits: SupportsIndex


def mutual(
    peers: Student,
    inputs: npt.ArrayLike | Questions,
    *,
    rounds: SupportsIndex,
    per_round: SupportsIndex | None = None,
    answers: str = "soft",
    softening: float = 4.0,
    bits: SupportsIndex = 8,
    trust: str | Sequence[float] = "equal",
    labels: npt.ArrayLike | None = None,
    owners: npt.ArrayLike | None = None,
    own_share: float = 1.0,
    exam: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    random: np.random.Generator | SupportsIndex | None = None,
) -> list[Round]:
    """Let `peers` teach each other for some rounds; return what each round cost and brought.

    Each round's lesson holds all inputs whose label anybody owns, and `per_round` others. Where
    labels are owned, a round 0 comes first, of those inputs alone, as often as fits into the
    lesson of a later round, in which a peer is taught its own answer where it owns no label:
    peers that know nothing would else teach each other their noise, brought to full scale. What
    a peer owns is not told to the others but by its answers.

    Arguments:
        peers: `learn` and `answer` for `[device]` peers, two at least.
        inputs: the pool, `[sample, feature]`; or Questions, `per_round` of them made anew for
            each round, none of which anybody owns a label of.
        rounds: how often all are asked and taught.
        per_round: inputs drawn anew each round by `random` from those nobody owns, no more than
            there are. By default all of them, in every round, and nothing is drawn.
        answers: `soft` or `hard`, as in a transfer.
        softening: T, no unit, above 0; for soft answers at one scale.
        bits: width of one number of a soft answer, 1 to 16.
        trust: `equal`, `reliability` (`distill.trust`), or a weight for every peer.
        labels: the true class of each input, `[sample]`; read where it is owned only.
        owners: whether a peer owns a label, `[device, sample]` (see `spread_labels`).
        own_share: what an owned label weighs in its target, 0 to 1.
        exam: inputs `[sample, feature]` and labels `[sample]` to examine all peers on.
        random: a generator, or the seed of one; needed only with `per_round`.

    Raises SettingError, InputError, ProtocolError, PairingError or AnswerError before any peer
    has learnt, each saying what was wrong.
    """
    learner = as_student(peers)
    count = check_whole("rounds", rounds, least=1)
    source = as_questions(inputs)
    made = None if isinstance(source, Pool) else source
    pool = source.inputs if isinstance(source, Pool) else np.zeros((1, source.features))
    first = ask(learner, pool[:1], "peer")
    if len(first) < 2:
        raise PairingError("peers are 1, wanted are at least two to teach each other")
    if made is not None and (labels is not None or owners is not None):
        raise SettingError("labels are of inputs, and these are questions made anew; give a pool")
    truth, owned = check_ownership(labels, owners, (len(first), len(pool)), first.shape[2])
    school = _School(
        owned.sum(axis=1),
        check_share("own_share", own_share),
        check_trust(trust),
        check_word("answers", answers, ANSWERS),
        check_positive("softening", softening),
        channel.check_bits(bits),
    )
    weights_of(school.trust, first)
    checked = check_exam(exam, source.features)
    _examine(learner, checked)
    everything = _Lesson(pool, truth, owned)
    places = np.arange(len(pool))
    kept, free = places[owned.any(axis=0)], places[~owned.any(axis=0)]
    generator = _check_per_round(per_round, None if made is not None else len(free), random)

    done = []
    if kept.size:
        later = len(kept) + (len(free) if per_round is None else operator.index(per_round))
        rehearsed = everything.take(np.tile(kept, later // len(kept)))
        done.append(_round(learner, school, rehearsed, 0, checked))
    for number in range(1, count + 1):
        if made is not None and generator is not None:
            lesson = _unowned(made.draw(operator.index(per_round or 0), generator), len(first))
        else:
            drawn = free
            if per_round is not None and generator is not None:
                drawn = free[choose(len(free), per_round, generator).asked]
            lesson = everything.take(np.concatenate([kept, drawn]))
        done.append(_round(learner, school, lesson, number, checked))
    return done


def _round(
    peers: Student,
    school: _School,
    lesson: _Lesson,
    number: int,
    exam: Exam | None,
) -> Round:
    said = ask(peers, lesson.inputs, "peer")
    own = lesson.owners.sum(axis=1)
    heard = np.zeros(len(said), dtype=np.int64)
    if number == 0:
        others = np.exp(said - np.logaddexp.reduce(said, axis=-1, keepdims=True))
    else:
        others = _of_the_others(said, school)
        width = channel.bits_per_answer(school.answers, said.shape[2], school.bits)
        needed = len(lesson.inputs) - (own if school.own_share == 1 else 0)
        heard = heard + width * (len(said) - 1) * needed
    share = school.own_share * lesson.owners[..., np.newaxis]
    truth = lesson.labels[:, np.newaxis] == np.arange(said.shape[2])
    peers.learn(lesson.inputs, ((1 - share) * others + share * truth).astype(np.float32))
    return Round(
        number=number,
        asked=len(lesson.inputs),
        answer_bits=heard,
        label_bits=school.labels * channel.bits_per_answer("hard", said.shape[2]),
        agreement=_agreement(said),
        accuracy=_examine(peers, exam),
    )


def _unowned(questions: Inputs, peers: int) -> _Lesson:
    asked = check_inputs(questions)
    nobody = np.zeros((peers, len(asked)), dtype=np.bool_)
    return _Lesson(asked, np.zeros(len(asked), dtype=np.int64), nobody)


def _of_the_others(said: _Float64, school: _School) -> _Float64:
    """Return what all but peer i say together, `[device, sample, class]`."""
    if school.answers == "hard":
        spoken = targets.hard(said)
    else:
        through = channel.quantise(targets.to_one_scale(said), school.bits)
        spoken = targets.soften(through, school.softening)
    weights = np.tile(weights_of(school.trust, said), (len(said), 1))
    np.fill_diagonal(weights, 0)
    total = weights.sum(axis=1, keepdims=True)
    # Who trusts nobody but itself hears all the others alike.
    alike = (1 - np.eye(len(said))) / (len(said) - 1)
    weights = np.divide(weights, total, out=alike, where=total > 0)
    together: _Float64 = np.tensordot(weights, spoken, axes=1)
    return together


def _agreement(said: _Float64) -> _Float64:
    named = targets.hard(said)
    # Counted by class, not pair by pair: a population may have thousands of peers.
    with_all = np.einsum("isk,sk->i", named, named.sum(axis=0, dtype=np.float64)) / said.shape[1]
    shared: _Float64 = (with_all - 1) / (len(said) - 1)
    return shared


def _examine(peers: Student, exam: Exam | None) -> _Float64 | None:
    if exam is None:
        return None
    return fidelity.accuracy(ask(peers, exam.inputs, "peer"), exam.labels)


def _check_per_round(
    per_round: SupportsIndex | None,
    free: int | None,
    random: np.random.Generator | SupportsIndex | None,
) -> np.random.Generator | None:
    """`free` is how many inputs nobody owns, None where questions are made without end."""
    if per_round is None:
        if free is None:
            raise SettingError("questions are made without end; give per_round")
        return None
    wanted = check_whole("per_round", per_round, least=1)
    if free is not None and wanted > free:
        raise SettingError(f"per_round is {wanted}, but only {free} inputs are owned by nobody")
    if random is None:
        raise SettingError("per_round is drawn; give random, a generator or a seed")
    return as_generator(random)
