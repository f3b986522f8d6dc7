"""The compiled kernels, held against the NumPy reference and against each other."""

import os
import subprocess
import sys

import numpy as np
import pytest
from specimens import STEP, grown, technology, weights_of

from devices import Fidelity
from devices.identity import Purpose, Stream
from devices.manufacture import cell_normals
from devices.normal_tables import normals_of

native = pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")
_native = pytest.importorskip("devices.kernels._native")

ROWS, COLUMNS, COUNT = 19, 301, 3  # whole panels of counting, whole lanes, and some left over
SPREADS = {"initial": 0.3, "step": 0.3, "w_max": 0.2, "w_min": 0.2, "stuck": 0.05}
WEAR = {
    "endurance": 60.0,
    "shape": 2.0,
    "closure": 0.4,
    "slowing": 0.3,
    "noise": 2.0,
    "fails_low": 0.3,
    "fails_high": 0.2,
}
RETENTION = {"drift_exponent": 0.05}
CLOSED = ("constant", "linear", "soft-bounds")
KINDS = (*CLOSED, "exponential", "power", "piecewise")
SETS = _native.instruction_sets()


@pytest.fixture(autouse=True)
def _the_widest_afterwards():
    yield
    _native.use(SETS[-1])


def specimen(kind, backend, *, step=STEP, noise="multiplicative", count=COUNT, first=0, **pieces):
    made_of = technology(
        kind, step=step, cycle_noise=0.4, noise=noise, pieces={"spread": SPREADS} | pieces
    )
    return grown(made_of, ROWS, COLUMNS, count, first=first, backend=backend)


def signals(batch, *, count=COUNT, seed=3):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-0.3, 1, (count, batch, ROWS)).astype(np.float32)
    d = rng.uniform(-1, 1, (count, batch, COLUMNS)).astype(np.float32)
    x[:, :, 4], d[:, :, 10:60] = 0, 0
    return x, d


def possible(kind):
    closed = [Fidelity.AVERAGED, Fidelity.COMPOSED] if kind in CLOSED else []
    return [None, *closed, Fidelity.PER_SAMPLE, Fidelity.PER_PULSE]


@pytest.mark.parametrize("half", ["radius", "angle"])
def test_every_normal_there_is_has_the_same_bits(half):
    """A word's halves take 65536 values each; blocks of known words meet every table entry."""
    serials = np.array([0, 9, 2**32 - 1])
    stream = Stream(11, Purpose.PROBE, 4, serials)
    words = stream.words(3, 100 * 4096)
    seen = np.unique(words >> np.uint32(16) if half == "radius" else words & np.uint32(0xFFFF))
    assert seen.size == 65536, "the draw is too small to meet the table"
    expected = normals_of(words).reshape(3, 100, -1)
    for instructions in SETS:
        _native.use(instructions)
        events = np.full(3, 3)
        found = native.normals(stream, events, 100, expected.shape[2])
        assert np.array_equal(found, expected), instructions


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 8), (2, 129), (5, 1000), (0, 4), (4, 0)])
def test_normals_of_cells_are_those_of_the_stream(rows, columns):
    stream = Stream(5, Purpose.CELL, 2, np.array([7, 3]))
    expected = cell_normals(stream, 6, rows, columns) if rows and columns else None
    for instructions in SETS:
        _native.use(instructions)
        found = native.normals(stream, np.array([6, 6]), rows, columns)
        assert found.shape == (2, rows, columns)
        assert expected is None or np.array_equal(found, expected)


@pytest.mark.parametrize("batch", [1, 6, 32])
@pytest.mark.parametrize("kind", KINDS)
def test_updates_are_those_of_the_reference(kind, batch):
    x, d = signals(batch)
    for noise in ("multiplicative", "additive"):
        for step in (STEP, 0.05):
            for fidelity in possible(kind):
                ours, theirs = (
                    specimen(kind, name, step=step, noise=noise) for name in ("native", "reference")
                )
                for array in (ours, theirs):
                    array.update(x, d, 3 * step, fidelity)
                    array.update(x, -d, 0.02 * step, fidelity)
                off = np.abs(weights_of(ours) - weights_of(theirs)).max()
                where = f"{kind}, {noise}, step {step}, batch {batch}, {fidelity}"
                assert off < 1e-5, f"{where}: off by {off}"
                assert np.array_equal(ours.fidelities, theirs.fidelities), where
                assert np.array_equal(ours.ledger.pulses, theirs.ledger.pulses), where
                assert np.array_equal(ours.ledger.write, theirs.ledger.write), where


