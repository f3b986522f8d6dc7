"""The microscope: for analysis, the log and the control arms. A learning rule never sees it.

Every look is an event of the array it looks at; its read-out error is an argument. What is seen
comes as NumPy arrays, wherever the cells are.
"""

import numpy as np
import numpy.typing as npt

from devices.aging import reference_drift
from devices.arrays import to_host
from devices.crossbar import CrossbarArray
from devices.errors import WrongValue
from devices.identity import Purpose
from devices.manufacture import Components, cell_normals, components
from devices.pairs import join
from devices.reading import conductance_scale

__all__ = ["cells", "conductance", "shared", "summary", "wear", "weights"]

Array = npt.NDArray[np.float32]


def weights(array: CrossbarArray, error: float = 0.0) -> Array:
    """Return a copy of the visible weights W, `[device, row, column]`: of pairs, the difference.

    Args:
        array: what is looked at.
        error: standard deviation of the read-out, in units of weight; 0 is a perfect microscope.

    Raises:
        WrongValue: the error is negative or not finite.
    """
    seen: Array = to_host(look(array, error))
    return seen


def look(array: CrossbarArray, error: float = 0.0) -> Array:
    """Return `weights` where the array computes: what programming on a GPU looks at."""
    if not (np.isfinite(error) and error >= 0):
        raise WrongValue(f"error must be a number of 0 or more, found {error}")
    array._counters.looks += 1
    seen = join(array.technology.cell, array._state.visible.copy())
    if array._cells.reference is not None:
        seen -= array._cells.reference
    if error:
        # Numbered by the look that has just been counted.
        looks = array._counters.looks - 1
        draws = cell_normals(array.stream(Purpose.PROBE), looks, array.rows, array.columns)
        seen += np.float32(error) * draws
    return seen


def cells(array: CrossbarArray) -> Array:
    """Return a copy of the visible weights of all physical cells.

    `[device, row, column]` of single cells; `[device, 2 row, column]` of pairs, the rows of the
    plus plane first, each cell's weight its conductance in other words (`Cell`).
    """
    array._counters.looks += 1
    visible = array._state.visible
    seen: Array = to_host(visible.copy())
    return seen


def conductance(array: CrossbarArray) -> npt.NDArray[np.float64]:
    """Return the conductance of every physical cell in siemens, as `cells` orders them."""
    scale, reference = conductance_scale(array.technology)
    w = cells(array).astype(np.float64)
    beyond = np.zeros((1, 1, 1))
    if array._cells.reference is not None:
        beyond = scale * to_host(array._cells.reference).astype(np.float64)
    retention, rested = array.technology.retention, array._state.rested
    if retention is None or rested is None or array.technology.cell.is_pair:
        return reference + scale * w
    drifted = reference_drift(array.technology, to_host(rested))
    return (reference + beyond) * drifted + (scale * w - beyond)


def wear(array: CrossbarArray) -> npt.NDArray[np.float64]:
    """Return the mean fraction of its endurance that each device's cells have used, `[device]`."""
    pulses, endurance = array._state.pulses, array._cells.endurance
    if pulses is None or endurance is None:
        return np.zeros(array.serials.size)
    used: npt.NDArray[np.float64] = to_host(np.minimum(pulses / endurance, 1.0).mean(axis=(1, 2)))
    return used


def shared(array: CrossbarArray) -> Components:
    """Return what the cells of each device share of their step (wafer, row and column parts)."""
    return components(
        array.technology,
        seed=array.seed,
        array=array.array,
        serials=array.made_as,
        rows=array._physical_rows,
        columns=array.columns,
    )


def summary(array: CrossbarArray) -> dict[str, npt.NDArray[np.float64]]:
    """Return how each device was made, `[device]` each: means and spreads over its cells.

    Steps and bounds are those at birth, in units of weight (NaN bounds: none); stuck cells count
    as steps of zero. `stuck_fraction` is today's, wear included.
    """
    made, nothing = array._cells, np.zeros(array.serials.size)

    def over_cells(values: Array | None, how: str, otherwise: float) -> npt.NDArray[np.float64]:
        if values is None:
            return nothing + otherwise
        found: npt.NDArray[np.float64] = to_host(
            getattr(values, how)(axis=(1, 2), dtype=np.float64)
        )
        return found

    return {
        "step_mean": over_cells(made.step_up, "mean", 0.0),
        "step_std": over_cells(made.step_up, "std", 0.0),
        "bound_mean": over_cells(made.w_max, "mean", np.nan),
        "gain_mean": over_cells(made.gain, "mean", 1.0),
        "gain_std": over_cells(made.gain, "std", 0.0),
        "curvature_mean": over_cells(made.curvature, "mean", 0.0),
        "offset_std": to_host(array._column_errors.offset.std(axis=1, dtype=np.float64)),
        "stuck_fraction": array.is_stuck().mean(axis=(1, 2)),
    }
