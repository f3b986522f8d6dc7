"""Weight perturbation goes down the cost along random directions, and no weight is read."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plain_net import cost_of, gradient_of

from devices import probe
from mortal import grow, load_data

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=25)

LAYERS, CLASSES = (4, 5), 3


def taught(seed=0, devices=1, batch=1, **rule):
    rule = {"name": "weight-perturbation", "rate": 1.0, **rule}
    population = grow("exact", LAYERS, devices, rule, seed, classes=CLASSES)
    random = np.random.default_rng(seed)
    for name in ("layer1", "output"):  # weights of order one, so that every layer matters
        array = population.arrays[name]
        array.update(
            random.normal(size=(3, array.rows)), random.normal(size=(3, array.columns)), 0.4
        )
    x = random.random((batch, LAYERS[0]), np.float32)
    y = random.dirichlet(np.ones(CLASSES), batch).astype(np.float32)
    return population, x, y


def weights(population, device=0):
    """What acts as weights: the arrays, and what stands beside them."""
    arrays = population.arrays.items()
    seen = {name: probe.weights(array)[device].astype(np.float64) for name, array in arrays}
    return {name: seen[name] + seen.get(f"{name}.dither", 0) for name in ("layer1", "output")}


def step_of(population, x, y, rate=1.0):
    """What acted as weights, and what was written to the arrays that learn."""
    before, held = weights(population), {}
    for name in before:
        held[name] = probe.weights(population.arrays[name])[0].copy()
    population.rule.learn(x, y, rate)
    after = {name: probe.weights(population.arrays[name])[0] for name in before}
    return before, {name: after[name].astype(np.float64) - old for name, old in held.items()}


@law
@given(
    seed=st.integers(0, 1000),
    size=st.floats(0.03, 0.3),
    bias=st.booleans(),
    perturb=st.sampled_from(["lines", "array"]),
)
def test_a_step_is_the_difference_of_costs_along_a_direction_of_rank_one(seed, size, bias, perturb):
    batch = 1 if perturb == "lines" else 4  # an array holds its direction over the batch
    population, x, y = taught(seed, batch=batch, size=size, bias=bias, perturb=perturb)
    before, step = step_of(population, x, y, 0.3)
    assume(min(np.abs(moved).min() for moved in step.values()) > 1e-4)  # float32 sees no less
    # Up to one sign, which all layers share, and which the equation does not see.
    signs = {name: np.sign(moved) for name, moved in step.items()}
    up, down = (
        cost_of({n: w + s * signs[n] for n, w in before.items()}, x, y, bias=bias).sum()
        for s in (size, -size)
    )
    for name, direction in signs.items():
        assert np.linalg.matrix_rank(direction) == 1
        wanted = -0.3 * (up - down) / (2 * size) * direction
        assert step[name] == pytest.approx(wanted, rel=5e-3, abs=2e-5)


def test_the_mean_step_of_many_directions_is_the_gradient():
    population, x, y = taught(size=0.01)
    copies = 60_000
    many = np.repeat(x, copies, axis=0), np.repeat(y, copies, axis=0)
    before, step = step_of(population, *many, 1 / copies)
    slopes = gradient_of(lambda w: cost_of(w, x, y).sum(), before)
    found, wanted = (np.concatenate([v.ravel() for v in m.values()]) for m in (step, slopes))
    far = np.linalg.norm(found + wanted) / np.linalg.norm(wanted)
    assert far < 0.08, far


def test_directions_are_signs_that_two_cells_do_not_share():
    population, x, y = taught(size=0.1, perturb="array")
    directions = []
    for _ in range(600):
        _, step = step_of(population, x, y)
        directions.append(np.concatenate([np.sign(moved).ravel() for moved in step.values()]))
    signs = np.stack(directions)
    assert set(np.unique(signs)) <= {-1.0, 0.0, 1.0}
    # A common sign per step hides in each direction; products of two cells do not see it.
    together = signs.T @ signs / len(signs)
    np.fill_diagonal(together, 0)
    assert np.abs(together).max() < 0.25, np.abs(together).max()


def test_what_dithers_comes_back_on_an_ideal_device():
    population, x, y = taught(perturb="array", batch=3)
    before = probe.weights(population.arrays["layer1.dither"]).copy()
    population.rule.learn(x, y, 1.0)
    assert probe.weights(population.arrays["layer1.dither"]) == pytest.approx(before, abs=1e-6)
    assert list(population.arrays) == ["layer1", "output", "layer1.dither", "output.dither"]


def test_lines_shift_sums_and_write_once_but_arrays_are_pulsed_three_times_more():
    pulses = {}
    for perturb in ("lines", "array"):
        rule = {"name": "weight-perturbation", "perturb": perturb, "size": 0.05}
        population = grow("mortal-default", (6, 5), 2, rule, classes=3)
        x = np.random.default_rng(0).random((8, 6), np.float32)
        population.rule.learn(x, np.eye(3, dtype=np.float32)[np.arange(8) % 3], 0.0)
        pulses[perturb] = {n: a.ledger.pulses.sum() for n, a in population.arrays.items()}
        digital = population.ledger().digital
        work = 2 * 8 * (7 + 5 + 6 + 3) * population.technology.energy.digital
        assert digital == pytest.approx(work if perturb == "lines" else 0)
    assert not any(pulses["lines"].values()), "at rate 0 nothing is written"
    assert not pulses["array"]["layer1"]
    assert pulses["array"]["layer1.dither"] > 0


def test_passes_average_directions():
    spreads = {}
    for passes in (1, 16):
        steps = []
        for seed in range(40):
            population, x, y = taught(passes=passes, rate=1e-3)
            population.rule.counters["directions"] += 1000 * seed
            steps.append(step_of(population, x, y)[1]["layer1"])
        spreads[passes] = np.stack(steps).std(axis=0).mean()
    assert 2.5 < spreads[1] / spreads[16] < 6.5, spreads


@pytest.mark.parametrize(
    ("perturb", "rate", "least"), [("lines", 0.003, 0.5), ("array", 0.0005, 0.35)]
)
def test_it_learns_digits_and_the_untaught_guess(perturb, rate, least):
    data = load_data("digits", train=800, test=400)
    rule = {"name": "weight-perturbation", "perturb": perturb, "passes": 8, "rate": rate}
    population = grow("exact", (64, 16), 2, rule, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=8)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught
