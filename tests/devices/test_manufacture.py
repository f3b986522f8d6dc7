import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats
from specimens import STEP, grown, send, technology, weights_of

from devices import preset, probe
from devices.aging import as_worn
from devices.manufacture import SMALLEST_BOUND, Parameter, wafer_of
from devices.technology import Spread

ROWS, COLUMNS, COUNT = 24, 24, 100
CELLS = ROWS * COLUMNS * COUNT


def born(kind="linear", *, spread=None, rows=ROWS, columns=COLUMNS, count=COUNT, **more):
    pieces = more.pop("pieces", {}) | {"spread": {"initial": 0.0} | (spread or {})}
    return grown(technology(kind, pieces=pieces, **more), rows, columns, count)


def assert_normal(z, mean, std):
    """Mean and deviation within five standard errors of those of a normal sample."""
    z = np.asarray(z, np.float64).ravel()
    off, allowed = abs(z.mean() - mean), 5 * std / np.sqrt(z.size)
    assert off < allowed, f"mean off by {off:.2e}, allowed {allowed:.2e}"
    off, allowed = abs(z.std() / std - 1), 5 / np.sqrt(2 * z.size)
    assert off < allowed, f"deviation off by a factor {off:.2e}, allowed {allowed:.2e}"
    assert stats.kstest((z - mean) / std, "norm").pvalue > 1e-3


def cells(array, name):
    return getattr(array._cells, name).astype(np.float64)


@pytest.mark.parametrize(
    ("spread", "found", "mean"),
    [
        ({"step": 0.2}, lambda a: cells(a, "step_up") / STEP, 1.0),
        ({"step": 0.2}, lambda a: cells(a, "step_down") / STEP, 1.0),
        ({"w_max": 0.15}, lambda a: cells(a, "w_max") / 1.25, 1.0),
        ({"w_min": 0.15}, lambda a: cells(a, "w_min") / -0.75, 1.0),
        ({"gamma": 0.05}, lambda a: cells(a, "slope_up") * 1.25, 0.3),
        ({"gamma": 0.05}, lambda a: cells(a, "slope_down") * 0.75, 0.6),
        ({"initial": 0.1}, weights_of, 0.0),
        ({"cell_gain": 0.25}, lambda a: np.log(cells(a, "gain")), 0.0),
        ({"curvature": 0.1}, lambda a: cells(a, "curvature"), 0.07),
        ({"decay": 0.5}, lambda a: np.log(cells(a, "decay_time") / 3e6), 0.0),
        ({"drift": 0.2}, lambda a: cells(a, "drift_exponent") / 0.05, 1.0),
        ({"column_gain": 0.1}, lambda a: a._column_errors.gain, 0.0),
        ({"column_offset": 0.1}, lambda a: a._column_errors.offset, 0.0),
        ({"column_gain": 0.1}, lambda a: a._row_errors.gain, 0.0),
        ({"column_offset": 0.1}, lambda a: a._row_errors.offset, 0.0),
    ],
)
def test_a_spread_has_its_declared_mean_and_deviation(spread, found, mean):
    pieces = {"read": {"curvature": 0.07}, "retention": {"decay_time": 3e6, "drift_exponent": 0.05}}
    array = born(spread=spread, pieces=pieces, w_max=1.25, w_min=-0.75)
    assert_normal(found(array), mean, *spread.values())


def test_a_log_normal_step_is_the_exponential_of_a_normal():
    array = born("soft-bounds", spread={"step": 0.8, "step_shape": "log-normal"})
    assert_normal(np.log(cells(array, "step_up") / STEP), 0.0, 0.8)


def test_what_has_no_spread_is_alike_in_every_cell():
    array = born(pieces={"retention": {"decay_time": 3e6}}, w_max=1.25, w_min=-0.75)
    for name, value in {
        "step_up": STEP, "step_down": STEP, "w_max": 1.25, "w_min": -0.75,
        "slope_up": 0.3 / 1.25, "slope_down": 0.6 / 0.75, "decay_time": 3e6,
    }.items():  # fmt: skip
        assert (cells(array, name) == np.float32(value)).all(), name
    assert array._cells.gain is None
    assert array._cells.curvature is None
    assert array._cells.endurance is None
    assert not weights_of(array).any()


