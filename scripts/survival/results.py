"""What was measured: a file of JSON lines that only ever grows, so that work can be taken up."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from survival.cells import Cell, Task
from survival.means import MEANS


class Results:
    """Measured cells by what they are; a line that a kill has torn is measured again.

    Args:
        path: of the file; it need not exist.
        tasks: of each stage; lines of other tasks stay in the file and count for nothing, nor do
            lines whose rule, or way of writing, was set otherwise than it is set by default today.
    """

    def __init__(self, path: Path, tasks: Mapping[str, Task]) -> None:
        self._path = path
        self.tasks = tasks
        self._found: dict[Cell, dict[str, Any]] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                told = json.loads(line)
            except json.JSONDecodeError:
                continue
            cell = Cell(**told.pop("cell"))
            then, task = told.pop("settings", None), told.pop("task")
            if cell.stage in tasks and task == tasks[cell.stage].told and is_as(then, cell):
                self._found[cell] = told

    def __contains__(self, cell: Cell) -> bool:
        return cell in self._found

    def __len__(self) -> int:
        return len(self._found)

    def add(self, cell: Cell, told: Mapping[str, Any]) -> None:
        """Keep a cell, with its task and today's date."""
        kept = {**told, "date": datetime.now(UTC).date().isoformat()}
        line = {
            "cell": asdict(cell), **kept,
            "settings": cell.settings, "task": self.tasks[cell.stage].told,
        }  # fmt: skip
        is_torn = self._path.exists() and self._path.read_bytes()[-1:] not in (b"", b"\n")
        with open(self._path, "a", encoding="utf-8") as file:
            file.write("\n" * is_torn + json.dumps(line) + "\n")
        self._found[cell] = kept

    def of(self, stage: str, **wanted: Any) -> Iterator[tuple[Cell, dict[str, Any]]]:
        """Yield the cells of a stage whose fields are as wanted, refused ones too."""
        for cell, told in self._found.items():
            if cell.stage == stage and all(getattr(cell, k) == v for k, v in wanted.items()):
                yield cell, told

    def accuracy(
        self, stage: str, images: str = "accuracy", **wanted: Any
    ) -> npt.NDArray[np.float64]:
        """Return the accuracies of all such cells, `[device]`, of every seed; empty: none.

        Args:
            stage: that asked for them.
            images: `test`, of a stage that looks at others and at these as well.
            wanted: fields of the cells.
        """
        all_ = [told[images] for _, told in self.of(stage, **wanted) if images in told]
        return np.concatenate([np.zeros(0), *all_])


def is_as(then: Mapping[str, Any] | None, cell: Cell) -> bool:
    """Return whether all that was set when a line was measured is set so today.

    Settings that have come since do not matter: what is not said is as it was.
    """
    return then is not None and cell.means in MEANS and _agrees(then, cell.settings)


def _agrees(then: object, now: object) -> bool:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        return all(key in now and _agrees(value, now[key]) for key, value in then.items())
    return then == now
