"""The native kernels misused: a clear error or a right answer, never a crash."""

import numpy as np
import pytest

_native = pytest.importorskip("devices.kernels._native", reason="native kernels are not built")


def arguments(**changed):
    """Return the arguments of one small call of the native `write`, some of them changed."""
    shape = (2, 3, 5)
    cells = {name: np.full(shape, 0.01, np.float32) for name in ("step_up", "step_down")}
    cells |= {"w_max": np.ones(shape, np.float32), "w_min": -np.ones(shape, np.float32)}
    given = {"weight": np.zeros(shape, np.float32)} | cells
    given |= dict.fromkeys(("slope_up", "slope_down", "endurance", "pulses", "rested", "counts"))
    given |= {
        "wear": _native.Wear(False, 0, 0, 0, 0),
        "response": _native.Response(0, False, 0.1),
        "choice": _native.Choice(10.0, 0.01, 2.0, 2),
        "rows": np.full((2, 4, 3), 1, np.uint32),
        "columns": np.full((2, 4, 5), 1, np.uint32),
        "only_up": False,
        "key": _native.Key(1, 2, 3),
        "serials": np.arange(2),
        "first_samples": np.zeros(2, np.int64),
        "pinned": np.full(2, -1),
        "is_trial": False,
    }
    return given | changed


def test_a_sound_call_is_answered():
    given = arguments()
    fidelity, received = _native.write(*given.values())
    assert fidelity.tolist() == [0, 0]
    assert received.tolist() == [60, 60]
    assert (given["weight"] > 0).all()


def test_a_trial_chooses_and_writes_nothing():
    given = arguments(is_trial=True, pulses=np.zeros((2, 3, 5), np.uint32))
    fidelity, received = _native.write(*given.values())
    assert fidelity.tolist() == [0, 0]
    assert received.tolist() == [0, 0]
    assert not given["weight"].any()
    assert not given["pulses"].any()


def frozen(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("weight", None),
        ("weight", [[[0.0]]]),
        ("weight", np.zeros((2, 3, 5))),
        ("weight", np.zeros((2, 3), np.float32)),
        ("weight", np.zeros((2, 5, 3), np.float32).transpose(0, 2, 1)),
        ("weight", np.zeros((2, 3, 10), np.float32)[:, :, ::2]),
        ("weight", frozen(np.zeros((2, 3, 5), np.float32))),
        ("weight", np.zeros((2, 3, 5), ">f4")),
        ("weight", np.zeros(121, np.uint8)[1:].view(np.float32).reshape(2, 3, 5)),
        ("step_up", np.zeros((2, 3, 6), np.float32)),
        ("w_min", None),
        ("slope_up", np.zeros((2, 3, 5), np.float64)),
        ("response", _native.Response(1, False, 0.1)),
        ("response", _native.Response(9, False, 0.1)),
        ("response", _native.Response(3, False, 0.1)),
        ("response", _native.Response(5, False, 0.1)),
        ("wear", _native.Wear(True, 0.1, 0.1, 0.0, 0.0)),
        ("choice", _native.Choice(10.0, 0.01, 2.0, 0)),
        ("rows", np.zeros((2, 4, 3), np.int64)),
        ("rows", np.zeros((2, 2001, 3), np.uint32)),
        ("columns", np.zeros((2, 3, 5), np.uint32)),
        ("columns", np.zeros((1, 4, 5), np.uint32)),
        ("serials", np.array([0, -1])),
        ("serials", np.array([0, 2**32])),
        ("serials", np.zeros(3, np.int64)),
        ("first_samples", np.array([0, 2**27 - 3])),
        ("first_samples", np.array([-1, 0])),
        ("pinned", np.array([0, 4])),
        ("pinned", np.array([0, -2])),
    ],
)
def test_a_call_that_does_not_fit_is_refused_and_changes_nothing(name, wrong):
    given = arguments(**{name: wrong})
    before = given["weight"].copy() if isinstance(given["weight"], np.ndarray) else None
    with pytest.raises((ValueError, TypeError)):
        _native.write(*given.values())
    if before is not None:
        assert np.array_equal(given["weight"], before)


@pytest.mark.parametrize("shape", [(0, 3, 5), (2, 0, 5), (2, 3, 0)])
def test_nothing_is_written_to_nothing(shape):
    devices, rows, columns = shape
    given = arguments(
        rows=np.ones((devices, 4, rows), np.uint32),
        columns=np.ones((devices, 4, columns), np.uint32),
        serials=np.arange(devices),
        first_samples=np.zeros(devices, np.int64),
        pinned=np.full(devices, -1),
        **{k: np.ones(shape, np.float32) for k in ("weight", "step_up", "step_down", "w_max")},
        w_min=-np.ones(shape, np.float32),
    )
    _, received = _native.write(*given.values())
    assert received.tolist() == [0] * devices


def test_a_cell_that_is_not_a_number_does_no_harm_to_others():
    sound, given = arguments(), arguments()
    given["weight"][0, 1, 2] = np.nan
    for call in (sound, given):
        _native.write(*call.values())
    sound["weight"][0, 1, 2] = given["weight"][0, 1, 2] = 0
    assert np.array_equal(sound["weight"], given["weight"])


@pytest.mark.parametrize(
    ("values", "gains", "lengths"),
    [
        (np.ones((3, 4, 5), np.float32), np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)),
        (np.ones((2, 4, 5), np.float32), -np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)),
        (np.ones((2, 4, 5), np.float32), np.ones((2, 4), np.float32), np.full((2, 4), 32)),
        (np.ones((2, 4, 5), np.float64), np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)),
        (np.ones((4, 5), np.float32), np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)),
        (np.ones((2, 4, 5), np.float32), np.full((2, 4), np.nan, "f"), np.ones((2, 4), np.int64)),
    ],
)
def test_signals_that_do_not_fit_are_refused(values, gains, lengths):
    key, serials, first = _native.Key(1, 2, 3), np.arange(2), np.zeros(2, np.int64)
    with pytest.raises(ValueError, match="must"):
        _native.fire(values, gains, lengths, key, serials, first)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("x", np.zeros((2, 3, 4), np.float32)),
        ("x", np.zeros((1, 3, 5), np.float64)),
        ("x", np.zeros((1, 3, 10), np.float32)[:, :, ::2]),
        ("weight", np.zeros((2, 5), np.float32)),
        ("gain", np.zeros((2, 5, 7), np.float32)),
        ("line_gain", np.zeros((2, 5), np.float32)),
        ("dac_step", -1.0),
        ("dac_step", float("nan")),
        ("serials", np.array([1, -1])),
        ("first_reads", np.array([2**32, 0])),
    ],
)
def test_a_read_that_does_not_fit_is_refused(name, wrong):
    given = {
        "x": np.ones((1, 3, 5), np.float32), "weight": np.ones((2, 5, 6), np.float32),
        "gain": None, "curvature": None, "is_reverse": False, "reference": 1.0,
        "mean_curvature": 0.0, "line_gain": np.zeros((2, 6), np.float32),
        "line_offset": np.zeros((2, 6), np.float32), "is_scaled": True, "dac_step": 0.0,
        "adc_step": 0.0, "adc_bound": 1.0, "output_noise": 0.0, "key": _native.Key(1, 2, 3),
        "serials": np.arange(2), "first_reads": np.zeros(2, np.int64),
    }  # fmt: skip
    y, heat, weighted, clipped = _native.read(*given.values())
    assert (y == 5).all()
    assert (heat == 3).all()
    assert (weighted == 90).all()
    assert not clipped.any()
    with pytest.raises(ValueError, match="must"):
        _native.read(*(given | {name: wrong}).values())
