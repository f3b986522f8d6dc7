"""Which non-ideality costs what: each of a technology's is switched off in turn, on digits.

Elders learn in their hardware. Heirs learn from 1000 soft answers of their elder on unlabelled
inputs. Clones are written, by write-verify, with the elder's weights as a perfect microscope sees
them. All three lack what is switched off; every draw stays what it was, so that a change against
the whole technology, taken seed by seed, is that of the one thing (and of what follows from it).
Below stand groups, and all at once.

    python scripts/claims/ablation.py [--seeds 3] [--technology mortal-default]
"""

import argparse
import sys

import numpy as np
from lives import exam, live, mean_and_error, table

from devices import preset

STORY = """
version: 1
name: ablation
data: {name: digits}
cohorts:
  elders: {technology: mortal-default, layers: [64, 128, 128], count: 8}
  heirs: {like: elders}
  clones: {like: elders}
story:
  - train: {cohort: elders, epochs: 5}
  - examine: {cohort: elders}
  - distil: {from: elders, to: heirs, answers: soft, softening: 2, budget: 1000, epochs: 10}
  - copy: {from: elders, to: clones, by: write-verify}
  - examine: {cohort: [heirs, clones]}
"""
COHORTS = ("elders", "heirs", "clones")
GROUPS = ("response", "spread", "read")


def arms(technology: str) -> list[tuple[str, ...]]:
    """Return what is switched off in each arm: nothing, every piece or number, groups, all."""
    singles = preset(technology).non_idealities
    # A whole piece stands for its numbers.
    singles = tuple(p for p in singles if p.rpartition(".")[0] not in singles)
    everything = tuple(dict.fromkeys(path.partition(".")[0] for path in singles))
    return [(), *((path,) for path in singles), *((group,) for group in GROUPS), everything]


def accuracies(technology: str, without: tuple[str, ...], seeds: int) -> np.ndarray:
    """Return the mean accuracy of each cohort, `[seed, cohort]`, in percent."""
    built = f"{{like: {technology}, without: [{', '.join(without)}]}}"
    change = [f"cohorts.elders.technology={built}"]
    logs = [live(STORY, change, seed) for seed in range(1, seeds + 1)]
    return np.array([[exam(log, cohort, 0).mean() for cohort in COHORTS] for log in logs])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--technology", default="mortal-default")
    given = arguments.parse_args()
    rows, whole = [], np.zeros(0)
    for without in arms(given.technology):
        found = accuracies(given.technology, without, given.seeds)
        whole = whole if without else found
        row = [", ".join(without) or "nothing"]
        for values, before in zip(found.T, whole.T, strict=True):
            row.append("{:.1f} +- {:.1f}".format(*mean_and_error(values)))
            change = "{:+.1f} +- {:.1f}".format(*mean_and_error(values - before))
            row.append(change if without else "")
        rows.append(row)
        print(*row, sep="  ", file=sys.stderr, flush=True)
    header = ["off", *(name for cohort in COHORTS for name in (cohort, "change"))]
    print(
        f"digits, {given.technology}, 8 devices, seeds 1 to {given.seeds}; accuracy %, and its "
        "change seed by seed; mean +- standard error of seeds"
    )
    print(f"\n{table(header, rows)}")


if __name__ == "__main__":
    main()
