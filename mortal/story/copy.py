"""Copy: the control arm. One device's weights are read out and written into another."""

import numpy as np

from devices import probe, program
from mortal import offset
from mortal.config.steps import CopyStep
from mortal.story.pairing import pairs
from mortal.story.world import World

__all__ = ["copy"]


def copy(world: World, step: CopyStep) -> None:
    """Write each source's weights into the target of its rank; digital memory passes exactly."""
    sources, targets = world.cohorts.get(step.source), world.cohort
    if sources is None or targets is None:
        return
    reading, writing = pairs(world, sources, targets)
    if not writing.size:
        return
    elders = sources.population.take(reading)
    clones = targets.population.take(writing)
    reports = [
        program(
            clones.arrays[name],
            probe.weights(array, step.read_error),
            step.by,
        )
        for name, array in elders.arrays.items()
    ]
    offset.pass_on(elders, clones)
    sources.population.put(reading, elders)
    targets.population.put(writing, clones)
    cells = [array.rows * array.columns for array in clones.arrays.values()]
    squares = sum(size * report.error**2 for size, report in zip(cells, reports, strict=True))
    columns: dict[str, object] = {
        "source_serial": elders.serials,
        "error": np.sqrt(squares / sum(cells)),
        "pulses": np.sum([report.pulses for report in reports], axis=0).astype(np.int64),
        "reads": np.sum([report.reads for report in reports], axis=0).astype(np.int64),
        "energy": np.sum([report.joules for report in reports], axis=0),
    }
    record = world.record("copy", targets, {"mode": step.by}, columns, clones.serials)
    world.write([record])
