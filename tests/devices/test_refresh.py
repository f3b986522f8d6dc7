import numpy as np
import pytest
from specimens import STEP, grown, send, technology, weights_of

from devices import probe
from devices.refresh import is_full

EVERY = {"kind": "one-sided", "refresh_every": 1}


def one_sided(response="constant", rows=6, columns=7, count=3, *, pieces=None, cell=None, **more):
    pieces = {"cell": EVERY | (cell or {})} | (pieces or {})
    return grown(technology(response, pieces=pieces, **more), rows, columns, count)


def filled(array, plus, minus):
    """Set the planes of all pairs, then make an update that pulses nothing."""
    array._state.weight[:, : array.rows] = plus
    array._state.weight[:, array.rows :] = minus
    array.update(np.zeros((1, array.rows)), np.zeros((1, array.columns)), 0.1)
    return array


def test_a_pair_is_full_when_both_its_cells_have_passed_their_threshold():
    made_of = one_sided().technology
    u = np.array([[0.76, 0.74, 0.76, 0.26, 0.3], [0.26, 0.74, 0.24, 0.76, 0.3]])
    seen = (2 * u - 1)[None]  # plane by plane: one row of plus cells, one of minus
    assert is_full(made_of, seen).tolist() == [[[True, False, False, True, False]]]


@pytest.mark.parametrize(
    ("response", "largest"),  # step of an empty cell
    [("constant", 1.0), ("linear", 1.3), ("soft-bounds", 2.0), ("exponential", 2.2)],
)
def test_refresh_keeps_the_weight_and_empties_the_pair(response, largest):
    """Without spread and noise the weight is kept to one step, upwards in size."""
    rng = np.random.default_rng(0)
    for plus, minus in ((0.7, 0.2), (-0.3, 0.6), (0.9, 0.9)):
        array = one_sided(response)
        scatter = rng.uniform(-0.02, 0.02, (2, 3, 6, 7)).astype(np.float32)
        before = np.float32(plus) + scatter[0] - np.float32(minus) - scatter[1]
        filled(array, plus + scatter[0], minus + scatter[1])
        off = (probe.weights(array) - before) * np.sign(before)
        assert off.max() < STEP * (largest + 1e-3), f"off by {off.max() / STEP:.2f} steps"
        assert off.min() > -2e-7
        low = np.minimum(*np.split(weights_of(array), 2, axis=1))
        assert (low == -1).all(), "one cell of each pair is empty"


def test_refresh_errs_by_what_it_declares():
    """Reset noise on both cells, read errors of both, and the cells' own steps."""
    cell = {"reset_noise": 0.01, "refresh_error": 0.02}
    plain = filled(one_sided(rows=40, columns=40, cell=cell, cycle_noise=0.5), 0.8, -0.2)
    error = probe.weights(plain).astype(np.float64) - 1.0
    # A reset below the bound ends at it: half a normal, of mean and variance below, on each cell;
    # the plus cell is pulsed from there.
    variance = 2 * 0.02**2 + 2 * 0.01**2 * (0.5 - 0.5 / np.pi) + 0.25 * STEP + STEP**2 / 12
    assert error.std() == pytest.approx(np.sqrt(variance), rel=0.05)
    assert error.mean() == pytest.approx(STEP / 2, abs=5 * error.std() / np.sqrt(error.size))
    spread = {"spread": {"step": 0.1, "initial": 0.0}}
    array = filled(one_sided(rows=40, columns=40, pieces=spread), 0.8, -0.2)
    error = probe.weights(array).astype(np.float64) - 1.0
    assert error.std() == pytest.approx(0.1, rel=0.05), "ten per cent of a weight of one"


def test_only_full_pairs_are_touched():
    array = one_sided()
    plus = np.where(np.arange(42).reshape(6, 7) % 3 == 0, 0.7, 0.4)
    filled(array, plus, -0.2)
    is_touched = weights_of(array)[:, :6] != np.float32(plus)
    assert np.array_equal(is_touched, np.broadcast_to(plus == 0.7, (3, 6, 7)))