def test_parameters_of_one_cell_are_drawn_independently():
    spread = {"step": 0.1, "asymmetry": 0.1, "w_max": 0.1, "w_min": 0.1, "gamma": 0.05,
              "initial": 0.1, "cell_gain": 0.1, "curvature": 0.1}  # fmt: skip
    array = born(spread=spread)
    up, down = cells(array, "step_up"), cells(array, "step_down")
    names = ("w_max", "w_min", "slope_up", "slope_down", "gain", "curvature")
    drawn = [up + down, up - down, weights_of(array), *(cells(array, name) for name in names)]
    correlations = np.corrcoef([each.ravel() for each in drawn]) - np.eye(len(drawn))
    worst = np.abs(correlations).max()
    assert worst < 5 / np.sqrt(CELLS), f"correlation {worst:.4f}"


def test_asymmetry_lengthens_steps_up_and_shortens_steps_down():
    array = born(asymmetry=0.25)
    assert (cells(array, "step_up") == np.float32(1.25 * STEP)).all()
    assert (cells(array, "step_down") == np.float32(0.75 * STEP)).all()
    array = born(asymmetry=0.25, spread={"step": 0.1, "asymmetry": 0.06})
    up, down = cells(array, "step_up") / STEP, cells(array, "step_down") / STEP
    assert_normal((up - down) / 2, 0.25, 0.06)
    assert_normal((up + down) / 2, 1.0, 0.1)


def test_steps_are_positive_and_bounds_stay_on_their_sides_of_zero():
    spread = {"step": 2.0, "w_max": 2.0, "w_min": 2.0, "gamma": 2.0, "initial": 5.0}
    array = born(spread=spread)
    assert cells(array, "step_up").min() > 0
    assert cells(array, "slope_up").min() >= 0
    assert cells(array, "w_max").min() >= np.float32(SMALLEST_BOUND)
    assert cells(array, "w_min").max() <= -np.float32(SMALLEST_BOUND)
    assert (weights_of(array) <= cells(array, "w_max")).all()
    assert (weights_of(array) >= cells(array, "w_min")).all()


def test_soft_bounds_have_their_slopes_from_their_own_bounds():
    array = born("soft-bounds", spread={"w_max": 0.3, "w_min": 0.3})
    assert array._cells.slope_up is None, "nothing is stored that the bounds tell"
    rows = (np.zeros(array.rows, np.int64), np.arange(array.rows))
    pulsed, _ = as_worn(array.technology, array._cells, array._state, rows)
    np.testing.assert_allclose(pulsed.slope_up * pulsed.w_max, 1, rtol=2e-7)
    np.testing.assert_allclose(pulsed.slope_down * pulsed.w_min, -1, rtol=2e-7)


def test_the_declared_fraction_of_cells_is_stuck_and_never_moves():
    array = born(spread={"stuck": 0.1348, "initial": 0.1})
    stuck = array.is_stuck()
    off = abs(stuck.mean() - 0.1348)
    assert off < 5 * np.sqrt(0.1348 * 0.8652 / CELLS), f"fraction off by {off:.4f}"
    before = weights_of(array)
    send(array, 5)
    moved = weights_of(array) != before
    assert np.array_equal(moved, ~stuck)


@pytest.mark.parametrize("shape", [1.0, 2.0, 5.0])
def test_endurance_follows_the_weibull_law(shape):
    array = born(pieces={"wear": {"endurance": 1e5, "shape": shape}})
    drawn = cells(array, "endurance").ravel()
    distance, chance = stats.kstest(drawn, stats.weibull_min(c=shape, scale=1e5).cdf)
    assert chance > 1e-3, f"distance {distance:.2e}, p {chance:.1e}"
    # The scale of a Weibull law is what 1/e of the cells survive.
    assert abs((drawn > 1e5).mean() - np.exp(-1)) < 5 * np.sqrt(0.2325 / drawn.size)


