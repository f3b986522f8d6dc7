"""Pulses on cells, against the table of devices.md section 2 written out in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import (
    EXPONENTIAL,
    KINDS,
    PIECEWISE,
    POWER,
    STEP,
    STEPWISE,
    grown,
    response,
    send,
    technology,
    weights_of,
)

from devices.kernels import available, load, reference
from devices.kernels.signature import PulsedCells

FLOAT32 = np.finfo(np.float32).eps


@pytest.fixture(params=available())
def kernels(request):
    return load(request.param)


def table(kind, w, d, step, bounds, sigma, xi, *, additive):
    """Return the weight after one pulse of direction d = +1 or -1."""
    w_max, w_min = bounds
    if kind == "constant":
        f = np.ones_like(w)
    elif kind == "linear":
        f = np.where(d > 0, 1 - 0.3 * w / 1.25, 1 - 0.6 * w / -0.75)
    elif kind == "soft-bounds":
        f = np.where(d > 0, 1 - w / w_max, 1 - w / w_min)
    elif kind == "power":
        omega = (w_max - w) / (w_max - w_min)
        f = np.where(d > 0, omega ** POWER["gamma_up"], (1 - omega) ** POWER["gamma_down"])
    elif kind == "piecewise":
        part = (w - w_min) / (w_max - w_min)
        up, down = (
            np.interp(part, np.linspace(0, 1, len(PIECEWISE[way])), PIECEWISE[way])
            for way in ("table_up", "table_down")
        )
        f = np.where(d > 0, up, down)
    else:
        z = 2 * EXPONENTIAL["a"] * w / (w_max - w_min) + EXPONENTIAL["b"]
        A = np.where(d > 0, EXPONENTIAL["A_up"], EXPONENTIAL["A_down"])
        f = np.maximum(1 - A * np.exp(5.0 * d * z), 0)
    # xi has no preferred sign: the code lets it point up for either direction of the pulse.
    noise = sigma * xi * (1 if additive else np.abs(f))
    return np.clip(w + step * (d * f + noise), w_min, w_max)


def some_cells(kind, step, count, seed=0):
    """Return cells `[count]` with spreads, and weights within their bounds."""
    rng = np.random.default_rng(seed)
    w_max = (1.25 * rng.uniform(0.6, 1.4, count)).astype(np.float32)
    w_min = (-0.75 * rng.uniform(0.6, 1.4, count)).astype(np.float32)
    up, down = (step * rng.uniform(0.2, 2, count).astype(np.float32) for _ in range(2))
    slopes = (None, None)
    if kind == "linear":
        slopes = np.full((2, count), [[0.3 / 1.25], [0.6 / 0.75]], np.float32)
    elif kind == "soft-bounds":
        slopes = (1 / w_max, -1 / w_min)
    weight = (w_min + (w_max - w_min) * rng.random(count)).astype(np.float32)
    return PulsedCells(up, down, w_max, w_min, *slopes), weight


def burst(kernels, kind, weight, up, down, cells, noise, sigma=0.0, additive=False):
    up, down = (np.broadcast_to(np.float32(k), weight.shape) for k in (up, down))
    noise = np.broadcast_to(np.float32(noise), weight.shape)
    if kind in STEPWISE:
        how = response(kind, cycle_noise=sigma, noise="additive" if additive else "multiplicative")
        return kernels.stepwise_burst(weight, up, down, cells, noise, how)
    return kernels.affine_burst(weight, up, down, cells, noise, sigma, additive)


@pytest.mark.parametrize("additive", [False, True], ids=["multiplicative", "additive"])
@pytest.mark.parametrize("step", [0.002, 0.1, 0.9])
@pytest.mark.parametrize("kind", KINDS)
def test_one_pulse_is_that_of_the_table(kernels, kind, step, additive):
    cells, weight = some_cells(kind, step, 4000)
    rng = np.random.default_rng(1)
    d = rng.choice([-1.0, 1.0], weight.size)
    xi = rng.standard_normal(weight.size).astype(np.float32).astype(np.float64)
    found = burst(kernels, kind, weight, d > 0, d < 0, cells, xi, 0.3, additive)
    own_step = np.where(d > 0, cells.step_up, cells.step_down).astype(np.float64)
    bounds = (cells.w_max.astype(np.float64), cells.w_min.astype(np.float64))
    expected = table(
        kind, weight.astype(np.float64), d, own_step, bounds, 0.3, xi, additive=additive
    )
    worst = np.abs(found - expected).max()
    assert worst < 2 * FLOAT32, f"off by {worst:.1e}"
    assert np.abs(found - weight).max() > 0.5 * step


@given(st.integers(1, 31), st.floats(-0.7, 1.2), st.booleans())
@settings(max_examples=40, deadline=None)
def test_pulses_of_one_sign_follow_the_closed_form_of_soft_bounds(n, w0, is_up):
    made_of = technology("soft-bounds", w_max=1.25, w_min=-0.75)
    array = grown(made_of, 1, 1, weight=w0)
    send(array, n if is_up else -n)
    bound = 1.25 if is_up else -0.75
    w0 = float(np.float32(w0))
    expected = bound - (bound - w0) * (1 - STEP / abs(bound)) ** n
    found = weights_of(array).item()
    assert array.ledger.pulses[0] == n
    assert abs(found - expected) <= 1.2e-7, f"off by {found - expected:.1e}"


@given(
    st.sampled_from(["constant", "linear", "soft-bounds"]), st.integers(0, 2000),
    st.floats(0.0005, 0.8), st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_burst_of_one_sign_equals_its_pulses_one_by_one(kind, n, step, is_up):
    cells, weight = some_cells(kind, step, 50)
    found = burst(reference, kind, weight, n * is_up, n * (not is_up), cells, 0.0)
    w, d = weight.astype(np.float64), np.full(weight.size, 1.0 if is_up else -1.0)
    own_step = (cells.step_up if is_up else cells.step_down).astype(np.float64)
    bounds = (cells.w_max.astype(np.float64), cells.w_min.astype(np.float64))
    for _ in range(n):
        w = table(kind, w, d, own_step, bounds, 0.0, 0.0, additive=False)
    worst = np.abs(found - w).max()
    # A step of all the way to the bound and beyond leaves a millionth of it in closed form.
    assert worst < 3e-6, f"off by {worst:.1e}"


@given(st.sampled_from(STEPWISE), st.sampled_from(["up", "down"]), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_a_burst_of_steps_of_one_sign_is_their_sequence(kind, way, n):
    cells, weight = some_cells(kind, 0.002, 50)
    found = burst(reference, kind, weight, n * (way == "up"), n * (way == "down"), cells, 0)
    w, d = weight.astype(np.float64), np.full(weight.size, 1.0 if way == "up" else -1.0)
    own_step = getattr(cells, f"step_{way}").astype(np.float64)
    for _ in range(n):
        w = table(kind, w, d, own_step, (cells.w_max, cells.w_min), 0, 0, additive=False)
    assert np.abs(found - w).max() < 2 * FLOAT32


@pytest.mark.parametrize(("up", "down"), [(5, 5), (12, 4), (1, 7)])
@pytest.mark.parametrize("kind", STEPWISE)
def test_steps_of_both_signs_alternate_evenly(kernels, kind, up, down):
    cells, weight = some_cells(kind, 0.01, 200)
    found = burst(kernels, kind, weight, up, down, cells, 0.0)
    w = weight.astype(np.float64)
    ones, bounds = np.ones_like(w), (cells.w_max, cells.w_min)
    sent = 0
    for pulse in range(1, up + down + 1):
        goal = int(np.floor(pulse * up / (up + down) + 0.5))
        d = 1.0 if goal > sent else -1.0
        sent = goal
        own_step = (cells.step_up if d > 0 else cells.step_down).astype(np.float64)
        w = table(kind, w, d * ones, own_step, bounds, 0, 0, additive=False)
    assert sent == up
    assert np.abs(found - w).max() < 4 * FLOAT32


@pytest.mark.parametrize("n", [1, 4, 31])
@pytest.mark.parametrize("step", [0.002, 0.05, 0.3])
@pytest.mark.parametrize("kind", ["constant", "linear", "soft-bounds"])
def test_noise_of_a_burst_has_the_variance_of_its_pulses(kernels, kind, step, n):
    """Exact recursions: with f' = q f, Var = n sigma^2 D^2 f^2 q^(2n-2) + O(sigma^4), and
    sigma^2 D^2 (1 - q^2n) / (1 - q^2) where the noise is additive."""
    count, sigma = 64, 1e-3
    cells, weight = some_cells(kind, step, count)
    far = np.full(count, 1e3, np.float32)
    cells = PulsedCells(cells.step_up, cells.step_down, far, -far, cells.slope_up, cells.slope_down)
    D = cells.step_up.astype(np.float64)
    slope = 0.0 if cells.slope_up is None else cells.slope_up.astype(np.float64)
    q = 1 - D * slope
    f = 1 - slope * weight
    steady = np.flatnonzero(q > 0.05)
    for additive in (False, True):
        # The difference of two noises cancels the mean; large ones drown the rounding to float32.
        low, high = (
            burst(kernels, kind, weight, n, 0, cells, xi, sigma, additive).astype(np.float64)
            for xi in (-1000, 1000)
        )
        found = (high - low) / 2000 / sigma
        geometric = sum(q ** (2 * k) for k in range(n))
        expected = D * np.sqrt(geometric) if additive else D * np.sqrt(n) * np.abs(f) * q ** (n - 1)
        off = np.abs(found / expected - 1)[steady]
        seen = expected[steady] > 3e-4
        assert seen.sum() > 5 or (n == 31 and step == 0.3)
        assert off[seen].max(initial=0) < 1e-3, f"off by a factor {off[seen].max():.1e}"


def test_noise_of_constant_steps_grows_with_the_square_root_of_their_number():
    n, sigma = 25, 0.3
    array = grown(technology(cycle_noise=sigma), 64, 64, 64)
    send(array, n)
    moved = weights_of(array).ravel() / STEP
    allowed = 5 * sigma * np.sqrt(n / moved.size)
    assert abs(moved.mean() - n) < allowed, f"mean {moved.mean():.4f}"
    off = moved.std() / (sigma * np.sqrt(n)) - 1
    assert abs(off) < 5 / np.sqrt(2 * moved.size), f"deviation off by a factor {off:.4f}"


def test_alternating_pulses_lead_to_the_symmetry_point(kernels):
    up, down, w_max, w_min = 1.1 * STEP, 0.9 * STEP, 1.25, -0.75
    expected = (up - down) / (up / w_max - down / w_min)
    parts = (up, down, w_max, w_min, 1 / w_max, -1 / w_min)
    cells = PulsedCells(*(np.full(2, part, np.float32) for part in parts))
    w = np.array([-0.7, 1.2], np.float32)
    for _ in range(5000):
        after_up = burst(kernels, "linear", w, 1, 0, cells, 0.0)
        w = burst(kernels, "linear", after_up, 0, 1, cells, 0.0)
    # One up and one down lead round a circle, whose middle is the symmetry point up to O(D).
    a, b = up / w_max, -down / w_min
    circle = ((1 - b) * up - down) / (1 - (1 - a) * (1 - b))
    off = (w - circle) / STEP
    assert np.abs(off).max() < 1e-3, f"off by {off} steps"
    off = ((w + after_up) / 2 - expected) / STEP
    assert np.abs(off).max() < 0.1, f"off by {off} steps"
    # A burst of as many up as down, their order unknown, rests there.
    w = np.full(2, expected, np.float32)
    off = (burst(kernels, "linear", w, 5, 5, cells, 0.0) - expected) / STEP
    assert np.abs(off).max() < 0.01, f"off by {off} steps"


@given(
    st.sampled_from(list(KINDS)), st.integers(0, 40), st.integers(0, 40),
    st.floats(1e-4, 3.0), st.floats(0, 5), st.booleans(), st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_no_burst_leaves_the_bounds(kind, up, down, step, sigma, additive, seed):
    cells, weight = some_cells(kind, step, 64, seed)
    noise = np.random.default_rng(seed).standard_normal(64).astype(np.float32)
    after = burst(reference, kind, weight, up, down, cells, noise, sigma, additive)
    assert np.isfinite(after).all()
    assert (after <= cells.w_max).all()
    assert (after >= cells.w_min).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_fares_the_same_whatever_its_neighbours(kernels, kind):
    """Series or logarithm is a choice of each cell, never of the company it is computed with."""
    rng = np.random.default_rng(2)
    cells, weight = some_cells(kind, 0.03, 300)
    factor = rng.choice([0.01, 1.0, 60.0], 300).astype(np.float32)
    names = ("step_up", "step_down", "w_max", "w_min", "slope_up", "slope_down")
    cells = PulsedCells(
        cells.step_up * factor, cells.step_down * factor, *(getattr(cells, n) for n in names[2:])
    )
    up, down = rng.integers(0, 9, (2, 300)).astype(np.float32)
    noise = rng.standard_normal(300).astype(np.float32)
    together = burst(kernels, kind, weight, up, down, cells, noise, 0.3)
    for one in range(300):
        here = slice(one, one + 1)
        parts = (getattr(cells, name) for name in names)
        alone = PulsedCells(*(None if part is None else part[here] for part in parts))
        found = burst(kernels, kind, weight[here], up[here], down[here], alone, noise[here], 0.3)
        assert found[0] == together[one]


def test_layout_of_the_arrays_does_not_matter(kernels):
    cells, weight = some_cells("soft-bounds", 0.2, 24)
    names = ("step_up", "step_down", "w_max", "w_min", "slope_up", "slope_down")
    turned = PulsedCells(*(getattr(cells, name).reshape(4, 6).T for name in names))
    flat = burst(kernels, "soft-bounds", weight, 3, 2, cells, 0.5, 0.3)
    found = burst(kernels, "soft-bounds", weight.reshape(4, 6).T, 3, 2, turned, 0.5, 0.3)
    assert np.array_equal(found.T.ravel(), flat)


def test_series_meet_their_functions():
    x = np.concatenate([[1e-12], np.linspace(1e-4, 0.99, 4001)])
    for found, exact in (
        (reference._stretch(x), -np.log1p(-x) / x),
        (reference._mean_exponential(x), -np.expm1(-x) / x),
    ):
        worst = np.abs(found / exact - 1).max()
        assert worst < 1e-9, f"off by a factor {worst:.1e}"
    assert reference._stretch(np.zeros(1)) == reference._mean_exponential(np.zeros(1)) == 1


def test_no_pulse_is_no_change():
    for kind in KINDS:
        array = grown(technology(kind, cycle_noise=1.0), 3, 5, weight=0.1234)
        array.update(np.zeros((2, 3)), np.ones((2, 5)), 0.1)
        array.update(np.ones((2, 3)), np.ones((2, 5)), 0.0)
        assert (weights_of(array) == np.float32(0.1234)).all()
        assert array.ledger.pulses.sum() == 0
