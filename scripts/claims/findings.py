"""What the claims found: a file of JSON lines that only grows, and sections of docs/claims.md.

A script measures case by case, and each case is written down when it is done: who runs the script
again goes on where it stopped, and who stops it loses one case.

    parser = command(__doc__, "peers")
    settle(parser, given := parser.parse_args())
    findings = Findings(given.results, {"layers": [784, 256, 256]})
    for seed in SEEDS:
        findings.measure({"arm": "mutual", "seed": seed}, lambda: {"accuracy": live(seed)})
    print(section := table(("arm", "%"), [("mutual", said(findings.values("accuracy")))]))
    if given.write:
        write_section("peers", section)
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from lives import mean_and_error, table

__all__ = ["DOCS", "Findings", "command", "said", "save", "settle", "verdicts", "write_section"]

DOCS = Path(__file__).resolve().parents[2] / "docs"


class Findings:
    """Measured cases by what they are; a line that a kill has torn is measured again.

    Args:
        path: of the file; it need not exist.
        task: what all cases have in common, of JSON's kinds. Lines of another task stay in the
            file and count for nothing.
    """

    def __init__(self, path: Path, task: Mapping[str, Any]) -> None:
        self._path = path
        self._task = _plain(task)
        self._found: dict[str, dict[str, Any]] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                kept = json.loads(line)
            except json.JSONDecodeError:
                continue
            if kept["task"] == self._task:
                self._found[_key(kept["case"])] = kept

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, case: Mapping[str, Any]) -> bool:
        return _key(case) in self._found

    def measure(
        self, case: Mapping[str, Any], work: Callable[[], Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return what is known of a case, after doing the work and keeping it if it is new.

        `case` is all that tells it from others: arm, settings, seed. Arrays become lists.
        """
        if case not in self:
            began = time.process_time()
            told = _plain(work())
            spent = round(time.process_time() - began, 1)
            date = datetime.now(UTC).date().isoformat()
            kept = {"case": _plain(case), **told, "seconds": spent, "date": date,
                    "task": self._task}  # fmt: skip
            is_torn = self._path.exists() and self._path.read_bytes()[-1:] not in (b"", b"\n")
            with open(self._path, "a", encoding="utf-8") as file:
                file.write("\n" * is_torn + json.dumps(kept) + "\n")
            self._found[_key(case)] = kept
        return self._found[_key(case)]

    def of(self, **wanted: Any) -> Iterator[dict[str, Any]]:
        """Yield the lines whose cases have the fields wanted, in the order of measuring."""
        for kept in self._found.values():
            case = kept["case"]
            if all(name in case and case[name] == value for name, value in wanted.items()):
                yield kept

    def values(self, name: str, **wanted: Any) -> npt.NDArray[np.float64]:
        """Return a finding of all cases wanted, one number a case; lists are averaged."""
        return np.array([np.mean(kept[name]) for kept in self.of(**wanted) if name in kept])


def _plain(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping as it will be read back."""

    def bare(value: Any) -> Any:
        return np.asarray(value).tolist()

    plain: dict[str, Any] = json.loads(json.dumps(told, default=bare))
    return plain


def _key(case: Mapping[str, Any]) -> str:
    return json.dumps(_plain(case), sort_keys=True)


def command(doc: str, name: str) -> argparse.ArgumentParser:
    """Return the command line that claims share; a script may add words of its own."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="digits, a few epochs, one seed")
    parser.add_argument("--only-report", action="store_true", help="measure nothing")
    parser.add_argument("--write", action="store_true", help="its section of docs/claims.md")
    parser.add_argument("--results", type=Path, default=DOCS / "claims" / f"{name}.jsonl")
    return parser


def settle(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Refuse what cannot be; a quick run keeps its lines out of docs/ unless told where."""
    if given.quick and given.write:
        parser.error("--quick writes no documents")
    if given.quick and given.results.parent == DOCS / "claims":
        given.results = Path(tempfile.mkdtemp()) / given.results.name
    if not (given.quick or given.only_report) and "MORTAL_DATA" not in os.environ:
        parser.error("MORTAL_DATA must name the folder of MNIST (`mortal data get mnist --to DIR`)")


def said(values: npt.ArrayLike, digits: int = 1) -> str:
    """Return mean ± standard error over repetitions (seeds), `not yet` if there are none."""
    found = np.asarray(values, np.float64)
    if not found.size:
        return "not yet"
    mean, error = mean_and_error(found.tolist())
    return f"{mean:.{digits}f}" + (f" ± {error:.{digits}f}" if found.size > 1 else " (one seed)")


def verdicts(asked: Iterable[tuple[str, float, npt.ArrayLike]]) -> str:
    """Return a table of what is asked: a name, the least mean, and what was found of each seed."""
    rows = []
    for name, least, values in asked:
        found = np.asarray(values, np.float64)
        short = least - found.mean() if found.size else np.nan
        verdict = "" if np.isnan(short) else "yes" if short <= 0 else f"no, {short:.1f} short"
        rows.append((name, f"{least:g}", said(found), verdict))
    return table(("asked", "at least", "found", "reached"), rows)


def write_section(name: str, text: str, page: Path = DOCS / "claims.md") -> None:
    """Put text between the markers of a section, and leave all else as it is.

    Raises:
        ValueError: the page has no such section.
    """
    begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->"
    before, is_begun, rest = page.read_text(encoding="utf-8").partition(begin)
    _, is_ended, after = rest.partition(end)
    if not (is_begun and is_ended):
        raise ValueError(f"{page}: there is no section {name!r} between its two markers")
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}", encoding="utf-8")


def save(figure: Any, name: str) -> str:
    """Write docs/claims/NAME.svg, the same for the same numbers; return its Markdown.

    `figure` comes from `mortal.pictures.style.canvas`, and is saved inside of it.
    """
    figure.savefig(DOCS / "claims" / f"{name}.svg", metadata={"Date": None})
    return f"![{name}](claims/{name}.svg)"
