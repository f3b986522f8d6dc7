"""Reports as files: of one run, and of two side by side."""

import os
import tempfile
from pathlib import Path

from mortal.errors import LogError
from mortal.report import words
from mortal.report.comparison import comparison
from mortal.report.history import History, read_history
from mortal.report.markup import Markup, join, tag
from mortal.report.page import page
from mortal.report.people import page_data, people
from mortal.report.sections import (
    answers,
    birth,
    copies,
    energy,
    exams,
    learning,
    story,
    survival,
    teaching,
)
from mortal.report.sections.exams import sittings

__all__ = ["report_on", "write_comparison", "write_report"]

_CHAPTERS = (story, exams, teaching, copies, learning, birth, survival, energy, answers, people)
_MOST_AT_A_GLANCE = 8


def write_report(run: Path, out: Path | None = None) -> Path:
    """Write the report of a run, live, killed or finished, as one HTML file; return its path.

    Args:
        run: the folder of the run, or its log.
        out: the file; default `report.html` in the folder. Replaced if it is there.

    Raises:
        LogError: there is no log, it is damaged or of a newer version, or nobody was born in it.
        PictureError: matplotlib is missing.
    """
    folder = run if run.is_dir() else run.parent
    return _write(report_on(read_history(run)), out or folder / "report.html")


def write_comparison(one: Path, other: Path, out: Path | None = None) -> Path:
    """Write two runs side by side as one HTML file; return its path.

    Args:
        one, other: the folders of the runs, or their logs.
        out: the file; default `comparison.html` in the first folder.

    Raises:
        LogError: as `write_report`, of either.
        PictureError: matplotlib is missing.
    """
    folder = one if one.is_dir() else one.parent
    first, second = read_history(one), read_history(other)
    facts = [
        (mark, f"{history.name}, {path}, {_identity(history)}")
        for mark, history, path in (("A", first, one), ("B", second, other))
    ]
    text = page(
        f"{first.name} and {second.name}",
        facts,
        [],
        comparison(first, second),
        [f"{mark}: {note}" for mark, h in (("A", first), ("B", second)) for note in _notes(h)],
        None,
        Markup("A and B are as they were named to `mortal report --compare A B`."),
    )
    return _write(text, out or folder / "comparison.html")


def report_on(history: History) -> str:
    """Return the report of a run as HTML."""
    facts = _provenance(history)
    sections = [found for chapter in _CHAPTERS if (found := chapter(history)) is not None]
    return page(
        history.name, facts, _glance(history), sections, _notes(history), page_data(history),
        _ending(history),
    )  # fmt: skip


def _identity(history: History) -> str:
    seed = "" if history.seed is None else f"seed {history.seed}, "
    return f"{seed}configuration {history.said.get('configuration_hash', 'unknown')[:12]}"


def _provenance(history: History) -> list[tuple[str, str]]:
    said = history.said
    facts = [] if history.seed is None else [("seed", str(history.seed))]
    keys = (
        ("configuration", said.get("configuration_hash", "")[:12]),
        ("computed by", said.get("backend", "").replace("\n", ", ")),
        ("mortal", said.get("version_mortal_crossbars", "").replace("\n", ", ")),
        ("ended", (said.get("ended", "").splitlines() or [""])[-1].replace("T", " ")[:16]),
    )
    return facts + [(word, value) for word, value in keys if value]


def _glance(history: History) -> list[tuple[str, str, str]]:
    """Return the accuracy of each cohort at its last exam."""
    last = {one.cohort: one for one in sittings(history)}
    found: list[tuple[str, str, str]] = []
    for cohort in history.cohorts:
        if cohort in last and len(found) < _MOST_AT_A_GLANCE:
            mean, low, high = words.interval(last[cohort].accuracy, within=(0, 1))
            sure = "" if low != low else f"{words.fraction(low)} to {words.fraction(high)}"
            found.append((f"{cohort}, last exam", words.fraction(mean), sure))
    return found


def _notes(history: History) -> list[str]:
    if history.is_finished:
        return []
    first = "The run is not finished; this is what its log holds so far."
    return [first, *history.missing[:10]]


def _ending(history: History) -> Markup:
    text = history.said.get("configuration", "")
    parts = [
        tag("p", "Every number is computed from the run's log; intervals are over its devices.")
    ]
    if text:
        parts.append(
            tag("details", tag("summary", "The configuration, resolved"), tag("pre", text))
        )
    return join(parts)


def _write(text: str, path: Path) -> Path:
    """Write a file whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".report-", suffix=".html")
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(0o666 & ~_mask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or error
        raise LogError(f"{path}: the report cannot be written: {reason}") from None
    return path


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
