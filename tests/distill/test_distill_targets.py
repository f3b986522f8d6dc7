import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import distill
from distill.targets import REFERENCE_SCALE, hard, soft, soften, to_one_scale

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None)

answers = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(2, 11)),
    elements=st.floats(-50, 0, width=32),
)
softenings = st.floats(0.05, 50)


def spread_of(values):
    centred = values - values.mean(axis=2, keepdims=True)
    return np.sqrt((centred**2).mean(axis=(1, 2)))


def test_two_even_classes_soften_to_the_logistic_of_twice_the_scale_over_the_softening():
    # By hand: centred +-1/2 has rms 1/2, scaled +-8, and 8 / 4 - (-8 / 4) = 4.
    targets = soft(np.array([[[0.0, -1.0], [-1.0, 0.0]]]), 4.0)
    p = 1 / (1 + math.exp(-4))
    assert np.allclose(targets, [[[p, 1 - p], [1 - p, p]]], atol=1e-7)


def test_a_less_certain_sample_stays_less_certain():
    # By hand: centred +-1 and +-7 have rms 5, scaled +-1.6 and +-11.2, at softening 8 +-.2, +-1.4.
    targets = soft(np.array([[[0.0, -2.0], [0.0, -14.0]]]), 8.0)
    assert np.allclose(targets[0, :, 0], [1 / (1 + math.exp(-0.4)), 1 / (1 + math.exp(-2.8))])


@law
@given(answers)
def test_scaled_answers_are_centred_at_the_reference_scale_or_zero(values):
    scaled = to_one_scale(values)
    assert np.abs(scaled.mean(axis=2)).max() < 1e-9 * REFERENCE_SCALE
    for spread in spread_of(scaled):
        assert spread == 0 or math.isclose(spread, REFERENCE_SCALE, rel_tol=1e-9)


@law
@given(answers, softenings, st.lists(st.floats(1e-6, 1e6), min_size=3, max_size=3))
def test_rescaling_a_device_leaves_its_soft_targets_unchanged(values, softening, factors):
    rescaled = values * np.array(factors[: len(values)])[:, np.newaxis, np.newaxis]
    error = np.abs(soft(rescaled, softening) - soft(values, softening)).max()
    assert error < 1e-5, f"error {error:.2e}"


@law
@given(answers, softenings)
def test_a_sample_shifted_over_all_its_classes_is_the_same_answer(values, softening):
    shifts = np.arange(values.shape[1], dtype=float)[np.newaxis, :, np.newaxis]
    # A spread far below the shift is lost in its rounding.
    assume((spread_of(values) > 1e-2).all())
    error = np.abs(soft(values + shifts, softening) - soft(values, softening)).max()
    assert error < 1e-4, f"error {error:.2e}"


@law
@given(answers, softenings)
def test_soft_targets_are_probabilities(values, softening):
    targets = soft(values, softening)
    assert targets.dtype == np.float32
    assert (targets >= 0).all()
    assert np.allclose(targets.sum(axis=-1), 1, atol=1e-5)


@law
@given(answers, softenings)
def test_soft_targets_never_reverse_an_order(values, softening):
    targets, order = soft(values, softening), values.argsort(axis=-1)
    assert (np.diff(np.take_along_axis(targets, order, axis=-1), axis=-1) >= 0).all()


@law
@given(answers)
def test_more_softening_never_makes_the_top_class_more_certain(values):
    tops = [soft(values, softening).max(axis=-1) for softening in (1, 2, 4, 8, 16)]
    assert (np.diff(tops, axis=0) <= 1e-6).all()


@pytest.mark.parametrize("constant", [0.0, math.log(0.1), -700.0, np.float32(1) / 3])
@pytest.mark.parametrize("softening", [0.01, 4.0])
def test_a_device_without_an_opinion_gives_uniform_targets(constant, softening):
    values = np.full((2, 5, 10), constant)
    values[1, :, 0] += 1
    targets = soft(values, softening)
    assert np.array_equal(targets[0], np.full((5, 10), 0.1, dtype=np.float32))
    assert (targets[1, :, 0] > 0.1).all()


def test_rounding_is_not_taken_for_an_opinion():
    constant = np.full((1, 5, 10), np.float32(math.log(0.1)))
    constant[0, :, 3] = np.nextafter(constant[0, :, 3], np.float32(0))
    assert np.array_equal(soft(constant), np.full((1, 5, 10), np.float32(0.1)))


def test_a_perfect_student_teaches_exactly_what_it_was_taught():
    first = soft(3 * np.random.default_rng(0).standard_normal((2, 50, 10)), 4.0)
    told = first
    for _ in range(10):
        told = soft(np.log(told), 4.0)
    error = np.abs(told - first).max()
    assert error < 1e-5, f"error {error:.2e} after ten generations"
    # The arm without one scale: softened as they are, the answers flatten to nothing.
    raw = first
    for _ in range(10):
        raw = soften(np.log(raw), 4.0)
    assert np.abs(raw - 0.1).max() < 1e-4


@law
@given(answers)
def test_hard_targets_name_the_likeliest_class_and_the_lowest_of_a_tie(values):
    targets = hard(values)
    assert targets.dtype == np.float32
    assert (targets.sum(axis=-1) == 1).all()
    named = targets.argmax(axis=-1)
    for place in np.ndindex(named.shape):
        assert named[place] == list(values[place]).index(values[place].max())


@pytest.mark.parametrize("softening", [0, -1, math.nan, math.inf, "warm", True])
def test_a_softening_that_is_none_is_refused(softening):
    with pytest.raises(distill.SettingError, match="softening is"):
        soft(np.zeros((1, 1, 2)), softening)


def test_the_scale_of_a_device_does_not_depend_on_the_order_its_company_lies_in_memory():
    answers = np.log(np.random.default_rng(5).dirichlet(np.ones(10), (2, 301)))
    alone = [to_one_scale(answers[i : i + 1])[0] for i in range(2)]
    for company in (answers, np.asfortranarray(answers), answers[:, np.arange(301)]):
        np.testing.assert_array_equal(to_one_scale(company), alone)