@pytest.mark.parametrize(("endurance", "shape"), [(1e12, 0.02), (1e12, 1e-3), (1e-30, 0.1)])
def test_no_declared_endurance_makes_a_life_that_is_no_number(endurance, shape):
    array = born(pieces={"wear": {"endurance": endurance, "shape": shape}})
    drawn = cells(array, "endurance")
    assert np.isfinite(drawn).all()
    assert (drawn > 0).all()
    assert not array.is_stuck().any(), "a cell lives to its first pulse"


def test_shares_of_variance_are_recovered_from_the_cells():
    shares = {"wafer": 0.3, "row": 0.2, "column": 0.1}
    count, lines = 4000, 5
    array = born(
        spread=shares | {"step": 0.2, "devices_per_wafer": 2},
        rows=lines,
        columns=lines,
        count=count,
    )
    z = (cells(array, "step_up") / STEP - 1) / 0.2
    z = z.reshape(count // 2, 2, lines, lines)
    other_row, other_column = np.roll(z, 1, axis=2), np.roll(z, 1, axis=3)
    elsewhere = np.roll(other_row, 1, axis=3)
    # Products of two cells average to what they share; one mean a wafer, independent of others.
    products = {
        1.0: z * z,
        0.3 + 0.2: z * other_column,
        0.3 + 0.1: z * other_row,
        0.3: z * elsewhere,
        0.3 + 0.0: z[:, ::-1] * z,
    }
    for expected, product in products.items():
        wafers = product.mean(axis=(1, 2, 3))
        error = wafers.std() / np.sqrt(wafers.size)
        off = wafers.mean() - expected
        assert abs(off) < 5 * error, f"share {expected}: off by {off:.4f}, error {error:.4f}"
        assert error < 0.03
    strangers = (z[1:] * z[:-1]).mean(axis=(1, 2, 3))
    assert abs(strangers.mean()) < 5 * strangers.std() / np.sqrt(strangers.size)


def test_consecutive_serials_share_a_wafer_and_nothing_else():
    spread = {"step": 0.2, "wafer": 0.5, "row": 0.25, "column": 0.25, "devices_per_wafer": 3}
    made_of = technology("linear", pieces={"spread": spread})
    array = grown(made_of, 4, 6, 7, first=4)
    assert wafer_of(made_of.spread, array.serials).tolist() == [1, 1, 2, 2, 2, 3, 3]
    parts = probe.shared(array)
    assert np.unique(parts.wafer).size == 3
    assert (np.diff(parts.wafer) == 0).tolist() == [True, False, True, True, False, True]
    assert np.unique(parts.row).size == 7 * 4
    assert np.unique(parts.column).size == 7 * 6
    # With no part of its own, a cell's step is made of what it shares.
    z = parts.wafer[:, None, None] + parts.row[:, :, None] + parts.column[:, None, :]
    np.testing.assert_allclose(cells(array, "step_up"), STEP * np.abs(1 + 0.2 * z), rtol=1e-6)


def test_each_parameter_has_shared_parts_of_its_own():
    spread = {"step": 0.2, "w_max": 0.2, "wafer": 1.0, "devices_per_wafer": 1}
    array = born(spread=spread, rows=1, columns=1, count=10_000)
    step, bound = cells(array, "step_up").ravel(), cells(array, "w_max").ravel()
    assert abs(np.corrcoef(step, bound)[0, 1]) < 5 / np.sqrt(step.size)


def test_a_device_is_born_the_same_alone_and_in_company():
    made_of = preset("mortal-default")
    crowd, alone = grown(made_of, 9, 11, 8), grown(made_of, 9, 11, 1, first=5)
    for name in vars(alone._cells):
        if getattr(alone._cells, name) is not None:
            assert np.array_equal(getattr(crowd._cells, name)[5:6], getattr(alone._cells, name))
    assert np.array_equal(crowd._column_errors.gain[5:6], alone._column_errors.gain)
    assert np.array_equal(crowd._row_errors.offset[5:6], alone._row_errors.offset)
    assert np.array_equal(weights_of(crowd)[5:6], weights_of(alone))


@pytest.mark.parametrize("other", [{"seed": 8}, {"array": 1}, {"first": 1}])
def test_another_seed_array_or_serial_is_another_device(other):
    made_of = technology("linear", pieces={"spread": {"initial": 0.1, "step": 0.1}})
    ours, theirs = grown(made_of), grown(made_of, **other)
    assert not (cells(ours, "step_up") == cells(theirs, "step_up")).any()
    assert not (weights_of(ours) == weights_of(theirs)).any()


def test_a_control_repeats_the_manufacture_but_not_the_noise():
    made_of = preset("gokmen-vlasov2016")
    elders = grown(made_of, 6, 8, 3)
    control = grown(made_of, 6, 8, 3, first=90, made_as=elders.serials)
    assert np.array_equal(weights_of(control), weights_of(elders))
    for name in ("step_up", "step_down", "w_max", "w_min"):
        assert np.array_equal(cells(control, name), cells(elders, name))
    send(elders, 3)
    send(control, 3)
    assert (weights_of(control) != weights_of(elders)).mean() > 0.9


def test_parameters_of_manufacture_are_never_renumbered():
    assert [parameter.name for parameter in Parameter if parameter < 40] == [
        "STEP", "ASYMMETRY", "W_MAX", "W_MIN", "GAMMA_UP", "GAMMA_DOWN", "INITIAL", "CELL_GAIN",
        "CURVATURE", "DECAY", "DRIFT", "LINE_GAIN", "LINE_OFFSET",
        "REFERENCE",
    ]  # fmt: skip
    assert [int(parameter) for parameter in Parameter if parameter < 40] == [*range(13), 30]
    reading = {parameter.name: int(parameter) for parameter in Parameter if parameter in (40, 41)}
    assert reading == {"LINE_NONLINEARITY": 40, "TRAP_AMPLITUDE": 41}


def test_bounds_can_be_log_normal():
    spread = {"w_max": 0.4, "w_min": 0.6, "bound_shape": "log-normal"}
    array = born(spread=spread, w_max=1.25, w_min=-0.75, gamma_up=0.1, gamma_down=0.1)
    assert_normal(np.log(cells(array, "w_max") / 1.25), 0, 0.4)
    assert_normal(np.log(-cells(array, "w_min") / 0.75), 0, 0.6)


@pytest.mark.parametrize("axis", ["row", "column"])
def test_a_gradient_tilts_each_device_by_its_own_slope(axis):
    share = 0.3
    pieces = {"spread": {"initial": 0.0, "step": 0.1, f"gradient_{axis}": share}}
    array = grown(technology(pieces=pieces), 24, 16, 600)
    z = (array._cells.step_up.astype(np.float64) / STEP - 1) / 0.1
    assert abs(z.var() - 1) < 0.06, f"variance {z.var():.3f}"
    lines = z.mean(axis=2 if axis == "row" else 1)
    place = np.linspace(-1, 1, lines.shape[1])
    place /= place.std()
    slopes = lines @ place / lines.shape[1]
    # Variance of a device's fitted slope: the share, and the mean of its own cells.
    expected = share + (1 - share) / (24 * 16)
    assert abs(slopes.var() / expected - 1) < 5 * np.sqrt(2 / 600)
    rest = lines - lines.mean(axis=1, keepdims=True) - slopes[:, None] * place
    across = z.shape[2 if axis == "row" else 1]
    assert abs(rest.var() / ((1 - share) / across) - 1) < 0.15, "more than a straight line"
    told = getattr(probe.shared(array), axis)
    np.testing.assert_allclose(np.abs(np.corrcoef(told)[0, 1:]), 1, atol=1e-5)


def test_an_array_of_one_line_keeps_the_variance_of_its_gradient():
    pieces = {"spread": {"initial": 0.0, "step": 0.1, "gradient_row": 1.0}}
    array = grown(technology(pieces=pieces), 1, 4, 2000)
    z = (array._cells.step_up[:, 0, 0].astype(np.float64) / STEP - 1) / 0.1
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / 2000)


def test_gradients_and_shares_must_leave_something():
    with pytest.raises(ValidationError, match=r"must not exceed 1, found 1\.1"):
        Spread(wafer=0.5, gradient_row=0.3, gradient_column=0.3)