@pytest.mark.parametrize("kind", KINDS)
def test_worn_and_drifting_cells_are_those_of_the_reference(kind):
    x, d = signals(16)
    for fidelity in possible(kind):
        ours, theirs = (
            specimen(kind, name, wear=WEAR, retention=RETENTION) for name in ("native", "reference")
        )
        for array in (ours, theirs):
            for _ in range(4):
                array.wait(1e4)
                array.update(x, d, 4 * STEP, fidelity)
        assert 0.05 < ours.is_stuck().mean() < 0.95
        assert np.array_equal(ours._state.pulses, theirs._state.pulses)
        assert np.array_equal(ours._state.rested, theirs._state.rested)
        off = np.abs(weights_of(ours) - weights_of(theirs)).max()
        assert off < 1e-5, f"{kind}, {fidelity}: off by {off}"


@pytest.mark.parametrize("cell", ["differential", "one-sided"])
@pytest.mark.parametrize("kind", KINDS)
def test_pairs_and_write_noise_are_those_of_the_reference(kind, cell):
    x, d = signals(5)
    for fidelity in possible(kind):
        made_of = technology(
            kind, cycle_noise=0.4, write_noise=3.0, pieces={"cell": {"kind": cell}, "wear": WEAR}
        )
        ours, theirs = (
            grown(made_of, ROWS, COLUMNS, COUNT, backend=name) for name in ("native", "reference")
        )
        for array in (ours, theirs):
            array.update(x, d, 4 * STEP, fidelity)
            array.update(x, d, 4 * STEP, fidelity)
        off = np.abs(ours._state.visible - theirs._state.visible).max()
        assert off < 1e-5, f"{kind}, {cell}, {fidelity}: off by {off}"
        assert np.array_equal(ours.ledger.write, theirs.ledger.write)


@pytest.mark.parametrize("kind", KINDS)
def test_every_instruction_set_and_any_number_of_threads_give_the_same_bits(kind):
    from threadpoolctl import threadpool_limits

    x, d = signals(9)
    for fidelity in possible(kind):
        found = []
        for instructions in SETS:
            for threads in (1, 3):
                _native.use(instructions)
                array = specimen(kind, "native", wear=WEAR)
                with threadpool_limits(threads):
                    array.update(x, d, 5 * STEP, fidelity)
                    array.update(x[:, :1], d[:, :1], 0.05 * STEP, fidelity)
                found.append(weights_of(array))
        assert all(np.array_equal(weights, found[0]) for weights in found), f"{kind}, {fidelity}"


@pytest.mark.parametrize(("wanted", "found"), [(None, "PASSIVE"), ("active", "ACTIVE")])
def test_threads_wait_passively_unless_asked_otherwise(wanted, found):
    told = {"OMP_DISPLAY_ENV": "true"} | ({} if wanted is None else {"OMP_WAIT_POLICY": wanted})
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"} | told
    code = "import devices.kernels.native"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    if "OMP_WAIT_POLICY" not in done.stderr:
        pytest.skip("the threads are not those of libgomp, or there are none")
    assert f"OMP_WAIT_POLICY = '{found}'" in done.stderr


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_a_population_in_parts_is_the_population(parts):
    count = 14
    x, d = signals(5, count=count)
    for kind in KINDS:
        whole = specimen(kind, "native", count=count)
        whole.update(x, d, 3 * STEP)
        each = count // parts
        for first in range(0, count, each):
            part = specimen(kind, "native", count=each, first=first)
            here = slice(first, first + each)
            part.update(x[here], d[here], 3 * STEP)
            assert np.array_equal(weights_of(part), weights_of(whole)[here])
            assert np.array_equal(part.fidelities, whole.fidelities[here])


def test_counting_is_exact_to_the_last_pulse():
    """All slots of two thousand samples: 62,000 pulses of a cell, in sixteen bit planes."""
    made_of = technology("constant", step=1e-6, pieces={"write": {"dynamic_length": False}})
    array = grown(made_of, 3, 40, 1, backend="native", weight=0.0)
    array.update(np.ones((2000, 3)), np.ones((2000, 40)), 1.0, Fidelity.AVERAGED)
    assert array.ledger.pulses.tolist() == [2000 * 31 * 120]
    np.testing.assert_allclose(weights_of(array), 0.062, rtol=1e-4)


def test_what_is_composed_matches_the_oracle_in_mean_and_variance():
    made_of = technology("soft-bounds", cycle_noise=0.3, step=0.05)
    x, d = signals(24, count=400)
    moments = []
    for fidelity in (Fidelity.COMPOSED, Fidelity.PER_PULSE):
        array = grown(made_of, ROWS, COLUMNS, 400, backend="native", weight=0.2)
        array.update(x, d, 2 * 0.05, fidelity)
        moments.append((weights_of(array).mean(axis=0), weights_of(array).std(axis=0)))
    (mean, spread), (true_mean, true_spread) = moments
    error = true_spread / np.sqrt(400)
    assert (np.abs(mean - true_mean) < 6.5 * error + 1e-6).all()
    busy = true_spread > 0
    assert abs((spread[busy] / true_spread[busy]).mean() - 1) < 0.01


# ---- reading ------------------------------------------------------------------------------------

