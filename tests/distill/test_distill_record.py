"""What a transcript tells of an examination, and how sure it is."""

import json

import numpy as np
import pytest

import distill
from distill.calibration import BINS
from distill.intervals import t_quantile


@pytest.mark.parametrize(
    ("probability", "freedom", "wanted"),
    [
        # Abramowitz and Stegun 1964, table 26.10.
        (0.975, 1, 12.706),
        (0.975, 2, 4.303),
        (0.975, 3, 3.182),
        (0.95, 4, 2.132),
        (0.995, 10, 3.169),
        (0.975, 29, 2.045),
        (0.975, 120, 1.980),
        (0.5, 7, 0.0),
    ],
)
def test_student_s_t_is_that_of_the_tables(probability, freedom, wanted):
    assert abs(t_quantile(probability, freedom) - wanted) < 6e-4


def test_the_mean_lies_in_its_interval_as_often_as_declared():
    random = np.random.default_rng(0)
    samples = random.normal(0.8, 0.05, (600, 4))
    held = [low <= 0.8 <= high for low, high in map(distill.mean_interval, samples)]
    assert abs(np.mean(held) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 600), np.mean(held)


def test_one_value_has_no_spread():
    with pytest.raises(distill.SettingError, match="takes two or more"):
        distill.mean_interval([0.5])
    with pytest.raises(distill.SettingError, match="confidence is 1"):
        distill.mean_interval([0.5, 0.6], confidence=1)


def test_calibration_is_counted_by_hand():
    # Two answers sure to 0.9, one of them right; two sure to 0.6, both right.
    sure, half_sure = np.log([0.9, 0.1]), np.log([0.6, 0.4])
    answers = np.array([[sure, sure, half_sure, half_sure]])
    assert np.allclose(distill.calibration_error(answers, [0, 1, 0, 0]), [(0.8 + 0.8) / 4])
    # One device right, one wrong, each by the truth of its own.
    both = np.concatenate([answers, answers])
    apart = distill.calibration_error(both, np.array([[0, 0, 0, 0], [1, 1, 1, 1]]))
    assert np.allclose(apart, [(0.2 + 0.8) / 4, (1.8 + 1.2) / 4])


def test_one_who_means_what_it_says_is_calibrated():
    random = np.random.default_rng(1)
    answers = np.log(random.dirichlet(np.ones(4), (1, 40_000)))
    draws = random.random((40_000, 1))
    truth = (np.exp(answers[0]).cumsum(axis=-1) < draws).sum(axis=-1)
    # Chance alone leaves less than sqrt(BINS / n) / 2.
    assert distill.calibration_error(answers, truth)[0] < np.sqrt(BINS / 40_000) / 2
    assert distill.calibration_error(10 * answers, truth)[0] > 0.2, "a boaster"


def test_calibration_refuses_a_truth_of_another_shape():
    with pytest.raises(distill.AnswerError, match="truth has shape"):
        distill.calibration_error(np.log([[[0.5, 0.5]]]), [0, 1])


@pytest.fixture
def exam(make_teacher):
    inputs = np.random.default_rng(9).standard_normal((80, 4))
    return inputs, make_teacher(seed=1)(inputs)[0].argmax(-1)


def test_an_exam_marks_student_and_teacher_by_the_truth(make_teacher, make_student, pool, exam):
    teacher, student = make_teacher(2), make_student(2, 4, 3)
    untaught = distill.accuracy(student.answer(exam[0]), exam[1])
    paid = distill.transfer(teacher, student, pool, rounds=3, exam=exam)
    assert np.array_equal(paid.accuracy_teacher, distill.accuracy(teacher(exam[0]), exam[1]))
    assert np.array_equal(paid.accuracy_before, untaught)
    assert np.array_equal(paid.accuracy_after, distill.accuracy(student.answer(exam[0]), exam[1]))
    assert np.array_equal(paid.checkpoints[-1].accuracy, paid.accuracy_after)
    wanted = distill.calibration_error(student.answer(exam[0]), exam[1])
    assert np.array_equal(paid.exam_calibration_after, wanted)
    assert paid.exam_count == 80
    third = paid.summary().splitlines()[2]
    assert third.startswith("accuracy 0.")
    assert third.endswith("(80 labelled inputs)")


