import numpy as np
import pytest
from pydantic import ValidationError
from specimens import STEP, grown, send, technology, weights_of

from devices import probe
from devices.aging import bounds
from devices.technology import Spread, Wear

BORN = {"stuck": 0.1, "stuck_low": 0.07, "stuck_high": 0.04, "initial": 0.1, "w_max": 0.2}
WHOLE = BORN | {"stuck_low": 0.0, "stuck_high": 0.0}


def test_cells_are_born_stuck_where_they_are_and_at_either_bound():
    array = grown(technology("soft-bounds", pieces={"spread": BORN}), 100, 100, 4)
    cells, w = array._cells, probe.weights(array)
    low, high = w == cells.w_min, w == cells.w_max
    for found, expected in ((low, 0.07), (high, 0.04), (array.is_stuck(), 0.21)):
        error = np.sqrt(expected * (1 - expected) / found.size)
        off = (found.mean() - expected) / error
        assert abs(off) < 5, f"off by {off:.1f} errors"
    assert array.is_stuck()[low | high].all()
    send(array, 3)
    send(array, -9)
    assert np.array_equal(probe.weights(array) == w, array.is_stuck())


def test_faults_at_the_bounds_leave_all_other_cells_as_they_were():
    few = grown(technology(pieces={"spread": WHOLE}), 50, 50)
    more = grown(technology(pieces={"spread": BORN}), 50, 50)
    assert more.is_stuck()[few.is_stuck()].all()
    others = ~more.is_stuck() | few.is_stuck()
    assert np.array_equal(weights_of(few)[others], weights_of(more)[others])
    assert np.array_equal(few._cells.step_up[others], more._cells.step_up[others])


def test_cells_are_born_stuck_anywhere_between_their_bounds():
    spread = {"stuck_random": 0.3, "initial": 0.0, "w_max": 0.2, "w_min": 0.2}
    array = grown(technology(pieces={"spread": spread}), 100, 100, 2)
    stuck, cells = array.is_stuck(), array._cells
    assert stuck.mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / stuck.size))
    place = ((weights_of(array) - cells.w_min) / (cells.w_max - cells.w_min))[stuck]
    expected = (np.arange(place.size) + 0.5) / place.size
    # Kolmogorov and Smirnov: beyond 2.2 / sqrt(n) one time in ten thousand.
    assert np.abs(np.sort(place) - expected).max() < 2.2 / np.sqrt(place.size)


def worn(kind="constant", *, rows=40, columns=50, count=2, weight=0.0, pieces=None, **wear):
    wear = {"endurance": 100.0, "shape": 2000.0, "closure": 0.5, "slowing": 0.0} | wear
    made_of = technology(kind, pieces={"wear": wear} | (pieces or {}), step=1 / 64, cycle_noise=0.5)
    return grown(made_of, rows, columns, count, weight=weight)


def test_worn_out_cells_fail_to_either_bound_or_stay():
    array = worn(fails_low=0.3, fails_high=0.2, fails_random=0.1)
    for sign in (1, -1) * 49:
        send(array, sign)
        assert not array.is_stuck().any()
    before = weights_of(array)
    for sign in (1, -1, 1, -1):
        send(array, sign)
    assert array.is_stuck().all()
    upper, lower = bounds(array.technology, array._cells, array._state)
    assert upper.max() == pytest.approx(0.5)
    w = weights_of(array)
    for found, expected in ((w == lower, 0.3), (w == upper, 0.2)):
        off = (found.mean() - expected) / np.sqrt(expected * (1 - expected) / found.size)
        assert abs(off) < 5, f"off by {off:.1f} errors"
    stays = np.abs(w - before) < 8 / 64
    stays &= (w != lower) & (w != upper)
    # A quarter of the window is nearer than that to where a cell was.
    off = (stays.mean() - 0.425) / np.sqrt(0.425 * 0.575 / w.size)
    assert abs(off) < 5, f"off by {off:.1f} errors"
    send(array, 20)
    array.wait(1e9)
    assert np.array_equal(weights_of(array), w), "the dead do not move"


