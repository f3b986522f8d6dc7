"""Arrays of several tiles, and broken lines."""

import numpy as np
import pytest
from specimens import grown, technology, weights_of

from devices import WrongShape
from devices.identity import Purpose
from devices.technology import Tile
from devices.tiling import grid_of, place

ROWS, COLUMNS = 21, 19
CELL = {"g_min": 2e-6, "g_max": 26e-6}
ERRORS = {"initial": 0.3, "cell_gain": 0.2, "column_gain": 0.1, "column_offset": 0.1}
PATH = {"dac_bits": 7, "adc_bits": 9, "output_bound": 4.0, "output_noise": 0.05}


def tiled(
    rows=None, columns=None, *, spread=None, read=None, faults=None, disturb=None, count=2, **more
):
    pieces = {
        "spread": {"initial": 0.3} | (spread or {}),
        "read": {"duration": 5e-8, "voltage": 0.3} | (read or {}),
        "cell": CELL,
        "energy": {"dac": 1e-13, "adc": 2e-12, "digital": 5e-13},
    }
    if rows is not None:
        pieces["tile"] = {"rows": rows, "columns": columns}
    if faults is not None:
        pieces["faults"] = faults
    if disturb is not None:
        pieces["disturb"] = disturb
    return grown(technology(pieces=pieces), ROWS, COLUMNS, count, **more)


