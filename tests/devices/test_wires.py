from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices import NotConverged, WrongShape, WrongValue
from devices.errors import DeviceError
from devices.technology import Wires
from devices.wires import currents, effective, exact, fast, iteration, nodes

# Of badcrossbar 1.1.0, written by scripts/golden_wires.py.
GOLDEN = np.load(Path(__file__).with_name("golden") / "wires.npz")
SHAPES = ("8x8", "16x16", "32x32", "64x64", "12x20")
REALISTIC = (1.0, 2.5, 5.0)


def by_effective(conductance, voltage, wires):
    return voltage @ effective(conductance, wires)


METHODS = {"exact": exact, "effective": by_effective, "fast": fast}


def lines(of_row, of_column, **more):
    return Wires(row_resistance=of_row, column_resistance=of_column, **more)


def arrays(devices, samples, rows, columns, seed=0):
    draws = np.random.default_rng(seed)
    conductance = draws.uniform(1e-6, 25e-6, (devices, rows, columns))
    return conductance, draws.uniform(-0.2, 0.2, (devices, samples, rows))


def promised(conductance, voltage, wires):
    """Return the error that `fast` promises, A, `[device, sample, column]`."""
    power = np.einsum("drc,dsr->ds", conductance, voltage**2)
    root = np.sqrt(power[:, :, None] * conductance.sum(axis=1)[:, None])
    return wires.tolerance * root + 1e-12 * root  # and rounding


@st.composite
def circuits(draw):
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    draws = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    conductance = 10 ** draws.uniform(-8, -4, (2, rows, columns))
    conductance[draws.random(conductance.shape) < 0.1] = 0
    some_ohms = st.sampled_from([0.0, 0.1, 2.5, 40.0, 1e3])
    names = ("row_resistance", "column_resistance", "source_resistance", "sense_resistance")
    wires = Wires(**{name: draw(some_ohms) for name in names})
    return conductance, draws.uniform(-1, 1, (2, 3, rows)), wires


def golden_cases(method):
    for shape in SHAPES:
        conductance, voltage = GOLDEN[f"conductance_{shape}"], GOLDEN[f"voltage_{shape}"]
        for resistances, wanted in zip(
            GOLDEN["resistances"], GOLDEN[f"current_{shape}"], strict=True
        ):
            wires = lines(*resistances, iterations=20_000)
            found = method(conductance[None], voltage[None], wires)[0]
            yield shape, resistances, conductance, voltage, wires, found, wanted


@pytest.mark.parametrize("name", ["exact", "effective"])
def test_currents_are_those_of_another_solver(name):
    worst = max(
        (np.abs(found / wanted - 1).max(), shape, tuple(resistances))
        for shape, resistances, _, _, _, found, wanted in golden_cases(METHODS[name])
    )
    print(f"{name}: relative error {worst[0]:.1e} at {worst[1:]}")
    assert worst[0] < 1e-9, f"off by a factor {worst[0]:.1e} at {worst[1:]}"


def test_fast_currents_are_those_of_another_solver_within_the_stated_error():
    for shape, resistances, conductance, voltage, wires, found, wanted in golden_cases(fast):
        allowed = promised(conductance[None], voltage[None], wires)[0]
        share = (np.abs(found - wanted) / allowed).max()
        assert share < 1, f"{share:.2f} of the stated error, {shape} at {resistances} ohm"


@pytest.mark.parametrize("size", [8, 16, 32, 64])
@pytest.mark.parametrize("ohms", REALISTIC)
def test_on_realistic_wires_the_fast_error_is_a_few_tolerances_of_the_largest_current(size, ohms):
    conductance, voltage = arrays(2, 4, size, size)
    for tolerance in (1e-3, 1e-6):
        wires = lines(ohms, ohms, tolerance=tolerance)
        wanted = by_effective(conductance, voltage, wires)
        error = np.abs(fast(conductance, voltage, wires) - wanted).max() / np.abs(wanted).max()
        assert error < 4 * tolerance, f"{error / tolerance:.2f} tolerances of {tolerance:g}"
    loss = np.abs(voltage @ conductance - wanted).max() / np.abs(wanted).max()
    assert loss > 100 * error, "what the wires take is far above the error"


@given(circuits())
@settings(max_examples=60, deadline=None)
def test_every_method_solves_the_same_circuit(circuit):
    conductance, voltage, wires = circuit
    wanted = exact(conductance, voltage, wires)
    allowed = promised(conductance, voltage, wires)
    off = np.abs(by_effective(conductance, voltage, wires) - wanted)
    assert (off <= allowed * 1e-3).all(), f"effective off by {off.max():.1e} A"
    off = np.abs(fast(conductance, voltage, wires) - wanted)
    assert (off <= allowed).all(), f"fast off by {off.max():.1e} A"


@given(circuits())
@settings(max_examples=30, deadline=None)
def test_wires_only_take(circuit):
    conductance, voltage, wires = circuit
    voltage = np.abs(voltage)
    found, perfect = exact(conductance, voltage, wires), voltage @ conductance
    rounding = 1e-12 * perfect.max()
    assert (found >= -rounding).all()
    assert (found <= perfect + rounding).all()


