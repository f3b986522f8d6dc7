"""Run a plan in this process, from birth to the merged log."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_limits

from devices.kernels import UnknownBackend, resolve
from devices.kernels import load as load_kernels
from mortal.config import Plan
from mortal.config.check import data_for
from mortal.engine.folder import Standing, prepare
from mortal.errors import ConfigError
from mortal.logbook import Logbook, merge
from mortal.narrator import Narrator, Quiet
from mortal.story import World, tell

__all__ = ["provenance", "run"]


def run(
    plan: Plan, folder: Path, *, narrator: Narrator | None = None, overwrite: bool = False
) -> Path:
    """Tell the story of a plan and return the path of its log.

    The same plan in the same folder finishes what is missing: the story is told again from its
    beginning, which gives the same events, and those already committed are kept.

    Args:
        plan: what to run.
        folder: where the log goes.
        narrator: is told what happens.
        overwrite: replace another run that lies there.

    Raises:
        ConfigError: known to be wrong before growth; nothing is written.
        LogError: the log cannot be written.
    """
    dataset = data_for(plan)
    try:
        load_kernels(plan.config.backend)
    except UnknownBackend as error:
        raise ConfigError(str(error)) from None
    found = prepare(folder, plan, overwrite)
    told_to = Quiet() if narrator is None else narrator
    if found == Standing.DONE:
        told_to.note(f"{folder} already holds this run, finished")
        return merge(folder)
    if found == Standing.BEGUN:
        told_to.note(f"{folder} holds this run, begun; finishing it")
    book = Logbook.resume(
        folder,
        configuration_text=plan.text(),
        configuration_hash=plan.hash(),
        provenance=provenance(plan),
    )
    # One thread: on a busy machine idle BLAS threads spin, and sums keep one order.
    with threadpool_limits(1):
        tell(World(plan, dataset, book, told_to))
    book.finish({"ended": _now()})
    return merge(folder)


def provenance(plan: Plan) -> dict[str, str]:
    """Return what is to know of this session: versions, platform, backend, time."""
    packages = ("mortal-crossbars", "numpy", "h5py", "pydantic", "scikit-learn")
    return {
        "started": _now(),
        "backend": resolve(plan.config.backend),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": str(os.cpu_count()),
        **{f"version_{name.replace('-', '_')}": _version(name) for name in packages},
    }


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:  # a checkout that was never installed
        return "not installed"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
