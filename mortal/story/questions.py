"""What teachers are asked in a story: inputs of the data, or questions made of them or of none."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import distill
from mortal.config.questions import QuestionsConfig
from mortal.story.world import World

__all__ = ["draws_of", "questions_of", "shown"]

Array = npt.NDArray[np.float32]


def questions_of(world: World, sources: Sequence[QuestionsConfig], teachers: object) -> Any:
    """Return what `distill.transfer` takes for inputs: a pool `[sample, feature]`, or questions.

    Args:
        world: whose data is asked about.
        sources: as a step declares them.
        teachers: who dreams, where questions are generated.
    """
    found = [_source(world, source, teachers) for source in sources]
    if len(found) == 1:
        return found[0]
    return distill.Blend([(one, of.part) for one, of in zip(found, sources, strict=True)])


def shown(
    world: World, split: str, without: Sequence[int], only: Sequence[int] = ()
) -> npt.NDArray[np.int64]:
    """Return the places of a split's samples that are left where classes are held out."""
    labels = world.split(split)[1]
    kept = ~np.isin(labels, without)
    return np.flatnonzero(kept & np.isin(labels, only) if only else kept)


def draws_of(world: World, *more: int) -> np.random.Generator:
    """Return draws keyed by the place in the story, whoever has died before.

    Args:
        world: being told.
        more: whole numbers that set some draws of a step apart from others.
    """
    path = [int(number) for number in world.step.split(".")]
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence([world.plan.config.seed, *path, *more]))
    )


def _source(world: World, source: QuestionsConfig, teachers: object) -> Any:
    pool: Any = None
    if source.split is not None:
        inputs = world.split(source.split)[0]
        held_out = source.without or source.only
        pool = (
            inputs[shown(world, source.split, source.without, source.only)] if held_out else inputs
        )
    made: Any = pool
    if source.name == "marginal":
        made = distill.Marginal(pool)
    elif source.name == "mixed":
        made = distill.Mixed(pool, (source.share[0], source.share[1]))
    elif source.name == "uniform":
        made = distill.Uniform(world.data.features, source.low, source.high)
    elif source.name == "generated":
        made = distill.Generated(teachers, world.data.features)
    if source.noise or source.drop:
        made = distill.Perturbed(made, noise=source.noise, drop=source.drop, within=(0.0, 1.0))
    return made
