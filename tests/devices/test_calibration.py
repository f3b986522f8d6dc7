"""What digital calibration undoes, what it leaves, and what it costs."""

import numpy as np
import pytest
from specimens import grown, technology, weights_of

from devices import UnsupportedVerb, calibrate, compensate

ROWS, COLUMNS = 24, 10
ENERGY = {"dac": 1e-13, "adc": 2e-12, "digital": 5e-13}


def drifting(how, *, spread=None, tile=None, read=None, exponent=0.06, count=3):
    pieces = {
        "spread": {"initial": 0.3} | (spread or {}),
        "cell": {"g_min": 1e-6, "g_max": 25e-6},
        "read": {"calibration": how} | (read or {}),
        "retention": {"drift_exponent": exponent} if exponent else {},
        "energy": ENERGY,
    }
    if tile:
        pieces["tile"] = tile
    return grown(technology(pieces=pieces), ROWS, COLUMNS, count)


def signals(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("how", ["global", "per-column"])
@pytest.mark.parametrize("tile", [None, {"rows": 10, "columns": 7}], ids=["one", "tiles"])
def test_drift_that_all_cells_share_is_undone(how, tile):
    array = drifting(how, tile=tile)
    x = signals(16, ROWS)
    before = array.forward(x)
    kept = calibrate(array, signals(8, ROWS, seed=1))
    array.wait(1e7)
    drifted = array.forward(x)
    # Cell and reference drift alike: every weight shrinks by ((t + t0) / t0)^-nu.
    factor = ((1e7 + 20) / 20) ** -0.06
    np.testing.assert_allclose(drifted, factor * before, rtol=1e-4, atol=1e-5)
    compensate(array, kept)
    np.testing.assert_allclose(array._correction.gain, 1 / factor, rtol=1e-4)
    off = np.abs(array.forward(x) - before).max()
    assert off < 1e-4, f"off by {off:.1e}"


def test_the_global_factor_is_the_ratio_of_summed_answers():
    array = drifting("global", spread={"drift": 0.5, "column_offset": 0.1})
    x = signals(8, ROWS, seed=1)
    kept = calibrate(array, x)
    before = np.abs(array.forward(x)).sum(axis=(1, 2))
    array.wait(1e7)
    now = np.abs(array.forward(x)).sum(axis=(1, 2))
    compensate(array, kept)
    gain = array._correction.gain
    np.testing.assert_allclose(
        gain, np.broadcast_to((before / now)[:, None], gain.shape), rtol=1e-5
    )
    assert not array._correction.offset.any(), "a global factor knows no offsets"


@pytest.mark.parametrize("tile", [None, {"rows": 10, "columns": 7}], ids=["one", "tiles"])
def test_offsets_of_columns_are_found_in_silence(tile):
    spread = {"column_offset": 0.1}
    array, ideal = drifting("per-column", spread=spread, tile=tile), drifting("none", tile=tile)
    x = signals(16, ROWS)
    assert np.abs(array.forward(x) - ideal.forward(x)).max() > 0.02
    calibrate(array, signals(8, ROWS, seed=1))
    off = np.abs(array.forward(x) - ideal.forward(x)).max()
    assert off < 1e-5, f"off by {off:.1e}"


def test_noise_of_a_measured_offset_falls_with_its_reads():
    read = {"output_noise": 0.1}
    spread = {"column_offset": 0.1}
    for reads in (4, 400):
        array = drifting("per-column", spread=spread, read=read, count=40)
        calibrate(array, np.ones((reads, ROWS)))
        error = array._correction.offset - array._column_errors.offset
        off = error.std() / (0.1 / np.sqrt(reads)) - 1
        assert abs(off) < 5 / np.sqrt(2 * error.size), f"{reads} reads: off by {off:.3f}"


def test_what_differs_from_cell_to_cell_stays():
    left = {}
    for spread in (0.0, 0.1, 0.5):
        array = drifting("per-column", spread={"drift": spread})
        x = signals(16, ROWS)
        before = array.forward(x)
        kept = calibrate(array, signals(64, ROWS, seed=1))
        array.wait(1e7)
        compensate(array, kept)
        left[spread] = np.abs(array.forward(x) - before).std()
    assert left[0.0] < 1e-4
    assert left[0.1] > 0.02
    assert left[0.5] > 2 * left[0.1], left


def test_calibration_is_paid_for():
    array = drifting("per-column", tile={"rows": 10, "columns": 7})
    kept = calibrate(array, np.ones((8, ROWS)))
    assert array.ledger.reads.tolist() == [16] * 3
    sums = 2 * COLUMNS * 16  # of three tiles' outputs
    corrections = 3 * COLUMNS * 8  # of the reference vectors; silence was read uncorrected
    np.testing.assert_allclose(array.ledger.digital, (sums + corrections) * 5e-13, rtol=1e-9)
    compensate(array, kept)
    assert array.ledger.reads.tolist() == [24] * 3
    array.forward(np.ones((1, ROWS)))
    corrections += 3 * COLUMNS * 9
    np.testing.assert_allclose(
        array.ledger.digital, ((2 * COLUMNS * 25) + corrections) * 5e-13, rtol=1e-9
    )


def test_a_lent_device_keeps_its_correction():
    array = drifting("per-column", spread={"column_offset": 0.1})
    x = signals(4, ROWS)
    calibrate(array, x)
    part = array.take([1])
    assert np.array_equal(part.forward(x)[0], array.forward(x)[1])
    assert np.array_equal(weights_of(part)[0], weights_of(array)[1])


def test_calibration_is_refused_where_it_is_not_declared():
    array = drifting("none")
    with pytest.raises(UnsupportedVerb, match="has no calibration"):
        calibrate(array, np.ones((1, ROWS)))
    kept = calibrate(drifting("global"), np.ones((1, ROWS)))
    with pytest.raises(UnsupportedVerb, match="calibrated before"):
        compensate(drifting("global"), kept)
    assert array.ledger.reads.sum() == 0
