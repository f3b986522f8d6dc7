"""Exponential, power and piecewise steps: closed forms, shapes, the three parts of their noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from specimens import POWER, STEPWISE, grown, response, send, technology, weights_of

from devices.kernels import reference
from devices.kernels.signature import PulsedCells
from devices.kernels.steps import relative_steps
from devices.technology import PiecewiseResponse

COUNT = 400


def cells_of(step, count=COUNT, w_max=1.25, w_min=-0.75, slopes=(None, None)):
    parts = (np.full(count, part, np.float32) for part in (step, step, w_max, w_min))
    return PulsedCells(*parts, *slopes)


def pushed(how, weight, n, cells, xi=0.0):
    """Return the weights after n pulses of one sign (negative: down)."""
    weight = np.asarray(weight, np.float32)
    up, down = (np.full(weight.shape, max(k, 0), np.float32) for k in (n, -n))
    noise = np.broadcast_to(np.float32(xi), weight.shape)
    return reference.stepwise_burst(weight, up, down, cells, noise, how).astype(np.float64)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 3.0])
@pytest.mark.parametrize("way", [1, -1])
def test_many_small_power_steps_follow_their_flow(gamma, way):
    """d(omega)/dn = -(D / window) omega^g: omega^(1-g) = omega_0^(1-g) - (1-g) n D / window."""
    step, n, window = 1e-4, 4000, 2.0
    how = response("power", gamma_up=gamma, gamma_down=gamma)
    weight = np.linspace(-0.7, 1.2, COUNT)
    found = pushed(how, weight, way * n, cells_of(step))
    way_left = (1.25 - weight if way > 0 else weight + 0.75) / window
    power = np.maximum(way_left ** (1 - gamma) - (1 - gamma) * n * step / window, 0)
    left = np.where(power > 0, power, 0) ** (1 / (1 - gamma)) * window
    expected = 1.25 - left if way > 0 else left - 0.75
    worst = np.abs(found - expected).max()
    # Euler's error of one step, n D^2 f f' / 2 at most, where f' stays bounded.
    inside = left > 0.02
    assert np.abs(found - expected)[inside].max() < 3e-4, f"off by {worst:.1e}"
    assert np.abs(found - weight)[inside].max() > 0.1


def test_power_steps_of_exponent_one_and_nought_are_soft_bounds_and_constant():
    weight = np.linspace(-0.74, 1.2, COUNT)
    soft = pushed(response("power", gamma_up=1.0, gamma_down=1.0), weight, 30, cells_of(0.01))
    np.testing.assert_allclose(soft, 1.25 - (1.25 - weight) * (1 - 0.01 / 2) ** 30, atol=2e-7)
    flat = pushed(response("power", gamma_up=0.0, gamma_down=0.0), weight, -30, cells_of(0.01))
    np.testing.assert_allclose(flat, np.maximum(weight - 0.3, -0.75), atol=4e-7)


def test_a_table_with_two_nodes_is_a_linear_step():
    how = response("piecewise", table_up=(1.5, 0.5), table_down=(0.25, 0.75))
    weight = np.linspace(-0.7, 1.2, COUNT)
    n, D = 40, 0.005
    # f_up = 1.5 - part = 1 - (w - 0.25) / 2, so u = w - 2.25 falls as (1 - D / 2)^n.
    expected = 2.25 + (weight - 2.25) * (1 - D / 2) ** n
    np.testing.assert_allclose(
        pushed(how, weight, n, cells_of(D)), np.minimum(expected, 1.25), atol=3e-7
    )
    # f_down = 0.25 + (w + 0.75) / 4, so u = w + 1.75 falls as (1 - D / 4)^n.
    expected = -1.75 + (weight + 1.75) * (1 - D / 4) ** n
    np.testing.assert_allclose(
        pushed(how, weight, -n, cells_of(D)), np.maximum(expected, -0.75), atol=3e-7
    )


@given(
    st.lists(st.floats(0, 3), min_size=2, max_size=9),
    st.lists(st.floats(0, 3), min_size=2, max_size=9),
)
@settings(max_examples=50, deadline=None)
def test_a_table_is_met_at_its_nodes_and_straight_between(up, down):
    how = PiecewiseResponse(step=0.01, table_up=tuple(up), table_down=tuple(down))
    bounds = np.float64(1.25), np.float64(-0.75)
    for lane, nodes in enumerate((up, down)):
        at = np.linspace(-0.75, 1.25, len(nodes))
        found = relative_steps(at, *bounds, how)[lane]
        np.testing.assert_allclose(found, nodes, atol=1e-12)
        middle = relative_steps((at[1:] + at[:-1]) / 2, *bounds, how)[lane]
        np.testing.assert_allclose(middle, (found[1:] + found[:-1]) / 2, atol=1e-12)


@pytest.mark.parametrize("additive", [False, True])
@pytest.mark.parametrize("kind", STEPWISE)
def test_noise_of_one_pulse_has_its_three_parts(kind, additive):
    """sigma (|dw| + s_add + s_slope |w|), as in aihwkit's rpu_expstep_device.cpp."""
    step, sigma, s_add, s_slope = 0.004, 0.6, 0.042, 0.108
    noise = "additive" if additive else "multiplicative"
    told = {"cycle_noise": sigma, "noise": noise, "noise_offset": s_add, "noise_slope": s_slope}
    how, weight = response(kind, **told), np.linspace(-0.5, 1.0, COUNT)
    cells = cells_of(step)
    for n in (1, -1):
        quiet = pushed(how, weight, n, cells)
        found = pushed(how, weight, n, cells, xi=0.5) - quiet
        moved = step if additive else np.abs(quiet - weight)
        expected = 0.5 * sigma * (moved + s_add + s_slope * np.abs(weight))
        np.testing.assert_allclose(found, expected, atol=3e-7)


