"""What it costs to reach an accuracy: joules, seconds, pulses and reads, beside digital work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from survival.cells import UNTAUGHT
from survival.results import Results
from survival.stages import RULES, factor_of

from devices import preset_names


@dataclass(frozen=True)
class Spent:
    """What one device had spent, on the mean, when the mean accuracy was first seen as high.

    Attributes:
        images: shown by then.
        joules, seconds, pulses, reads: of all arrays, birth included.
        birth: J spent before the first image (calibration of fast arrays).
    """

    images: float
    joules: float
    seconds: float
    pulses: float
    reads: float
    birth: float


@dataclass
class Bargain:
    """All that reached it, and what did not.

    Attributes:
        reached: by rule and preset, the way that took the fewest joules, and what it took.
        every: by rule, preset and way.
        never: presets on which no way reached it, by rule.
        digital: multiply-accumulates that backprop without physics took; 0: not measured.
    """

    reached: dict[tuple[str, str], tuple[str, Spent]] = field(default_factory=dict)
    every: dict[tuple[str, str, str], Spent] = field(default_factory=dict)
    never: dict[str, list[str]] = field(default_factory=dict)
    digital: float = 0.0


def bargain(results: Results, percent: float) -> Bargain:
    """Return what each rule and preset of the grid took to reach an accuracy."""
    told = Bargain()
    for rule in RULES:
        told.never[rule] = []
        for technology in preset_names():
            found = ways_that_reach(results, rule, technology, percent)
            if found is None:
                continue
            if technology == "exact":
                if rule == "backprop" and found:
                    images = next(iter(found.values())).images
                    told.digital = images * macs(results.tasks["grid"].layers)
                continue
            told.every |= {(rule, technology, way): spent for way, spent in found.items()}
            if found:
                way = min(found, key=lambda name: found[name].joules)
                told.reached[rule, technology] = (way, found[way])
            else:
                told.never[rule].append(technology)
    return told


def ways_that_reach(
    results: Results, rule: str, technology: str, percent: float
) -> dict[str, Spent] | None:
    """Return what each way that reached it took, None where nothing was measured."""
    lines = [
        (cell.way, line)
        for cell, line in results.of("grid", rule=rule, technology=technology)
        if "curve" in line
        and cell.way != UNTAUGHT
        and cell.factor == factor_of(results, rule, technology, cell.way)
    ]
    if not lines:
        return None
    found, task = {}, results.tasks["grid"]
    for way, line in lines:
        birth = line["curve"][0][2]
        # The last look is the exam at the end, which takes more images.
        seen = [row[1] for row in line["curve"][1:-1]] + [float(np.mean(line["accuracy"]))]
        for accuracy, row in zip(seen, line["curve"][1:], strict=True):
            if 100 * accuracy >= percent:
                images, _, joules, seconds, pulses, reads = row
                images = min(images, task.train * task.epochs)  # the last batch may be short
                found[way] = Spent(images, joules, seconds, pulses, reads, birth)
                break
    return found


def macs(layers: Sequence[int], classes: int = 10) -> int:
    """Return the multiply-accumulates of digital backprop for one image.

    Forward and gradient take one for each weight, the way back one for each but the first layer's.
    """
    widths = [*layers, classes]
    weights = [before * after for before, after in pairwise(widths)]
    return 2 * sum(weights) + sum(weights[1:])
