"""Checkpoints of a lot: the whole of its world, from time to time and at every death."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.engine.options import Options
from mortal.engine.stopping import Stopped, Stopping
from mortal.errors import LogError
from mortal.freezing import Build
from mortal.lesson import Middle
from mortal.logbook.durable import make_folder
from mortal.organism import Population
from mortal.states import FOLDER, SAID, Frozen, read_states, regrow, write_states
from mortal.story import Cohort, World

__all__ = ["Checkpoints"]

_LEARNER = "learner"
"""Name of the population that learns apart from its cohort; a cohort's begins with `cohort:`."""


class Checkpoints:
    """Keeps one lot of a run, and stops its story where that is asked for.

    A checkpoint names the moments that have been told and, of the one being told, the epochs.
    All that was logged until then is committed before; what is told again after says the same.
    The two newest are kept, so that one may be damaged.
    """

    def __init__(
        self, folder: Path, lot: int, configuration: str, options: Options, stopping: Stopping
    ) -> None:
        self._folder, self._lot, self._configuration = folder / FOLDER, lot, configuration
        self._options, self._stopping = options, stopping
        self._last = time.monotonic()
        self._is_saved = False

    def is_due(self) -> bool:
        """Whether it is time, or a stop was asked for."""
        is_time = time.monotonic() - self._last >= self._options.every
        return is_time or self._stopping.is_asked

    def within(
        self,
        world: World,
        learner: Population,
        middle: Middle,
        said: Sequence[npt.NDArray[Any]],
    ) -> None:
        """Keep a moment in its midst."""
        self._save(world, middle, learner, said)
        self._stop_if_asked()

    def after(self, world: World) -> None:
        """Keep the world between two moments, if it is time."""
        self._is_saved = False
        if self._options.keep == "all" or self.is_due():
            self._save(world, None, None)
        self._stop_if_asked()

    def dying(self, world: World, cohort: Cohort, ending: npt.NDArray[np.bool_]) -> None:
        """Keep those whose lives end."""
        if self._options.keep == "none":
            return
        leaving = cohort.population.freeze().take(np.flatnonzero(ending))
        notes = self._notes(world) | {"cohorts": {"dead": _told_of(cohort)}}
        path = self._folder / f"{self._lot:04d}-{world.sequence:06d}-dead.h5"
        self._write(path, {"dead": leaving}, notes)

    def restore(self, world: World) -> None:
        """Put a world where its lot was last kept; one that never was begins at the beginning."""
        for path in reversed(self._checkpoints()):
            try:
                notes, frozen = read_states(path, configuration=self._configuration)
            except FileNotFoundError:  # a worker that was given up for lost still kept its own
                continue
            except LogError as error:
                world.narrator.note(f"{error}; going back to an earlier checkpoint")
                continue
            if notes["parts"] > world.book.parts:
                # What it goes on from was logged in parts that are lost; they will be new ones.
                path.unlink(missing_ok=True)
                continue
            _fill(world, notes, frozen)
            return

    def finish(self, world: World) -> None:
        """Keep the last state of the living, or nothing, as the options say."""
        if self._options.keep == "none":
            self._forget(0)
        elif not self._is_saved:
            self._save(world, None, None)
        if self._options.keep == "last":
            self._forget(1)

    def _save(
        self,
        world: World,
        middle: Middle | None,
        learner: Population | None,
        said: Sequence[npt.NDArray[Any]] = (),
    ) -> None:
        homes: dict[int, str] = {}
        cohorts: dict[str, Any] = {}
        populations: dict[str, Frozen] = {}
        for name, cohort in world.cohorts.items():
            home = homes.setdefault(id(cohort), name)
            if home != name:  # a successor that kept its own name too
                cohorts[name] = {"same_as": home}
                continue
            cohorts[name] = _told_of(cohort) | {"ranks": cohort.ranks.tolist()}
            populations[f"cohort:{name}"] = cohort.population.freeze()
        if learner is not None and all(c.population is not learner for c in world.cohorts.values()):
            populations[_LEARNER] = learner.freeze()
        if learner is not None and said:
            populations[SAID] = _as_frozen(learner, said)
        notes = self._notes(world) | {
            "middle": None if middle is None else asdict(middle),
            "cohorts": cohorts,
            "first_serial": world.first_serial,
        }
        path = self._folder / f"{self._lot:04d}-{world.reached:06d}.h5"
        self._write(path, populations, notes)
        self._last, self._is_saved = time.monotonic(), True
        if self._options.keep != "all":
            self._forget(2)

    def _forget(self, kept: int) -> None:
        paths = self._checkpoints()
        for path in paths[: len(paths) - kept]:
            with suppress(OSError):
                path.unlink()

    def _checkpoints(self) -> list[Path]:
        """Return the files of this lot but for its graves, the oldest first."""
        return sorted(self._folder.glob(f"{self._lot:04d}-{'[0-9]' * 6}.h5"))

    def _write(self, path: Path, populations: Mapping[str, Frozen], notes: Any) -> None:
        make_folder(self._folder)
        write_states(path, populations, notes, configuration=self._configuration)

    def _notes(self, world: World) -> dict[str, Any]:
        return {
            "lot": self._lot,
            "moment": world.reached,
            "step": world.step,
            "sequence": world.sequence,
            "parts": world.book.parts,
        }

    def _stop_if_asked(self) -> None:
        if self._stopping.is_asked:
            raise Stopped


def _told_of(cohort: Cohort) -> dict[str, Any]:
    return {"born_as": cohort.born_as, "generation": cohort.generation}


def _fill(world: World, notes: Mapping[str, Any], frozen: Mapping[str, Frozen]) -> None:
    for name, told in notes["cohorts"].items():
        if "same_as" in told:
            continue
        state = frozen[f"cohort:{name}"]
        population = regrow(world.plan, state)
        ranks = np.array(told["ranks"], np.int64)
        config = world.plan.config.cohorts[told["born_as"]]
        world.cohorts[name] = Cohort(told["born_as"], config, population, ranks, told["generation"])
    for name, told in notes["cohorts"].items():
        if "same_as" in told:
            world.cohorts[name] = world.cohorts[told["same_as"]]
    world.cohorts = {name: world.cohorts[name] for name in notes["cohorts"]}
    world.first_serial = dict(notes["first_serial"])
    middle = notes["middle"]
    world.reached, world.middle = notes["moment"], None if middle is None else Middle(**middle)
    world.learner = frozen.get(_LEARNER)
    if SAID in frozen:
        world.said = [answers for _, answers in sorted(frozen[SAID].numbers.items())]


def _as_frozen(learner: Population, said: Sequence[npt.NDArray[Any]]) -> Frozen:
    """Return what learners said, in a form that lies beside their states."""
    made_as = next(iter(learner.arrays.values())).made_as
    answers = {f"{number:06d}": answers for number, answers in enumerate(said)}
    return Frozen(Build.of(learner), learner.serials, made_as, learner.epochs, answers)
