"""Age: rest unpowered for years, in one call."""

from devices.technology.units import show
from mortal.config.steps import AgeStep
from mortal.story.world import World

__all__ = ["age"]


def age(world: World, step: AgeStep) -> None:
    """Let time pass for the cohort of this moment."""
    cohort = world.cohort
    if cohort is None or not len(cohort.population):
        return
    is_modelled = cohort.population.age(step.by, step.temperature)
    if not is_modelled:
        world.narrator.note(
            f"{world.moment.cohort}: {cohort.population.technology.name} declares no retention "
            f"data, so {show(step.by, 'time')} leave its weights as they are"
        )
    event = {"duration": step.by, "temperature": step.temperature, "modelled": is_modelled}
    world.write([world.record("ageing", cohort, event, {})])