READ = {"dac_bits": 7, "adc_bits": 9, "output_noise": 0.06, "curvature": 0.1}
MISMATCH = SPREADS | {"cell_gain": 0.2, "curvature": 0.1, "column_gain": 0.1, "column_offset": 0.1}


def reader(backend, *, rows=37, columns=75, cell="single", **read):
    pieces = {"spread": MISMATCH, "read": READ | read, "cell": {"kind": cell}}
    made_of = technology("linear", pieces=pieces)
    return grown(made_of, rows, columns, COUNT, backend=backend)


@pytest.mark.parametrize(
    "read",
    [{}, {"dac_bits": None}, {"adc_bits": None}, {"noise_management": "none"}, {"curvature": 0.0},
     {"output_noise": 0.0}, {"output_bound": 3.0}, {"output_bound": 3.0, "bound_management": 4},
     {"cell": "differential"}, {"cell": "one-sided"}],
    ids=["default", "dac", "adc", "unscaled", "ohmic", "quiet", "clipped", "managed",
         "differential", "one-sided"],
)  # fmt: skip
@pytest.mark.parametrize("is_shared", [True, False])
def test_reads_are_those_of_the_reference(read, is_shared):
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (1 if is_shared else COUNT, 7, 37))
    d = rng.uniform(-1, 1, (1 if is_shared else COUNT, 6, 75))
    x[:, 3] = 0
    ours, theirs = reader("native", **read), reader("reference", **read)
    bits = read.get("adc_bits", 9)
    for verb, signals in (("forward", x), ("backward", d), ("forward", x[:, :2])):
        found, expected = (getattr(array, verb)(signals) for array in (ours, theirs))
        off = np.abs(found - expected)
        step = 0 if bits is None else 2 * read.get("output_bound", 20.0) / (2**9 - 2)
        # Sums in another order: a value at the edge of a converter's step may fall either way.
        assert (off > 2e-5).mean() < 0.002, f"{(off > 2e-5).mean()} are off"
        assert off.max() < 2e-5 + 1.01 * step
    assert np.array_equal(ours._counters.reads, theirs._counters.reads)
    np.testing.assert_allclose(ours.ledger.read, theirs.ledger.read, rtol=1e-6)
    np.testing.assert_allclose(ours.ledger.convert, theirs.ledger.convert, rtol=1e-12)
    np.testing.assert_allclose(ours.ledger.busy, theirs.ledger.busy, rtol=1e-12)


@pytest.mark.parametrize(
    "read", [{}, {"adc_bits": 16, "output_bound": 5.0, "bound_management": 5}], ids=["", "managed"]
)
def test_reads_do_not_depend_on_batches_threads_instructions_or_company(read):
    from threadpoolctl import threadpool_limits

    x = np.random.default_rng(1).uniform(-1, 1, (COUNT, 9, 37)).astype(np.float32)
    everyone = reader("native", **read)
    whole = everyone.forward(x)
    repeats = everyone.ledger.repeats
    assert not read or (repeats.min() == 0 < repeats.max())  # some clip in company of others
    for instructions in SETS:
        _native.use(instructions)
        with threadpool_limits(3):
            array = reader("native", **read)
            parts = [array.forward(x[:, n : n + 4]) for n in (0, 4, 8)]
        assert np.array_equal(np.concatenate(parts, axis=1), whole), instructions
        for device in range(COUNT):
            alone = reader("native", **read).take([device])
            assert np.array_equal(alone.forward(x[device : device + 1])[0], whole[device])
            assert alone.ledger.read == everyone.ledger.read[device]


# ---- birth --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["normal", "log-normal"])
@pytest.mark.parametrize("cell", ["single", "one-sided"])
@pytest.mark.parametrize("kind", CLOSED)
def test_cells_are_born_as_in_the_reference(kind, cell, shape):
    spread = SPREADS | {
        "step_shape": shape, "bound_shape": shape, "asymmetry": 0.1, "stuck_low": 0.1,
        "wafer": 0.1, "row": 0.2, "column": 0.1, "gradient_row": 0.1, "devices_per_wafer": 2,
    }  # fmt: skip
    spread |= {"gamma": 0.05} if kind == "linear" else {}
    made_of = technology(kind, pieces={"spread": spread, "cell": {"kind": cell}})
    ours, theirs = (
        grown(made_of, ROWS, COLUMNS, COUNT, backend=name) for name in ("native", "reference")
    )
    for name, expected in vars(theirs._cells).items():
        found = getattr(ours._cells, name)
        assert (found is None) == (expected is None), name
        if expected is not None:
            np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6, err_msg=name)
    np.testing.assert_allclose(weights_of(ours), weights_of(theirs), atol=2e-6)
    for instructions in SETS:
        _native.use(instructions)
        again = grown(made_of, ROWS, COLUMNS, COUNT, backend="native")
        assert np.array_equal(weights_of(again), weights_of(ours))
        assert np.array_equal(again._cells.step_up, ours._cells.step_up)
        assert np.array_equal(again._cells.w_min, ours._cells.w_min)
