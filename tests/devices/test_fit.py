"""A technology is simulated, measured and fitted: its numbers come back."""

import numpy as np
import pytest
from specimens import grown, send, technology, weights_of

from devices import CrossbarArray, probe
from devices.errors import DeviceError
from devices.fit import KINDS, Measured, fit
from devices.fit.candidates import SHAPES, Data, Trial, predict

STEP, NOISE, WAY = 0.02, 0.3, 150
SHAPES_TOLD = {
    "constant": {},
    "linear": {"gamma_up": 0.7, "gamma_down": 0.4},
    "soft-bounds": {},
    "exponential": {"a": 1.0, "b": 0.0, "gamma_up": -1.5, "gamma_down": -2.0, "A_up": -0.5,
                    "A_down": -0.3},
    "power": {"gamma_up": 1.8, "gamma_down": 0.5},
    "piecewise": {"table_up": (0.2, 1.6, 0.3, 1.4, 0.3), "table_down": (0.3, 1.5, 0.2, 1.6, 0.2)},
}  # fmt: skip
SPREAD = {"step": 0.2, "asymmetry": 0.05, "w_max": 0.1, "w_min": 0.1, "initial": 0.0}


def bench(kind, *, spread=None, devices=6, step=STEP, noise=NOISE, **more):
    told = {"step": step, "cycle_noise": noise, "asymmetry": 0.1} | SHAPES_TOLD[kind] | more
    made_of = technology(kind, pieces={"spread": spread or {"initial": 0.0}}, **told)
    array = CrossbarArray(made_of, 1, 1, serials=np.arange(devices), seed=11)
    for _ in range(20):
        send(array, -31)
    return array


