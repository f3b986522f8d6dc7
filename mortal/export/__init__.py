"""The log for other programs: tables as CSV or Parquet, pandas, xarray, TensorBoard.

Knows the log, as `open_log` gives it, and its tidy tables. Must not know how a run is configured,
driven or lived.
"""

from mortal.export.scalars import write_tensorboard
from mortal.export.tables import dataset_of, frames_of, write_tables

__all__ = ["dataset_of", "frames_of", "write_tables", "write_tensorboard"]
