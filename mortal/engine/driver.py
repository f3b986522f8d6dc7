"""Run a plan, from birth to the merged log, on one engine or another."""

import os
import platform
import shutil
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from devices.kernels import resolve
from mortal.config import Plan
from mortal.config.check import data_for
from mortal.data import Dataset
from mortal.engine.assignments import Assignments
from mortal.engine.chorus import Chorus
from mortal.engine.errand import Engine, Errand
from mortal.engine.folder import CONFIGURATION, Standing, prepare, require_usable, sweep_out
from mortal.engine.kernels import require_kernels, require_recorded
from mortal.engine.life import now
from mortal.engine.lock import locked
from mortal.engine.lots import Lot, cut, declare, lots_of, serials_of
from mortal.engine.options import Options
from mortal.engine.planning import Forecast, disk, forecast
from mortal.engine.serial import Serial
from mortal.engine.sizing import Sizes, free_memory, measure, ranks_for
from mortal.engine.stopping import Stopping, on_signals
from mortal.errors import ConfigError, RunFailed, RunStopped
from mortal.logbook import Logbook, merge, survey
from mortal.logbook.space import in_bytes
from mortal.narrator import Narrator, Quiet

__all__ = ["configuration_in", "foresee", "provenance", "run"]


def run(
    plan: Plan,
    folder: Path,
    *,
    narrator: Narrator | None = None,
    overwrite: bool = False,
    engine: Engine | None = None,
    options: Options | None = None,
    lots: int | None = None,
    stopping: Stopping | None = None,
) -> Path:
    """Tell the story of a plan and return the path of its log.

    The same plan in the same folder finishes what is missing: lots that are done are left as they
    are, others go on from their last checkpoint, and the log is the same as of one session.

    Args:
        plan: what to run.
        folder: where the log goes.
        narrator: is told what happens.
        overwrite: replace another run that lies there.
        engine: where it runs; default: in this process.
        options: how it is kept.
        lots: pieces to cut cohorts into; default: as memory and workers ask for.
        stopping: asked, the run stops where it can be taken up again; default: by signals.

    Raises:
        ConfigError: known to be wrong before growth; nothing is written. Or the run was begun with
            other kernels than compute here.
        LogError: the log cannot be written.
        RunFailed: some lots failed; the others are done.
        RunStopped: a stop was asked for; the same call finishes the run.
    """
    plan = _anchored(plan)
    dataset = data_for(plan)
    require_kernels(plan)
    engine, options = engine or Serial(), options or Options()
    if plan.code is not None:
        options = replace(options, code=str(plan.code.absolute()))
    narrator = Quiet() if narrator is None else narrator
    sizes = measure(plan, dataset)
    wanted = _cut(plan, sizes, engine, options, lots)
    require_usable(folder, plan, overwrite)
    with locked(folder):
        found = prepare(folder, plan, overwrite)
        if found == Standing.DONE:
            narrator.note(f"{folder} already holds this run, finished")
            return merge(folder)
        require_recorded(folder, plan)
        known = lots_of(folder)
        if not known:
            declare(folder, plan, wanted)
            known = {lot.number: lot for lot in wanted}
        if found == Standing.BEGUN:
            narrator.note(f"{folder} holds this run, begun; finishing it")
        _require_space(folder, plan, sizes, len(known), options)
        _live(plan, dataset, folder, known, engine, options, narrator, stopping)
        log = merge(folder)
        sweep_out(folder)
        return log


def configuration_in(folder: Path) -> Path:
    """Return the configuration of the run that a folder holds.

    Raises:
        ConfigError: it holds none.
    """
    path = folder / CONFIGURATION
    if not path.is_file():
        raise ConfigError(f"{folder}: no run lies here ({CONFIGURATION} is missing)")
    return path


def foresee(
    plan: Plan,
    *,
    engine: Engine | None = None,
    options: Options | None = None,
    lots: int | None = None,
) -> Forecast:
    """Return how a plan would be cut and what it would take; it is not run.

    Raises:
        ConfigError: as `run`.
    """
    dataset = data_for(plan)
    require_kernels(plan)
    engine, options = engine or Serial(), options or Options()
    sizes = measure(plan, dataset)
    return forecast(plan, dataset, sizes, _cut(plan, sizes, engine, options, lots), engine.workers)


