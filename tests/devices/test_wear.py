import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import STEP, grown, send, technology, weights_of

from devices import Fidelity, probe
from devices.aging import bounds, wear_factors
from devices.technology import Wear

SUDDEN = 2000.0  # a Weibull shape so steep that every cell lives about equally long


def wearing(kind="constant", *, weight=0.0, rows=4, columns=8, count=1, **wear):
    wear = {"endurance": 100.0, "shape": SUDDEN, "closure": 0.0, "slowing": 0.0} | wear
    numbers = {"step": 1 / 64, "w_max": 1.0, "w_min": -1.0}
    made_of = technology(kind, pieces={"wear": wear}, **numbers)
    return grown(made_of, rows, columns, count, weight=weight)


def swing(array, times):
    """Give every cell one pulse up and one down, many times."""
    for _ in range(times):
        send(array, 1)
        send(array, -1)


def used(array):
    return array._state.pulses / array._cells.endurance.astype(np.float64)


def test_steps_shrink_in_proportion_to_the_pulses_received():
    array = wearing(slowing=0.6)
    steps = []
    for _ in range(48):
        f, before = used(array), weights_of(array)
        send(array, 1)
        steps.append(weights_of(array) - before)
        expected = (1 - 0.6 * f) / 64
        off = np.abs(steps[-1] - expected).max() * 64
        assert off < 1e-5, f"off by {off:.1e} steps"
        send(array, -1)
    assert (steps[-1] < 0.45 * steps[0]).all()


@pytest.mark.parametrize("kind", ["constant", "soft-bounds"])
def test_the_window_closes_in_proportion_to_the_pulses_received(kind):
    array = wearing(kind, closure=0.5, endurance=4000.0)
    for pulses in (31, -31):
        send(array, pulses, samples=16, fidelity=Fidelity.PER_SAMPLE)
        # The last burst found the cell as worn as it was 31 pulses before.
        f = (array._state.pulses - 31.0) / array._cells.endurance
        bound = np.sign(pulses) * (1 - 0.5 * f)
        off = np.abs(weights_of(array) - bound).max()
        assert off < 1e-3, f"off by {off:.1e}"
    assert np.abs(weights_of(array)).max() < 0.9


def test_the_window_closes_towards_its_resting_weight():
    array = wearing(closure=0.5, endurance=200.0, resting_weight=0.2)
    send(array, 31, samples=3, fidelity=Fidelity.PER_PULSE)
    f = (array._state.pulses - 1.0) / array._cells.endurance
    off = np.abs(weights_of(array) - (0.2 + 0.8 * (1 - 0.5 * f))).max()
    assert off < 1e-5, f"off by {off:.1e}"


@pytest.mark.parametrize("rest", [-0.9, 0.9])
@pytest.mark.parametrize("kind", ["constant", "linear", "soft-bounds"])
def test_a_window_that_closes_far_from_zero_stays_around_it(kind, rest):
    array = wearing(kind, closure=0.95, endurance=400.0, resting_weight=rest)
    array._state.pulses[:] = 380
    w_max, w_min = bounds(array.technology, array._cells, array._state)
    assert w_max.min() > 0 > w_min.max()
    assert ((w_max < 0.1) | (w_min > -0.1)).all(), "one bound would have crossed zero"
    # Bounds on their sides of zero: up is still up, down is still down.
    for pulses in (8, -8):
        array._state.weight[:] = 0
        send(array, pulses)
        moved = weights_of(array) * np.sign(pulses)
        least = 0.0005 if np.sign(pulses) != np.sign(rest) else 0.05
        assert moved.min() > least, f"moved by {moved.min():.4f}"


def test_soft_steps_vanish_at_the_bound_where_wear_has_moved_it():
    array = wearing("soft-bounds", closure=0.5, slowing=0.2, weight=0.3, endurance=1000.0)
    array._state.pulses[:] = 600
    f = used(array)
    send(array, 1)
    expected = 0.3 + (1 - 0.2 * f) / 64 * (1 - 0.3 / (1 - 0.5 * f))
    off = np.abs(weights_of(array) - expected).max() * 64
    assert off < 1e-4, f"off by {off:.1e} steps"


