"""Laws that hold for every response, every circuit of a cell and every backend."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import KINDS, STEP, grown, send, technology, weights_of

from devices import Fidelity, probe, program
from devices.aging import bounds
from devices.kernels import available
from devices.kernels.steps import relative_steps
from devices.technology import StepwiseResponse

BACKENDS = [name for name in ("reference", "native") if name in available()]
CIRCUITS = ("single", "differential", "one-sided")
CLOSED = ("constant", "linear", "soft-bounds")
SPREADS = {"step": 0.4, "w_max": 0.3, "w_min": 0.3, "asymmetry": 0.1, "initial": 0.5}


def lawful(kind, circuit, *, pieces=None, **numbers):
    """Return a technology; a one-sided pair starts from an empty window."""
    cell = {"kind": circuit, "g_min": 1e-6, "g_max": 25e-6}
    if circuit == "one-sided":
        numbers = {"w_min": 0.0, "w_max": 2.0} | numbers
        cell |= {"refresh_every": 2, "reset_noise": 0.05}
    return technology(kind, pieces={"cell": cell, "spread": SPREADS} | (pieces or {}), **numbers)


def fidelities(kind):
    return [None, *([f for f in Fidelity if kind in CLOSED or f >= Fidelity.PER_SAMPLE])]


# ---- pulses -------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@given(
    st.sampled_from(list(KINDS)), st.sampled_from(CIRCUITS),
    st.sampled_from([1 / 256, 1 / 16, 0.5]),
    st.sampled_from([0.0, 0.5, 5.0]), st.sampled_from(["multiplicative", "additive"]),
    st.booleans(), st.data(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_every_cell_stays_in_its_window(
    backend, kind, circuit, step, cycle_noise, noise, is_worn, data
):
    pieces = {"retention": {"decay_time": 1e6, "diffusion": 1e-2, "resting_weight": 0.4}}
    pieces["disturb"] = {"half_select": 1e-3, "read": 1e-3, "resting_weight": -0.2}
    if is_worn:
        pieces["wear"] = {"endurance": 60.0, "closure": 0.4, "fails_random": 0.4}
    made_of = lawful(kind, circuit, pieces=pieces, step=step, cycle_noise=cycle_noise, noise=noise)
    seed = data.draw(st.integers(0, 1000))
    array = grown(made_of, 3, 9, 2, seed=seed, backend=backend)
    rng = np.random.default_rng(seed)
    fidelity = data.draw(st.sampled_from(fidelities(kind)))
    doings = data.draw(st.lists(st.sampled_from(["update", "wait", "forward"]), max_size=6))
    for doing in ["update", *doings]:
        if doing == "update":
            x, d = rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, (4, 9))
            array.update(x, d, 20 * step, fidelity)
            worn = bounds(made_of, array._cells, array._state)
        elif doing == "wait":
            array.wait(1e5)
            # Rest, unlike a pulse, always ends within what wear has left; stuck cells rest not.
            is_free = ~array.is_stuck()
            assert (array._state.weight <= worn[0])[is_free].all()
            assert (array._state.weight >= worn[1])[is_free].all()
        else:
            array.forward(rng.uniform(-1, 1, (2, 3)))
        weight = array._state.weight
        assert np.isfinite(weight).all()
        assert (weight <= array._cells.w_max).all()
        assert (weight >= array._cells.w_min).all()
    program(array, rng.uniform(-2, 2, (3, 9)), rounds=5)
    assert (array._state.weight <= array._cells.w_max).all()
    assert (array._state.weight >= array._cells.w_min).all()


@pytest.mark.parametrize("backend", BACKENDS)
@given(
    st.sampled_from(list(KINDS)), st.sampled_from(CIRCUITS),
    st.sampled_from([1 / 256, 1 / 16, 0.5]),
    st.integers(1, 31), st.booleans(), st.data(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_pulses_never_move_a_noiseless_cell_the_other_way(
    backend, kind, circuit, step, pulses, is_up, data
):
    array = grown(
        lawful(kind, circuit, step=step), 3, 9, 2,
        seed=data.draw(st.integers(0, 1000)), backend=backend,
    )  # fmt: skip
    before = weights_of(array)
    send(array, pulses if is_up else -pulses, fidelity=data.draw(st.sampled_from(fidelities(kind))))
    moved = weights_of(array) - before
    # At a soft bound the step vanishes, but for one rounding of float32.
    rounding = np.spacing(np.float32(np.abs(before).max()))
    if circuit == "single":
        signed = moved if is_up else -moved
    else:
        plus, minus = np.split(moved, 2, axis=1)
        went_down = moved < -rounding
        assert circuit == "differential" or not went_down.any(), "a one-sided cell went down"
        signed = np.concatenate([plus, -minus] if is_up else [-plus, minus], axis=1)
    assert (signed >= -rounding).all(), f"moved back by {-signed.min():.1e}"
    assert (signed > 0).any() or kind == "exponential"  # whose step may be zero in all of a window


def relative_step(technology, w, is_up):
    """Return f_up or f_down at w, from the declared formulas and no kernel but `steps`."""
    response = technology.response
    if isinstance(response, StepwiseResponse):
        at = np.array([w])
        f_up, f_down = relative_steps(
            at, at * 0 + response.w_max, at * 0 + response.w_min, response
        )
        return float(f_up[0] if is_up else f_down[0])
    if response.kind == "constant":
        return 1.0
    up, down = (1.0, 1.0) if response.kind == "soft-bounds" else (
        response.gamma_up, response.gamma_down
    )  # fmt: skip
    return 1 - up * w / response.w_max if is_up else 1 - down * w / response.w_min


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("weight", [0.0, 0.45, -0.45])
@pytest.mark.parametrize("kind", KINDS)
def test_the_mean_update_is_rate_x_d_and_the_step_at_the_weight(kind, weight, batch, backend):
    """E[dW] = rate x (x) d f(w), summed over the batch; d and x of both signs, nothing saturates.

    A noise of 30 % has no part in the mean. The strongest cell gets less than a pulse a sample,
    so that the step changes on the way by less than the standard error.
    """
    made_of = technology(kind, step=STEP / 4, cycle_noise=0.3)
    x, d = np.array([1.0, -0.6, 0.2]), np.array([0.9, -0.9, 0.5, -0.4, 0.1, -0.05, 0.0, 1.0])
    rate, devices = 0.6 * STEP / 4, 3000
    wanted = batch * rate * np.outer(x, d)
    f_up, f_down = (relative_step(made_of, weight, is_up) for is_up in (True, False))
    wanted *= np.where(wanted > 0, f_up, f_down)
    for fidelity in fidelities(kind):
        array = grown(made_of, 3, 8, devices, weight=weight, backend=backend)
        array.update(np.tile(x, (batch, 1)), np.tile(d, (batch, 1)), rate, fidelity)
        moved = weights_of(array) - np.float32(weight)
        error = moved.std(axis=0) / np.sqrt(devices)
        off = np.abs(moved.mean(axis=0) - wanted)
        assert (off <= 5 * error + 1e-9).all(), f"off by {off / np.maximum(error, 1e-12)} errors"
        # All cells together: the factor on the whole of the expected update is one.
        square = np.square(wanted).sum()
        factor = (moved * wanted).sum(axis=(1, 2)) / square
        spread = factor.std() / np.sqrt(devices)
        assert spread < 0.03, "too few devices to tell"
        assert abs(factor.mean() - 1) < 4 * spread, f"{factor.mean():.4f} +- {spread:.4f}"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("circuit", CIRCUITS)
@pytest.mark.parametrize("kind", KINDS)
def test_wear_never_heals_whatever_happens(kind, circuit, backend):
    wear = {"endurance": 60.0, "slowing": 0.5, "closure": 0.5, "fails_low": 0.3, "noise": 1.0}
    retention = {"decay_time": 1e8, "drift_exponent": 0.02}
    pieces = {"wear": wear, "retention": retention}
    array = grown(lawful(kind, circuit, pieces=pieces, step=1 / 64), 4, 9, 2, backend=backend)
    rng = np.random.default_rng(0)
    pulses, dead = array._state.pulses.copy(), array.is_stuck()
    upper, lower = bounds(array.technology, array._cells, array._state)
    for turn in range(12):
        array.update(rng.uniform(-1, 1, (3, 4)), rng.uniform(-1, 1, (3, 9)), 0.1)
        array.forward(np.ones((1, 4)))
        array.wait(1e9, temperature=400.0)
        if turn % 4 == 3:
            program(array, rng.uniform(-0.5, 0.5, (4, 9)), rounds=3)
        now = bounds(array.technology, array._cells, array._state)
        assert (array._state.pulses >= pulses).all()
        assert (array.is_stuck() >= dead).all()
        assert (now[0] <= upper).all(), "a window opened again"
        assert (now[1] >= lower).all(), "a window opened again"
        pulses, dead, (upper, lower) = array._state.pulses.copy(), array.is_stuck(), now
    assert dead.any()
    assert probe.wear(array).min() > 0.3


# ---- reads --------------------------------------------------------------------------------------

CODINGS = [
    {},
    {"noise_management": "none"},
    {"noise_management": "constant", "input_range": 2.0},
    {"coding": "pulse-width"},
    {"signed": "two-reads"},
    {"signed": "two-reads", "coding": "pulse-width", "bound_management": 4},
]


@pytest.mark.parametrize("backend", BACKENDS)
@given(
    st.sampled_from(list(KINDS)), st.sampled_from(CIRCUITS), st.sampled_from(CODINGS),
    st.sampled_from([None, {"rows": 3, "columns": 4}]), st.booleans(), st.booleans(),
    st.integers(1, 12), st.integers(1, 20), st.integers(0, 3), st.integers(0, 1000),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_without_variation_noise_and_resistance_a_read_is_the_exact_product(
    backend, kind, circuit, read, tile, is_reverse, is_calm, rows, columns, batch, seed
):
    """Pieces that are declared and say zero are as absent as those that are not declared."""
    pieces = {"read": read, "spread": {"initial": 0.4}}
    if tile is not None:
        pieces["tile"] = tile
    if is_calm:
        calm = {"fraction": 0.0, "amplitude": 0.5, "high": 1.0, "low": 1.0}
        pieces["read"] = read | {"noise": {"cells": 0.0, "telegraph": calm, "hold": 2}}
        pieces |= {"wires": {}, "faults": {}, "disturb": {}}
    array = grown(
        lawful(kind, circuit, pieces=pieces), rows, columns, 2, seed=seed, backend=backend
    )
    weight = probe.weights(array).astype(np.float64)
    weight = weight.swapaxes(1, 2) if is_reverse else weight
    signals = np.random.default_rng(seed).uniform(-1, 1, (2, batch, weight.shape[1]))
    found = array.backward(signals) if is_reverse else array.forward(signals)
    assert found.shape == (2, batch, weight.shape[2])
    np.testing.assert_allclose(found, signals @ weight, atol=2e-5)


# ---- time ---------------------------------------------------------------------------------------

PUBLISHED = {  # phase-change memory, Nandakumar et al. 2019
    "drift_mean": {"slope": -0.0155, "offset": 0.0244, "lowest": 0.049, "highest": 0.1},
    "drift_deviation": {"slope": -0.0125, "offset": -0.0059, "lowest": 0.008, "highest": 0.045},
}
LAWS = {
    "decay": {"decay_time": 3e6, "resting_weight": 0.1},
    "drift": {"drift_exponent": 0.06},
    "published": PUBLISHED,
    "both": PUBLISHED | {"decay_time": 3e6, "resting_weight": 0.1},
}


@pytest.mark.parametrize("law", LAWS)
@given(
    st.sampled_from(CIRCUITS), st.floats(0, 1e8), st.floats(0, 1e8), st.floats(250, 400),
    st.integers(0, 100),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_two_rests_are_one_rest_over_both_times_at_any_temperature(
    law, circuit, first, second, temperature, seed
):
    spread = SPREADS | {"drift": 0.3, "decay": 0.4, "stuck": 0.1}
    retention = LAWS[law] | {"activation_energy": 0.3}
    pieces = {"retention": retention, "spread": spread}
    made_of = lawful("soft-bounds", circuit, pieces=pieces, step=1 / 16, write_noise=0.5)
    once, twice = (grown(made_of, 3, 9, 2, seed=seed) for _ in range(2))
    for array, times in ((once, (first + second,)), (twice, (first, second))):
        send(array, 3)
        for seconds in times:
            array.wait(seconds, temperature)
    off = np.abs(once._state.visible - twice._state.visible).max()
    assert off < 2e-6, f"off by {off:.1e}"
    assert once.ledger.clock == pytest.approx(twice.ledger.clock, rel=1e-12)
