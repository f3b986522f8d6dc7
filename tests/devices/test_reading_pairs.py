"""Pairs of cells through noise, tiles and broken lines, against sums over physical cells."""

import numpy as np
import pytest
from specimens import grown, technology

ROWS, COLUMNS = 9, 7
CELL = {"g_min": 1e-6, "g_max": 25e-6}
REFERENCE = 13 / 12


def paired(kind="differential", *, read=None, spread=None, count=2, **pieces):
    pieces = {
        "cell": CELL | {"kind": kind},
        "read": {"duration": 5e-8, "voltage": 0.3} | (read or {}),
        "spread": {"initial": 0.3} | (spread or {}),
    } | pieces
    return grown(technology(pieces=pieces), ROWS, COLUMNS, count)


def cells_of(array):
    return np.split(array._state.weight.astype(np.float64), 2, 1)


def assert_deviation(y, expected):
    noise = (y - y.mean(axis=1, keepdims=True)).astype(np.float64) / expected[:, None]
    off = noise.std() - 1
    assert abs(off) < 5 / np.sqrt(2 * noise.size), f"off by a factor {off:.4f}"
    off = np.abs(noise.std(axis=1) - 1).max()
    assert off < 6 / np.sqrt(2 * noise.shape[1])


@pytest.mark.parametrize("kind", ["differential", "one-sided"])
@pytest.mark.parametrize("is_reverse", [False, True], ids=["forward", "backward"])
def test_noises_of_both_cells_of_a_pair_add(kind, is_reverse):
    noise = {"cells": 0.05, "relative_to": "conductance"}
    array = paired(kind, read={"noise": noise, "noise_management": "none"})
    plus, minus = cells_of(array)
    squares = (plus + REFERENCE) ** 2 + (minus + REFERENCE) ** 2
    squares = squares.swapaxes(1, 2) if is_reverse else squares
    v = np.linspace(-1, 1, squares.shape[1]).astype(np.float32)
    x = np.broadcast_to(v, (3000, v.size))
    y = array.backward(x) if is_reverse else array.forward(x)
    assert_deviation(y, 0.05 * np.sqrt(np.einsum("j,dji->di", v.astype(np.float64) ** 2, squares)))


def test_noise_relative_to_the_weight_is_that_of_the_difference():
    array = paired(read={"noise": {"cells": 0.05}, "noise_management": "none"})
    plus, minus = cells_of(array)
    y = array.forward(np.ones((3000, ROWS)))
    assert_deviation(y, 0.05 * np.linalg.norm(plus - minus, axis=1))


def test_a_pair_has_traps_of_two_cells():
    telegraph = {"fraction": 1.0, "amplitude": 0.2, "high": 1e-6, "low": 1e-6}
    read = {"noise": {"telegraph": telegraph}, "noise_management": "none"}
    array = paired(read=read)
    y = array.forward(np.eye(ROWS, dtype=np.float32))
    low = np.split(array._fluctuation.is_low, 2, 1)
    plus, minus = (
        (w + REFERENCE) * (1 - 0.2 * is_low) for w, is_low in zip(cells_of(array), low, strict=True)
    )
    assert (low[0] != low[1]).any()
    np.testing.assert_allclose(y, plus - minus, atol=1e-5)


def test_pairs_are_cut_and_broken_by_physical_lines():
    faults = {"row_open": 0.3, "column_open": 0.1, "tile_dead": 0.1}
    tile = {"rows": 4, "columns": 5}
    array = paired(count=6, faults=faults, tile=tile, read={"noise_management": "none"})
    connected = array._cells.is_connected
    assert connected.shape == (6, 2 * ROWS, COLUMNS)
    whole = np.split(connected, 2, 1)
    assert (whole[0] != whole[1]).any(), "each cell of a pair has a row of its own"
    for i in (slice(0, 4), slice(4, 8), slice(8, 9)):
        for j in (slice(0, 5), slice(5, 7)):
            # Where a row is whole, its cells tell the columns of this tile, for both planes.
            lit = np.concatenate([plane[:, i, j] for plane in whole], axis=1)
            rows, columns = lit.any(axis=2), lit.any(axis=1)
            assert np.array_equal(lit, rows[:, :, None] & columns[:, None, :])
    plus, minus = (w * is_whole for w, is_whole in zip(cells_of(array), whole, strict=True))
    # A lone cell is read against nothing: its whole conductance stands in the sum.
    lone = REFERENCE * (whole[0].astype(np.float64) - whole[1])
    v = np.linspace(-1, 1, ROWS)
    found = array.forward(v[None].astype(np.float32))[:, 0]
    assert np.abs(found - np.einsum("j,dji->di", v, plus - minus + lone)).max() < 1e-5
    G = 12e-6 * (plus + minus + REFERENCE * (whole[0].astype(np.float64) + whole[1]))
    joules = 0.3**2 * 5e-8 * np.einsum("j,dji->d", v**2, G)
    np.testing.assert_allclose(array.ledger.read, joules, rtol=1e-5)


def test_errors_of_tiles_of_pairs_belong_to_input_lines():
    array = paired(tile={"rows": 4, "columns": 5}, spread={"column_offset": 0.1})
    assert array._column_errors.offset.shape == (2, 3 * COLUMNS)
    assert array._row_errors.offset.shape == (2, 2 * ROWS)
    plus, minus = cells_of(array)
    d = np.random.default_rng(0).uniform(-1, 1, (5, COLUMNS)).astype(np.float32)
    expected = np.einsum("sj,dij->dsi", d.astype(np.float64), plus - minus)
    for tile, here in enumerate((slice(0, 5), slice(5, 7))):
        s = np.abs(d[:, here]).max(axis=1)
        offset = array._row_errors.offset[:, None, tile * ROWS : (tile + 1) * ROWS]
        expected = expected + s[None, :, None] * offset
    assert np.abs(array.backward(d) - expected).max() < 1e-5


@pytest.mark.parametrize("coding", ["amplitude", "pulse-width"])
def test_a_lone_cell_of_a_pair_is_curved_as_a_whole(coding):
    read = {"curvature": 0.1, "coding": coding, "noise_management": "none"}
    array = paired(read=read, faults={"row_open": 0.5}, spread={"curvature": 0.1})
    whole = np.split(array._cells.is_connected, 2, 1)
    assert (whole[0] != whole[1]).any()
    kappa = np.split(array._cells.curvature.astype(np.float64), 2, 1)
    v = np.linspace(-1, 1, ROWS)
    cube = v**3 if coding == "amplitude" else v
    plus, minus = (
        w_is * (w + REFERENCE) * (v[:, None] + k * cube[:, None])
        for w, w_is, k in zip(cells_of(array), whole, kappa, strict=True)
    )
    found = array.forward(v[None].astype(np.float32))[:, 0]
    assert np.abs(found - (plus - minus).sum(axis=1)).max() < 1e-5