@given(circuits(), st.sampled_from(["exact", "fast"]))
@settings(max_examples=30, deadline=None)
def test_currents_are_linear_in_the_voltages(circuit, name):
    conductance, voltage, wires = circuit
    first, second, _ = (part[:, None] for part in voltage.swapaxes(0, 1))
    solve, size = METHODS[name], np.abs(voltage).max() * conductance.sum()
    mixed = solve(conductance, 2 * first - 3 * second, wires)
    apart = 2 * solve(conductance, first, wires) - 3 * solve(conductance, second, wires)
    off = np.abs(mixed - apart).max()
    assert off <= 1e-12 * size, f"superposition off by {off:.1e} A"


@given(circuits(), st.sampled_from(["exact", "fast"]))
@settings(max_examples=30, deadline=None)
def test_a_reverse_read_is_reciprocal(circuit, name):
    conductance, _, wires = circuit
    ohms = {"sense_resistance": wires.source_resistance, "solve": name}
    wires = wires.model_copy(update=ohms)
    rows, columns = conductance.shape[1:]
    forth = currents(conductance, np.eye(rows)[None], wires)
    back = currents(conductance, np.eye(columns)[None], wires, is_reverse=True)
    off = np.abs(back - forth.swapaxes(1, 2)).max()
    allowed = (1e-12 if name == "exact" else wires.tolerance) * conductance.sum()
    assert off <= allowed, f"off by {off:.1e} A"


def test_in_a_reverse_read_drivers_and_sense_amplifiers_change_places():
    wires = Wires(source_resistance=1e9, solve="exact")
    conductance = np.full((1, 1, 2), 2e-5)
    forth = currents(conductance, np.ones((1, 1, 1)), wires)
    back = currents(conductance, np.ones((1, 1, 2)), wires, is_reverse=True)
    assert forth.sum() == pytest.approx(1e-9, rel=1e-3), "one row behind one driver"
    assert back.sum() == pytest.approx(2e-9, rel=1e-3), "two columns, each behind its own"


@pytest.mark.parametrize("name", METHODS)
def test_perfect_wires_multiply(name):
    conductance, voltage = arrays(3, 4, 7, 5)
    found = METHODS[name](conductance, voltage, Wires())
    assert np.allclose(found, voltage @ conductance, rtol=1e-14, atol=1e-20)


@pytest.mark.parametrize("name", METHODS)
def test_a_single_cell_is_resistances_in_series(name):
    ohms = {
        "source_resistance": 50.0, "row_resistance": 3.0, "column_resistance": 7.0,
        "sense_resistance": 11.0,
    }  # fmt: skip
    found = METHODS[name](np.full((1, 1, 1), 1e-5), np.full((1, 1, 1), 0.2), Wires(**ohms))
    assert found[0, 0, 0] == pytest.approx(0.2 / (sum(ohms.values()) + 1e5), rel=1e-9)


@pytest.mark.parametrize("resistance", [1e-6, 1.0, 100.0, 1e4, 1e9])
@pytest.mark.parametrize("side", ["row", "column"])
@pytest.mark.parametrize("name", METHODS)
def test_a_single_line_is_a_ladder(name, side, resistance):
    # A line of n cells g, each behind one resistor r to its own ground, segments of R: with
    # 2 cosh t - 2 = R g', 1 / g' = 1 / g + r, the k-th cell carries
    # g' v cosh((n + 1/2 - k) t) / cosh((n + 1/2) t); driving all cells of a column likewise.
    n, g, r, v = 9, 2e-5, 30.0, 0.2
    with_resistor = 1 / (1 / g + r)
    t = 2 * np.arcsinh(np.sqrt(resistance * with_resistor) / 2)
    from_end = n + 0.5 - np.arange(1, n + 1)
    # A ratio of cosh that does not overflow.
    ratio = np.exp((from_end - n - 0.5) * t) * (1 + np.exp(-2 * from_end * t))
    each = with_resistor * v * ratio / (1 + np.exp(-(2 * n + 1) * t))
    if side == "row":
        wires = lines(resistance, r)
        conductance, voltage, wanted = np.full((1, 1, n), g), np.full((1, 1, 1), v), each
    else:
        wires = lines(r, resistance)
        conductance, voltage = np.full((1, n, 1), g), np.full((1, 1, n), v)
        wanted = np.array([each.sum()])
    if name == "fast" and resistance > 1e4:
        with pytest.raises(NotConverged):
            fast(conductance, voltage, wires)
        return
    found = METHODS[name](conductance, voltage, wires)[0, 0]
    allowed = 1e-9 * wanted
    if name == "fast":
        allowed = promised(conductance, voltage, wires)[0, 0]
    assert (np.abs(found - wanted) <= allowed).all(), f"{found / wanted - 1}"


