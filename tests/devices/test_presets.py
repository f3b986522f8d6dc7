"""Presets, measured: pulses and looks at simulated devices find the numbers that were published."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats
from specimens import send

from devices import CrossbarArray, Fidelity, preset, probe
from devices.technology import Cell, Spread

ROWS = COLUMNS = 12
MADE, REPEATS = 24, 24


class Published(NamedTuple):
    """A device of aihwkit src/aihwkit/simulator/presets/devices.py (commit 9488fd08)."""

    dw_min: float
    dw_min_dtod: float
    dw_min_std: float
    up_down_dtod: float
    w_min: float
    w_max: float
    w_min_dtod: float
    w_max_dtod: float
    mult_noise: bool
    up_down: float = 0.0
    log_normal: bool = False
    stuck: float = 0.0
    slopes: tuple[float, float] = (0.0, 0.0)  # f_up = 1 - slope w, f_down = 1 + slope w
    write_noise_std: float = 0.0


PUBLISHED = {
    "reram-es-gong2018": Published(
        0.00135, 0.2, 5.0, 0.05, -1.0, 1.0, 0.3, 0.3, True, 0.259359, write_noise_std=75.0
    ),
    "reram-sb-gong2018": Published(
        0.002, 0.3, 3.75, 0.01, -0.75, 1.25, 0.3 / 0.75, 0.3 / 1.25, False, write_noise_std=56
    ),
    "capacitor-li2018": Published(
        0.005, 0.1, 0.3, 0.06, -1.0, 1.0, 0.07, 0.07, False, slopes=(0.05, 0.05)
    ),
    "ecram-tang2018": Published(
        0.002, 0.1, 0.3, 0.01, -0.8276, 1.1724, 0.05, 0.05, True,
        slopes=(0.1153 / 1.1724, 0.5085 / 0.8276),
    ),
    "ecram-mo-kim2019": Published(
        2.8214e-4, 0.1, 2.0, 0.01, -0.8286, 1.1714, 0.05, 0.05, True,
        slopes=(0.4152 / 1.1714, 0.7342 / 0.8286),
    ),
    "idealized-rasch2019": Published(0.0002, 0.3, 0.3, 0.0, -1.0, 1.0, 0.3, 0.3, True),
    "gokmen-vlasov2016": Published(0.0016, 0.3, 0.3, 0.01, -1.0, 1.0, 0.3, 0.3, True),
    "reram-array-om-gong2022": Published(
        0.0949, 0.7829, 0.4158, 0.01, -1.0, 1.0, 0.5695, 0.3499, False, 0.0, True, 0.1348,
        write_noise_std=1.4113,
    ),
    "reram-array-hfo2-gong2022": Published(
        0.4622, 0.7125, 0.2174, 0.01, -1.0, 1.0, 0.599, 0.4295, False, 0.0, True, 0.0977,
        write_noise_std=0.5841,
    ),
    # Of no device: docs/decisions/0014-mortal-default.md.
    "mortal-default": Published(
        0.001, 0.3, 0.3, 0.05, -1.0, 1.0, 0.2, 0.2, True, slopes=(0.2, 0.2)
    ),
}  # fmt: skip
COARSE = [name for name in PUBLISHED if "array" in name]
FINE = [name for name in PUBLISHED if name not in COARSE]


def isolated(name, *, spread=None, **numbers):
    """Return a preset whose cells stand alone: at weight 0, unworn, none like its neighbours.

    Their visible weight is the one that pulses move, and one of a pair is read by itself.
    """
    made_of = preset(name)
    if spread is None:
        alone = dict.fromkeys(("initial", "reference", "wafer", "row", "column"), 0.0)
        spread = made_of.spread.model_copy(update=alone)
    response = made_of.response.model_copy(update={"write_noise": 0.0, **numbers})
    return made_of.model_copy(
        update={"spread": spread, "response": response, "cell": Cell(g_min=0.0), "wear": None}
    )


def repeated(made_of, made=MADE, repeats=REPEATS):
    """Return devices of which each is manufactured several times, its later noise its own."""
    serials = np.arange(made * repeats)
    return CrossbarArray(made_of, ROWS, COLUMNS, serials=serials, made_as=serials % made, seed=3)


def moved(made_of, direction):
    """Return the change of weight by one pulse, `[repeat, cell]`."""
    array = repeated(made_of)
    send(array, direction)
    return probe.weights(array).astype(np.float64).reshape(REPEATS, -1) * direction


def steps_of(published, rng, count):
    """Return the steps up and down of cells, as rpu_pulsed_device.cpp draws them."""
    z = published.dw_min_dtod * rng.standard_normal(count)
    gain = np.exp(z) if published.log_normal else 1 + z
    r = published.up_down_dtod * rng.standard_normal(count)
    moves = rng.random(count) >= published.stuck
    up = np.abs(gain + r) * published.dw_min * moves
    return up, np.abs(gain - published.up_down - r) * published.dw_min * moves


def bounds_of(published, rng, count):
    w_max = np.abs(published.w_max * (1 + published.w_max_dtod * rng.standard_normal(count)))
    w_min = np.abs(published.w_min * (1 + published.w_min_dtod * rng.standard_normal(count)))
    return w_max, -w_min


def at_rest(name):
    """Return f_up and f_down at weight 0: 1 but for the exponential step, where z = b = -1/2."""
    if name == "reram-es-gong2018":
        return 1 + 1.18445 * np.exp(-2.5), 1 + 0.081404 * np.exp(2.5)
    return 1.0, 1.0


@pytest.mark.parametrize("way", [1, -1], ids=["up", "down"])
@pytest.mark.parametrize("name", FINE)
def test_mean_step_and_both_spreads_are_recovered(name, way):
    """One pulse each on cells made alike 24 times: between makes dtod, within them c2c."""
    told, f = PUBLISHED[name], at_rest(name)[0 if way > 0 else 1]
    dw = moved(isolated(name), way)
    cells = dw.shape[1]
    step = told.dw_min * (1 if way > 0 else 1 - told.up_down) * f
    own = np.hypot(told.dw_min_dtod, told.up_down_dtod) * told.dw_min * f
    # Each cell's noise is sigma times its own step, or times its step at weight 0 if additive.
    noise = told.dw_min_std * np.hypot(step, own)
    error = np.sqrt((own**2 + noise**2 / REPEATS) / cells)
    assert abs(dw.mean() - step) < 5 * error, f"step {dw.mean():.3g}, published {step:.3g}"
    within = np.sqrt(dw.var(axis=0, ddof=1).mean())
    # The spread of steps makes the variances of cells differ: a wider error than of one normal.
    wide = 5 * np.sqrt(1 / (2 * cells) * (1 / (REPEATS - 1) + 4 * (own / step) ** 2))
    assert abs(within / noise - 1) < wide, f"c2c {within / step:.3g}, not {noise / step:.3g}"
    first, second = dw[::2].mean(axis=0), dw[1::2].mean(axis=0)
    # Halves of the repeats share the cell and not the noise: their covariance is that of cells.
    between = np.cov(first, second)[0, 1]
    half = own**2 + 2 * noise**2 / REPEATS
    allowed = 5 * np.sqrt((half**2 + own**4) / cells)
    assert abs(between - own**2) < allowed, f"dtod {between / step**2:.3g}, not {own / step:.3g}^2"


@pytest.mark.parametrize("way", [1, -1], ids=["up", "down"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_one_pulse_has_the_published_distribution(name, way):
    """Against the published loop (rpu_pulsed_device.cpp, update_once) with another generator."""
    told, f = PUBLISHED[name], at_rest(name)[0 if way > 0 else 1]
    found = moved(isolated(name), way)[0]
    rng = np.random.default_rng(8)
    count = 200_000
    step, bound = (drawn(told, rng, count)[0 if way > 0 else 1] for drawn in (steps_of, bounds_of))
    noise = told.dw_min_std * rng.standard_normal(count)
    dw = step * (f * (1 + noise) if told.mult_noise else f + noise)
    expected = np.minimum(dw, np.abs(bound))
    low = bounds_of(told, rng, count)[1 if way > 0 else 0]
    expected = np.maximum(expected, -np.abs(low))
    result = stats.ks_2samp(found, expected)
    assert result.pvalue > 1e-4, f"KS distance {result.statistic:.4f}"
    still = (found == 0).mean()
    allowed = 5 * np.sqrt(told.stuck * (1 - told.stuck) / found.size)
    assert abs(still - told.stuck) <= allowed, f"{still:.4f} of the cells do not move"


@pytest.mark.parametrize("way", [1, -1], ids=["up", "down"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_bounds_have_the_published_distribution(name, way):
    told = PUBLISHED[name]
    array = repeated(isolated(name, cycle_noise=0.0), 12, 1)
    samples = int(np.ceil(9 * (told.w_max - told.w_min) / told.dw_min / 31))
    x, d = np.ones((samples, ROWS)), np.full((samples, COLUMNS), float(way))
    array.update(x, d, 31 * array.technology.response.step, Fidelity.PER_SAMPLE)
    found = probe.weights(array).ravel()
    expected = bounds_of(told, np.random.default_rng(8), 200_000)[0 if way > 0 else 1]
    found = found[~array.is_stuck().ravel()]
    # Slow cells of soft bounds are still on their way.
    result = stats.ks_2samp(found, expected)
    assert result.pvalue > 1e-4, f"KS distance {result.statistic:.4f}"


def test_set_pulses_of_phase_change_spread_as_published():
    """PCMPresetDevice: dw_min 0.01, its dtod 0.2, up_down_dtod 0.05; f_up(0) = 1 + 27.235."""
    dw = moved(isolated("pcm-training-nandakumar2020", cycle_noise=0.0), 1)
    own, cells = np.hypot(0.2, 0.05), dw.shape[1]
    assert np.array_equal(dw[0], dw[-1])  # made alike, and no cycle noise
    off = dw[0].mean() / 0.28235 - 1
    assert abs(off) < 5 * own / np.sqrt(cells), f"mean step off by a factor {off:.4f}"
    off = dw[0].std() / 0.28235 / own - 1
    assert abs(off) < 5 / np.sqrt(2 * cells), f"spread off by a factor {off:.4f}"


def test_bounds_of_phase_change_spread_as_published():
    """PCMPresetDevice: w_max 2, its dtod 0.1; w_min 0 without spread, reached by resets alone."""
    array = repeated(isolated("pcm-training-nandakumar2020", cycle_noise=0.0), 12, 1)
    x, d = np.ones((24, ROWS)), np.ones((24, COLUMNS))
    array.update(x, d, 31 * array.technology.response.step, Fidelity.PER_SAMPLE)
    found = probe.weights(array).ravel().astype(np.float64)
    assert abs(found.mean() - 2) < 5 * 0.2 / np.sqrt(found.size)
    assert abs(found.std() / 0.2 - 1) < 5 / np.sqrt(2 * found.size)
    assert np.abs(array._cells.w_min).max() <= np.float32(1e-3)  # the smallest bound there is


def test_cells_that_are_only_programmed_have_the_assumed_step():
    """Neither spread nor noise of its pulses: the source leaves them out."""
    dw = moved(isolated("pcm-inference-nandakumar2019"), 1)
    np.testing.assert_allclose(dw, 0.002, rtol=1e-6)


SYMMETRY = dict.fromkeys(FINE + COARSE, 0.0)
# Worked by hand: 1 + 1.18445 y = 0.740641 (1 + 0.081404 / y) with y = exp(5 z) gives
# y = 0.141292, z = ln(y) / 5 = -0.391386 and w = -(z + 1/2) / (1/2).
SYMMETRY["reram-es-gong2018"] = -0.217228


@pytest.mark.parametrize("name", [n for n in SYMMETRY if preset(n).response.kind != "constant"])
def test_alternating_pulses_find_the_symmetry_point(name):
    made_of = isolated(name, spread=Spread(initial=0.0), cycle_noise=0.0)
    step = made_of.response.step
    burst = min(31, max(1, round(0.06 / step)))
    for start in (-0.3, 0.3):
        array = CrossbarArray(made_of, 1, 1, serials=np.arange(1), seed=3)
        for _ in range(round(0.3 / step)):
            send(array, np.sign(start))
        samples = 1500
        d = np.where(np.arange(samples)[:, None] % 2, -1.0, 1.0)
        array.update(np.ones((samples, 1)), d, burst * step, Fidelity.PER_SAMPLE)
        low = probe.weights(array).item()
        send(array, burst)
        middle = (low + probe.weights(array).item()) / 2
        off = abs(middle - SYMMETRY[name])
        assert off < 0.01 + burst * step / 4, f"rests at {middle:.4f}"


@pytest.mark.parametrize("name", PUBLISHED)
def test_write_noise_is_that_of_the_fit(name):
    made_of = preset(name)
    found = made_of.response.write_noise * made_of.response.step
    told = PUBLISHED[name]
    assert found == pytest.approx(told.write_noise_std * told.dw_min, rel=1e-6)


@pytest.mark.parametrize("name", COARSE)
def test_references_of_the_arrays_spread_as_published(name):
    """reference_std 0.05: cells whose conductances are alike hold weights that are not."""
    made_of = preset(name)
    assert made_of.spread.reference == 0.05
    array = repeated(made_of, MADE, 1)
    found = probe.conductance(array) / (12e-6) - probe.weights(array)
    error = abs(found.std() / 0.05 - 1)
    assert error < 5 / np.sqrt(2 * found.size), f"off by a factor {error:.3f}"


def test_the_asymmetric_fit_is_met_exactly():
    """aihwkit: up_down > 0 shortens the step down alone; here a mean step and its asymmetry."""
    made_of, told = preset("reram-es-gong2018"), PUBLISHED["reram-es-gong2018"]
    how, spread = made_of.response, made_of.spread
    up, down = (how.step * (1 + sign * how.asymmetry) for sign in (1, -1))
    assert up == pytest.approx(told.dw_min, rel=1e-6)
    assert down == pytest.approx(told.dw_min * (1 - told.up_down), rel=1e-6)
    assert spread.step * how.step == pytest.approx(0.2 * told.dw_min, rel=1e-6)
    assert spread.asymmetry * how.step == pytest.approx(0.05 * told.dw_min, rel=1e-6)
