"""The fast ways of following pulses, held against the oracle `per_pulse`."""

import numpy as np
import pytest
from specimens import STEP, grown, response, send, technology, weights_of

from devices import Fidelity
from devices.errors import DeviceError
from devices.fidelity import Bounds, Choosing, choose
from devices.technology import Technology

ROWS = COLUMNS = 8
COUNT = 1500
CELLS = ROWS * COLUMNS * COUNT


def written(made_of, fidelity, *, weight, batch, rate, count=COUNT):
    """Return an array after one batch of random signals, of each device's own."""
    array = grown(made_of, ROWS, COLUMNS, count, weight=weight)
    rng = np.random.default_rng(5)
    x = rng.uniform(0.2, 1, (count, batch, ROWS)).astype(np.float32)
    d = rng.uniform(-0.6, 1.4, (count, batch, COLUMNS)).astype(np.float32)
    array.update(x, d, rate, fidelity)
    return array


def walked(made_of, fidelity, *, weight, batch=24):
    """Return an array whose cells took one pulse a sample, of random signs."""
    array = grown(made_of, ROWS, COLUMNS, COUNT, weight=weight)
    rng = np.random.default_rng(4)
    x, d = (rng.choice([-1.0, 1.0], (COUNT, batch, lines)) for lines in (ROWS, COLUMNS))
    array.update(x, d, made_of.response.step, fidelity)
    return array


def moments(array):
    w = weights_of(array).ravel()
    return w.mean(), w.var()


def assert_same_moments(found, oracle, slack):
    """Mean to 5 errors plus `slack` of the deviation, variance to 4 errors plus `slack`.

    The deviation of a variance from n cells is sqrt(2/n); both sides have one.
    """
    (mean, variance), (true_mean, true_variance) = moments(found), moments(oracle)
    deviation, cells = np.sqrt(true_variance), weights_of(oracle).size
    off = (mean - true_mean) / deviation
    assert abs(off) < 5 * np.sqrt(2 / cells) + slack, f"mean off by {off:.4f} deviations"
    off = variance / true_variance - 1
    assert abs(off) < 4 * np.sqrt(4 / cells) + slack, f"variance off by a factor {off:.4f}"


@pytest.mark.parametrize(
    ("kind", "noise", "sigma", "weight"),
    [
        ("constant", "additive", 1.0, 0.3),
        ("linear", "multiplicative", 0.3, 0.5),
        ("soft-bounds", "multiplicative", 0.3, 0.6),
        ("soft-bounds", "multiplicative", 1.5, -0.7),
        ("soft-bounds", "additive", 3.75, 0.2),
    ],
)
def test_averaged_has_the_mean_and_variance_of_the_oracle(kind, noise, sigma, weight):
    # 24 steps of 1/256: relative steps times pulses of 0.094, just within what is averaged.
    made_of = technology(kind, cycle_noise=sigma, noise=noise, step=1 / 256)
    found = walked(made_of, None, weight=weight)
    oracle = walked(made_of, Fidelity.PER_PULSE, weight=weight)
    assert found.fidelities[:, Fidelity.AVERAGED].all()
    assert oracle.fidelities[:, Fidelity.PER_PULSE].all()
    assert np.array_equal(found.ledger.pulses, oracle.ledger.pulses)
    assert_same_moments(found, oracle, 0.008)


def test_averaged_has_the_noise_of_the_oracle_where_counts_are_certain():
    """As many pulses in every cell, half of them down: all that is left is noise and order."""
    made_of = technology("soft-bounds", cycle_noise=0.8)
    arrays = []
    for fidelity in (Fidelity.AVERAGED, Fidelity.PER_PULSE):
        array = grown(made_of, ROWS, COLUMNS, COUNT, weight=0.5)
        rng = np.random.default_rng(6)
        signs = rng.permuted(np.tile([[1.0, -1.0]], (COUNT, 16)), axis=1)
        d = np.repeat(signs[:, :, None], COLUMNS, axis=2)
        array.update(np.ones((32, ROWS)), d, STEP, fidelity)
        arrays.append(array)
    assert_same_moments(*arrays, 0.008)


