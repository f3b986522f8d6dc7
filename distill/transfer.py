"""One session of teaching: choose, ask, pass the channel, hand over, check; in rounds if wanted."""

import operator
from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from distill import channel
from distill.answers import ask
from distill.choosing import check_committee
from distill.corruption import Corruption
from distill.ensemble import Ensemble, Steady
from distill.errors import AnswerError, SettingError
from distill.examination import Exam, Examination, check_exam, check_probe
from distill.features import FeatureTeacher
from distill.fidelity import accuracy
from distill.inputs import is_among
from distill.material import PROBE_LIMIT, gather
from distill.pairing import PAIRINGS, of_each_student
from distill.protocols import Inputs, Student, Teacher, as_student, as_teacher
from distill.questions import Questions, as_questions
from distill.rounds import Opening, Room, Taught, teach
from distill.terms import Terms
from distill.transcript import Transcript

__all__ = ["PAIRINGS", "PROBE_LIMIT", "as_answering", "transfer"]

_Float64 = npt.NDArray[np.float64]


def transfer(
    teacher: object,
    student: Student,
    inputs: npt.ArrayLike | Questions,
    *,
    answers: str = "soft",
    softening: float = 4.0,
    keep: SupportsIndex | None = None,
    layer: SupportsIndex | None = None,
    reads: SupportsIndex = 1,
    right: float = 1.0,
    budget: SupportsIndex | None = None,
    budget_bits: SupportsIndex | None = None,
    repeats: bool = True,
    bits: SupportsIndex = 8,
    bits_per_feature: SupportsIndex = 8,
    choosing: str = "random",
    rounds: SupportsIndex = 1,
    until: float | None = None,
    probe: npt.ArrayLike | None = None,
    exam: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    random: np.random.Generator | SupportsIndex | None = None,
    pairing: str = "one-to-one",
    trust: str | Sequence[float] | None = None,
) -> Transcript:
    """Teach `student` what `teacher` knows, by its answers alone (arXiv:1503.02531).

    The chosen inputs are asked once each, the answers pass the channel, and inputs with targets
    are handed to the student in one call of `learn` a round, all that was asked so far; how often
    it rehearses them is its own affair. No true label reaches it.

    Arguments:
        teacher: whatever `as_teacher` accepts, answering for `[device]` teachers.
        student: `learn` and `answer` for `[device]` students.
        inputs: what to ask, shared by all devices: a pool `[sample, feature]`, or Questions,
            which are made as they are needed (`distill.questions`).
        answers: `soft`, a number for every class; `hard`, the most likely class; `top-k`, the
            numbers of the best classes; `ranking`, their order without numbers; `features`, a
            number for every unit of a layer, one of the student's classes for each.
        softening: T of `targets`, no unit, above 0; for all answers but hard ones, at one scale.
        keep: k, classes told by `top-k`, or by `ranking`, all of them by default.
        layer: which layer's `features`, as the teacher counts them.
        reads: how often a teacher is read for one answer, which is their mean; paid once.
        right: probability that a hard answer is handed on as given; otherwise another class is,
            once and for all for that teacher and input (`distill.corruption`).
        budget: how many answers, repeats counted, drawn from the pool by `random`. By default
            the whole pool is asked once, in its own order, and nothing is drawn.
        budget_bits: instead, how many bits of answers; as many answers as they pay for.
        repeats: False refuses a budget larger than the pool, instead of asking inputs again.
        bits: width of one number of an answer in the channel, 1 to 16.
        bits_per_feature: declared width of one number of an input, for the count alone.
        choosing: `random`, or what the student is most in doubt of by its own answers
            (`distill.choosing`); the first of several rounds is random.
        rounds: equal parts in which the answers are given, with learning between them.
        until: agreement on the probe, mean over the devices, at which no further round follows.
        probe: inputs `[sample, feature]` to compare teacher and student on, before and after.
            By default inputs of the pool that were not asked, or more of the questions that are
            made, PROBE_LIMIT at most; where none are left, those asked in the first round, and
            the transcript says so. It is compared with what the teacher says, before anything
            is quantised, cut or corrupted.
        exam: inputs `[sample, feature]` and true labels `[sample]`, to examine teacher and
            student by, before and after; they are used for nothing else.
        random: a generator, or the seed of one; needed with a budget and with `right` below 1.
        pairing: `one-to-one`, as many students as teachers; `one-to-all`, one teacher; or
            `all-to-each`, an `Ensemble` of all teachers (or a list of them) to every student. It
            speaks on the teachers' side, so one answer passes the channel for all of theirs.
        trust: with `all-to-each`, how the teachers are weighed: `equal`, the default,
            `reliability`, or a weight for each (`distill.ensemble`).

    Raises SettingError, ProtocolError or InputError before anyone is asked, and AnswerError,
    PairingError or SettingError (a `keep` above the classes) before the student has learnt
    anything, each saying what was wrong. Answers that break later, the student's after learning or
    the teacher's in a later round, still raise AnswerError.
    """
    terms = Terms(
        answers=answers,
        softening=softening,
        keep=keep,
        layer=layer,
        reads=reads,
        right=right,
        budget=budget,
        budget_bits=budget_bits,
        repeats=repeats,
        bits=bits,
        bits_per_feature=bits_per_feature,
        choosing=choosing,
        rounds=rounds,
        until=until,
        pairing=pairing,
        trust=trust,
    )
    room, examined = _prepare(teacher, student, inputs, terms, probe, exam, random)
    opening = _open(room, examined)
    taught = teach(room, opening)
    return _transcript(room, opening, taught)


