"""A run's folder with the states of small populations, as an engine keeps them."""

import numpy as np

from mortal.config import load
from mortal.organism import Population
from mortal.schedule import Schedule
from mortal.states import FOLDER, write_states

TEXT = """\
version: 1
name: small
seed: 7
backend: reference
data: {name: digits, train: 60, test: 30}
cohorts:
  elders: {technology: mortal-default, layers: [64, 8], count: 4}
  twins: {like: elders, rule: {name: forward-forward, rate: 0.01}, identical_to: elders}
story:
  - train: {cohort: [elders, twins]}
  - examine: {cohort: elders}
"""
CLASSES = 10


def plan():
    return load(TEXT)


def grown(name, serials, made_as=None):
    """Some devices of a cohort as its run grows them."""
    of = plan()
    cohort = of.config.cohorts[name]
    return Population(
        of.technologies[name], cohort.layers, CLASSES, cohort.rule, np.array(serials, np.int64),
        seed=of.config.seed, cohort=list(of.config.cohorts).index(name), backend="reference",
        made_as=None if made_as is None else np.array(made_as, np.int64),
    )  # fmt: skip


def school(population, epochs=1):
    """Teach a population; every device the same. Return what it answers."""
    rng = np.random.default_rng(5)
    x = rng.uniform(0, 1, (20, 64)).astype(np.float32)
    targets = rng.dirichlet(np.ones(CLASSES), 20).astype(np.float32)
    population.learn(x, targets, Schedule(epochs=epochs, batch=5))
    return population.answer(x[:4])


def begun(folder):
    """A folder with a configuration and an empty place for states."""
    (folder / FOLDER).mkdir(parents=True)
    (folder / "configuration.yaml").write_text(plan().text(), encoding="utf-8")
    return folder


def keep(folder, name, moment, step, **populations):
    """Write one file of states; return its path."""
    path = folder / FOLDER / f"{name}.h5"
    notes = {"moment": moment, "step": step, "sequence": moment}
    frozen = {cohort: population.freeze() for cohort, population in populations.items()}
    write_states(path, frozen, notes, configuration=plan().hash())
    return path
