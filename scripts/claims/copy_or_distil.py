"""Copying against distilling as the read paths of two devices differ more and more, on digits.

Elders learn in their hardware. Heirs learn from 1000 soft answers of their elder on unlabelled
inputs. Clones are written, by write-verify, with the elder's weights as a perfect microscope sees
them. The factor scales the read-path mismatch of mortal-default (cell gains, spread of I-V
curvature, column gains and offsets); 1 is mortal-default, 2 the upper end of the literature's
range (docs/decisions/0014-mortal-default.md). For EcRam, factor 0 is the published device.

    python scripts/claims/copy_or_distil.py [--seeds 3] [--factors 0 1 2]
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
  - distil: {from: elders, to: heirs, answers: soft, softening: 4, budget: 1000, epochs: 10}
  - copy: {from: elders, to: clones, by: write-verify}
  - copy: {from: elders, to: blind, by: open-loop}
  - examine: {cohort: [heirs, clones, blind]}
"""
MISMATCH = ("cell_gain", "curvature", "column_gain", "column_offset")


def settings(technology: str, factor: float) -> list[str]:
    spread = preset("mortal-default").spread
    scaled = ", ".join(f"{name}: {factor * getattr(spread, name)}" for name in MISMATCH)
    return [f"cohorts.elders.technology={{like: {technology}, spread: {{{scaled}}}}}"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--factors", type=float, nargs="+", default=[0, 0.25, 0.5, 1, 1.5, 2])
    arguments.add_argument(
        "--technologies", nargs="+", default=["mortal-default", "ecram-tang2018"]
    )
    given = arguments.parse_args()
    print(
        f"digits, 8 devices, seeds 1 to {given.seeds}; accuracy %, mean +- standard error of seeds"
    )
    for technology in given.technologies:
        rows = []
        for factor in given.factors:
            found = []
            for seed in range(1, given.seeds + 1):
                log = live(STORY, settings(technology, factor), seed)
                arms = [exam(log, "elders", 0), exam(log, "heirs", 0), exam(log, "heirs", 1)]
                arms += [exam(log, "clones", 0), exam(log, "blind", 0)]
                found.append([*(arm.mean() for arm in arms), np.mean(arms[2] - arms[3])])
            means = [mean_and_error(column) for column in zip(*found, strict=True)]
            rows.append([f"{factor:g}", *(f"{mean:.1f} +- {error:.1f}" for mean, error in means)])
            print(rows[-1], file=sys.stderr, flush=True)
        header = ["mismatch", "elders", "untaught", "heirs", "clones, write-verify"]
        header += ["clones, open-loop", "heirs - clones"]
        print(f"\n{technology}\n\n{table(header, rows)}", flush=True)


if __name__ == "__main__":
    main()
