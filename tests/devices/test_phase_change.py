"""Phase-change memory: the published curves of programming and drift, by hand and by device."""

import math

import numpy as np
import pytest
from pydantic import ValidationError
from specimens import STEP, grown, technology, weights_of

from devices import CrossbarArray, preset, probe, program
from devices.aging import drift_exponent
from devices.technology import Cell, Programming, Retention

G_MAX = 25e-6
MADE_OF = preset("pcm-inference-nandakumar2019")


def single_cells(count=16, weight=None, **pieces):
    """Return phase-change cells one by one: w = G / g_max, against nothing."""
    made_of = MADE_OF.model_copy(update={"cell": Cell(g_min=0.0, g_max=G_MAX), **pieces})
    return grown(made_of, 64, 64, count, weight=weight)


# sigma = 0.26348 + 1.9650 g - 1.1731 g^2 uS, worked by hand.
@pytest.mark.parametrize(
    ("part", "sigma"), [(0.5, 0.952705), (0.8, 1.084696), (0.3, 0.747401)]
)  # fmt: skip
def test_programming_leaves_the_published_scatter(part, sigma):
    array = single_cells(4)
    program(array, np.full((64, 64), part), tolerance=0.003)
    off = probe.conductance(array) * 1e6 - 25 * part
    # A tolerance of 0.003 is 0.075 uS, spread evenly: 0.075^2 / 3 beside the variance.
    expected = math.hypot(sigma, 0.075 / math.sqrt(3) / 2)
    assert abs(off.mean()) < 5 * sigma / math.sqrt(off.size) + 0.075
    error = abs(off.std() / expected - 1)
    assert error < 5 / math.sqrt(2 * off.size) + 0.005, f"off by a factor {error:.4f}"


def test_no_conductance_is_programmed_below_zero():
    array = single_cells(2)
    program(array, np.zeros((64, 64)))
    found = probe.conductance(array)
    assert (found >= -1e-12).all()
    # Half of a normal of 0.263 uS about zero (and a tolerance above it).
    assert 0.3 < (found < 1e-12).mean() < 0.55


def test_each_programming_scatters_anew_and_alike_in_any_company():
    crowd = single_cells(3)
    alone = grown(crowd.technology, 64, 64, 1, first=2)
    goal = np.full((64, 64), 0.4)
    seen = []
    for _ in range(2):
        program(crowd, goal)
        program(alone, goal)
        assert np.array_equal(weights_of(crowd)[2], weights_of(alone)[0])
        seen.append(weights_of(alone).ravel())
    assert abs(np.corrcoef(seen)[0, 1]) < 0.1


def test_without_a_declaration_programming_leaves_nothing():
    array = grown(technology(), 8, 8)
    program(array, np.full((8, 8), 0.25))
    assert np.abs(weights_of(array) - 0.25).max() <= STEP


# nu mean = clip(-0.0155 ln g + 0.0244, 0.049, 0.1), deviation = clip(-0.0125 ln g - 0.0059,
# 0.008, 0.045), worked by hand: g = 1 and 0.1 and 0.01 and 0.001.
@pytest.mark.parametrize(
    ("part", "mean", "deviation"),
    [(1.0, 0.049, 0.008), (0.1, 0.060090, 0.022882), (0.01, 0.095780, 0.045), (0.001, 0.1, 0.045)],
)
def test_the_exponent_of_drift_follows_the_published_law(part, mean, deviation):
    for z in (-2.0, 0.0, 1.0):
        found = drift_exponent(MADE_OF.retention, np.array([part]), np.array([z])).item()
        assert found == pytest.approx(abs(mean + deviation * z), abs=2e-6)


@pytest.mark.parametrize(
    ("part", "mean", "deviation"), [(0.8, 0.049, 0.008), (0.1, 0.06009, 0.022882)]
)
def test_conductance_drifts_by_the_published_law(part, mean, deviation):
    array = single_cells(weight=part)
    array.wait(1e6 - 20)
    found = -np.log(probe.conductance(array) / (part * G_MAX)) / math.log(1e6 / 20)
    z = np.random.default_rng(0).standard_normal(1_000_000)
    expected = np.abs(mean + deviation * z)  # a few of the smallest exponents are folded at zero
    allowed = 5 / math.sqrt(found.size)
    assert abs(found.mean() - expected.mean()) < allowed * deviation + 1e-6
    assert abs(found.std() / expected.std() - 1) < allowed + 0.005


