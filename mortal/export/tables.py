"""All tables of a log at once: as pandas frames, as one xarray dataset, as files."""

from pathlib import Path
from typing import TYPE_CHECKING

from mortal.analysis.tables import EVENTS, device_table, event_table, write_table
from mortal.errors import AnalysisError

if TYPE_CHECKING:
    import pandas
    import xarray

__all__ = ["dataset_of", "frames_of", "write_tables"]


def frames_of(tree: "xarray.DataTree") -> dict[str, "pandas.DataFrame"]:
    """Return the table `device`, a row a device, and one of each kind of event that took place.

    Args:
        tree: an opened log.

    Raises:
        AnalysisError: it is no log.
    """
    frames = {"device": device_table(tree)}
    events = {kind: event_table(tree, kind) for kind in EVENTS}
    return frames | {kind: table for kind, table in events.items() if len(table)}


def dataset_of(tree: "xarray.DataTree") -> "xarray.Dataset":
    """Return the table `device` as a dataset along `serial`, over all cohorts.

    Units and long names are those of the log, where a column is a variable of it.

    Args:
        tree: an opened log; its own groups, one a cohort, hold the events.

    Raises:
        AnalysisError: it is no log.
    """
    dataset: xarray.Dataset = device_table(tree).set_index("serial").to_xarray()
    known = {
        str(name): variable.attrs
        for group in tree.children.values()
        for name, variable in group.data_vars.items()
    }
    for name, variable in dataset.data_vars.items():
        variable.attrs.update(known.get(str(name).partition("[")[0], {}))
    return dataset


def write_tables(tree: "xarray.DataTree", folder: Path | str, ending: str) -> list[Path]:
    """Write each of `frames_of` as a file, `device.csv`, `exam.csv`, ...; return their paths.

    Args:
        tree: an opened log.
        folder: made if it is not there; files of these names are replaced.
        ending: `.csv` or `.parquet`.

    Raises:
        AnalysisError: it is no log, the ending is another, what writes Parquet is not installed,
            or the folder cannot be written.
    """
    folder, paths = made(folder), []
    for name, table in frames_of(tree).items():
        path = folder / f"{name}{ending}"
        write_table(table, path)
        paths.append(path)
    return paths


def made(folder: Path | str) -> Path:
    """Return a folder that is there.

    Raises:
        AnalysisError: it cannot be made.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AnalysisError(f"{folder} cannot be made: {error.strerror or error}") from None
    return folder
