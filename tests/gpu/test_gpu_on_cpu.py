"""The GPU kernels, run thread after thread on the CPU: the same bits as the native kernels.

This exercises gpu.cu and the code that calls it (`devices.kernels.cuda.GpuKernels`) on machines
without a GPU; what a GPU adds (parallel threads, its own rounding) is left to `pytest -m gpu`.
"""

import ctypes

import numpy as np
import pytest
from emulated_gpu import launcher
from specimens import STEP, grown, response, technology, weights_of

from devices import Fidelity, Technology
from devices.identity import CounterOverflow, Purpose, Stream
from devices.kernels import structs
from devices.kernels.cuda import GpuKernels

native = pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")

ROWS, COLUMNS, COUNT = 5, 27, 3


@pytest.fixture(scope="module")
def kernels(library):
    return GpuKernels(np, launcher(library), lambda values: values.ctypes.data)


def test_structures_are_those_of_the_source(library):
    dtypes = [structs.RESPONSE, structs.WEAR, structs.POPULATION, structs.NOISE,
              structs.TRAINS, structs.CHOICE, structs.SIGNALS, structs.INCREMENTS]  # fmt: skip
    library.size_of.restype = ctypes.c_longlong
    assert [library.size_of(n) for n in range(8)] == [dtype.itemsize for dtype in dtypes]


def test_normals_have_the_same_bits(kernels):
    stream, events = Stream(5, Purpose.CELL, 2, np.array([7, 3])), np.array([6, 9])
    found = kernels.normals(stream, events, 6, 45)
    assert np.array_equal(found, native.normals(stream, events, 6, 45))


@pytest.mark.parametrize("count", [1, 7, 90])
def test_draws_have_the_same_bits(kernels, count):
    whose = (5, Purpose.READ, 2, np.array([7, 3, 4]))
    ours, theirs, events = kernels.stream(*whose), Stream(*whose), np.array([6, 9, 2])
    assert np.array_equal(ours.words(events, count), theirs.words(events, count))
    assert np.array_equal(ours.uniforms(4, count), theirs.uniforms(4, count))
    assert np.array_equal(ours.normals(events, count), theirs.normals(events, count))
    assert np.array_equal(ours.cells(events, 3, count), theirs.cells(events, 3, count))
    places, devices = np.arange(count, dtype=np.uint64), np.arange(count) % 3
    scattered = (places, 5 * places, devices)
    assert np.array_equal(ours.at(*scattered), theirs.at(*scattered))


def test_a_draw_beyond_the_counter_is_refused(kernels):
    stream, values = kernels.stream(5, Purpose.CYCLE, 2, np.arange(2)), np.ones((2, 4, 3))
    gains, lengths = np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)
    last = np.array([0, 2**32 - 4])
    kernels.fire(values, gains, lengths, stream, last)
    with pytest.raises(CounterOverflow):
        kernels.fire(values, gains, lengths, stream, last + 1)
    with pytest.raises(CounterOverflow):
        stream.words(2**32, 1)


def test_trains_have_the_same_bits(kernels):
    rng = np.random.default_rng(0)
    stream, first = Stream(5, Purpose.ROW_PULSES, 2, np.array([7, 3])), np.array([6, 90])
    lengths = rng.integers(0, 32, (2, 9))
    gains = rng.uniform(0, 1e5, (2, 9)).astype(np.float32)
    for shape in ((2, 9, 31), (1, 9, 31)):
        values = rng.uniform(-1, 1, shape).astype(np.float32)
        found = kernels.fire(values, gains, lengths, stream, first)
        assert np.array_equal(found, native.fire(values, gains, lengths, stream, first))


@pytest.mark.parametrize("batch", [1, 6])
@pytest.mark.parametrize("cell", ["single", "one-sided"])
@pytest.mark.parametrize(
    "kind", ["constant", "linear", "soft-bounds", "exponential", "power", "piecewise"]
)
def test_updates_have_the_same_bits(kernels, kind, cell, batch):
    rng = np.random.default_rng(2)
    x = rng.uniform(-0.3, 1, (COUNT, batch, ROWS))
    d = rng.uniform(-1, 1, (COUNT, batch, COLUMNS))
    spreads = {"initial": 0.3, "step": 0.3, "w_max": 0.2, "w_min": 0.2, "stuck": 0.05}
    spreads["gamma"] = 0.1
    wear = {"endurance": 60.0, "closure": 0.4, "slowing": 0.3, "noise": 2.0, "fails_low": 0.3}
    pieces = {"spread": spreads, "wear": wear, "cell": {"kind": cell}}
    pieces |= {"retention": {"drift_exponent": 0.05}}
    closed = (
        []
        if kind in ("exponential", "power", "piecewise")
        else [Fidelity.AVERAGED, Fidelity.COMPOSED]
    )
    for fidelity in [None, *closed, Fidelity.PER_SAMPLE, Fidelity.PER_PULSE]:
        for noise in ("multiplicative", "additive"):
            made_of = technology(kind, cycle_noise=0.4, write_noise=2.0, noise=noise, pieces=pieces)
            ours, theirs = (grown(made_of, ROWS, COLUMNS, COUNT, backend="native") for _ in "ab")
            ours._kernels = kernels
            for array in (ours, theirs):
                for rate in (3 * STEP, 12 * STEP):
                    array.wait(1e4)
                    array.update(x, d, rate, fidelity)
            assert np.array_equal(weights_of(ours), weights_of(theirs)), f"{kind}, {fidelity}"
            assert np.array_equal(ours._state.visible, theirs._state.visible)
            assert np.array_equal(ours._state.pulses, theirs._state.pulses)
            assert np.array_equal(ours._state.rested, theirs._state.rested)
            assert np.array_equal(ours.fidelities, theirs.fidelities)
            assert np.array_equal(ours.ledger.write, theirs.ledger.write)


@pytest.mark.parametrize("kind", ["constant", "linear", "soft-bounds"])
def test_what_is_switched_off_leaves_the_fidelity_as_it_was(kernels, kind):
    spread = {"initial": 0.3, "step": 0.5, "w_max": 0.4, "w_min": 0.4, "stuck": 0.2}
    step = 0.05 if kind == "soft-bounds" else 0.002
    hard = response(kind, step=step, cycle_noise=1.0)
    ablated = Technology(name="hard", response=hard, spread=spread).ablated("spread", "response")
    rng, count = np.random.default_rng(2), 40
    x, d = rng.uniform(-1, 1, (count, 8, ROWS)), rng.uniform(-1, 1, (count, 8, COLUMNS))
    taken = []
    for made_of in (ablated, ablated, ablated.unablated, ablated.emulated):
        array = grown(made_of, ROWS, COLUMNS, count, backend="native")
        array._state.weight[:] = np.linspace(-0.9, 0.9, count)[:, None, None]
        array._kernels = array._kernels if len(taken) else kernels
        array.update(x, d, 4 * step)
        taken.append((array.fidelities, weights_of(array)))
    ours, theirs, whole, otherwise = taken
    assert np.array_equal(ours[0], theirs[0])
    assert np.array_equal(ours[1], theirs[1])
    assert np.array_equal(ours[0], whole[0])
    assert not np.array_equal(ours[0], otherwise[0]), "the cells that are pulsed choose alike"
