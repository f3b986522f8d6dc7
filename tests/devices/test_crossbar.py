import numpy as np
import pytest
from specimens import STEP, grown, technology, weights_of

import devices
from devices import CrossbarArray, Fidelity, WrongShape, preset, probe, program
from devices.errors import DeviceError, WrongValue
from devices.identity import CounterOverflow
from devices.kernels import UnknownBackend, available, load

ROWS, COLUMNS = 6, 10


def live(array, *, seed=0, batch=5, positions=None):
    """Lead an array through a life: reads, writes, rests, programming, reads in error.

    Signals differ between devices; those of `positions` are the ones of a larger population.
    """
    rng = np.random.default_rng(seed)
    of = np.arange(8) if positions is None else np.asarray(positions)
    answers = []
    for _ in range(2):
        x = rng.uniform(-1, 1, (8, batch, ROWS)).astype(np.float32)[of]
        d = (x[..., :1] * rng.uniform(-1, 1, (8, batch, COLUMNS))[of]).astype(np.float32)
        shared = rng.uniform(-1, 1, (batch, ROWS)).astype(np.float32)
        goal = rng.uniform(-0.2, 0.2, (ROWS, COLUMNS))
        answers += [array.forward(x), array.forward(shared)]
        array.update(x, d, 0.05)
        array.update(x, d, 0.01, Fidelity.PER_SAMPLE)
        if array.technology.cell.reverse_read:
            answers.append(array.backward(d))
        array.wait(1e7, 330.0)
        report = program(array, goal, read_error=0.01, tolerance=0.02, rounds=8)
        answers += [report.pulses, report.joules, report.error, report.reads]
        answers.append(probe.weights(array, 0.02))
    return answers


def assert_same_device(found, at, expected, there=0):
    """Everything about a device, bit for bit."""
    assert np.array_equal(found._state.weight[at], expected._state.weight[there])
    for kept in vars(found._state):
        if getattr(found._state, kept) is not None:
            assert np.array_equal(
                getattr(found._state, kept)[at], getattr(expected._state, kept)[there]
            )
    for name, account in found.ledger.columns().items():
        assert account[at] == expected.ledger.columns()[name][there], name
    for name, counter in vars(found._counters).items():
        assert counter[at] == getattr(expected._counters, name)[there], name
    assert np.array_equal(found.fidelities[at], expected.fidelities[there])


def drifting():
    pieces = {
        "spread": {
            "initial": 0.2,
            "drift": 0.2,
            "step": 0.3,
            "stuck": 0.1,
            "stuck_random": 0.1,
            "reference": 0.05,
            "wafer": 0.2,
        },
        "retention": {"drift_exponent": 0.05, "diffusion": 1e-6, "activation_energy": 0.5},
        "read": {"output_noise": 0.1, "adc_bits": 9},
        "wear": {"endurance": 3000.0},
        "energy": {"half_select": 1e-14, "adc": 1e-12},
    }
    return technology("soft-bounds", pieces=pieces, cycle_noise=0.5)


def refreshed():
    """Everything that a cell can have at once, in one-sided pairs that are often full."""
    pieces = {
        "cell": {"kind": "one-sided", "refresh_every": 2, "refresh_upper": 0.2,
                 "refresh_lower": 0.01, "refresh_error": 0.01, "reset_noise": 0.02},
        "spread": {"initial": 0.4, "step": 0.3, "stuck": 0.05, "w_min": 0.1, "drift": 0.2},
        "retention": {"drift_exponent": 0.05, "decay_time": 1e8, "diffusion": 1e-6},
        "disturb": {"half_select": 1e-3, "read": 1e-4},
        "wear": {"endurance": 300.0, "noise": 1.0, "fails_low": 0.3, "fails_high": 0.2},
    }  # fmt: skip
    return technology("soft-bounds", pieces=pieces, cycle_noise=0.5, write_noise=3.0)


def differential():
    pieces = {
        "cell": {"kind": "differential"},
        "spread": {"initial": 0.2, "step": 0.3, "cell_gain": 0.2, "row": 0.2},
    }
    return technology("linear", pieces=pieces, cycle_noise=0.5)


TECHNOLOGIES = [
    preset("mortal-default"), preset("reram-sb-gong2018"), preset("exact"), drifting(),
    technology("exponential", cycle_noise=1.0), refreshed(), differential(),
]  # fmt: skip


@pytest.mark.parametrize("made_of", TECHNOLOGIES, ids=lambda made_of: made_of.name)
def test_a_device_lives_the_same_alone_and_in_company(made_of):
    crowd = grown(made_of, ROWS, COLUMNS, 8)
    in_company = live(crowd)
    alone = grown(made_of, ROWS, COLUMNS, 1, first=5)
    by_itself = live(alone, positions=[5])
    assert_same_device(crowd, 5, alone)
    for whole, own in zip(in_company, by_itself, strict=True):
        assert np.array_equal(whole[5], own[0])