def test_a_cell_sticks_at_its_endurance_and_never_moves_again():
    array = wearing(slowing=0.5, closure=0.5, shape=2.0, columns=64)
    stuck_weight = np.full(weights_of(array).shape, np.nan)
    for _ in range(150):
        send(array, 1 if np.random.default_rng(_).random() < 0.5 else -1)
        stuck = array.is_stuck()
        assert np.array_equal(stuck, array._state.pulses >= array._cells.endurance)
        known = ~np.isnan(stuck_weight)
        assert np.array_equal(weights_of(array)[known], stuck_weight[known])
        stuck_weight[stuck & ~known] = weights_of(array)[stuck & ~known]
    assert 0.5 < array.is_stuck().mean() < 0.99
    alive = ~array.is_stuck()
    before = weights_of(array)
    send(array, 1 if before[alive].mean() < 0 else -1)
    assert (weights_of(array) != before)[alive].mean() > 0.9


@pytest.mark.parametrize("kind", ["single", "differential", "one-sided"])
def test_wear_never_heals(kind):
    wear = {"endurance": 100.0, "slowing": 0.5, "closure": 0.5, "fails_low": 0.3}
    cell = {"kind": kind, "refresh_every": 3 if kind == "one-sided" else 0}
    array = grown(technology(pieces={"wear": wear, "cell": cell}, step=1 / 64), 4, 32, 2)
    rng = np.random.default_rng(0)
    worn, dead = probe.wear(array), array.is_stuck()
    for _ in range(30):
        array.update(rng.uniform(-1, 1, (3, 4)), rng.uniform(-1, 1, (3, 32)), 0.05)
        array.forward(np.ones((1, 4)))
        array.wait(1e9)
        array = array.take([0, 1])
        assert (probe.wear(array) >= worn).all()
        assert (array.is_stuck() >= dead).all()
        worn, dead = probe.wear(array), array.is_stuck()
    assert (worn > 0.2).all()
    assert dead.any()


def test_a_full_counter_of_pulses_does_not_begin_again():
    array = wearing(endurance=4e9)
    array._state.pulses[:] = 2**32 - 3
    assert array.is_stuck().all()
    send(array, 5)
    assert (array._state.pulses == 2**32 - 1).all()
    assert array.is_stuck().all()


@given(st.integers(1, 2**32 - 1))
@settings(deadline=None)
def test_a_cell_lives_to_its_very_last_pulse(endurance):
    lives = np.array([np.float32(endurance)])
    last = np.array([np.ceil(lives[0].astype(np.float64)) - 1]).astype(np.uint32)
    _, _, is_alive = wear_factors(Wear(endurance=1.0), last, lives)
    assert is_alive.all()
    if last[0] < 2**32 - 1:
        _, _, is_alive = wear_factors(Wear(endurance=1.0), last + np.uint32(1), lives)
        assert not is_alive.any()


def test_pulses_are_counted_by_the_cell():
    array = wearing(endurance=1e6)
    array.update([[1.0, 0.0, 1.0, 0.0]], [[1.0, 0.0, -1.0, 0, 0, 0, 0, 0]], 7 / 64)
    expected = np.zeros((4, 8))
    expected[::2, [0, 2]] = 7
    assert np.array_equal(array._state.pulses[0], expected)
    assert probe.wear(array) == pytest.approx((expected / array._cells.endurance[0]).mean())


def test_fidelities_agree_on_what_a_life_wears():
    """Steps and bounds after many batches, where only the grain of wear differs."""
    ends = []
    for fidelity in (Fidelity.AVERAGED, Fidelity.PER_PULSE):
        wear = {"endurance": 2000.0, "closure": 0.5, "slowing": 0.5, "shape": 3.0}
        made_of = technology("soft-bounds", pieces={"wear": wear}, cycle_noise=0.3)
        array = grown(made_of, 8, 8, 100, weight=0.0)
        rng = np.random.default_rng(2)
        for _ in range(12):
            d = rng.choice([-1.0, 1.0], (16, 8)) + 0.3
            array.update(np.ones((16, 8)), d, STEP, fidelity)
        ends.append(array)
    averaged, oracle = (weights_of(array).ravel() for array in ends)
    off = (averaged.mean() - oracle.mean()) / (oracle.std() / np.sqrt(oracle.size / 2))
    assert abs(off) < 5, f"mean off by {off:.1f} errors"
    assert averaged.std() / oracle.std() == pytest.approx(1, abs=0.06)
    assert np.array_equal(*(array._state.pulses for array in ends))
    assert probe.wear(ends[0]).mean() > 0.08


def test_no_declared_wear_is_no_wear():
    array = grown(technology(), weight=0.0)
    swing(array, 40)
    assert array._state.pulses is None
    assert not array.is_stuck().any()
    assert probe.wear(array).tolist() == [0]
