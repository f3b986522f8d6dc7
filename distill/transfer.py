"""One session of teaching: ask, pass the channel, hand over, check."""

from typing import Any, NamedTuple, SupportsIndex

import numpy as np
import numpy.typing as npt

from distill import channel, fidelity, targets
from distill.answers import ask
from distill.errors import InputError, PairingError, SettingError
from distill.inputs import Choice, check_inputs, choose
from distill.protocols import Inputs, Student, Targets, Teacher, as_student, as_teacher
from distill.settings import as_generator, check_positive, check_whole, check_word
from distill.transcript import Transcript

__all__ = ["PAIRINGS", "PROBE_LIMIT", "transfer"]

PAIRINGS = ("one-to-one", "one-to-all")
"""Who teaches whom: teacher i student i, or one teacher every student."""

PROBE_LIMIT = 1000
"""Most held-back inputs in a probe that was not given: enough to know an agreement within
0.031 (95 %), and small enough for thousands of devices. A probe that is given is used whole."""

_Float64 = npt.NDArray[np.float64]


class _Examination(NamedTuple):
    """The probe `[sample, feature]` and the teachers' answers `[device, sample, class]` to it."""

    probe: Inputs
    key: _Float64
    was_asked: bool


def transfer(
    teacher: object,
    student: Student,
    inputs: npt.ArrayLike,
    *,
    answers: str = "soft",
    softening: float = 4.0,
    budget: SupportsIndex | None = None,
    bits: SupportsIndex = 8,
    bits_per_feature: SupportsIndex = 8,
    probe: npt.ArrayLike | None = None,
    random: np.random.Generator | SupportsIndex | None = None,
    pairing: str = "one-to-one",
) -> Transcript:
    """Teach `student` what `teacher` knows, by its answers alone (arXiv:1503.02531).

    The chosen inputs are asked once each, the answers pass the channel, and inputs with targets
    are handed to the student in one call of `learn`; how often it rehearses them is its own
    affair. True labels appear nowhere.

    Arguments:
        teacher: whatever `as_teacher` accepts, answering for `[device]` teachers.
        student: `learn` and `answer` for `[device]` students.
        inputs: the pool to ask from, `[sample, feature]`, shared by all devices.
        answers: `soft`, a number for every class, or `hard`, the most likely class.
        softening: T of `targets`, no unit, above 0; for soft answers at one scale.
        budget: how many answers, repeats counted, drawn from the pool by `random`. By default
            the whole pool is asked once, in its own order, and nothing is drawn.
        bits: width of one number of a soft answer in the channel, 1 to 16.
        bits_per_feature: declared width of one number of an input, for the count alone.
        probe: inputs `[sample, feature]` to compare teacher and student on, before and after.
            By default inputs of the pool that were not asked, PROBE_LIMIT at most; where none
            are left, those asked, and the transcript says so.
        random: a generator, or the seed of one; needed only with a budget.
        pairing: `one-to-one`, as many students as teachers, or `one-to-all`, one teacher.

    Raises SettingError, ProtocolError or InputError before anyone is asked, and AnswerError or
    PairingError before the student has learnt anything, each saying what was wrong. The
    student's answers after learning can still raise AnswerError.
    """
    check_word("answers", answers, channel.ANSWER_KINDS)
    check_word("pairing", pairing, PAIRINGS)
    softening = check_positive("softening", softening)
    channel.check_bits(bits)
    asking, learner = as_teacher(teacher), as_student(student)
    pool = check_inputs(inputs)
    input_bits = channel.bits_per_input(pool.shape[1], bits_per_feature)
    given_probe = None if probe is None else _check_probe(probe, pool)
    choice = _choice(len(pool), budget, random)

    said = ask(asking, pool[choice.asked])
    examination = _examine(asking, pool, choice, said, given_probe)
    before = ask(learner, examination.probe, "student")
    _check_pairing(said, before, pairing)

    learner.learn(pool[choice.asked], _paired(_targets(said, answers, softening, bits), before))
    after = ask(learner, examination.probe, "student")
    if after.shape != before.shape:
        raise PairingError(f"the student answered {before.shape} before and {after.shape} after")

    key = _paired(examination.key, before)
    width = channel.bits_per_answer(answers, said.shape[2], bits)
    return Transcript(
        asked=len(choice.asked),
        classes=said.shape[2],
        answers=answers,
        softening=softening,
        bits_per_answer=width,
        answer_bits=len(choice.asked) * width,
        input_bits=len(choice.asked) * input_bits,
        agreement_before=fidelity.agreement(key, before),
        agreement_after=fidelity.agreement(key, after),
        divergence_before=_divergence(key, before, softening),
        divergence_after=_divergence(key, after, softening),
        probe_count=len(examination.probe),
        probe_was_asked=examination.was_asked,
    )


def _check_probe(probe: npt.ArrayLike, pool: Inputs) -> Inputs:
    checked = check_inputs(probe, "probe")
    if checked.shape[1] != pool.shape[1]:
        raise InputError(f"probe has {checked.shape[1]} features, the inputs have {pool.shape[1]}")
    return checked


def _choice(
    pool_size: int,
    budget: SupportsIndex | None,
    random: np.random.Generator | SupportsIndex | None,
) -> Choice:
    if budget is None:
        whole = np.arange(pool_size)
        return Choice(whole, whole[:0])
    check_whole("budget", budget, least=1)
    if random is None:
        raise SettingError("a budget is drawn from the inputs; give random, a generator or a seed")
    return choose(pool_size, budget, as_generator(random))


def _targets(said: _Float64, answers: str, softening: float, bits: SupportsIndex) -> Targets:
    if answers == "hard":
        return targets.hard(said)
    return targets.soften(channel.quantise(targets.to_one_scale(said), bits), softening)


def _examine(
    teacher: Teacher, pool: Inputs, choice: Choice, said: _Float64, given_probe: Inputs | None
) -> _Examination:
    if given_probe is not None:
        return _Examination(given_probe, ask(teacher, given_probe), False)
    if len(choice.held_back):
        probe = pool[choice.held_back[:PROBE_LIMIT]]
        return _Examination(probe, ask(teacher, probe), False)
    # Repeats would count an input twice, and asking again would ask more than the budget.
    places, first = np.unique(choice.asked, return_index=True)
    return _Examination(pool[places], said[:, first], True)


def _check_pairing(said: _Float64, before: _Float64, pairing: str) -> None:
    teachers, students = len(said), len(before)
    if said.shape[2] != before.shape[2]:
        raise PairingError(
            f"the teacher answers {said.shape[2]} classes, the student {before.shape[2]}"
        )
    if pairing == "one-to-all" and teachers != 1:
        raise PairingError(f"pairing 'one-to-all' has one teacher, given are {teachers}")
    if pairing == "one-to-one" and teachers != students:
        hint = "; pairing='one-to-all' lets one teach them all" if teachers == 1 else ""
        raise PairingError(
            f"pairing 'one-to-one' needs equal counts, given are teachers {teachers}, "
            f"students {students}{hint}"
        )


def _paired(of_teachers: npt.NDArray[Any], of_students: _Float64) -> npt.NDArray[Any]:
    if len(of_teachers) == len(of_students):
        return of_teachers
    return np.repeat(of_teachers, len(of_students), axis=0)


def _divergence(key: _Float64, given: _Float64, softening: float) -> _Float64:
    # At one scale, as the student was taught: raw answers would show a difference of scale.
    return fidelity.divergence(
        targets.to_one_scale(key) / softening, targets.to_one_scale(given) / softening
    )
