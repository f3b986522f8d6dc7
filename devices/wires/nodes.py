"""The exact currents: Kirchhoff's node equations of the whole network."""

import numpy as np
import numpy.typing as npt

from devices.technology import Wires
from devices.wires.lines import Floats, checked, segments

__all__ = ["exact"]

Nodes = npt.NDArray[np.int64]

_FLOATS_AT_ONCE = 1 << 24
"""Branch voltages held at a time: 128 MiB."""


def exact(conductance: npt.ArrayLike, voltage: npt.ArrayLike, wires: Wires) -> Floats:
    """Return the currents into the sense amplifiers, A, `[device, sample, column]`.

    Every crosspoint has a node on its row and one on its column. With u the node voltages and E
    the incidence of branches (one row a branch: +1 where it begins, -1 where it ends), the branch
    currents are i = C E u, C their conductances, and what enters a free node leaves it:

        E_f' C (E_f u_f + E_d v) = 0

    f the free nodes, d the drivers; the sense amplifiers are ground. Nodes joined by a segment of
    no resistance are one node. The network is the one of Joksas and Mehonic 2020
    (doi:10.1016/j.softx.2020.100617), the formulation is textbook nodal analysis.

    Args:
        conductance: `[device, row, column]`, S.
        voltage: `[device or 1, sample, row]`, V.
        wires: the lines.

    Raises:
        WrongShape: conductance and voltage do not fit.
        WrongValue: a conductance is negative, or something is not finite.
    """
    from scipy import sparse  # here, because no other part of the devices needs it
    from scipy.sparse import linalg

    siemens, volts = checked(conductance, voltage)
    if wires.is_perfect:  # no node is free
        product: Floats = volts @ siemens
        return product
    devices, rows, columns = siemens.shape
    begins, ends, of_wires = _branches(*segments(wires, rows, columns), rows, columns)
    branches, nodes = begins.size, 1 + ends.max()
    numbers = np.arange(branches)
    incidence = sparse.csr_array(
        (np.repeat([1.0, -1.0], branches), (np.tile(numbers, 2), np.append(begins, ends))),
        shape=(branches, nodes),
    )
    driven, free = incidence[:, 1 : 1 + rows], incidence[:, 1 + rows :].tocsc()
    current = np.empty((devices, volts.shape[1], columns))
    group = max(1, _FLOATS_AT_ONCE // branches)
    for device, cells in enumerate(siemens):
        carried = sparse.diags_array(np.append(of_wires, cells))
        # Symmetric and positive: the pivots may stay on the diagonal.
        factors = linalg.splu(
            (free.T @ carried @ free).tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        for first in range(0, volts.shape[1], group):
            some = slice(first, first + group)
            drop = driven @ volts[device, some].T
            drop -= free @ factors.solve(free.T @ (carried @ drop))
            over_cells = drop[of_wires.size :].reshape(rows, columns, -1)
            current[device, some] = (cells[:, :, None] * over_cells).sum(axis=0).T
    return current


def _branches(row: Floats, column: Floats, rows: int, columns: int) -> tuple[Nodes, Nodes, Floats]:
    """Return where branches begin and end, and the conductances of those that are wires, S.

    Nodes: 0 ground, then the drivers, then what resistances set apart on rows and columns. Wires
    come first, then the cells, `[row, column]`.
    """
    apart_on_row, apart_on_column = row > 0, column[::-1] > 0
    on_row, on_column = apart_on_row.sum(), apart_on_column.sum()
    free = 1 + rows + np.arange(rows * on_row + columns * on_column)
    along_row = np.column_stack(
        [1 + np.arange(rows), free[: rows * on_row].reshape(rows, on_row)]
    )  # from the driver
    along_column = np.column_stack(
        [np.zeros(columns, np.int64), free[rows * on_row :].reshape(columns, on_column)]
    )  # from the ground up
    at_row = along_row[:, np.cumsum(apart_on_row)]
    at_column = along_column[:, np.cumsum(apart_on_column)[::-1]].T
    begins = (along_row[:, :-1], along_column[:, :-1], at_row)
    ends = (along_row[:, 1:], along_column[:, 1:], at_column)
    of_wires = np.append(
        np.tile(1 / row[apart_on_row], rows), np.tile(1 / column[::-1][apart_on_column], columns)
    )
    return (
        np.concatenate([some.ravel() for some in begins]),
        np.concatenate([some.ravel() for some in ends]),
        of_wires,
    )
