"""Several sessions in a row: easy questions first, or soft answers first, or another teacher."""

import operator
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, SupportsIndex

import numpy as np

from distill.errors import DistillError, SettingError
from distill.examination import check_exam, check_probe
from distill.material import check_budget
from distill.protocols import Student, as_student
from distill.questions import as_questions
from distill.settings import as_generator, check_word
from distill.terms import Terms
from distill.transcript import Transcript
from distill.transfer import as_answering, transfer

__all__ = ["curriculum"]

_TERMS = tuple(field.name for field in fields(Terms))
_STAGE = ("inputs", "teacher", "probe", "exam", *_TERMS)


def curriculum(
    teacher: object,
    student: Student,
    stages: Iterable[Mapping[str, Any]],
    *,
    random: np.random.Generator | SupportsIndex | None = None,
) -> list[Transcript]:
    """Teach `student` stage by stage; return the Transcript of each, in order.

    A stage is a mapping of arguments of `transfer`: `inputs`, always, and any other but `student`
    and `random`; a `teacher` of its own takes the place of the one given. One generator is drawn
    from throughout. Each stage hands over its own questions alone: what earlier stages taught is
    rehearsed only where a later one asks it again.

    Raises SettingError, InputError or ProtocolError, naming the stage, before anyone is asked;
    otherwise as `transfer` does, the student then keeping what earlier stages taught it.
    """
    planned = list(stages) if isinstance(stages, Iterable) else []
    if not planned or not all(isinstance(stage, Mapping) for stage in planned):
        raise SettingError("stages are no mappings of settings; allowed is at least one")
    as_student(student)
    draws = None if random is None else as_generator(random)
    for number, stage in enumerate(planned):
        _check(number, {"teacher": teacher, **stage}, draws)
    return [
        transfer(student=student, random=draws, **{"teacher": teacher, **stage})
        for stage in planned
    ]


def _check(number: int, stage: Mapping[str, Any], random: np.random.Generator | None) -> None:
    for name in stage:
        check_word(f"a setting of stage {number}", name, _STAGE)
    if "inputs" not in stage:
        raise SettingError(f"stage {number} has no inputs, nothing to ask")
    try:
        terms = Terms(**{name: value for name, value in stage.items() if name in _TERMS})
        terms.generator(random)
        source = as_questions(stage["inputs"])
        check_probe(stage.get("probe"), source.features)
        check_exam(stage.get("exam"), source.features)
        if terms.budget_bits is None:
            budget = None if terms.budget is None else operator.index(terms.budget)
            check_budget(source, budget, terms)
        as_answering(stage["teacher"], terms)
    except DistillError as error:
        raise type(error)(f"stage {number}: {error}") from error