def test_an_exam_teaches_nothing_and_costs_nothing(make_teacher, make_recorder, pool, exam):
    records = []
    for given in (None, exam):
        student = make_recorder()
        paid = distill.transfer(make_teacher(), student, pool, budget=20, random=0, exam=given)
        records.append((student.lessons[0], paid.bits))
    assert np.array_equal(records[0][0][0], records[1][0][0])
    assert np.array_equal(records[0][0][1], records[1][0][1])
    assert records[0][1] == records[1][1] == 20 * (24 + 32)


def test_one_teacher_s_accuracy_stands_beside_each_student(make_teacher, make_recorder, pool, exam):
    paid = distill.transfer(make_teacher(), make_recorder(3), pool, exam=exam, pairing="one-to-all")
    assert paid.accuracy_teacher.shape == (3,)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"exam": np.ones((5, 4))}, distill.InputError, r"wanted is a pair \(inputs, labels\)"),
        ({"exam": (np.ones((5, 3)), np.ones(5, int))}, distill.InputError, "exam has 3 features"),
        ({"exam": (np.ones((5, 4)), np.ones(4, int))}, distill.InputError, "each of 5 inputs"),
        ({"exam": (np.ones((5, 4)), np.ones(5))}, distill.InputError, "whole numbers"),
        ({"exam": (np.ones((5, 4)), np.full(5, 3))}, distill.AnswerError, "labels run from 3 to 3"),
        (
            {"exam": (np.full((5, 4), np.nan), np.ones(5, int))},
            distill.InputError,
            "in exam inputs",
        ),
    ],
)
def test_an_exam_that_fits_nothing_teaches_nothing(
    change, error, message, make_teacher, make_recorder, pool
):
    student = make_recorder()
    with pytest.raises(error, match=message):
        distill.transfer(make_teacher(), student, pool, **change)
    assert student.lessons == []


def test_intervals_are_wilson_s_for_each_and_student_s_for_all(
    make_teacher, make_student, pool, exam
):
    paid = distill.transfer(
        make_teacher(3), make_student(3, 4, 3, epochs=1), pool, budget=20, random=0, exam=exam
    )
    for name, count in (("agreement_after", 40), ("accuracy_before", 80)):
        shares = getattr(paid, name)
        wanted = [distill.wilson_interval(round(share * count), count) for share in shares]
        assert list(paid.intervals(name)) == wanted
        assert paid.interval(name) == distill.mean_interval(shares)
    assert paid.interval("divergence_after") == distill.mean_interval(paid.divergence_after)


def test_one_device_s_share_has_its_own_interval(make_teacher, make_recorder, pool):
    paid = distill.transfer(make_teacher(), make_recorder(), pool)
    share = round(paid.agreement_after[0] * 60)
    assert paid.interval("agreement_after", 0.9) == distill.wilson_interval(share, 60, 0.9)
    for name, message in (
        ("divergence_after", "takes two or more"),
        ("accuracy_after", "no exam"),
        ("agreement", "did you mean 'agreement_"),
    ):
        with pytest.raises(distill.SettingError, match=message):
            paid.interval(name)


def test_a_transcript_can_be_written_down(make_teacher, make_recorder, pool, exam):
    paid = distill.transfer(
        make_teacher(2), make_recorder(2), pool, rounds=3, budget=np.int64(30), random=0, exam=exam
    )
    told = json.loads(json.dumps(paid.as_dict()))
    assert told["agreement_after"] == paid.agreement_after.tolist()
    assert [point["asked"] for point in told["checkpoints"]] == [10, 20, 30]
    assert (told["devices"], told["bits"], told["probe_from"]) == (2, paid.bits, "held back")


def test_a_summary_tells_how_it_was_asked(make_teacher, make_student, pool):
    paid = distill.transfer(
        make_teacher(2),
        make_student(2, 4, 3, epochs=1),
        pool,
        answers="hard",
        right=0.8,
        reads=2,
        budget=20,
        rounds=4,
        choosing="entropy",
        random=0,
    )
    assert paid.summary().startswith(
        "20 hard answers of 3 classes, 2 reads each, 80% of them left right, "
        "in 4 rounds chosen by entropy: 40 bits a device, inputs 640 bits\n"
    )
