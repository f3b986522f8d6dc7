import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import grown, send, technology, weights_of

from devices import preset
from devices.aging import acceleration, drift_factor
from devices.errors import DeviceError
from devices.technology import Retention

YEAR = 365.25 * 86400
TAU = 1e6


def resting(retention, *, rows=8, columns=8, count=4, weight=0.5, **more):
    spread = more.pop("spread", {"initial": 0.0})
    pieces = {"retention": retention, "spread": spread} | more.pop("pieces", {})
    return grown(technology(pieces=pieces, **more), rows, columns, count, weight=weight)


@given(st.floats(0, 5e6), st.floats(-0.9, 0.9), st.floats(-0.5, 0.5))
@settings(max_examples=30, deadline=None)
def test_decay_is_exponential_towards_its_resting_weight(seconds, weight, rest):
    array = resting({"decay_time": TAU, "resting_weight": rest}, weight=weight)
    assert array.wait(seconds)
    expected = rest + (np.float32(weight) - rest) * np.exp(-seconds / TAU)
    off = np.abs(weights_of(array) - expected).max()
    assert off < 1.5e-7, f"off by {off:.1e}"


@pytest.mark.parametrize(
    ("tau", "seconds"), [(1e6, 1e4), (1e6, 7e5), (1e6, 1e8), (None, 1e4)]
)  # fmt: skip
def test_decay_with_diffusion_has_the_moments_of_ornstein_and_uhlenbeck(tau, seconds):
    rho, rest = 5e-5, -0.2
    retention = {"decay_time": tau, "diffusion": rho, "resting_weight": rest}
    array = resting(retention, rows=64, columns=64, count=16)
    array.wait(seconds)
    w = weights_of(array).ravel()
    mean, variance = 0.5, rho**2 * seconds
    if tau is not None:
        mean = rest + 0.7 * math.exp(-seconds / tau)
        variance = rho**2 * tau / 2 * (1 - math.exp(-2 * seconds / tau))
    off = abs(w.mean() - mean)
    assert off < 5 * math.sqrt(variance / w.size), f"mean off by {off:.1e}"
    off = w.var() / variance - 1
    assert abs(off) < 5 * math.sqrt(2 / w.size), f"variance off by a factor {off:.4f}"


def test_each_rest_diffuses_anew():
    array = resting({"diffusion": 1e-5}, rows=64, columns=64)
    places = [weights_of(array)]
    for _ in range(3):
        array.wait(1e4)
        places.append(weights_of(array))
    steps = np.diff([place.ravel() for place in places], axis=0)
    correlations = np.corrcoef(steps) - np.eye(3)
    assert np.abs(correlations).max() < 5 / np.sqrt(steps.shape[1])


def test_diffusion_stops_at_the_bounds():
    array = resting({"diffusion": 1e-2}, rows=32, columns=32)
    array.wait(1e6)
    w = weights_of(array)
    assert np.abs(w).max() == 1
    assert (np.abs(w) == 1).mean() > 0.5


@given(st.floats(1, 1e7), st.floats(1, 1e7))
@settings(max_examples=30, deadline=None)
def test_two_rests_are_one_rest_over_both_times_by_decay(first, second):
    spread = {"initial": 0.0, "decay": 0.5}
    once, twice = (resting({"decay_time": TAU}, spread=spread) for _ in range(2))
    once.wait(first + second)
    twice.wait(first)
    twice.wait(second)
    off = np.abs(weights_of(once) - weights_of(twice)).max()
    assert off < 2e-7, f"off by {off:.1e}"
    assert weights_of(once).std() > 0 or first + second > 20 * TAU


PCM = {"drift_exponent": 0.05, "drift_start": 20.0}


def drifting(**more):
    more = {"spread": {"initial": 0.3, "drift": 0.2}, "weight": None} | more
    return resting(PCM, pieces={"cell": {"g_min": 1e-6, "g_max": 25e-6}}, **more)


@given(st.floats(1, 1e8), st.floats(1, 1e8))
@settings(max_examples=30, deadline=None)
def test_two_rests_are_one_rest_over_both_times_by_drift(first, second):
    once, twice = drifting(), drifting()
    once.wait(first + second)
    twice.wait(first)
    twice.wait(second)
    off = np.abs(weights_of(once) - weights_of(twice)).max()
    assert off < 3e-7, f"off by {off:.1e}"


@pytest.mark.parametrize("kind", ["single", "differential", "one-sided"])
@given(st.lists(st.floats(1, 1e7), min_size=2, max_size=5))
@settings(max_examples=20, deadline=None)
def test_many_rests_are_one_rest_over_all_times_by_decay_and_drift_together(kind, times):
    spread = {"initial": 0.3, "drift": 0.3, "decay": 0.5}
    pieces = {"cell": {"kind": kind, "g_min": 1e-6, "g_max": 25e-6}}
    if kind == "single":
        spread["reference"] = 0.05
    retention = PCM | {"decay_time": 1e7, "resting_weight": 0.2}
    once, often = (resting(retention, spread=spread, pieces=pieces, weight=None) for _ in range(2))
    once.wait(sum(times))
    for seconds in times:
        often.wait(seconds)
    off = np.abs(weights_of(once) - weights_of(often)).max()
    assert off < 5e-7 * len(times), f"off by {off:.1e}"


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 0.2))
def test_drift_factors_compose(rested, first, second, exponent):
    one = drift_factor(np.array(rested), first + second, 20.0, exponent)
    two = drift_factor(np.array(rested), first, 20.0, exponent)
    two = two * drift_factor(np.array(rested + first), second, 20.0, exponent)
    assert one == pytest.approx(two, rel=1e-12)


