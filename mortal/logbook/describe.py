"""Writes docs/log.md from the layout: `python -m mortal.logbook.describe > docs/log.md`."""

from mortal.logbook.layout import ARRAY, COHORT, SERIAL, TABLES, Table, Variable

__all__ = ["text"]

_HEAD = """\
# The log

What a run leaves behind. This page is generated from `mortal/logbook/layout.py` by
`python -m mortal.logbook.describe`.

```python
import mortal

log = mortal.open_log("runs/lineage")          # a run's folder, live, killed or finished
log["elders"].exam_accuracy                    # [exam, device]
log["devices"].to_dataset().to_dataframe()     # one row a device
```

A finished run has one file, `log.h5`; `xarray.open_datatree("log.h5", engine="h5netcdf")` reads it
too, and so does whatever reads HDF5 or netCDF-4. A running or killed one has a folder `parts` of
small files, one a commit, never changed once written; `mortal merge` joins them into `log.h5`.
`lots.json` lists the lots a run is cut into, by the ranks of their devices. Merging refuses a run
that lacks a lot, or has one unfinished or failed, and names it; `mortal merge DIR --partial` merges
what there is.

- Each cohort has a group under its own name. Its devices lie along `device`, by ascending serial
  number, its events along a dimension of their own, in the order of the story. A dimension is there
  once there is something on it.
- Absent values are NaN, -1 (attribute `absent_value`) and empty text. A device that took no part
  in an event has `NAME_present` 0 there.
- Codes wear `flag_values` and `flag_meanings`. Times are seconds, energies joules, temperatures
  kelvin, whatever units the configuration used.
- Every bit is under a checksum: a part's stands before it, that of `log.h5` after it (whoever
  writes into the file drops it), and each part names the one before it. A part that is truncated,
  changed, lost, exchanged or of another run is refused by name; `open_log(DIR, damaged="skip")` and
  `mortal inspect DIR` read the others. Resuming moves it aside as `NAME.damaged`, and what follows
  it in its lot as `NAME.set-aside`, and tells the lot again from there.
- An event is known by table, cohort and `sequence` (an epoch also by its `number`, an answer by its
  `question`). Recorded twice, by a resumed run, it must say the same both times.
- A merged log of an earlier version opens in today's shape, absent values where a column was not
  kept then; `/provenance` says `written_as_version`. A newer one is refused
  ([stability.md](stability.md)).
"""

_PROVENANCE = """\
## `/provenance`

Attributes only: `configuration` (the resolved YAML), `configuration_hash`, `lots` (JSON: how many
parts each lot committed, the last sequence in them, whether it is complete or why it failed), and
what the program says of each session: versions, platform, backend, start and end. Where sessions or
lots differ, each saying has a line of its own. Where there is something to say, one line each:
`missing` (lots that are not finished, with the ranks of their devices), `failures` (what went wrong
in a lot, with ranks and serial numbers; kept when a later try succeeds) and `damaged` (files that
were left out). Two logs are equal if they agree everywhere else.
"""


def text() -> str:
    """docs/log.md, in full."""
    cohort = ["## `/COHORT`", "", "One group for each cohort.", ""]
    coordinates = [_row("serial", ("device",), SERIAL), _row("array", ("array",), ARRAY)]
    cohort.append(_rows(coordinates))
    for table in TABLES:
        variables = [v for v in table.variables if not v.in_devices]
        if variables:
            cohort += [f"### {table.name}", "", _meaning(table), ""]
            cohort.append(
                _rows([_row(table.log_name(v), table.dimensions(v), v) for v in variables])
            )
    devices = [_row("serial", ("serial",), SERIAL), _row("cohort", ("serial",), COHORT)]
    devices += [
        _row(v.in_devices, ("serial",), v) for t in TABLES for v in t.variables if v.in_devices
    ]
    flat = ["## `/devices`", "", "Every device of the run, by serial number.", "", _rows(devices)]
    return "\n".join([_HEAD, *cohort, *flat, _PROVENANCE])


def _meaning(table: Table) -> str:
    return table.meaning[0].upper() + table.meaning[1:] + "."


def _rows(rows: list[str]) -> str:
    head = "| variable | dimensions | type | units | meaning |\n|---|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _row(name: str, dimensions: tuple[str, ...], variable: Variable) -> str:
    choices = f" ({', '.join(variable.choices)})" if variable.choices else ""
    cells = (
        f"`{name}`",
        ", ".join(dimensions),
        variable.dtype,
        variable.units,
        variable.long_name + choices,
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print(text(), end="")
