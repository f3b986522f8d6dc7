"""Grow the devices of a frozen population anew, as a run's configuration says, and thaw them."""

from devices import FrozenElsewhere
from mortal.config import Plan
from mortal.freezing import Frozen
from mortal.organism import Population

__all__ = ["regrow"]


def regrow(plan: Plan, frozen: Frozen, *, backend: str | None = None) -> Population:
    """Return a population that lives on where it was frozen.

    Args:
        plan: of its run; its technology, layers and rule are those of the cohort it was born as.
        frozen: the population.
        backend: kernels to go on with; default: those that computed so far.

    Raises:
        FrozenElsewhere: the plan builds such devices otherwise; what differs is named.
        WrongShape: the frozen numbers are incomplete or damaged.
        UnknownBackend: the kernels that computed so far, or those asked for, cannot run here.
    """
    names, number = list(plan.config.cohorts), frozen.build.cohort
    if not 0 <= number < len(names):
        raise FrozenElsewhere(
            f"frozen devices are of cohort number {number}, and there are {len(names)} cohorts"
        )
    cohort = plan.config.cohorts[names[number]]
    population = Population(
        plan.technologies[names[number]],
        cohort.layers,
        frozen.build.classes,
        cohort.rule,
        frozen.serials,
        seed=plan.config.seed,
        cohort=number,
        backend=frozen.build.backend if backend is None else backend,
        made_as=frozen.made_as,
    )
    population.thaw(frozen, on_another_backend=backend is not None)
    return population
