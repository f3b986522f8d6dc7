"""Net pulses move weights by what was asked, and are paid for like all others."""

import numpy as np
import pytest
from specimens import KINDS, SINGLE, STEP, grown, technology, weights_of

from devices import probe
from devices.errors import WrongShape, WrongValue
from devices.increment import single_pulse
from devices.kernels import available

BACKENDS = [name for name in ("reference", "native") if name in available()]
CIRCUITS = ("single", "differential", "one-sided")


def deltas(array, steps, seed=0):
    """Differences of up to `steps` pulses, fractions of a pulse among them."""
    shape = (array.serials.size, array.rows, array.columns)
    return np.random.default_rng(seed).uniform(-steps, steps, shape) * single_pulse(array)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("weight", [-0.3, 0.0, 0.4])
def test_on_average_it_adds_delta_times_the_step_where_the_weight_is(kind, weight, backend):
    made_of = technology(kind, cycle_noise=0.5)
    array = grown(made_of, 20, 30, 40, weight=weight, backend=backend)
    quiet = grown(technology(kind), 1, 1, 2, weight=weight)
    quiet.increment(np.array([[[STEP]], [[-STEP]]]), rounding="nearest")
    steps = weights_of(quiet).ravel() - weight  # what one pulse up and one pulse down move
    delta = 0.6 * STEP * np.where(np.arange(30) % 2, -1.0, 1.0)
    array.increment(np.broadcast_to(delta, (40, 20, 30)))
    moved = weights_of(array) - weight
    for sign, step in zip((1, -1), steps, strict=True):
        found = moved[:, :, delta * sign > 0]
        error = found.std() / np.sqrt(found.size)
        assert abs(found.mean() - 0.6 * step) < 4.5 * error + 1e-7, (found.mean() / step, error)


@pytest.mark.parametrize("circuit", CIRCUITS)
def test_rounded_to_the_nearest_it_sends_just_so_many_pulses(circuit):
    array = grown(technology(pieces={"cell": {"kind": circuit}}), 3, 5, 2, weight=0.0)
    step = single_pulse(array)
    assert step == STEP * (2 if circuit == "differential" else 1)
    count = np.arange(-15, 15).reshape(2, 3, 5)
    array.increment((count + 0.3) * step, rounding="nearest")
    assert probe.weights(array) == pytest.approx(count * step, abs=1e-6)


