import numpy as np
import pytest
from specimens import STEP, grown, send, technology, weights_of

from devices import Fidelity, probe, program


def noisy(response="constant", rows=32, columns=32, count=2, *, pieces=None, **more):
    made_of = technology(response, pieces=pieces, write_noise=8.0, **more)
    return grown(made_of, rows, columns, count)


def shown(array):
    return probe.weights(array).astype(np.float64) - weights_of(array)


@pytest.mark.parametrize("fidelity", [Fidelity.AVERAGED, Fidelity.PER_SAMPLE, Fidelity.PER_PULSE])
def test_the_visible_weight_scatters_around_the_hidden_one(fidelity):
    array = noisy()
    assert not shown(array).any(), "a cell as grown shows what it holds"
    for _ in range(2):
        send(array, 3, samples=4, fidelity=fidelity)
        off = shown(array) / (8 * STEP)
        assert abs(off.mean()) < 5 / np.sqrt(off.size)
        assert off.std() == pytest.approx(1, abs=5 / np.sqrt(2 * off.size))
    assert np.unique(weights_of(array)).tolist() == [24 * STEP], "the hidden weights are exact"


def test_the_visible_weight_is_redrawn_by_pulses_only():
    array = noisy()
    send(array, 1)
    before = shown(array)
    array.forward(np.ones((3, 32)))
    array.wait(1e6)
    x = np.zeros((1, 32))
    x[:, :5] = 1
    array.update(x, np.ones((1, 32)), STEP)
    after = shown(array)
    assert np.allclose(after[:, 5:], before[:, 5:], atol=1e-9)
    correlation = np.corrcoef(after[:, :5].ravel(), before[:, :5].ravel())[0, 1]
    assert abs(correlation) < 5 / np.sqrt(before[:, :5].size)


def test_an_empty_batch_draws_nothing():
    array = noisy()
    array.update(np.zeros((0, 32)), np.zeros((0, 32)), 0.1)
    array.update(np.zeros((2, 32)), np.zeros((2, 32)), 0.1)
    assert not shown(array).any()
    assert array._counters.updates.tolist() == [1, 1]


def test_every_way_to_see_a_cell_shows_the_same():
    pieces = {"cell": {"g_min": 1e-6, "g_max": 25e-6}, "read": {"noise_management": "none"}}
    array = noisy(pieces=pieces)
    send(array, 2)
    visible = probe.weights(array)
    assert (visible != weights_of(array)).mean() > 0.99
    np.testing.assert_allclose(array.forward(np.eye(32)), visible, atol=1e-6)
    np.testing.assert_allclose(array.backward(np.eye(32)), visible.swapaxes(1, 2), atol=1e-6)
    np.testing.assert_allclose(probe.conductance(array), 13e-6 + 12e-6 * visible, rtol=1e-6)
    assert np.array_equal(probe.cells(array), visible)


def test_programming_by_looking_chases_what_is_shown():
    array = noisy()
    report = program(array, np.full((32, 32), 0.2), tolerance=10 * STEP)
    assert (report.error < 8 * STEP).all()
    assert np.abs(shown(array)).max() > 8 * STEP


def test_what_is_shown_decays_and_drifts_with_its_cell():
    retention = {"decay_time": 1e6, "resting_weight": 0.1}
    array = noisy(pieces={"retention": retention, "spread": {"initial": 0.0, "decay": 0.5}})
    send(array, 10)
    before = probe.weights(array).astype(np.float64)
    array.wait(4e5)
    array.wait(3e5)
    expected = 0.1 + (before - 0.1) * np.exp(-7e5 / array._cells.decay_time.astype(np.float64))
    np.testing.assert_allclose(probe.weights(array), expected, atol=2e-7)
    retention = {"drift_exponent": 0.05, "drift_start": 20.0}
    pieces = {"retention": retention, "cell": {"kind": "differential", "g_min": 0.0}}
    array = noisy(pieces=pieces | {"spread": {"initial": 0.0, "drift": 0.2}})
    send(array, 10)
    before, nu = probe.conductance(array), array._cells.drift_exponent
    array.wait(1e5)
    np.testing.assert_allclose(
        probe.conductance(array), before * ((1e5 + 20) / 20) ** -nu.astype(np.float64), rtol=1e-5
    )


def test_stuck_cells_keep_what_they_show():
    array = noisy(pieces={"spread": {"stuck": 0.4, "initial": 0.1}})
    before = probe.weights(array)
    send(array, 5)
    assert np.array_equal(probe.weights(array) == before, array.is_stuck())
