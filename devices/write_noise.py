"""What a cell shows is not quite what it holds: noise of the visible weight, redrawn by pulses.

    visible = w + s_w D xi

The hidden w takes the pulses; every read, look and conductance sees the visible weight, which may
lie outside the bounds of w (the declarations `write_noise_std` of aihwkit, arXiv:2104.02184; Gong
et al. 2022 fit it to arrays of ReRAM). A cell as grown shows what it holds.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from devices.aging import is_stuck
from devices.identity import NORMALS_PER_BLOCK, Stream
from devices.manufacture import CellParameters, cell_normals
from devices.state import CellState
from devices.technology import PulsedResponse, Technology

__all__ = ["Way", "redraw"]


class Way(IntEnum):
    """How a pulse came; the event of a redraw is 4 * number + way. Never renumber, only append."""

    UPDATE = 0  # number: last sample of the batch as given
    PROGRAM = 1  # number: programming round
    REFRESH = 2  # number: update that was followed by the refresh


def redraw(
    technology: Technology,
    cells: CellParameters,
    state: CellState,
    is_pulsed: npt.NDArray[np.bool_],
    stream: Stream,
    numbers: npt.NDArray[np.int64],
    way: Way,
    at: npt.NDArray[np.int64] | None = None,
) -> None:
    """Draw the visible offset of pulsed cells anew, once for all their pulses of a batch.

    The draw is numbered by the last sample of the batch: the same samples in other batches have
    the same distribution, but other draws. Stuck cells keep what they show.

    Args:
        technology: s_w and the step D.
        cells: parameters.
        state: changed in place.
        is_pulsed: `[device, row, column]` of physical cells, or `[device, len(at), column]`.
        stream: draws of the write noise.
        numbers: `[device]`, number of the event.
        way: how the pulses came.
        at: the rows of cells that may have been pulsed, each once; default: all, in order.
    """
    if state.offset is None or not is_pulsed.any():
        return
    response = technology.response
    assert isinstance(response, PulsedResponse)
    devices, rows, columns = is_pulsed.shape
    shown = np.float32(response.write_noise * response.step)
    if at is None:
        drawn = shown * cell_normals(stream, 4 * numbers + way, rows, columns)
        state.offset = np.where(is_pulsed & ~is_stuck(cells, state), drawn, state.offset)
        return
    blocks = -(-columns // NORMALS_PER_BLOCK)
    places = (at[:, None] * blocks + np.arange(blocks))[None]
    xi = stream.normal_blocks(places, (4 * numbers + way)[:, None, None])
    drawn = shown * xi.reshape(devices, rows, blocks * NORMALS_PER_BLOCK)[:, :, :columns]
    changes = is_pulsed & ~is_stuck(cells, state, at)
    state.offset[:, at] = np.where(changes, drawn, state.offset[:, at])
