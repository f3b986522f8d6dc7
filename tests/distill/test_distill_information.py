import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import distill

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None)

shares = st.floats(0, 1)
class_counts = st.integers(2, 50)


@pytest.mark.parametrize(
    ("right", "bits", "decimals"),
    [
        # I = log2 10 - H as tabulated for ten classes, wrong labels uniform over the other nine.
        (0.9, 2.536, 3),
        (0.5, 0.737, 3),
        (0.3, 0.222, 3),
        (0.2, 0.0641, 4),
        (0.18, 0.0425, 4),
        (0.16, 0.0249, 4),
        (0.15, 0.0177, 4),
        (0.14, 0.0116, 4),
        (0.13, 0.0067, 4),
        (0.12, 0.0030, 4),
        (0.11, 0.0008, 4),
        (1.0, 3.3219, 4),
        (0.1, 0.0, 12),
    ],
)
def test_a_corrupted_label_tells_the_tabulated_bits(right, bits, decimals):
    assert round(distill.corrupted_label_bits(right, classes=10), decimals) == bits


def test_a_clean_label_is_worth_fifty_two_labels_right_one_time_in_five():
    assert round(distill.label_bits(10) / distill.corrupted_label_bits(0.2), 1) == 51.9


@law
@given(shares, class_counts)
def test_a_label_tells_what_counting_joint_probabilities_says(right, classes):
    joint = np.full((classes, classes), (1 - right) / (classes - 1)) / classes
    np.fill_diagonal(joint, right / classes)
    some = joint[joint > 0]
    counted = float((some * np.log2(some * classes**2)).sum())
    assert math.isclose(distill.corrupted_label_bits(right, classes), max(counted, 0), abs_tol=1e-9)


@law
@given(shares, class_counts)
def test_a_label_tells_between_nothing_and_everything(right, classes):
    bits = distill.corrupted_label_bits(right, classes)
    assert 0 <= bits <= distill.label_bits(classes) + 1e-12


def test_information_returns_below_chance():
    assert distill.corrupted_label_bits(0.0, 10) > distill.corrupted_label_bits(0.05, 10) > 0
    # A label that is never right rules out one class of ten.
    assert math.isclose(distill.corrupted_label_bits(0.0, 10), math.log2(10 / 9))
    assert math.isclose(distill.corrupted_label_bits(0.0, 2), 1.0)


def test_entropy_is_that_of_coins_and_dice():
    bits = distill.entropy([[0.5, 0.5, 0, 0], [0.25] * 4, [1, 0, 0, 0]])
    assert bits.tolist() == [1.0, 2.0, 0.0]
    assert math.copysign(1, bits[2]) == 1


@pytest.mark.parametrize("right", [-0.1, 1.1, math.nan])
def test_a_probability_out_of_range_is_refused(right):
    with pytest.raises(distill.SettingError, match="right is"):
        distill.corrupted_label_bits(right)


@pytest.mark.parametrize("values", [[0.5, 0.6], [1.5, -0.5], [math.nan, 1], 1.0])
def test_what_is_no_distribution_has_no_entropy(values):
    with pytest.raises(distill.SettingError, match="sum to 1"):
        distill.entropy(values)


def test_one_class_is_no_label():
    with pytest.raises(distill.SettingError, match="classes is 1"):
        distill.label_bits(1)