def test_a_cell_fails_by_its_own_draw():
    few, many = worn(fails_low=0.2), worn(fails_low=0.6)
    for array in (few, many):
        send(array, 31)
        for _ in range(3):
            send(array, 31)
    low = [array._state.weight == -0.5 for array in (few, many)]
    assert low[1][low[0]].all()
    assert low[0].mean() < 0.25 < 0.55 < low[1].mean()


@pytest.mark.parametrize("kind", ["constant", "soft-bounds", "exponential"])
def test_the_noise_of_a_cell_grows_with_its_wear(kind):
    for used in (0, 50, 99):
        array = worn(kind, closure=0.0, noise=2.0, rows=100, columns=100)
        array._state.pulses[:] = used
        send(array, 1)
        step = weights_of(array).std() / weights_of(array).mean()
        # cycle noise 0.5, twice that beside it at the end of life
        fraction = (used / array._cells.endurance).mean()
        assert step == pytest.approx(0.5 * (1 + 2 * fraction), rel=0.02)


def test_impossible_fractions_are_refused():
    with pytest.raises(ValidationError, match=r"not exceed 1 together, found 1\.1"):
        Spread(stuck=0.5, stuck_low=0.4, stuck_high=0.2)
    with pytest.raises(ValidationError, match=r"must not exceed 1, found 1\.2"):
        Wear(endurance=1.0, fails_low=0.6, fails_high=0.4, fails_random=0.2)


def test_each_cell_has_a_reference_of_its_own():
    pieces = {
        "spread": {"reference": 0.05, "initial": 0.0},
        "read": {"noise_management": "none"},
        "cell": {"g_min": 1e-6, "g_max": 25e-6},
    }
    array = grown(technology(pieces=pieces), 60, 70, 3)
    off = probe.weights(array)
    assert off.std() == pytest.approx(0.05, rel=5 / np.sqrt(2 * off.size))
    assert abs(off.mean()) < 5 * 0.05 / np.sqrt(off.size)
    np.testing.assert_allclose(array.forward(np.eye(60)), off, atol=1e-7)
    np.testing.assert_allclose(probe.conductance(array), 13e-6, rtol=1e-6)
    send(array, 3)
    np.testing.assert_allclose(probe.weights(array), off + 3 * STEP, atol=1e-7)


@pytest.mark.parametrize("is_shared", [False, True])
def test_gain_and_drift_act_on_the_whole_reference(is_shared):
    spread = {"reference": 0.05, "initial": 0.2, "cell_gain": 0.3, "drift": 0.3, "curvature": 0.1}
    pieces = {
        "spread": spread,
        "read": {"noise_management": "none", "curvature": 0.2},
        "cell": {"g_min": 1e-6, "g_max": 25e-6, "shared_access": is_shared},
        "retention": {"drift_exponent": 0.05, "drift_start": 20.0},
    }
    array = grown(technology(pieces=pieces), 6, 7, 3)
    wide = {
        name: getattr(array._cells, name).astype(np.float64)
        for name in ("gain", "drift_exponent", "reference", "curvature")
    }
    scale = 12e-6
    cell = (13e-6 + scale * weights_of(array)) * ((1e5 + 20) / 20) ** -wide["drift_exponent"]
    reference = (13e-6 + scale * wide["reference"]) * ((1e5 + 20) / 20) ** -0.05
    array.wait(3e4)
    array.wait(7e4)
    np.testing.assert_allclose(probe.conductance(array), cell, rtol=1e-6)
    np.testing.assert_allclose(probe.weights(array), (cell - reference) / scale, atol=1e-6)
    if is_shared:
        linear = wide["gain"] * (cell - reference) / scale
        cubic = wide["curvature"] * linear
        np.testing.assert_allclose(array.forward(np.eye(6)), linear + cubic, atol=2e-6)
        return
    # Written anew, cells and references begin to drift again.
    fresh = grown(technology(pieces=pieces), 6, 7, 3)
    own = wide["gain"] * (13 / 12 + weights_of(fresh))
    against = 13 / 12 + wide["reference"]
    expected = own * (1 + wide["curvature"]) - against * (1 + 0.2)
    np.testing.assert_allclose(fresh.forward(np.eye(6)), expected, atol=2e-6)


def test_a_pair_has_no_reference_to_differ():
    with pytest.raises(ValidationError, match="a differential pair has no reference"):
        technology(pieces={"cell": {"kind": "differential"}, "spread": {"reference": 0.1}})
