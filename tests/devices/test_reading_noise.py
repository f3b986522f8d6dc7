"""Noise of a read against the deviations that its equations give."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from specimens import grown, technology, weights_of

from devices import program
from devices.reading.fluctuation import flicker_deviation, renewal
from devices.technology import Flicker, Telegraph

ROWS, COLUMNS = 12, 9
CELL = {"g_min": 1e-6, "g_max": 25e-6}
REFERENCE = 13 / 12  # (1 + 12) uS over 12 uS per unit of weight


def noisy(*, rows=ROWS, columns=COLUMNS, count=2, spread=None, read=None, weight=None, **noise):
    pieces = {"read": {"noise": noise} | (read or {}), "cell": CELL}
    pieces["spread"] = {"initial": 0.4} | (spread or {})
    return grown(technology(pieces=pieces), rows, columns, count, weight=weight)


def assert_deviation(noise, expected, what="noise"):
    """Deviation over samples `[device, sample, line]` within five standard errors, and normal."""
    noise = noise.astype(np.float64) / np.broadcast_to(expected, noise[:, :1].shape)
    off = abs(noise.std() - 1)
    assert off < 5 / np.sqrt(2 * noise.size), f"{what} off by a factor {off:.4f}"
    off = np.abs(noise.std(axis=1) - 1).max()
    assert off < 6 / np.sqrt(2 * noise.shape[1]), f"{what} of a line off by a factor {off:.4f}"
    assert abs(noise.mean()) < 5 / np.sqrt(noise.size)
    assert stats.kstest(noise.ravel(), "norm").pvalue > 1e-3


def repeated(array, samples=3000, *, is_reverse=False, seed=0):
    lines = array.columns if is_reverse else array.rows
    v = np.random.default_rng(seed).uniform(-1, 1, lines).astype(np.float32)
    v[0] = 1.0
    x = np.broadcast_to(v, (samples, lines))
    return v.astype(np.float64), (array.backward(x) if is_reverse else array.forward(x))


@pytest.mark.parametrize("is_reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("relative_to", ["weight", "conductance"])
def test_noise_of_cells_is_the_root_of_the_sum_of_their_squares(relative_to, is_reverse):
    array = noisy(cells=0.05, relative_to=relative_to, spread={"cell_gain": 0.2})
    v, y = repeated(array, is_reverse=is_reverse)
    gain = array._cells.gain.astype(np.float64)
    u = gain * (weights_of(array) + REFERENCE)
    if relative_to == "weight":
        u -= REFERENCE
    if is_reverse:
        u = u.swapaxes(1, 2)
    expected = 0.05 * np.sqrt(np.einsum("j,dji->di", v**2, u**2))
    assert_deviation(y - y.mean(axis=1, keepdims=True), expected[:, None])


def test_noise_of_cells_is_that_of_cells_which_fluctuate_one_by_one():
    """Two million cells drawn one by one give the moments that the line draws at once."""
    array = noisy(cells=0.05, count=1)
    v, y = repeated(array)
    w = weights_of(array)[0]
    rng = np.random.default_rng(3)
    cells = w * (1 + 0.05 * rng.standard_normal((20_000, *w.shape)))
    one_by_one = np.einsum("j,sji->si", v, cells)
    ratio = y[0].astype(np.float64).std(axis=0) / one_by_one.std(axis=0)
    assert np.abs(ratio - 1).max() < 6 * np.sqrt(0.5 / 3000 + 0.5 / 20_000)


def test_silent_inputs_carry_no_noise_of_cells():
    array = noisy(cells=0.5)
    assert not array.forward(np.zeros((5, ROWS))).any()


def test_noise_of_input_voltages_goes_through_the_weights():
    array = noisy(input=0.03)
    _, y = repeated(array)
    expected = 0.03 * np.linalg.norm(weights_of(array), axis=1)
    assert_deviation(y - y.mean(axis=1, keepdims=True), expected[:, None])
    # One converter feeds all columns of a row: noise of columns is correlated as weights are.
    residual = (y - y.mean(axis=1, keepdims=True))[0].astype(np.float64)
    w = weights_of(array)[0]
    off = residual.T @ residual / residual.shape[0] - 0.03**2 * w.T @ w
    assert np.abs(off).max() < 0.03**2 * 6 * (w.T @ w).max() / np.sqrt(3000)


def test_noise_of_the_output_converter_adds_to_that_of_the_output():
    array = noisy(converter=0.004, weight=0.0, read={"output_noise": 0.06, "output_bound": 20.0})
    _, y = repeated(array)
    assert_deviation(y, np.hypot(0.06, 0.08))


def test_noise_is_the_same_however_reads_are_batched():
    every = {
        "cells": 0.1, "input": 0.05, "converter": 0.01, "hold": 7,
        "telegraph": {"fraction": 0.3, "amplitude": 0.2, "high": 1e-6, "low": 1e-6},
        "flicker": {},
    }  # fmt: skip
    together, apart = (noisy(count=3, **every) for _ in range(2))
    for array in (together, apart):
        array.wait(1.0)
    x = np.random.default_rng(0).uniform(-1, 1, (3, 40, ROWS)).astype(np.float32)
    whole = together.forward(x)
    cuts = [0, 1, 6, 8, 20, 21, 40]
    parts = [apart.forward(x[:, a:b]) for a, b in pairwise(cuts)]
    off = np.abs(whole - np.concatenate(parts, axis=1)).max()
    assert off < 1e-5, f"off by {off:.1e}"
    assert np.array_equal(together._fluctuation.is_low, apart._fluctuation.is_low)
    one = grown(together.technology, ROWS, COLUMNS, 1, first=2)
    one.wait(1.0)
    assert np.array_equal(one.forward(x[2:])[0], whole[2])


def test_a_lent_device_keeps_its_place_among_the_blocks():
    telegraph = {"fraction": 0.5, "amplitude": 0.2, "high": 1e-6, "low": 1e-6}
    stayed, lent = (noisy(count=3, hold=4, telegraph=telegraph, flicker={}) for _ in range(2))
    x = np.ones((6, ROWS), np.float32)
    for array in (stayed, lent):
        array.wait(5.0)
        array.forward(x)
    ahead = lent.take([1])
    by_itself = ahead.forward(x)
    lent.put([1], ahead)
    in_company = lent.forward(x)
    expected = [stayed.forward(x), stayed.forward(x)]
    assert np.array_equal(by_itself[0], expected[0][1])
    assert np.array_equal(in_company[[0, 2]], expected[0][[0, 2]])
    assert np.array_equal(in_company[1], expected[1][1])


# Random telegraph noise


def test_a_trap_is_drawn_anew_at_the_summed_rate():
    trap = Telegraph(fraction=1, amplitude=0.1, high=3.0, low=1.0)
    anew, low = renewal(trap, np.array([0.0, 0.75 * np.log(2), np.inf]))
    np.testing.assert_allclose(anew, [0, 0.5, 1], rtol=1e-12)
    assert low == 0.25


def trapped(*, high, low, hold=1, fraction=1.0, rows=40, columns=40, **more):
    """Return an array of weight one whose only noise is that of traps, and its states read."""
    telegraph = {"fraction": fraction, "amplitude": 0.2, "high": high, "low": low} | more
    read = {"duration": 1e-6, "noise_management": "none"}
    return noisy(
        rows=rows, columns=columns, count=1, hold=hold, read=read, weight=1.0, telegraph=telegraph
    )


def low_cells(array):
    return array._fluctuation.is_low[0].copy()


def test_traps_keep_the_stationary_law_and_forget_exponentially():
    array = trapped(high=30e-6, low=10e-6)  # tau = 7.5 us
    x = np.zeros((1, array.rows))
    states = []
    for _ in range(60):
        array.forward(x)
        states.append(low_cells(array))
    s = np.array(states, np.float64).reshape(60, -1)
    cells = s.shape[1]
    # Sixty reads are worth about 60 / (2 * 7.5) independent ones of each cell.
    off = s.mean() - 0.25
    assert abs(off) < 5 * np.sqrt(0.25 * 0.75 / (4 * cells)), f"filled too often by {off:.4f}"
    for lag in (1, 5, 10):
        found = ((s[lag:] - 0.25) * (s[:-lag] - 0.25)).mean() / (0.25 * 0.75)
        expected = np.exp(-lag / 7.5)
        assert abs(found - expected) < 0.05, f"lag {lag}: {found:.3f}, expected {expected:.3f}"


def test_a_filled_trap_takes_its_part_of_the_whole_conductance():
    array = trapped(high=1e-6, low=1e-6, columns=8, rows=5)
    y = array.forward(np.eye(5, dtype=np.float32))[0]
    # With hold 1 each row was read in a block of its own: only the last one's states are known.
    lost = 0.2 * (1 + REFERENCE)
    levels = np.unique(np.round(y[y != 0], 5))
    np.testing.assert_allclose(levels, [1 - lost, 1.0], atol=1e-5)
    np.testing.assert_allclose(y[4], np.where(low_cells(array)[4], 1 - lost, 1.0), rtol=1e-6)


def test_only_the_declared_fraction_of_cells_has_a_trap():
    array = trapped(high=1.0, low=1.0, fraction=0.1, rows=100, columns=100, amplitude_spread=0.5)
    trap = array._cells.trap[0].astype(np.float64)
    off = (trap > 0).mean() - 0.1
    assert abs(off) < 5 * np.sqrt(0.1 * 0.9 / trap.size)
    z = np.log(trap[trap > 0] / 0.2)
    assert trap.max() <= 1
    assert abs(z.std() - 0.5) < 5 * 0.5 / np.sqrt(2 * z.size)


def test_traps_stand_still_within_a_block_and_forget_during_a_long_rest():
    array = trapped(high=1e-3, low=1e-3, hold=50)
    x = np.ones((1, array.rows))
    first = array.forward(np.repeat(x, 50, axis=0))
    assert np.ptp(first, axis=1).max() < 1e-4, "one trap would show as 0.4"
    before = low_cells(array)
    array.forward(x)  # 50 us later, tau 500 us: few have changed
    near = (low_cells(array) != before).mean()
    expected = 0.5 * -np.expm1(-50e-6 / 500e-6)
    assert abs(near - expected) < 5 * np.sqrt(expected / before.size), f"{near:.4f} changed"
    array.forward(np.repeat(x, 49, axis=0))
    array.wait(1.0)
    before = low_cells(array)
    array.forward(x)
    apart = (low_cells(array) != before).mean()
    assert abs(apart - 0.5) < 5 * 0.5 / np.sqrt(before.size), f"{apart:.4f} changed"


def test_both_directions_see_the_same_traps():
    array = trapped(high=1e-6, low=1e-6, hold=1000, rows=12, columns=12)
    forth = array.forward(np.eye(12, dtype=np.float32))[0]
    back = array.backward(np.eye(12, dtype=np.float32))[0]
    assert len(np.unique(forth)) == 2
    np.testing.assert_allclose(forth, back.T, rtol=1e-6)


# 1/f noise


def test_flicker_deviation_by_hand():
    # At g_max: Q = 0.0088. After t = 20 s: sqrt(ln((20 + 250e-9) / 500e-9)) = sqrt(17.5044).
    # At G / g_max = 0.01: 0.0088 / 0.01^0.65 = 0.1755; at 0.001: 0.784, capped at 0.2.
    g, t = np.array([1.0, 0.01, 0.001, 0.0, 1.0]), np.array([20.0, 20.0, 20.0, 20.0, 1e-7])
    found = flicker_deviation(Flicker(), g, t)
    span = np.sqrt(17.50439)
    expected = [0.0088 * span, 0.175583 * span, 0.2 * span, 0.2 * span, 0.0]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_flicker_noise_has_its_deviation_cell_by_cell():
    array = noisy(rows=64, columns=64, count=1, weight=0.5, flicker={}, hold=64)
    array.wait(20.0)
    x = np.eye(64, dtype=np.float32)
    noise = array.forward(x)[0].astype(np.float64) - 0.5
    own = (0.5 + REFERENCE) * 12 / 25
    expected = 0.0088 / own**0.65 * np.sqrt(17.50439) * (0.5 + REFERENCE)
    off = noise.std() / expected - 1
    assert abs(off) < 5 / np.sqrt(2 * noise.size), f"off by a factor {off:.4f}"
    assert stats.kstest(noise.ravel() / expected, "norm").pvalue > 1e-3
    other = array.forward(x)[0].astype(np.float64) - 0.5
    correlation = np.corrcoef(noise.ravel(), other.ravel())[0, 1]
    assert abs(correlation) < 5 / np.sqrt(noise.size), "the next block is drawn anew"


def test_a_cell_just_written_does_not_flicker():
    array = noisy(rows=16, columns=16, count=1, weight=0.0, flicker={}, hold=16)
    array.wait(100.0)
    x, d = np.zeros((1, 16)), np.ones((1, 16))
    x[0, :8] = 1.0
    array.update(x, d, array.technology.response.step)
    w = weights_of(array)[0]
    y = array.forward(np.eye(16, dtype=np.float32))[0]
    assert np.abs(y[:8] - w[:8]).max() < 1e-6
    assert np.abs(y[8:] - w[8:]).min() > 1e-6


def test_programming_is_a_write_too():
    array = noisy(rows=8, columns=8, count=1, weight=0.0, flicker={}, hold=8)
    array.wait(100.0)
    before = array.ledger.clock
    program(array, np.full((8, 8), 0.3), mode="open-loop")
    assert (array._state.written >= before).all()
    assert (array._state.written <= array.ledger.clock).all()


# How noises meet


def always_low(**more):
    """Return an array all of whose traps are filled, a fifth of each conductance lost."""
    telegraph = {"fraction": 1.0, "amplitude": 0.2, "high": 1e-9, "low": 1e6}
    return noisy(telegraph=telegraph, **more)


@pytest.mark.parametrize("coding", ["amplitude", "pulse-width"])
def test_a_fluctuation_acts_on_the_whole_curved_current(coding):
    spread = {"cell_gain": 0.2, "curvature": 0.1}
    read = {"curvature": 0.1, "coding": coding, "noise_management": "none"}
    array = always_low(spread=spread, read=read)
    own = array._cells.gain.astype(np.float64) * (weights_of(array) + REFERENCE)
    kappa = array._cells.curvature.astype(np.float64)
    v = np.linspace(-1, 1, ROWS)
    cube = v**3 if coding == "amplitude" else v
    current = 0.8 * own * (v[:, None] + kappa * cube[:, None])
    expected = (current - REFERENCE * (v + 0.1 * cube)[:, None]).sum(axis=1)
    found = array.forward(v[None].astype(np.float32))[:, 0]
    assert np.abs(found - expected).max() < 1e-5


def test_noise_of_cells_is_that_of_what_they_conduct_now():
    array = always_low(cells=0.05, relative_to="conductance")
    v, y = repeated(array)
    u = 0.8 * (weights_of(array) + REFERENCE)
    expected = 0.05 * np.sqrt(np.einsum("j,dji->di", v**2, u**2))
    assert_deviation(y - y.mean(axis=1, keepdims=True), expected[:, None])


def test_every_noise_and_direction_is_drawn_apart():
    n = 10
    array = noisy(rows=n, columns=n, count=1, cells=0.1, input=0.1, weight=1.0)
    x = np.ones((400, n))
    drawn = [array.forward(x), array.backward(x)]
    white = noisy(rows=n, columns=n, count=1, weight=0.0, read={"output_noise": 0.1})
    drawn += [white.forward(x), white.backward(x)]
    cells = noisy(rows=n, columns=n, count=1, cells=0.1, weight=1.0)
    drawn += [cells.forward(x), cells.backward(x)]
    correlation = np.corrcoef([(each - each.mean()).ravel() for each in drawn])
    # The first two hold the noise of cells that the last two are made of, and nothing else meets.
    for i, j in ((0, 1), (0, 3), (2, 3), (2, 4), (2, 5), (3, 4), (3, 5), (4, 5), (0, 5), (1, 4)):
        assert abs(correlation[i, j]) < 5 / np.sqrt(400 * n), f"{i} and {j}"
    assert correlation[0, 4] > 0.2


def test_blocks_are_counted_over_both_directions():
    array = trapped(high=1e-6, low=1e-6, hold=10, rows=12, columns=12)
    array.forward(np.zeros((6, 12)))
    first = low_cells(array)
    array.backward(np.zeros((4, 12)))
    assert np.array_equal(low_cells(array), first)
    array.backward(np.zeros((1, 12)))
    assert (low_cells(array) != first).mean() > 0.2


def test_reading_again_does_not_hasten_the_clock_of_slow_noise():
    telegraph = {"fraction": 1.0, "amplitude": 0.01, "high": 2e-5, "low": 2e-5}
    read = {"adc_bits": 8, "output_bound": 0.5, "bound_management": 8, "duration": 1e-6}
    together, apart = (
        noisy(rows=40, columns=40, count=1, hold=4, telegraph=telegraph, read=read, weight=0.5)
        for _ in range(2)
    )
    x = np.ones((40, 40), np.float32)
    together.forward(x)
    for vector in x:
        apart.forward(vector[None])
    assert together.ledger.repeats.tolist() == apart.ledger.repeats.tolist() != [0]
    assert np.array_equal(low_cells(together), low_cells(apart))