@pytest.mark.parametrize(
    ("kind", "numbers", "weight", "expected"),
    [
        ("soft-bounds", {"step": 1 / 16}, -0.5, Fidelity.COMPOSED),
        ("soft-bounds", {"step": 1 / 16, "noise": "additive"}, -0.5, Fidelity.PER_PULSE),
        ("linear", {"step": 1 / 32}, -0.2, Fidelity.COMPOSED),
        ("constant", {"step": 1 / 64}, 0.9, Fidelity.PER_SAMPLE),
        ("exponential", {"cycle_noise": 1.0}, 0.2, Fidelity.PER_PULSE),
    ],
)
def test_what_is_chosen_in_order_has_the_moments_of_the_oracle(kind, numbers, weight, expected):
    numbers = {"cycle_noise": 0.3} | numbers
    step = numbers.get("step", STEP)
    found, oracle = (
        written(technology(kind, **numbers), fidelity, weight=weight, batch=3, rate=12 * step)
        for fidelity in (None, Fidelity.PER_PULSE)
    )
    assert found.fidelities[:, expected].mean() > 0.9
    assert oracle.ledger.pulses.sum() / CELLS > 6
    assert_same_moments(found, oracle, 0.008)


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("exponential", {"cycle_noise": 0.3, "noise": "additive"}),
        ("power", {"cycle_noise": 1.0}),
    ],
)
def test_steps_without_a_closed_form_may_be_followed_by_samples_away_from_bounds(kind, numbers):
    found, oracle = (
        written(technology(kind, **numbers), fidelity, weight=0.2, batch=3, rate=12 * STEP)
        for fidelity in (Fidelity.PER_SAMPLE, Fidelity.PER_PULSE)
    )
    assert_same_moments(found, oracle, 0.008)


def test_a_batch_of_one_is_the_same_averaged_composed_and_per_sample():
    for kind in ("constant", "linear", "soft-bounds"):
        made_of = technology(kind, cycle_noise=0.3)
        averaged, composed, in_order = (
            weights_of(written(made_of, fidelity, weight=0.1, batch=1, rate=0.01, count=20))
            for fidelity in (Fidelity.AVERAGED, Fidelity.COMPOSED, Fidelity.PER_SAMPLE)
        )
        assert np.array_equal(averaged, in_order)
        np.testing.assert_allclose(composed, in_order, atol=2e-7)


def test_one_pulse_a_sample_is_the_same_but_for_its_draw():
    made_of = technology("soft-bounds")
    finest, in_order = (
        written(made_of, fidelity, weight=0.1, batch=7, rate=STEP, count=20)
        for fidelity in (Fidelity.PER_PULSE, Fidelity.PER_SAMPLE)
    )
    worst = np.abs(weights_of(finest) - weights_of(in_order)).max()
    assert worst < 1e-6, f"off by {worst:.1e}"


def test_samples_in_order_do_not_depend_on_how_they_are_batched():
    made_of = technology("soft-bounds", cycle_noise=0.3)
    rng = np.random.default_rng(1)
    x, d = rng.uniform(-1, 1, (12, ROWS)), rng.uniform(-1, 1, (12, COLUMNS))
    for fidelity in (Fidelity.PER_SAMPLE, Fidelity.PER_PULSE):
        whole, parts = (grown(made_of, ROWS, COLUMNS, 3, weight=0.1) for _ in range(2))
        whole.update(x, d, 0.02, fidelity)
        for first, last in ((0, 1), (1, 6), (6, 12)):
            parts.update(x[first:last], d[first:last], 0.02, fidelity)
        assert np.array_equal(weights_of(whole), weights_of(parts))
        np.testing.assert_allclose(whole.ledger.busy, parts.ledger.busy, rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "lost"), [("soft-bounds", 1.0), ("linear", 0.6), ("constant", 0.0)]
)
def test_the_choice_is_averaged_until_order_matters(kind, lost):
    made_of = technology(kind, w_max=1.25, w_min=-0.75)
    up, down = np.full((2, 1, 20, 20), 0.05 * 0.75 * 512, np.float32)  # soft bounds: 19.2 each
    if lost:
        up, down = np.floor(up / lost), np.floor(down / lost)
        assert choose(made_of, up, down) == Fidelity.AVERAGED
        assert choose(made_of, up + 1, down + 1) == Fidelity.COMPOSED
    # Nothing can be out of order where all pulses have one sign, or all steps one size.
    assert choose(made_of, 1000 * up, 0 * down) == Fidelity.AVERAGED
    beyond = Fidelity.COMPOSED if lost else Fidelity.AVERAGED
    # Up to one cell in a hundred may be beyond.
    up[0, 0, :4] *= 10
    assert choose(made_of, up, down) == Fidelity.AVERAGED
    up[0, 0, 4] *= 10
    assert choose(made_of, up, down) == beyond


@pytest.mark.parametrize(
    ("kind", "noise", "sigma", "bounds", "expected"),
    [
        ("constant", "additive", 0.5, Bounds.WHERE_MIXED, Fidelity.PER_SAMPLE),
        ("constant", "multiplicative", 0.6, Bounds.WHERE_PULSED, Fidelity.PER_PULSE),
        ("linear", "multiplicative", 0.5, Bounds.WHERE_MIXED, Fidelity.PER_SAMPLE),
        ("linear", "additive", 0.5, Bounds.WHERE_PULSED, Fidelity.PER_PULSE),
        ("soft-bounds", "multiplicative", 0.5, Bounds.NEVER, Fidelity.PER_SAMPLE),
        ("soft-bounds", "multiplicative", 0.6, Bounds.WHERE_PULSED, Fidelity.PER_PULSE),
        ("soft-bounds", "additive", 0.1, Bounds.WHERE_PULSED, Fidelity.PER_PULSE),
    ],
)
def test_at_bounds_noise_that_outlasts_the_step_is_followed_pulse_by_pulse(
    kind, noise, sigma, bounds, expected
):
    rule = Choosing.of(technology(kind, noise=noise, cycle_noise=sigma))
    assert (rule.bounds, rule.at_bounds) == (bounds, expected)


def test_one_cell_in_a_hundred_may_be_clipped_on_its_way():
    made_of = technology("constant", cycle_noise=0.3)
    up = down = np.ones((1, 20, 20), np.float32)
    clipped = np.zeros(up.shape, np.bool_)
    clipped[0, :4, 0] = True
    assert choose(made_of, up, down, clipped) == Fidelity.AVERAGED
    clipped[0, 4, 0] = True
    assert choose(made_of, up, down, clipped) == Fidelity.PER_SAMPLE


def test_the_choice_is_each_devices_own():
    made_of = technology("soft-bounds", cycle_noise=0.3)
    x = np.ones((3, 10, ROWS))
    d = np.stack([np.full((10, COLUMNS), strength) for strength in (0.05, 1.0, 0.05)])
    d[:, ::2] *= -1
    crowd = grown(made_of, ROWS, COLUMNS, 3, weight=0.0)
    crowd.update(x, d, 31 * STEP)
    expected = [Fidelity.AVERAGED, Fidelity.COMPOSED, Fidelity.AVERAGED]
    assert crowd.fidelities.argmax(axis=1).tolist() == expected
    assert crowd.fidelities.sum(axis=1).tolist() == [1, 1, 1]
    for device in range(3):
        alone = grown(made_of, ROWS, COLUMNS, 1, first=device, weight=0.0)
        alone.update(x[device], d[device], 31 * STEP)
        assert np.array_equal(weights_of(alone)[0], weights_of(crowd)[device])


def at_the_bound(fidelity, kind="constant", weight=1.0, **numbers):
    array = grown(technology(kind, cycle_noise=0.3, **numbers), ROWS, COLUMNS, 500, weight=weight)
    rng = np.random.default_rng(3)
    d = rng.choice([-1.0, 1.0], (500, 32, COLUMNS))
    array.update(np.ones((32, ROWS)), d, STEP, fidelity)
    return array


@pytest.mark.parametrize("weight", [1.0, -1.0])
def test_at_a_hard_bound_order_matters_and_the_choice_knows(weight):
    oracle = at_the_bound(Fidelity.PER_PULSE, weight=weight)
    back = (weight - moments(oracle)[0]) / STEP
    assert abs(back) > 4, "the oracle walks away from the bound"
    chosen = at_the_bound(None, weight=weight)
    assert chosen.fidelities[:, Fidelity.PER_SAMPLE].all()
    off = (moments(chosen)[0] - moments(oracle)[0]) / STEP
    assert abs(off) < 0.02, f"off by {off:.3f} steps"
    averaged = (weight - moments(at_the_bound(Fidelity.AVERAGED, weight=weight))[0]) / STEP
    assert abs(averaged / back) < 0.6, "a closed form that clips once finds half of the way back"


