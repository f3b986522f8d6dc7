"""Cells: the pulsed devices of aihwkit as responses and spreads.

Step sizes of both directions, as aihwkit builds them from `dw_min` and `up_down` = u:

    D_up = dw_min (1 + min(u, 0)),  D_down = dw_min (1 - max(u, 0))

Here both are told by their mean and the half of their difference, so what is relative to `dw_min`
there is relative to that mean here.
"""

from collections.abc import Callable
from typing import Any

from mortal.adapters.aihwkit.report import Fate, Reader
from mortal.errors import ConfigError

__all__ = ["IDLE", "READABLE", "family_of", "response_of", "spread_of"]

READABLE = {
    "ConstantStepDevice": "constant",
    "LinearStepDevice": "linear",
    "SoftBoundsReferenceDevice": "soft-bounds",
    "SoftBoundsDevice": "soft-bounds",
    "ExpStepDevice": "exponential",
    "PowStepDevice": "power",
    "PiecewiseStepDevice": "piecewise",
    "IdealDevice": "exact",
    "FloatingPointDevice": "exact",
}
"""Classes of devices that can be read, or whose subclasses can, and the responses they become."""

IDLE = {
    "construction_seed": "devices are told apart by serial numbers",
    "enforce_consistency": "bounds and steps have their signs here at all times",
    "perfect_bias": "arrays have no bias row of their own",
    "reset": "single cells are never reset here",
    "reset_dtod": "single cells are never reset here",
    "reset_std": "single cells are never reset here",
    "corrupt_devices_range": "there are no corrupt cells",
    "apply_write_noise_on_set": "weights are not set here",
    "count_pulses": "pulses are always counted here",
    "mean_bound_reference": "there is no slope",
    "allow_increasing": "slopes are taken without their sign there",
    "drift": "acts there only where it is called",
}


def family_of(device: Any) -> str:
    """Return the name of the nearest class that can be read.

    Raises:
        ConfigError: there is none.
    """
    for base in type(device).__mro__:
        if base.__name__ == "SoftBoundsPmaxDevice":  # its numbers do not tell its steps clearly
            break
        if base.__name__ in READABLE:
            return base.__name__
    raise ConfigError(
        f"the device {type(device).__name__} has no counterpart here; {', '.join(READABLE)}, their "
        "subclasses, and pairs of them can be read"
    )


def response_of(device: Reader, family: str) -> dict[str, Any]:
    """Return the response of a device, as `devices.technology` declares it."""
    kind = READABLE[family]
    if kind == "exact":
        return {"kind": kind}
    mean, asymmetry = _steps(device)
    told: dict[str, Any] = {"kind": kind, "step": mean, "asymmetry": asymmetry}
    told["w_max"] = device.keep("w_max", "response.w_max")
    told["w_min"] = device.keep("w_min", "response.w_min")
    told["cycle_noise"] = device.keep("dw_min_std", "response.cycle_noise")
    if hasattr(device.thing, "mult_noise"):
        told["noise"] = (
            "multiplicative" if device.keep("mult_noise", "response.noise") else "additive"
        )
    elif kind == "constant":
        told["noise"] = "multiplicative"
    if written := device.look("write_noise_std"):
        told["write_noise"] = written * device.look("dw_min") / mean
        device.tell("write_noise_std", "kept", "response.write_noise", _relative(device, mean))
    return told | (_OWN[kind](device) if kind in _OWN else {})


