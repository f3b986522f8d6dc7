"""Examine: ask questions, compare with the truth, and see who is dead."""

import numpy as np
import numpy.typing as npt

from devices import probe
from mortal.config.steps import ExamineStep
from mortal.logbook import Record
from mortal.narrator import ExamRow
from mortal.organism import Exam
from mortal.story.bury import end_lives
from mortal.story.world import Cohort, World

__all__ = ["examine"]


def examine(world: World, step: ExamineStep) -> None:
    """Examine the cohort of this moment on a split of the data."""
    inputs, labels = world.split(step.data)
    cohort, name = world.cohort, world.moment.cohort
    if cohort is None:
        return
    if not len(cohort.population):
        world.narrator.note(f"{name}: no device is alive")
        return
    exam = cohort.population.examine(inputs, labels, keep=step.answers)
    failed, worn = _dead(cohort, exam)
    is_alive = ~(failed | worn)
    population = cohort.population
    ledger = population.ledger()
    per_array = {
        "stuck_fraction": [a.is_stuck().mean(axis=(1, 2)) for a in population.arrays.values()],
        "wear_mean": [probe.wear(a) for a in population.arrays.values()],
        "weight_std": [
            probe.weights(a).std(axis=(1, 2), dtype=np.float64) for a in population.arrays.values()
        ],
    }
    world.write(
        [
            world.record(
                "exam",
                cohort,
                {
                    "data": step.data,
                    "generation": cohort.generation,
                    "chance": exam.chance,
                    "majority": exam.majority,
                },
                {
                    "accuracy": exam.accuracy,
                    "loss": exam.loss,
                    "age": ledger.clock,
                    "energy": ledger.total,
                    "pulses": ledger.pulses.astype(np.int64),
                    "alive": is_alive,
                    **{key: np.stack(parts, axis=1) for key, parts in per_array.items()},
                },
            ),
            *_answers(world, cohort, exam),
        ]
    )
    world.narrator.exam(
        ExamRow(
            world.step,
            name,
            cohort.generation,
            float(ledger.clock.mean()),
            exam.accuracy,
            exam.chance,
            exam.majority,
            int((~is_alive).sum()),
        )
    )
    end_lives(world, cohort, failed & ~worn, "accuracy")
    end_lives(world, cohort, worn[is_alive | worn], "stuck")


def _answers(world: World, cohort: Cohort, exam: Exam) -> list[Record]:
    """Return a record of each question whose answers are kept."""
    if exam.answers is None:
        return []
    return [
        world.record("answer", cohort, {"question": at}, {"log_probability": exam.answers[:, at]})
        for at in range(exam.answers.shape[1])
    ]


def _dead(cohort: Cohort, exam: Exam) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return who failed the exam and who is worn out, `[device]` each."""
    limits, nobody = cohort.config.death, np.zeros(len(cohort.population), np.bool_)
    failed = nobody if limits.below is None else exam.accuracy < limits.below
    worn = nobody if limits.stuck is None else cohort.population.stuck_fraction() > limits.stuck
    return failed, worn
