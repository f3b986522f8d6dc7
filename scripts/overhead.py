"""What the engine and the log cost: a run beside the same story told with both switched off.

python scripts/overhead.py [lineage lots images] [--rounds 7] [--json]

    lineage   examples/lineage.yaml: 8 elders, 8 heirs, 8 clones of 64-128-128
    lots      two lots of 64 elders, heirs and clones of 64-32-32
    images    8 devices of 784-256-256, on noise of the size of MNIST's images

With: `mortal.engine.run`, from the plan to the merged log, states kept, in this process. Without:
the same lots of the same data told to a book and a keeper that do nothing. They take turns, there
and back (A B, B A, ...), after a first round that is not counted; a ratio is of neighbours in time.
It is told of the clock, which waits for the disk and for whatever else the machine does, and of the
processor's time, which does not.
"""

import argparse
import gzip
import json
import struct
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from mortal.config import Plan, load
from mortal.config.check import data_for
from mortal.engine import run
from mortal.engine.lots import lots_of
from mortal.logbook import Record
from mortal.narrator import Quiet
from mortal.story import World, tell

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "lineage.yaml"
STORY = """\
version: 1
name: overhead
seed: 7
data: {{name: {data}, train: {train}, test: {test}}}
cohorts:
  elders: {{technology: mortal-default, layers: {layers}, count: {count}, rule: mono-forward}}
  heirs:  {{like: elders}}
  clones: {{like: elders}}
story:
  - train:   {{cohort: elders, epochs: 10}}
  - examine: {{cohort: elders}}
  - age:     {{cohort: elders, by: 3 years, temperature: 55 C}}
  - examine: {{cohort: elders}}
  - distil:  {{from: elders, to: heirs, softening: 2, budget: {train}, epochs: 10}}
  - copy:    {{from: elders, to: clones, by: write-verify}}
  - examine: {{cohort: [heirs, clones]}}
  - bury:    {{cohort: elders}}
"""
LOTS = {"data": "digits", "train": 1000, "test": 500, "layers": [64, 32, 32], "count": 128}
IMAGES = {"data": "mnist", "train": 1000, "test": 500, "layers": [784, 256, 256], "count": 8}


_AT = (25, 50, 75)


def main() -> None:
    """Measure some cases and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", default=["lineage", "lots", "images"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.json:
        print("case      of          with   without  ratio (quartiles)")
    for case in given.cases:
        with tempfile.TemporaryDirectory() as place:
            found = measure(plan_of(case, Path(place)), Path(place), given.rounds)
        told = {"case": case, "rounds": given.rounds, **found}
        print(json.dumps(told) if given.json else line(told), flush=True)


def plan_of(case: str, place: Path) -> Plan:
    """Return the plan of a case; what it reads is put into a folder."""
    if case == "lineage":
        return load(EXAMPLE)
    if case == "lots":
        return load(STORY.format(**LOTS))
    if case == "images":
        write_noise(place / "images")
        return load(STORY.format(**IMAGES), overrides=[f"data.path={place / 'images'}"])
    raise SystemExit(f"there is no case {case}; there are lineage, lots, images")


def measure(plan: Plan, place: Path, rounds: int) -> dict[str, Any]:
    """Return medians with and without, in s, and quartiles of their ratio, by clock and by work."""
    number = 0

    def with_both() -> None:
        nonlocal number
        number += 1
        run(plan, place / f"run-{number}")

    def without() -> None:
        tell_only(plan, place / "run-1")

    with_both()
    without()
    taken: dict[str, list[tuple[float, float]]] = {"with": [], "without": []}
    calls: list[tuple[str, Callable[[], None]]] = [("with", with_both), ("without", without)]
    for turn in range(rounds):
        for name, call in calls if turn % 2 == 0 else reversed(calls):
            clock, work = time.perf_counter(), time.process_time()
            call()
            taken[name].append((time.perf_counter() - clock, time.process_time() - work))
    seconds = {name: np.array(found).T for name, found in taken.items()}
    return {
        kind: {name: float(np.median(found[number])) for name, found in seconds.items()}
        | {"ratio": list(np.percentile(seconds["with"][number] / seconds["without"][number], _AT))}
        for number, kind in enumerate(("clock", "processor"))
    }


class Nothing:
    """A book in which nothing is written."""

    def commit(self, records: Iterable[Record]) -> None:
        """Forget the records, which have been made."""


def tell_only(plan: Plan, folder: Path) -> None:
    """Tell the story of a run once more, lot by lot as it was cut, and keep nothing of it."""
    data = data_for(plan)
    book: Any = Nothing()
    with threadpool_limits(1):
        for lot in lots_of(folder).values():
            tell(World(plan, data, book, Quiet(), scope=lot.scope))


def write_noise(folder: Path) -> None:
    """Write images of noise, in classes that can be told apart, as MNIST's files are."""
    folder.mkdir()
    draws = np.random.default_rng(1)
    means = draws.integers(0, 256, (10, 784))
    for name, count in (("train", 2000), ("t10k", 500)):
        labels = np.arange(count, dtype=np.uint8) % 10
        images = (means[labels] + draws.integers(0, 256, (count, 784))) // 2
        for kind, magic, sizes, values in (
            ("images-idx3", 2051, (count, 28, 28), images.astype(np.uint8)),
            ("labels-idx1", 2049, (count,), labels),
        ):
            head = struct.pack(f">I{len(sizes)}I", magic, *sizes)
            path = folder / f"{name}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(head + values.tobytes()))


def line(told: dict[str, Any]) -> str:
    """Return the rows of a case."""
    rows = []
    for kind in ("clock", "processor"):
        found = told[kind]
        low, middle, high = found["ratio"]
        rows.append(
            f"{told['case']:9s} {kind:9s} {found['with']:5.2f} s {found['without']:7.2f} s  "
            f"{middle:.3f} ({low:.3f} to {high:.3f})"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