@pytest.mark.parametrize("kind", STEPWISE)
def test_noise_of_many_pulses_is_the_root_of_summed_squares(kind):
    how = response(kind, cycle_noise=0.3, noise_offset=0.01, noise_slope=0.02)
    cells, w, total, n = cells_of(0.004), np.full(COUNT, 0.1), 0.0, 9
    for _ in range(n):
        after = pushed(how, w, 1, cells)
        total = total + (after - w + 0.01 + 0.02 * np.abs(w)) ** 2
        w = after
    found = pushed(how, np.full(COUNT, 0.1), n, cells, xi=1.0) - w
    np.testing.assert_allclose(found, 0.3 * np.sqrt(total), rtol=1e-4)


@pytest.mark.parametrize("kind", STEPWISE)
def test_a_noise_that_is_off_changes_no_bit(kind):
    weight = np.linspace(-0.7, 1.2, COUNT)
    plain = pushed(response(kind, cycle_noise=0.3), weight, 7, cells_of(0.01), xi=1.3)
    told = response(kind, cycle_noise=0.3, noise_offset=0.0, noise_slope=0.0)
    assert np.array_equal(plain, pushed(told, weight, 7, cells_of(0.01), xi=1.3))


def test_exponents_of_a_power_step_spread_from_cell_to_cell():
    pieces = {"spread": {"initial": 0.0, "gamma": 0.2}}
    array = grown(technology("power", pieces=pieces, step=0.001), 64, 64, 4, weight=0.0)
    for exponents, mean in ((array._cells.slope_up, 1.7), (array._cells.slope_down, 0.6)):
        count = exponents.size
        assert abs(exponents.mean(dtype=np.float64) - mean) < 5 * 0.2 / np.sqrt(count)
        assert abs(exponents.std(dtype=np.float64) / 0.2 - 1) < 5 / np.sqrt(2 * count) + 0.004
    send(array, 20)
    # omega = 1/2 at w = 0: a step up of D 2^-gamma, a little less after each.
    expected = 0.001 * 20 * 0.5 ** array._cells.slope_up.astype(np.float64)
    np.testing.assert_allclose(weights_of(array), expected, rtol=0.05)
    alike = grown(technology("power"))
    assert alike._cells.slope_up is None


def test_a_spread_of_exponents_is_that_of_the_pulses_one_by_one():
    gamma_up, gamma_down = (np.linspace(low, 2.0, COUNT, dtype=np.float32) for low in (0.5, 1.0))
    cells = cells_of(0.01, slopes=(gamma_up, gamma_down))
    w = np.full(COUNT, 0.3, np.float32)
    found = pushed(response("power"), w, 25, cells)
    omega = (1.25 - w.astype(np.float64)) / 2
    for _ in range(25):
        omega = omega - 0.01 / 2 * omega**gamma_up
    np.testing.assert_allclose(found, 1.25 - 2 * omega, atol=2e-7)
    assert POWER["gamma_up"] not in gamma_up


def test_exponents_of_an_exponential_step_spread_from_cell_to_cell():
    how = {"a": 1.0, "b": 0.0, "gamma_up": -1.5, "gamma_down": -2.0, "A_up": -0.5, "A_down": -0.4}
    pieces = {"spread": {"initial": 0.0, "gamma": 0.2}}
    made_of = technology("exponential", pieces=pieces, step=0.001, **how)
    for way, kept, A in ((1, "slope_up", -0.5), (-1, "slope_down", -0.4)):
        array = grown(made_of, 64, 64, 4, weight=0.5)
        own, mean = getattr(array._cells, kept).astype(np.float64), how[f"gamma{kept[5:]}"]
        assert abs(own.mean() - mean) < 5 * 0.2 / np.sqrt(own.size)
        assert abs(own.std() / 0.2 - 1) < 5 / np.sqrt(2 * own.size)
        send(array, way)
        # z = 2 a w / (w_max - w_min) = 1/2 at w = 1/2.
        expected = 0.5 + way * 0.001 * np.maximum(1 - A * np.exp(way * own / 2), 0)
        np.testing.assert_allclose(weights_of(array), expected, atol=1e-7)
    assert grown(technology("exponential"))._cells.slope_up is None


@pytest.mark.parametrize("table", [(1.0,), (1.0, -0.1), (1.0, float("nan"))])
def test_a_table_that_cannot_be_is_refused(table):
    with pytest.raises(ValidationError):
        response("piecewise", table_up=table)
