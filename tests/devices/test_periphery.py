import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.periphery import input_scale, quantise

BITS = st.integers(2, 12)
BOUND = st.floats(0.5, 50)


@given(BITS, BOUND, st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=50))
def test_a_converter_gives_the_nearest_of_its_levels(bits, bound, values):
    values = np.array(values, np.float32)
    found = quantise(values, bits, bound).astype(np.float64)
    step = 2 * bound / (2**bits - 2)
    level = found / step
    assert np.abs(level - np.rint(level)).max() < 1e-3, "not on a level"
    assert np.abs(level).max() <= 2 ** (bits - 1) - 1 + 1e-3, "beyond the last level"
    off = np.abs(found - np.clip(values.astype(np.float64), -bound, bound))
    assert off.max() <= step / 2 * (1 + 1e-3), f"off by {off.max() / step:.4f} steps"


@pytest.mark.parametrize("bits", [2, 3, 7, 9])
def test_a_converter_of_n_bits_has_an_odd_number_of_levels_zero_among_them(bits):
    sweep = quantise(np.linspace(-30, 30, 60_001, dtype=np.float32), bits, 20.0)
    levels = np.unique(sweep)
    assert levels.size == 2**bits - 1
    assert 0 in levels
    np.testing.assert_allclose([levels[0], levels[-1]], [-20, 20], rtol=1e-6)
    assert np.array_equal(levels, -levels[::-1])
    np.testing.assert_allclose(np.diff(levels), 40 / (2**bits - 2), rtol=1e-4)


def test_seven_bits_at_full_scale_one_round_in_steps_of_a_63rd():
    # Known by hand: 2 / (2^7 - 2) = 1/63.
    found = quantise(np.array([0.5 / 63, 0.51 / 63, 62.4 / 63, 1.7, -1.0], np.float32), 7, 1.0)
    np.testing.assert_allclose(found * 63, [0, 1, 62, 63, -63], rtol=1e-6)


def test_no_bits_neither_round_nor_clip():
    values = np.array([1e-20, 3.3, -1e20], np.float32)
    assert np.array_equal(quantise(values, None, 1.0), values)


def test_management_scales_each_vector_by_its_largest():
    x = np.array([[[0.5, -4.0], [0.0, 0.0], [1e-30, 0.0]]], np.float32)
    assert input_scale(x, "abs-max").ravel().tolist() == [4.0, 1.0, float(np.float32(1e-30))]
    assert input_scale(x, "none").ravel().tolist() == [1.0, 1.0, 1.0]
