"""Reads through wires that resist, against the node equations of each tile."""

import numpy as np
import pytest
from specimens import grown, technology

from devices.technology import Wires
from devices.wires import currents

ROWS, COLUMNS = 14, 11
CELL = {"g_min": 1e-6, "g_max": 25e-6}
SIEMENS, REFERENCE = 12e-6, 13e-6
LINES = {
    "row_resistance": 40.0, "column_resistance": 60.0, "source_resistance": 300.0,
    "sense_resistance": 200.0, "solve": "exact",
}  # fmt: skip


def wired(*, cell=None, wires=None, count=2, spread=None, read=None, **more):
    pieces = {
        "cell": CELL | (cell or {}),
        "wires": LINES | (wires or {}),
        "spread": {"initial": 0.3} | (spread or {}),
        "read": read or {},
    } | more
    return grown(technology(pieces=pieces), ROWS, COLUMNS, count)


def signals(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def by_nodes(G, x, lines, is_reverse):
    """Return the currents of absolute conductances and of uniform references, subtracted."""
    wires = Wires(**LINES | (lines or {}))
    cells = currents(G, x, wires, is_reverse=is_reverse)
    return cells - currents(np.full_like(G, REFERENCE), x, wires, is_reverse=is_reverse)


@pytest.mark.parametrize("is_reverse", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("shape", [(3,), (2, 3)], ids=["shared", "own"])
def test_wires_act_on_absolute_conductances(is_reverse, shape):
    array = wired(spread={"cell_gain": 0.2})
    G = array._cells.gain.astype(np.float64) * (REFERENCE + SIEMENS * array._state.weight)
    x = signals(*shape, COLUMNS if is_reverse else ROWS)
    found = array.backward(x) if is_reverse else array.forward(x)
    expected = by_nodes(G, x if x.ndim == 3 else x[None], None, is_reverse) / SIEMENS
    off = np.abs(found - expected).max()
    assert off < 1e-5, f"off by {off:.1e}"
    w = array._state.weight.swapaxes(1, 2) if is_reverse else array._state.weight
    assert np.abs(found - x @ w).max() > 0.02, "the wires must be felt"


@pytest.mark.parametrize("is_reverse", [False, True], ids=["forward", "backward"])
def test_each_tile_has_wires_of_its_own(is_reverse):
    array = wired(tile={"rows": 5, "columns": 6}, read={"noise_management": "none"})
    G = REFERENCE + SIEMENS * array._state.weight.astype(np.float64)
    x = signals(3, COLUMNS if is_reverse else ROWS)
    expected = np.zeros((2, 3, ROWS if is_reverse else COLUMNS))
    for i in (slice(0, 5), slice(5, 10), slice(10, 14)):
        for j in (slice(0, 6), slice(6, 11)):
            driven, sensed = (j, i) if is_reverse else (i, j)
            tile = by_nodes(G[:, i, j], x[None, :, driven], None, is_reverse)
            expected[:, :, sensed] += tile / SIEMENS
    found = array.backward(x) if is_reverse else array.forward(x)
    assert np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize("is_reverse", [False, True], ids=["forward", "backward"])
def test_cells_of_a_pair_share_their_columns(is_reverse):
    array = wired(cell={"kind": "differential"}, tile={"rows": 8, "columns": 20})
    G = REFERENCE + SIEMENS * array._state.weight.astype(np.float64)
    wires = Wires(**LINES)
    x = signals(3, COLUMNS if is_reverse else ROWS)
    x[:, 0] = x[:, 8 if not is_reverse else 0] = 1.0  # one scale for both tiles
    expected = np.zeros((2, 3, ROWS if is_reverse else COLUMNS))
    for rows in (slice(0, 8), slice(8, 14)):
        both = np.concatenate([G[:, :ROWS][:, rows], G[:, ROWS:][:, rows]], axis=1)
        if is_reverse:
            plus, minus = np.split(currents(both, x[None], wires, is_reverse=True), 2, 2)
            expected[:, :, rows] = (plus - minus) / SIEMENS
        else:
            here = x[None, :, rows]
            expected += currents(both, np.concatenate([here, -here], 2), wires) / SIEMENS
    found = array.backward(x) if is_reverse else array.forward(x)
    assert np.abs(found - expected).max() < 1e-5


def test_two_level_voltages_meet_cells_as_at_full_scale():
    spread = {"curvature": 0.1}
    read = {"curvature": 0.1, "coding": "pulse-width", "noise_management": "none"}
    array = wired(spread=spread, read=read)
    kappa = array._cells.curvature.astype(np.float64)
    G = (1 + kappa) * (REFERENCE + SIEMENS * array._state.weight)
    wires, x = Wires(**LINES), signals(3, ROWS)
    expected = currents(G, x[None], wires)
    expected -= currents(np.full_like(G, 1.1 * REFERENCE), x[None], wires)
    assert np.abs(array.forward(x) - expected / SIEMENS).max() < 1e-5


def test_open_lines_and_fluctuating_cells_stand_in_the_network():
    telegraph = {"fraction": 1.0, "amplitude": 0.2, "high": 1e-9, "low": 1e6}
    array = wired(
        read={"noise": {"telegraph": telegraph}}, faults={"row_open": 0.3, "column_open": 0.3}
    )
    connected = array._cells.is_connected
    assert 0.2 < connected.mean() < 0.8
    wires, x = Wires(**LINES), signals(3, ROWS)
    G = connected * 0.8 * (REFERENCE + SIEMENS * array._state.weight)
    expected = currents(G, x[None], wires) - currents(connected * REFERENCE, x[None], wires)
    assert np.abs(array.forward(x) - expected / SIEMENS).max() < 1e-5


def test_wires_without_resistance_change_nothing():
    perfect = dict.fromkeys([name for name in LINES if name != "solve"], 0.0)
    wired_up = wired(wires=perfect)
    plain = grown(wired_up.technology.model_copy(update={"wires": None}), ROWS, COLUMNS, 2)
    x = signals(4, ROWS)
    assert np.array_equal(wired_up.forward(x), plain.forward(x))


def test_the_fast_solve_is_the_exact_one_and_the_same_in_any_company():
    exact, fast = wired(count=3), wired(count=3, wires={"solve": "fast"})
    x = signals(3, 6, ROWS)
    together = fast.forward(x)
    assert np.abs(together - exact.forward(x)).max() < 1e-4
    alone = grown(fast.technology, ROWS, COLUMNS, 1, first=1)
    assert np.array_equal(alone.forward(x[1:2])[0], together[1])
    parts = wired(count=3, wires={"solve": "fast"})
    parts = np.concatenate([parts.forward(x[:, :2]), parts.forward(x[:, 2:])], axis=1)
    assert np.abs(parts - together).max() < 1e-5


@pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])
@pytest.mark.parametrize("coding", ["amplitude", "pulse-width"])
def test_wires_of_almost_no_resistance_change_almost_nothing(coding, shared):
    spread = {"cell_gain": 0.2, "curvature": 0.1, "reference": 0.2}
    read = {"curvature": 0.1, "coding": coding}
    thin = {"row_resistance": 1e-6, "column_resistance": 1e-6}
    thin |= {"source_resistance": 0.0, "sense_resistance": 0.0}
    array = wired(wires=thin, spread=spread, read=read, cell={"shared_access": shared})
    plain = grown(array.technology.model_copy(update={"wires": None}), ROWS, COLUMNS, 2)
    x, d = signals(4, ROWS), signals(4, COLUMNS)
    assert np.abs(array.forward(x) - plain.forward(x)).max() < 1e-5
    assert np.abs(array.backward(d) - plain.backward(d)).max() < 1e-5
