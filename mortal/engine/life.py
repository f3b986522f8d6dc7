"""One lot of a run, lived from its birth, or from where it was left, to its end."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from threadpoolctl import threadpool_limits

from mortal.config import Plan, load
from mortal.config.check import data_for
from mortal.data import Dataset
from mortal.engine.folder import CONFIGURATION
from mortal.engine.keeping import Checkpoints
from mortal.engine.kernels import require_backend
from mortal.engine.lots import Lot
from mortal.engine.options import Options
from mortal.engine.stopping import Stopping
from mortal.logbook import Logbook
from mortal.narrator import Narrator
from mortal.story import World, tell

__all__ = ["live", "now"]


def live(
    folder: Path,
    lot: Lot,
    options: Options,
    *,
    narrator: Narrator,
    stopping: Stopping,
    provenance: dict[str, str],
    told: tuple[Plan, Dataset] | None = None,
) -> None:
    """Tell the story of one lot to its end, and commit all of it.

    Args:
        folder: of the run, with its configuration.
        lot: whose story.
        options: how to keep it.
        narrator: is told what happens.
        stopping: is looked at wherever the story can be left.
        provenance: what is to know of this session.
        told: the plan and its data, where they are at hand; default: as the folder tells.

    Raises:
        Stopped: the lot was left where it can be taken up again.
        ConfigError: other kernels compute here than in the session it belongs to.
        MortalError, DeviceError, DistillError: it failed.
    """
    plan, dataset = _plan_and_data(folder, options.code) if told is None else told
    if "backend" in provenance:
        require_backend(plan, provenance["backend"], f"{folder}: this run is computed")
    book = Logbook.resume(
        folder,
        configuration_text=plan.text(),
        configuration_hash=plan.hash(),
        provenance=provenance,
        lot=lot.number,
    )
    keeper = Checkpoints(folder, lot.number, plan.hash(), options, stopping)
    world = World(plan, dataset, book, narrator, scope=lot.scope, keeper=keeper)
    for note in book.notes:
        narrator.note(note)
    keeper.restore(world)
    narrator.turn(world.reached)
    # One thread: on a busy machine idle BLAS threads spin, and sums keep one order.
    with threadpool_limits(1):
        tell(world)
    keeper.finish(world)
    book.finish({"ended": now()})


def _plan_and_data(folder: Path, code: str | None) -> tuple[Plan, Dataset]:
    """Return the plan of a run's folder, with code that may run, and its data, read once."""
    path = folder / CONFIGURATION
    return _read(path, code, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, code: str | None, _: int) -> tuple[Plan, Dataset]:
    plan = load(path, code=None if code is None else Path(code))
    return plan, data_for(plan)


def now() -> str:
    """Return the time, as provenance tells it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
