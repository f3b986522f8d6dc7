"""A digital net made ready for being copied: trained with the variation of devices in mind.

It has the form of Mono-Forward's devices (`mortal.rules.mono_forward`), so that its weights can be
written into their arrays and its label matrices into their memory:

    a_l = W_l^T x_l,  h_l = relu(a_l),  x_{l+1} = h_l / rms(h_l),  scores = sum_l M_l^T x_{l+1}

All layers are taught together, by the derivative of the cross-entropy of the scores (Adam,
arXiv:1412.6980), through the nominal read path. Two means against variation:

    injection   in each step another device is drawn, of the declared spread of cell gains, of
                I-V curvature, and of column gains and offsets, and read in place of the nominal one
    sharpness   each step follows the gradient at W + rho grad / |grad| (Foret et al. 2021,
                arXiv:2010.01412), as Xu et al. 2026 (arXiv:2411.12352) do to move parameters from
                device to device

Differs from Xu et al., which we know at second hand: the nets, data and devices are ours, rho was
chosen by the accuracy of drawn devices on images held back, and no number of theirs is reproduced.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from devices import Technology, program
from devices.reading import conductance_scale
from mortal import Population

__all__ = ["AwareNet", "Means"]

Array = npt.NDArray[Any]
_SMALLEST_RMS = 1e-6


class Means(NamedTuple):
    """Against variation: a spread of devices drawn in training, and the radius of sharpness."""

    injected: Technology | None = None
    rho: float = 0.0


class Drawn(NamedTuple):
    """The read path of one device and layer, as `devices.technology.Read` names it."""

    gain: Any
    curved: Any
    column: Any
    offset: Any


@dataclass
class AwareNet:
    """A teacher, once it has learnt, and what `written` puts into devices.

    Attributes:
        layers: `[features, hidden, ...]`.
        technology: whose nominal read path it learns through.
        seed: of its first weights, the order of samples, and the devices drawn.
        reach: largest weight, well inside the cells' bounds.
    """

    layers: tuple[int, ...]
    technology: Technology
    seed: int
    classes: int = 10
    reach: float = 0.6

    def __post_init__(self) -> None:
        self._draws = torch.Generator().manual_seed(self.seed)
        self._weights = [
            self._normal(before + 1, after, scale=0.15)
            for before, after in zip(self.layers[:-1], self.layers[1:], strict=True)
        ]
        self._labels = [torch.zeros(units, self.classes) for units in self.layers[1:]]
        scale, zero = conductance_scale(self.technology)
        self._reference = zero / scale

    def learn(
        self, inputs: Array, labels: Array, means: Means, *, steps: int, batch: int, rate: float
    ) -> None:
        """Learn labelled samples; the rate falls linearly to 0."""
        torch.set_num_threads(1)
        x, goal = torch.tensor(inputs), torch.tensor(labels)
        learnt = [*self._weights, *self._labels]
        for part in learnt:
            part.requires_grad_()
        descent = torch.optim.Adam(learnt, lr=rate)
        falling = torch.optim.lr_scheduler.LinearLR(descent, 1.0, 0.0, steps)
        for _ in range(steps):
            chosen = torch.randint(len(x), (batch,), generator=self._draws)
            device = self._device(means.injected or self.technology, bool(means.injected))
            self._slope(x[chosen], goal[chosen], device)
            if means.rho:
                steepest = [weight.grad.clone() for weight in self._weights]
                length = torch.sqrt(sum((part**2).sum() for part in steepest)) + 1e-12
                self._move(steepest, means.rho / length)
                self._slope(x[chosen], goal[chosen], device)
                self._move(steepest, -means.rho / length)
            descent.step()
            falling.step()
            with torch.no_grad():
                for weight in self._weights:
                    weight.clamp_(-self.reach, self.reach)
        for part in learnt:
            part.requires_grad_(False)

    def answer(self, inputs: Array) -> Array:
        """Return log-probabilities `[1, sample, class]` of the net itself."""
        return self._said(inputs, self._device(self.technology, False))[None]

    def drawn(self, inputs: Array, technology: Technology, devices: int) -> Array:
        """Return answers `[device, sample, class]` of devices drawn, as injection draws them."""
        return np.stack(
            [self._said(inputs, self._device(technology, True)) for _ in range(devices)]
        )

    def written(self, population: Population) -> Population:
        """Write the net into each device of a population by write-verify, and return it."""
        for number, weight in enumerate(self._weights, start=1):
            program(population.arrays[f"layer{number}"], weight.numpy(), "write-verify")
        for number, matrix in enumerate(self._labels, start=1):
            population.rule.memory[f"label{number}"][:] = matrix.numpy()
        return population

    def _said(self, inputs: Array, device: list[Drawn]) -> Array:
        with torch.no_grad():
            scores = self._scores(torch.tensor(np.asarray(inputs, np.float32)), device)
        return np.asarray(torch.log_softmax(scores.double(), dim=1))

    def _slope(self, x: Any, goal: Any, device: list[Drawn]) -> None:
        for part in (*self._weights, *self._labels):
            part.grad = None
        torch.nn.functional.cross_entropy(self._scores(x, device), goal).backward()

    def _move(self, steepest: list[Any], far: Any) -> None:
        with torch.no_grad():
            for weight, part in zip(self._weights, steepest, strict=True):
                weight += far * part

    def _scores(self, x: Any, device: list[Drawn]) -> Any:
        scores: Any = 0
        for weight, matrix, drawn in zip(self._weights, self._labels, device, strict=True):
            h = torch.relu(self._read(x, weight, drawn))
            x = h / h.square().mean(dim=1, keepdim=True).sqrt().clamp(min=_SMALLEST_RMS)
            scores = scores + x @ matrix
        return scores

    def _read(self, x: Any, weight: Any, drawn: Drawn) -> Any:
        """Return y of `devices.technology.Read`, without converters and noise."""
        scale = x.abs().amax(dim=1, keepdim=True)
        scale = torch.where(scale > 0, scale, torch.ones_like(scale))
        v = torch.cat([x / scale, torch.ones_like(scale)], dim=1)
        cell, reference = drawn.gain * (weight + self._reference), self._reference
        curvature = self.technology.read.curvature
        current = v @ (cell - reference) + v**3 @ (drawn.curved * cell - curvature * reference)
        return scale * (drawn.column * current + drawn.offset)

    def _device(self, technology: Technology, is_drawn: bool) -> list[Drawn]:
        curvature, spread = technology.read.curvature, technology.spread
        if not is_drawn:
            return [Drawn(1.0, curvature, 1.0, 0.0) for _ in self._weights]
        return [
            Drawn(
                torch.exp(self._normal(*weight.shape, scale=spread.cell_gain)),
                curvature + self._normal(*weight.shape, scale=spread.curvature),
                1 + self._normal(weight.shape[1], scale=spread.column_gain),
                self._normal(weight.shape[1], scale=spread.column_offset),
            )
            for weight in self._weights
        ]

    def _normal(self, *shape: int, scale: float) -> Any:
        return scale * torch.randn(*shape, generator=self._draws)
