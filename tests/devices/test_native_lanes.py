"""Wide arrays and long lines, which the native kernels give to wider lanes, and large ones."""

import numpy as np
import pytest
from specimens import STEP, grown, technology, weights_of

from devices import Fidelity, pulses
from devices.identity import Purpose, Stream

native = pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")
_native = pytest.importorskip("devices.kernels._native")

SETS = _native.instruction_sets()
SPREADS = {"initial": 0.3, "step": 0.3, "asymmetry": 0.1, "w_max": 0.3, "w_min": 0.3, "stuck": 0.05}
WEAR = {"endurance": 60.0, "shape": 2.0, "closure": 0.4, "slowing": 0.3, "noise": 2.0}


@pytest.fixture(autouse=True)
def _the_widest_afterwards():
    yield
    _native.use(SETS[-1])


@pytest.mark.parametrize("columns", [255, 256, 288, 1024])
@pytest.mark.parametrize("kind", ["constant", "soft-bounds", "power"])
def test_wide_rows_have_the_same_bits_in_every_instruction_set(kind, columns):
    rng = np.random.default_rng(columns)
    x, d = rng.uniform(-1, 1, (2, 12, 5)), rng.uniform(-1, 1, (2, 12, columns))
    d[:, :, 40:90] = 0
    closed = [Fidelity.AVERAGED, Fidelity.COMPOSED] if kind != "power" else []
    for fidelity in (None, *closed, Fidelity.PER_SAMPLE):
        for wear in ({}, {"wear": WEAR}):
            found = []
            for instructions in SETS:
                _native.use(instructions)
                made_of = technology(kind, cycle_noise=0.4, pieces={"spread": SPREADS} | wear)
                array = grown(made_of, 5, columns, 2, backend="native")
                array.update(x, d, 5 * STEP, fidelity)
                array.update(x[:, :1], d[:, :1], 0.05 * STEP, fidelity)
                found.append((weights_of(array), array.ledger.pulses))
            assert found[0][1].min() > 0
            for weights, received in found:
                where = f"{kind}, {columns} columns, {fidelity}, {wear}"
                assert np.array_equal(weights, found[0][0]), where
                assert np.array_equal(received, found[0][1]), where


@pytest.mark.parametrize("step", [0.0005, 0.004, 0.03, 0.1])
@pytest.mark.parametrize("noise", ["multiplicative", "additive"])
def test_wide_rows_are_those_of_the_reference_whatever_the_step(step, noise):
    """Small steps take short series, which must join the long ones without a seam."""
    rng = np.random.default_rng(5)
    x, d = rng.uniform(-1, 1, (2, 16, 7)), rng.uniform(-1, 1, (2, 16, 256))
    for fidelity in (Fidelity.AVERAGED, Fidelity.COMPOSED, Fidelity.PER_SAMPLE):
        for rate in (0.05, 2.0, 20.0):
            made_of = technology(
                "soft-bounds", step=step, cycle_noise=0.3, noise=noise, pieces={"spread": SPREADS}
            )
            ours, theirs = (
                grown(made_of, 7, 256, 2, backend=name) for name in ("native", "reference")
            )
            for array in (ours, theirs):
                array.update(x, d, rate * step, fidelity)
            off = np.abs(weights_of(ours) - weights_of(theirs)).max()
            assert off < 1e-5, f"{fidelity}, rate {rate}: off by {off}"
            assert np.array_equal(ours.ledger.pulses, theirs.ledger.pulses)


@pytest.mark.parametrize("lines", [1, 15, 64, 123])
def test_trains_of_any_length_and_chance_are_those_of_the_reference(lines):
    rng = np.random.default_rng(lines)
    values = rng.uniform(-1, 1, (2, 32, lines)).astype(np.float32)
    values[:, :, ::5] = 0
    gains = np.geomspace(1, 3e5, 64).reshape(2, 32).astype(np.float32)  # beyond: fires for certain
    lengths = np.array([rng.permutation(32), rng.permutation(32)])
    stream, first = Stream(3, Purpose.ROW_PULSES, 1, np.array([4, 2**31])), np.array([0, 900])
    expected = pulses.fire(values, gains, lengths, stream, first)
    assert (np.bitwise_count(expected & pulses.FIRED) == lengths[:, :, None]).any()
    for instructions in SETS:
        _native.use(instructions)
        assert np.array_equal(native.fire(values, gains, lengths, stream, first), expected)


def test_a_large_population_is_born_as_a_small_one_in_every_instruction_set():
    """Its arrays, 2.3 MB each, begin on huge pages and end between two of them."""
    made_of = technology("soft-bounds", pieces={"spread": SPREADS})
    alone = grown(made_of, 64, 288, 1, first=31, backend="native")
    for instructions in SETS:
        _native.use(instructions)
        crowd = grown(made_of, 64, 288, 32, backend="native")
        assert np.array_equal(weights_of(crowd)[31], weights_of(alone)[0])
        for name in ("step_up", "step_down", "w_max", "w_min"):
            found = getattr(crowd._cells, name)
            assert found.flags.writeable
            assert np.array_equal(found[31], getattr(alone._cells, name)[0]), name
