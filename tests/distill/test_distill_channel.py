import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import distill
from distill.channel import CHANNEL_RANGE, bits_per_answer, bits_per_input, half_step, quantise
from distill.targets import soften, to_one_scale

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None)

scaled = arrays.arrays(np.float64, (2, 4, 5), elements=st.floats(-40, 40))
widths = st.integers(1, 16)


@law
@given(scaled, widths)
def test_the_error_within_the_range_is_at_most_half_a_step(values, bits):
    error = np.abs(quantise(values, bits) - np.clip(values, -CHANNEL_RANGE, CHANNEL_RANGE)).max()
    assert error <= half_step(bits) * (1 + 1e-9), f"{error} above {half_step(bits)}"


@law
@given(widths)
def test_half_a_step_is_reached(bits):
    # Midway between the two lowest levels.
    midway = np.array([-CHANNEL_RANGE + half_step(bits)])
    assert math.isclose(np.abs(quantise(midway, bits) - midway)[0], half_step(bits), rel_tol=1e-6)


@pytest.mark.parametrize("bits", [1, 2, 3, 8])
def test_no_more_levels_pass_than_the_bits_can_name(bits):
    levels = np.unique(quantise(np.linspace(-50, 50, 100_001), bits))
    assert len(levels) == 2**bits
    assert levels[0] == -CHANNEL_RANGE
    assert math.isclose(levels[-1], CHANNEL_RANGE)


@law
@given(scaled, widths)
def test_what_has_passed_once_passes_again_unchanged(values, bits):
    once = quantise(values, bits)
    assert np.allclose(quantise(once, bits), once, rtol=0, atol=1e-9)


@law
@given(scaled, widths)
def test_the_channel_keeps_order(values, bits):
    flat = np.sort(values.ravel())
    assert (np.diff(quantise(flat, bits)) >= 0).all()


@law
@given(widths)
def test_an_answer_without_preference_passes_as_one(bits):
    assert np.array_equal(
        soften(quantise(np.zeros((1, 2, 4)), bits), 0.5), np.full((1, 2, 4), np.float32(0.25))
    )


def test_each_bit_more_halves_the_error_in_the_targets():
    values = to_one_scale(3 * np.random.default_rng(1).standard_normal((1, 400, 10)))
    errors = [
        np.abs(soften(quantise(values, bits), 4) - soften(values, 4)).mean()
        for bits in range(5, 13)
    ]
    ratios = np.divide(errors[:-1], errors[1:])
    assert ((ratios > 1.7) & (ratios < 2.4)).all(), ratios


@pytest.mark.parametrize(
    ("kind", "classes", "bits", "wanted"),
    [
        ("soft", 10, 8, 80),
        ("soft", 3, 1, 3),
        ("hard", 2, 8, 1),
        ("hard", 3, 8, 2),
        ("hard", 8, 8, 3),
        ("hard", 9, 8, 4),
        ("hard", 10, 1, 4),
    ],
)
def test_an_answer_costs_what_the_hand_counts(kind, classes, bits, wanted):
    assert bits_per_answer(kind, classes, bits) == wanted


@pytest.mark.parametrize(
    ("kind", "classes", "bits", "keep", "wanted"),
    [
        ("features", 256, 4, None, 1024),
        ("top-k", 10, 8, 1, 12),  # a number and a name of 4 bits
        ("top-k", 10, 8, 3, 36),
        ("top-k", 2, 1, 2, 4),
        ("ranking", 10, 8, None, 22),  # 10! = 3,628,800 orders
        ("ranking", 10, 1, 9, 22),  # the last place follows from the others
        ("ranking", 10, 8, 3, 10),  # 10 * 9 * 8 = 720
        ("ranking", 10, 8, 1, 4),  # the best class alone is a hard answer
        ("ranking", 4, 8, 2, 4),  # 12
        ("ranking", 2, 8, None, 1),
    ],
)
def test_a_partial_answer_costs_what_the_hand_counts(kind, classes, bits, keep, wanted):
    assert bits_per_answer(kind, classes, bits, keep) == wanted


@law
@given(st.integers(2, 60), st.data())
def test_a_ranking_can_name_every_order_and_wastes_less_than_a_bit(classes, data):
    keep = data.draw(st.integers(1, classes))
    orders = math.factorial(classes) // math.factorial(classes - keep)
    width = bits_per_answer("ranking", classes, keep=keep)
    assert 2**width >= orders > 2**width // 2


@pytest.mark.parametrize(
    ("kind", "keep", "message"),
    [
        ("top-k", None, "give keep"),
        ("top-k", 0, "keep is 0"),
        ("top-k", 11, "keep is 11, the answers have 10 classes"),
        ("ranking", 11, "keep is 11, the answers have 10 classes"),
    ],
)
def test_an_answer_that_keeps_no_possible_classes_is_refused(kind, keep, message):
    with pytest.raises(distill.SettingError, match=message):
        bits_per_answer(kind, 10, keep=keep)


@law
@given(st.integers(2, 3000))
def test_a_hard_answer_can_name_every_class_and_wastes_less_than_a_bit(classes):
    width = bits_per_answer("hard", classes)
    assert 2**width >= classes > 2 ** (width - 1)


def test_a_question_costs_its_features():
    assert bits_per_input(64) == 512
    assert bits_per_input(784, bits_per_feature=1) == 784


@pytest.mark.parametrize("bits", [0, 17, -1, 8.0, None, True])
def test_bits_outside_one_to_sixteen_are_refused(bits):
    with pytest.raises(distill.SettingError, match=r"bits is .* at least 1, at most 16"):
        quantise(np.zeros(3), bits)


def test_an_unknown_kind_of_answer_is_refused_with_the_nearest():
    with pytest.raises(distill.SettingError, match="did you mean 'soft'"):
        bits_per_answer("sotf", 10)
