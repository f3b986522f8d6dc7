"""What a run looks like on a terminal: a line an exam, a bar for long work, quiet otherwise."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from mortal.narrator import ExamRow
from mortal.showing import age

__all__ = ["Face", "face"]

_HEADER = ("step", "cohort", "born", "age", "accuracy", "min", "max", "chance", "alive")
_WIDTHS = (8, 12, 4, 12, 8, 6, 6, 6, 7)
_QUIET_SECONDS = 60.0


class Face:
    """Prints exams as aligned rows; colour only repeats what the text says."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console, self._progress = console, progress
        self._task: TaskID | None = None
        self._label = ""
        self._has_header = False
        self._spoke = time.monotonic()
        self._done = 0
        self._total = 0

    def begin(self, label: str, total: int) -> None:
        """Show a bar for long work."""
        self._label, self._done, self._total = label, 0, total
        if self._console.is_terminal:
            self._task = self._progress.add_task(label, total=total, detail="")

    def advance(self, detail: str = "") -> None:
        """Move the bar; where there is no terminal, a line a minute."""
        self._done += 1
        if self._task is not None:
            self._progress.update(self._task, advance=1, detail=detail)
        elif time.monotonic() - self._spoke > _QUIET_SECONDS:
            self._spoke = time.monotonic()
            self._console.print(f"  {self._label}: {self._done} of {self._total}  {detail}")

    def end(self) -> None:
        """Take the bar away."""
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None

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

    def note(self, text: str) -> None:
        """Print a sentence."""
        self._console.print(f"  {text}", highlight=False, soft_wrap=True)

    def _print(self, cells: tuple[str, ...], style: str | None = None) -> None:
        parts = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
        ]
        self._console.print("  ".join(parts).rstrip(), style=style, highlight=False, soft_wrap=True)


@contextmanager
def face() -> Iterator[Face]:
    """Yield a face on the terminal, its bars below the rows."""
    console = Console()
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    # Where there is no terminal a bar would only leave an empty line.
    is_off = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_off) as progress:
        yield Face(console, progress)
