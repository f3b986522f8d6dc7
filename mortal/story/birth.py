"""Birth: a cohort is grown, and what its devices were born with is written down."""

import numpy as np

from devices import probe
from devices.manufacture import wafer_of
from mortal.logbook import Record
from mortal.organism import Population
from mortal.story.world import Cohort, World

__all__ = ["birth"]


def birth(world: World, _: None = None) -> None:
    """Grow the cohort of this moment, as far as its ranks are told here."""
    name, first = world.moment.cohort, world.moment.first_serial
    config = world.plan.config.cohorts[name]
    world.first_serial[name] = first
    ranks = world.ranks_of(name)
    if not ranks.size:
        return
    twins = config.identical_to
    population = Population(
        world.plan.technologies[name],
        config.layers,
        world.data.classes,
        config.rule,
        first + ranks,
        seed=world.plan.config.seed,
        cohort=list(world.plan.config.cohorts).index(name),
        backend=world.plan.config.backend,
        made_as=None if twins is None else world.first_serial[twins] + ranks,
    )
    world.cohorts[name] = Cohort(name, config, population, ranks, world.moment.generation)
    world.write([_record(world, world.cohorts[name])])


def _record(world: World, cohort: Cohort) -> Record:
    arrays = list(cohort.population.arrays.values())
    made = [probe.summary(array) for array in arrays]
    shared = [probe.shared(array) for array in arrays]
    columns: dict[str, object] = {
        name: np.stack([summary[name] for summary in made], axis=1) for name in made[0]
    }
    columns |= {
        "wafer_component": np.stack([part.wafer for part in shared], axis=1),
        "row_component": np.stack([part.row.std(axis=1) for part in shared], axis=1),
        "column_component": np.stack([part.column.std(axis=1) for part in shared], axis=1),
        "wafer": wafer_of(cohort.population.technology.spread, arrays[0].made_as),
        "generation": cohort.generation,
        "technology": cohort.population.technology.title,
        "rule": cohort.population.settings.name,
        "variant": cohort.config.variant or "",
    }
    return world.record("birth", cohort, {}, columns)
