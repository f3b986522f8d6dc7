"""This project's side of the benchmark, and the matrix product that both are held against."""

import platform
import time
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from peer import work
from peer.experiments import signals
from peer.population import fixed_trains

from devices import CrossbarArray, DeviceError, Fidelity, Technology, probe
from devices.kernels import available
from devices.technology import ConstantResponse, Read, SoftBoundsResponse, Spread

__all__ = ["Ours"]

Numbers = npt.NDArray[np.float32]


class Ours:
    """What `work.serve` asks of this project."""

    def versions(self) -> dict[str, Any]:
        """Return what is measured."""
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "blas": f"{blas['name']} {blas['version']}",
            "backends": list(available()),
        }

    def grow(self, devices: int, backend: str) -> dict[str, float]:
        """Return seconds and resident bytes of growing devices."""
        before, start = work.resident(), time.perf_counter()
        grown = _grown(devices, backend)
        _finish(backend)
        seconds = time.perf_counter() - start
        held = work.resident() - before
        del grown
        return {"seconds": seconds, "bytes": held}

    def update(
        self, batch: int, density: float, fidelity: str, backend: str
    ) -> dict[str, float | str]:
        """Return seconds of one update of all devices, or why there is none."""
        array, (x, d) = _standing(backend), _signals(batch)
        rate, pinned = work.rate_for(density), Fidelity[fidelity.upper()]
        try:
            return work.timed(lambda: array.update(x, d, rate, pinned))
        except DeviceError as error:
            return {"refused": str(error)}

    def increment(self, rows: int, backend: str) -> dict[str, float]:
        """Return seconds of one write of net pulses, up to three a cell, to the first rows."""
        array, at = _standing(backend), np.arange(rows)
        delta = _differences()[:, :rows]
        return work.timed(lambda: array.increment(delta, at))

    def chosen(self, batch: int, density: float, backend: str) -> dict[str, str]:
        """Return the fidelity that the array takes if none is pinned."""
        array, (x, d) = _standing(backend), _signals(batch)
        before = array.fidelities.copy()
        array.update(x, d, work.rate_for(density))
        taken = (array.fidelities - before).sum(axis=0)
        return {"fidelity": Fidelity(int(taken.argmax())).name.lower()}

    def forward(self, batch: int, backend: str) -> dict[str, float]:
        """Return seconds of one read of all devices."""
        array, (x, _d) = _standing(backend), _signals(batch)
        return work.timed(lambda: array.forward(x))

    def product(self, batch: int) -> dict[str, float]:
        """Return seconds of x^T d, `[row, sample] @ [sample, column]`, of all devices."""
        x, d = _signals(batch)
        into = np.empty((work.DEVICES, work.SIDE, work.SIDE), np.float32)

        def multiply() -> None:
            for device in range(work.DEVICES):
                np.dot(x[device].T, d[device], out=into[device])

        return work.timed(multiply)

    def density(self, batch: int, density: float, backend: str) -> dict[str, float]:
        """Return pulses per cell and sample as counted on cells of exact constant steps."""
        counter = Technology(
            name="counter",
            response=ConstantResponse(step=work.STEP, w_max=100.0, w_min=-100.0),
            spread=Spread(initial=0.0),
            write=fixed_trains(),
        )
        array = _array(counter, 1, backend)
        x, d = signals(0, 1, batch, work.SIDE, work.SIDE)
        array.update(np.abs(x), np.abs(d), work.rate_for(density))
        return {"density": float(probe.weights(array).mean(dtype=np.float64)) / work.STEP / batch}

    def crowd(self, devices: int, batch: int, backend: str) -> dict[str, float]:
        """Return seconds of growing, updating and reading a population; signals are shared."""
        start = time.perf_counter()
        array = _grown(devices, backend)
        _finish(backend)
        grow = time.perf_counter() - start
        x, d = (side[0] for side in _signals(batch))

        def write() -> None:
            array.update(x, d, work.rate_for(work.DENSITIES["middle"]), Fidelity.AVERAGED)
            _finish(backend)

        def read() -> None:
            array.forward(x)
            _finish(backend)

        return {
            "grow": grow,
            "update": work.timed(write)["seconds"],
            "forward": work.timed(read)["seconds"],
        }


def _array(technology: Technology, devices: int, backend: str) -> CrossbarArray:
    return CrossbarArray(
        technology, work.SIDE, work.SIDE, serials=np.arange(devices), seed=1, backend=backend
    )


def _grown(devices: int, backend: str) -> CrossbarArray:
    spread = work.SPREAD
    return _array(
        Technology(
            name="bench",
            response=SoftBoundsResponse(step=work.STEP, cycle_noise=spread),
            spread=Spread(step=spread, asymmetry=0.01, w_max=spread, w_min=spread),
            read=Read(
                dac_bits=work.DAC_BITS,
                adc_bits=work.ADC_BITS,
                output_bound=work.BOUND,
                output_noise=work.NOISE,
            ),
            write=fixed_trains(work.LENGTH),
        ),
        devices,
        backend,
    )


def _finish(backend: str) -> None:
    """Wait for the graphics card, whose calls return before their work is done."""
    if backend == "cuda":
        import cupy

        cupy.cuda.runtime.deviceSynchronize()


@cache
def _standing(backend: str) -> CrossbarArray:
    return _grown(work.DEVICES, backend)


@cache
def _differences() -> Numbers:
    shape = (work.DEVICES, work.SIDE, work.SIDE)
    delta = np.random.default_rng(0).uniform(-3 * work.STEP, 3 * work.STEP, shape)
    return delta.astype(np.float32)


@cache
def _signals(batch: int) -> tuple[Numbers, Numbers]:
    return signals(batch, work.DEVICES, batch, work.SIDE, work.SIDE)


if __name__ == "__main__":
    work.serve(Ours())
