"""The peer's side of the benchmark; runs in the peer's environment (`scripts/bench_peer`)."""

import os
import time
from functools import cache
from pathlib import Path

import aihwkit
import numpy as np
import torch
from aihwkit.simulator.configs import ConstantStepDevice, SoftBoundsDevice
from peer import work
from peer.experiments import signals
from peer.tiles import Tiles, fixed_trains, read_through

__all__ = ["Peer"]


class Peer:
    """What `work.serve` asks of the peer."""

    def versions(self) -> dict[str, str]:
        """Return what is measured."""
        flags = Path(os.environ["PEER"], "flags.txt")
        built = flags.read_text(encoding="utf-8").strip() if flags.exists() else ""
        return {
            "aihwkit": aihwkit.__version__,
            "torch": torch.__version__,
            "numpy": np.__version__,
            "compiled with": " ".join(["-O3", *built.split()]),
        }

    def grow(self, devices: int) -> dict[str, float]:
        """Return seconds and resident bytes of growing devices."""
        before, start = work.resident(), time.perf_counter()
        grown = _grown(devices)
        seconds = time.perf_counter() - start
        held = work.resident() - before
        del grown
        return {"seconds": seconds, "bytes": held}

    def update(self, batch: int, density: float) -> dict[str, float]:
        """Return seconds of one update of all devices; signals are tensors beforehand."""
        array, (x, minus_d) = _standing(), _tensors(batch)
        rate = work.rate_for(density)
        return work.timed(lambda: array.update_tensors(x, minus_d, rate))

    def forward(self, batch: int, is_bare: bool) -> dict[str, float]:
        """Return seconds of one read of all devices, by modules or by the bare binding in them."""
        array, (x, _d) = _standing(), _tensors(batch)
        if is_bare:
            return work.timed(lambda: array.forward_tensors(x))
        return work.timed(lambda: [tile(one) for tile, one in zip(array.tiles, x, strict=True)])

    def density(self, batch: int, density: float) -> dict[str, float]:
        """Return pulses per cell and sample as counted on cells of exact constant steps."""
        counter = ConstantStepDevice(
            dw_min=work.STEP, dw_min_dtod=0.0, dw_min_std=0.0, up_down_dtod=0.0,
            w_max=100.0, w_min=-100.0, w_max_dtod=0.0, w_min_dtod=0.0,
        )  # fmt: skip
        array = Tiles(counter, 1, work.SIDE, work.SIDE, write=fixed_trains()).from_weights(0, 1)
        x, d = signals(0, 1, batch, work.SIDE, work.SIDE)
        array.update(np.abs(x), np.abs(d), work.rate_for(density))
        return {"density": float(array.weights().mean(dtype=np.float64)) / work.STEP / batch}


def _grown(devices: int) -> Tiles:
    cells = SoftBoundsDevice(
        dw_min=work.STEP, dw_min_dtod=work.SPREAD, dw_min_std=work.SPREAD, up_down_dtod=0.01,
        w_max=1.0, w_min=-1.0, w_max_dtod=work.SPREAD, w_min_dtod=work.SPREAD,
    )  # fmt: skip
    read = read_through(work.DAC_BITS, work.ADC_BITS, work.BOUND, work.NOISE)
    return Tiles(cells, devices, work.SIDE, work.SIDE, write=fixed_trains(), read=read)


@cache
def _standing() -> Tiles:
    return _grown(work.DEVICES).from_weights(0.1, 1)


@cache
def _tensors(batch: int) -> tuple[list[torch.Tensor], ...]:
    x, d = signals(batch, work.DEVICES, batch, work.SIDE, work.SIDE)
    return _standing().tensors(x, -d)


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    work.serve(Peer())
