import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from specimens import STEP, grown, send, technology, weights_of

from devices import Fidelity, Technology, WrongShape, pairs, preset, probe, program
from devices.technology import Cell

PAIRS = ["differential", "one-sided"]
CIRCUITS = ["single", *PAIRS]
RESPONSES = ["constant", "linear", "soft-bounds", "exponential"]


def paired(kind, response="constant", *, pieces=None, **numbers):
    pieces = {"cell": {"kind": kind}} | (pieces or {})
    return technology(response, pieces=pieces, **numbers)


def scattered(kind, response="constant", rows=5, columns=9, count=3, **more):
    """Return an array whose physical cells stand anywhere in their window."""
    array = grown(paired(kind, response, **more), rows, columns, count)
    rng = np.random.default_rng(4)
    array._state.weight[:] = rng.uniform(-0.9, 0.9, array._state.weight.shape)
    return array


@pytest.mark.parametrize("kind", PAIRS)
def test_a_pair_is_two_cells_and_its_weight_their_difference(kind):
    array = scattered(kind)
    assert (array.rows, array.columns) == (5, 9)
    cells = probe.cells(array)
    assert cells.shape == (3, 10, 9)
    assert np.array_equal(probe.weights(array), cells[:, :5] - cells[:, 5:])
    assert array.is_stuck().shape == probe.conductance(array).shape == (3, 10, 9)


@pytest.mark.parametrize("kind", CIRCUITS)
def test_a_pair_is_read_both_ways_as_its_weight(kind):
    array = scattered(kind, pieces={"cell": {"kind": kind}, "read": {"noise_management": "none"}})
    rng = np.random.default_rng(0)
    x, d = rng.uniform(-1, 1, (7, 5)), rng.uniform(-1, 1, (7, 9))
    weight = probe.weights(array).astype(np.float64)
    off = np.abs(array.forward(x) - x @ weight).max()
    assert off < 2e-6, f"forward off by {off:.1e}"
    off = np.abs(array.backward(d) - d @ weight.swapaxes(1, 2)).max()
    assert off < 2e-6, f"backward off by {off:.1e}"


def test_gain_and_curvature_act_on_the_whole_conductance_of_each_cell_of_a_pair():
    pieces = {
        "cell": {"kind": "differential", "g_min": 2e-6, "g_max": 26e-6},
        "spread": {"cell_gain": 0.3, "curvature": 0.1},
        "read": {"noise_management": "none", "curvature": 0.2},
    }
    array = scattered("differential", pieces=pieces)
    siemens = 12e-6  # per unit of weight
    own = array._cells.gain.astype(np.float64) * probe.conductance(array) / siemens
    cubic = own * array._cells.curvature
    x = np.random.default_rng(0).uniform(-1, 1, (7, 5))
    both = np.concatenate([x, -x], axis=1)
    expected = both @ own + both**3 @ cubic
    off = np.abs(array.forward(x) - expected).max()
    assert off < 1e-5, f"off by {off:.1e}"
    d = np.random.default_rng(1).uniform(-1, 1, (7, 9))
    rows = (d @ own.swapaxes(1, 2)) + d**3 @ cubic.swapaxes(1, 2)
    off = np.abs(array.backward(d) - (rows[..., :5] - rows[..., 5:])).max()
    assert off < 1e-5, f"off by {off:.1e}"


@pytest.mark.parametrize("kind", PAIRS)
def test_reading_a_pair_heats_both_cells_and_no_reference(kind):
    pieces = {
        "cell": {"kind": kind, "g_min": 1e-6, "g_max": 25e-6},
        "read": {"voltage": 0.2, "duration": 1e-7, "noise_management": "none"},
        "energy": {"dac": 1e-13, "adc": 1e-12},
    }
    array = scattered(kind, pieces=pieces)
    x, d = np.full((1, 5), 0.5), np.full((1, 9), 0.25)
    siemens = probe.conductance(array).sum(axis=(1, 2))
    array.forward(x)
    joules = 0.2**2 * 1e-7 * siemens * 0.25
    np.testing.assert_allclose(array.ledger.read, joules, rtol=1e-6)
    np.testing.assert_allclose(array.ledger.convert, 10e-13 + 9e-12, rtol=1e-12)
    array.backward(d)
    np.testing.assert_allclose(array.ledger.read, joules * 1.25, rtol=1e-6)
    np.testing.assert_allclose(array.ledger.convert, 19e-13 + 14e-12, rtol=1e-12)


