"""Digital nets that the claims hold beside devices: a perceptron and a small convnet, by torch.

Torch computes on one thread, so that what a script prints does not depend on the machine's cores.
Weights and order of samples come from the seed alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

__all__ = ["Net", "convnet", "jittered", "perceptron"]

Array = npt.NDArray[Any]
SIDE = 28
"""Pixels along an edge of MNIST."""


def perceptron(layers: Sequence[int], seed: int, *, seen: float = 0.0, hidden: float = 0.0) -> Any:
    """Return a rectified net of `[features, hidden, ..., classes]`.

    Args:
        layers: units of each.
        seed: of its first weights.
        seen: share of inputs that dropout silences while it learns.
        hidden: share of hidden units.
    """
    torch.manual_seed(seed)
    parts: list[Any] = [nn.Dropout(seen)]
    for before, after in pairwise(layers[:-1]):
        parts += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(hidden)]
    return nn.Sequential(*parts, nn.Linear(layers[-2], layers[-1]))


def convnet(channels: tuple[int, int], units: int, seed: int, *, hidden: float = 0.5) -> Any:
    """Return a convnet of 28x28 pixels: two convolutions of 5x5 with pooling, one hidden layer.

    `hidden` is the share that dropout silences before and after the hidden layer.
    """
    torch.manual_seed(seed)
    first, second = channels
    return nn.Sequential(
        nn.Unflatten(1, (1, SIDE, SIDE)),
        nn.Conv2d(1, first, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(hidden),
        nn.Linear(16 * second, units), nn.ReLU(), nn.Dropout(hidden), nn.Linear(units, 10),
    ).to(memory_format=torch.channels_last)  # fmt: skip


@dataclass
class Net:
    """A net with its schedule: a student, and a teacher once it has learnt.

    Attributes:
        module: gives logits `[sample, class]`.
        steps: of learning, whatever the number of samples.
        batch: samples a step.
        rate: of the first step; it falls linearly to 0.
        adam: Adam (arXiv:1412.6980), or stochastic descent with `momentum`.
        momentum: of stochastic descent.
        softening: T its logits are divided by while it learns; gradients are scaled by T^2
            (Hinton, Vinyals, Dean 2015, section 2).
        jitter: pixels that images are moved by at random, at most, each time they are seen.
        seed: of the order of samples, jitter and dropout.
    """

    module: Any
    steps: int
    batch: int = 128
    rate: float = 1e-3
    adam: bool = True
    momentum: float = 0.9
    softening: float = 1.0
    jitter: int = 0
    seed: int = 0

    def learn(self, inputs: Array, targets: Array) -> None:
        """Learn probabilities `[sample, class]`, or `[1, sample, class]`, for `[sample, pixel]`."""
        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        random = np.random.default_rng(self.seed)
        x = torch.tensor(inputs, dtype=torch.float32)
        goal = torch.tensor(np.asarray(targets, np.float32).reshape(len(x), -1))
        descent: Any = (
            torch.optim.Adam(self.module.parameters(), lr=self.rate)
            if self.adam
            else torch.optim.SGD(self.module.parameters(), lr=self.rate, momentum=self.momentum)
        )
        falling = torch.optim.lr_scheduler.LinearLR(descent, 1.0, 0.0, self.steps)
        self.module.train()
        order = np.empty(0, np.int64)
        for _ in range(self.steps):
            while order.size < self.batch:
                order = np.concatenate([order, random.permutation(len(x))])
            part, order = order[: self.batch], order[self.batch :]
            seen = jittered(x[part], self.jitter, random) if self.jitter else x[part]
            answers = torch.log_softmax(self.module(seen) / self.softening, dim=1)
            loss = -(goal[part] * answers).sum(1).mean() * self.softening**2
            descent.zero_grad()
            loss.backward()
            descent.step()
            falling.step()
        self.module.eval()

    def answer(self, inputs: Array) -> npt.NDArray[np.float64]:
        """Return log-probabilities `[1, sample, class]`."""
        x = torch.tensor(inputs, dtype=torch.float32)
        self.module.eval()
        with torch.no_grad():
            said = torch.cat([self.module(part) for part in x.split(1000)]).double()
        return torch.log_softmax(said, dim=1)[None].numpy()


def jittered(images: Any, most: int, random: np.random.Generator) -> Any:
    """Return images `[sample, pixel]`, each moved by up to `most` pixels along both axes."""
    padded = nn.functional.pad(images.reshape(-1, SIDE, SIDE), (most,) * 4)
    down, right = random.integers(0, 2 * most + 1, (2, len(images), 1, 1))
    line = np.arange(SIDE)
    rows, columns = down + line[:, None], right + line
    return padded[np.arange(len(images))[:, None, None], rows, columns].reshape(len(images), -1)
