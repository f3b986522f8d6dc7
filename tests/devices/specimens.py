"""Small arrays with chosen physics, for the tests of `devices`."""

import numpy as np

from devices import CrossbarArray
from devices.technology import (
    Cell,
    ConstantResponse,
    Disturb,
    Energy,
    ExactResponse,
    ExponentialResponse,
    Faults,
    LinearResponse,
    PiecewiseResponse,
    PowerResponse,
    Read,
    Retention,
    SoftBoundsResponse,
    Spread,
    Technology,
    Tile,
    Wear,
    Wires,
    Write,
)

STEP = 1 / 512  # a power of two, so that a rate of n steps makes trains of exactly n slots
EXPONENTIAL = {  # ReRamES of aihwkit presets/devices.py, fitted to Gong 2018
    "a": -0.5,
    "b": -0.5,
    "gamma_up": 5.0,
    "gamma_down": 5.0,
    "A_up": -1.18445,
    "A_down": -0.081404,
}
POWER = {"gamma_up": 1.7, "gamma_down": 0.6}
PIECEWISE = {"table_up": (1.5, 1.2, 0.7, 0.1), "table_down": (0.3, 1.0, 1.4)}
KINDS = {
    "constant": (ConstantResponse, {}),
    "linear": (LinearResponse, {"gamma_up": 0.3, "gamma_down": 0.6}),
    "soft-bounds": (SoftBoundsResponse, {}),
    "exponential": (ExponentialResponse, EXPONENTIAL),
    "power": (PowerResponse, POWER),
    "piecewise": (PiecewiseResponse, PIECEWISE),
}
STEPWISE = ("exponential", "power", "piecewise")
PIECES = {
    "spread": Spread,
    "cell": Cell,
    "read": Read,
    "write": Write,
    "disturb": Disturb,
    "energy": Energy,
    "retention": Retention,
    "wear": Wear,
    "tile": Tile,
    "faults": Faults,
    "wires": Wires,
}


def response(kind="constant", **numbers):
    declared, own = KINDS[kind]
    return declared(**{"step": STEP} | own | numbers)


def technology(kind="constant", *, pieces=None, **numbers):
    """Return a technology without spreads, except what `pieces` declare."""
    pieces = {"spread": {"initial": 0.0}} | (pieces or {})
    built = {name: PIECES[name](**given) for name, given in pieces.items()}
    how = ExactResponse() if kind == "exact" else response(kind, **numbers)
    return Technology(name="specimen", response=how, **built)


def grown(made_of, rows=4, columns=8, count=1, *, seed=7, first=0, weight=None, **more):
    """Return an array of consecutive serials, its weights set by hand if given."""
    serials = np.arange(first, first + count)
    more = {"backend": "reference"} | more  # the oracle; test_native.py holds the others to it
    array = CrossbarArray(made_of, rows, columns, serials=serials, seed=seed, **more)
    if weight is not None:
        array._state.weight[:] = weight
    return array


def weights_of(array):
    return array._state.weight.astype(np.float64)


def send(array, pulses, *, samples=1, fidelity=None):
    """Give every cell `pulses` pulses of one sign (negative: down) in each of some samples."""
    x = np.ones((samples, array.rows), np.float32)
    d = np.full((samples, array.columns), np.sign(pulses), np.float32)
    array.update(x, d, abs(pulses) * array.technology.response.step, fidelity)


# Everything that a cell and a read can have at once, in a single cell and in a pair.
_NOISE = {"cells": 0.1, "input": 0.05, "converter": 0.002, "hold": 3,
         "telegraph": {"fraction": 0.5, "amplitude": 0.3, "amplitude_spread": 0.4,
                       "high": 1e-6, "low": 1e-6},
         "flicker": {"level": 0.1, "read_time": 1e-8}}  # fmt: skip
_COMMON = {
    "read": {"dac_bits": 6, "adc_bits": 8, "output_bound": 8, "output_noise": 0.1,
             "curvature": 0.2, "nonlinearity": 0.3, "noise": _NOISE},
    "tile": {"rows": 4, "columns": 5},
    "wires": {"row_resistance": 300, "column_resistance": 300, "source_resistance": 2000,
              "sense_resistance": 2000},
    "faults": {"row_open": 0.1, "column_open": 0.1, "tile_dead": 0.1},
    "programming": {"scatter": 1e-6, "scatter_linear": 1e-6, "scatter_quadratic": 1e-6},
    "wear": {"endurance": 4000, "shape": 0.3, "noise": 1.0, "fails_low": 0.2, "fails_high": 0.2,
             "fails_random": 0.2},
    "disturb": {"half_select": 1e-3, "read": 1e-3},
}  # fmt: skip
_SPREAD = {"initial": 0.3, "step": 0.3, "asymmetry": 0.1, "w_max": 0.2, "w_min": 0.2,
          "cell_gain": 0.2, "curvature": 0.1, "column_gain": 0.1, "column_offset": 0.1,
          "column_nonlinearity": 0.2, "stuck": 0.05, "stuck_low": 0.05, "stuck_high": 0.05,
          "stuck_random": 0.05, "wafer": 0.1, "row": 0.1, "column": 0.1, "gradient_row": 0.1,
          "gradient_column": 0.1, "devices_per_wafer": 2}  # fmt: skip
_NOISY = {"cycle_noise": 0.4, "asymmetry": 0.1, "write_noise": 2.0}
SINGLE = Technology(
    name="single",
    response=response("linear", **_NOISY),
    spread=_SPREAD | {"reference": 0.1, "gamma": 0.1, "decay": 0.3, "drift": 0.2},
    retention={"decay_time": 1e3, "diffusion": 1e-3, "drift_exponent": 0.05},
    **_COMMON,
)
_LAW = {"slope": -0.01, "offset": 0.05, "lowest": 0.01, "highest": 0.1}
PAIR = Technology(
    name="pair",
    response=response("exponential", noise_offset=1e-3, noise_slope=1e-2, **_NOISY),
    spread=_SPREAD,
    cell={"kind": "one-sided", "refresh_every": 1, "refresh_upper": 0.2, "refresh_lower": 0.1,
          "refresh_error": 0.05, "reset_noise": 0.05},
    retention={"drift_mean": _LAW, "drift_deviation": _LAW},
    **_COMMON,
)  # fmt: skip