def _live(
    plan: Plan,
    dataset: Dataset,
    folder: Path,
    lots: dict[int, Lot],
    engine: Engine,
    options: Options,
    narrator: Narrator,
    stopping: Stopping | None,
) -> None:
    told = survey(folder, damaged="skip")
    done = {n for n, lot in told.lots.items() if lot.is_complete} if told else set()
    assignments = Assignments((n for n in lots if n not in done), options.retries)
    chorus = Chorus(folder, plan, dataset, lots.values(), narrator)
    for number in done & lots.keys():
        chorus.ended(number, "done")
    chorus.tell_earlier()
    asked = stopping or Stopping()

    def say() -> None:
        narrator.note(
            "stopping where every device can be taken up again; interrupt once more to stop now"
        )

    with on_signals(asked, say):
        engine.run(
            Errand(
                folder=folder,
                lots=lots,
                assignments=assignments,
                options=options,
                provenance=provenance(plan),
                chorus=chorus,
                narrator=narrator,
                stopping=asked,
                told=(plan, dataset),
                share=_share(plan, engine, options),
            )
        )
    if assignments.failures:
        _write_down(plan, folder, lots, assignments.failures)
        raise RunFailed(_failed(folder, lots, assignments.failures))
    if asked.is_asked and not assignments.is_finished:
        raise RunStopped(f"stopped; `mortal resume {folder}` goes on from here")


def _write_down(plan: Plan, folder: Path, lots: dict[int, Lot], failures: dict[int, str]) -> None:
    """Let the log say which devices' lots failed, and why."""
    for number, reason in failures.items():
        book = Logbook.resume(
            folder, configuration_text=plan.text(), configuration_hash=plan.hash(), lot=number
        )
        book.fail(reason, serials_of(plan, lots[number]))


def _failed(folder: Path, lots: dict[int, Lot], failures: dict[int, str]) -> str:
    told = "; ".join(f"{lots[number]}: {reason}" for number, reason in sorted(failures.items()))
    rest = ", the others are done" if len(failures) < len(lots) else ""
    return (
        f"{len(failures)} of {len(lots)} lots failed{rest}. {told}. "
        f"`mortal resume {folder}` tries again what failed"
    )


def _cut(
    plan: Plan, sizes: Sizes, engine: Engine, options: Options, lots: int | None
) -> tuple[Lot, ...]:
    memory = options.memory or free_memory(plan.config.backend)
    ranks = ranks_for(plan, sizes, workers=engine.workers, memory=memory, lots=lots)
    return cut(plan, ranks)


def _share(plan: Plan, engine: Engine, options: Options) -> float:
    """Return the bytes that a worker may take; a GPU's are not counted by the system."""
    if plan.config.backend == "cuda":
        return 0.0
    return (options.memory or free_memory(plan.config.backend)) / engine.workers


def _require_space(folder: Path, plan: Plan, sizes: Sizes, lots: int, options: Options) -> None:
    """Refuse what cannot fit on the disk; a log and states are written beside their successors."""
    taken = disk(plan, sizes, lots)
    # Without states to keep, only those of the lots at work lie there.
    needed = taken.log + taken.parts if options.keep == "none" else taken.most
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise ConfigError(
            f"{folder}: the log and the states of all devices take {in_bytes(needed)} while they "
            f"are renewed, and {in_bytes(free)} are free: make room, keep no states (--keep "
            "none), take fewer devices or another --out"
        )


def _anchored(plan: Plan) -> Plan:
    """Return a plan whose data is found from any folder, by any worker."""
    wanted = plan.config.data
    path = wanted.path or (None if wanted.name == "digits" else os.environ.get("MORTAL_DATA"))
    if path is None:
        return plan
    data = wanted.model_copy(update={"path": str(Path(path).expanduser().absolute())})
    return replace(plan, config=plan.config.model_copy(update={"data": data}))


def provenance(plan: Plan) -> dict[str, str]:
    """Return what is to know of this session: versions, platform, backend, time."""
    packages = ("mortal-crossbars", "numpy", "h5py", "pydantic", "scikit-learn")
    return {
        "started": now(),
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
