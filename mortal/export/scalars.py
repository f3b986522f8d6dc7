"""Curves of a log as TensorBoard shows them: runs are cohorts and devices, tags are columns."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mortal.analysis.tables import event_table
from mortal.errors import AnalysisError
from mortal.export.events import Scalar, write_events
from mortal.export.tables import made

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["write_tensorboard"]

_EACH = 32
"""Devices of a cohort that have curves of their own; of more, TensorBoard shows none well."""
_KINDS = ("epoch", "exam", "transfer", "mutual", "copy")
_NAMES = ("sequence", "number", "stage", "generation", "alive", "fidelity")
_FILE = "events.out.tfevents.0.mortal"
"""One name, so that a folder exported to twice holds no curve twice; TensorBoard goes by it."""

Curves = dict[str, list[Scalar]]


def write_tensorboard(tree: "xarray.DataTree", folder: Path | str) -> list[Path]:
    """Write the curves of a log; return the files' paths. No other package is needed for it.

    A cohort is three runs: `NAME`, its mean, `NAME/lowest` and `NAME/highest`; each device of a
    cohort of 32 or fewer is another, `NAME/device-SERIAL`. Tags are `epoch/accuracy`,
    `exam/accuracy` and so on. Steps count a device's epochs, and of other events they are the
    story's own numbers.

    Args:
        tree: an opened log.
        folder: made if it is not there; what was exported there before is replaced.

    Raises:
        AnalysisError: it is no log, or the folder cannot be written.
    """
    folder, curves = Path(folder), Curves()
    for kind in _KINDS:
        table = event_table(tree, kind)
        for cohort, of_cohort in table.groupby("cohort", sort=False):
            for run, scalar in _of_kind(kind, str(cohort), of_cohort):
                curves.setdefault(run, []).append(scalar)
    if not curves:
        raise AnalysisError("the log has no epoch, exam or lesson yet, so there are no curves")
    paths = []
    for run, scalars in curves.items():
        path = made(folder / run) / _FILE
        try:
            write_events(path, scalars)
        except OSError as error:
            raise AnalysisError(f"{path} cannot be written: {error.strerror or error}") from None
        paths.append(path)
    return paths


def _of_kind(kind: str, cohort: str, table: "pandas.DataFrame") -> Iterator[tuple[str, Scalar]]:
    """Yield the runs and scalars of one kind of event in one cohort."""
    step = table[f"{kind}_sequence"]
    if kind == "epoch":
        step = table.groupby("serial").cumcount()
    columns = [name for name in table.select_dtypes("number") if _is_curve(kind, str(name))]
    told = table[columns].astype(float).assign(step=step, serial=table["serial"])
    grouped = told.drop(columns="serial").groupby("step")
    for run, over in (
        (cohort, grouped.mean()),
        (f"{cohort}/lowest", grouped.min()),
        (f"{cohort}/highest", grouped.max()),
    ):
        yield from ((run, scalar) for scalar in _scalars(kind, over))
    serials = told["serial"].unique()
    if len(serials) <= _EACH:
        for serial in serials:
            own = told[told["serial"] == serial].drop(columns="serial").set_index("step")
            run = f"{cohort}/device-{serial}"
            yield from ((run, scalar) for scalar in _scalars(kind, own))


def _is_curve(kind: str, column: str) -> bool:
    name = column.removeprefix(f"{kind}_")
    return name != column and name not in _NAMES and not name.endswith("serial")


def _scalars(kind: str, table: "pandas.DataFrame") -> Iterator[Scalar]:
    """Yield what a table by steps holds; what is absent is left out."""
    for column in table.columns:
        for step, value in table[column].dropna().items():
            yield Scalar(f"{kind}/{str(column).removeprefix(f'{kind}_')}", int(step), float(value))
