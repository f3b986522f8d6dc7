"""How closely pulses are followed, and the fastest way that is right for a device.

Four fidelities, coarse to fine. `averaged` sees only each cell's counts of up and down pulses in
a whole batch; `per_sample` takes the samples in order; `per_pulse` every slot with a noise draw
of its own, the oracle. (`composed`, in order but in closed form, has its number and comes with
the native kernels.)
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from devices.aging import bounds
from devices.errors import WrongValue
from devices.manufacture import CellParameters
from devices.state import CellState
from devices.technology import (
    ConstantResponse,
    LinearResponse,
    PulsedResponse,
    StepwiseResponse,
    Technology,
)

__all__ = ["Fidelity", "choose", "pin", "stopped"]

Array = npt.NDArray[np.float32]

_AVERAGED_LIMIT = 0.1
_AVERAGED_EXCEPTIONS = 0.01
_WANDER = 2.0
_STEPWISE = ("exponential", "power", "piecewise")
"""Kinds of response whose pulses have no closed form."""


class Fidelity(IntEnum):
    """How closely pulses are followed; the numbers stand in the log."""

    AVERAGED = 0
    COMPOSED = 1
    PER_SAMPLE = 2
    PER_PULSE = 3


def pin(wanted: Fidelity | None, kind: str) -> Fidelity | None:
    """Return the fidelity that is wanted for cells of a response, or refuse it.

    Raises:
        WrongValue: there is no such way to follow the pulses of these cells.
    """
    if wanted is None:
        return None
    wanted = Fidelity(wanted)
    if wanted is Fidelity.COMPOSED or (wanted is Fidelity.AVERAGED and kind in _STEPWISE):
        raise WrongValue(
            f"fidelity {wanted.name.lower()} is not possible for {kind} cells: pin per_sample or "
            "per_pulse, or none"
        )
    return wanted


def choose(
    technology: Technology, pulses: Array, exposed: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.int64]:
    """Return the fastest fidelity that is right for each device of a batch, `[device]`.

    `averaged` where relative step times pulses per cell and batch stays within 0.1 (measured:
    the variance is then right to 1 %), and no hard bound comes between (`stopped`), for all but
    1 % of a device's own cells; else `per_sample`. Never pooled over devices, so a device fares
    the same in any company.

    Args:
        technology: the step and its bounds.
        pulses: `[device, row, column]`, pulses of both signs in the batch.
        exposed: `[device, row, column]`, cells that a hard bound may stop on their way.
    """
    response = technology.response
    assert isinstance(response, PulsedResponse)
    if isinstance(response, StepwiseResponse):
        return np.full(pulses.shape[0], int(Fidelity.PER_SAMPLE))
    limit = _AVERAGED_LIMIT * min(response.w_max, -response.w_min) / response.step
    is_beyond = pulses > limit
    if exposed is not None:
        is_beyond |= exposed
    return np.where(
        is_beyond.mean(axis=(1, 2)) <= _AVERAGED_EXCEPTIONS,
        int(Fidelity.AVERAGED),
        int(Fidelity.PER_SAMPLE),
    )


def stopped(
    technology: Technology, cells: CellParameters, state: CellState, up: Array, down: Array
) -> npt.NDArray[np.bool_] | None:
    """Return the cells that a hard bound may stop on their way through a batch, or None.

    Up and down pulses in an unknown order wander by about D sqrt(K) beside their net way. Where
    twice that reaches a hard bound, the walk is cut at the bound again and again, which a closed
    form that clips once gets wrong: at the bound itself it finds half of the way back.

    Args:
        technology: constant and linear steps have hard bounds.
        cells: steps and bounds.
        state: weights, and the wear of the bounds.
        up: `[device, row, column]`, pulses up.
        down: pulses down.
    """
    if not isinstance(technology.response, ConstantResponse | LinearResponse):
        return None
    is_mixed = (up > 0) & (down > 0)
    if not is_mixed.any():
        return None
    assert cells.step_up is not None
    assert cells.step_down is not None
    w_max, w_min = bounds(technology, cells, state)
    end = state.weight + up * cells.step_up - down * cells.step_down
    wander = _WANDER * np.sqrt(up + down) * np.maximum(cells.step_up, cells.step_down)
    is_near = np.maximum(state.weight, end) + wander > w_max
    is_near |= np.minimum(state.weight, end) - wander < w_min
    # A stuck cell goes nowhere.
    found: npt.NDArray[np.bool_] = is_mixed & is_near & (wander > 0)
    return found
