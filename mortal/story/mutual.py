"""Mutual: peers teach each other, each with labels of its own or none; there is no elder."""

import numpy as np
import numpy.typing as npt

import distill
from mortal.config.steps import MutualStep
from mortal.logbook import Record
from mortal.story.learner import Learner
from mortal.story.questions import draws_of
from mortal.story.schooling import schedule_of
from mortal.story.world import Cohort, World

__all__ = ["mutual"]


def mutual(world: World, step: MutualStep) -> None:
    """Let the devices of the cohort of this moment teach each other."""
    cohort = world.cohort
    if cohort is None:
        return
    count = len(cohort.population)
    if count < 2:
        alive = "one device is" if count else "no device is"
        world.narrator.note(f"{world.moment.cohort}: {alive} alive, and nobody to learn from")
        return
    inputs, labels = world.split(step.inputs)
    draws = draws_of(world)
    owners = None
    if step.labels:
        everybody = world.plan.config.cohorts[cohort.born_as].count
        # Spread among all that were born: who owns what does not depend on who has died.
        owners = distill.spread_labels(len(labels), everybody, step.labels, draws)[cohort.ranks]
    schedule = schedule_of(step)
    rounds = step.rounds + int(owners is not None)
    owned = 0 if owners is None else int(owners.any(axis=0).sum())
    asked = owned + (len(inputs) - owned if step.per_round is None else step.per_round)
    pieces = schedule.pieces(asked) * step.rounds
    pieces += schedule.pieces(owned) if owned else 0
    world.narrator.begin(f"{world.moment.cohort} teach each other", pieces)
    peers = cohort.population.take(np.arange(count))
    learner = Learner(world, cohort, peers, cohort.ranks, "mutual", rounds)
    learner.enter(schedule)
    told = distill.mutual(
        learner,
        inputs,
        rounds=step.rounds,
        per_round=step.per_round,
        answers=step.answers,
        softening=step.softening,
        bits=step.bits,
        trust=step.trust,
        labels=None if owners is None else labels,
        owners=owners,
        own_share=step.own_share,
        random=draws,
    )
    world.narrator.end()
    cohort.population.put(np.arange(count), peers)
    world.write([*learner.curve.records, *(_record(world, step, cohort, one) for one in told)])
    first, last = (_mean(one.agreement) for one in (told[owned > 0], told[-1]))
    heard = sum(int(one.answer_bits.sum()) for one in told) / count
    world.narrator.note(
        f"{world.moment.cohort} taught each other in {len(told)} rounds, "
        f"{heard / 8192:,.1f} KiB of answers each: agreement {first} at first, {last} in the last"
    )


def _record(world: World, step: MutualStep, cohort: Cohort, one: distill.Round) -> Record:
    return world.record(
        "mutual",
        cohort,
        {"round": one.number, "kind": step.answers, "softening": step.softening},
        {
            "peers": len(cohort.population),
            "asked": one.asked,
            "bits": one.answer_bits,
            "label_bits": one.label_bits,
            "agreement": one.agreement,
        },
    )


def _mean(numbers: npt.NDArray[np.float64]) -> str:
    return f"{numbers.mean():.3f}"
