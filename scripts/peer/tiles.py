"""The peer, IBM aihwkit: a population is a list of simulator tiles. Runs in its environment.

Weights of the peer lie `[column, row]` and an update subtracts, so signs and axes turn here.
"""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from aihwkit.simulator.configs import SingleRPUConfig
from aihwkit.simulator.parameters.enums import (
    BoundManagementType,
    NoiseManagementType,
    PulseType,
)
from aihwkit.simulator.parameters.io import IOParameters
from aihwkit.simulator.parameters.training import UpdateParameters
from aihwkit.simulator.tiles import AnalogTile

__all__ = ["Tiles", "fixed_trains", "managed_trains", "read_through", "single_pulses"]

Numbers = npt.NDArray[np.float32]


def fixed_trains(length: int = 31) -> UpdateParameters:
    """Return stochastic trains of one length, A = B = sqrt(rate / (D BL))."""
    return UpdateParameters(
        pulse_type=PulseType.STOCHASTIC_COMPRESSED,
        desired_bl=length,
        update_bl_management=False,
        update_management=False,
    )


def managed_trains() -> UpdateParameters:
    """Return the peer's default: at most 31 slots, as many as needed, balanced."""
    return UpdateParameters(pulse_type=PulseType.STOCHASTIC_COMPRESSED, desired_bl=31)


def single_pulses() -> UpdateParameters:
    """Return trains of one slot, in which a line driven beyond its limit fires for certain."""
    return fixed_trains(1)


def read_through(dac_bits: int, adc_bits: int, bound: float, noise: float) -> IOParameters:
    """Return a read path with converters, output noise and inputs scaled to their maximum."""
    return IOParameters(
        inp_res=1 / (2**dac_bits - 2),
        out_res=1 / (2**adc_bits - 2),
        out_bound=bound,
        out_noise=noise,
        noise_management=NoiseManagementType.ABS_MAX,
        bound_management=BoundManagementType.NONE,
    )


class Tiles:
    """Simulator tiles, one a device, with the verbs of `experiments.Array`.

    Args:
        device: declaration of the peer's cells.
        devices: number of tiles.
        rows: inputs.
        columns: outputs.
        write: pulse trains.
        read: read path of both directions; None: exact.
        seed: construction seeds are seed, seed + 1, ...
    """

    def __init__(
        self,
        device: Any,
        devices: int,
        rows: int,
        columns: int,
        *,
        write: UpdateParameters,
        read: IOParameters | None = None,
        seed: int = 1,
    ) -> None:
        self.step, self.rows, self.columns = device.dw_min, rows, columns
        path = IOParameters(is_perfect=True) if read is None else read
        self.tiles = []
        for number in range(devices):
            device.construction_seed = seed + number
            config = SingleRPUConfig(device=device, forward=path, backward=path, update=write)
            self.tiles.append(AnalogTile(columns, rows, config, bias=False))

    def from_weights(self, spread: float, seed: int) -> Self:
        """Set normally distributed weights; the peer cuts them to each cell's bounds."""
        draws = np.random.default_rng(seed)
        for tile in self.tiles:
            weights = spread * draws.standard_normal((self.columns, self.rows))
            tile.set_weights(torch.from_numpy(weights.astype(np.float32)))
        return self

    def pulse(self, count: int) -> None:
        """Give every cell `count` pulses (trains of one slot), negative: down."""
        ones = np.full((abs(count), self.rows), 2, np.float32)
        signs = np.full((abs(count), self.columns), 2 * np.sign(count), np.float32)
        if count:
            self.update(ones, signs, self.step)

    def update(self, x: Numbers, d: Numbers, rate: float) -> None:
        """Add rate * x (x) d on average."""
        self.update_tensors(*self.tensors(x, -d), rate)

    def update_tensors(
        self, x: list[torch.Tensor], minus_d: list[torch.Tensor], rate: float
    ) -> None:
        """Add to every tile what one tensor a tile tells: what the benchmark times."""
        for tile, rows, columns in zip(self.tiles, x, minus_d, strict=True):
            tile.set_learning_rate(rate)
            tile.update(rows, columns)

    def forward(self, x: Numbers) -> Numbers:
        """Read the columns."""
        return np.stack([y.numpy() for y in self.forward_tensors(self.tensors(x)[0])])

    def forward_tensors(self, x: list[torch.Tensor]) -> list[torch.Tensor]:
        """Read every tile, past the module around it."""
        return [
            tile.tile.forward(rows, False, False, False, False)
            for tile, rows in zip(self.tiles, x, strict=True)
        ]

    def backward(self, d: Numbers) -> Numbers:
        """Read the rows."""
        return np.stack(
            [
                tile.tile.backward(columns, False, False, False).numpy()
                for tile, columns in zip(self.tiles, self.tensors(d)[0], strict=True)
            ]
        )

    def weights(self) -> Numbers:
        """Return the weights, `[device, row, column]`."""
        return np.stack([tile.tile.get_weights().numpy().T for tile in self.tiles])

    def tensors(self, *signals: Numbers) -> tuple[list[torch.Tensor], ...]:
        """Return each signal as one tensor a tile."""
        return tuple(
            [
                torch.from_numpy(np.array(signal if signal.ndim == 2 else signal[at]))
                for at in range(len(self.tiles))
            ]
            for signal in signals
        )
