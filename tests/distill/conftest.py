"""Teachers and students small enough to read, as fixtures."""

from collections.abc import Callable

import numpy as np
import pytest


class SoftmaxRegression:
    """A population of digital students `[device, feature, class]` with a schedule of their own."""

    def __init__(self, devices, features, classes, seed=0, epochs=60, rate=0.5):
        self.random = np.random.default_rng(seed)
        self.weights = 0.01 * self.random.standard_normal((devices, features + 1, classes))
        self.epochs, self.rate = epochs, rate
        self.lessons = []

    def answer(self, inputs):
        scores = _with_bias(inputs) @ self.weights
        scores -= scores.max(axis=-1, keepdims=True)
        return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))

    def learn(self, inputs, targets):
        self.lessons.append((inputs, targets))
        rows = _with_bias(inputs)
        for _ in range(self.epochs):
            order = self.random.permutation(len(rows))
            for batch in np.array_split(order, max(1, len(rows) // 32)):
                error = targets[:, batch] - np.exp(self.answer(inputs[batch]))
                self.weights += self.rate / len(batch) * (rows[batch].T @ error)


class Recorder:
    """A student that keeps what it is handed and answers what it was told to."""

    def __init__(self, answers):
        self.answers = np.asarray(answers, dtype=float)
        self.lessons = []

    def answer(self, inputs):
        devices, classes = self.answers.shape[0], self.answers.shape[-1]
        return np.broadcast_to(self.answers[:, :1], (devices, len(inputs), classes))

    def learn(self, inputs, targets):
        self.lessons.append((inputs, targets))


def _with_bias(inputs):
    return np.hstack([inputs, np.ones((len(inputs), 1))])


@pytest.fixture
def make_student() -> Callable[..., SoftmaxRegression]:
    return SoftmaxRegression


@pytest.fixture
def make_recorder() -> Callable[..., Recorder]:
    """Untaught students by number and classes: every answer is uniform."""
    return lambda devices=1, classes=3: Recorder(np.zeros((devices, 1, classes)))


@pytest.fixture
def make_teacher() -> Callable[..., Callable]:
    """Random linear teachers `[device]`, as a plain function to log-probabilities."""

    def make(devices=1, features=4, classes=3, seed=0):
        weights = np.random.default_rng(seed).standard_normal((devices, features, classes))
        return lambda inputs: inputs @ weights

    return make


@pytest.fixture
def pool() -> np.ndarray:
    return np.random.default_rng(5).standard_normal((60, 4))
