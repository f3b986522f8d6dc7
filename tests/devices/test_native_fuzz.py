"""Calls of the native kernels nobody would think of: a clear error or a right answer."""

import os

import native_calls
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from native_calls import ENTRIES, WRITTEN, arrays, call
from specimens import STEPWISE, grown, technology, weights_of

from devices import Fidelity, pulses, writing
from devices.identity import Purpose, Stream
from devices.kernels import reference
from devices.manufacture import cell_normals

native = pytest.importorskip("devices.kernels.native", reason="the native kernels are not built")
_native = pytest.importorskip("devices.kernels._native")

KINDS = ("constant", "linear", "soft-bounds", *STEPWISE)
LENGTHS = st.sampled_from([1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 127, 129, 257])
SEEDS = st.integers(0, 2**32 - 1)
SETS = st.sampled_from(_native.instruction_sets())
READ = {"dac_bits": 7, "adc_bits": 9, "output_noise": 0.1, "output_bound": 20.0}
WILD = (np.nan, np.inf, -np.inf, 0.0, -1.0, 1e-45, 3e38, -3e38)


def examples(count):
    """Ask for so many examples; under sanitizers, which are slow, for fewer."""
    percent = int(os.environ.get("FUZZ_PERCENT", "100"))
    return settings(max_examples=count * percent // 100, deadline=None)


@pytest.fixture(autouse=True)
def _the_widest_afterwards():
    yield
    _native.use(_native.instruction_sets()[-1])


# ---- sound arguments: the right answer -----------------------------------------------------------


@examples(60)
@given(st.integers(1, 3), st.integers(0, 9), LENGTHS, SEEDS, SETS)
def test_trains_of_any_shape_are_those_of_the_reference(
    devices, samples, lines, seed, instructions
):
    _native.use(instructions)
    rng = np.random.default_rng(seed)
    stream = Stream(seed, Purpose.ROW_PULSES, 4, rng.integers(0, 2**32, devices))
    values = rng.uniform(-1, 1, (rng.choice([1, devices]), samples, lines)).astype(np.float32)
    strange = rng.random(values.shape) < 0.2
    values[strange] = rng.choice([0.0, -0.0, 1e-45, -1e-40, 3e38, -3e38, 1.0], strange.sum())
    gains = rng.choice(np.float32([0, 1e-45, 1, 3e4, 65536, 3e38]), (devices, samples))
    lengths = rng.integers(0, 32, (devices, samples))
    first = rng.choice([0, 7, 2**32 - samples - 1], devices)
    with np.errstate(over="ignore"):
        expected = pulses.fire(values, gains, lengths, stream, first)
    assert np.array_equal(native.fire(values, gains, lengths, stream, first), expected)


@examples(40)
@given(st.integers(1, 3), st.integers(1, 40), LENGTHS, SEEDS, SETS)
def test_normals_of_any_shape_are_those_of_the_stream(devices, rows, columns, seed, instructions):
    _native.use(instructions)
    serials = np.random.default_rng(seed).integers(0, 2**32, devices)
    stream = Stream(seed, Purpose.CELL, 2, serials)
    event = 2**32 - 1 - seed % 3
    expected = cell_normals(stream, event, rows, columns)
    assert np.array_equal(native.normals(stream, np.full(devices, event), rows, columns), expected)


@examples(80)
@given(
    st.sampled_from(KINDS), st.integers(1, 20), LENGTHS, st.integers(1, 12), SEEDS, SETS,
    st.booleans(), st.booleans(),
)  # fmt: skip
def test_any_words_are_written_as_the_reference_writes_them(
    kind, rows, columns, samples, seed, instructions, is_worn, is_one_sided
):
    """Also words that no train has: a sign without a slot, all slots at once."""
    _native.use(instructions)
    rng = np.random.default_rng(seed)
    spread = {"initial": 0.3, "step": 0.3, "w_max": 0.2, "w_min": 0.2, "stuck": 0.1}
    pieces = {"spread": spread | {"gamma": 0.1}}
    if is_worn:
        pieces["wear"] = {"endurance": 60.0, "shape": 2.0, "closure": 0.4, "noise": 2.0}
    if is_one_sided:
        pieces["cell"] = {"kind": "one-sided"}
    made_of = technology(kind, cycle_noise=0.4, pieces=pieces)
    closed = [] if kind in STEPWISE else [Fidelity.AVERAGED, Fidelity.COMPOSED]
    pinned = rng.choice([None, *closed, Fidelity.PER_SAMPLE, Fidelity.PER_PULSE])

    def words(lines):
        drawn = rng.integers(0, 2**32, (2, samples, lines), dtype=np.uint32)
        drawn &= rng.integers(0, 2**32, drawn.shape, dtype=np.uint32)
        special = np.uint32([0, 1, 2**31, 2**31 - 1, 2**32 - 1, 2**31 + 1])
        return np.where(rng.random(drawn.shape) < 0.6, rng.choice(special, drawn.shape), drawn)

    found = []
    ours, theirs = (grown(made_of, rows, columns, 2) for _ in "ab")
    trains = words(ours._physical_rows), words(columns)
    first = np.array([3, 2**27 - samples])
    for array, follow in (
        (ours, native.write_trains),
        (theirs, lambda *given: writing.write_trains(reference, *given)),
    ):
        noise = array.stream(Purpose.CYCLE)
        given = (made_of, array._cells, array._state, *trains, noise, first, pinned)
        found.append(follow(*given)[:2])
    assert np.array_equal(found[0][0], found[1][0]), "another fidelity"
    assert np.array_equal(found[0][1], found[1][1]), "other pulses"
    off = np.abs(weights_of(ours) - weights_of(theirs)).max()
    assert off < 1e-5, f"off by {off}"


@examples(40)
@given(st.integers(1, 70), LENGTHS, st.integers(1, 9), SEEDS, SETS, st.booleans(), st.booleans())
def test_reads_of_any_shape_are_those_of_the_reference(
    rows, columns, samples, seed, instructions, is_bent, is_shared
):
    _native.use(instructions)
    spread = {"initial": 0.3, "cell_gain": 0.2, "column_gain": 0.1, "column_offset": 0.1}
    spread |= {"curvature": 0.1} if is_bent else {}
    made_of = technology(pieces={"spread": spread, "read": READ})
    ours, theirs = (grown(made_of, rows, columns, 2, backend=b) for b in ("native", "reference"))
    for verb, lines in (("forward", rows), ("backward", columns)):
        shape = (1 if is_shared else 2, samples, lines)
        x = np.random.default_rng(seed).uniform(-1, 1, shape)
        found, expected = (getattr(array, verb)(x) for array in (ours, theirs))
        step = 2 * 20.0 / (2**9 - 2)
        off = np.abs(found - expected)
        assert off.max() < 2e-5 + 1.01 * step, f"off by {off.max()}"
        assert (off > 2e-5).mean() < 0.02, f"{(off > 2e-5).mean()} are off"


# ---- numbers that no cell has --------------------------------------------------------------------


@examples(150)
@given(st.data(), st.integers(0, 5), st.integers(0, 3), LENGTHS, SEEDS, SETS)
def test_a_mad_cell_harms_no_other(data, kind, pinned, columns, seed, instructions):
    _native.use(instructions)
    shape, rng = (2, 3, columns), np.random.default_rng(seed)
    pinned = max(pinned, 2) if kind in native_calls.STEPWISE else pinned
    floats = [key for key, old in arrays(native_calls.write()).items() if old.dtype.kind == "f"]
    name = data.draw(st.sampled_from(floats))
    at = tuple(data.draw(st.integers(0, size - 1)) for size in shape)
    after = []
    words = rng.integers(0, 2**32, 2, dtype=np.uint32)
    for value in (None, data.draw(st.sampled_from(WILD))):
        given = native_calls.write(shape, 5, kind=kind, pinned=pinned)
        given["rows"][:], given["columns"][:] = words
        if value is not None:
            given[name][at] = value
        call("write", given)
        cells = {key: given[key] for key in WRITTEN["write"]}
        for array in cells.values():
            array[at] = 0
        after.append(cells)
    for key in WRITTEN["write"]:
        assert np.array_equal(after[0][key], after[1][key]), key


@examples(80)
@given(st.data(), LENGTHS, SETS, st.booleans())
def test_a_mad_cell_is_read_by_its_own_line_alone(data, columns, instructions, is_reverse):
    _native.use(instructions)
    shape = (2, 3, columns)
    name = data.draw(st.sampled_from(["weight", "gain", "curvature"]))
    device, row, column = (data.draw(st.integers(0, size - 1)) for size in shape)
    sound, mad = (native_calls.read(shape, 5, is_reverse=is_reverse) for _ in "ab")
    mad[name][device, row, column] = data.draw(st.sampled_from(WILD))
    found, expected = call("read", mad), call("read", sound)
    line = row if is_reverse else column
    found[0][device, :, line] = expected[0][device, :, line] = 0
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])
    assert found[2][1 - device] == expected[2][1 - device]


