"""Logs that were never lived, made of numbers that a test knows."""

import numpy as np
import xarray


def log_of(cohorts, devices=None):
    """A log of cohorts, each a dictionary of `birth_*`, `exam_*` and `transfer_*` variables.

    `serial` is needed, `[device]`; the dimensions of the others follow from their shapes, an
    event without `_present` is attended by all. `devices`: further columns of `/devices`.
    """
    groups = {"/": xarray.Dataset()}
    for name, given in cohorts.items():
        given = {key: np.asarray(values) for key, values in given.items()}
        serial = given.pop("serial")
        arrays = given.pop("array", np.array(["layer1"]))
        for axis in {key.partition("_")[0] for key in given} - {"birth"}:
            events = given[f"{axis}_sequence"].size
            given.setdefault(f"{axis}_present", np.ones((events, serial.size), np.int8))
        variables = {}
        for key, values in given.items():
            axis = key.partition("_")[0]
            axes = ("device", "array") if axis == "birth" else (axis, "device", "array")
            variables[key] = (axes[: values.ndim], values)
        coordinates = {"serial": ("device", serial), "array": ("array", arrays)}
        groups[f"/{name}"] = xarray.Dataset(variables, coords=coordinates)
    serials = np.concatenate([np.asarray(c["serial"]) for c in cohorts.values()])
    owners = np.concatenate([[name] * len(c["serial"]) for name, c in cohorts.items()])
    columns = {
        "cohort": owners,
        "technology": np.full(serials.size, "a"),
        "death_cause": np.full(serials.size, ""),
        "lifetime": np.full(serials.size, np.nan),
        **(devices or {}),
    }
    order = np.argsort(serials)
    groups["/devices"] = xarray.Dataset(
        {key: ("serial", np.asarray(values)[order]) for key, values in columns.items()},
        coords={"serial": ("serial", serials[order])},
    )
    return xarray.DataTree.from_dict(groups)
