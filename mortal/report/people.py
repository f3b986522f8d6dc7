"""The devices of a run: a table of all, and what the page of each is built from."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mortal.report import words
from mortal.report.history import History
from mortal.report.markup import Cell, Row, num, table, tag
from mortal.report.sections.section import Section

__all__ = ["MOST_DEVICES", "page_data", "people", "shown_serials"]

MOST_DEVICES = 5000
"""More are no table that anybody reads; evenly by serial number so many are shown."""

_ENDS = {"accuracy": "died: accuracy", "stuck": "died: stuck cells", "buried": "buried", "": ""}
_EXAM = ("accuracy", "loss", "age", "energy", "pulses")
_LESSON = ("teacher_serial", "asked", "bits", "agreement_before", "agreement_after")
_COPY = ("source_serial", "error", "pulses", "energy")
_EPOCH = ("accuracy", "energy")


def shown_serials(history: History) -> npt.NDArray[np.int64]:
    """Return the serial numbers that the table and the pages hold, rising."""
    serial: npt.NDArray[np.int64] = np.sort(history.devices["serial"].to_numpy(np.int64))
    if serial.size <= MOST_DEVICES:
        return serial
    at = np.linspace(0, serial.size - 1, MOST_DEVICES).astype(int)
    return np.asarray(serial[at], np.int64)


def people(history: History) -> Section:
    """Return the table of devices that sorts and filters, each row a way to the device's page."""
    devices = history.devices
    shown = devices[devices["serial"].isin(shown_serials(history))]
    optional = [name for name in ("technology", "rule", "variant") if devices[name].nunique() > 1]
    head = ["device", "cohort", *optional, "generation", "wafer", "first accuracy", "last accuracy",
            "last age", "energy", "exams", "teacher", "agreement", "students", "end"]  # fmt: skip
    rows: list[Row] = []
    for one in shown.to_dict("records"):
        serial = int(one["serial"])
        teacher = int(one["teacher_serial"])
        rows.append(
            [
                Cell(tag("a", str(serial), href=f"#device-{serial}"), str(serial), True),
                one["cohort"],
                *(str(one[name]) for name in optional),
                num(one["generation"], str(one["generation"])),
                _whole(one.get("birth_wafer", -1)),
                num(one["first_accuracy"], words.fraction(one["first_accuracy"])),
                num(one["last_accuracy"], words.fraction(one["last_accuracy"])),
                num(one["last_age"], words.age(one["last_age"])),
                num(one["last_energy"], words.energy(one["last_energy"])),
                num(one["exams"], str(one["exams"])),
                _whole(teacher),
                num(one["agreement"], words.fraction(one["agreement"])),
                num(one["students"], str(one["students"])),
                _ENDS.get(one["death_cause"], str(one["death_cause"])),
            ]
        )
    caption = (
        "Accuracy, age and energy since birth at the exams; the teacher of the last lesson and the "
        "agreement with it after. A heading sorts; the number of a device opens its page."
    )
    if len(shown) < len(devices):
        caption += f" {len(shown):,} of {len(devices):,} devices, evenly by serial number."
    finder = tag(
        "p",
        tag("label", "Filter by text ", for_="filter"),
        tag("input", id="filter", type="search", autocomplete="off", spellcheck="false",
            placeholder="cohort, end, number"),
        tag("output", f"{len(rows):,} devices", id="found", for_="filter"),
        class_="finder",
    )  # fmt: skip
    return Section("devices", "All devices", [finder, table(caption, head, rows, id="people")])


def page_data(history: History) -> dict[str, Any]:
    """Return what a device's page is made of, column by column, numbers to six digits."""
    kept = set(shown_serials(history).tolist())
    register = history.devices.set_index("serial")
    cohorts = []
    for name in history.cohorts:
        group = history.cohort(name)
        serial = group["serial"].values
        at = np.flatnonzero(np.isin(serial, list(kept)))
        own = register.loc[serial[at]]
        cohorts.append(
            {
                "name": name,
                "serial": serial[at].tolist(),
                **{
                    key: own[key].tolist()
                    for key in ("technology", "rule", "variant", "generation", "born_step",
                                "died_step", "death_cause")
                },
                "wafer": own["birth_wafer"].tolist() if "birth_wafer" in own else [""] * len(own),
                "lifetime": _numbers(own["lifetime"].to_numpy()),
                "birth": _births(group, at),
                "exams": _events(group, "exam", ("data", "chance"), _EXAM, at),
                "epochs": _events(group, "epoch", ("number", "kind"), _EPOCH, at),
                "ageings": _events(group, "ageing", ("duration", "temperature"), (), at),
                "lessons": _events(group, "transfer", ("kind",), _LESSON, at),
                "copies": _events(group, "copy", ("mode",), _COPY, at),
            }
        )  # fmt: skip
    return {"cohorts": cohorts}


def _births(group: Any, at: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
    found = []
    for name in map(str, group.data_vars):
        if not name.startswith("birth_") or name == "birth_wafer":
            continue
        values, said_of_it = group[name].values[at], str(group[name].attrs.get("long_name", name))
        if "array" in group[name].dims:
            arrays = group["array"].values.astype(str)
            found += [
                {"name": f"{said_of_it}, {array}", "values": _numbers(values[:, which])}
                for which, array in enumerate(arrays)
            ]
        else:
            found.append({"name": said_of_it, "values": _numbers(values)})
    return found


def _events(
    group: Any, axis: str, once: tuple[str, ...], each: tuple[str, ...], at: npt.NDArray[np.int64]
) -> list[dict[str, Any]]:
    if axis not in group.dims:
        return []
    found = []
    for event in range(group.sizes[axis]):
        there = group[f"{axis}_present"].values[event][at] == 1
        if not there.any():
            continue
        told: dict[str, Any] = {
            "step": str(group[f"{axis}_step"].values[event]),
            "sequence": int(group[f"{axis}_sequence"].values[event]),
            "present": there.astype(int).tolist(),
        }
        for name in once:
            value = group[f"{axis}_{name}"].values[event]
            told[name] = str(value) if isinstance(value, str) else _numbers(np.array([value]))[0]
        for name in each:
            if f"{axis}_{name}" in group:
                told[name] = _numbers(group[f"{axis}_{name}"].values[event][at])
        found.append(told)
    return found


def _numbers(values: npt.NDArray[Any]) -> list[float | int | None]:
    """Return numbers as JSON has them: whole ones whole, others to six digits, absent ones null."""
    if values.dtype.kind in "iu":
        return [int(value) for value in values]
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]


def _whole(value: float) -> Cell:
    is_known = value == value and value >= 0  # NaN and -1 are absent
    return num(value if is_known else float("nan"), f"{value:.0f}" if is_known else "")
