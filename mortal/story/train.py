"""Train: learn from labelled data, in the hardware."""

from mortal.config.steps import TrainStep
from mortal.rules.peripheral import one_hot
from mortal.story.schooling import Curve, schedule_of
from mortal.story.world import World

__all__ = ["train"]


def train(world: World, step: TrainStep) -> None:
    """Let the cohort of this moment learn from the training split."""
    inputs, labels = world.split("train")
    cohort = world.cohort
    if cohort is None or not len(cohort.population):
        return
    schedule = schedule_of(step)
    world.narrator.begin(f"train {world.moment.cohort}", schedule.pieces(len(inputs)))
    curve = Curve(world, cohort, cohort.population, "train")
    targets = one_hot(labels, world.data.classes)
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
