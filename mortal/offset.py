"""Offsets of a population's answers, one a class: what bias correction leaves in digital memory."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from devices.arrays import beside, to_host

if TYPE_CHECKING:
    from mortal.organism import Population

__all__ = ["NAME", "add", "corrected", "make_room", "pass_on"]

NAME = "answers.offset"
"""In a rule's digital memory, `[device, class]`; absent where nothing was ever corrected."""

Array = npt.NDArray[np.float32]


def add(population: "Population", offsets: Array) -> None:
    """Add offsets `[device, class]` to those there are."""
    memory = population.rule.memory
    known = to_host(memory[NAME]) if NAME in memory else np.float32(0)
    memory[NAME] = population.place(known + offsets)


def corrected(population: "Population", answers: Array) -> Array:
    """Return log-probabilities `[device, sample, class]` with the offsets added, if there are any.

    Costs an addition a sample and class, entered beside the last array.
    """
    if NAME not in population.rule.memory:
        return answers
    moved = answers + to_host(population.rule.memory[NAME])[:, np.newaxis]
    last = list(population.arrays.values())[-1]
    last.ledger.digital += moved[0].size * last.technology.energy.digital
    told: Array = moved - np.logaddexp.reduce(moved, axis=-1, keepdims=True)
    return told


def make_room(population: "Population", other: "Population") -> None:
    """Give a population offsets of 0 where some of its devices come back with some."""
    if NAME in other.rule.memory and NAME not in population.rule.memory:
        add(population, np.zeros((len(population), population.classes), np.float32))
    if NAME in population.rule.memory and NAME not in other.rule.memory:
        add(other, np.zeros((len(other), other.classes), np.float32))


def pass_on(elders: "Population", heirs: "Population") -> None:
    """Copy all digital memory of one population into another of the same build, exactly."""
    heirs.rule.memory.pop(NAME, None)
    for name, numbers in elders.rule.memory.items():
        if name == NAME:
            heirs.rule.memory[name] = beside(numbers, np.array(to_host(numbers)))
        else:
            heirs.rule.memory[name][:] = numbers