def signals(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def test_a_grid_covers_every_line_once():
    grid = grid_of(Tile(rows=8, columns=19), ROWS, COLUMNS)
    assert grid.rows == (slice(0, 8), slice(8, 16), slice(16, 21))
    assert grid.columns == (slice(0, 19),)
    assert grid_of(None, ROWS, COLUMNS).rows == (slice(0, ROWS),)
    with pytest.raises(WrongShape, match="at most 512"):
        grid_of(Tile(rows=1, columns=1), 513, 2)


def test_places_of_tiles_passes_and_rounds_never_meet():
    corners = [
        place(tile, part, again) + block
        for tile in (0, 1, 511) for part in (0, 1, 31) for again in (0, 1, 15)
        for block in (0, 2**14 - 1)
    ]  # fmt: skip
    assert len(set(corners)) == len(corners)
    assert min(corners) == 0
    assert max(corners) == 2**32 - 1


def test_one_tile_that_holds_the_array_changes_nothing():
    plain, one = tiled(spread=ERRORS, read=PATH), tiled(ROWS, 40, spread=ERRORS, read=PATH)
    x, d = signals(5, ROWS), signals(5, COLUMNS)
    assert np.array_equal(plain.forward(x), one.forward(x))
    assert np.array_equal(plain.backward(d), one.backward(d))
    for name, account in plain.ledger.columns().items():
        assert np.array_equal(account, one.ledger.columns()[name]), name


def test_the_first_tile_has_the_errors_of_an_array_that_is_not_cut():
    plain, cut = tiled(spread=ERRORS), tiled(8, 10, spread=ERRORS)
    for name in ("gain", "offset"):
        whole = getattr(plain._column_errors, name)
        parts = getattr(cut._column_errors, name)
        assert np.array_equal(parts[:, :COLUMNS], whole)
        assert parts.shape == (2, 3 * COLUMNS)
        assert np.unique(parts).size == parts.size
        assert getattr(cut._row_errors, name).shape == (2, 2 * ROWS)


@pytest.mark.parametrize("is_reverse", [False, True], ids=["forward", "backward"])
def test_outputs_of_tiles_are_converted_apart_and_added(is_reverse):
    read = {k: v for k, v in PATH.items() if k != "output_noise"}
    array = tiled(8, 10, spread={"column_gain": 0.1, "column_offset": 0.1}, read=read)
    w, errors, size = weights_of(array), array._column_errors, (8, COLUMNS)
    if is_reverse:
        w, errors, size = w.swapaxes(1, 2), array._row_errors, (10, ROWS)
    x = signals(60, w.shape[1])
    expected = np.zeros((2, 60, size[1]))
    step, scales = 8.0 / (2**9 - 2), []
    for tile, first in enumerate(range(0, w.shape[1], size[0])):
        here = slice(first, first + size[0])
        lines = slice(tile * size[1], (tile + 1) * size[1])
        s = np.abs(x[:, here]).max(axis=1, keepdims=True).astype(np.float64)
        v = np.rint((x[:, here] / s.astype(np.float32)) * np.float32(63)).astype(np.float64) / 63
        current = (v @ w[:, here]) * (1.0 + errors.gain[:, None, lines])
        current += errors.offset[:, None, lines]
        expected += s * (np.rint(np.clip(current, -4, 4) / step) * step)
        scales.append(s)
    found = array.backward(x) if is_reverse else array.forward(x)
    steps = np.abs(found - expected) / np.min(scales, axis=0) / step
    assert (steps > 1e-2).mean() < 3e-3, f"{(steps > 1e-2).mean():.4f} of outputs differ"


def test_every_tile_has_noise_of_its_own():
    read = {"output_noise": 0.1, "noise_management": "none"}
    y = tiled(7, 10, read=read, weight=0.0).forward(np.ones((3000, ROWS)))
    off = y.std() / (0.1 * np.sqrt(3)) - 1
    assert abs(off) < 5 / np.sqrt(2 * y.size), f"off by a factor {off:.4f}"
    one = tiled(read=read, weight=0.0).forward(np.ones((3000, ROWS)))
    shared = np.corrcoef(y.ravel(), one.ravel())[0, 1]  # the first of three tiles
    assert abs(shared - 1 / np.sqrt(3)) < 5 / np.sqrt(y.size)


def test_noise_of_inputs_is_drawn_for_each_strip_of_tiles():
    read = {"noise": {"input": 0.1}, "noise_management": "none"}
    array = tiled(30, 10, read=read, weight=1.0)
    y = array.forward(np.ones((3000, ROWS)))[0].astype(np.float64)
    correlation = np.corrcoef(y.T)
    assert correlation[0, 9] > 0.999, "columns of one tile share their converters"
    assert abs(correlation[0, 10]) < 5 / np.sqrt(3000), "columns of two tiles do not"


def test_tiles_work_at_once_and_are_each_paid():
    array, plain = tiled(8, 10), tiled()
    x = np.ones((4, ROWS))
    array.forward(x)
    plain.forward(x)
    np.testing.assert_allclose(array.ledger.busy, 4 * 5e-8, rtol=1e-12)
    # 3 x 2 tiles: each row has two converters, each column three; two sums of 19 outputs.
    convert = 4 * (2 * ROWS * 1e-13 + 3 * COLUMNS * 2e-12)
    np.testing.assert_allclose(array.ledger.convert, convert, rtol=1e-12)
    np.testing.assert_allclose(array.ledger.digital, 4 * 2 * COLUMNS * 5e-13, rtol=1e-12)
    np.testing.assert_allclose(array.ledger.read, plain.ledger.read, rtol=1e-6)


def test_only_the_tile_that_clips_is_read_again():
    read = {"adc_bits": 8, "output_bound": 4.0, "bound_management": 3}
    array = tiled(11, 19, read=read, weight=0.0, count=1)
    array._state.weight[0, :11, 3] = 0.5  # 5.5 in the first tile, nothing in the second
    y = array.forward(np.ones((2, ROWS)))
    np.testing.assert_allclose(y[0, :, 3], 5.5, atol=0.04)
    assert array.ledger.repeats.tolist() == [2]
    np.testing.assert_allclose(array.ledger.busy, 4 * 5e-8, rtol=1e-12)
    convert = 4 * (11 * 1e-13 + 19 * 2e-12) + 2 * (10 * 1e-13 + 19 * 2e-12)
    np.testing.assert_allclose(array.ledger.convert, convert, rtol=1e-12)


# Broken lines


def test_the_declared_fractions_of_lines_are_broken():
    faults = {"row_open": 0.1, "column_open": 0.2, "tile_dead": 0.25}
    array = tiled(1, 2, faults=faults, count=400)
    found = array._cells.is_connected.mean(dtype=np.float64)
    # A tile of 1 x 2 cells: one row line, two columns. 400 x 21 x 10 tiles, cells correlated.
    expected = 0.9 * 0.8 * 0.75
    assert abs(found - expected) < 6 * 0.5 / np.sqrt(400 * 21 * 10), f"{found:.4f}"
    for name, fraction in faults.items():
        alone = tiled(1, 2, faults={name: fraction}, count=400)._cells.is_connected
        assert abs(alone.mean() - (1 - fraction)) < 6 * 0.5 / np.sqrt(400 * 21 * 10), name


def test_an_open_line_is_whole_in_itself_and_ends_with_its_tile():
    whole = tiled(faults={"row_open": 0.3}, count=20)._cells.is_connected
    assert (whole.all(axis=2) | ~whole.any(axis=2)).all()
    whole = tiled(faults={"column_open": 0.3}, count=20)._cells.is_connected
    assert (whole.all(axis=1) | ~whole.any(axis=1)).all()
    cut = tiled(11, 10, faults={"row_open": 0.3}, count=20)._cells.is_connected
    left, right = cut[:, :, :10], cut[:, :, 10:]
    assert (left.all(axis=2) | ~left.any(axis=2)).all()
    assert (left[:, :, 0] != right[:, :, 0]).any(), "the other tile has a line of its own"
    cut = tiled(11, 10, faults={"column_open": 0.3}, count=20)._cells.is_connected
    upper, lower = cut[:, :11], cut[:, 11:]
    assert (upper.all(axis=1) | ~upper.any(axis=1)).all()
    assert (upper[:, 0] != lower[:, 0]).any(), "the tile below has a line of its own"
    dead = tiled(11, 10, faults={"tile_dead": 0.5}, count=20)._cells.is_connected
    blocks = [
        dead[:, a, b] for a in (slice(0, 11), slice(11, 21)) for b in (slice(0, 10), slice(10, 19))
    ]
    for block in blocks:
        assert (block.all(axis=(1, 2)) | ~block.any(axis=(1, 2))).all()


def test_cells_of_open_lines_add_nothing_and_stay_cold_and_unmoved():
    faults = {"row_open": 0.3, "column_open": 0.3}
    spread = {"cell_gain": 0.2, "curvature": 0.1, "column_offset": 0.1}
    array = tiled(faults=faults, spread=spread, count=3)
    connected, before = array._cells.is_connected, weights_of(array)
    assert 0.2 < connected.mean() < 0.8
    x = signals(8, ROWS)
    s = np.abs(x).max(axis=1, keepdims=True)
    v = (x / s).astype(np.float64)
    w_ref = 14 / 12
    own = array._cells.gain.astype(np.float64) * (before + w_ref)
    linear = (own - w_ref) * connected
    cubic = own * array._cells.curvature.astype(np.float64) * connected
    offset = array._column_errors.offset[:, None].astype(np.float64)
    expected = s * (v @ linear + v**3 @ cubic + offset)
    assert np.abs(array.forward(x) - expected).max() < 1e-5
    G = (2 * 14e-6 + 12e-6 * before) * connected
    joules = 0.3**2 * 5e-8 * np.einsum("sj,dji->d", v**2, G)
    np.testing.assert_allclose(array.ledger.read, joules, rtol=1e-5)
    array.update(signals(3, ROWS), signals(3, COLUMNS), 0.05)
    moved = weights_of(array) != before
    assert not (moved & ~connected).any()
    assert moved[connected].mean() > 0.5
    assert (array.is_stuck() == ~connected).all()


def test_a_tiled_device_is_the_same_alone_and_in_company():
    read = PATH | {"noise": {"cells": 0.1, "input": 0.02}, "bound_management": 3}
    how = {"spread": ERRORS, "read": read, "faults": {"row_open": 0.1, "tile_dead": 0.1}}
    crowd = tiled(8, 10, count=5, **how)
    alone = grown(crowd.technology, ROWS, COLUMNS, 1, first=3)
    x = signals(5, 9, ROWS)
    assert np.array_equal(crowd.forward(x)[3], alone.forward(x[3:4])[0])
    assert np.array_equal(crowd._cells.is_connected[3], alone._cells.is_connected[0])
    for name, account in crowd.ledger.columns().items():
        assert account[3] == alone.ledger.columns()[name][0], name


def test_draws_of_the_first_tile_are_those_of_an_array_that_is_not_cut():
    read = {"output_noise": 0.1, "noise_management": "none"}
    array = tiled(ROWS, 10, read=read, weight=0.0, count=1)
    y = array.forward(np.ones((1, ROWS)))[0, 0]
    drawn = array.stream(Purpose.READ).normals(0, COLUMNS)[0]
    np.testing.assert_allclose(y, 0.1 * drawn, rtol=1e-6)


def test_lines_are_heated_as_often_as_they_are_driven():
    """A row that crosses two tiles, of which one is read again, counts the mean of both."""
    read = {"adc_bits": 8, "output_bound": 4.0, "bound_management": 3, "noise_management": "none"}
    array = tiled(11, 10, read=read, weight=0.0, count=1, disturb={"read": 1e-12})
    array._state.weight[0, :11, 3] = 0.5
    x = np.full((2, ROWS), 0.5)
    x[:, 4] = 1.0
    x[:, 12] = 0.25
    array._state.weight[0, 4, 3] = 3.0  # 5.5 of 4 clips once: read again at half the voltage
    array.forward(x)
    assert array.ledger.repeats.tolist() == [2]
    heat = 2 * np.square(x[0])
    heat[:11] = (heat[:11] * 1.25 + heat[:11]) / 2
    np.testing.assert_allclose(array._state.row_reads[0], heat, rtol=1e-6)
    array.backward(np.ones((3, COLUMNS)))
    np.testing.assert_allclose(array._state.column_reads[0], 3.0, rtol=1e-6)
