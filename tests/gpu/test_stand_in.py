"""Every verb computes on the GPU's arrays: the same bits, and nothing passes by itself."""

import numpy as np
import pytest
from same_life import lived
from specimens import grown, technology

from devices import preset, preset_names, probe
from devices.kernels import UnknownBackend, available, gpu_answers, load

native = pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")

SPREAD = {"initial": 0.2, "step": 0.3, "w_max": 0.2, "w_min": 0.2, "stuck": 0.05}
LINES = {"column_gain": 0.05, "column_offset": 0.05}
CONVERTED = {"dac_bits": 7, "adc_bits": 7, "output_bound": 3.0, "output_noise": 0.05}
BIT_BY_BIT = {"coding": "bit-serial", "signed": "two-reads"}
TILES = {"rows": 4, "columns": 5}
NOISE = {
    "cells": 0.1, "input": 0.01, "converter": 0.01, "hold": 3,
    "telegraph": {"fraction": 0.5, "amplitude": 0.2, "amplitude_spread": 0.3,
                  "high": 1e-6, "low": 1e-6},
    "flicker": {"level": 0.01, "exponent": 0.6, "read_time": 2.5e-7},
}  # fmt: skip
DRIFT = {
    "drift_mean": {"slope": -0.0155, "offset": 0.0244, "lowest": 0.049, "highest": 0.1},
    "drift_deviation": {"slope": -0.0125, "offset": -0.0059, "lowest": 0.008, "highest": 0.045},
}
WEAR = {"endurance": 60.0, "closure": 0.4, "slowing": 0.3, "noise": 2.0, "fails_low": 0.3}
REFRESHED = {"kind": "one-sided", "refresh_every": 1, "refresh_error": 0.01, "reset_noise": 0.01}
REFRESHED |= {"refresh_upper": 0.0, "refresh_lower": 0.0}
PIECES = {
    "plain": {"read": CONVERTED},
    "differing cells": {
        "spread": SPREAD | LINES | {"cell_gain": 0.05, "curvature": 0.1, "reference": 0.05},
        "cell": {"reverse_read": True},
    },
    "bit-serial, in two reads": {"read": CONVERTED | BIT_BY_BIT},
    "pulse widths": {"read": CONVERTED | {"coding": "pulse-width"}},
    "bounds managed": {"read": CONVERTED | {"output_bound": 0.3, "bound_management": 3}},
    "one scale, curved": {"read": {"noise_management": "constant", "nonlinearity": 0.3}},
    "noises": {"read": CONVERTED | {"noise": NOISE}, "spread": SPREAD},
    "calibrated": {"read": CONVERTED | {"calibration": "per-column"}, "spread": SPREAD | LINES},
    "tiles": {"tile": TILES, "cell": {"reverse_read": True}, "spread": LINES},
    "broken lines": {"faults": {"row_open": 0.2, "column_open": 0.2}, "tile": TILES},
    "wires": {"wires": {"row_resistance": 5.0, "column_resistance": 5.0}},
    "differential": {"cell": {"kind": "differential"}, "spread": SPREAD},
    "one-sided": {"cell": REFRESHED, "spread": SPREAD},
    "one-sided, reset exactly": {"cell": REFRESHED | {"reset_noise": 0.0}},
    "worn": {"wear": WEAR, "spread": SPREAD, "retention": {"drift_exponent": 0.05}},
    "rested": {"retention": {"decay_time": 1e5, "diffusion": 1e-4}},
    "drifting": {"retention": DRIFT, "spread": SPREAD | {"initial": 0.1}},
    "disturbed": {"disturb": {"half_select": 1e-3, "read": 1e-2}, "cell": {"reverse_read": True}},
}  # fmt: skip


@pytest.fixture
def processor(monkeypatch):
    """The native backend, reading by NumPy's functions as a GPU does."""
    monkeypatch.delattr(native, "read")
    return "native"


def hold_equal(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name], err_msg=name, strict=True)


@pytest.mark.parametrize("name", PIECES)
def test_every_physics_has_the_same_bits(stand_in_gpu, processor, name):
    made_of = technology("soft-bounds", cycle_noise=0.3, write_noise=2.0, pieces=PIECES[name])
    hold_equal(lived(made_of, "cuda"), lived(made_of, processor))


@pytest.mark.parametrize(
    "kind", ["exact", "constant", "linear", "exponential", "power", "piecewise"]
)
def test_every_response_has_the_same_bits(stand_in_gpu, processor, kind):
    made_of = technology(kind, **({} if kind == "exact" else {"cycle_noise": 0.3}))
    hold_equal(lived(made_of, "cuda"), lived(made_of, processor))


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_has_the_same_bits(stand_in_gpu, processor, name):
    hold_equal(lived(preset(name), "cuda"), lived(preset(name), processor))


def test_the_stand_in_is_as_strict_as_cupy(stand_in_gpu):
    there, here = stand_in_gpu.asarray(np.ones(3)), np.ones(3)
    mixtures = [
        lambda: there + here,
        lambda: here + there,
        lambda: np.where(there > 0, here, 0),
        lambda: np.concatenate([there, here]),
        lambda: np.asarray(there),
        lambda: here[stand_in_gpu.asarray([1])],
        lambda: np.maximum.accumulate(there),
    ]
    for mixed in mixtures:
        with pytest.raises(TypeError):
            mixed()
    with pytest.raises(TypeError):
        there[:] = here
    with pytest.raises(TypeError):
        here += there
    assert there[np.array([0, 2])].shape == (2,)


def test_signals_and_state_stay_on_the_gpu_and_looks_come_back(stand_in_gpu):
    array = grown(technology(pieces={"cell": {"reverse_read": True}}), 3, 5, 2, backend="cuda")
    signals = array.forward(np.ones((1, 3))), array.backward(np.ones((1, 5)))
    for there in (*signals, array._state.weight, array._state.now, array._cells.step_up):
        assert isinstance(there, stand_in_gpu.ndarray)
    for here in (probe.weights(array), array.is_stuck(), array.ledger.read, array.fidelities):
        assert isinstance(here, np.ndarray)
    assert isinstance(array.forward(signals[1]), stand_in_gpu.ndarray), "what is there is taken"


def test_a_gpu_is_found_where_one_answers(stand_in_gpu):
    assert "cuda" in available()
    assert gpu_answers()


def test_a_gpu_that_does_not_answer_is_one_sentence(stand_in_gpu):
    class Device:
        @property
        def compute_capability(self):
            raise RuntimeError("cudaErrorNoDevice: no CUDA-capable device is detected")

    stand_in_gpu.cuda.Device = Device
    assert not gpu_answers()
    with pytest.raises(UnknownBackend, match="needs a GPU, and CuPy finds none: cudaErrorNoDevice"):
        load("cuda")
