"""Ageing on digits: what three years cost, what schooling regains, what heirs inherit.

python scripts/claims/ageing.py [--seeds 3]
"""

import argparse

import numpy as np
from lives import exam, live, mean_and_error, table

STORY = """
version: 1
name: ageing
data: {name: digits}
cohorts:
  elders: {technology: mortal-default, layers: [64, 128, 128], count: 8}
  heirs: {like: elders}
  immortal: {like: elders, technology: exact}
story:
  - train: {cohort: [elders, immortal], epochs: 10}
  - examine: {cohort: [elders, immortal]}
  - age: {cohort: [elders, immortal], by: 3 years, temperature: 55 C}
  - examine: {cohort: [elders, immortal]}
  - distil: {from: elders, to: heirs, answers: soft, softening: 2, budget: 1000, epochs: 20}
  - examine: {cohort: heirs}
  - train: {cohort: elders, epochs: 10}
  - examine: {cohort: elders}
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=3)
    given = arguments.parse_args()
    found = []
    for seed in range(1, given.seeds + 1):
        log = live(STORY, seed=seed)
        young, aged, again = (exam(log, "elders", number) for number in range(3))
        heirs = exam(log, "heirs", 0)
        lost = young - aged
        found.append(
            [
                young.mean(),
                aged.mean(),
                lost.mean(),
                lost.std(ddof=1) / np.sqrt(lost.size),
                heirs.mean(),
                again.mean(),
                100 * (again - aged).mean() / lost.mean(),
                exam(log, "immortal", 1).mean(),
            ]
        )
    header = ["young", "aged", "lost", "its error over devices", "heirs of the aged"]
    header += ["aged, retrained", "regained, % of the loss", "exact control, aged"]
    means = [mean_and_error(column) for column in zip(*found, strict=True)]
    print(
        f"digits, mortal-default, 8 devices, 3 years at 55 C, seeds 1 to {given.seeds}; accuracy %"
    )
    print(table(header, [[f"{mean:.1f} +- {error:.1f}" for mean, error in means]]))


if __name__ == "__main__":
    main()
