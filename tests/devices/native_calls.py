"""Sound calls of the native kernels, argument by argument, for tests that spoil them."""

import numpy as np
import pytest

_native = pytest.importorskip("devices.kernels._native", reason="native kernels are not built")

STEPWISE = (3, 4, 5)


def response(kind=0, *, noise=0.1, is_additive=False):
    """Return the numbers that cells share: exponential and piecewise ones complete."""
    made = _native.Response(kind, is_additive, noise)
    made.a, made.b, made.gamma_up, made.gamma_down = -0.5, -0.5, 1.7, 0.6
    made.A_up, made.A_down = -1.2, -0.1
    made.nodes([1.5, 1.2, 0.7, 0.1], [0.3, 1.0, 1.4])
    return made


def write(shape=(3, 3, 5), samples=4, *, kind=0, words=1, pinned=-1):
    """Return the arguments of one `write`; all technologies' arrays are there."""
    devices, rows, columns = shape
    of_cells = {"step_up": 0.01, "step_down": 0.02, "w_max": 1, "w_min": -1}
    of_cells |= {"slope_up": 0.5, "slope_down": 0.4, "endurance": 1e3}
    given = {"weight": np.zeros(shape, np.float32)}
    given |= {name: np.full(shape, value, np.float32) for name, value in of_cells.items()}
    given |= {"pulses": np.zeros(shape, np.uint32), "rested": np.ones(shape, np.float64)}
    return given | {
        "counts": np.zeros(shape, np.uint32),
        "wear": _native.Wear(True, 0.1, 0.1, 0.0, 0.2),
        "response": response(kind),
        "choice": _native.Choice(10.0, 0.01, 2.0, 1, 1, 2),
        "rows": np.full((devices, samples, rows), words, np.uint32),
        "columns": np.full((devices, samples, columns), words, np.uint32),
        "only_up": False,
        "key": _native.Key(1, 2, 3),
        "serials": np.arange(devices),
        "first_samples": np.zeros(devices, np.int64),
        "pinned": np.full(devices, 2 if kind in STEPWISE and pinned == -1 else pinned),
    }


def increment(shape=(3, 3, 5), rows=(0, 2)):
    """Return the arguments of one `increment`; all technologies' arrays are there."""
    devices, listed, columns = shape[0], len(rows), shape[2]
    given = {name: value for name, value in write(shape).items() if name not in LEFT_TO_WRITE}
    given |= {"offset": np.zeros(shape, np.float32), "written": np.zeros(shape, np.float64)}
    given |= {"now": np.zeros(devices), "counts": np.zeros((devices, listed, columns), np.float32)}
    return given | {
        "rows": np.array(rows),
        "delta": np.full((devices, listed, columns), 0.05, np.float32),
        "step": 0.01,
        "is_random": True,
        "planes": 1,
        "only_up": False,
        "shown": 0.1,
        "shown_purpose": 30,
    }


def fire(devices=3, samples=4, lines=5):
    """Return the arguments of one `fire`."""
    return {
        "values": np.full((devices, samples, lines), 0.5, np.float32),
        "gains": np.full((devices, samples), 4e4, np.float32),
        "lengths": np.full((devices, samples), 31),
        "key": _native.Key(1, 2, 3),
        "serials": np.arange(devices),
        "first_samples": np.zeros(devices, np.int64),
    }


def normals(devices=3, rows=3, columns=5):
    """Return the arguments of one `normals`."""
    events = np.zeros(devices, np.int64)
    return {
        "key": _native.Key(1, 2, 3), "serials": np.arange(devices), "events": events,
        "rows": rows, "columns": columns,
    }  # fmt: skip


def read(shape=(3, 3, 5), samples=4, *, is_reverse=False):
    """Return the arguments of one `read`."""
    devices, inputs, outputs = shape
    if is_reverse:
        inputs, outputs = outputs, inputs
    return {
        "x": np.full((devices, samples, inputs), 0.5, np.float32),
        "weight": np.full(shape, 0.25, np.float32),
        "gain": np.full(shape, 1.5, np.float32),
        "curvature": np.full(shape, 0.125, np.float32),
        "is_reverse": is_reverse,
        "reference": 1.0,
        "mean_curvature": 0.125,
        "line_gain": np.zeros((devices, outputs), np.float32),
        "line_offset": np.zeros((devices, outputs), np.float32),
        "is_scaled": True,
        "dac_step": 0.015625,
        "adc_step": 0.0078125,
        "adc_bound": 20.0,
        "output_noise": 0.0625,
        "key": _native.Key(1, 2, 3),
        "serials": np.arange(devices),
        "first_reads": np.zeros(devices, np.int64),
    }


def grow(devices=3, rows=3, columns=5):
    """Return the arguments of one `grow` of cells that share nothing."""
    return {
        "key": _native.Key(1, 2, 3), "serials": np.arange(devices), "rows": rows,
        "columns": columns, "own": 1.0, "numbers": [0.01, 0.1, 1.0, 1.0, 0.3, 0.6],
        "scales": [0.3, 0.1, 0.2, 0.2, 0.1, 0.1, 0.5], "row_parts": [None] * 7,
        "column_parts": [None] * 7, "has_log_normal_steps": False,
        "has_log_normal_bounds": True, "has_slopes": True,
    }  # fmt: skip


LEFT_TO_WRITE = ("counts", "choice", "columns", "pinned")
ENTRIES = {
    "write": write, "increment": increment, "fire": fire, "normals": normals, "read": read,
    "grow": grow,
}  # fmt: skip
WRITTEN = {
    "write": ("weight", "pulses", "rested", "counts"),
    "increment": ("weight", "pulses", "rested", "counts", "offset", "written"),
}
OPTIONAL = {
    "write": ("slope_up", "slope_down", "rested", "counts"),
    "increment": ("slope_up", "slope_down", "rested", "counts", "offset", "written"),
    "read": ("gain", "curvature"),
    "fire": (),
    "normals": (),
    "grow": (),
}


def call(entry, given):
    """Call an entry of the extension."""
    return getattr(_native, entry)(**given)


def arrays(given):
    """Return the arrays among the arguments."""
    return {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
