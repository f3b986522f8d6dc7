"""The cell physics as pure functions, one module a backend, all with the same signatures.

`reference` (NumPy, computing in float64 on float32 state) is the oracle, and what runs where no
compiler was there at the installation. `native` is compiled from the C++ in `source`. Which one
runs is an argument at growth, recorded, never a global switch.
"""

from importlib.util import find_spec

from devices.errors import DeviceError
from devices.kernels.signature import Kernels

__all__ = ["Kernels", "UnknownBackend", "available", "default", "load"]


class UnknownBackend(DeviceError, LookupError):  # noqa: N818 - a public name
    """A backend was asked for that is not here."""


def available() -> tuple[str, ...]:
    """Return the names of the backends that can run here, the fastest last."""
    has_native = find_spec("devices.kernels._native") is not None
    return ("reference", "native") if has_native else ("reference",)


def default() -> str:
    """Return the name of the fastest backend on the processor."""
    return available()[-1]


def load(name: str) -> Kernels:
    """Return the kernels of a backend.

    Raises:
        UnknownBackend: no such backend; the message names those there are.
    """
    if name not in available():
        raise UnknownBackend(
            f"backend {name!r} is not available here; available: {', '.join(available())}"
        )
    # Loaded when asked for: the backends know the cells, which know the signatures here.
    if name == "native":
        from devices.kernels.native import NATIVE

        return NATIVE
    from devices.kernels import reference

    return reference
