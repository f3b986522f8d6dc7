"""Several sessions in a row, refused as a whole."""

import numpy as np
import pytest

import distill


def test_a_curriculum_is_its_sessions_one_after_the_other(make_teacher, make_student, pool):
    stages = [
        {"inputs": distill.Uniform(4, -1, 1), "answers": "hard", "budget": 20},
        {"inputs": pool, "budget": 30, "rounds": 2},
        {"inputs": pool[:9], "teacher": make_teacher(seed=5)},
    ]
    together, apart = make_student(1, 4, 3), make_student(1, 4, 3)
    paid = distill.curriculum(make_teacher(), together, stages, random=3)
    random = np.random.default_rng(3)
    for stage, transcript in zip(stages, paid, strict=True):
        alone = distill.transfer(
            student=apart, random=random, **{"teacher": make_teacher(), **stage}
        )
        assert repr(alone) == repr(transcript)
    assert np.array_equal(together.weights, apart.weights)


@pytest.mark.parametrize(
    ("stage", "error", "message"),
    [
        ({}, distill.SettingError, "stage 1 has no inputs"),
        ({"budgte": 5}, distill.SettingError, "did you mean 'budget'"),
        ({"random": 5}, distill.SettingError, "a setting of stage 1 is 'random'"),
        ({"inputs": np.ones(3)}, distill.InputError, "stage 1: inputs have shape"),
        ({"inputs": np.ones((3, 4)), "answers": "sotf"}, distill.SettingError, "stage 1: answers"),
        ({"inputs": distill.Uniform(4)}, distill.SettingError, "stage 1: questions that are made"),
        (
            {"inputs": np.ones((3, 4)), "budget": 5, "repeats": False},
            distill.SettingError,
            "5 answers and the inputs are 3",
        ),
        (
            {"inputs": np.ones((3, 4)), "probe": np.ones((3, 5))},
            distill.InputError,
            "stage 1: probe",
        ),
        ({"inputs": np.ones((3, 4)), "teacher": 4}, distill.ProtocolError, "stage 1: int cannot"),
    ],
)
def test_a_stage_that_cannot_be_is_named_before_the_first_begins(
    stage, error, message, make_teacher, make_recorder, pool
):
    student = make_recorder()
    with pytest.raises(error, match=message):
        distill.curriculum(make_teacher(), student, [{"inputs": pool}, stage], random=0)
    assert student.lessons == []


def test_a_curriculum_needs_stages_and_what_they_draw_from(make_teacher, make_recorder, pool):
    with pytest.raises(distill.SettingError, match="stages are no mappings"):
        distill.curriculum(make_teacher(), make_recorder(), [])
    student = make_recorder()
    with pytest.raises(distill.SettingError, match="stage 1: a budget is drawn"):
        distill.curriculum(
            make_teacher(), student, [{"inputs": pool}, {"inputs": pool, "budget": 5}]
        )
    assert student.lessons == []