def test_sums_over_many_lines_have_an_order_of_their_own():
    made_of = preset("mortal-default")
    crowd, alone = grown(made_of, 131, 97, 6), grown(made_of, 131, 97, first=4)
    rng = np.random.default_rng(0)
    x, d = rng.uniform(-1, 1, (33, 131)), rng.uniform(-1, 1, (33, 97))
    for array in (crowd, alone):
        array.update(x, d, 0.01)
    assert np.array_equal(crowd.forward(x)[4], alone.forward(x)[0])
    assert_same_device(crowd, 4, alone)


@pytest.mark.parametrize("made_of", TECHNOLOGIES, ids=lambda made_of: made_of.name)
def test_a_device_lent_out_and_put_back_lives_as_if_it_had_stayed(made_of):
    stayed, lent = (grown(made_of, ROWS, COLUMNS, 8) for _ in range(2))
    live(stayed)
    for positions in ([6, 1], [0, 2, 3, 4], [7], [5]):
        part = lent.take(positions)
        live(part, positions=positions)
        lent.put(positions, part)
    for device in range(8):
        assert_same_device(lent, device, stayed, device)


def test_the_order_of_devices_does_not_matter():
    made_of = preset("mortal-default")
    order = np.array([3, 0, 7, 5, 1, 2, 6, 4])
    straight = grown(made_of, ROWS, COLUMNS, 8)
    mixed = CrossbarArray(made_of, ROWS, COLUMNS, serials=order, seed=7, backend="reference")
    live(straight)
    live(mixed, positions=order)
    for at, serial in enumerate(order):
        assert_same_device(mixed, at, straight, serial)


def test_a_population_too_large_for_one_go_is_written_in_parts(monkeypatch):
    whole, parts = (grown(preset("mortal-default"), ROWS, COLUMNS, 8) for _ in range(2))
    live(whole)
    monkeypatch.setattr("devices.updating._FLOATS_AT_ONCE", 8000)
    live(parts)
    for device in range(8):
        assert_same_device(parts, device, whole, device)


def test_what_is_taken_is_a_copy():
    array = grown(preset("mortal-default"), count=3)
    before = weights_of(array)
    part = array.take([1])
    part.update(np.ones((1, 4)), np.ones((1, 8)), 0.02)
    part.forward(np.ones((1, 4)))
    part.wait(1e9)
    assert np.array_equal(weights_of(array), before)
    assert not array.ledger.total.any()
    assert not array.ledger.rested.any()
    assert not array.fidelities.any()
    array.put([1], part)
    assert (weights_of(array) != before).any(axis=(1, 2)).tolist() == [False, True, False]


def test_a_device_is_restored_to_its_own_serial_only():
    array = grown(preset("mortal-default"), count=3)
    for positions, lent in (([0], [1]), ([0, 1], [1, 0]), ([0, 1], [0])):
        with pytest.raises(WrongShape, match="cannot stand for"):
            array.put(positions, array.take(lent))
    array.put([2, 0], array.take([2, 0]))


@pytest.mark.parametrize("wrong", [[True, False, True], [0.0], 1, [[0]]])
def test_devices_are_named_by_whole_positions(wrong):
    array = grown(technology(), count=3)
    with pytest.raises(WrongShape, match="whole numbers"):
        array.take(wrong)
    assert array.take([]).serials.size == 0


@pytest.mark.parametrize("shape", [(ROWS,), (2, ROWS + 1), (2, 3, ROWS), (1, 1, 4, ROWS), ()])
def test_signals_that_do_not_fit_are_refused(shape):
    array = grown(technology(), ROWS, ROWS, 4)
    x, good = np.ones(shape), np.ones((2, ROWS))
    for verb in (
        lambda: array.forward(x),
        lambda: array.backward(x),
        lambda: array.update(x, good, 0.1),
        lambda: array.update(good, x, 0.1),
    ):
        with pytest.raises(WrongShape, match=r"signals (must be|are for)"):
            verb()
    assert not weights_of(array).any()
    assert not array._counters.samples.any()


