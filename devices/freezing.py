"""A life taken out of an array, and given back: to the same devices of the same build, only.

What manufacture gave is not in it: it is grown again from the serial numbers. The names are flat
and opaque, and every value has the device axis first, so that some devices are a selection of
each.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from devices.arrays import beside, to_host
from devices.errors import FrozenElsewhere, WrongShape
from devices.reading import Correction
from devices.technology import Technology
from devices.tiling import grid_of

if TYPE_CHECKING:
    from devices.crossbar import CrossbarArray

__all__ = ["arrive", "digest", "freeze", "require", "thaw"]

Numbers = npt.NDArray[Any]
Frozen = Mapping[str, Numbers]

_WORDS = {"summary", "source", "sources", "not_modelled"}


def digest(technology: Technology) -> str:
    """Return the SHA-256 of all that a technology declares but words about its numbers."""
    told = technology.model_dump(mode="json", exclude=_WORDS)
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def freeze(array: "CrossbarArray") -> dict[str, Numbers]:
    """Return what a life has changed, as copies in the processor's memory, `[device, ...]` each."""
    living = {f"{part}.{name}": of for part, name, of in _living(array) if of is not None}
    living["fidelities"] = array.fidelities
    if array._correction is not None:
        living |= {f"correction.{name}": of for name, of in vars(array._correction).items()}
    return _born(array) | {name: np.array(to_host(of), order="C") for name, of in living.items()}


def require(array: "CrossbarArray", frozen: Frozen) -> None:
    """Refuse a life that is not that of these devices, in the order of this array.

    Raises:
        FrozenElsewhere: it is that of other devices or another build; what differs is named.
        WrongShape: a number is missing, unknown, or of another shape or type.
    """
    born = _born(array)
    for name, wanted in born.items():
        found = frozen.get(name)
        if found is None or not np.array_equal(found, wanted):
            said = [_said(name, numbers) for numbers in (found, wanted)]
            raise FrozenElsewhere(
                f"frozen devices are revived as themselves: {name.partition('.')[2]} {said[0]} "
                f"cannot be thawed where {said[1]} is wanted"
            )
    forms = {f"{part}.{name}": of for part, name, of in _living(array) if of is not None}
    forms["fidelities"] = array.fidelities
    corrected = [name for name in _CORRECTION if name in frozen]
    known = {*born, *forms, *(_CORRECTION if corrected else ())}
    if known != frozen.keys():
        odd = ", ".join(sorted(known ^ frozen.keys()))
        raise WrongShape(f"frozen devices of {array!r} miss numbers, or have too many: {odd}")
    for name, own in forms.items():
        _fits(name, frozen[name], own.shape, own.dtype)
    strips = len(grid_of(array.technology.tile, array.rows, array.columns).rows)
    for name in corrected:
        shape = array.serials.size, strips * array.columns
        _fits(name, frozen[name], shape, np.dtype(np.float32))


def thaw(array: "CrossbarArray", frozen: Frozen) -> None:
    """Give a life back, in place; nothing changes if it is refused.

    Raises:
        FrozenElsewhere, WrongShape: as `require`.
    """
    require(array, frozen)
    for part, name, own in _living(array):
        if own is not None:
            anew = beside(own, np.array(frozen[f"{part}.{name}"]))
            setattr(getattr(array, _PARTS[part]), name, anew)
    array.fidelities = np.array(frozen["fidelities"])
    array._correction = None
    if _CORRECTION[0] in frozen:
        place = array._kernels.place
        array._correction = Correction(*(place(np.array(frozen[name])) for name in _CORRECTION))


def arrive(
    kind: type["CrossbarArray"],
    built: tuple[Technology, int, int, int, int, str],
    serials: npt.NDArray[np.int64],
    made_as: npt.NDArray[np.int64],
    frozen: Frozen,
) -> "CrossbarArray":
    """Return an array that has travelled (`pickle`, `copy`), where it was when it left.

    Args:
        kind: its class.
        built: technology, rows, columns, seed, number of the array, backend.
        serials: `[device]`.
        made_as: `[device]`, serials whose manufacture was repeated.
        frozen: its life.
    """
    technology, rows, columns, seed, number, backend = built
    array = kind(
        technology, rows, columns, serials=serials, seed=seed, array=number, backend=backend,
        made_as=made_as,
    )  # fmt: skip
    thaw(array, frozen)
    return array


_PARTS = {
    "state": "_state",
    "counters": "_counters",
    "ledger": "ledger",
    "fluctuation": "_fluctuation",
}
"""What changes in a life, beside fidelities and correction: dataclasses of numbers or None."""
_CORRECTION = tuple(f"correction.{field.name}" for field in fields(Correction))


def _living(array: "CrossbarArray") -> list[tuple[str, str, Any]]:
    return [
        (part, field.name, getattr(getattr(array, attribute), field.name))
        for part, attribute in _PARTS.items()
        for field in fields(getattr(array, attribute))
    ]


def _born(array: "CrossbarArray") -> dict[str, Numbers]:
    """Return who the devices are and how they were built, `[device, ...]`."""
    count = array.serials.size
    build = np.frombuffer(bytes.fromhex(digest(array.declared)), np.uint8)
    return {
        "born.serials": array.serials.copy(),
        "born.made as": array.made_as.copy(),
        "born.seed": np.full(count, array.seed),
        "born.array": np.full(count, array.array),
        "born.shape": np.tile([array.rows, array.columns], (count, 1)),
        "born.technology": np.tile(build, (count, 1)),
    }


def _said(name: str, numbers: Numbers | None) -> str:
    if numbers is None:
        return "unknown"
    if name in ("born.serials", "born.made as"):
        return np.array2string(numbers, threshold=8)
    one = numbers[:1].ravel()
    if name == "born.technology":
        return one.astype(np.uint8).tobytes().hex()[:12] or "of nobody"
    return " x ".join(map(str, one)) or "of nobody"


def _fits(name: str, found: Numbers, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    if found.shape != shape or found.dtype != dtype:
        raise WrongShape(
            f"frozen {name} is {found.dtype} {found.shape}, but {dtype} {shape} is wanted"
        )
