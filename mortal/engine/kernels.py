"""Which kernels compute a run: those that began it, in every session and every worker.

What `auto` stands for depends on what is installed. Kernels agree to the last bit in most of what
they do and not in all, so one run is of one backend; the first part of each lot tells which.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from devices.kernels import UnknownBackend, load, resolve
from mortal.config import Plan
from mortal.errors import ConfigError, LogError
from mortal.logbook.files import read_log_file, read_part_provenance
from mortal.logbook.parts import LOG_NAME, list_parts

__all__ = ["require_backend", "require_kernels", "require_recorded"]


def require_kernels(plan: Plan) -> None:
    """Refuse a plan whose kernels cannot run here.

    Raises:
        ConfigError: what is missing.
    """
    try:
        load(plan.config.backend)
    except UnknownBackend as error:
        raise ConfigError(str(error)) from None


def require_recorded(folder: Path, plan: Plan) -> None:
    """Refuse to finish a run with other kernels than those that began it.

    Raises:
        ConfigError: both are named.
    """
    for backend in _recorded(folder):
        require_backend(plan, backend, f"{folder}: this run was begun")


def require_backend(plan: Plan, backend: str, told: str) -> None:
    """Refuse kernels other than some backend's.

    Args:
        plan: as it would be computed here.
        backend: as it is to be computed.
        told: who says so, with a verb.

    Raises:
        ConfigError: both are named.
    """
    wanted = plan.config.backend
    here = resolve(wanted)
    if here != backend:
        meant = f"{wanted!r} is {here!r}" if wanted != here else f"it is {here!r}"
        raise ConfigError(
            f"{told} with the backend {backend!r}, and here {meant}: finish it where {backend!r} "
            f"runs, or begin another run with --set backend={here} in another folder (--out)"
        )


def _recorded(folder: Path) -> list[str]:
    """Return the backends that have computed the run in a folder; none where nothing tells."""
    return list(dict.fromkeys(str(_provenance(folder).get("backend", "")).split()))


def _provenance(folder: Path) -> Mapping[str, Any]:
    """Return what the merged log or, if there is none, the first part of some lot tells."""
    if (folder / LOG_NAME).exists():
        return read_log_file(folder / LOG_NAME, is_provenance_only=True)[0]
    for parts in list_parts(folder).values():
        # Damaged, or merged just now: any other lot tells the same.
        with suppress(LogError, FileNotFoundError):
            return read_part_provenance(parts[min(parts)])
    return {}