@pytest.mark.parametrize("seconds", [(1.0, 3e7), (1e3, 1e3), (5e4, 0.0, 1e6)])
def test_rests_add_up_where_the_exponent_depends_on_conductance(seconds):
    weight = np.random.default_rng(0).uniform(0.02, 1, (64, 64))
    once, often = single_cells(2, weight), single_cells(2, weight)
    once.wait(sum(seconds))
    for part in seconds:
        often.wait(part)
    np.testing.assert_allclose(weights_of(often), weights_of(once), rtol=2e-6)


def test_a_cell_written_anew_takes_the_exponent_of_its_new_conductance():
    array = single_cells(1, weight=0.8)
    array.wait(1e6)
    program(array, np.full((64, 64), 0.02), tolerance=0.003)
    start = weights_of(array)
    array.wait(1e6)
    kept = start > 1e-3
    nu = -np.log(weights_of(array)[kept] / start[kept]) / math.log((1e6 + 20) / 20)
    z = array._cells.drift_deviate[kept].astype(np.float64)
    expected = np.abs(
        np.clip(-0.0155 * np.log(start[kept]) + 0.0244, 0.049, 0.1)
        + np.clip(-0.0125 * np.log(start[kept]) - 0.0059, 0.008, 0.045) * z
    )
    np.testing.assert_allclose(nu, expected, atol=2e-5)


def test_devices_lent_out_keep_their_exponents():
    array = single_cells(3, weight=0.3)
    array.wait(100.0)
    part = array.take([1])
    part.wait(1e5)
    array.put([1], part)
    whole = single_cells(3, weight=0.3)
    whole.wait(100.0)
    whole.wait(1e5)
    assert np.array_equal(weights_of(array)[1], weights_of(whole)[1])


@pytest.mark.parametrize(
    ("law", "message"),
    [
        ({"drift_mean": {"slope": 0, "offset": 0, "lowest": 0, "highest": 1}}, "together"),
        (
            {key: {"slope": 0, "offset": 0, "lowest": 0, "highest": 1}
             for key in ("drift_mean", "drift_deviation")} | {"drift_exponent": 0.05},
            "not both",
        ),
        (
            {key: {"slope": 0, "offset": 0, "lowest": 0.2, "highest": 0.1}
             for key in ("drift_mean", "drift_deviation")},
            "lowest 0.2 exceeds highest 0.1",
        ),
    ],
)  # fmt: skip
def test_a_law_of_drift_that_cannot_be_is_refused(law, message):
    with pytest.raises(ValidationError, match=message):
        Retention(**law)


def test_a_constant_law_is_the_plain_exponent_with_its_spread():
    flat = {"slope": 0.0, "lowest": 0.0, "highest": 1.0}
    told = {"drift_mean": flat | {"offset": 0.05}, "drift_deviation": flat | {"offset": 0.005}}
    spread = {"initial": 0.0}
    by_law = technology(pieces={"retention": told, "spread": spread})
    plain = technology(
        pieces={"retention": {"drift_exponent": 0.05}, "spread": spread | {"drift": 0.1}}
    )
    arrays = [grown(made_of, 16, 16, 2, weight=0.5) for made_of in (by_law, plain)]
    for array in arrays:
        array.wait(1e5)
    np.testing.assert_allclose(*(probe.conductance(array) for array in arrays), rtol=1e-6)


# One SET pulse on a reset cell, by hand: dw = 0.01 (1 + 27.235 exp(0)) = 0.28235, noise
# 0.6 (0.28235 + 0.042) = 0.19461; at w = 1: 0.01 (1 + 27.235 exp(-2.5)) = 0.0323560, noise
# 0.6 (0.0323560 + 0.042 + 0.108) = 0.109414.
@pytest.mark.parametrize(
    ("start", "step", "noise"), [(0.0, 0.28235, 0.19461), (1.0, 0.032356, 0.109414)]
)
def test_a_set_pulse_moves_as_published(start, step, noise):
    made_of = preset("pcm-training-nandakumar2020")
    spread = made_of.spread.model_copy(
        update={"initial": 0.0, "w_max": 0.0, "step": 0.0, "asymmetry": 0.0}
    )
    made_of = made_of.model_copy(update={"spread": spread, "cell": Cell(g_min=0.0)})
    array = CrossbarArray(made_of, 64, 64, serials=np.arange(8), seed=3)
    array._state.weight[:] = start
    array.update(np.ones((1, 64)), np.ones((1, 64)), 0.01)
    found = weights_of(array)
    quantiles = np.quantile(found, [0.1587, 0.5, 0.8413])
    expected = start + step + np.array([-noise, 0, noise])
    # The standard error of a quantile at one deviation is 1.52 sigma / sqrt(n), at the median 1.25.
    np.testing.assert_allclose(quantiles, expected, atol=5 * 1.6 * noise / np.sqrt(found.size))


