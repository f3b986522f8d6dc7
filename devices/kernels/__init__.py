"""The cell physics as pure functions, one module a backend, all with the same signatures.

`reference` (NumPy, computing in float64 on float32 state) is the oracle, and what runs where no
compiler was there at the installation. `native` is compiled from the C++ in `source`, and `cuda`
from the same files at run time. Which one runs is an argument at growth, recorded, never a global
switch.
"""

from importlib.util import find_spec
from typing import Any

from devices.errors import DeviceError
from devices.kernels.signature import Kernels

__all__ = [
    "Kernels",
    "UnknownBackend",
    "available",
    "gpu_answers",
    "gpu_memory",
    "grower",
    "load",
    "resolve",
]


class UnknownBackend(DeviceError, LookupError):  # noqa: N818 - a public name
    """A backend was asked for that is not here."""


def available() -> tuple[str, ...]:
    """Return the names of the backends that can run here.

    CuPy is looked for, not imported: whether a GPU answers is found out at growth.
    """
    has = {
        "native": find_spec("devices.kernels._native") is not None,
        "cuda": find_spec("cupy") is not None,
    }
    return ("reference", *(name for name, is_here in has.items() if is_here))


def resolve(name: str) -> str:
    """Return the backend that a name stands for: "auto" is the fastest on the processor.

    Raises:
        UnknownBackend: no such backend; the message names those there are.
    """
    if name == "auto":
        return "native" if "native" in available() else "reference"
    if name == "cuda" and name not in available():
        raise UnknownBackend(
            "backend 'cuda' needs CuPy, which is not installed: pip install cupy-cuda12x"
        )
    if name not in available():
        raise UnknownBackend(
            f"backend {name!r} is not available here; available: {', '.join(available())}"
        )
    return name


def gpu_answers() -> bool:
    """Return whether the backend "cuda" can run here; CuPy is imported where it is installed."""
    try:
        load("cuda")
    except UnknownBackend:
        return False
    return True


def gpu_memory() -> tuple[int, ...]:
    """Return the free bytes of each GPU, as CUDA numbers them; none where none answers."""
    if not gpu_answers():
        return ()
    from devices.kernels.cuda import free_bytes

    return free_bytes()


def grower(name: str) -> Any:
    """Return the kernels with the verb `grow` of a backend; None: NumPy grows its cells.

    Cells are grown on the processor, whatever computes later: the same bits on the GPU.
    """
    if name == "reference" or "native" not in available():
        return None
    return load("native").fused


def load(name: str) -> Kernels:
    """Return the kernels of a backend.

    Raises:
        UnknownBackend: no such backend, or it cannot run here; the message says what is missing.
    """
    name = resolve(name)
    if name == "cuda":
        from devices.kernels.cuda import cupy_kernels

        return cupy_kernels()
    # Loaded when asked for: the backends know the cells, which know the signatures here.
    if name == "native":
        from devices.kernels.native import NATIVE

        return NATIVE
    from devices.kernels import reference

    return reference