@pytest.mark.parametrize("fidelity", [Fidelity.AVERAGED, Fidelity.PER_SAMPLE, Fidelity.PER_PULSE])
@pytest.mark.parametrize("kind", CIRCUITS)
def test_an_update_adds_the_outer_product_to_the_weight_on_average(kind, fidelity):
    """E[dW] = +rate x d, whatever the circuit; 600 devices, each cell within 5 errors."""
    array = grown(paired(kind), 3, 4, 600, weight=0.0)
    x = np.array([[1.0, -0.5, 0.25], [0.7, 0.9, -0.1]])
    d = np.array([[0.5, -1.0, 0.2, 0.8], [-0.6, 0.3, 0.9, 0.1]])
    rate = 9.3 * STEP
    array.update(x, d, rate, fidelity)
    change = probe.weights(array).astype(np.float64)
    error = change.std(axis=0, ddof=1) / np.sqrt(600)
    off = np.abs(change.mean(axis=0) - rate * np.einsum("sr,sc->rc", x, d)) / error
    assert off.max() < 5, f"off by {off.max():.1f} errors"
    assert error.max() < 0.05 * rate


@pytest.mark.parametrize("kind", CIRCUITS)
def test_an_update_shrinks_with_the_step_at_the_weight(kind):
    """E[dW] = rate x d mean(f(w)) of the cells that are pulsed, for soft bounds."""
    array = grown(paired(kind, "soft-bounds"), 8, 8, 400, weight=0.0)
    array._state.weight[:] = 0.4
    if kind != "single":
        array._state.weight[:, 8:] = -0.2
    before = probe.weights(array)
    array.update(np.full((1, 8), 0.5), np.full((1, 8), 0.5), 4 * STEP)
    change = (probe.weights(array) - before).astype(np.float64)
    up, down = 1 - 0.4, 1 - 0.2
    expected = STEP * {"single": up, "differential": (up + down) / 2, "one-sided": up}[kind]
    assert change.mean() == pytest.approx(expected, rel=0.03)


def test_a_coincidence_moves_both_cells_of_a_differential_pair_and_one_of_a_one_sided():
    for kind, moved in (("differential", [3, -3]), ("one-sided", [6, 0])):
        for sign in (1, -1):
            array = grown(paired(kind), 1, 1, weight=0.0)
            send(array, 6 * sign)
            steps = weights_of(array)[0, :, 0] / STEP
            expected = moved if sign > 0 else moved[::-1]
            assert steps.tolist() == expected, kind
            assert array.ledger.pulses.tolist() == [6]
            assert array.ledger.busy[0] == pytest.approx(abs(moved[0]) * 1e-7)


def test_the_planes_of_a_pair_share_the_slots_of_their_row():
    array = grown(paired("differential"), 6, 7, 5, weight=0.0)
    rng = np.random.default_rng(0)
    array.update(rng.uniform(-1, 1, (4, 6)), rng.uniform(-1, 1, (4, 7)), 0.02)
    plus, minus = np.split(weights_of(array), 2, axis=1)
    assert np.array_equal(plus, -minus)
    assert np.abs(plus).max() > 3 * STEP


@given(
    st.sampled_from(CIRCUITS), st.sampled_from(RESPONSES), st.integers(1, 40), st.booleans(),
    st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_noiseless_pulses_move_a_weight_their_own_way(kind, response, pulses, is_up, seed):
    spread = {"step": 0.3, "w_max": 0.2, "w_min": 0.2, "asymmetry": 0.05, "initial": 0.4}
    array = grown(paired(kind, response, pieces={"cell": {"kind": kind}, "spread": spread}),
                  4, 5, 2, seed=seed)  # fmt: skip
    before = probe.weights(array)
    for _ in range(-(-pulses // 31)):
        send(array, min(pulses, 31) * (1 if is_up else -1))
    moved = probe.weights(array) - before
    assert (moved >= 0).all() if is_up else (moved <= 0).all()
    assert (moved != 0).any()


@given(st.sampled_from(CIRCUITS), st.sampled_from(RESPONSES), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_conductances_stay_in_their_window(kind, response, seed):
    cell = {"kind": kind, "g_min": 1e-6, "g_max": 25e-6}
    if kind == "one-sided":
        cell |= {"refresh_every": 1, "reset_noise": 0.05}
    pieces = {
        "cell": cell,
        "wear": {"endurance": 300.0, "closure": 0.3},
        "retention": {"decay_time": 1e6, "diffusion": 1e-4},
    }
    array = grown(paired(kind, response, pieces=pieces, cycle_noise=1.0, step=1 / 16), 3, 4, 2,
                  seed=seed)  # fmt: skip
    rng = np.random.default_rng(seed)
    for _ in range(4):
        array.update(rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, (4, 4)), 0.4)
        array.wait(1e5)
        siemens = probe.conductance(array)
        assert siemens.min() >= 1e-6 * (1 - 1e-6)
        assert siemens.max() <= 25e-6 * (1 + 1e-6)


def test_one_sided_cells_only_go_up():
    array = grown(paired("one-sided", "soft-bounds", cycle_noise=0.1), 6, 7, 5)
    rng = np.random.default_rng(0)
    for _ in range(10):
        before = weights_of(array)
        array.update(rng.uniform(-1, 1, (4, 6)), rng.uniform(-1, 1, (4, 7)), 0.02)
        assert (weights_of(array) >= before - 1e-9).all()
    assert weights_of(array).mean() > -0.99


def test_a_pair_is_grown_with_the_weight_of_a_single_cell():
    single, differential, one_sided = (
        grown(paired(k, pieces={"cell": {"kind": k}, "spread": {"initial": 0.2}}), 6, 7, 3)
        for k in CIRCUITS
    )
    weight = probe.weights(single)
    assert weight.std() == pytest.approx(0.2, rel=0.2)
    np.testing.assert_allclose(probe.weights(differential), weight, atol=1e-7)
    np.testing.assert_allclose(probe.weights(one_sided), weight, atol=1e-7)
    assert (probe.cells(one_sided).min(axis=(1, 2)) == -1).all()
    assert np.abs(probe.cells(differential)).max() < 0.5


@pytest.mark.parametrize("kind", PAIRS)
def test_each_cell_of_a_pair_drifts_by_itself(kind):
    pieces = {
        "cell": {"kind": kind, "g_min": 1e-6, "g_max": 25e-6},
        "retention": {"drift_exponent": 0.05, "drift_start": 20.0},
        "spread": {"drift": 0.2},
    }
    array = scattered(kind, pieces=pieces)
    before, nu = probe.conductance(array), array._cells.drift_exponent.astype(np.float64)
    for seconds in (3e4, 7e4):
        array.wait(seconds)
    expected = before * ((1e5 + 20) / 20) ** -nu
    np.testing.assert_allclose(probe.conductance(array), expected, rtol=1e-6)
    y, weight = array.forward(np.eye(5)), (expected[:, :5] - expected[:, 5:]) / 12e-6
    np.testing.assert_allclose(y, weight, atol=1e-6)


@pytest.mark.parametrize("response", ["constant", "soft-bounds", "exponential"])
@pytest.mark.parametrize("kind", PAIRS)
def test_a_pair_is_programmed_by_counting_and_by_looking(kind, response):
    target = np.random.default_rng(2).uniform(-0.8, 0.8, (5, 6))
    array = grown(paired(kind, response), 5, 6, 2)
    blind = program(array, target, "open-loop")
    assert (blind.error < 2 * STEP).all(), blind.error / STEP
    spread = {"step": 0.3, "w_max": 0.1, "w_min": 0.1}
    array = grown(
        paired(kind, response, pieces={"cell": {"kind": kind}, "spread": spread}, cycle_noise=0.3),
        5, 6, 2,
    )  # fmt: skip
    blind = program(array, target, "open-loop")
    seen = program(array, target)
    assert (seen.error < 1.2 * STEP).all(), seen.error / STEP
    assert (seen.error < 0.2 * blind.error).all()
    assert (seen.reads % 60 == 0).all()
    with pytest.raises(WrongShape, match="the target must be"):
        program(array, np.zeros((10, 6)))


def test_programming_half_selects_the_lines_of_both_planes():
    pieces = {"cell": {"kind": "differential"}, "energy": {"pulse": 0.0, "half_select": 1e-15}}
    array = grown(paired("differential", pieces=pieces), 3, 4, weight=0.0)
    report = program(array, np.full((3, 4), 10 * STEP), rounds=1)
    assert report.pulses[0] == 12 * 2 * 2  # half of the way: two of five pulses, up and down
    np.testing.assert_allclose(array.ledger.write, report.pulses * (5 + 3) * 1e-15, rtol=1e-12)


def test_a_pair_reaches_twice_the_window_of_a_cell():
    for kind in PAIRS:
        array = grown(paired(kind, step=1 / 64), 2, 3, weight=0.0)
        report = program(array, np.full((2, 3), 1.9), rounds=200)
        assert report.error[0] < 1 / 64
    array = grown(paired("differential", step=1 / 64), 2, 3, weight=0.0)
    send(array, 31, samples=10)
    assert (probe.weights(array) == 2).all()


def test_signals_and_planes_of_single_cells_are_left_alone():
    cell, values = Cell(), np.ones((2, 3, 4), np.float32)
    assert pairs.mirror(cell, values, 1) is values
    assert pairs.join(cell, values) is values
    assert pairs.send(cell, values, values) == (values, values)
    assert pairs.split(technology(), values) is values


def test_impossible_circuits_are_refused():
    with pytest.raises(ValidationError, match="shared_access is of a cell and its reference"):
        Cell(kind="differential", shared_access=True)
    with pytest.raises(ValidationError, match="only one-sided pairs are refreshed"):
        Cell(kind="differential", refresh_every=1)
    exact = preset("exact").model_dump()
    with pytest.raises(ValidationError, match="the exact control has single cells"):
        Technology.model_validate(exact | {"cell": {"kind": "differential"}})


@pytest.mark.parametrize("kind", ["linear", "soft-bounds"])
def test_a_window_that_ends_at_zero_is_refused_where_cells_are_pulsed_down(kind):
    for circuit in ("single", "differential"):
        with pytest.raises(ValidationError, match="w_min: it must lie below 0"):
            technology(kind, pieces={"cell": {"kind": circuit}}, w_min=0.0)
    technology(kind, pieces={"cell": {"kind": "one-sided"}}, w_min=0.0)