def test_the_training_pair_has_the_numbers_of_its_fit():
    """PCMPresetDevice and PCMPresetUnitCell of aihwkit, as in test_presets.py by measurement."""
    made_of = preset("pcm-training-nandakumar2020")
    how, cell = made_of.response, made_of.cell
    assert (how.kind, how.step, how.w_min, how.w_max) == ("exponential", 0.01, 0.0, 2.0)
    assert (how.cycle_noise, how.noise_offset, how.noise_slope) == (0.6, 0.042, 0.108)
    assert (how.a, how.b, how.gamma_up, how.gamma_down) == (-1.0, 0.0, 2.5, 2.5)
    assert (how.A_up, how.A_down, how.asymmetry, how.write_noise) == (-27.235, -2.235, 0.0, 0.0)
    assert (cell.kind, cell.refresh_every) == ("one-sided", 1)
    assert cell.reset_noise == pytest.approx(math.hypot(0.02, 0.01), rel=1e-4)


# Q sqrt(ln((t + 250 ns) / 500 ns)), Q = min(0.0088 / g^0.65, 0.2), worked by hand: Q is 0.0088,
# 0.0393082 and 0.175583 at g = 1, 0.1 and 0.01; the root is 4.18383 after 20 s, 5.08679 after a
# day, 5.63702 after a year.
@pytest.mark.parametrize(("seconds", "root"), [(20.0, 4.18383), (86400.0, 5.08679),
                                               (31557600.0, 5.63702)])  # fmt: skip
@pytest.mark.parametrize(("part", "q"), [(1.0, 0.0088), (0.1, 0.0393082), (0.01, 0.175583)])
def test_reads_scatter_by_the_published_curve(part, q, seconds, root):
    made_of = MADE_OF.ablated("retention", "read.dac_bits", "read.adc_bits", "read.output_noise")
    made_of = made_of.model_copy(update={"cell": Cell(g_min=0.0, g_max=G_MAX)})
    array = grown(made_of, 64, 64, 16, weight=part)
    array.wait(seconds)
    read = array.forward(np.eye(64)) / np.float32(part)
    off = abs(read.mean(dtype=np.float64) - 1)
    assert off < 5 * q * root / math.sqrt(read.size), f"mean off by {off:.2g}"
    found = read.std(dtype=np.float64)
    error = abs(found / (q * root) - 1)
    assert error < 5 / math.sqrt(2 * read.size), f"{found:.5f}, published {q * root:.5f}"


def test_the_scatter_of_programming_is_declared_in_siemens():
    told = Programming(
        scatter="0.26348 uS", scatter_linear="1.965 uS", scatter_quadratic="-1.1731 uS"
    )
    assert told == MADE_OF.programming
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Programming(scatter=-1e-6)


def test_a_pair_scatters_by_both_of_its_cells():
    """w+ holds 0.5 of g_max, sigma 0.952705 uS; w- holds nothing: half a normal of 0.26348 uS,
    of mean 0.26348 / sqrt(2 pi) and deviation 0.26348 sqrt(1/2 - 1/(2 pi))."""
    array = grown(MADE_OF, 64, 64, 8)
    program(array, np.full((64, 64), 0.5), tolerance=0.003)
    off = (probe.weights(array) - 0.5).astype(np.float64) * 25
    mean, deviation = -0.26348 / math.sqrt(2 * math.pi), 0.26348 * math.sqrt(0.5 - 0.5 / math.pi)
    assert abs(off.mean() - mean) < 5 / math.sqrt(off.size) + 0.075
    expected = math.hypot(0.952705, deviation)
    assert abs(off.std() / expected - 1) < 5 / math.sqrt(2 * off.size) + 0.005


def test_cells_of_a_pair_drift_each_by_its_own_conductance():
    array = grown(MADE_OF, 8, 8, 2, weight=np.repeat([0.8, 0.1], 8)[:, None])
    array.wait(1e6 - 20)
    z = array._cells.drift_deviate.astype(np.float64)
    law = np.repeat([[0.049, 0.008], [0.06009, 0.022882]], 8, axis=0)
    nu = np.abs(law[:, 0, None] + law[:, 1, None] * z)
    expected = 25e-6 * np.repeat([0.8, 0.1], 8)[:, None] * (1e6 / 20) ** -nu
    np.testing.assert_allclose(probe.conductance(array), expected, rtol=1e-4)
