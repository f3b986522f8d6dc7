"""Which device computes: what `--device` makes of a plan."""

from dataclasses import replace

from devices.kernels import gpu_answers
from mortal.config.resolve import Plan

__all__ = ["on_device"]


def on_device(plan: Plan, device: str) -> Plan:
    """Return a plan whose backend computes on a device.

    A backend of the processor that the file names stays; that there is a GPU to run on is
    checked when the plan is run.

    Args:
        plan: of a file.
        device: cpu, cuda, or auto: a GPU where one answers, else the processor.
    """
    is_gpu = device == "cuda" or (device == "auto" and gpu_answers())
    named = plan.config.backend
    backend = "cuda" if is_gpu else "auto" if named == "cuda" else named
    return replace(plan, config=plan.config.model_copy(update={"backend": backend}))
