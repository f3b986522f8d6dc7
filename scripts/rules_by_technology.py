"""Which rule survives on which device: every rule x every preset x four ways of writing.

    MORTAL_DATA=FOLDER python scripts/rules_by_technology.py [--stage STAGE]... [--quick]
        [--rules a,b] [--technologies a,b] [--ways a,b] [--results FILE] [--write]

Stages, in order, all if none is named:

tune      each rule's rate, once, on validation samples (14x14 MNIST, an ideal preset, alternating)
grid      every rule on every preset, written alternating, netted, through Tiki-Taka v2 and AGAD,
          and untaught; 14x14 MNIST, 4 devices
means     what was tried where the distance to `exact` is too large, on validation samples
without   two rules with one non-ideality switched off at a time
exact     every rule without physics on whole MNIST, to stand beside published numbers
best      the five best rules on whole MNIST, 8 devices, 2 seeds

Every measured cell is a line of the results file, written when it is done: who runs the script
again goes on where it stopped, and who stops it loses one cell. `--write` makes docs/rules.md and
its figures from what there is; `--quick` takes digits and few epochs.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from rich.progress import track
from survival.cells import measure, pictures
from survival.report import report
from survival.results import Results
from survival.stages import STAGES, cells, tasks

DOCS = Path(__file__).resolve().parents[1] / "docs"


def run(stage: str, chosen: argparse.Namespace, results: Results) -> None:
    """Measure what a stage lacks; what a rate is found to be may ask for another to be tried."""
    task = results.tasks[stage]
    while wanted := [
        cell
        for cell in cells(stage, results, chosen.rules, chosen.technologies, chosen.ways)
        if cell not in results
    ]:
        data = pictures(task)
        for cell in track(wanted, description=f"{stage}: {len(wanted)} populations"):
            results.add(cell, measure(cell, task, data))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stage", choices=STAGES, action="append")
    parser.add_argument("--quick", action="store_true", help="digits, a few epochs")
    for name in ("rules", "technologies", "ways"):
        parser.add_argument(f"--{name}", type=lambda text: tuple(text.split(",")))
    parser.add_argument("--results", type=Path, help="default: docs/rules.jsonl; quick: required")
    parser.add_argument("--only-report", action="store_true", help="measure nothing")
    parser.add_argument("--write", action="store_true", help="docs/rules.md and its figures")
    chosen = parser.parse_args(arguments)
    if not (chosen.quick or chosen.only_report) and "MORTAL_DATA" not in os.environ:
        parser.error("MORTAL_DATA must name the folder of MNIST (`mortal data get mnist --to DIR`)")
    if chosen.quick and (chosen.write or chosen.results is None):
        parser.error("--quick wants --results FILE, and writes no documents")
    results = Results(chosen.results or DOCS / "rules.jsonl", tasks(chosen.quick))
    for stage in () if chosen.only_report else chosen.stage or STAGES:
        run(stage, chosen, results)
    report(results, DOCS if chosen.write else None)


if __name__ == "__main__":
    main()