def measure(array, *, cycles=2, way=WAY, look=0.0, every=1):
    """Return the columns of a table: trains up and down, looked at with an error in siemens."""
    rows, rng = [], np.random.default_rng(5)
    for cycle in range(cycles):
        rows.append((0, 1, cycle, probe.conductance(array).ravel()))
        for direction in (1, -1):
            for count in range(every, way + 1, every):
                send(array, direction * every)
                sent = count if direction > 0 else way + count
                rows.append((sent, direction, cycle, probe.conductance(array).ravel()))
    pulse, direction, cycle, seen = zip(*rows, strict=True)
    seen = np.array(seen).T
    devices = seen.shape[0]
    return {
        "pulse": np.tile(pulse, devices),
        "conductance": (seen + look * rng.standard_normal(seen.shape)).ravel(),
        "direction": np.tile(direction, devices),
        "device": np.repeat(np.arange(devices), len(pulse)),
        "cycle": np.tile(cycle, devices),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_response_of_a_simulated_device_is_recognised(kind):
    found = fit(Measured.of(**measure(bench(kind))))
    assert found.technology.response.kind == kind, found.candidates
    assert [one.bic for one in found.candidates] == sorted(one.bic for one in found.candidates)
    assert {one.kind for one in found.candidates} == set(KINDS)


@pytest.mark.parametrize("look", [0.0, 0.1e-6])
@pytest.mark.parametrize("kind", ["constant", "linear", "soft-bounds"])
def test_numbers_of_a_simulated_device_come_back(kind, look):
    found = fit(Measured.of(**measure(bench(kind), look=look)), kind)
    how, cell = found.technology.response, found.technology.cell
    # 6 devices x 2 cycles x 150 pulses of 30 % noise: the step is known to 1 % and less.
    assert how.step == pytest.approx(STEP, rel=0.03)
    assert how.asymmetry == pytest.approx(0.1, abs=0.02)
    # Under looks off by 0.6 steps, the variance of steps that fade is known to a fifth or so.
    assert how.cycle_noise == pytest.approx(NOISE, rel=0.35 if look else 0.05)
    assert how.noise == "multiplicative" or kind == "constant"
    # A look off by 0.1 uS of the 12 uS that a unit of weight is, in steps of 0.02.
    assert how.write_noise == pytest.approx(look / 12e-6 / STEP, rel=0.1, abs=0.05)
    assert cell.g_min == pytest.approx(1e-6, abs=0.3e-6)
    assert cell.g_max == pytest.approx(25e-6, abs=0.5e-6)
    for name in ("gamma_up", "gamma_down"):
        if kind == "linear":
            assert getattr(how, name) == pytest.approx(SHAPES_TOLD[kind][name], abs=0.03)


@pytest.mark.parametrize("kind", ["exponential", "power", "piecewise"])
def test_the_step_of_a_simulated_device_comes_back_at_every_weight(kind):
    """Numbers that make up for each other may differ, the steps they stand for may not."""
    array = bench(kind)
    at, *steps = fit(Measured.of(**measure(array)), kind).steps()
    weight = np.clip((at - 13e-6) / 12e-6, -1, 1)
    shape = SHAPES[kind]
    told = Trial(shape, STEP * 1.1, STEP * 0.9, shape.numbers_of(array.technology.response))
    here = (weight > -0.85) & (weight < 0.85)
    for found, expected in zip(steps, told.steps(weight), strict=True):
        off = (np.abs(found / 12e-6 - expected) / np.maximum(expected, STEP))[here]
        limit = 0.35 if kind == "piecewise" else 0.1  # eight spans of each way a node
        assert off.max() < limit, f"off by a factor {off.max():.3f}"


def test_spreads_of_simulated_devices_come_back():
    array = bench("soft-bounds", spread=SPREAD, devices=24)
    found = fit(Measured.of(**measure(array, cycles=2)), "soft-bounds").technology
    cells = array._cells
    up, down = (getattr(cells, f"step_{way}").ravel().astype(np.float64) for way in ("up", "down"))
    half = float((cells.w_max.mean() - cells.w_min.mean()) / 2)
    step, asymmetry = (up + down) / 2, (up - down) / (up + down).mean()
    spread = found.spread
    assert found.response.step == pytest.approx(step.mean() / half, rel=0.05)
    assert spread.step == pytest.approx(step.std(ddof=1) / step.mean(), rel=0.2)
    assert spread.asymmetry == pytest.approx(asymmetry.std(ddof=1), abs=0.045)
    for bound, values in (("w_max", cells.w_max), ("w_min", -cells.w_min)):
        expected = values.std(ddof=1, dtype=np.float64) / half
        # The lower bound is approached from above only: its spread comes out a third too low.
        assert getattr(spread, bound) == pytest.approx(expected, rel=0.4)


def test_one_device_has_no_spread_to_tell():
    found = fit(Measured.of(**measure(bench("linear", devices=1))), "linear").technology
    assert found.spread.step == found.spread.asymmetry == found.spread.w_max == 0
    assert found.source_of("spread.step") == "fitted to a measurement, 1 device"


def test_a_fitted_technology_can_be_grown_and_moves_as_measured():
    columns = measure(bench("soft-bounds"))
    made_of = fit(Measured.of(**columns)).technology
    again = CrossbarArray(made_of, 1, 1, serials=np.arange(50), seed=2)
    for _ in range(20):
        send(again, -31)
    regrown = measure(again, cycles=1)["conductance"].reshape(50, -1).mean(axis=0)
    seen = columns["conductance"].reshape(12, -1).mean(axis=0)
    worst = np.abs(regrown - seen).max() / 24e-6
    assert worst < 0.05, f"off by {worst:.3f} of the window"


def test_the_prediction_follows_the_measurement():
    columns = measure(bench("linear", noise=0.0))
    found = fit(Measured.of(**columns), "linear")
    assert found.residual < 1e-9
    np.testing.assert_allclose(found.predicted, found.measured.conductance, atol=0.05e-6)


def test_looks_may_be_many_pulses_apart():
    found = fit(Measured.of(**measure(bench("soft-bounds"), every=5)))
    assert found.technology.response.kind == "soft-bounds"
    assert found.technology.response.step == pytest.approx(STEP, rel=0.04)


def test_directions_and_cycles_are_found_where_they_are_not_said():
    columns = measure(bench("linear", noise=0.05))
    bare = {name: columns[name] for name in ("pulse", "conductance", "device")}
    told, found = Measured.of(**columns), Measured.of(**bare)
    assert np.array_equal(told.trace, found.trace)
    ways = told.direction != found.direction
    assert ways.mean() < 0.02, "the turn is at the highest look, give or take the noise"


def test_devices_may_stand_in_any_order():
    columns = measure(bench("linear", spread=SPREAD))
    looks = np.argsort(columns["cycle"] * 1000 + columns["pulse"], kind="stable")
    mixed = {name: column[looks] for name, column in columns.items()}
    one, other = (fit(Measured.of(**c), "linear").technology for c in (columns, mixed))
    assert one == other


def test_strides_of_several_pulses_stay_close_to_single_ones():
    """Predicted in 64 strides of ten pulses, against every pulse by itself."""
    array = grown(technology("soft-bounds", step=0.002), 1, 1, 1, weight=-0.9)
    for _ in range(64):
        send(array, 10)
    one = np.ones(1)
    trial = Trial(SHAPES["soft-bounds"], 0.002, 0.002, np.zeros(0), 1.0, -1.0)
    data = Data(
        -0.9 * one, 0 * one, np.array([640]), one.astype(int), 0 * one.astype(int), one, -one
    )
    assert predict(trial, data).item() == pytest.approx(weights_of(array).item(), abs=0.008)


def columns_with(**changes):
    up = np.arange(11)
    columns = {"pulse": np.arange(21), "conductance": np.concatenate([up, up[:-1][::-1]]) * 1e-6}
    return columns | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conductance": np.full(21, np.nan)}, "NaN or infinity"),
        ({"conductance": np.ones(20)}, r"conductance has shape \(20,\)"),
        ({"conductance": np.ones(21), "direction": np.repeat([1, -1], [11, 10])}, "never changes"),
        ({"conductance": np.arange(21.0)}, "needs 8 steps down at least, found 0"),
        ({"direction": np.zeros(21)}, "direction must be 1 or -1, found 0"),
        ({"pulse": np.zeros(21, int), "cycle": np.zeros(21)}, "must rise"),
    ],
)
def test_a_table_that_tells_nothing_is_refused(changes, message):
    with pytest.raises(DeviceError, match=message) as caught:
        Measured.of(**columns_with(**changes))
    assert isinstance(caught.value, ValueError)


def test_an_unknown_response_is_refused():
    with pytest.raises(DeviceError, match="response must be one of constant, linear"):
        fit(Measured.of(**columns_with()), "quadratic")
