"""A network with an output array in float64 NumPy, written from the textbook: no code is shared."""

import numpy as np
from hypothesis import assume, currently_in_test_context

from devices import probe


def weights(population):
    """Weights `[device, row, column]` of each array, float64."""
    return {name: probe.weights(a).astype(np.float64) for name, a in population.arrays.items()}


def of_device(found, device):
    return {name: part[device] for name, part in found.items()}


def learnt(w):
    """The arrays that are taught, in the order of the signal."""
    return [name for name in w if not name.startswith("feedback")]


def passed(w, x, s, lines=None):
    """Rows of each array, currents of each array; `lines`: rows of a pass whose bias is kept."""
    rows, currents = [], []
    for name in learnt(w):
        if s.bias:
            full = np.abs(x).max(axis=1)
            line = np.where(full > 0, full, 1) if lines is None else lines[len(rows)][:, -1]
            x = np.column_stack([x, line])
        rows.append(x)
        currents.append(s.gain * x @ w[name])
        x = np.tanh(currents[-1]) if s.activation == "tanh" else np.maximum(currents[-1], 0)
    # float32 does not know on which side of zero a line is that carries nothing.
    if currently_in_test_context():
        assume(min(np.abs(a).min() for a in currents[:-1]) > 1e-6)
    return rows, currents


def slope(a, s):
    return 1 / np.cosh(a) ** 2 if s.activation == "tanh" else (a > 0).astype(float)


def probabilities(scores):
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def errors(w, x, y, s):
    """Rows, and minus the gradient of the cross-entropy by the currents of each array."""
    rows, currents = passed(w, x, s)
    d = [y - probabilities(currents[-1])]
    for name, a in zip(learnt(w)[:0:-1], currents[-2::-1], strict=True):
        d.insert(0, slope(a, s) * s.gain * (d[0] @ w[name].T)[:, : a.shape[1]])
    return rows, d


def rates(w, s):
    return [s.output_rate if name == "output" else s.rate for name in learnt(w)]


def descended(w, x, y, s):
    """New weights after one step down the gradient, and the answers before."""
    rows, d = errors(w, x, y, s)
    moved = [rate * r.T @ e for rate, r, e in zip(rates(w, s), rows, d, strict=True)]
    new = {name: w[name] + move for name, move in zip(learnt(w), moved, strict=True)}
    return w | new, y - d[-1]


def agrees(population, before, step, x, y, answers, s):
    """Assert that each device went where `step` of this book goes, and answered what it says."""
    after = weights(population)
    for device in range(len(population)):
        w = of_device(before, device)
        expected, p = step(w, x.astype(np.float64), y[device], s)
        for name, old in w.items():
            moved = np.abs(expected[name] - old).max()
            wrong = np.abs(expected[name] - after[name][device]).max()
            assume(moved > 2e-5 or name.startswith("feedback"))  # a silent layer proves nothing
            assert wrong < 1e-4 * moved + 1e-6, (name, wrong, moved)
        assert np.abs(answers[device] - p).max() < 1e-5
