"""Classes never shown are answered, from unlabelled inputs alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import distill
from distill.correction import CLOSE
from distill.targets import REFERENCE_SCALE, soft


@settings(deadline=None, max_examples=40)
@given(
    arrays.arrays(np.float64, (2, 12, 4), elements=st.floats(-9, -0.1)),
    st.lists(st.floats(0.1, 1), min_size=4, max_size=4),
)
def test_the_mean_answer_meets_the_prior(answers, shares):
    prior = np.array(shares) / np.sum(shares)
    offsets = distill.class_offsets(answers, prior, softening=None)
    shifted = answers + offsets[:, np.newaxis]
    given_ = np.exp(shifted - np.logaddexp.reduce(shifted, axis=-1, keepdims=True))
    error = np.abs(given_.mean(axis=1) - prior).max()
    assert error < 2 * CLOSE, error
    assert np.allclose(offsets.mean(axis=1), 0)


def test_at_one_scale_the_mean_softened_answer_meets_the_prior():
    answers = np.random.default_rng(0).standard_normal((3, 200, 5)) - [0, 0, 4, 0, 0]
    for softening in (1.0, 4.0):
        corrected = answers + distill.class_offsets(answers, softening=softening)[:, np.newaxis]
        # The scale is taken without the class means, so it is measured here on answers without.
        apart = answers - answers.mean(axis=1, keepdims=True)
        spread = apart - apart.mean(axis=2, keepdims=True)
        unit = np.sqrt(np.mean(spread**2, axis=(1, 2), keepdims=True)) / REFERENCE_SCALE
        shares = np.exp(corrected / unit / softening)
        shares /= shares.sum(axis=-1, keepdims=True)
        assert np.abs(shares.mean(axis=1) - 0.2).max() < 2 * CLOSE


def test_what_offsets_the_answers_had_does_not_matter():
    answers = np.random.default_rng(0).standard_normal((2, 200, 4))
    biased = answers + np.array([0.0, -30.0, 2.0, 0.0])
    corrected = [given + distill.class_offsets(given)[:, np.newaxis] for given in (answers, biased)]
    difference = np.diff(corrected, axis=0)[0]
    assert np.allclose(difference, difference.mean(axis=-1, keepdims=True))


def test_a_device_s_own_scale_scales_its_offsets():
    answers = np.random.default_rng(1).standard_normal((1, 300, 4)) - [0, 3, 0, 0]
    plain, loud = (distill.class_offsets(factor * answers) for factor in (1, 50))
    assert np.allclose(50 * plain, loud)
    before, after = (
        distill.Corrected(lambda x, f=factor: f * answers, offsets).answer(answers[0])
        for factor, offsets in ((1, plain), (50, loud))
    )
    assert np.array_equal(before.argmax(axis=-1), after.argmax(axis=-1))


def test_exact_posteriors_of_other_priors_need_the_ratio_of_the_priors():
    # Two Gaussians at -1 and 1 of unit variance: log odds 2x + log of the prior odds.
    random = np.random.default_rng(2)
    x = random.standard_normal(40_000) + np.repeat([-1, 1], 20_000)
    old = np.log([0.9, 0.1])
    answers = np.stack([-x + old[0], x + old[1]], axis=-1)
    low, high = distill.class_offsets(answers, softening=None)[0]
    # The mean posterior of 40,000 inputs is known to some .002, its log odds to four times it.
    assert abs((high - low) - np.log(9)) < 0.03, (high - low, np.log(9))


def test_answers_that_meet_the_prior_are_left_as_they_are():
    even = np.log(np.stack([np.roll([0.7, 0.2, 0.1], k) for k in range(3)]))
    assert np.allclose(distill.class_offsets(even, softening=None), 0)
    flat = np.full((1, 5, 3), -1.1)
    assert np.array_equal(distill.class_offsets(flat), np.zeros((1, 3)))


def test_a_device_is_corrected_alike_in_any_company():
    # The second needs many rounds more, in which the first, in its company, would be moved on.
    answers = np.random.default_rng(3).standard_normal((3, 100, 4))
    answers[1] *= np.exp(2 * answers[0])
    for softening in (None, 0.5, 4.0):
        together = distill.class_offsets(answers, softening=softening)
        alone = [distill.class_offsets(own[np.newaxis], softening=softening)[0] for own in answers]
        assert np.array_equal(together, alone)


def taught_without(missing, make_student, seed):
    """Teach on digits of all classes but some; return what is needed to correct and to judge."""
    datasets = pytest.importorskip("sklearn.datasets")
    linear_model = pytest.importorskip("sklearn.linear_model")
    inputs, labels = datasets.load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(inputs))
    inputs, labels = inputs[order] / 16, labels[order]
    elder = linear_model.LogisticRegression(tol=1e-2).fit(inputs[:500], labels[:500])
    shown = np.flatnonzero(~np.isin(labels[:1000], missing))
    heir = make_student(1, 64, 10, seed=seed)
    distill.transfer(elder, heir, inputs[shown[shown >= 500]], answers="hard")
    return heir, inputs[1000:1300], inputs[1300:], labels[1300:]


def test_threes_come_back_to_a_student_that_never_saw_one(make_student):
    found = []
    for seed in range(3):
        heir, held_back, exam, truth = taught_without([3], make_student, seed)
        offsets = distill.class_offsets(heir.answer(held_back))
        threes = truth == 3
        for answers in (heir.answer(exam), distill.Corrected(heir, offsets).answer(exam)):
            found.append(distill.accuracy(answers[:, threes], truth[threes])[0])
            found.append(distill.accuracy(answers, truth)[0])
    recall, all_classes, corrected, all_corrected = np.reshape(found, (3, 4)).T
    assert (corrected > recall + 0.1).all(), (recall, corrected)
    assert corrected.mean() > recall.mean() + 0.25, (recall, corrected)
    assert (all_corrected > all_classes).all(), "not at the price of the others"


def test_a_student_shown_two_classes_only_names_the_others_too(make_student):
    missing = [k for k in range(10) if k not in (7, 8)]
    heir, held_back, exam, truth = taught_without(missing, make_student, 0)
    offsets = distill.class_offsets(heir.answer(held_back))
    assert set(np.argsort(offsets[0])[:2]) == {7, 8}
    after = distill.Corrected(heir, offsets).answer(exam)
    before = distill.accuracy(heir.answer(exam), truth)[0]
    assert distill.accuracy(after, truth)[0] > before + 0.1


def test_a_corrected_teacher_teaches(make_teacher, make_recorder, pool):
    offsets = np.array([[0.0, 5.0, 0.0], [5.0, 0.0, 0.0]])
    student = make_recorder(2)
    distill.transfer(distill.Corrected(make_teacher(devices=2), offsets), student, pool, bits=16)
    wanted = soft(make_teacher(devices=2)(pool) + offsets[:, np.newaxis], 4.0)
    assert np.allclose(student.lessons[0][1], wanted, atol=1e-3)


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"prior": "even"}, "prior is 'even', allowed are 'uniform'"),
        ({"prior": [0.5, 0.5]}, "each of the 3 classes"),
        ({"prior": [0.5, 0.5, 0.0]}, "a share above 0"),
        ({"prior": [0.5, 0.5, 0.5]}, "sum 1"),
        ({"softening": 0}, "softening is 0"),
    ],
)
def test_priors_and_softenings_that_cannot_be_are_refused(settings_, message, make_teacher, pool):
    with pytest.raises(distill.SettingError, match=message):
        distill.class_offsets(make_teacher()(pool), **settings_)


def test_offsets_that_do_not_fit_are_refused(make_teacher, pool):
    with pytest.raises(distill.PairingError, match=r"offsets .* are \(2, 3\)"):
        distill.Corrected(make_teacher(), np.zeros((2, 3))).answer(pool)
    with pytest.raises(distill.SettingError, match="offsets have shape"):
        distill.Corrected(make_teacher(), np.zeros(3))
    with pytest.raises(distill.SettingError, match="finite numbers"):
        distill.Corrected(make_teacher(), [[0, np.inf, 0]])
