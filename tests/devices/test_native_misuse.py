"""The native kernels misused: a clear error or a right answer, never a crash."""

import importlib
import mmap
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import native_calls
import numpy as np
import pytest
from native_calls import ENTRIES, OPTIONAL, WRITTEN, arrays, call

from devices.kernels import UnknownBackend

_native = pytest.importorskip("devices.kernels._native", reason="native kernels are not built")


def arguments(**changed):
    """Return the arguments of one small `write` of cells that neither wear nor drift."""
    unused = ("slope_up", "slope_down", "endurance", "pulses", "rested", "counts")
    given = native_calls.write((2, 3, 5)) | dict.fromkeys(unused)
    return given | {"wear": _native.Wear(False, 0, 0, 0, 0)} | changed


def test_a_sound_call_is_answered():
    given = arguments()
    fidelity, received = _native.write(*given.values())
    assert fidelity.tolist() == [0, 0]
    assert received.tolist() == [60, 60]
    assert (given["weight"] > 0).all()


def test_a_trial_chooses_and_writes_nothing():
    given = arguments(is_trial=True, pulses=np.zeros((2, 3, 5), np.uint32))
    fidelity, received = _native.write(*given.values())
    assert fidelity.tolist() == [0, 0]
    assert received.tolist() == [0, 0]
    assert not given["weight"].any()
    assert not given["pulses"].any()


def frozen(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("weight", None),
        ("weight", [[[0.0]]]),
        ("weight", np.zeros((2, 3, 5))),
        ("weight", np.zeros((2, 3), np.float32)),
        ("weight", np.zeros((2, 5, 3), np.float32).transpose(0, 2, 1)),
        ("weight", np.zeros((2, 3, 10), np.float32)[:, :, ::2]),
        ("weight", frozen(np.zeros((2, 3, 5), np.float32))),
        ("weight", np.zeros((2, 3, 5), ">f4")),
        ("weight", np.zeros(121, np.uint8)[1:].view(np.float32).reshape(2, 3, 5)),
        ("step_up", np.zeros((2, 3, 6), np.float32)),
        ("w_min", None),
        ("slope_up", np.zeros((2, 3, 5), np.float64)),
        ("response", _native.Response(1, False, 0.1)),
        ("response", _native.Response(9, False, 0.1)),
        ("response", _native.Response(3, False, 0.1)),
        ("response", _native.Response(5, False, 0.1)),
        ("wear", _native.Wear(True, 0.1, 0.1, 0.0, 0.0)),
        ("choice", _native.Choice(10.0, 0.01, 2.0, 1, 0, 2)),
        ("choice", _native.Choice(10.0, 0.01, 2.0, 1, 1, 4)),
        ("choice", _native.Choice(10.0, 0.01, 2.0, 3, 1, 2)),
        ("rows", np.zeros((2, 4, 3), np.int64)),
        ("rows", np.zeros((2, 2001, 3), np.uint32)),
        ("columns", np.zeros((2, 3, 5), np.uint32)),
        ("columns", np.zeros((1, 4, 5), np.uint32)),
        ("serials", np.array([0, -1])),
        ("serials", np.array([0, 2**32])),
        ("serials", np.zeros(3, np.int64)),
        ("first_samples", np.array([0, 2**27 - 3])),
        ("first_samples", np.array([-1, 0])),
        ("pinned", np.array([0, 4])),
        ("pinned", np.array([0, -2])),
    ],
)
def test_a_call_that_does_not_fit_is_refused_and_changes_nothing(name, wrong):
    given = arguments(**{name: wrong})
    before = given["weight"].copy() if isinstance(given["weight"], np.ndarray) else None
    with pytest.raises((ValueError, TypeError)):
        _native.write(*given.values())
    if before is not None:
        assert np.array_equal(given["weight"], before)


@pytest.mark.parametrize("shape", [(0, 3, 5), (2, 0, 5), (2, 3, 0)])
def test_nothing_is_written_to_nothing(shape):
    devices, rows, columns = shape
    given = arguments(
        rows=np.ones((devices, 4, rows), np.uint32),
        columns=np.ones((devices, 4, columns), np.uint32),
        serials=np.arange(devices),
        first_samples=np.zeros(devices, np.int64),
        pinned=np.full(devices, -1),
        **{k: np.ones(shape, np.float32) for k in ("weight", "step_up", "step_down", "w_max")},
        w_min=-np.ones(shape, np.float32),
    )
    _, received = _native.write(*given.values())
    assert received.tolist() == [0] * devices