def test_the_exact_control_adds_the_very_difference():
    array = grown(technology("exact"), 3, 4, 2, weight=0.0)
    delta = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    array.increment(delta)
    array.increment(delta[:, [2, 0]], [2, 0])
    expected = delta.copy()
    expected[:, [2, 0]] *= 2
    assert np.array_equal(weights_of(array), expected)
    assert single_pulse(array) is None
    assert array.ledger.pulses.tolist() == [0, 0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_the_rows_that_are_named_are_written(backend):
    array = grown(technology(cycle_noise=0.3), 6, 9, 3, backend=backend)
    before = weights_of(array)
    array.increment(deltas(array, 5)[:, :2], [4, 1])
    moved = (weights_of(array) != before).any(axis=(0, 2))
    assert moved.tolist() == [False, True, False, False, True, False]


@pytest.mark.parametrize("circuit", CIRCUITS)
def test_what_it_takes_is_counted(circuit):
    pieces = {
        "cell": {"kind": circuit},
        "wear": {"endurance": 1e6},
        "energy": {"pulse": 1e-12, "half_select": 1e-15},
        "write": {"pulse_duration": 1e-7},
    }
    array = grown(technology(pieces=pieces), 3, 4, 1, weight=0.0)
    step = single_pulse(array)
    count = np.array([[3, -1, 0, 2], [0, 0, 0, 0], [0, 0, -5, 0]])
    array.increment(count[None] * step, rounding="nearest")
    ledger, planes = array.ledger, 1 if circuit == "single" else 2
    pulses = 11 * (2 if circuit == "differential" else 1)
    assert ledger.pulses.tolist() == [pulses]
    assert array._state.pulses.sum() == pulses
    received = np.abs(count) if circuit != "one-sided" else np.maximum(count, 0)
    assert np.array_equal(array._state.pulses[0, :3], received)
    # Rows take 3, 0 and 5 slots; a cell is half-selected in a slot by either of its lines alone.
    assert ledger.busy[0] == pytest.approx(8 * 1e-7)
    half = 8 * planes * 4 + 11 * planes * 3 - 2 * pulses
    assert ledger.write[0] == pytest.approx(pulses * 1e-12 + half * 1e-15)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_device_is_written_alike_in_any_company_and_after_a_freeze(backend):
    whole = grown(SINGLE, 6, 9, 4, backend=backend)
    parts = whole.take([0]), whole.take([1, 2, 3])
    thawed = grown(SINGLE, 6, 9, 4, backend=backend)
    delta = deltas(whole, 3)
    for turn in range(3):
        whole.increment(delta[:, :4], [5, 2, 0, 1])
        parts[0].increment(delta[:1, :4], [5, 2, 0, 1])
        parts[1].increment(delta[1:, :4], [5, 2, 0, 1])
        thawed.increment(delta[:, :4], [5, 2, 0, 1])
        again = grown(SINGLE, 6, 9, 4, backend=backend)
        again.thaw(thawed.freeze())
        thawed = again
        looks = [np.concatenate([p.freeze()[name] for p in parts]) for name in whole.freeze()]
        for name, look in zip(whole.freeze(), looks, strict=True):
            assert np.array_equal(whole.freeze()[name], look), (turn, name)
            assert np.array_equal(whole.freeze()[name], thawed.freeze()[name]), (turn, name)


def test_every_increment_draws_anew():
    array = grown(technology(), 20, 30, 1, weight=0.0)
    half = np.full((1, 20, 30), 0.5 * STEP)
    array.increment(half)
    first = weights_of(array)
    array.increment(half)
    assert ((weights_of(array) - first > 0) != (first > 0)).mean() == pytest.approx(0.5, abs=0.1)


def test_one_sided_pairs_are_refreshed_by_increments_too():
    cell = {"kind": "one-sided", "refresh_every": 2}
    array = grown(technology(pieces={"cell": cell}), 3, 4, 1, weight=0.6)
    array.increment(np.full((1, 3, 4), STEP))
    assert array.ledger.reads.tolist() == [0]
    array.increment(np.full((1, 3, 4), STEP))
    assert array.ledger.reads.tolist() == [6]


def test_stuck_cells_stay_and_their_pulses_are_counted():
    spread = {"stuck": 0.5, "initial": 0.2}
    array = grown(technology(pieces={"spread": spread}), 10, 10, 2)
    before, stuck = weights_of(array), array.is_stuck()
    array.increment(np.full((2, 10, 10), 3 * STEP))
    assert np.array_equal(weights_of(array) == before, stuck)
    assert array.ledger.pulses.tolist() == [300, 300]


@pytest.mark.parametrize(
    ("delta", "rows", "rounding", "error", "said"),
    [
        (np.zeros((2, 3, 4)), [0, 1], "random", WrongShape, r"\(2, 2, 4\)"),
        (np.zeros((3, 4)), None, "random", WrongShape, r"\(2, 3, 4\)"),
        (np.zeros((2, 2, 4)), [0, 0], "random", WrongShape, "each once"),
        (np.zeros((2, 1, 4)), [3], "random", WrongShape, "0 to 2"),
        (np.zeros((2, 1, 4)), [0.5], "random", WrongShape, "rows must be numbers"),
        (np.full((2, 3, 4), np.nan), None, "random", WrongValue, "NaN"),
        (np.zeros((2, 3, 4)), None, "up", WrongValue, "'up'"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(delta, rows, rounding, error, said):
    array = grown(technology(), 3, 4, 2)
    before = array.freeze()
    with pytest.raises(error, match=said):
        array.increment(delta, rows, rounding)
    assert all(np.array_equal(before[name], now) for name, now in array.freeze().items())
