"""From an `rpu_config` to a technology: pairs, cells, reads and writes put together."""

import re
from typing import Any

from pydantic import ValidationError

from devices import Technology
from mortal.adapters.aihwkit.cells import IDLE, family_of, response_of, spread_of
from mortal.adapters.aihwkit.periphery import IDLE_IO, IDLE_UPDATE, back_of, read_of, write_of
from mortal.adapters.aihwkit.report import Line, Reader, Translation
from mortal.errors import ConfigError

__all__ = ["technology_from"]

_READ_ELSEWHERE = ("device", "forward", "backward", "update")
_DRAINS = ("diffusion", "lifetime")


def technology_from(rpu_config: Any, name: str = "from-aihwkit") -> Translation:
    """Return the technology that an aihwkit configuration declares, and what became of it.

    Args:
        rpu_config: with `device`, and if there are `forward`, `backward` and `update`: a
            `SingleRPUConfig`, `UnitCellRPUConfig` or `InferenceRPUConfig`, or a preset of one.
        name: of the technology, lower-case words joined by hyphens.

    Raises:
        ConfigError: it has no device, a device or a pair has no counterpart, or a number is
            outside of what can be here.
    """
    if not hasattr(rpu_config, "device"):
        raise ConfigError(
            f"an rpu_config has a device, {type(rpu_config).__name__} has none; give an aihwkit "
            "configuration such as SingleRPUConfig(device=...)"
        )
    lines: list[Line] = []
    cell, inner, place = _circuit(rpu_config.device, lines)
    device, family = Reader(inner, place), family_of(inner)
    told: dict[str, Any] = {"response": response_of(device, family), "spread": {}}
    if told["response"]["kind"] != "exact":
        told["spread"] = spread_of(device, family, told["response"]["step"])
    if cell.get("kind") == "one-sided":
        cell |= _reset(device)
    for drain in _DRAINS:
        if device.look(drain):
            device.tell(drain, "lost", note="acts there once a batch, here in seconds (retention)")
    if cell:
        told["cell"] = cell
    lines += device.rest(IDLE)
    if hasattr(rpu_config, "forward"):
        forward = Reader(rpu_config.forward, "forward")
        told["read"], columns = read_of(forward)
        told["spread"] |= columns
        lines += forward.rest(IDLE_IO)
        if hasattr(rpu_config, "backward"):
            lines += back_of(Reader(rpu_config.backward, "backward"), forward)
    else:
        told["read"] = {"noise_management": "none"}
    if hasattr(rpu_config, "update") and told["response"]["kind"] != "exact":
        update = Reader(rpu_config.update, "update")
        told["write"] = write_of(update)
        lines += update.rest(IDLE_UPDATE)
    lines += _beside(rpu_config)
    return Translation(_built(told, name, type(rpu_config.device).__name__, lines), tuple(lines))


def _circuit(device: Any, lines: list[Line]) -> tuple[dict[str, Any], Any, str]:
    """Return the cell, the device that its parts are, and where that stands."""
    if not hasattr(device, "unit_cell_devices"):
        return {}, device, "device"
    names = [base.__name__ for base in type(device).__mro__]
    parts = list(device.unit_cell_devices)
    cell, pair = Reader(device, "device"), type(device).__name__
    told: dict[str, Any]
    if {"OneSidedUnitCell", "DifferenceUnitCell"} & set(names) and parts:
        told = {"kind": "one-sided"} | _refresh(cell)
    elif "VectorUnitCell" in names and len(parts) == 2 and _signs(device) == [1, -1]:
        told = {"kind": "differential"}
        cell.tell("gamma_vec", "kept", "cell.kind")
        is_both = cell.look("update_policy", "All") == "All"
        note = "" if is_both else "both cells are pulsed here"
        cell.tell("update_policy", "kept" if is_both else "lost", "cell.kind", note)
    else:
        raise ConfigError(
            f"the unit cell {pair} has no counterpart here; OneSidedUnitCell, DifferenceUnitCell "
            "and a VectorUnitCell of gamma_vec [1, -1] have. A transfer between arrays is a way of "
            "writing here: rule: {through: tiki-taka-v2}"
        )
    is_alike = all(part == parts[0] for part in parts)
    note = "" if is_alike else "both cells are built as the first here"
    cell.tell("unit_cell_devices", "kept" if is_alike else "changed", "cell.kind", note)
    lines += cell.rest({"first_update_idx": "", "construction_seed": IDLE["construction_seed"]})
    return told, parts[0], "device.unit_cell_devices[0]"


def _signs(device: Any) -> list[float]:
    return [float(factor) for factor in getattr(device, "gamma_vec", [])]


def _refresh(cell: Reader) -> dict[str, Any]:
    """Return when a one-sided pair is refreshed."""
    if not (every := int(cell.look("refresh_every", 0))):
        return {}
    told: dict[str, Any] = {"refresh_every": every}
    by_batch = cell.look("units_in_mbatch", True)
    note = "" if by_batch else "counts updates here, vectors there"
    cell.tell("refresh_every", "kept" if by_batch else "changed", "cell.refresh_every", note)
    cell.tell("units_in_mbatch", "kept" if by_batch else "lost", "cell.refresh_every", note)
    for theirs, ours in _THRESHOLDS:
        if hasattr(cell.thing, theirs):
            told[ours] = cell.keep(theirs, f"cell.{ours}")
    for name in ("refresh_forward", "refresh_update"):
        cell.tell(name, "lost", note="refreshed through the array's own periphery here")
    return told


_THRESHOLDS = (
    ("refresh_upper_thres", "refresh_upper"),
    ("refresh_lower_thres", "refresh_lower"),
)


def _reset(device: Reader) -> dict[str, Any]:
    fixed, fresh = device.look("reset_dtod"), device.look("reset_std")
    for name in ("reset_dtod", "reset_std"):
        note = "root of the squares of both, drawn anew at each reset"
        device.tell(name, "changed", "cell.reset_noise", note)
    if device.look("reset"):
        device.tell("reset", "lost", note="cells are reset to their lower bound here")
    noise = float((fixed**2 + fresh**2) ** 0.5)
    return {"reset_noise": noise} if noise else {}


def _beside(rpu_config: Any) -> list[Line]:
    """Return lines of what stands beside device, reads and writes."""
    whole = Reader(rpu_config, "rpu_config")
    notes = {
        "noise_model": "programming, drift and read noise: see the preset "
        "pcm-inference-nandakumar2019",
        "drift_compensation": "see devices.calibrate and devices.compensate",
        "mapping": "weights are not scaled or cut into tiles here (`tile` declares the latter)",
    }
    lines = []
    for name in whole.names():
        if name in _READ_ELSEWHERE or whole.look(name) is None:
            continue
        value = type(getattr(rpu_config, name)).__name__
        note = notes.get(name, "not read")
        lines.append(Line(f"rpu_config.{name}", value, "lost", "", note))
    return lines


def _built(told: dict[str, Any], name: str, device: str, lines: list[Line]) -> Technology:
    origin = f"aihwkit configuration of {device}"
    words = {
        "summary": f"Read from an aihwkit configuration of {device}.",
        "source": origin,
        "sources": {f"{piece}.*": origin for piece in told} | {"spread.initial": "assumed"},
        "not_modelled": tuple(
            re.sub(r"\s+", " ", f"{line.theirs}: {line.note}")
            for line in lines
            if line.fate == "lost"
        ),
    }
    try:
        return Technology.model_validate({"name": name} | told | words)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"]) or "the configuration"
        raise ConfigError(
            f"{origin}: {path}: {first['msg']}, found {first['input']!r:.80}"
        ) from None
