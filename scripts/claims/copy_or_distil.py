"""Copying against distilling as the read paths of two devices differ more and more, on digits.

Elders learn in their hardware. Heirs learn from 1000 soft answers of their elder on unlabelled
inputs. Clones are written, by write-verify, with the elder's weights as a perfect microscope sees
them. The factor scales the read-path mismatch of mortal-default (cell gains, spread of I-V
curvature, column gains and offsets); 1 is mortal-default, 2 the upper end of the literature's
range (docs/decisions/0014-mortal-default.md). The arms:

    mortal-default   a cell's gain error acts on its whole conductance
    shared-access    the same, but cell and reference share their access device, so that gain
                     errors scale only their difference
    ecram-tang2018   factor 0 is the published device, whose spreads lie in the update path only
    exact            the control without physics

The untaught are the random baseline.

    python scripts/claims/copy_or_distil.py [--seeds 3] [--arms mortal-default ...]
"""

import argparse
import sys

import numpy as np
from lives import exam, live, mean_and_error, table

from devices import preset

STORY = """
version: 1
name: copy-or-distil
data: {name: digits}
cohorts:
  elders: {technology: {like: mortal-default}, layers: [64, 128, 128], count: 8}
  heirs: {like: elders}
  clones: {like: elders}
  blind: {like: elders}
story:
  - train: {cohort: elders, epochs: 10}
  - examine: {cohort: [elders, heirs]}
  - distil: {from: elders, to: heirs, answers: soft, softening: 2, budget: 1000, epochs: 20}
  - copy: {from: elders, to: clones, by: write-verify}
  - copy: {from: elders, to: blind, by: open-loop}
  - examine: {cohort: [heirs, clones, blind]}
"""
MISMATCH = ("cell_gain", "curvature", "column_gain", "column_offset")
ARMS = {
    "mortal-default": ("like: mortal-default", (0, 0.125, 0.25, 0.5, 1, 2)),
    "shared-access": ("like: mortal-default, cell: {shared_access: true}", (0, 1, 2)),
    "ecram-tang2018": ("like: ecram-tang2018", (0, 1, 2)),
    "exact": ("like: exact", (0,)),
}


def settings(technology: str, factor: float) -> str:
    spread = preset("mortal-default").spread
    scaled = ", ".join(f"{name}: {factor * getattr(spread, name)}" for name in MISMATCH)
    return f"cohorts.elders.technology={{{technology}, spread: {{{scaled}}}}}"


def row(technology: str, factor: float, seeds: int) -> list[str]:
    found = []
    for seed in range(1, seeds + 1):
        log = live(STORY, [settings(technology, factor)], seed)
        arms = [exam(log, "elders", 0), exam(log, "heirs", 0), exam(log, "heirs", 1)]
        arms += [exam(log, "clones", 0), exam(log, "blind", 0)]
        found.append([*(arm.mean() for arm in arms), np.mean(arms[2] - arms[3])])
    means = [mean_and_error(column) for column in zip(*found, strict=True)]
    return [f"{factor:g}", *(f"{mean:.1f} +- {error:.1f}" for mean, error in means)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    given = arguments.parse_args()
    print(
        f"digits, 8 devices, seeds 1 to {given.seeds}; accuracy %, mean +- standard error of seeds"
    )
    header = ["mismatch", "elders", "untaught", "heirs", "clones, write-verify"]
    header += ["clones, open-loop", "heirs - clones"]
    for arm in given.arms:
        technology, factors = ARMS[arm]
        rows = []
        for factor in factors:
            rows.append(row(technology, factor, given.seeds))
            print(arm, *rows[-1], sep="  ", file=sys.stderr, flush=True)
        print(f"\n{arm}\n\n{table(header, rows)}", flush=True)


if __name__ == "__main__":
    main()
