"""What the GPU kernels are given, as NumPy sees the structures of kernels/source/types.h."""

from typing import Any

import numpy as np
import numpy.typing as npt

from devices.fidelity import Choosing
from devices.identity import Stream
from devices.technology import PiecewiseResponse, PulsedResponse, StepwiseResponse, Technology

__all__ = [
    "CHOICE", "INCREMENTS", "NOISE", "POPULATION", "RESPONSE", "SIGNALS", "TRAINS", "WEAR",
]  # fmt: skip

MOST_NODES = 256
KINDS = {
    "constant": 0,
    "linear": 1,
    "soft-bounds": 2,
    "exponential": 3,
    "power": 4,
    "piecewise": 5,
}

_POINTER = np.uint64
_NUMBERS = (
    "a", "b", "gamma_up", "gamma_down", "A_up", "A_down", "noise_offset", "noise_slope",
)  # fmt: skip

RESPONSE = np.dtype(
    [("kind", np.int32), ("is_additive", np.int32)]
    + [
        (name, np.float32)
        for name in (
            "cycle_noise", "a", "b", "gamma_up", "gamma_down", "A_up", "A_down",
            "noise_offset", "noise_slope",
        )
    ]
    + [("nodes_up", np.int32), ("nodes_down", np.int32)]
    + [("up", np.float32, MOST_NODES), ("down", np.float32, MOST_NODES)],
    align=True,
)  # fmt: skip
WEAR = np.dtype(
    [("is_present", np.int32)]
    + [(name, np.float32) for name in ("closure", "slowing", "resting", "noise")],
    align=True,
)
CELL_ARRAYS = (
    "weight", "step_up", "step_down", "w_max", "w_min", "slope_up", "slope_down", "endurance",
    "pulses", "rested", "counts",
)  # fmt: skip
POPULATION = np.dtype(
    [(name, np.int64) for name in ("devices", "rows", "columns")]
    + [(name, _POINTER) for name in CELL_ARRAYS]
    + [("wear", WEAR)],
    align=True,
)
NOISE = np.dtype(
    [(name, np.uint32) for name in ("seed", "purpose", "array")]
    + [(name, _POINTER) for name in ("serials", "first_samples")],
    align=True,
)
TRAINS = np.dtype(
    [("samples", np.int64), ("rows", _POINTER), ("columns", _POINTER), ("only_up", np.int32)],
    align=True,
)
CHOICE = np.dtype(
    [("exceptions", np.float64)]
    + [(name, np.float32) for name in ("most_pairs", "wander")]
    + [(name, np.int32) for name in ("bounds", "in_order", "at_bounds")],
    align=True,
)
INCREMENTS = np.dtype(
    [("listed", np.int64), ("rows", _POINTER), ("delta", _POINTER), ("step", np.float64)]
    + [(name, np.int32) for name in ("is_random", "planes", "only_up")]
    + [("shown_purpose", np.uint32), ("shown", np.float32)]
    + [(name, _POINTER) for name in ("offset", "written", "now", "slots", "totals", "counts")],
    align=True,
)
SIGNALS = np.dtype(
    [(name, np.int64) for name in ("devices", "samples", "lines", "device_stride")]
    + [(name, _POINTER) for name in ("values", "gains", "lengths")],
    align=True,
)


def filled(dtype: np.dtype[Any], **values: Any) -> npt.NDArray[Any]:
    """Return a structure, `[]`; what is not named is zero."""
    made = np.zeros((), dtype)
    for name, value in values.items():
        made[name] = value
    return made


def response_of(technology: Technology) -> npt.NDArray[Any]:
    """Return the numbers that all cells of a technology share."""
    response = technology.response
    assert isinstance(response, PulsedResponse)
    made = filled(
        RESPONSE,
        kind=KINDS[technology.response.kind],
        is_additive=response.noise == "additive",
        cycle_noise=response.cycle_noise,
        **numbers_of(response),
    )
    if isinstance(response, PiecewiseResponse):
        for name in ("up", "down"):
            table = getattr(response, f"table_{name}")
            made[f"nodes_{name}"] = len(table)
            made[name][: len(table)] = table
    return made


def numbers_of(response: PulsedResponse) -> dict[str, float]:
    """Return the numbers of a response without a closed form, as the kernels name them."""
    names = _NUMBERS if isinstance(response, StepwiseResponse) else ()
    return {name: getattr(response, name) for name in names if hasattr(response, name)}


def shown_of(technology: Technology) -> float:
    """Return the standard deviation of the write noise in units of weight (`write_noise`)."""
    response = technology.response
    assert isinstance(response, PulsedResponse)
    return response.write_noise * response.step


def wear_of(technology: Technology) -> npt.NDArray[Any]:
    """Return what pulses cost."""
    wear = technology.wear
    if wear is None:
        return filled(WEAR)
    return filled(
        WEAR,
        is_present=True,
        closure=wear.closure,
        slowing=wear.slowing,
        resting=wear.resting_weight,
        noise=wear.noise,
    )


def choice_of(rule: Choosing) -> npt.NDArray[Any]:
    """Return when `averaged` is right."""
    return filled(
        CHOICE,
        most_pairs=rule.most_pairs,
        exceptions=rule.exceptions,
        wander=rule.wander,
        bounds=int(rule.bounds),
        in_order=int(rule.in_order),
        at_bounds=int(rule.at_bounds),
    )


def noise_of(stream: Stream, serials: int, events: int) -> npt.NDArray[Any]:
    """Return whose draws; serials and events are addresses of `[device]` int64."""
    return filled(
        NOISE,
        seed=stream.seed,
        purpose=stream.purpose,
        array=stream.array,
        serials=serials,
        first_samples=events,
    )