@examples(40)
@given(
    st.sampled_from(["constant", "linear", "soft-bounds"]), st.integers(1, 20), LENGTHS, SEEDS,
    SETS, st.sampled_from(["normal", "log-normal"]), st.booleans(),
)  # fmt: skip
def test_cells_of_any_shape_are_born_as_in_the_reference(
    kind, rows, columns, seed, instructions, shape, is_shared
):
    _native.use(instructions)
    spread = {"initial": 0.3, "step": 0.3, "w_max": 0.2, "w_min": 0.2, "step_shape": shape,
              "bound_shape": shape, "gamma": 0.1}  # fmt: skip
    spread |= {"row": 0.2, "column": 0.1, "gradient_column": 0.1} if is_shared else {}
    made_of = technology(kind, pieces={"spread": spread})
    ours, theirs = (
        grown(made_of, rows, columns, 2, seed=seed, backend=b) for b in ("native", "reference")
    )
    np.testing.assert_allclose(weights_of(ours), weights_of(theirs), atol=2e-6)
    for name, expected in vars(theirs._cells).items():
        if expected is not None:
            found = getattr(ours._cells, name)
            np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6, err_msg=name)


# ---- anything at all -----------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.text(max_size=3), st.lists(st.floats(), max_size=3),
    st.integers(-(2**65), 2**65), st.sampled_from([2**31, 2**32 - 1, 2**63 - 1, -(2**63)]),
    st.floats(), st.sampled_from([np.zeros(0), np.zeros((2, 0, 5), np.float32), np.float32(1)]),
)  # fmt: skip


