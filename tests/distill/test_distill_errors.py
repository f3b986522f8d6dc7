import builtins

import numpy as np
import pytest

import distill
from distill import errors

POOL = np.zeros((2, 4))


@pytest.mark.parametrize("name", [n for n in errors.__all__ if n != "DistillError"])
def test_every_error_is_a_distill_error_and_a_builtin(name):
    kind = getattr(errors, name)
    assert issubclass(kind, distill.DistillError)
    assert any(
        base.__module__ == builtins.__name__ and base not in (Exception, BaseException, object)
        for base in kind.__mro__
    )


RAGGED = [[1.0], [1.0, 2.0]]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (
            lambda _: distill.as_teacher(lambda _: RAGGED).answer(POOL),
            "AnswerError",
            "not an array",
        ),
        (
            lambda s: distill.transfer(lambda x: 1j - np.ones((2, 3)), s, POOL),
            "AnswerError",
            "complex",
        ),
        (lambda s: distill.mutual(s, POOL, rounds=1, exam=POOL), "InputError", "wanted is a pair"),
        (
            lambda s: distill.lineage(s, lambda _: s, POOL, generations=1, exam=POOL),
            "InputError",
            "a pair",
        ),
        (lambda _: distill.Ensemble(lambda x: x, trust=RAGGED), "SettingError", "trust is"),
        (lambda _: distill.class_offsets(-np.ones((1, 4, 3)), RAGGED), "SettingError", "prior is"),
        (lambda _: distill.Corrected(lambda x: x, "none"), "SettingError", "offsets have shape"),
        (lambda _: distill.fit_decay("abc"), "SettingError", "accuracies have shape"),
        (lambda s: distill.curriculum(s, s, 3), "SettingError", "no mappings"),
        (lambda _: distill.Blend(3), "SettingError", "no pairs"),
    ],
)
def test_what_is_none_of_what_is_wanted_is_refused_by_name(wrong, error, message, make_recorder):
    student = make_recorder(2)
    with pytest.raises(getattr(distill, error), match=message):
        wrong(student)
    assert student.lessons == []


def test_the_door_opens_on_every_name_it_lists():
    assert sorted(distill.__all__) == sorted(set(distill.__all__))
    for name in distill.__all__:
        assert getattr(distill, name).__module__.startswith("distill.")
