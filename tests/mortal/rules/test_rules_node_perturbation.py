"""Node perturbation goes down the expected cost of its own noisy net, knowing no derivative."""

import numpy as np
import pytest
from plain_net import cost_of, gradient_of

from devices import probe
from mortal import grow, load_data

LAYERS, CLASSES, COPIES = (4, 5), 3, 60_000


def taught(seed=0, devices=1, **rule):
    rule = {"name": "node-perturbation", "rate": 1.0, **rule}
    population = grow("exact", LAYERS, devices, rule, seed, classes=CLASSES)
    random = np.random.default_rng(seed)
    for array in population.arrays.values():  # weights of order one, so that every layer matters
        array.update(
            random.normal(size=(3, array.rows)), random.normal(size=(3, array.columns)), 0.4
        )
    x = random.random((1, LAYERS[0]), np.float32)
    y = random.dirichlet(np.ones(CLASSES), 1).astype(np.float32)
    return population, x, y


def weights(population, device=0):
    arrays = population.arrays.items()
    return {name: probe.weights(array)[device].astype(np.float64) for name, array in arrays}


def mean_step(population, x, y, copies=COPIES):
    """What one sample, shown often at the same weights, changes them by on average."""
    before = weights(population)
    many = np.repeat(x, copies, axis=0), np.repeat(y, copies, axis=0)
    population.rule.learn(*many, 1 / copies)
    return before, {name: w - before[name] for name, w in weights(population).items()}


def far(found, wanted):
    return np.linalg.norm(found - wanted) / np.linalg.norm(wanted)


@pytest.mark.parametrize("perturb", ["together", "apart"])
@pytest.mark.parametrize("bias", [True, False])
def test_the_mean_step_is_the_gradient_of_the_expected_cost_of_the_noisy_net(perturb, bias):
    sigma = 0.5
    population, x, y = taught(sigma=sigma, perturb=perturb, bias=bias)
    before, step = mean_step(population, x, y)
    random = np.random.default_rng(1)
    half = {name: sigma * random.normal(size=(4000, w.shape[1])) for name, w in before.items()}
    noise = {name: np.concatenate([n, -n]) for name, n in half.items()}
    for name in before:
        heard = noise if perturb == "together" else {name: noise[name]}
        slope = gradient_of(
            lambda w, heard=heard: cost_of(w, x.repeat(8000, axis=0), y, heard, bias).mean(),
            {name: before[name]} | before,
        )[name]
        assert far(step[name], -slope) < 0.08, far(step[name], -slope)


def test_with_a_little_noise_it_is_the_gradient_itself():
    population, x, y = taught(3, sigma=0.01)
    before, step = mean_step(population, x, y)
    slopes = gradient_of(lambda w: cost_of(w, x, y).mean(), before)
    for name, slope in slopes.items():
        assert far(step[name], -slope) < 0.05, far(step[name], -slope)


def test_the_gradient_of_much_noise_is_another_than_that_of_none():
    population, x, y = taught()
    before = weights(population)
    random = np.random.default_rng(1)
    noise = {name: 0.5 * random.normal(size=(8000, w.shape[1])) for name, w in before.items()}
    plain = gradient_of(lambda w: cost_of(w, x, y).mean(), before)
    noisy = gradient_of(lambda w: cost_of(w, x.repeat(8000, axis=0), y, noise).mean(), before)
    assert far(plain["layer1"], noisy["layer1"]) > 0.2, "the test above tells them apart"


def test_more_passes_spread_less_around_the_same_mean():
    spreads = {}
    for passes in (1, 16):
        steps = []
        for seed in range(40):
            population, x, y = taught(passes=passes)
            population.rule.counters["noisy"] += 1000 * seed
            steps.append(mean_step(population, x, y, copies=1)[1]["layer1"])
        spreads[passes] = np.stack(steps).std(axis=0).mean()
    assert 2.5 < spreads[1] / spreads[16] < 6.5, spreads


def test_it_returns_the_answers_of_the_clean_net_and_every_batch_hears_new_noise():
    population, x, y = taught(sigma=0.3)
    asked = np.exp(population.answer(x))
    assert population.rule.learn(x, y, 0.0) == pytest.approx(asked, abs=1e-6)
    one, other = taught()[0], taught()[0]
    other.rule.learn(x, y, 0.0)
    steps = [mean_step(who, x, y, copies=1)[1]["output"] for who in (one, other)]
    assert not np.allclose(steps[0], steps[1])


def test_a_pass_apart_reads_only_from_its_layer_on():
    reads = {}
    for perturb in ("together", "apart"):
        population = grow(
            "mortal-default", (5, 4, 4), 1, {"name": "node-perturbation", "perturb": perturb},
            classes=3,
        )  # fmt: skip
        x = np.ones((2, 5), np.float32)
        population.answer(x)
        first = {name: array.ledger.read.copy() for name, array in population.arrays.items()}
        population.rule.learn(x, np.full((2, 3), 1 / 3, np.float32), 0.0)
        ledgers = {name: array.ledger.read for name, array in population.arrays.items()}
        reads[perturb] = [round(float((ledgers[n] / first[n])[0]) - 1) for n in first]
    assert reads == {"together": [2, 2, 2], "apart": [2, 3, 4]}


def test_digital_noise_is_paid_for():
    rule = {"name": "node-perturbation", "passes": 3}
    population = grow("mortal-default", (7, 5), 2, rule, classes=3)
    population.rule.learn(np.ones((10, 7), np.float32), np.full((10, 3), 1 / 3, np.float32), 1.0)
    paid = 2 * 3 * 10 * (5 + 3) * population.technology.energy.digital
    assert population.ledger().digital == pytest.approx(paid), "drawn, and multiplied by the cost"


@pytest.mark.parametrize(("perturb", "least"), [("apart", 0.8), ("together", 0.65)])
def test_it_learns_digits_and_the_untaught_guess(perturb, least):
    data = load_data("digits", train=800, test=400)
    rule = {"name": "node-perturbation", "perturb": perturb}
    population = grow("exact", (64, 32), 2, rule, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=12)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught
