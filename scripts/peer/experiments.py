"""What is done to both simulators, written once; NumPy only, so it runs in either environment.

An array of a population has `pulse`, `forward`, `backward`, `update` and `weights`
(`Population`, `Tiles`). Every result is one number a device, so that devices are the repetitions
and a difference between simulators has a standard error.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["LENGTHS", "STAGES", "Array", "lessons", "response", "school", "signals", "steps"]

Numbers = npt.NDArray[np.float32]
Results = dict[str, npt.NDArray[np.float64]]

STAGES = (-400, -100, 0, 100, 400)
"""Pulses from weight zero to where single steps are looked at; negative: down."""

LENGTHS = (1, 3, 10, 30, 100, 200, 400, 700, 1000)
"""Numbers of pulses up, and then of pulses down, at which the weights are looked at."""

_ALTERNATIONS = 24


class Array(Protocol):
    """One array of a whole population, in either simulator."""

    def pulse(self, count: int) -> None:
        """Give every cell `count` pulses, one after another; negative: down."""

    def forward(self, x: Numbers) -> Numbers:
        """Read `[sample, row]` or `[device, sample, row]`; return `[device, sample, column]`."""

    def backward(self, d: Numbers) -> Numbers:
        """Read `[device, sample, column]` in reverse; return `[device, sample, row]`."""

    def update(self, x: Numbers, d: Numbers, rate: float) -> None:
        """Add rate * x (x) d on average; shapes as in `forward`."""

    def weights(self) -> Numbers:
        """Return the weights, `[device, row, column]`."""


def signals(
    seed: int, devices: int, batch: int, rows: int, columns: int
) -> tuple[Numbers, Numbers]:
    """Return x `[device, sample, row]` and d `[device, sample, column]`, uniform in (-1, 1)."""
    draws = np.random.default_rng(seed)
    x = draws.uniform(-1, 1, (devices, batch, rows))
    d = draws.uniform(-1, 1, (devices, batch, columns))
    return x.astype(np.float32), d.astype(np.float32)


def steps(grow: Callable[[], Array]) -> Results:
    """Return the single-pulse step at several weights: mean, spread over cells, cycle noise.

    A fresh population, all weights zero, is driven by a stage's pulses; then each cell takes one
    pulse up and one down, 24 times over, so that it stays where it is. With step s_cm of cell c
    at repetition m, the cycle noise is the root mean variance over m, and the spread over cells
    is the standard deviation of the cells' means, less what the cycle noise adds to it.
    """
    found: Results = {}
    for stage in STAGES:
        array = grow()
        array.pulse(stage)
        before = array.weights().astype(np.float64)
        moves: dict[str, list[npt.NDArray[np.float64]]] = {"up": [], "down": []}
        for _ in range(_ALTERNATIONS):
            for name, count in (("up", 1), ("down", -1)):
                array.pulse(count)
                after = array.weights().astype(np.float64)
                moves[name].append((after - before).reshape(after.shape[0], -1))
                before = after
        for name, made in moves.items():
            step = np.stack(made)  # [repetition, device, cell]
            of_cell, cycle = step.mean(axis=0), step.var(axis=0, ddof=1)
            spread = of_cell.var(axis=1, ddof=1) - cycle.mean(axis=1) / _ALTERNATIONS
            label = f"step {name} after {stage:+d}"
            found[f"{label}, mean"] = of_cell.mean(axis=1)
            found[f"{label}, spread over cells"] = np.sqrt(np.maximum(spread, 0))
            found[f"{label}, cycle noise"] = np.sqrt(cycle.mean(axis=1))
    return found


def response(grow: Callable[[], Array]) -> Results:
    """Return mean and standard deviation of the weights during 1000 pulses up, then 1000 down."""
    array, found = grow(), Results()
    for name, sign in (("up", 1), ("down", -1)):
        done = 0
        for length in LENGTHS:
            array.pulse(sign * (length - done))
            done = length
            seen = array.weights().astype(np.float64)
            found[f"{length} {name}, mean"] = seen.mean(axis=(1, 2))
            found[f"{length} {name}, std"] = seen.std(axis=(1, 2), ddof=1)
    return found


def lessons(examples: int, epochs: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the order in which examples are shown, `[epoch, example]`."""
    draws = np.random.default_rng(seed)
    return np.stack([draws.permutation(examples) for _ in range(epochs)])


def school(
    first: Array,
    second: Array,
    train: tuple[Numbers, npt.NDArray[np.int64]],
    test: tuple[Numbers, npt.NDArray[np.int64]],
    order: npt.NDArray[np.int64],
    *,
    batch: int,
    rate: float,
) -> Results:
    """Return the accuracy in percent, `[device]`, of a two-layer net trained by backpropagation.

        h = tanh(A [x, 1]),  p = softmax(B [h, 1]),  e = onehot - p
        B += rate [h, 1] (x) e,  A += rate [x, 1] (x) (1 - h^2) (B^T e)

    Args:
        first: A, rows one more than inputs.
        second: B, rows one more than hidden units.
        train: inputs `[example, input]` and labels `[example]`.
        test: likewise.
        order: `[epoch, example]`.
        batch: examples read before they are written.
        rate: learning rate of one example.
    """
    found: Results = {}
    for epoch, shown in enumerate(order, 1):
        for start in range(0, shown.size, batch):
            these = shown[start : start + batch]
            x = _with_bias(train[0][these])
            h, answer = _answer(first, second, x)
            error = np.eye(answer.shape[2], dtype=np.float32)[train[1][these]] - answer
            blame = second.backward(error)[:, :, :-1] * (1 - h**2)
            second.update(_with_bias(h), error, rate)
            first.update(np.broadcast_to(x, (h.shape[0], *x.shape)), blame, rate)
        _, answer = _answer(first, second, _with_bias(test[0]))
        right = answer.argmax(axis=2) == test[1]
        found[f"accuracy after epoch {epoch}, %"] = 100 * right.mean(axis=1)
    for name, array in (("first", first), ("second", second)):
        found[f"weight std, {name} layer"] = array.weights().std(axis=(1, 2), dtype=np.float64)
    return found


def _answer(first: Array, second: Array, x: Numbers) -> tuple[Numbers, Numbers]:
    h = np.tanh(first.forward(x))
    logits = second.forward(_with_bias(h))
    powers = np.exp(logits - logits.max(axis=2, keepdims=True))
    return h, powers / powers.sum(axis=2, keepdims=True)


def _with_bias(x: Numbers) -> Numbers:
    return np.concatenate([x, np.ones((*x.shape[:-1], 1), np.float32)], axis=-1)
