"""Least squares over the spans of a measurement: each candidate's own best numbers."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares, nnls

from devices.fit.candidates import SHAPES, Data, Trial, predict

__all__ = ["Found", "search"]

Numbers = npt.NDArray[np.float64]

_NODES = 9
_MOST_TRIES = 60
_WIDEST = 2.0
"""How far beyond the ends that were seen a bound may lie, in weights."""


@dataclass(frozen=True)
class Found:
    """What a kind of response comes to.

    Attributes:
        trials: of each device: one shape, steps and open bounds of its own.
        doubt: `[device, number, number]`, covariance of step_up, step_down and open bounds.
        open_numbers: how many numbers were fitted in all.
        squares: sum of squared residuals, in weight.
    """

    trials: tuple[Trial, ...]
    doubt: Numbers
    open_numbers: int
    squares: float


def search(kind: str, data: Data, lowest: float) -> Found:
    """Return the best numbers of a kind of response: one shape, and steps by device.

    First all devices are taken as one; then each gets its own steps (and bounds, where they are
    open), the shape is fitted once more about these, and they about it.

    Args:
        kind: of response.
        data: spans.
        lowest: weight of no conductance, which no bound passes.
    """
    devices = [data.of(device) for device in range(int(data.device.max()) + 1)]
    together = _together(kind, data, lowest)
    own = [_best(together, one, lowest, is_shape_open=False) for one in devices]
    if together.shape.names:
        numbers = _shape_of(tuple(trial for trial, _ in own), data)
        again = [replace(trial, numbers=numbers) for trial, _ in own]
        own = [
            _best(trial, one, lowest, is_shape_open=False)
            for trial, one in zip(again, devices, strict=True)
        ]
    trials = tuple(trial for trial, _ in own)
    squares = sum(_squares(trial, one) for trial, one in zip(trials, devices, strict=True))
    each = 4 if together.shape.has_bounds else 2
    count = trials[0].numbers.size + each * len(devices)
    return Found(trials, np.array([doubt for _, doubt in own]), count, squares)


def _together(kind: str, data: Data, lowest: float) -> Trial:
    shape = SHAPES[kind]
    if kind == "piecewise":
        return _table(data)
    speed = np.abs(data.end - data.start).sum() / data.pulses.sum()
    trials = []
    for start in shape.starts:
        begin = Trial(shape, speed, speed, np.array(start, np.float64))
        if shape.has_bounds:
            begin = replace(begin, w_max=data.w_max.max() + 0.1, w_min=data.w_min.min() - 0.1)
        trials.append(_best(begin, data, lowest, is_shape_open=True)[0])
    return min(trials, key=lambda trial: _squares(trial, data))


def _shape_of(trials: tuple[Trial, ...], data: Data) -> Numbers:
    """Return the numbers of the shape that fit all devices best, each with its own steps."""
    shape = trials[0].shape

    def by_span(name: str) -> Numbers | None:
        values = [getattr(trial, name) for trial in trials]
        return None if values[0] is None else np.array(values)[data.device]

    names = ("step_up", "step_down", "w_max", "w_min")
    begin = Trial(shape, numbers=trials[0].numbers, **{name: by_span(name) for name in names})
    low, high = np.array(shape.low), np.array(shape.high)
    found = least_squares(
        lambda numbers: predict(replace(begin, numbers=numbers), data) - data.end,
        np.clip(begin.numbers, low + 1e-9, high - 1e-9),
        bounds=(low, high),
        x_scale=np.maximum(np.abs(begin.numbers), 0.1),
        max_nfev=_MOST_TRIES,
    )
    numbers: Numbers = found.x
    return numbers


def _best(begin: Trial, data: Data, lowest: float, *, is_shape_open: bool) -> tuple[Trial, Numbers]:
    shape = begin.shape
    open_shape = len(shape.names) if is_shape_open else 0
    start = [begin.step_up, begin.step_down]
    low, high = [0.0, 0.0], [np.inf, np.inf]
    if begin.w_max is not None and begin.w_min is not None:
        top, bottom = float(data.w_max.max()), float(data.w_min.min())
        start += [begin.w_max, begin.w_min]
        low += [(top + bottom) / 2, max(lowest, bottom - _WIDEST)]
        high += [top + _WIDEST, (top + bottom) / 2]
    if open_shape:
        start += begin.numbers.tolist()
        low += shape.low
        high += shape.high

    def trial_of(values: Numbers) -> Trial:
        up, down, *rest = values.tolist()
        bounds = {"w_max": rest[0], "w_min": rest[1]} if begin.w_max is not None else {}
        numbers = values[-open_shape:] if open_shape else begin.numbers
        return replace(begin, step_up=up, step_down=down, numbers=numbers, **bounds)

    inside = np.clip(start, np.array(low) + 1e-9, np.array(high) - 1e-9)
    scale = np.maximum(np.abs(inside), 0.1)
    scale[:2] = np.maximum(inside[:2], 1e-9)
    found = least_squares(
        lambda values: predict(trial_of(values), data) - data.end,
        inside,
        bounds=(low, high),
        x_scale=scale,
        max_nfev=_MOST_TRIES,
    )
    freedom = max(data.end.size - inside.size, 1)
    return trial_of(found.x), np.linalg.pinv(found.jac.T @ found.jac) * 2 * found.cost / freedom


def _table(data: Data) -> Trial:
    """Return the table of steps that explains the spans best, by linear least squares.

    A span of n pulses adds n steps at places that lie evenly between its looks, each a mixture of
    the two nodes beside it.
    """
    ways = [int((data.direction == way).sum()) for way in (1, -1)]
    nodes = int(np.clip(min(ways) // 3, 2, _NODES))
    half, middle = (data.w_max - data.w_min) / 2, (data.w_max + data.w_min) / 2
    between = (np.arange(8) + 0.5) / 8
    places = data.start + between[:, None] * (data.end - data.start)
    part = np.clip((places - middle) / half / 2 + 0.5, 0, 1) * (nodes - 1)
    hats = np.maximum(0, 1 - np.abs(part[:, :, None] - np.arange(nodes))).mean(axis=0)
    weights = hats * data.pulses[:, None]
    steps = [
        nnls(weights[here], np.abs(data.end - data.start)[here] * sign)[0]
        for here, sign in _moves(data)
    ]
    step = max(float(np.mean(steps)), 1e-12)
    return Trial(SHAPES["piecewise"], step, step, np.concatenate(steps) / step)


def _moves(data: Data) -> list[tuple[npt.NDArray[np.bool_], Numbers]]:
    """Return the spans of each direction, and whether each moved along it (1) or against (-1)."""
    along = np.sign((data.end - data.start) * data.direction)
    return [(data.direction == way, along[data.direction == way]) for way in (1, -1)]


def _squares(trial: Trial, data: Data) -> float:
    return float(np.square(predict(trial, data) - data.end).sum())
