import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from specimens import STEP, grown, send, technology, weights_of

from devices import Fidelity, Technology, preset, program
from devices.disturb import moved


def disturbed(*, rows=4, columns=6, count=1, weight=0.0, pieces=None, kind="constant", **disturb):
    made_of = technology(kind, pieces={"disturb": disturb} | (pieces or {}))
    return grown(made_of, rows, columns, count, weight=weight)


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(1e-12, 0.5), st.integers(0, 1000))
def test_disturbances_compose(weight, target, part, events):
    start = np.array([weight], np.float32)
    n = np.array([float(events)])
    expected = target + (start - target) * (1 - part) ** n
    assert moved(start, target, part, n) == pytest.approx(expected, abs=2e-7)
    twice = moved(moved(start, target, part, n), target, part, n)
    assert twice == pytest.approx(moved(start, target, part, 2 * n), abs=4e-7)


def test_a_cell_is_disturbed_by_the_slots_of_its_lines_without_it():
    array = disturbed(half_select=0.01, resting_weight=-0.5)
    x, d = np.array([[1.0, 0, 0, 0]]), np.array([[1.0, -1, 0, 0, 0, 0]])
    array.update(x, d, 8 * STEP)
    slots = np.zeros((4, 6))
    slots[0, 2:] = 8  # its row fired without its column
    slots[1:, :2] = 8  # and the reverse
    expected = -0.5 + 0.5 * 0.99**slots
    expected[0, :2] = [8 * STEP, -8 * STEP]
    np.testing.assert_allclose(weights_of(array)[0], expected, atol=1e-7)
    assert slots.sum() == pytest.approx(half_selections(array))


def half_selections(array):
    """Return how often the ledger has charged for a half-selected cell, by an energy of 1 J."""
    priced = grown(
        array.technology.model_copy(
            update={"energy": array.technology.energy.model_copy(update={"half_select": 1.0})}
        ),
        array.rows, array.columns,
    )  # fmt: skip
    priced.update([[1.0, 0, 0, 0]], [[1.0, -1, 0, 0, 0, 0]], 8 * STEP)
    return priced.ledger.write[0]


@pytest.mark.parametrize("kind", ["single", "differential", "one-sided"])
def test_what_disturbs_is_what_the_ledger_counts(kind):
    """With a small part the fall of all weights is the part times the charged half-selections."""
    pieces = {"cell": {"kind": kind}, "energy": {"half_select": 1.0, "pulse": 0.0}}
    part, away = 1e-5, {"resting_weight": -100.0}  # so far that the way hardly changes
    still, array = (
        grown(
            technology(pieces=pieces | {"disturb": away | {"half_select": p}}, w_min=-100.0),
            weight=0.0,
            columns=6,
        )
        for p in (0.0, part)
    )
    rng = np.random.default_rng(0)
    x, d = rng.uniform(-1, 1, (5, 4)), rng.uniform(-1, 1, (5, 6))
    for each in (still, array):
        each.update(x, d, 0.02, Fidelity.PER_SAMPLE)
    fall = (weights_of(still) - weights_of(array)).sum()
    assert fall == pytest.approx(100 * part * array.ledger.write[0], rel=2e-3)
    assert fall > 0.01


def test_programming_cell_by_cell_disturbs_rows_and_columns():
    array = disturbed(half_select=1e-3, resting_weight=-1.0)
    target = np.zeros((4, 6))
    target[1, 2] = 30 * STEP
    program(array, target, rounds=1, tolerance=0.0)
    pulses = 15
    w = weights_of(array)[0]
    fallen = 0.999**pulses - 1
    cross = np.zeros((4, 6), bool)
    cross[1], cross[:, 2], cross[1, 2] = True, True, False
    np.testing.assert_allclose(w[cross], fallen, atol=1e-7)
    assert w[1, 2] == pulses * STEP
    assert not w[~cross & (target == 0)].any()


@pytest.mark.parametrize("toward", ["lower-bound", "upper-bound"])
def test_reads_disturb_towards_a_bound_as_the_square_of_the_voltage(toward):
    spread = {"initial": 0.2, "w_max": 0.2, "w_min": 0.2}
    pieces = {"spread": spread, "read": {"noise_management": "none"}}
    array = disturbed(read=1e-5, toward=toward, weight=None, pieces=pieces, count=2)
    before = weights_of(array)
    x = np.tile([1.0, 0.5, -0.1, 0.0], (4000, 1))
    for _ in range(10):
        array.forward(x)
    reads = 40_000 * np.array([1.0, 0.25, 0.01, 0.0])[:, None]
    bound = array._cells.w_min if toward == "lower-bound" else array._cells.w_max
    expected = bound + (before - bound) * (1 - 1e-5) ** reads
    np.testing.assert_allclose(weights_of(array), expected, atol=2e-6)
    d = np.zeros((10_000, 6))
    d[:, 2] = 1
    before = weights_of(array)
    array.backward(d)
    expected = bound + (before - bound) * (1 - 1e-5) ** 10_000
    np.testing.assert_allclose(weights_of(array)[:, :, 2], expected[:, :, 2], atol=2e-6)
    others = np.arange(6) != 2
    assert np.array_equal(weights_of(array)[:, :, others], before[:, :, others])


def test_reads_too_small_for_a_float_add_up():
    array = disturbed(read=1e-9, weight=0.5)
    x = np.ones((50_000, 4))
    for _ in range(40):
        array.forward(x)
    expected = 0.5 * np.exp(-2e-3)
    assert weights_of(array) == pytest.approx(np.full((1, 4, 6), expected), abs=5e-5)


def test_an_exam_on_a_copy_disturbs_nothing():
    array = disturbed(read=1e-3, weight=0.5)
    array.take([0]).forward(np.ones((1000, 4)))
    assert (weights_of(array) == 0.5).all()
    assert not array._state.row_reads.any()


def test_stuck_cells_are_not_disturbed():
    pieces = {"spread": {"initial": 0.3, "stuck": 0.4}}
    array = disturbed(read=1e-3, half_select=1e-2, weight=None, pieces=pieces, rows=20, columns=20)
    before, stuck = weights_of(array), array.is_stuck()
    array.forward(np.ones((1000, 20)))
    send(array, 1)
    assert np.array_equal(weights_of(array) == before, stuck)


def test_the_exact_control_is_not_disturbed():
    exact = preset("exact").model_dump()
    with pytest.raises(ValidationError, match="nothing disturbs the exact control"):
        Technology.model_validate(exact | {"disturb": {"read": 1e-9}})


def test_no_disturbance_leads_a_cell_beyond_its_own_bounds():
    spread = {"initial": 0.3, "w_max": 0.3, "w_min": 0.3}
    disturb = {"half_select": 0.3, "read": 0.3, "resting_weight": -3.0}
    array = grown(technology(pieces={"spread": spread, "disturb": disturb}), 4, 8, 2)
    for _ in range(20):
        array.forward(np.ones((2, 4)))
        array.update(np.eye(4)[:1], np.eye(8)[:1], 3 * STEP)
    off = np.abs(weights_of(array) - array._cells.w_min).max()
    assert off < 0.05, f"off by {off}"
    assert (weights_of(array) >= array._cells.w_min).all()
