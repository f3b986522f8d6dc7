"""Currents of an array read in either direction, by the method its technology declares."""

import numpy as np
import numpy.typing as npt

from devices.technology import Wires
from devices.wires.iteration import fast
from devices.wires.lines import Floats, checked_conductance
from devices.wires.nodes import exact

__all__ = ["currents"]


def currents(
    conductance: npt.ArrayLike, voltage: npt.ArrayLike, wires: Wires, *, is_reverse: bool = False
) -> Floats:
    """Return what the sense amplifiers see, A: `[device, sample, column]`.

    In a reverse read drivers and sense amplifiers change places: the columns are driven at their
    bottom ends and the rows sensed at their left ends.

    Args:
        conductance: `[device, row, column]`, S, whichever way it is read.
        voltage: `[device or 1, sample, row]`, V; of the columns if reverse.
        wires: the lines and the method, `fast` or `exact`.
        is_reverse: whether columns are driven and rows sensed; the result is then per row.

    Raises:
        NotConverged: the fast solve needs more iterations than declared.
        WrongShape: conductance and voltage do not fit.
        WrongValue: a conductance is negative, or something is not finite.
    """
    method = {"fast": fast, "exact": exact}[wires.solve]
    if not is_reverse:
        return method(conductance, voltage, wires)
    # Seen from the sense amplifiers' corner, a column is a row, and last comes first.
    turned = wires.model_copy(
        update={
            "row_resistance": wires.column_resistance,
            "column_resistance": wires.row_resistance,
        }
    )
    transposed = checked_conductance(conductance).swapaxes(1, 2)[:, ::-1, ::-1]
    return method(transposed, np.asarray(voltage)[..., ::-1], turned)[..., ::-1]
