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
