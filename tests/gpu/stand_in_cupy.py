"""A stand-in for CuPy: arrays that are as strict as CuPy's, and kernels that run on the processor.

Like CuPy's, its arrays never become NumPy arrays by themselves, never meet NumPy arrays in a
function or an assignment, have a memory of their own, reduce to arrays and not to numbers, and
know only those functions and keywords that CuPy 14.2 has. NumPy arrays may be indices: CuPy
copies them over (`_prepare_slice_list` in its _routines_indexing.pyx).
"""

from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

# Keywords as `inspect.signature` and the docstrings of CuPy 14.2.0 tell them.
FUNCTIONS = {
    "any": "axis keepdims",
    "argmax": "axis keepdims",
    "broadcast_to": "shape",
    "clip": "",
    "concatenate": "axis dtype",
    "cumsum": "axis dtype",
    "full_like": "dtype",
    "isfinite": "",
    "moveaxis": "",
    "nonzero": "",
    "ones_like": "dtype",
    "repeat": "axis",
    "searchsorted": "side",
    "shape": "",
    "sort": "axis",
    "split": "axis",
    "stack": "axis",
    "tile": "",
    "where": "",
    "zeros_like": "dtype",
}
METHODS = {
    "all": "axis keepdims",
    "any": "axis keepdims",
    "argmax": "axis keepdims",
    "astype": "copy",
    "copy": "",
    "cumsum": "axis dtype",
    "max": "axis keepdims",
    "mean": "axis dtype keepdims",
    "min": "axis keepdims",
    "ravel": "",
    "reshape": "",
    "std": "axis dtype",
    "sum": "axis dtype keepdims",
    "swapaxes": "",
    "view": "",
}
UFUNCS = {
    "absolute", "add", "bitwise_and", "bitwise_count", "bitwise_or", "bitwise_xor", "divide",
    "equal", "exp", "expm1", "floor_divide", "greater", "greater_equal", "invert", "isfinite",
    "left_shift", "less", "less_equal", "log", "log1p", "matmul", "maximum", "minimum", "multiply",
    "negative", "not_equal", "power", "remainder", "right_shift", "rint", "sign", "sqrt", "square",
    "subtract", "ceil", "floor", "tanh", "logaddexp",
}  # fmt: skip
ATTRIBUTES = ("dtype", "shape", "ndim", "size", "flags", "nbytes")


class DeviceArray(NDArrayOperatorsMixin):
    """An array of the stand-in."""

    __hash__ = None

    def __init__(self, held):
        self._held = held

    def __array__(self, *_, **__):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **keywords):
        if method != "__call__" or ufunc.__name__ not in UFUNCS:
            return NotImplemented
        assert keywords.keys() <= {"dtype", "casting"}, f"{ufunc.__name__} with {keywords}"
        if out:
            keywords["out"] = tuple(bare(each) for each in out)
        found = ufunc(*(bare(each) for each in inputs), **keywords)
        return out[0] if out else wrapped(found)

    def __array_function__(self, function, _types, arguments, keywords):
        if function.__name__ not in FUNCTIONS:
            return NotImplemented
        known = FUNCTIONS[function.__name__].split()
        assert keywords.keys() <= {*known}, f"{function.__name__} with {keywords}"
        return wrapped(function(*bare(arguments), **keywords))

    def __getattr__(self, name):
        if name in ATTRIBUTES:
            return getattr(self._held, name)
        if name not in METHODS:
            raise AttributeError(f"CuPy's arrays are not known to have {name}")

        def method(*arguments, **keywords):
            assert keywords.keys() <= {*METHODS[name].split()}, f"{name} with {keywords}"
            if name in ("argmax", "max", "min") and not self._held.size:
                raise ValueError("zero-size array to a reduction without identity")
            return wrapped(getattr(self._held, name)(*arguments, **keywords))

        return method

    def __getitem__(self, where):
        return wrapped(self._held[index(where)])

    def __setitem__(self, where, value):
        self._held[index(where)] = bare(value)

    def __len__(self):
        return len(self._held)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        return bool(self._held)

    def __int__(self):
        return int(self._held)

    def __float__(self):
        return float(self._held)

    @property
    def data(self):
        return SimpleNamespace(ptr=self._held.ctypes.data)

    def get(self):
        return self._held.copy()


def bare(given):
    """Return the numbers of an argument of CuPy, which takes its own arrays and numbers."""
    if isinstance(given, DeviceArray):
        return given._held
    if isinstance(given, np.ndarray):
        raise TypeError(f"Unsupported type {type(given)} of shape {given.shape}")
    if isinstance(given, list | tuple):
        return type(given)(bare(each) for each in given)
    return given


def wrapped(found):
    """Return results as CuPy gives them: numbers as arrays without an axis."""
    if isinstance(found, list | tuple) and not all(isinstance(each, int) for each in found):
        return type(found)(wrapped(each) for each in found)
    return DeviceArray(np.asarray(found)) if isinstance(found, np.ndarray | np.generic) else found


def index(where):
    if isinstance(where, tuple):
        return tuple(index(each) for each in where)
    return where._held if isinstance(where, DeviceArray) else where


def stand_in(launch):
    """Return the module, whose kernels go through `launch` (`emulated_gpu.launcher`)."""

    def asarray(given, dtype=None):
        if isinstance(given, DeviceArray):
            return given if dtype in (None, given.dtype) else given.astype(dtype)
        return DeviceArray(np.array(given, dtype))

    def ascontiguousarray(given, dtype=None):
        return DeviceArray(np.ascontiguousarray(asarray(given)._held, dtype))

    def created(name):
        return lambda *given: DeviceArray(getattr(np, name)(*given))

    class RawModule:
        def __init__(self, *, code, options):
            self.code, self.options = code, options

        def get_function(self, name):
            assert f" {name}(" in self.code

            def run(grid, block, arguments):
                given = [by_value(each) for each in arguments]
                launch(name, grid[0] * block[0], *given)

            return run

    made = ModuleType("cupy")
    made.__spec__ = ModuleSpec("cupy", None)
    made.ndarray, made.RawModule = DeviceArray, RawModule
    made.asarray, made.ascontiguousarray, made.where = asarray, ascontiguousarray, np.where
    for name in ("empty", "full", "indices", "zeros"):
        setattr(made, name, created(name))
    runtime = SimpleNamespace(getDeviceCount=lambda: 1, memGetInfo=lambda: (8 << 30, 16 << 30))
    made.cuda = SimpleNamespace(Device=Device, runtime=runtime)
    return made


class Device:
    """A card: the present one, or one by its number."""

    compute_capability = "90"

    def __init__(self, number=0):
        assert number == 0, "there is one"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


def by_value(argument):
    """Return what a kernel is handed: arrays of the GPU, one structure, or a NumPy number."""
    if isinstance(argument, DeviceArray):
        assert argument.flags.c_contiguous
        return argument._held
    is_structure = isinstance(argument, np.ndarray) and argument.size == 1
    assert is_structure or isinstance(argument, np.int64 | np.uint32), type(argument)
    return argument
