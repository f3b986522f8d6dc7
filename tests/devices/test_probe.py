import numpy as np
import pytest
from specimens import grown, technology, weights_of

from devices import preset, probe
from devices.errors import DeviceError


def test_a_perfect_microscope_sees_the_weights_and_hands_out_a_copy():
    array = grown(preset("mortal-default"), count=2)
    seen = probe.weights(array)
    assert np.array_equal(seen, weights_of(array))
    seen += 1
    assert not np.array_equal(seen, probe.weights(array))


def test_a_look_in_error_has_the_declared_deviation_and_is_new_each_time():
    array = grown(technology(), 64, 64, 8, weight=0.25)
    first, second = (probe.weights(array, 0.05) - 0.25 for _ in range(2))
    for error in (first, second):
        assert abs(error.mean()) < 5 * 0.05 / np.sqrt(error.size)
        off = error.std() / 0.05 - 1
        assert abs(off) < 5 / np.sqrt(2 * error.size), f"deviation off by a factor {off:.4f}"
    correlation = np.corrcoef(first.ravel(), second.ravel())[0, 1]
    assert abs(correlation) < 5 / np.sqrt(first.size)
    assert (weights_of(array) == 0.25).all()


def test_every_look_is_an_event():
    one, two = (grown(technology(), weight=0.0) for _ in range(2))
    probe.weights(one)
    probe.conductance(one)
    probe.weights(two, 0.1)
    probe.weights(two, 0.1)
    assert np.array_equal(probe.weights(one, 0.1), probe.weights(two, 0.1))


@pytest.mark.parametrize("error", [-0.1, float("nan"), float("inf")])
def test_an_impossible_error_is_refused(error):
    with pytest.raises(DeviceError, match="error must be a number of 0 or more"):
        probe.weights(grown(technology()), error)


def test_conductance_runs_over_the_declared_window():
    pieces = {"cell": {"g_min": "1 uS", "g_max": "25 uS"}}
    array = grown(technology(pieces=pieces, w_max=1.25, w_min=-0.75), 1, 3)
    array._state.weight[:] = [-0.75, 0.0, 1.25]
    np.testing.assert_allclose(probe.conductance(array)[0, 0], [1e-6, 10e-6, 25e-6], rtol=1e-12)


def test_conductance_of_a_drifted_cell_is_its_own():
    pieces = {
        "cell": {"g_min": 1e-6, "g_max": 25e-6},
        "retention": {"drift_exponent": 0.05, "drift_start": 20.0},
    }
    array = grown(technology(pieces=pieces), 2, 3, weight=0.5)
    for seconds in (980.0, 1e7):
        array.wait(seconds)
    expected = (13e-6 + 12e-6 * 0.5) * ((980 + 1e7 + 20) / 20) ** -0.05
    np.testing.assert_allclose(probe.conductance(array), expected, rtol=1e-6)


def test_the_summary_tells_how_devices_were_made():
    array = grown(preset("mortal-default"), 40, 50, 3)
    told, cells = probe.summary(array), array._cells
    for name, expected in {
        "step_mean": cells.step_up.mean(axis=(1, 2)),
        "step_std": cells.step_up.std(axis=(1, 2)),
        "bound_mean": cells.w_max.mean(axis=(1, 2)),
        "gain_mean": cells.gain.mean(axis=(1, 2)),
        "gain_std": cells.gain.std(axis=(1, 2)),
        "curvature_mean": cells.curvature.mean(axis=(1, 2)),
        "offset_std": array._column_errors.offset.std(axis=1),
        "stuck_fraction": np.zeros(3),
    }.items():
        np.testing.assert_allclose(told[name], expected, rtol=1e-4, err_msg=name)
    assert np.unique(told["gain_mean"]).size == 3


def test_the_summary_of_ideal_cells_says_so():
    told = probe.summary(grown(preset("exact"), count=2))
    assert told["gain_mean"].tolist() == [1, 1]
    assert told["step_mean"].tolist() == [0, 0]
    assert np.isnan(told["bound_mean"]).all()