@examples(400)
@given(st.data(), st.sampled_from(sorted(ENTRIES)))
def test_no_call_crashes_and_none_that_is_refused_changes_anything(data, entry):
    given = ENTRIES[entry]()
    for name in data.draw(
        st.lists(st.sampled_from(sorted(given)), min_size=1, max_size=3, unique=True)
    ):
        old = given[name]
        if isinstance(old, np.ndarray) and data.draw(st.booleans()):
            extremes = WILD if old.dtype.kind == "f" else (0, -1, 31, 2**31 - 1, 2**32, -(2**63))
            fitting = [v for v in extremes if old.dtype.kind != "u" or 0 <= v < 2**32]
            old[(data.draw(st.integers(0, 1)), *(0,) * (old.ndim - 1))] = data.draw(
                st.sampled_from(fitting)
            )
        elif entry in ("normals", "grow") and name in ("rows", "columns"):
            # What can be had need not be asked for.
            sizes = st.one_of(st.integers(-(2**65), 300), st.integers(2**36, 2**65))
            given[name] = data.draw(sizes)
        else:
            given[name] = data.draw(ANYTHING)
    before = {name: array.copy() for name, array in arrays(given).items()}
    try:
        call(entry, given)
    except (ValueError, TypeError) as refused:
        said = str(refused)
    else:
        return
    assert any(name in said for name in given), said
    for name, array in arrays(given).items():
        assert np.array_equal(array, before[name], equal_nan=array.dtype.kind == "f"), name
