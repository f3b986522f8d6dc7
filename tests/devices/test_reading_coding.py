"""Codings, managements and amplifiers of a read, against sums made by hand."""

import numpy as np
import pytest
from pydantic import ValidationError
from specimens import grown, technology, weights_of

from devices.identity import Purpose
from devices.periphery import compress
from devices.technology import Read

ROWS, COLUMNS = 13, 9
CELL = {"g_min": 2e-6, "g_max": 26e-6}
SIEMENS, REFERENCE = 12e-6, 14e-6
ENERGY = {"dac": 1e-13, "adc": 2e-12, "digital": 5e-13}


def coded(*, spread=None, count=2, weight=None, rows=ROWS, columns=COLUMNS, **read):
    pieces = {
        "read": {"duration": 5e-8, "voltage": 0.3} | read,
        "spread": {"initial": 0.3} | (spread or {}),
        "cell": CELL,
        "energy": ENERGY,
    }
    return grown(technology(pieces=pieces), rows, columns, count, weight=weight)


def signals(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)


def levels_of(x, bits):
    """Return integer codes and the scale of inputs, in float64."""
    s = np.abs(x).max(axis=-1, keepdims=True).astype(np.float64)
    return np.rint((x / s.astype(np.float32)).astype(np.float64) * (2 ** (bits - 1) - 1)), s


def converted(v, bits, bound):
    step = 2 * bound / (2**bits - 2)
    return np.rint(np.clip(v, -bound, bound) / step) * step


def read_joules(array, squares):
    """V^2 G t of cells and references; squares `[row]` of v, summed over reads."""
    G = 2 * REFERENCE + SIEMENS * weights_of(array)
    return 0.3**2 * 5e-8 * (squares[:, None] * G).sum(axis=(1, 2))


@pytest.mark.parametrize("coding", ["amplitude", "pulse-width", "bit-serial"])
@pytest.mark.parametrize("signed", ["one-read", "two-reads"])
def test_without_errors_every_coding_multiplies(coding, signed):
    array = coded(coding=coding, signed=signed, dac_bits=6)
    x = signals(7, ROWS)
    level, s = levels_of(x, 6)
    expected = s * (level / 31 @ weights_of(array))
    off = np.abs(array.forward(x) - expected).max()
    assert off < 1e-5, f"off by {off:.1e}"


def test_a_two_level_voltage_sees_no_curvature_that_its_code_could_tell():
    spread = {"initial": 0.3, "cell_gain": 0.2, "curvature": 0.1}
    x = signals(7, ROWS)
    level, s = levels_of(x, 6)
    for coding in ("pulse-width", "bit-serial"):
        array = coded(coding=coding, dac_bits=6, curvature=0.1, spread=spread)
        w_ref = REFERENCE / SIEMENS
        own = array._cells.gain.astype(np.float64) * (weights_of(array) + w_ref)
        full = own * (1 + array._cells.curvature.astype(np.float64)) - 1.1 * w_ref
        expected = s * (level / 31 @ full)
        off = np.abs(array.forward(x) - expected).max()
        assert off < 2e-5, f"{coding}: off by {off:.1e}"
        amplitude = coded(dac_bits=6, curvature=0.1, spread=spread)
        assert np.abs(amplitude.forward(x) - expected).max() > 0.01


@pytest.mark.parametrize("signed", ["one-read", "two-reads"])
def test_each_bit_plane_is_converted_on_its_own(signed):
    array = coded(coding="bit-serial", signed=signed, dac_bits=4, adc_bits=5, output_bound=3.0)
    x = signals(50, ROWS)
    level, s = levels_of(x, 4)
    w = weights_of(array)
    expected = np.zeros((2, 50, COLUMNS))
    for bit in range(3):
        plane = np.sign(level) * (np.abs(level).astype(int) >> bit & 1)
        halves = [plane] if signed == "one-read" else [np.maximum(plane, 0), np.minimum(plane, 0)]
        for half in halves:
            expected += 2**bit / 7 * converted(half @ w, 5, 3.0)
    steps = np.abs(array.forward(x) - s * expected) / s / (2 * 3.0 / 30)
    # A sum within rounding of the middle between two levels may fall on either side.
    assert (steps > 1e-3).mean() < 2e-3, f"{(steps > 1e-3).mean():.4f} of outputs differ"


def test_offsets_cancel_between_two_reads_and_not_within_one():
    spread = {"initial": 0.0, "column_offset": 0.1}
    x = signals(5, ROWS)
    assert np.abs(coded(spread=spread, signed="two-reads").forward(x)).max() < 1e-6
    assert np.abs(coded(spread=spread).forward(x)).min() > 1e-4


def test_every_pass_takes_noise_of_its_own():
    x = np.ones((2000, ROWS))
    single = coded(weight=0.0, output_noise=0.1).forward(x).std()
    double = coded(weight=0.0, output_noise=0.1, signed="two-reads").forward(x).std()
    serial = coded(weight=0.0, output_noise=0.1, coding="bit-serial", dac_bits=4).forward(x).std()
    tolerance = 6 / np.sqrt(2 * x.shape[0] * 2 * COLUMNS)
    assert abs(double / single / np.sqrt(2) - 1) < tolerance
    assert abs(serial / single / np.sqrt((1 + 4 + 16) / 49) - 1) < tolerance


@pytest.mark.parametrize(
    ("how", "passes", "slots"),
    [
        ({}, 1, 1),
        ({"signed": "two-reads"}, 2, 1),
        ({"coding": "pulse-width"}, 1, 15),
        ({"coding": "pulse-width", "signed": "two-reads"}, 2, 15),
        ({"coding": "bit-serial"}, 4, 1),
        ({"coding": "bit-serial", "signed": "two-reads"}, 8, 1),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else None,
)
def test_every_coding_is_paid_by_pass(how, passes, slots):
    array = coded(dac_bits=5, **how)
    x = signals(6, ROWS)
    array.forward(x)
    level, _ = levels_of(x, 5)
    if how.get("coding") == "bit-serial":
        ones = [np.abs(level).astype(int) >> bit & 1 for bit in range(4)]
        squares = np.sum(ones, axis=0).sum(axis=0)
    elif how.get("coding") == "pulse-width":
        squares = np.abs(level).sum(axis=0)
    else:
        squares = np.square(level / 15).sum(axis=0)
    np.testing.assert_allclose(array.ledger.read, read_joules(array, squares), rtol=1e-5)
    np.testing.assert_allclose(array.ledger.busy, 6 * passes * slots * 5e-8, rtol=1e-12)
    converted = 6 * passes * (ROWS * 1e-13 + COLUMNS * 2e-12)
    np.testing.assert_allclose(array.ledger.convert, converted, rtol=1e-12)
    np.testing.assert_allclose(
        array.ledger.digital, 6 * (passes - 1) * COLUMNS * 5e-13, rtol=1e-12, atol=1e-30
    )
    assert array.ledger.reads.tolist() == [6, 6]


# Managements


def test_under_constant_management_the_declared_range_is_full_scale():
    array = coded(noise_management="constant", input_range=4.0, dac_bits=5)
    x = np.array([[4.0, 9.0, -9.0, 0.13, 0.14] + [0.0] * (ROWS - 5)])
    level = np.array([15, 15, -15, 0, 1] + [0] * (ROWS - 5))
    expected = 4 * (level / 15 @ weights_of(array))
    np.testing.assert_allclose(array.forward(x)[:, 0], expected, atol=1e-5)


def test_bound_management_halves_the_input_until_nothing_clips():
    how = {"dac_bits": 6, "adc_bits": 8, "output_bound": 1.0}
    managed, plain = coded(bound_management=6, **how), coded(**how)
    x = signals(40, ROWS)
    _, s = levels_of(x, 6)
    w = weights_of(managed)
    expected, rounds = np.zeros((2, 40, COLUMNS)), np.zeros((2, 40), int)
    for device in range(2):
        for sample in range(40):
            for again in range(7):
                code = np.rint(x[sample] / s[sample] / 2**again * 31) / 31
                current = code @ w[device]
                scale = s[sample] * 2**again
                expected[device, sample] = scale * converted(current, 8, 1.0)
                rounds[device, sample] = again + 1
                if np.abs(current).max() <= 1.0:
                    break
    assert rounds.min() == 1
    assert rounds.max() >= 3
    found = managed.forward(x)
    wrong = np.abs(found - expected) > 1e-4
    assert wrong.mean() < 5e-3, f"{wrong.mean():.4f} of outputs differ"
    exact = x.astype(np.float64) @ w
    assert np.abs(found - exact).max() < 0.3 * np.abs(plain.forward(x) - exact).max()
    assert managed.ledger.repeats.tolist() == (rounds - 1).sum(axis=1).tolist()
    assert managed.ledger.reads.tolist() == [40, 40]
    np.testing.assert_allclose(managed.ledger.busy, rounds.sum(axis=1) * 5e-8, rtol=1e-12)
    conversions = rounds.sum(axis=1) * (ROWS * 1e-13 + COLUMNS * 2e-12)
    np.testing.assert_allclose(managed.ledger.convert, conversions, rtol=1e-12)
    for device in range(2):
        squares = np.zeros(ROWS)
        for sample in range(40):
            for again in range(rounds[device, sample]):
                squares += np.square(np.rint(x[sample] / s[sample] / 2**again * 31) / 31)
        joules = read_joules(managed, squares)[device]
        np.testing.assert_allclose(managed.ledger.read[device], joules, rtol=1e-4)


def test_bound_management_stops_at_its_limit():
    array = coded(weight=1.0, adc_bits=8, output_bound=1.0, bound_management=2)
    y = array.forward(np.ones((1, ROWS)))  # 13, in three readings of at most 1, 2 and 4
    np.testing.assert_allclose(y, 4.0, rtol=1e-6)
    assert array.ledger.repeats.tolist() == [2, 2]


def test_a_vector_read_again_takes_other_noise():
    how = {"weight": 0.2, "adc_bits": 16, "output_bound": 2.0, "output_noise": 0.05}
    array = coded(bound_management=3, **how)
    y = array.forward(np.ones((500, ROWS)))  # 2.6 clips once, 1.3 does not
    assert array.ledger.repeats.tolist() == [500, 500]
    first = array.stream(Purpose.READ).normals(0, COLUMNS)[0]
    again = (y[0, 0] / 2 - 1.3) / 0.05
    assert np.abs(again - first).max() > 0.1
    assert abs((y / 2).std() / 0.05 - 1) < 6 / np.sqrt(2 * y.size)


def test_bound_management_does_not_depend_on_batching_or_company():
    how = {"dac_bits": 6, "adc_bits": 8, "output_bound": 1.5, "output_noise": 0.05}
    together, apart = (coded(bound_management=4, count=3, **how) for _ in range(2))
    x = signals(3, 30, ROWS)
    whole = together.forward(x)
    parts = np.concatenate([apart.forward(x[:, :7]), apart.forward(x[:, 7:])], axis=1)
    assert (np.abs(whole - parts) > 1e-4).mean() < 2e-3
    alone = grown(together.technology, ROWS, COLUMNS, 1, first=1)
    assert np.array_equal(alone.forward(x[1:2])[0], whole[1])


# The amplifier


def test_an_amplifier_compresses_by_hand():
    found = compress(np.array([1.0, -1.0, 4.0], np.float32), np.float32(0.25))
    np.testing.assert_allclose(found, [0.8, -0.8, 2.0])


def test_outputs_are_compressed_before_they_are_converted():
    spread = {"initial": 0.3, "column_nonlinearity": 0.4, "column_offset": 0.1}
    array = coded(nonlinearity=0.5, output_bound=2.0, spread=spread)
    lines = array._column_errors
    n = lines.nonlinearity.astype(np.float64)
    assert n.std() > 0.02
    x = signals(6, ROWS)
    s = np.abs(x).max(axis=1, keepdims=True)
    a = (x / s).astype(np.float64) @ weights_of(array) + lines.offset[:, None]
    expected = s * (a / (1 + n[:, None] * np.abs(a)))
    assert np.abs(array.forward(x) - expected).max() < 1e-5
    many = coded(nonlinearity=0.5, output_bound=2.0, spread=spread, columns=4000)
    n = many._column_errors.nonlinearity / 0.25
    assert abs(n.mean() - 1) < 0.03
    assert abs(n.std() - 0.4) < 0.03
    assert n.min() >= 0


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"coding": "bit-serial"}, "needs dac_bits"),
        ({"coding": "pulse-width", "noise": {"input": 0.1}}, "two levels"),
        ({"bound_management": 16}, "less than or equal to 15"),
    ],
)
def test_a_coding_that_cannot_be_is_refused(how, message):
    with pytest.raises(ValidationError, match=message):
        Read(**how)
