"""The log as tidy tables: a row a device, and a row a device of any event, such as an exam.

A table is a pandas DataFrame in the order of serial numbers and of the story. Columns keep the
names and units of docs/log.md; a value for each array or class of a device becomes a column each,
`birth_gain_mean[hidden1]`. Absent numbers are NaN, absent words empty, absent counts -1.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mortal.errors import AnalysisError

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = [
    "EVENTS",
    "cohorts_of",
    "device_table",
    "event_table",
    "exam_table",
    "transfer_table",
    "write_table",
]

_NOT_COHORTS = ("devices", "provenance")
EVENTS = ("exam", "answer", "epoch", "ageing", "transfer", "mutual", "copy")
"""Kinds of events a log has tables of; birth and death stand with the device."""
_ALWAYS = {
    "exam": ("accuracy", "energy", "age"),
    "transfer": ("teacher_serial", "agreement_after"),
}
_FORMATS = (".csv", ".parquet")


def cohorts_of(tree: "xarray.DataTree", cohorts: Sequence[str] | str | None = None) -> list[str]:
    """Return the names of the cohorts in a log, all of them or those that were asked for.

    Raises:
        AnalysisError: it is no log, or has no cohort of that name.
    """
    names = [name for name in tree.children if name not in _NOT_COHORTS]
    if "devices" not in tree.children or not names:
        raise AnalysisError(
            "the tree has no group `devices` and no cohort, so it is no log with devices in it; "
            "open one with mortal.open_log"
        )
    if strange := [name for name in ("devices", *names) if "serial" not in tree[name].variables]:
        raise AnalysisError(
            f"the group {strange[0]!r} has no serial numbers, so the tree is no log; open one with "
            "mortal.open_log"
        )
    wanted = names if cohorts is None else [cohorts] if isinstance(cohorts, str) else list(cohorts)
    if strangers := [name for name in wanted if name not in names]:
        raise AnalysisError(f"no cohort {strangers[0]!r} in the log; there are {', '.join(names)}")
    return wanted


def device_table(
    tree: "xarray.DataTree", cohorts: Sequence[str] | str | None = None
) -> "pandas.DataFrame":
    """Return one row a device: who it is, how it was born, its exams, its teaching, its end.

    Beside the log's own columns: `exams`, and accuracy, energy and age at the `first_` and the
    `last_` exam; `teacher_serial` and `agreement` of its last lesson; `students`, how many learnt
    from it alone, and `students_agreement`, the mean agreement that they reached with it at last.

    Args:
        tree: an opened log.
        cohorts: names, default all.

    Raises:
        AnalysisError: it is no log, or has no cohort of that name.
    """
    import pandas

    names = cohorts_of(tree, cohorts)
    born = [pandas.DataFrame(_birth(tree[name].to_dataset())) for name in names]
    table = pandas.concat(born, ignore_index=True)
    register = tree["devices"].to_dataset().to_dataframe().reset_index()
    table = register.merge(table, on="serial", how="inner", validate="one_to_one")
    exams = exam_table(tree, names)
    for which in ("first", "last"):
        seen = exams.drop_duplicates("serial", keep=which).set_index("serial")
        for column in ("accuracy", "energy", "age"):
            table[f"{which}_{column}"] = table["serial"].map(seen[f"exam_{column}"])
    table["exams"] = _counted(table["serial"], exams["serial"])
    lessons = transfer_table(tree)
    last = lessons.drop_duplicates("serial", keep="last").set_index("serial")
    table["teacher_serial"] = (
        table["serial"].map(last["transfer_teacher_serial"]).fillna(-1).astype(np.int64)
    )
    table["agreement"] = table["serial"].map(last["transfer_agreement_after"])
    pair = ["transfer_teacher_serial", "serial"]
    taught = lessons.drop_duplicates(pair, keep="last")
    table["students"] = _counted(table["serial"], taught["transfer_teacher_serial"])
    by_teacher = taught.groupby("transfer_teacher_serial")["transfer_agreement_after"]
    table["students_agreement"] = table["serial"].map(by_teacher.mean())
    return table.sort_values("serial", ignore_index=True)


def event_table(
    tree: "xarray.DataTree", kind: str, cohorts: Sequence[str] | str | None = None
) -> "pandas.DataFrame":
    """Return one row a device that took part in an event, by the story, then by serials.

    Args:
        tree: an opened log.
        kind: one of `EVENTS`.
        cohorts: names, default all.

    Raises:
        AnalysisError: there is no such kind of event, it is no log, or has no cohort of that name.
    """
    import pandas

    if kind not in EVENTS:
        raise AnalysisError(f"there are events of {', '.join(EVENTS)}, found {kind!r}")
    parts = []
    for name in cohorts_of(tree, cohorts):
        cohort = tree[name].to_dataset()
        if kind not in cohort.dims:
            continue
        event, device = np.nonzero(cohort[f"{kind}_present"].values == 1)
        columns: dict[str, npt.NDArray[Any]] = {
            "serial": cohort["serial"].values[device],
            "cohort": np.full(device.size, name, dtype=object),
        }
        for variable in map(str, cohort.data_vars):
            if not variable.startswith(f"{kind}_") or variable == f"{kind}_present":
                continue
            has_devices = "device" in cohort[variable].dims
            at = (event, device) if has_devices else event
            columns |= {key: values[at] for key, values in _by_array(cohort, variable)}
        parts.append(pandas.DataFrame(columns))
    if not parts:
        names = (
            "serial",
            "cohort",
            f"{kind}_sequence",
            *(f"{kind}_{name}" for name in _ALWAYS.get(kind, ())),
        )
        return pandas.DataFrame({name: np.empty(0) for name in names})
    table = pandas.concat(parts, ignore_index=True)
    return table.sort_values([f"{kind}_sequence", "serial"], kind="stable", ignore_index=True)


def exam_table(
    tree: "xarray.DataTree", cohorts: Sequence[str] | str | None = None
) -> "pandas.DataFrame":
    """Return one row an exam of a device, in the order of the story, then of serials.

    Args:
        tree: an opened log.
        cohorts: names, default all.

    Raises:
        AnalysisError: it is no log, or has no cohort of that name.
    """
    return event_table(tree, "exam", cohorts)


def transfer_table(
    tree: "xarray.DataTree", cohorts: Sequence[str] | str | None = None
) -> "pandas.DataFrame":
    """Return one row a lesson of a student, in the order of the story, then of serials.

    Args:
        tree: an opened log.
        cohorts: names of students' cohorts, default all.

    Raises:
        AnalysisError: it is no log, or has no cohort of that name.
    """
    return event_table(tree, "transfer", cohorts)


def write_table(table: "pandas.DataFrame", path: Path | str) -> None:
    """Write a table as CSV (UTF-8, numbers in full) or Parquet, by the ending of the name.

    Raises:
        AnalysisError: the ending is another, Parquet is asked for and pyarrow is not there, or
            the file cannot be written.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in _FORMATS:
        raise AnalysisError(
            f"{path}: a table ends in {' or '.join(_FORMATS)}, found {path.suffix or 'no ending'}"
        )
    try:
        if ending == ".csv":
            table.to_csv(path, index=False)
            return
        try:
            import pyarrow  # noqa: F401 - pandas would name two packages, and any of them broken
        except ImportError:
            raise AnalysisError(
                f"{path}: Parquet needs the package pyarrow, which is not installed; "
                "`pip install pyarrow`, or write .csv"
            ) from None
        table.to_parquet(path, engine="pyarrow", index=False)
    except OSError as error:
        raise AnalysisError(f"{path} cannot be written: {error.strerror or error}") from None


def _birth(cohort: "xarray.Dataset") -> dict[str, npt.NDArray[Any]]:
    """Return the columns of manufacture, one a device and array."""
    return {"serial": cohort["serial"].values} | {
        name: values
        for variable in cohort.data_vars
        if str(variable).startswith("birth_")
        for name, values in _by_array(cohort, str(variable))
    }


def _counted(serials: "pandas.Series[int]", events: "pandas.Series[int]") -> npt.NDArray[np.int64]:
    """Return how often each serial number stands in a column of events."""
    counts: npt.NDArray[np.int64] = serials.map(events.value_counts()).fillna(0).to_numpy(np.int64)
    return counts


def _by_array(cohort: "xarray.Dataset", name: str) -> list[tuple[str, npt.NDArray[Any]]]:
    """Return a variable as columns: itself, or one for each array or class of a device."""
    variable = cohort[name]
    inner = str(variable.dims[-1])
    if inner not in ("array", "class"):
        return [(name, variable.values)]
    words = cohort["array"].values.astype(str) if inner == "array" else range(variable.shape[-1])
    return [(f"{name}[{word}]", variable.values[..., at]) for at, word in enumerate(words)]