def test_the_fast_solve_holds_where_the_plain_fixed_point_diverges():
    conductance, voltage = arrays(1, 3, 32, 32)
    wires = lines(1000.0, 1000.0)
    drop = conductance * voltage[0, 0, :, None]  # a first current, to be iterated
    first = np.abs(drop).max()
    for _ in range(20):
        along = np.cumsum(np.cumsum(drop[..., ::-1], axis=2)[..., ::-1], axis=2)
        down = np.cumsum(np.cumsum(drop, axis=1)[:, ::-1], axis=1)[:, ::-1]
        drop = conductance * 1000.0 * (along + down)
    assert np.abs(drop).max() > 1e6 * first
    error = np.abs(fast(conductance, voltage, wires) - exact(conductance, voltage, wires))
    assert (error <= promised(conductance, voltage, wires)).all()


@pytest.mark.parametrize("wires", [lines(1e6, 1e6), lines(50.0, 50.0, iterations=3)])
def test_what_would_not_converge_is_refused(wires):
    conductance, voltage = arrays(2, 1, 32, 32)
    with pytest.raises(
        NotConverged, match=r"iterations .*lower the\s+resistances or .* exact"
    ) as caught:
        fast(conductance, voltage, wires)
    assert isinstance(caught.value, DeviceError)
    assert isinstance(caught.value, ArithmeticError)
    assert np.isfinite(exact(conductance, voltage, wires)).all()


def unlike(devices, samples, rows, columns):
    """Return devices whose fast solves take very different numbers of steps."""
    conductance, voltage = arrays(devices, samples, rows, columns)
    return conductance * 30.0 ** np.arange(devices)[:, None, None] / 30, voltage


@pytest.mark.parametrize("name", ["exact", "fast", "effective"])
@pytest.mark.parametrize("shape", [(9, 6), (6, 9), (20, 1), (1, 20)])
def test_a_device_is_the_same_alone_or_in_a_population(name, shape):
    conductance, voltage = unlike(3, 5, *shape)
    solve, wires = METHODS[name], lines(20.0, 35.0)
    together = solve(conductance, voltage, wires)
    for device in range(3):
        alone = solve(conductance[[device]], voltage[[device]], wires)
        assert np.array_equal(alone[0], together[device])


@pytest.mark.parametrize("shape", [(9, 6), (20, 1), (1, 20), (40, 30)])
def test_a_fast_read_does_not_depend_on_how_reads_are_batched(shape, monkeypatch):
    conductance, voltage = unlike(3, 40, *shape)
    wires = lines(20.0, 35.0)
    together = fast(conductance, voltage, wires)
    one_by_one = [fast(conductance, voltage[:, [k]], wires) for k in range(40)]
    assert np.array_equal(np.concatenate(one_by_one, axis=1), together)
    monkeypatch.setattr(iteration, "_FLOATS_AT_ONCE", 1)  # lanes of a group cross devices
    assert np.array_equal(fast(conductance, voltage, wires), together)


def test_an_exact_read_in_pieces_agrees_with_the_whole(monkeypatch):
    conductance, voltage = arrays(2, 7, 9, 6)
    wires = lines(20.0, 35.0)
    together = exact(conductance, voltage, wires)
    monkeypatch.setattr(nodes, "_FLOATS_AT_ONCE", 1)
    assert np.allclose(exact(conductance, voltage, wires), together, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["exact", "fast"])
def test_voltages_may_be_shared_by_all_devices(name):
    conductance, voltage = arrays(3, 4, 6, 5)
    wires = lines(5.0, 5.0, solve=name)
    shared = currents(conductance, voltage[:1], wires)
    each = currents(conductance, np.repeat(voltage[:1], 3, axis=0), wires)
    assert np.array_equal(shared, each)


@pytest.mark.parametrize("name", METHODS)
def test_arrays_are_left_as_they_were(name):
    conductance, voltage = arrays(2, 3, 6, 5)
    before = conductance.copy(), voltage.copy()
    METHODS[name](conductance, voltage, lines(5.0, 5.0))
    assert np.array_equal(conductance, before[0])
    assert np.array_equal(voltage, before[1])


@pytest.mark.parametrize("solve", [exact, fast])
def test_what_does_not_fit_is_refused(solve):
    conductance, voltage = arrays(3, 4, 6, 5)
    wires = lines(1.0, 1.0)
    for siemens, volts in [
        (conductance[0], voltage), (conductance, voltage[0]), (conductance, voltage[:2]),
        (conductance, voltage[..., :5]), (conductance[..., :0], voltage),
    ]:  # fmt: skip
        with pytest.raises(WrongShape, match="must be"):
            solve(siemens, volts, wires)
    for siemens, volts in [
        (-conductance, voltage), (conductance * np.nan, voltage), (conductance, voltage * np.inf),
    ]:  # fmt: skip
        with pytest.raises(WrongValue):
            solve(siemens, volts, wires)


def test_undeclared_wires_are_perfect_and_ohms_have_units():
    assert Wires().is_perfect
    declared = Wires.model_validate({"row_resistance": "2.5 ohm", "sense_resistance": "1 kohm"})
    assert declared.row_resistance == 2.5
    assert declared.sense_resistance == 1000.0
    assert not declared.is_perfect