def test_a_cell_that_is_not_a_number_does_no_harm_to_others():
    sound, given = arguments(), arguments()
    given["weight"][0, 1, 2] = np.nan
    for each in (sound, given):
        _native.write(*each.values())
    sound["weight"][0, 1, 2] = given["weight"][0, 1, 2] = 0
    assert np.array_equal(sound["weight"], given["weight"])


@pytest.mark.parametrize(
    ("values", "gains", "lengths"),
    [
        (np.ones((3, 4, 5), np.float32), np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)),
        (np.ones((2, 4, 5), np.float32), -np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)),
        (np.ones((2, 4, 5), np.float32), np.ones((2, 4), np.float32), np.full((2, 4), 32)),
        (np.ones((2, 4, 5), np.float64), np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)),
        (np.ones((4, 5), np.float32), np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)),
        (np.ones((2, 4, 5), np.float32), np.full((2, 4), np.nan, "f"), np.ones((2, 4), np.int64)),
    ],
)
def test_signals_that_do_not_fit_are_refused(values, gains, lengths):
    key, serials, first = _native.Key(1, 2, 3), np.arange(2), np.zeros(2, np.int64)
    with pytest.raises(ValueError, match="must"):
        _native.fire(values, gains, lengths, key, serials, first)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("x", np.zeros((2, 3, 4), np.float32)),
        ("x", np.zeros((1, 3, 5), np.float64)),
        ("x", np.zeros((1, 3, 10), np.float32)[:, :, ::2]),
        ("weight", np.zeros((2, 5), np.float32)),
        ("gain", np.zeros((2, 5, 7), np.float32)),
        ("line_gain", np.zeros((2, 5), np.float32)),
        ("dac_step", -1.0),
        ("dac_step", float("nan")),
        ("serials", np.array([1, -1])),
        ("first_reads", np.array([2**32, 0])),
        ("widened", 0.5),
        ("widened", float("nan")),
    ],
)
def test_a_read_that_does_not_fit_is_refused(name, wrong):
    given = {
        "x": np.ones((1, 3, 5), np.float32), "weight": np.ones((2, 5, 6), np.float32),
        "gain": None, "curvature": None, "is_reverse": False, "reference": 1.0,
        "mean_curvature": 0.0, "line_gain": np.zeros((2, 6), np.float32),
        "line_offset": np.zeros((2, 6), np.float32), "is_scaled": True, "dac_step": 0.0,
        "adc_step": 0.0, "adc_bound": 1.0, "output_noise": 0.0, "key": _native.Key(1, 2, 3),
        "serials": np.arange(2), "first_reads": np.zeros(2, np.int64), "widened": 1.0,
        "first_place": 0,
    }  # fmt: skip
    y, heat, weighted, clipped = _native.read(*given.values())
    assert (y == 5).all()
    assert (heat == 3).all()
    assert (weighted == 90).all()
    assert not clipped.any()
    with pytest.raises(ValueError, match="must"):
        _native.read(*(given | {name: wrong}).values())


# ---- arrays that do not fit: an error by name, and nothing has changed ---------------------------


# As many lines, samples, and devices, as one likes.
FREE = (("fire", "values", "size 2"), ("read", "x", "size 1"), ("grow", "serials", "size 0"))