def test_refresh_comes_round_every_so_many_updates():
    array = one_sided(cell={"refresh_every": 3})
    scans = []
    for _ in range(7):
        array.update(np.ones((2, 6)), np.ones((2, 7)), STEP)
        scans.append(array.ledger.reads[0])
    assert scans == [0, 0, 12, 12, 12, 24, 24]
    never = one_sided(cell={"refresh_every": 0})
    filled(never, 0.9, 0.9)
    assert (weights_of(never) == np.float32(0.9)).all()


def test_what_refresh_takes_is_counted():
    pieces = {
        "cell": EVERY | {"g_min": 1e-6, "g_max": 25e-6},
        "wear": {"endurance": 1e6},
        "energy": {"pulse": 1e-12, "half_select": 1e-15, "dac": 1e-13, "adc": 1e-12},
        "read": {"voltage": 0.2, "duration": 1e-7},
        "write": {"pulse_duration": 1e-7},
    }
    array = one_sided(count=1, pieces=pieces)
    array._state.weight[:, :, :] = -0.9
    array._state.weight[:, [1, 7], 2] = [0.8, 0.1]  # one full pair: rows 1 and 7 of 12
    siemens = probe.conductance(array).sum()
    array.update(np.zeros((1, 6)), np.zeros((1, 7)), 0.1)
    pulses = np.ceil(0.7 / STEP)
    ledger = array.ledger
    assert ledger.pulses[0] == 2 + pulses
    assert array._state.pulses[0, [1, 7], 2].tolist() == [1 + pulses, 1]
    assert array._state.pulses.sum() == 2 + pulses
    np.testing.assert_allclose(ledger.read[0], 0.2**2 * 1e-7 * siemens, rtol=1e-6)
    np.testing.assert_allclose(ledger.convert[0], 12 * (1e-13 + 7e-12), rtol=1e-12)
    # Each pulse half-selects the 6 other cells of its row and the 11 of its column.
    np.testing.assert_allclose(ledger.write[0], (2 + pulses) * (1e-12 + 17e-15), rtol=1e-12)
    np.testing.assert_allclose(ledger.busy[0], (12 + 2 + pulses) * 1e-7, rtol=1e-12)


def test_refresh_does_not_move_stuck_cells():
    spread = {"spread": {"stuck": 0.5, "initial": 0.0}}
    array = one_sided(rows=20, columns=20, pieces=spread, cell={"reset_noise": 0.1})
    filled(array, 0.8, 0.4)
    stuck = array.is_stuck()
    still = np.isin(weights_of(array), np.float32([0.8, 0.4]))
    assert np.array_equal(still, stuck)


def test_refresh_keeps_one_sided_cells_learning():
    """Alternating updates fill a pair for good, unless it is refreshed."""
    ends = []
    for every in (0, 4):
        array = one_sided("soft-bounds", cell={"refresh_every": every}, step=1 / 64)
        for _ in range(60):
            send(array, 20)
            send(array, -20)
        before = probe.weights(array)
        send(array, 20)
        ends.append((probe.weights(array) - before).mean() * 64 / 20)
    assert ends[0] < 0.01, "saturated"
    assert ends[1] > 0.2


def test_a_reset_ends_at_the_lower_bound_or_a_little_above():
    array = filled(one_sided(rows=40, columns=40, cell={"reset_noise": 0.01}), 0.8, -0.2)
    above = weights_of(array)[:, 40:] + 1  # minus cells are reset and not pulsed
    is_at_bound = above == 0
    assert is_at_bound.mean() == pytest.approx(0.5, abs=2.5 / np.sqrt(above.size))
    error = 5 / np.sqrt(above.size)
    assert np.sqrt((above[~is_at_bound] ** 2).mean()) == pytest.approx(0.01, rel=error)
