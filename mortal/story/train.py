"""Train: learn from labelled data, in the hardware."""

from typing import Any

import numpy as np
import numpy.typing as npt

import distill
from mortal.config.steps import TrainStep
from mortal.rules.peripheral import one_hot
from mortal.story.mistaken import told
from mortal.story.questions import draws_of, shown
from mortal.story.schooling import Curve, schedule_of
from mortal.story.world import Cohort, World

__all__ = ["train"]


def train(world: World, step: TrainStep) -> None:
    """Let the cohort of this moment learn from a split of the data, or some of it."""
    cohort = world.cohort
    if cohort is None or not len(cohort.population):
        return
    inputs, labels = world.split(step.data)
    places = _places(world, step)
    targets = one_hot(_labels(world, step, cohort, labels, places), world.data.classes)
    if places.size < labels.size:
        inputs = inputs[places]
    schedule = schedule_of(step)
    world.narrator.begin(f"train {world.moment.cohort}", schedule.pieces(len(inputs)))
    curve = Curve(world, cohort, cohort.population, "train")
    cohort.population.learn(
        inputs,
        targets,
        schedule,
        progress=curve.watch(),
        tick=curve.tick,
        middle=world.middle,
    )
    world.narrator.end()
    world.write(curve.records)


def _places(world: World, step: TrainStep) -> npt.NDArray[np.int64]:
    """Return which samples of the split are shown."""
    left = shown(world, step.data, step.without, step.only)
    if step.budget is None:
        return left
    return left[distill.choose(left.size, step.budget, draws_of(world)).asked]


def _labels(
    world: World,
    step: TrainStep,
    cohort: Cohort,
    labels: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
) -> npt.NDArray[Any]:
    """Return the labels of some samples, `[sample]`, or `[device, sample]` where some are wrong."""
    if step.right == 1:
        return labels[places]
    key, classes = [world.plan.config.seed], world.data.classes
    return told(labels[places], classes, step.right, key, cohort.ranks, places)
