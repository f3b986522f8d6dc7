"""Net pulses by the compiled kernel: the reference's draws and counts, its weights within 1e-5."""

import native_calls
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import KINDS, STEP, grown, technology, weights_of

from devices.increment import single_pulse
from devices.sending import MOST_PULSES

native = pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")
_native = pytest.importorskip("devices.kernels._native")

ROWS, COLUMNS, COUNT = 7, 301, 3  # whole groups of lanes, whole lanes, and some left over
SETS = _native.instruction_sets()
SPREAD = {"initial": 0.3, "step": 0.3, "w_max": 0.2, "w_min": 0.2, "stuck": 0.05}
WEAR = {
    "endurance": 60.0, "shape": 2.0, "closure": 0.4, "slowing": 0.3, "noise": 2.0,
    "fails_low": 0.3, "fails_high": 0.2,
}  # fmt: skip
FLICKER = {"level": 0.01, "exponent": 0.6, "read_time": 2.5e-7}
PIECES = {
    "differing": {},
    "worn and drifting": {"wear": WEAR, "retention": {"drift_exponent": 0.05}},
    "flickering": {"read": {"noise": {"flicker": FLICKER}}},
    "disturbed": {"disturb": {"half_select": 1e-3}},
}
EXACTLY = ("pulses", "rested", "written", "offset")


@pytest.fixture(autouse=True)
def _the_widest_afterwards():
    yield
    _native.use(SETS[-1])


def specimen(kind, cell, pieces, backend, *, rows=ROWS, columns=COLUMNS, **response):
    told = {"cycle_noise": 0.4, "write_noise": 2.0} | response
    parts = {"spread": SPREAD, "cell": {"kind": cell}} | pieces
    return grown(technology(kind, pieces=parts, **told), rows, columns, COUNT, backend=backend)


def taught(array, seed=0, most=9):
    """Write all rows at random, some to the nearest, and two rows alone."""
    rng = np.random.default_rng(seed)
    shape = (COUNT, array.rows, array.columns)
    delta = rng.uniform(-most, most, shape) * single_pulse(array)
    delta[:, :, 10:200] = 0
    array.increment(delta)
    array.wait(1e3)
    some = [5, 1] if array.rows > 5 else [0]
    array.increment(0.1 * delta[:, : len(some)], some)
    array.increment(delta[:, : len(some)], some, "nearest")
    return array


def hold_alike(ours, theirs, where):
    for name in EXACTLY:
        found, expected = getattr(ours._state, name), getattr(theirs._state, name)
        assert (found is None) == (expected is None), f"{where}: {name}"
        assert found is None or np.array_equal(found, expected), f"{where}: {name}"
    for name, account in theirs.ledger.columns().items():
        assert np.array_equal(getattr(ours.ledger, name), account), f"{where}: {name}"
    off = np.abs(weights_of(ours) - weights_of(theirs)).max()
    assert off < 1e-5, f"{where}: off by {off}"


@pytest.mark.parametrize("cell", ["single", "differential", "one-sided"])
@pytest.mark.parametrize("kind", KINDS)
def test_net_pulses_are_those_of_the_reference(kind, cell):
    for name, pieces in PIECES.items():
        for noise in ("multiplicative", "additive"):
            ours, theirs = (
                taught(specimen(kind, cell, pieces, backend, noise=noise))
                for backend in ("native", "reference")
            )
            hold_alike(ours, theirs, f"{name}, {noise}")
            assert "worn" not in name or 0.05 < ours.is_stuck().mean() < 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_every_instruction_set_and_any_number_of_threads_give_the_same_bits(kind):
    from threadpoolctl import threadpool_limits

    for cell in ("single", "one-sided"):
        found = []
        for instructions in SETS:
            for threads in (1, 3):
                _native.use(instructions)
                with threadpool_limits(threads):
                    array = taught(specimen(kind, cell, PIECES["worn and drifting"], "native"))
                    usual = taught(specimen(kind, cell, {}, "native", columns=512))
                found.append([weights_of(each) for each in (array, usual)])
        for weights in found:
            assert all(map(np.array_equal, weights, found[0])), cell


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(KINDS)), st.integers(1, 9), st.sampled_from([1, 7, 8, 9, 31, 64, 257]),
    st.integers(0, 2**32 - 1), st.sampled_from(SETS), st.sampled_from(list(PIECES)),
)  # fmt: skip
def test_differences_of_any_size_are_written_as_the_reference_writes_them(
    kind, rows, columns, seed, instructions, name
):
    """Also such as half a pulse exactly, no difference at all, and what no pulse can be."""
    _native.use(instructions)
    rng, found = np.random.default_rng(seed), []
    whole = rng.integers(-40, 40, (COUNT, rows, columns)).astype(np.float64)
    special = [0.0, -0.0, 1e-45, -1e-30, 0.5 * STEP, -0.5 * STEP]
    delta = np.where(rng.random(whole.shape) < 0.5, whole * STEP, rng.choice(special, whole.shape))
    at = rng.permutation(rows)[: rng.integers(0, rows + 1)]
    for backend in ("native", "reference"):
        array = specimen(kind, "single", PIECES[name], backend, rows=rows, columns=columns)
        array._counters.samples[:] = [0, 9, 2**27 - 1]
        array.increment(delta[:, at], at, "random" if seed % 2 else "nearest")
        found.append(array)
    hold_alike(*found, f"rows {at}")


def test_more_pulses_than_float32_counts_are_sent_all_the_same():
    for count in (MOST_PULSES - 2, 3e8):
        found = []
        for backend in ("native", "reference"):
            array = specimen("soft-bounds", "single", {}, backend)
            delta = np.zeros((COUNT, 1, COLUMNS))
            delta[:, :, ::7], delta[:, :, 1::7] = count * STEP, -3 * STEP
            array.increment(delta, [2], "nearest")
            found.append(array)
        assert found[0].ledger.pulses[0] > 43 * 0.99 * count
        hold_alike(*found, f"{count:g} pulses")


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("rows", np.array([0, 0])), ("rows", np.array([0, 3])), ("rows", np.array([-1, 0])),
     ("step", 0.0), ("step", np.nan), ("step", np.inf), ("planes", 3), ("planes", 2),
     ("shown", np.nan), ("first_samples", np.array([0, 0, 2**27]))],
)  # fmt: skip
def test_an_increment_that_does_not_fit_is_refused_and_changes_nothing(name, wrong):
    sound = native_calls.increment()
    native_calls.call("increment", sound)
    assert (sound["weight"] != 0).any()
    spoilt = native_calls.increment() | {name: wrong}
    with pytest.raises(ValueError, match=f"{name} must be"):
        native_calls.call("increment", spoilt)
    assert not spoilt["weight"].any()


def test_differences_that_are_no_numbers_do_no_harm_to_other_cells():
    sound, wild = native_calls.increment(), native_calls.increment()
    wild["delta"][0, 1, :3] = np.nan, np.inf, -np.inf
    for each in (sound, wild):
        native_calls.call("increment", each)
    for each in (sound, wild):
        each["weight"][0, 2, :3] = 0
    assert np.array_equal(sound["weight"], wild["weight"])