def spread_of(device: Reader, family: str, mean: float) -> dict[str, Any]:
    """Return the spread of a device.

    Args:
        device: with its response read.
        family: of `family_of`.
        mean: step here.
    """
    ratio, note = device.look("dw_min") / mean, _relative(device, mean)
    told: dict[str, Any] = {}
    for theirs, ours in (("dw_min_dtod", "step"), ("up_down_dtod", "asymmetry")):
        told[ours] = device.look(theirs) * ratio
        device.tell(theirs, "kept", f"spread.{ours}", note)
    if device.look("dw_min_dtod_log_normal", False):
        told["step_shape"] = "log-normal"
        device.tell("dw_min_dtod_log_normal", "kept", "spread.step_shape")
    for theirs, ours in (("w_max_dtod", "w_max"), ("w_min_dtod", "w_min")):
        told[ours] = device.keep(theirs, f"spread.{ours}")
    if family == "LinearStepDevice":
        up, down = device.look("gamma_up_dtod"), device.look("gamma_down_dtod")
        told["gamma"] = (up + down) / 2
        fate: Fate = "kept" if up == down else "changed"
        for name in ("gamma_up_dtod", "gamma_down_dtod"):
            device.tell(name, fate, "spread.gamma", "" if up == down else "their mean")
    if family == "PowStepDevice":
        told["gamma"] = device.look("pow_gamma_dtod") * device.look("pow_gamma")
        device.tell("pow_gamma_dtod", "kept", "spread.gamma", "absolute here, relative there")
    if family == "SoftBoundsReferenceDevice":
        told["reference"] = device.keep("reference_std", "spread.reference")
        if device.look("subtract_symmetry_point", False):
            note = (
                "the reference lies about weight 0 here, cell by cell at its symmetry point there"
            )
            device.tell("subtract_symmetry_point", "lost", note=note)
    if stuck := device.look("corrupt_devices_prob"):
        within = device.look("corrupt_devices_range", 1000)
        is_anywhere = within >= max(device.look("w_max"), -device.look("w_min"))
        ours = "stuck_random" if is_anywhere else "stuck"
        told[ours] = stuck
        note = "" if is_anywhere else f"stuck as grown here, within {within:g} of zero there"
        for name in ("corrupt_devices_prob", "corrupt_devices_range"):
            device.tell(name, "kept" if is_anywhere else "changed", f"spread.{ours}", note)
    return {name: value for name, value in told.items() if value != 0}


def _steps(device: Reader) -> tuple[float, float]:
    """Return the mean step and the asymmetry relative to it."""
    dw_min, u = device.look("dw_min"), device.look("up_down")
    up, down = dw_min * (1 + min(u, 0)), dw_min * (1 - max(u, 0))
    mean = (up + down) / 2
    if not mean > 0:
        raise ConfigError(
            f"{device.place}: dw_min {dw_min} and up_down {u} leave no step; dw_min must be above "
            "0 and up_down below 2"
        )
    device.tell("dw_min", "kept", "response.step", _relative(device, mean))
    if u:
        device.tell("up_down", "kept", "response.asymmetry", "half the difference of both steps")
    return mean, (up - down) / (2 * mean)


def _relative(device: Reader, mean: float) -> str:
    return "" if mean == device.look("dw_min") else "relative to the mean of both steps here"


def _linear(device: Reader) -> dict[str, Any]:
    slopes = {name: abs(device.keep(name, f"response.{name}")) for name in _SLOPES}
    by_mean = device.look("mean_bound_reference", True)
    if any(slopes.values()):
        note = "" if by_mean else "slopes refer to the mean bounds here, to each cell's own there"
        device.tell("mean_bound_reference", "kept" if by_mean else "changed", "", note)
    return slopes


_SLOPES = ("gamma_up", "gamma_down")


def _exponential(device: Reader) -> dict[str, Any]:
    names = ("a", "b", *_SLOPES, "A_up", "A_down")
    told = {name: device.keep(name, f"response.{name}") for name in names}
    for theirs, ours in (("dw_min_std_add", "noise_offset"), ("dw_min_std_slope", "noise_slope")):
        if value := device.look(theirs):
            told[ours] = device.keep(theirs, f"response.{ours}", value)
    return told


def _power(device: Reader) -> dict[str, Any]:
    gamma, beta = device.look("pow_gamma"), device.look("pow_up_down")
    device.tell("pow_gamma", "kept", "response.gamma_up, gamma_down")
    if beta:
        device.tell("pow_up_down", "kept", "response.gamma_up, gamma_down")
    return {"gamma_up": gamma * (1 + beta), "gamma_down": gamma * (1 - beta)}


def _piecewise(device: Reader) -> dict[str, Any]:
    tables = {}
    for theirs, ours in (("piecewise_up", "table_up"), ("piecewise_down", "table_down")):
        nodes = list(device.keep(theirs, f"response.{ours}", [1.0])) or [1.0]
        tables[ours] = tuple(nodes if len(nodes) > 1 else nodes * 2)
    return tables


_OWN: dict[str, Callable[[Reader], dict[str, Any]]] = {
    "linear": _linear,
    "exponential": _exponential,
    "power": _power,
    "piecewise": _piecewise,
}
