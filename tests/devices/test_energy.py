import numpy as np
import pytest
from specimens import STEP, grown, technology, weights_of

from devices import preset
from devices.energy import Ledger
from devices.identity import Purpose
from devices.pulses import drive, fire, slots

ROWS, COLUMNS = 5, 7
ENERGY = {"pulse": 3e-12, "half_select": 2e-14, "dac": 1e-13, "adc": 2e-12}


def metered(count=3, *, weight=None, **more):
    pieces = {
        "spread": {"initial": 0.3},
        "energy": ENERGY,
        "cell": {"g_min": 2e-6, "g_max": 26e-6},
        "read": {"voltage": 0.3, "duration": 5e-8, "dac_bits": 7, "adc_bits": 9},
        "write": {"pulse_duration": 3e-7},
    }
    made_of = technology(pieces=pieces, w_max=1.25, w_min=-0.75)
    return grown(made_of, ROWS, COLUMNS, count, weight=weight, **more)


def read_joules(array, x, *, is_reverse=False):
    """Sum V^2 G t over every cell and its reference, one after another."""
    siemens = 24e-6 / 2.0
    reference = 2e-6 + 0.75 * siemens
    joules = np.zeros(array.serials.size)
    for device, w in enumerate(weights_of(array)):
        for sample in np.broadcast_to(x, (array.serials.size, *x.shape[-2:]))[device]:
            v = np.rint(sample / np.abs(sample).max() * 63) / 63
            for row in range(ROWS):
                for column in range(COLUMNS):
                    volts = 0.3 * v[column if is_reverse else row]
                    G = reference + siemens * w[row, column]
                    joules[device] += volts**2 * (G + reference) * 5e-8
    return joules


@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_a_read_costs_the_heat_of_every_cell_and_reference(shape):
    array = metered()
    x = np.random.default_rng(0).uniform(-2, 2, (*shape, ROWS)).astype(np.float32)
    array.forward(x)
    expected = read_joules(array, x)
    np.testing.assert_allclose(array.ledger.read, expected, rtol=1e-5)
    np.testing.assert_allclose(array.ledger.convert, 4 * (5 * 1e-13 + 7 * 2e-12), rtol=1e-12)
    np.testing.assert_allclose(array.ledger.busy, 4 * 5e-8, rtol=1e-12)
    assert array.ledger.reads.tolist() == [4, 4, 4]
    assert not array.ledger.write.any()
    d = np.random.default_rng(1).uniform(-2, 2, (*shape, COLUMNS)).astype(np.float32)
    array.backward(d)
    expected += read_joules(array, d, is_reverse=True)
    np.testing.assert_allclose(array.ledger.read, expected, rtol=1e-5)
    np.testing.assert_allclose(array.ledger.convert, 4 * 12 * (1e-13 + 2e-12), rtol=1e-12)


def test_the_read_power_of_one_cell_by_hand():
    # 0.2 V over 25 uS and its 13 uS reference for 100 ns: 0.04 * 38e-6 * 1e-7 = 152 aJ.
    array = grown(preset("mortal-default"), 1, 1, weight=1.0)
    array.forward([[1.0]])
    np.testing.assert_allclose(array.ledger.read, 1.52e-13, rtol=1e-6)
    np.testing.assert_allclose(array.ledger.convert, 2.1e-12, rtol=1e-6)


def test_pulses_and_half_selected_cells_are_paid_for():
    array = metered(2, weight=0.0)
    # Rows 0, 1, 2 and columns 0, 1 fire in all of 4 slots; the rest is silent.
    x, d = np.zeros((1, ROWS)), np.zeros((1, COLUMNS))
    x[0, :3], d[0, :2] = [1, -1, 1], [1, -1]
    array.update(x, d, 4 * STEP)
    pulses = 4 * 6
    half = 4 * (3 * (COLUMNS - 2) + 2 * (ROWS - 3))
    assert array.ledger.pulses.tolist() == [pulses] * 2
    np.testing.assert_allclose(array.ledger.write, pulses * 3e-12 + half * 2e-14, rtol=1e-12)
    np.testing.assert_allclose(array.ledger.busy, 4 * 3e-7, rtol=1e-12)
    moved = (weights_of(array) / STEP)[0]
    assert moved[:3, :2].tolist() == [[4, -4], [-4, 4], [4, -4]]
    assert np.count_nonzero(moved) == 6