def test_both_sides_of_an_update_have_as_many_samples():
    array = grown(technology(), ROWS, COLUMNS, 2)
    with pytest.raises(WrongShape, match="x has 3 samples and d has 4: give as many"):
        array.update(np.ones((3, ROWS)), np.ones((2, 4, COLUMNS)), 0.1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_signals_that_are_not_finite_are_refused(bad):
    for made_of in (technology(), preset("exact")):
        array = grown(made_of, ROWS, COLUMNS)
        before = weights_of(array)
        x, d = np.ones((2, ROWS)), np.ones((2, COLUMNS))
        x[1, 3] = d[1, 3] = bad
        for verb in (
            lambda: array.forward(x),  # noqa: B023
            lambda: array.backward(d),  # noqa: B023
            lambda: array.update(x, np.ones((2, COLUMNS)), 0.1),  # noqa: B023
            lambda: array.update(np.ones((2, ROWS)), d, 0.1),  # noqa: B023
        ):
            with pytest.raises(WrongValue, match=r"signals on the (rows|columns) hold NaN"):
                verb()
        assert np.array_equal(weights_of(array), before)


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf])
def test_a_rate_that_cannot_be_is_refused(rate):
    for made_of in (technology(), preset("exact")):
        with pytest.raises(DeviceError, match="rate must be a number of 0 or more"):
            grown(made_of).update(np.ones((1, 4)), np.ones((1, 8)), rate)


def test_an_exact_update_adds_the_outer_products():
    array = grown(preset("exact"), ROWS, COLUMNS, 3)
    before = weights_of(array)
    rng = np.random.default_rng(0)
    x, d = rng.uniform(-1, 1, (5, ROWS)), rng.uniform(-1, 1, (3, 5, COLUMNS))
    array.update(x, d, 0.3)
    off = np.abs(weights_of(array) - before - 0.3 * np.einsum("sr,dsc->drc", x, d)).max()
    assert off < 1e-6, f"off by {off:.1e}"
    assert not array.fidelities.any()


def test_an_empty_batch_does_nothing():
    for made_of in (technology(), preset("exact"), preset("mortal-default")):
        array = grown(made_of, ROWS, COLUMNS, 2)
        before = weights_of(array)
        array.update(np.ones((0, ROWS)), np.ones((2, 0, COLUMNS)), 0.1)
        assert array.forward(np.ones((0, ROWS))).shape == (2, 0, COLUMNS)
        assert np.array_equal(weights_of(array), before)
        assert not array.ledger.total.any()


@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (3, 0), (-1, 3)])
def test_an_array_needs_rows_and_columns(rows, columns):
    with pytest.raises(WrongShape, match="an array needs rows and columns"):
        grown(technology(), rows, columns)


def test_serials_are_whole_numbers_of_32_bits():
    made_of = technology()
    with pytest.raises(WrongShape, match="whole numbers"):
        CrossbarArray(made_of, 2, 2, serials=np.array([0.5]), seed=0)
    with pytest.raises(CounterOverflow, match="serials"):
        CrossbarArray(made_of, 2, 2, serials=np.array([2**32]), seed=0)
    with pytest.raises(CounterOverflow, match="seed"):
        CrossbarArray(made_of, 2, 2, serials=np.array([0]), seed=-1)
    with pytest.raises(WrongShape, match="2 devices cannot be made as 1 others"):
        CrossbarArray(made_of, 2, 2, serials=np.arange(2), seed=0, made_as=np.arange(1))


def test_an_unknown_backend_is_refused_by_name():
    with pytest.raises(UnknownBackend, match="'gpu' is not available here; available: reference"):
        grown(technology(), backend="gpu")
    assert "reference" in available()
    assert load("reference").affine_burst


def test_verbs_are_the_only_way_to_the_weights():
    array = grown(technology(), weight=0.5)
    public = {name for name in dir(array) if not name.startswith("_")}
    assert public == {
        "array", "backend", "backward", "columns", "declared", "fidelities", "forward", "freeze",
        "increment", "is_stuck", "ledger", "made_as", "place_reads", "put", "rows", "seed",
        "serials", "stream", "take", "technology", "thaw", "update", "wait",
    }  # fmt: skip
    assert repr(array) == "CrossbarArray(specimen, 1 devices, 4 x 8)"


def test_the_door_lists_what_the_package_offers():
    for name in devices.__all__:
        assert getattr(devices, name) is not None
    assert {"CrossbarArray", "Technology", "Fidelity", "program", "preset"} <= set(devices.__all__)


def test_every_error_is_a_device_error_and_a_builtin():
    for error in (
        devices.TechnologyError, devices.UnsupportedVerb, devices.WrongShape, devices.WrongValue,
        devices.FrozenElsewhere, CounterOverflow, UnknownBackend,
    ):  # fmt: skip
        assert issubclass(error, DeviceError)
        assert issubclass(error, ValueError | TypeError | OverflowError | LookupError)


def test_signals_of_one_population_reach_their_own_devices():
    array = grown(technology(), ROWS, COLUMNS, 3, weight=0.0)
    x = np.ones((3, 1, ROWS)) * np.array([1, 0, -1])[:, None, None]
    array.update(x, np.ones((1, COLUMNS)), STEP)
    assert (weights_of(array) / STEP)[:, 0, 0].tolist() == [1, 0, -1]