def spoilt(array):
    """Yield what an array may be instead, with its fault."""
    yield "list", array.tolist()
    yield "number", 1.0
    yield "scalar", np.array(1, array.dtype)
    yield "bytes", array.astype(array.dtype.newbyteorder())
    for other in (np.float32, np.float64, np.int32, np.uint64, np.complex64, object, bool):
        if array.dtype != other:
            yield np.dtype(other).name, array.astype(other)
    yield "axes", array[None]
    yield "axes", array.reshape(-1)[: array.shape[0]] if array.ndim > 1 else array[:, None]
    yield "strided", np.repeat(array, 2, axis=-1)[..., ::2]
    yield "reversed", array[..., ::-1]
    if array.ndim > 1:
        yield "order", np.asfortranarray(array)
        yield "broadcast", np.broadcast_to(array[:, :1], array.shape)
    store = np.zeros(array.nbytes + 1, np.uint8)
    yield "misaligned", store[1:].view(array.dtype).reshape(array.shape)
    for axis in range(array.ndim):
        yield f"size {axis}", np.ascontiguousarray(np.delete(array, 0, axis))
        yield f"size {axis}", np.concatenate([array, array], axis)


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_array_that_does_not_fit_is_refused_by_name(entry):
    for name, array in arrays(ENTRIES[entry]()).items():
        faults = list(spoilt(array))
        if name not in OPTIONAL[entry]:
            faults.append(("none", None))
        if name in WRITTEN.get(entry, ()):
            faults.append(("frozen", array.copy()))
            faults[-1][1].flags.writeable = False
        for fault, wrong in faults:
            if (entry, name, fault) in FREE:
                continue
            given = ENTRIES[entry]() | {name: wrong}
            before = {key: value.copy() for key, value in arrays(given).items()}
            with pytest.raises(ValueError, match="must be") as refused:
                call(entry, given)
            # Of two sizes that do not fit each other, either may be named.
            names = arrays(given) if fault.startswith("size") else [name]
            said = str(refused.value).partition("must be")[0]
            assert any(re.search(rf"\b{word}\b", said) for word in names), f"{fault} {name}: {said}"
            for key, value in arrays(given).items():
                assert np.array_equal(value, before[key]), f"{fault} {name} changed {key}"


@pytest.mark.parametrize(("entry", "name"), [(e, n) for e in WRITTEN for n in WRITTEN[e]])
def test_arrays_that_are_written_lie_apart_from_all_others(entry, name):
    others = [key for key in arrays(ENTRIES[entry]()) if key != name]
    for other in others:
        given = ENTRIES[entry]()
        longer = max(given[name].nbytes, given[other].nbytes)
        for shift in (0, given[name].nbytes - 8):  # the same place, and one just reaching over
            store = np.zeros((longer + shift) // 8 + 2, np.float64).view(np.uint8)
            for key, first in ((name, 0), (other, shift // 8 * 8)):
                old = given[key]
                given[key] = store[first : first + old.nbytes].view(old.dtype).reshape(old.shape)
            if not np.shares_memory(given[name], given[other]):
                continue
            # Memory of zeros does not list rows each once either.
            fault = "each once" if (entry, other) == ("increment", "rows") else "of its own"
            with pytest.raises(ValueError, match=fault):
                call(entry, given)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("dac_step", 1e-300 * -1e300), ("adc_step", np.inf), ("adc_bound", np.nan),
     ("reference", np.inf), ("mean_curvature", np.nan), ("output_noise", 1e39), ("reference", "1"),
     ("output_noise", None), ("is_reverse", []), ("key", None), ("key", (1, 2, 3))],
)  # fmt: skip
def test_numbers_that_are_none_are_refused_by_name(name, wrong):
    with pytest.raises((ValueError, TypeError), match=name):
        call("read", native_calls.read() | {name: wrong})


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("entry", "name"), [("fire", "values"), ("fire", "gains"), ("read", "x")])
def test_a_signal_that_is_not_a_number_is_refused(entry, name, wrong):
    given = ENTRIES[entry]()
    given[name][..., -1] = wrong
    with pytest.raises(ValueError, match=f"^{name} must be"):
        call(entry, given)


def test_technologies_of_other_than_numbers_are_refused():
    for name in ("a", "b", "gamma_up", "gamma_down", "A_up", "A_down", "noise_offset"):
        for wrong in (np.nan, np.inf):
            spoiled = native_calls.response()
            setattr(spoiled, name, wrong)
            with pytest.raises(ValueError, match=r"^response must be finite"):
                call("write", native_calls.write() | {"response": spoiled})
    for wear in ((np.nan, 0, 0, 0), (0, np.inf, 0, 0), (0, 0, np.nan, 0), (0, 0, 0, np.nan)):
        with pytest.raises(ValueError, match=r"^wear must be finite"):
            call("write", native_calls.write() | {"wear": _native.Wear(True, *wear)})
    for choice in ((np.nan, 0, 0), (1, -1, 0), (1, 0, np.nan)):
        with pytest.raises(ValueError, match=r"^choice must be"):
            call("write", native_calls.write() | {"choice": _native.Choice(*choice, 1, 1, 2)})
    for up, down in (([1], [1, 2]), ([1] * 257, [1, 2]), ([1, 2], []), ([1, np.nan], [1, 2])):
        with pytest.raises(ValueError, match="must be"):
            native_calls.response().nodes(up, down)
    for key in ((-1, 0, 0), (0, 2**32, 0), (0, 0, 2**64), (1.5, 0, 0)):
        with pytest.raises(TypeError):
            _native.Key(*key)


