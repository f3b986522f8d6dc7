"""How long the report of a thousand devices takes, and how large it is.

    python scripts/bench_report.py [--repeats 3]

Lives 400 elders, 400 heirs and 200 loners of [64, 8] on 8x8 digits (two exams with answers, ageing,
deaths, teaching), then writes the report several times, each in a process of its own.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIFE = """\
version: 1
name: thousand
seed: 7
data: {name: digits, train: 100, test: 50}
cohorts:
  elders: {technology: mortal-default, layers: [64, 8], count: 400, rule: mono-forward,
           death: {below: 0.2}}
  heirs:  {like: elders}
  loners: {like: elders, count: 200}
story:
  - train:   {cohort: elders, epochs: 5}
  - examine: {cohort: elders, answers: 50}
  - age:     {cohort: elders, by: 3 years, temperature: 55 C}
  - examine: {cohort: elders, answers: 50}
  - distil:  {from: elders, to: heirs, inputs: train, answers: soft, budget: 50, epochs: 5}
  - train:   {cohort: loners, epochs: 1}
  - examine: {cohort: [heirs, loners], answers: 50}
"""


def command(*arguments: str) -> float:
    """Run `mortal` and return how long it took, s."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "mortal.cli", *arguments], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as place:
        life, run = Path(place, "life.yaml"), Path(place, "run")
        life.write_text(LIFE, encoding="utf-8")
        command("run", str(life), "--out", str(run))
        took = [command("report", str(run)) for _ in range(repeats)]
        size = (run / "report.html").stat().st_size / 1e6
    print(
        f"report of 1,000 devices: median {statistics.median(took):.1f} s of {repeats} "
        f"({min(took):.1f} to {max(took):.1f}), {size:.2f} MB"
    )


if __name__ == "__main__":
    main()