def _prepare(
    teacher: object,
    student: object,
    inputs: object,
    terms: Terms,
    probe: npt.ArrayLike | None,
    exam: object,
    random: np.random.Generator | SupportsIndex | None,
) -> tuple[Room, Exam | None]:
    """Check everything, and draw all that may be asked; no teacher is asked here."""
    asking, learner = as_answering(teacher, terms), as_student(student)
    source = as_questions(inputs)
    given_probe = check_probe(probe, source.features)
    given_exam = check_exam(exam, source.features)
    if given_exam is not None and terms.answers == "features":
        raise SettingError("answers 'features' name units, not classes; an exam has no use there")
    draws = terms.generator(random)
    material = gather(source, _count(learner, source, terms), terms, given_probe, draws)
    parts = np.array_split(material.order, operator.index(terms.rounds))
    corruption = None if draws is None or terms.right == 1 else Corruption(terms.right, draws)
    return Room(asking, learner, terms, material, parts, corruption), given_exam


def as_answering(teacher: object, terms: Terms) -> Teacher:
    """Return `teacher` as one that answers in the kind, and with the voice, the terms ask for.

    Raises ProtocolError for what cannot teach, or shows no layers where one is asked for.
    """
    if terms.pairing == "all-to-each":
        elders = list(teacher) if isinstance(teacher, list | tuple) else [teacher]
        voices = [_by_layer(elder, terms) for elder in elders]
        together = Steady if int(terms.rounds) > 1 else Ensemble
        return together(voices, terms.trust or "equal", terms.softening)
    return _by_layer(teacher, terms)


def _by_layer(teacher: object, terms: Terms) -> Teacher:
    if terms.layer is not None:
        return FeatureTeacher(teacher, operator.index(terms.layer))
    return as_teacher(teacher)


def _count(student: Student, source: Questions, terms: Terms) -> int | None:
    """Return how many answers are to be given; None for the whole pool, once."""
    if terms.budget_bits is None:
        return None if terms.budget is None else operator.index(terms.budget)
    # The student answers the classes its teacher does, and may be asked for nothing.
    classes = ask(student, np.zeros((1, source.features)), "student").shape[2]
    return terms.affordable(classes)


def _open(room: Room, exam: Exam | None) -> Opening:
    """Ask the first questions and the examination's, and see how the student stands."""
    first, reads = room.material.pool[room.parts[0]], operator.index(room.terms.reads)
    said = ask(room.teacher, first, reads=reads)
    room.terms.width(said.shape[2])  # refuses to keep more classes than there are
    probe, key = _probe_and_key(room, first, said, reads)
    teacher_accuracy = None
    if exam is not None:
        teacher_accuracy = accuracy(ask(room.teacher, exam.inputs, reads=reads), exam.labels)
    examination = Examination(probe, key, room.terms.softening, room.terms.pairing, exam)
    before = examination.of(room.student)
    check_committee(room.terms.choosing, len(before.agreement))
    return Opening(said, examination, before, teacher_accuracy)


def _probe_and_key(
    room: Room, first: Inputs, said: _Float64, reads: int
) -> tuple[Inputs, _Float64]:
    probe = room.material.probe
    if probe is not None:
        key = ask(room.teacher, probe, reads=reads)
        if (len(key), key.shape[2]) != (len(said), said.shape[2]):
            raise AnswerError(f"the teacher answered {said.shape} and then {key.shape}")
        return probe, key
    # Repeats would count an input twice, and asking again would ask more than the budget.
    places, at = np.unique(room.parts[0], return_index=True)
    return room.material.pool[places], said[:, at]


def _transcript(room: Room, opening: Opening, taught: Taught) -> Transcript:
    terms, before, after = room.terms, opening.before, taught.after
    asked, features = taught.asked.shape
    classes = opening.said.shape[2]
    width = terms.width(classes)
    exam, probe = opening.examination.exam, opening.examination.probe
    teacher_accuracy = opening.teacher_accuracy
    return Transcript(
        asked=asked,
        classes=classes,
        answers=terms.answers,
        softening=terms.softening,
        bits_per_answer=width,
        answer_bits=asked * width,
        input_bits=asked * channel.bits_per_input(features, terms.bits_per_feature),
        agreement_before=before.agreement,
        agreement_after=after.agreement,
        divergence_before=before.divergence,
        divergence_after=after.divergence,
        probe_count=len(probe),
        probe_was_asked=room.material.probe_from == "asked",
        probe_from=room.material.probe_from,
        probe_overlap=int(is_among(probe, taught.asked).sum()),
        keep=terms.kept(classes),
        right=terms.right,
        reads=operator.index(terms.reads),
        choosing=terms.choosing,
        checkpoints=taught.checkpoints,
        is_stopped_early=taught.is_stopped_early,
        calibration_before=before.calibration,
        calibration_after=after.calibration,
        exam_count=0 if exam is None else len(exam.inputs),
        accuracy_teacher=(
            None
            if teacher_accuracy is None
            else of_each_student(teacher_accuracy, len(after.agreement))
        ),
        accuracy_before=before.accuracy,
        accuracy_after=after.accuracy,
        exam_calibration_before=before.exam_calibration,
        exam_calibration_after=after.exam_calibration,
    )
