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

    Costs an addition a sample and class, entered beside the last array. Who was never corrected
    answers as it would without the company of those who were.
    """
    if NAME not in population.rule.memory:
        return answers
    offsets = to_host(population.rule.memory[NAME])
    is_moved = (offsets != 0).any(axis=-1)
    last = list(population.arrays.values())[-1]
    work = answers[0].size * last.technology.energy.digital
    last.ledger.digital += np.where(is_moved, work, 0.0)
    moved = answers + offsets[:, np.newaxis]
    moved -= np.logaddexp.reduce(moved, axis=-1, keepdims=True)
    told: Array = np.where(is_moved[:, np.newaxis, np.newaxis], moved, answers)
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