@pytest.mark.parametrize(
    ("kind", "numbers", "weight", "expected"),
    [
        ("constant", {}, 0.92, Fidelity.AVERAGED),
        ("constant", {}, 0.985, Fidelity.PER_SAMPLE),
        ("linear", {"gamma_up": 0.3}, -0.99, Fidelity.PER_SAMPLE),
        ("soft-bounds", {}, 0.999, Fidelity.AVERAGED),
        ("constant", {"step": 1 / 4096}, 0.985, Fidelity.AVERAGED),
    ],
)
def test_only_hard_bounds_within_reach_matter(kind, numbers, weight, expected):
    array = at_the_bound(None, kind, weight, **numbers)
    if "step" in numbers:
        array = grown(technology(kind, **numbers), ROWS, COLUMNS, 5, weight=weight)
        d = np.random.default_rng(3).choice([-1.0, 1.0], (5, 32, COLUMNS))
        array.update(np.ones((32, ROWS)), d, numbers["step"])
    assert (array.fidelities.argmax(axis=1) == expected).all()


@pytest.mark.parametrize(
    ("kind", "noise", "sigma", "weight", "expected"),
    [
        ("constant", "multiplicative", 3.75, 0.0, Fidelity.AVERAGED),
        ("constant", "multiplicative", 0.3, -1.0, Fidelity.PER_SAMPLE),
        ("constant", "multiplicative", 3.75, 1.0, Fidelity.PER_PULSE),
        ("linear", "additive", 1.0, -1.0, Fidelity.PER_PULSE),
        ("soft-bounds", "multiplicative", 0.3, 0.99, Fidelity.AVERAGED),
        ("soft-bounds", "additive", 3.75, 1.0, Fidelity.PER_PULSE),
    ],
)
def test_after_batches_at_bounds_and_in_wild_noise_the_choice_is_right(
    kind, noise, sigma, weight, expected
):
    made_of = technology(kind, cycle_noise=sigma, noise=noise)
    signs = np.random.default_rng(8).choice([-1.0, 1.0], (3, 300, 24, COLUMNS))
    chosen, oracle, averaged = (grown(made_of, ROWS, COLUMNS, 300, weight=weight) for _ in range(3))
    for d in signs:
        for array, fidelity in zip((chosen, oracle, averaged), (None, 3, 0), strict=True):
            array.update(np.ones((24, ROWS)), d, STEP, fidelity)
    assert_same_moments(chosen, oracle, 0.008)
    assert chosen.fidelities.sum(axis=0).argmax() == expected
    if expected is not Fidelity.AVERAGED:
        off = (moments(averaged)[0] - moments(oracle)[0]) / np.sqrt(moments(oracle)[1])
        assert abs(off) > 0.05, f"averaged would have done: off by {off:.3f} deviations"


def test_a_walk_of_one_sign_needs_no_order_at_the_bound():
    array = grown(technology(cycle_noise=0.3), ROWS, COLUMNS, weight=0.99)
    send(array, 1, samples=32)
    assert array.fidelities[0].tolist() == [1, 0, 0, 0]
    assert (weights_of(array) == 1).all()


def test_a_fidelity_that_is_not_possible_is_refused():
    x, d = np.ones((1, 4)), np.ones((1, 8))
    with pytest.raises(ValueError, match="9"):
        grown(technology("constant")).update(x, d, 0.1, 9)
    array = grown(technology("exponential"))
    for fidelity in (Fidelity.AVERAGED, Fidelity.COMPOSED, 1):
        name = Fidelity(fidelity).name.lower()
        with pytest.raises(DeviceError, match=f"{name} is not possible for exponential"):
            array.update(x, d, 0.1, fidelity)
    assert not array.ledger.pulses.any()
    array.update(x, d, STEP)
    assert array.fidelities.tolist() == [[0, 0, 0, 1]]


def test_presets_never_choose_what_is_not_right():
    """A step of a tenth of the window is beyond averaging at two pulses of either sign."""
    coarse = Technology(name="coarse", response=response("soft-bounds", step=0.06))
    one = np.ones((1, 4, 4), np.float32)
    assert choose(coarse, one, 0 * one) == Fidelity.AVERAGED
    assert choose(coarse, one, one) == Fidelity.COMPOSED
