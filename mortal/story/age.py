"""Age: rest unpowered for years, in one call."""

from devices.technology.units import show
from mortal.config.steps import AgeStep
from mortal.story.world import World

__all__ = ["age"]


def age(world: World, step: AgeStep) -> None:
    """Let time pass for cohorts."""
    for name in step.cohort:
        cohort = world.cohorts[name]
        if not len(cohort.population):
            continue
        is_modelled = cohort.population.age(step.by, step.temperature)
        if not is_modelled:
            world.narrator.note(
                f"{name}: {cohort.population.technology.name} declares no retention data, so "
                f"{show(step.by, 'time')} leave its weights as they are"
            )
        event = {
            "duration": step.by,
            "temperature": step.temperature,
            "modelled": is_modelled,
        }
        world.write([world.record("ageing", cohort, event, {})])
