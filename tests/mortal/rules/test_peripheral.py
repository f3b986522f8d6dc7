"""The circuits between arrays, against what they are meant to compute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mortal.rules.peripheral import (
    append_bias,
    log_softmax,
    one_hot,
    rectify,
    rms_normalise,
    saturate,
    softmax,
)

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None)

SIGNALS = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=3, max_side=5),
    elements=st.floats(-100, 100, width=32),
)


@law
@given(SIGNALS)
def test_a_rectified_line_is_the_line_where_it_is_positive_and_nothing_elsewhere(a):
    h = rectify(a)
    assert h.dtype == np.float32
    assert np.array_equal(h[a > 0], a[a > 0])
    assert not h[a <= 0].any()


@law
@given(SIGNALS)
def test_a_saturating_line_keeps_its_sign_and_stays_below_full_scale(a):
    h = saturate(a)
    assert h.dtype == np.float32
    assert np.abs(h).max() <= 1
    assert np.array_equal(np.sign(h), np.sign(a))
    small = np.abs(a) < 0.01
    assert h[small] == pytest.approx(a[small], rel=1e-4)


@law
@given(SIGNALS, st.floats(0.1, 10))
def test_normalising_takes_the_length_away_and_nothing_else(a, factor):
    lit = np.abs(a).max(axis=-1) > 0.01
    normal = rms_normalise(a)
    assert np.sqrt(np.square(normal.astype(np.float64)).mean(axis=-1))[lit] == pytest.approx(
        1, abs=1e-4
    )
    assert (normal * a >= 0).all()
    assert rms_normalise(np.float32(factor) * a)[lit] == pytest.approx(normal[lit], abs=1e-4)


def test_silence_stays_silence():
    assert not rms_normalise(np.zeros((2, 3), np.float32)).any()


@law
@given(SIGNALS)
def test_the_bias_row_is_at_full_scale_whatever_the_signals_are(x):
    rows = append_bias(x)
    assert rows.shape == (*x.shape[:-1], x.shape[-1] + 1)
    assert np.array_equal(rows[..., :-1], x)
    largest = np.abs(x).max(axis=-1)
    assert np.array_equal(rows[..., -1], np.where(largest > 0, largest, 1))


@law
@given(SIGNALS)
def test_softmax_gives_probabilities_in_the_order_of_the_scores(z):
    p = softmax(z)
    exact = np.exp(z.astype(np.float64) - z.max(axis=-1, keepdims=True))
    assert p == pytest.approx(exact / exact.sum(axis=-1, keepdims=True), abs=1e-6)
    assert np.exp(log_softmax(z).astype(np.float64)) == pytest.approx(p, abs=1e-6)


def test_log_probabilities_stay_finite_where_probabilities_vanish():
    z = np.array([[0, 1000]], np.float32)
    assert log_softmax(z).tolist() == [[-1000, 0]]


@law
@given(hnp.arrays(np.int64, hnp.array_shapes(max_dims=2, max_side=6), elements=st.integers(0, 4)))
def test_one_hot_is_one_at_the_label_only(labels):
    hot = one_hot(labels, 5)
    assert hot.dtype == np.float32
    assert np.array_equal(hot.argmax(axis=-1), labels)
    assert np.array_equal(hot.sum(axis=-1), np.ones(labels.shape))
    assert set(np.unique(hot)) <= {0, 1}
