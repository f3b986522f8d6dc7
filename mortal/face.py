"""What a run looks like on a terminal: a line an exam, a bar for long work, quiet otherwise."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from mortal.guessing import without_looking
from mortal.narrator import ExamRow, LessonRow, Quiet, Standing
from mortal.showing import age

__all__ = ["Face", "face"]

_HEADER = ("step", "cohort", "born", "age", "accuracy", "min", "max", "chance", "alive")
_WIDTHS = (8, 12, 4, 12, 8, 6, 6, 6, 7)
_QUIET_SECONDS = 60.0


class Face(Quiet):
    """Prints exams as aligned rows; colour only repeats what the text says."""

    def __init__(self, console: Console, bars: Progress) -> None:
        self._console, self._bars = console, bars
        self._task: TaskID | None = None
        self._has_header = False
        self._said: set[str] = set()
        self._spoke = time.monotonic()
        self._began: tuple[float, float] | None = None

    def progress(self, standing: Standing) -> None:
        """Move the bar; where there is no terminal, a line a minute."""
        told = _told(standing)
        if self._console.is_terminal:
            if self._task is None:
                self._task = self._bars.add_task("", total=standing.total, detail="")
            self._bars.update(
                self._task, completed=standing.done, description=standing.label, detail=told
            )
            return
        now = time.monotonic()
        if self._began is None:
            self._began = now, standing.done
        if now - self._spoke < _QUIET_SECONDS:
            return
        self._spoke = now
        since, before = self._began
        # The first line may come at the moment that counting began.
        pace = (standing.done - before) / (now - since) if now > since else 0.0
        left = f", {age((standing.total - standing.done) / pace)} left" if pace > 0 else ""
        part = 100 * standing.done / standing.total if standing.total else 100.0
        label = f"{standing.label}: " if standing.label else ""
        self._console.print(f"  {part:.0f} %  {label}{told}{left}", highlight=False, soft_wrap=True)

    def exam(self, row: ExamRow) -> None:
        """Print a row."""
        if not self._has_header:
            self._print(_HEADER, style="bold")
            self._has_header = True
        count = row.accuracy.size
        self._print(
            (
                row.step,
                row.cohort,
                str(row.generation),
                age(row.age),
                f"{row.accuracy.mean():.3f}",
                f"{row.accuracy.min():.3f}",
                f"{row.accuracy.max():.3f}",
                f"{row.chance:.3f}",
                f"{count - row.dead}/{count}",
            )
        )
        told = without_looking(row.chance, row.majority)
        if "largest" in told and told not in self._said:
            self._said.add(told)
            self.note(f"{told}: classes are uneven, and that much is right without looking")

    def lesson(self, row: LessonRow) -> None:
        """Print how much a distillation passed on."""
        self.note(str(row))

    def note(self, text: str) -> None:
        """Print a sentence."""
        self._console.print(f"  {text}", highlight=False, soft_wrap=True)

    def _print(self, cells: tuple[str, ...], style: str | None = None) -> None:
        parts = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
        ]
        self._console.print("  ".join(parts).rstrip(), style=style, highlight=False, soft_wrap=True)


def _told(standing: Standing) -> str:
    """Return where a run stands: lots, devices, accuracy, energy."""
    parts = [standing.detail] if standing.detail else []
    if standing.lots > 1:
        parts.append(f"{standing.lots_done}/{standing.lots} lots")
    parts.append(f"{standing.devices} devices")
    if not math.isnan(standing.accuracy):
        parts.append(f"accuracy {standing.accuracy:.3f}")
    if standing.energy > 0:
        parts.append(f"{standing.energy:.3g} J")
    return ", ".join(parts)


@contextmanager
def face() -> Iterator[Face]:
    """Yield a face on the terminal, its bars below the rows."""
    console = Console()
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    # Where there is no terminal a bar would only leave an empty line.
    is_off = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_off) as bars:
        yield Face(console, bars)
