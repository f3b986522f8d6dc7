import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import distill

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None)

pairs = arrays.arrays(np.float64, (2, 2, 5, 4), elements=st.floats(-20, -0.01))


def test_agreement_is_counted_device_by_device():
    first = np.log([[[0.7, 0.3], [0.2, 0.8]], [[0.6, 0.4], [0.9, 0.1]]])
    second = np.log([[[0.6, 0.4], [0.1, 0.9]], [[0.1, 0.9], [0.8, 0.2]]])
    assert distill.agreement(first, second).tolist() == [1.0, 0.5]


def test_accuracy_is_counted_device_by_device():
    answers = np.log([[[0.7, 0.3], [0.2, 0.8]], [[0.6, 0.4], [0.9, 0.1]]])
    assert distill.accuracy(answers, [0, 1]).tolist() == [1.0, 0.5]
    assert distill.accuracy(answers, [1, 1]).tolist() == [0.5, 0.0]


def test_divergence_of_a_certain_answer_from_an_even_one_is_counted_by_hand():
    # p = (1/2, 1/2), q = (1/4, 3/4): half a bit times log2 of 2 * 2/3.
    p, q = np.log([[[0.5, 0.5]]]), np.log([[[0.25, 0.75]]])
    assert math.isclose(distill.divergence(p, q)[0], 0.5 * math.log2(2) + 0.5 * math.log2(2 / 3))
    # The other way round it is another number.
    assert math.isclose(distill.divergence(q, p)[0], 0.25 * math.log2(0.5) + 0.75 * math.log2(1.5))


@law
@given(pairs)
def test_divergence_is_never_negative_and_zero_of_itself(pair):
    first, second = pair
    assert (distill.divergence(first, second) >= 0).all()
    assert (distill.divergence(first, first) < 1e-12).all()


@law
@given(pairs)
def test_divergence_does_not_depend_on_how_answers_are_normalised(pair):
    first, second = pair
    shifted = distill.divergence(first + 3, second - 2)
    assert np.allclose(shifted, distill.divergence(first, second), atol=1e-9)


def test_answers_of_other_shapes_are_not_compared():
    with pytest.raises(distill.AnswerError, match="must be the same"):
        distill.agreement(np.zeros((1, 5, 3)), np.zeros((2, 5, 3)))


@pytest.mark.parametrize(
    ("labels", "message"),
    [([0, 1], "one for each of 3"), ([0.0, 1, 0], "float64"), ([0, 1, 2], "run from 0 to 2")],
)
def test_labels_that_do_not_fit_are_refused(labels, message):
    with pytest.raises(distill.AnswerError, match=message):
        distill.accuracy(np.zeros((1, 3, 2)), labels)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E,
        # table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_wilson_interval_is_the_published_one(successes, trials, low, high):
    interval = distill.wilson_interval(successes, trials)
    assert np.allclose(interval, (low, high), atol=5e-5), interval


@law
@given(st.integers(1, 500), st.floats(0, 1), st.floats(0.5, 0.999))
def test_the_wilson_interval_holds_its_proportion_and_mirrors(trials, share, confidence):
    successes = round(share * trials)
    low, high = distill.wilson_interval(successes, trials, confidence)
    assert 0 <= low <= successes / trials <= high <= 1
    mirrored = distill.wilson_interval(trials - successes, trials, confidence)
    assert np.allclose(mirrored, (1 - high, 1 - low), atol=1e-12)


def test_the_wilson_interval_covers_the_truth_as_often_as_it_says():
    trials = 60
    count = np.arange(trials + 1)
    low, high = np.transpose([distill.wilson_interval(k, trials) for k in range(trials + 1)])
    ways = np.array([math.comb(trials, k) for k in range(trials + 1)], dtype=float)
    covered = [
        (ways * p**count * (1 - p) ** (trials - count))[(low <= p) & (p <= high)].sum()
        for p in np.linspace(0.05, 0.95, 181)
    ]
    assert 0.945 < np.mean(covered) < 0.96, np.mean(covered)


@pytest.mark.parametrize(("successes", "trials"), [(1, 0), (-1, 5), (6, 5)])
def test_counts_that_cannot_be_are_refused(successes, trials):
    with pytest.raises(distill.SettingError):
        distill.wilson_interval(successes, trials)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_that_cannot_be_is_refused(confidence):
    with pytest.raises(distill.SettingError, match="confidence"):
        distill.wilson_interval(1, 5, confidence)


def test_what_a_device_is_given_does_not_depend_on_the_order_its_company_lies_in_memory():
    answers = np.log(np.random.default_rng(5).dirichlet(np.ones(10), (2, 2, 301)))
    together = distill.divergence(*(np.asfortranarray(part) for part in answers))
    picked = distill.divergence(*(part[:, np.arange(301)] for part in answers))
    alone = [distill.divergence(answers[0, i : i + 1], answers[1, i : i + 1])[0] for i in range(2)]
    assert together.tolist() == picked.tolist() == alone
