"""The cell physics as pure functions, one module a backend, all with the same signatures.

`reference` (NumPy, computing in float64 on float32 state) is the oracle. Native and CUDA kernels
will stand beside it. Which one runs is an argument at growth, recorded, never a global switch.
"""

from devices.errors import DeviceError
from devices.kernels import reference
from devices.kernels.signature import Kernels

__all__ = ["Kernels", "UnknownBackend", "available", "load"]

_BACKENDS: dict[str, Kernels] = {"reference": reference}


class UnknownBackend(DeviceError, LookupError):  # noqa: N818 - a public name
    """A backend was asked for that is not here."""


def available() -> tuple[str, ...]:
    """Return the names of the backends that can run here."""
    return tuple(_BACKENDS)


def load(name: str) -> Kernels:
    """Return the kernels of a backend.

    Raises:
        UnknownBackend: no such backend; the message names those there are.
    """
    try:
        return _BACKENDS[name]
    except KeyError:
        raise UnknownBackend(
            f"backend {name!r} is not available here; available: {', '.join(_BACKENDS)}"
        ) from None
