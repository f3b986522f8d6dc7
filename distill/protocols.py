"""Who may take part in a transfer: a teacher that answers, a student that learns."""

from typing import Any, Protocol, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from distill.errors import ProtocolError
from distill.guest_students import EstimatorStudent, ModuleStudent
from distill.guests import (
    EstimatorTeacher,
    FunctionTeacher,
    ModuleTeacher,
    is_estimator,
    is_module,
)

__all__ = ["Answers", "Inputs", "Student", "Targets", "Teacher", "as_student", "as_teacher"]

Inputs: TypeAlias = npt.NDArray[Any]
"""`[sample, feature]`, shared by all devices; whatever numbers the pool was given in."""

Answers: TypeAlias = npt.NDArray[np.floating[Any]]
"""`[device, sample, class]`, log-probabilities (natural logarithm), up to scale and shift."""

Targets: TypeAlias = npt.NDArray[np.float32]
"""`[device, sample, class]`, probabilities that sum to one over the classes."""


class Teacher(Protocol):
    """Anything that answers; a population of `device` teachers answers all at once.

    Nothing but `answer` is ever touched: knowledge leaves a teacher as answers only. Only where
    a transfer says so it is read a layer deep (`distill.features`) or dreams (`distill.dreams`).
    """

    def answer(self, inputs: Inputs) -> Answers:
        """Return log-probabilities `[device, sample, class]` for `inputs` `[sample, feature]`.

        They need not be normalised or share a scale between devices, but must be finite.
        A single teacher may leave out the device axis.
        """
        ...


class Student(Teacher, Protocol):
    """A teacher to be: it learns from targets and can then be asked itself.

    The student owns its schedule. Epochs, learning rate, shuffling and rehearsal are settings
    of the student; a transfer hands the material over once and knows none of them.
    """

    def learn(self, inputs: Inputs, targets: Targets) -> object:
        """Learn `targets` `[device, sample, class]`, float32 probabilities, for `inputs`.

        `inputs` is `[sample, feature]`; what is returned is ignored.
        """
        ...


def as_teacher(thing: object) -> Teacher:
    """Return `thing` as a Teacher.

    Accepted are
      - a Teacher, returned untouched;
      - a scikit-learn classifier with `predict_log_proba` or `predict_proba`; its classes are the
        columns of `classes_`, and probabilities are floored at 1e-7 so that no answer is -inf;
      - a torch module from inputs to logits, asked in evaluation mode without gradients;
      - a function from inputs to log-probabilities `[sample, class]` or `[device, sample, class]`.
    A single teacher becomes a population of one.

    Raises ProtocolError for anything else, such as a classifier that gives no probabilities.
    """
    _refuse_class(thing, "teacher")
    if _can(thing, "answer"):
        return cast(Teacher, thing)
    if _can(thing, "predict_log_proba") or _can(thing, "predict_proba"):
        return EstimatorTeacher(thing)
    name = type(thing).__name__
    if is_estimator(thing):
        raise ProtocolError(
            f"{name} cannot teach: it has neither predict_log_proba nor predict_proba "
            "(calibrate it, or choose an estimator that gives probabilities)"
        )
    if is_module(thing):
        return ModuleTeacher(thing)
    if callable(thing):
        return FunctionTeacher(thing)
    raise ProtocolError(
        f"{name} cannot teach: a teacher has answer(inputs), or is a function, "
        "a scikit-learn classifier or a torch module"
    )


def as_student(thing: object) -> Student:
    """Return `thing` as a Student.

    Accepted are
      - a Student, returned untouched;
      - a torch module from inputs to logits, as a `ModuleStudent` of its default schedule;
      - a fitted scikit-learn classifier with probabilities, as an `EstimatorStudent` of its
        classes. One that was never fitted knows no classes: wrap it, saying how many.

    Raises ProtocolError, naming what is missing, otherwise.
    """
    _refuse_class(thing, "student")
    missing = [f"{verb}()" for verb in ("learn", "answer") if not _can(thing, verb)]
    if not missing:
        return cast(Student, thing)
    name = type(thing).__name__
    if is_estimator(thing):
        if not hasattr(thing, "classes_"):
            raise ProtocolError(
                f"{name} was never fitted and does not know how many classes there are; "
                "say it: EstimatorStudent(estimator, classes=10)"
            )
        return EstimatorStudent(thing, len(thing.classes_))
    if is_module(thing):
        return ModuleStudent(thing)
    raise ProtocolError(
        f"{name} cannot be a student: it lacks {' and '.join(missing)}; "
        "a student has learn(inputs, targets) and answer(inputs), "
        "or is a torch module or a scikit-learn classifier"
    )


def _refuse_class(thing: object, role: str) -> None:
    # Asked of type(thing): isinstance would look at an attribute of the teacher.
    if issubclass(type(thing), type):
        raise ProtocolError(f"{thing} was given as a {role}; give an instance of it")


def _can(thing: object, verb: str) -> bool:
    return callable(getattr(thing, verb, None))