# ---- sizes beyond all measure --------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "columns"), [(2**31, 0), (0, 2**34), (0, 0)])
def test_no_normals_are_drawn_at_once(rows, columns):
    assert call("normals", native_calls.normals(2, rows, columns)).size == 0


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(2**60, 0), (1, 2**63 - 1), (2**63 - 1, 8), (2**40, 2**40), (-1, 1), (2**31, 17)],
)
def test_more_normals_than_can_be_numbered_are_refused(rows, columns):
    with pytest.raises(ValueError, match="rows and columns must be"):
        call("normals", native_calls.normals(1, rows, columns))
    for size in (2**64, -(2**64), 1.5, None):
        with pytest.raises(TypeError, match="rows: "):
            call("normals", native_calls.normals(1, size, 1))


@pytest.mark.parametrize("shape", [(0, 2**24, 2**10), (1, 0, 2**31 - 1), (1, 2**24, 0), (0, 0, 0)])
@pytest.mark.parametrize("kind", [0, 5])
def test_arrays_of_nothing_are_done_at_once(shape, kind):
    fidelity, received = call("write", native_calls.write(shape, 0, kind=kind))
    assert fidelity.tolist() == [2 if kind == 5 else 0] * shape[0]
    assert received.tolist() == [0] * shape[0]
    if shape[0] == 0:
        y, heat, weighted, _ = call("read", native_calls.read(shape, 0))
        assert (y.size, heat.size, weighted.size) == (0, 0, 0)


@pytest.mark.parametrize("shape", [(2, 0, 5), (2, 5, 0), (2, 0, 0), (2, 1, 1)])
@pytest.mark.parametrize("is_reverse", [False, True])
@pytest.mark.parametrize("samples", [0, 3])
def test_a_read_through_nothing_is_the_offset(shape, is_reverse, samples):
    given = native_calls.read(shape, samples, is_reverse=is_reverse)
    given |= {"output_noise": 0.0, "adc_step": 0.0, "weight": np.zeros(shape, np.float32)}
    given |= {"gain": None, "curvature": None}
    given["line_offset"][:] = 0.75
    y, heat, weighted, _ = call("read", given)
    outputs = shape[1] if is_reverse else shape[2]
    assert y.shape == (2, samples, outputs)
    assert np.allclose(y, 0.75 * (0.5 if given["x"].size else 1.0))
    assert heat.shape == (2, given["x"].shape[2])
    assert not weighted.any()


def test_columns_beyond_a_signed_index_are_refused():
    """Lanes gather by 32 bits with a sign: beyond, they would read before the array."""
    columns = 2**31
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    try:
        store = mmap.mmap(-1, 4 * columns, flags=private)
    except OSError:
        pytest.skip("no 8 GiB of addresses")
    cells = np.frombuffer(store, np.float32).reshape(1, 1, columns)
    given = native_calls.write((1, 1, 1), 1)
    given |= {name: cells for name, old in arrays(given).items() if old.dtype == np.float32}
    given |= dict.fromkeys(("pulses", "counts", "columns"), cells.view(np.uint32))
    with pytest.raises(ValueError, match="weight must be of fewer columns"):
        call("write", given | {"rested": None})


SHORT = """
import resource
import numpy as np
import native_calls
wide = {call}
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (1 << 29),) * 2)
try:
    native_calls.call({entry!r}, wide)
except MemoryError:
    print("refused")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited only on Linux")
@pytest.mark.parametrize(
    ("entry", "made"),
    [("read", "native_calls.read((1, 1 << 22, 1), 1)"),
     ("write", "native_calls.write((1, 1 << 20, 1), 2, words=0xFFFF)")],
)  # fmt: skip
def test_too_little_memory_is_an_error_and_no_crash(entry, made):
    code = SHORT.format(call=made, entry=entry)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=native_calls.__file__.rpartition("/")[0],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr


def test_an_extension_that_earlier_sources_were_compiled_to_is_refused():
    kernels = importlib.import_module("devices.kernels.native")
    has = {name: getattr(_native, name) for name in dir(_native)}
    kernels.require_all(SimpleNamespace(**has))
    del has["increment"]
    with pytest.raises(UnknownBackend, match=r"lacks increment: install again"):
        kernels.require_all(SimpleNamespace(**has))
