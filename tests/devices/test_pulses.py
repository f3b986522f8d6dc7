import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from specimens import STEP, grown, technology, weights_of

from devices.identity import Purpose, Stream
from devices.pulses import coincidences, drive, fire, slots
from devices.technology import Write

RATE = 0.01


def streams(serials=(3,), seed=5):
    at = np.array(serials)
    return Stream(seed, Purpose.ROW_PULSES, 0, at), Stream(seed, Purpose.COLUMN_PULSES, 0, at)


def fired_at(chances, lengths, stream, first):
    """Return the slots of lines that fire with given chances, `[device, line, sample, slot]`."""
    gains = np.full(lengths.shape, 65536, np.float32)
    return slots(fire(chances, gains, lengths, stream, first))


def net_pulses(x, d, rate, write, samples):
    """Return up minus down pulses of one cell array, `[sample, row, column]`, for one x and d."""
    x, d = np.asarray(x, np.float32), np.asarray(d, np.float32)
    shape = (1, samples)
    x, d = np.broadcast_to(x, (*shape, x.size)), np.broadcast_to(d, (*shape, d.size))
    driven = drive(x, d, rate, STEP, write)
    parts = zip((x, d), (driven.rows, driven.columns), streams(), strict=True)
    fired = [
        slots(fire(signals, gains, driven.lengths, stream, np.zeros(1, np.int64)))[0]
        for signals, gains, stream in parts
    ]
    return np.einsum("jns,ins->nji", *fired)


@pytest.mark.parametrize(
    "write",
    [Write(), Write(train_length=8), Write(update_management=False), Write(dynamic_length=False),
     Write(dynamic_length=False, update_management=False)],
    ids=["default", "short", "unmanaged", "fixed", "plain"],
)  # fmt: skip
def test_the_mean_change_is_rate_times_the_outer_product(write):
    # A step is 1/512, so the strongest cell wants 0.01 * 1.2 * 512 = 6 pulses: nothing saturates.
    x, d = [1.0, -0.5, 0.25, 0.0, -0.9, 0.03], [0.8, -1.2, 0.1, 0.4, -0.02]
    samples = 6000
    found = net_pulses(x, d, RATE, write, samples) * STEP
    error = found.std(axis=0) / np.sqrt(samples)
    off = np.abs(found.mean(axis=0) - RATE * np.outer(x, d))
    wrong = off > 5 * error + 1e-4 * STEP  # chances are rounded to 16 bits
    assert not wrong.any(), f"off by {off[wrong]}, standard error {error[wrong]}"
    assert (error[np.abs(np.outer(x, d)) > 0.2] < 0.02 * RATE).all()
    assert not found[:, 3].any(), "a silent row was pulsed"


def test_a_population_moves_by_rate_times_the_outer_product_on_average():
    array = grown(technology(cycle_noise=0.3), 3, 8, 4000, weight=0.0)
    x, d = np.array([[1.0, -0.4, 0.1]]), np.array([np.linspace(-1, 1, 8)])
    array.update(x, d, RATE)
    moved = weights_of(array)
    error = moved.std(axis=0) / np.sqrt(4000)
    worst = (np.abs(moved.mean(axis=0) - RATE * np.outer(x, d)) / error).max()
    assert worst < 5, f"off by {worst:.1f} standard errors"
    assert error.max() < 0.01 * RATE


@given(
    st.floats(1e-6, 10), st.floats(1e-3, 30), st.floats(1e-3, 30), st.integers(1, 31),
    st.booleans(), st.booleans(),
)  # fmt: skip
@settings(deadline=None)
def test_trains_have_the_declared_length_and_gain(rate, x_max, d_max, limit, balanced, dynamic):
    write = Write(train_length=limit, update_management=balanced, dynamic_length=dynamic)
    x = np.array([[[x_max, -x_max / 3]]], np.float32)
    d = np.array([[[-d_max, d_max / 7, 0.0]]], np.float32)
    trains = drive(x, d, rate, STEP, write)
    x, d = x[0, 0].astype(np.float64), d[0, 0].astype(np.float64)
    wanted = rate * x[0] * -d[0] / STEP
    length = min(limit, int(np.ceil(wanted))) if dynamic else limit
    assert trains.lengths.tolist() == [[length]]
    gain = np.sqrt(rate / (STEP * length))
    balance = np.sqrt(-d[0] / x[0]) if balanced or dynamic else 1.0
    np.testing.assert_allclose(trains.rows / 65536, [[gain * balance]], rtol=1e-5)
    np.testing.assert_allclose(trains.columns / 65536, [[gain / balance]], rtol=1e-5)


