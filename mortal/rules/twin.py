"""A digital twin of a nominal array: how it answers, differentiably, and how it is written.

It knows the declaration and the signals that went in, never the cells. torch is imported when a
derivative is asked for.
"""

import numpy as np
import numpy.typing as npt

from devices.arrays import beside, to_host
from devices.manufacture import SMALLEST_BOUND
from devices.technology import LinearResponse, PulsedResponse, SoftBoundsResponse, Technology

__all__ = ["follow", "sent_back"]

Array = npt.NDArray[np.float32]


def sent_back(technology: Technology, twin: Array, x: Array, d: Array) -> Array:
    """Return J_f(x)^T d `[device, sample, row]`, with f(x) = s clip(twin^T x / s).

    Each device by itself, so that its bits do not depend on its company.

    Args:
        technology: the clip of its read path; rounding is taken to pass straight through.
        twin: weights, `[device, row, column]`.
        x: what was on the rows, `[device or 1, sample, row]` or `[sample, row]`.
        d: what is sent back, `[device, sample, column]`.
    """
    import torch

    read = technology.read
    back = np.empty((*d.shape[:2], twin.shape[1]), np.float32)
    weights, drives = to_host(twin), to_host(d)
    signals = np.broadcast_to(to_host(x), back.shape)
    for device in range(weights.shape[0]):
        entered = torch.tensor(signals[device], requires_grad=True)
        y = entered @ torch.tensor(weights[device])
        if read.adc_bits is not None:
            largest = entered.detach().abs().amax(dim=1, keepdim=True)
            scale = {"abs-max": largest, "constant": read.input_range, "none": 1.0}
            bound = scale[read.noise_management] * torch.tensor(read.output_bound)
            y = torch.maximum(torch.minimum(y, bound), -bound)
        (slope,) = torch.autograd.grad(y, entered, torch.tensor(drives[device]))
        back[device] = slope.numpy()
    found: Array = beside(twin, back)
    return found


def follow(technology: Technology, twin: Array, x: Array, d: Array, rate: float) -> Array:
    """Return the twin after an update, as nominal cells take it on average.

        T += rate ((1 + asymmetry) f_up(T) P - (1 - asymmetry) f_down(T) N)

    P and N are the sums of the products x_i d_j above zero and below it. f is that of single
    cells with linear or soft-bounds steps (`devices.technology.response`) and 1 otherwise; T
    stays in the nominal bounds.

    Args:
        technology: its response.
        twin: weights, `[device, row, column]`.
        x: `[device or none, sample, row]`.
        d: `[device, sample, column]`.
        rate: learning rate.
    """
    response = technology.response
    moved = np.float32(rate) * (x.swapaxes(-1, -2) @ d)
    if not isinstance(response, PulsedResponse):
        return twin + moved
    gross = np.float32(rate) * (np.abs(x).swapaxes(-1, -2) @ np.abs(d))
    up, down = (gross + moved) / 2, (gross - moved) / 2
    fall_up, fall_down = _slopes(technology)
    up = np.float32(1 + response.asymmetry) * np.maximum(1 - fall_up * twin, 0) * up
    down = np.float32(1 - response.asymmetry) * np.maximum(1 + fall_down * twin, 0) * down
    reach = response.w_max - response.w_min
    low, high = (-reach, reach) if technology.cell.is_pair else (response.w_min, response.w_max)
    followed: Array = np.clip(twin + up - down, np.float32(low), np.float32(high))
    return followed


def _slopes(technology: Technology) -> tuple[np.float32, np.float32]:
    """Return what a step up loses for each unit of weight, and a step down for each unit below."""
    response, lost = technology.response, (0.0, 0.0)
    if isinstance(response, LinearResponse):
        lost = response.gamma_up, response.gamma_down
    elif isinstance(response, SoftBoundsResponse):
        lost = 1.0, 1.0
    if technology.cell.is_pair or lost == (0.0, 0.0):
        return np.float32(0), np.float32(0)
    assert isinstance(response, PulsedResponse)
    lowest = max(-response.w_min, SMALLEST_BOUND)
    return np.float32(lost[0] / response.w_max), np.float32(lost[1] / lowest)