def test_random_trains_are_paid_slot_by_slot():
    """Against a count over the slots of the trains themselves."""
    array = metered(2, weight=0.0)
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (2, 6, ROWS)).astype(np.float32)
    d = rng.uniform(-1, 1, (2, 6, COLUMNS)).astype(np.float32)
    made_of = array.technology
    driven = drive(x, d, 0.01, STEP, made_of.write)
    zero = np.zeros(2, np.int64)
    rows, columns = (
        slots(fire(signals, gains, driven.lengths, array.stream(purpose), zero))
        for signals, gains, purpose in (
            (x, driven.rows, Purpose.ROW_PULSES),
            (d, driven.columns, Purpose.COLUMN_PULSES),
        )
    )
    array.update(x, d, 0.01)
    for device in range(2):
        full = half = 0
        for sample in range(6):
            for slot in range(rows.shape[3]):
                on_row = rows[device, :, sample, slot] != 0
                on_column = columns[device, :, sample, slot] != 0
                full += int(np.outer(on_row, on_column).sum())
                half += int((on_row[:, None] ^ on_column[None]).sum())
        assert array.ledger.pulses[device] == full > 0
        np.testing.assert_allclose(array.ledger.write[device], full * 3e-12 + half * 2e-14)


def test_the_exact_control_costs_nothing_but_counts_its_reads():
    array = grown(preset("exact"), ROWS, COLUMNS, 2)
    array.forward(np.ones((3, ROWS)))
    array.update(np.ones((3, ROWS)), np.ones((3, COLUMNS)), 0.1)
    array.wait(60.0)
    assert array.ledger.total.tolist() == [0, 0]
    assert array.ledger.reads.tolist() == [3, 3]
    assert array.ledger.clock.tolist() == [60, 60]


def test_arrays_of_one_device_work_in_turn_and_rest_together():
    first, second = metered(), metered(array=1)
    for array, reads in ((first, 2), (second, 5)):
        array.forward(np.ones((reads, ROWS)))
        array.update(np.ones((1, ROWS)), np.ones((1, COLUMNS)), STEP)
        array.wait(1000.0)
    whole = Ledger.over([first.ledger, second.ledger])
    assert whole.reads.tolist() == [7, 7, 7]
    assert whole.pulses.tolist() == [70, 70, 70]
    assert whole.rested.tolist() == [1000] * 3
    np.testing.assert_allclose(whole.busy, first.ledger.busy + second.ledger.busy)
    np.testing.assert_allclose(whole.total, first.ledger.total + second.ledger.total)
    np.testing.assert_allclose(whole.clock, 1000 + whole.busy)
    whole.rested += 1
    assert first.ledger.rested.tolist() == [1000] * 3, "the account of the whole is its own"


def test_the_total_is_read_write_conversion_and_digital_work():
    ledger = Ledger.blank(2)
    ledger.read += 1
    ledger.write += 10
    ledger.convert += 100
    ledger.digital += 1000
    ledger.busy += 5
    ledger.rested += 7
    assert ledger.total.tolist() == [1111, 1111]
    assert ledger.clock.tolist() == [12, 12]
    assert tuple(ledger.columns()) == Ledger.names()
    part = ledger.take(np.array([1]))
    part.read += 1
    assert ledger.read.tolist() == [1, 1]
    ledger.put(np.array([0]), part)
    assert ledger.read.tolist() == [2, 1]
