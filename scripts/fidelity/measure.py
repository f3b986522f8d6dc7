"""Measure where the fast ways of following pulses agree with `per_pulse` (docs/fidelities.md).

python scripts/fidelity/measure.py [--quick] [--write] [--jobs N]
"""

import argparse
import json
import re
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from agreement import FAST, measure, preset_picks
from cases import grid
from tables import NAMES, name_of, report

from devices import Fidelity, preset_names

LETTERS = {"averaged": "a", "composed": "c", "per_sample": "s", "default": "d"}
DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few cases, within a minute")
    parser.add_argument("--write", action="store_true", help="into docs/fidelities.md and .json")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    names = [name for name in preset_names() if name != "exact"]
    with ProcessPoolExecutor(given.jobs) as pool:
        parts = [judged(pool.map(measure, part, chunksize=4)) for part in grid(given.quick)]
        presets = list(pool.map(preset_picks, names[:3] if given.quick else names))
    if given.write:
        write(parts, presets)
    else:
        print(report(*parts, presets))


def judged(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return results, and which fidelities are wrong."""
    return [
        r | {"wrong": {name: not found.is_right() for name, found in r["found"].items()}}
        for r in results
    ]


def write(parts: list[list[dict[str, Any]]], presets: list[dict[str, Any]]) -> None:
    """Put the tables into the page, and every case beside it."""
    page, text = DOCS / "fidelities.md", report(*parts, presets)
    begin, end = "<!-- begin: measured -->", "<!-- end: measured -->"
    kept = page.read_text(encoding="utf-8")
    kept = re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{text}\n{end}", kept, flags=re.DOTALL)
    page.write_text(kept, encoding="utf-8")
    lines = [line for part in parts for line in grouped(part)]
    (DOCS / "fidelities.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def grouped(results: list[dict[str, Any]]) -> list[str]:
    """Return a line of JSON for all signals of the otherwise same case."""
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for r in results:
        case = r["case"]
        key = (name_of(case), case.start, round(1 / case.step), case.travel, case.batch)
        lines.setdefault((*key, case.batches), {})[case.signal] = compact(r)
    return [json.dumps([*key, found], separators=(",", ":")) for key, found in lines.items()]


def compact(result: dict[str, Any]) -> list[Any]:
    """Return the pick's number, who is wrong, and hundredths: mean, variance, KS of each."""
    found = result["found"]
    numbers = [
        round(100 * float(number))
        for name in NAMES[: len(FAST)]
        if name in found
        for number in (found[name].mean, found[name].variance, found[name].ks)
    ]
    wrong = "".join(LETTERS[name] for name in found if result["wrong"][name])
    return [int(Fidelity[result["picked"].upper()]), wrong, *numbers]


if __name__ == "__main__":
    main()