def test_drift_acts_on_the_conductance_of_cell_and_reference():
    array = drifting()
    before, nu = weights_of(array), array._cells.drift_exponent.astype(np.float64)
    assert nu.std() > 0.005
    seconds = 3 * YEAR
    array.wait(seconds)
    siemens = 24e-6 / 2  # per unit of weight; the reference is 13 uS
    cell, reference = 13e-6 + siemens * before, 13e-6
    cell = cell * ((seconds + 20) / 20) ** -nu
    reference = reference * ((seconds + 20) / 20) ** -0.05
    off = np.abs(weights_of(array) - (cell - reference) / siemens).max()
    assert off < 2e-7, f"off by {off:.1e}"


def test_the_clock_of_drift_starts_anew_when_a_cell_is_written():
    array, fresh = (drifting(weight=0.5, spread={"initial": 0.0}, rows=2) for _ in range(2))
    array.wait(YEAR)
    array.update([[1.0, 0.0]], np.ones((1, 8)), array.technology.response.step)
    array._state.weight[:] = 0.5
    array.wait(1000.0)
    fresh.wait(1000.0)
    assert np.array_equal(weights_of(array)[:, 0], weights_of(fresh)[:, 0])
    off = 0.5 - weights_of(fresh)[:, 0]
    rested = 0.5 - weights_of(array)[:, 1]
    assert (off > 1000 * rested).all(), "a cell that rested a year hardly drifts in an hour"
    assert (rested > 0).all()


def test_heat_hastens_rest_by_the_arrhenius_factor():
    # By hand: exp(1 eV / 8.617333e-5 eV/K * (1/298.15 K - 1/328.15 K)) = exp(3.5583) = 35.10.
    retention = Retention(decay_time=TAU, activation_energy=1.0)
    assert acceleration(retention, 328.15) == pytest.approx(35.10, abs=0.01)
    assert acceleration(retention, 298.15) == 1
    assert acceleration(retention, 273.15) == pytest.approx(0.02835, rel=1e-3)
    assert acceleration(Retention(decay_time=TAU), 400.0) == 1
    warm, cold = (resting({"decay_time": TAU, "activation_energy": 1.0}) for _ in range(2))
    warm.wait(1e4, 328.15)
    cold.wait(1e4 * acceleration(retention, 328.15))
    assert np.array_equal(weights_of(warm), weights_of(cold))
    assert weights_of(warm).max() < 0.36


def test_without_data_a_rest_says_so_and_changes_nothing():
    array = grown(preset("gokmen-vlasov2016"), count=2)
    before = weights_of(array)
    assert array.wait(5 * YEAR) is False
    assert np.array_equal(weights_of(array), before)
    assert array.ledger.rested.tolist() == [5 * YEAR] * 2
    assert grown(preset("exact")).wait(5 * YEAR) is True


@pytest.mark.parametrize("retention", [{"decay_time": TAU, "diffusion": 1e-4}, PCM])
def test_rest_does_not_move_stuck_cells(retention):
    spread = {"initial": 0.3, "stuck": 0.4}
    array = resting(retention, spread=spread, rows=20, columns=20, weight=None)
    stuck, before = array.is_stuck(), weights_of(array)
    array.wait(1e6)
    assert np.array_equal(weights_of(array) != before, ~stuck)


def test_rest_keeps_a_worn_window():
    wear = {"endurance": 100.0, "shape": 500.0, "closure": 0.8, "slowing": 0.0}
    array = resting(
        {"diffusion": 1e-2}, rows=32, columns=32, pieces={"wear": wear}, weight=0.0, step=1 / 64
    )
    for _ in range(40):
        send(array, 1)
        send(array, -1)
    array.wait(1e6)
    # 80 of 100 pulses used: 1 - 0.8 * 0.8 of the window is left.
    assert not array.is_stuck().any()
    assert np.abs(weights_of(array)).max() == pytest.approx(0.36, abs=0.01)


def test_capacitors_differ_in_how_fast_they_forget():
    array = grown(preset("capacitor-li2018"), 32, 32, weight=0.5)
    array.wait(50.0)
    left = weights_of(array) / 0.5
    assert np.median(left) == pytest.approx(math.exp(-0.5), rel=0.02)
    assert np.log(-np.log(left)).std() == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize(
    ("seconds", "temperature"),
    [(-1.0, 300.0), (math.nan, 300.0), (math.inf, 300.0), (1.0, 0.0), (1.0, -5.0),
     (1.0, math.nan), (1.0, math.inf)],
)  # fmt: skip
def test_impossible_rests_are_refused(seconds, temperature):
    array = resting({"decay_time": TAU})
    with pytest.raises(DeviceError, match="a rest needs a time of 0 s or more"):
        array.wait(seconds, temperature)
    assert array.ledger.rested.tolist() == [0] * 4


def test_no_time_changes_nothing():
    array = resting({"decay_time": TAU, "diffusion": 1e-3})
    array.wait(0.0)
    assert (weights_of(array) == 0.5).all()
