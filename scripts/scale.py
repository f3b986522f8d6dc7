"""How much memory, time and disk a whole story takes, against the number of its devices.

python scripts/scale.py 100 1000 10000 [--workers 2] [--samples 300] [--foresee] [--json]

Each count is one `mortal run` of 64-32-32 devices, a quarter each elders, heirs, clones and loners,
from birth to burial, in a process of its own. Peaks are VmHWM of /proc, looked at while it lives:
of the driver, which merges the log, and of the largest worker. With --foresee the forecast of
`mortal run --plan` stands beside what was measured.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

STORY = """\
version: 1
name: scale
seed: 7
data: {{name: digits, train: {samples}, test: 100}}
cohorts:
  elders: {{technology: mortal-default, layers: [64, 32, 32], count: {count}, rule: mono-forward}}
  heirs:  {{like: elders}}
  clones: {{like: elders}}
  loners: {{like: elders}}
story:
  - train:   {{cohort: [elders, loners], epochs: 2}}
  - examine: {{cohort: [elders, loners]}}
  - age:     {{cohort: elders, by: 3 years, temperature: 55 C}}
  - examine: {{cohort: elders}}
  - distil:  {{from: elders, to: heirs, softening: 4, budget: {samples}, epochs: 2}}
  - copy:    {{from: elders, to: clones, by: write-verify}}
  - examine: {{cohort: [heirs, clones]}}
  - bury:    {{cohort: elders}}
"""
_SECONDS = 0.05
"""Between two looks; a peak that is over stands in the next one all the same."""


def main() -> None:
    """Run each count and print a table, or a line of JSON each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("counts", type=int, nargs="+", help="devices in all, multiples of 4")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--lots", type=int, default=None)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--foresee", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if any(count < 4 or count % 4 for count in given.counts):
        parser.error("counts are multiples of 4: a quarter each elders, heirs, clones and loners")
    if not given.json:
        print(" devices workers lots  driver    worker      time       log    states parts")
    for count in given.counts:
        with tempfile.TemporaryDirectory() as place:
            found = measure(Path(place), count, given.workers, given.lots, given.samples)
            if given.foresee:
                found["plan"] = foresee(Path(place), given.workers, given.lots)
        print(json.dumps(found) if given.json else line(found), flush=True)


def measure(
    place: Path, count: int, workers: int, lots: int | None, samples: int
) -> dict[str, Any]:
    """Return what the run of some devices took; memory and disk in bytes, time in s."""
    file, folder = place / "scale.yaml", place / "run"
    file.write_text(STORY.format(count=count // 4, samples=samples), encoding="utf-8")
    began = time.perf_counter()
    with open(place / "said", "w", encoding="utf-8") as said:
        driver = subprocess.Popen(
            command(file, workers, lots, "--out", str(folder)), stdout=said, stderr=said
        )
        peaks: dict[int, int] = {}
        parts = disk = 0
        work = used()
        while driver.poll() is None:
            for process in family(driver.pid):
                with suppress(OSError):
                    peaks[process] = max(peaks.get(process, 0), peak(process))
            parts = max(parts, len(list((folder / "parts").glob("[0-9]*.h5"))))
            inside = (folder, folder / "parts", folder / "states")
            disk = max(disk, sum(map(size_of, inside)))
            time.sleep(_SECONDS)
    seconds = time.perf_counter() - began
    if driver.returncode != 0:
        raise SystemExit((place / "said").read_text(encoding="utf-8"))
    own = peaks.pop(driver.pid)
    return {
        "devices": count,
        "workers": workers,
        "lots": len(json.loads((folder / "lots.json").read_text(encoding="utf-8"))["lots"]),
        "driver": own,
        "worker": max(peaks.values()) if workers > 1 else own,
        "seconds": seconds,
        "processor": used() - work,
        "log": (folder / "log.h5").stat().st_size,
        "states": size_of(folder / "states"),
        "disk_most": disk,
        "parts_most": parts,
    }


def foresee(place: Path, workers: int, lots: int | None) -> dict[str, Any]:
    """Return what the planner says of the same run."""
    from mortal.config import load
    from mortal.engine import engine_for
    from mortal.engine import foresee as forecast

    with engine_for(workers=workers) as engine:
        found = forecast(load(place / "scale.yaml"), engine=engine, lots=lots)
    return {
        "text": str(found),
        "worker": found.memory,
        "seconds": found.seconds,
        "log": found.disk.log,
        "states": found.disk.states,
        "most": found.disk.most,
    }


def used() -> float:
    """Return the seconds of processors that children which have ended have used."""
    told = os.times()
    return told.children_user + told.children_system


def command(file: Path, workers: int, lots: int | None, *more: str) -> list[str]:
    """Return the command line of a run."""
    cut = [] if lots is None else ["--lots", str(lots)]
    where = ["--workers", str(workers)] if workers > 1 else []
    return [sys.executable, "-m", "mortal.cli", "run", str(file), *where, *cut, *more]


def family(driver: int) -> list[int]:
    """Return a process and its children."""
    found = [driver]
    with suppress(OSError):
        tasks = Path(f"/proc/{driver}/task").iterdir()
        found += [
            int(number) for task in tasks for number in (task / "children").read_text().split()
        ]
    return found


def peak(process: int) -> int:
    """Return the most bytes that a process has had in memory so far."""
    told = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", told)
    return 1024 * int(found[1]) if found else 0


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    total = 0
    with suppress(OSError):
        for entry in os.scandir(folder):
            with suppress(OSError):
                total += entry.stat().st_size
    return total


def line(found: dict[str, Any]) -> str:
    """Return a row of the table, and below it what was foreseen."""
    told = (
        f"{found['devices']:8d} {found['workers']:7d} {found['lots']:4d} "
        f"{found['driver'] / 1e6:5.0f} MB {found['worker'] / 1e6:6.0f} MB "
        f"{found['seconds']:7.1f} s {found['log'] / 1e6:6.2f} MB {found['states'] / 1e6:6.1f} MB "
        f"{found['parts_most']:5d}"
    )
    return told + ("\n" + found["plan"]["text"] if "plan" in found else "")


if __name__ == "__main__":
    if not Path("/proc/self/status").exists():
        raise SystemExit("peaks of memory are read from /proc, which this system lacks")
    main()