def test_management_balances_the_loudest_row_and_column():
    x, d = np.array([[[0.01, 0.002]]], np.float32), np.array([[[-5.0, 1.0]]], np.float32)
    balanced = drive(x, d, RATE, STEP, Write())
    assert balanced.rows[0, 0] * 0.01 == pytest.approx(balanced.columns[0, 0] * 5, rel=1e-6)
    plain = drive(x, d, 0.1, STEP, Write(update_management=False, dynamic_length=False))
    assert plain.columns[0, 0] * 5 > 65536
    assert plain.rows[0, 0] * 0.01 < 6554


def test_silence_takes_no_slots_and_fires_nothing():
    x, d = np.zeros((1, 2, 3), np.float32), np.ones((1, 2, 4), np.float32)
    for trains in (drive(x, d, RATE, STEP, Write()), drive(x + 1, d, 0.0, STEP, Write())):
        assert not trains.lengths.any()
        assert not trains.rows.any()
        assert not trains.columns.any()


@pytest.mark.parametrize("dynamic", [True, False])
def test_a_train_saturates_at_its_length(dynamic):
    write = {"dynamic_length": dynamic, "train_length": 23}
    array = grown(technology(pieces={"write": write}), 3, 5, weight=0.0)
    array.update(np.ones((1, 3)), np.ones((1, 5)), 1e6)
    assert (weights_of(array) == 23 * STEP).all()
    assert array.ledger.pulses.tolist() == [23 * 15]


def test_trains_do_not_depend_on_how_samples_are_batched():
    rng = np.random.default_rng(0)
    chances = rng.uniform(-1, 1, (3, 32, 7)).astype(np.float32)
    lengths = rng.integers(0, 32, (3, 32))
    stream, _ = streams((3, 8, 11))
    first = np.array([0, 100, 7])
    together = fired_at(chances, lengths, stream, first)
    for n in range(32):
        one = fired_at(chances[:, n : n + 1], lengths[:, n : n + 1], stream, first + n)
        assert np.array_equal(one[:, :, 0], together[:, :, n])
        for device in range(3):
            assert not together[device, :, n, lengths[device, n] :].any()


@pytest.mark.parametrize("chance", [0.0, 0.003, 0.3, 0.9999, 1.0])
def test_a_line_fires_as_often_as_it_should(chance):
    samples = 4000
    chances = np.full((1, samples, 8), -chance, np.float32)
    fired = fired_at(chances, np.full((1, samples), 31), streams()[0], np.zeros(1, np.int64))
    assert set(np.unique(fired)) <= {-1.0, 0.0}
    found, count = -fired.mean(dtype=np.float64), fired.size
    allowed = 5 * np.sqrt(chance * (1 - chance) / count) + (0 < chance < 1) / 131072
    assert abs(found - chance) <= allowed, f"fires {found:.5f}"
    by_slot = -fired.mean(axis=(0, 1, 2), dtype=np.float64)
    allowed = 5.5 * np.sqrt(chance * (1 - chance) * 31 / count) + (0 < chance < 1) / 131072
    assert (np.abs(by_slot - chance) <= allowed).all(), f"slots fire {by_slot}"


def test_slots_rows_and_samples_fire_independently():
    half = np.full((1, 3000, 4), 0.5, np.float32)
    lengths = np.full((1, 3000), 31)
    rows, columns = (
        fired_at(half, lengths, stream, np.zeros(1, np.int64))[0] for stream in streams()
    )
    lines = np.concatenate([rows, columns]).transpose(0, 2, 1).reshape(8 * 31, 3000)
    correlations = np.corrcoef(lines) - np.eye(8 * 31)
    worst = np.abs(correlations).max()
    # The largest of 30628 correlations of independent draws is about 4.2 / sqrt(3000).
    assert worst < 5.8 / np.sqrt(3000), f"correlation {worst:.3f}"


@given(
    arrays.arrays(np.float32, (2, 3, 4, 5), elements=st.sampled_from([-1.0, 0.0, 1.0])),
    arrays.arrays(np.float32, (2, 6, 4, 5), elements=st.sampled_from([-1.0, 0.0, 1.0])),
    st.booleans(),
)
@settings(deadline=None)
def test_coincidences_are_those_of_counting(rows, columns, is_positive):
    if is_positive:
        rows, columns = abs(rows), abs(columns)
    up, down = coincidences(rows, columns)
    meet = rows[:, :, None] * columns[:, None]
    assert np.array_equal(up, (meet > 0).sum(axis=(3, 4)))
    assert np.array_equal(down, (meet < 0).sum(axis=(3, 4)))
