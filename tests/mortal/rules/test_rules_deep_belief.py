"""A deep belief net is built from below: each level learns the one beneath, in its turn."""

import numpy as np
import pytest
from plain_boltzmann import Machine

from devices import probe
from mortal import grow, load_data
from mortal.errors import ConfigError

LAYERS = (7, 6, 5)


def lesson(samples, seed=0):
    random = np.random.default_rng(seed)
    x = random.random((samples, LAYERS[0]), np.float32)
    return x, np.eye(3, dtype=np.float32)[np.arange(samples) % 3]


def weights(population):
    return {name: probe.weights(array).copy() for name, array in population.arrays.items()}


def who_learnt(population, turn_of=slice(None)):
    """Teach one batch of 10; return which machines were written, of some devices."""
    before = weights(population)
    population.rule.learn(*lesson(10), 1.0)
    after = weights(population)
    return [n for n in before if not np.array_equal(before[n][turn_of], after[n][turn_of])]


def test_levels_learn_in_turn_and_the_last_goes_on():
    population = grow("exact", LAYERS, 2, {"name": "deep-belief", "turn": 20}, classes=3)
    turns = [who_learnt(population) for _ in range(6)]
    assert turns == [["layer1"]] * 2 + [["layer2"]] * 4
    together = grow("exact", LAYERS, 2, {"name": "deep-belief", "turn": 0}, classes=3)
    assert who_learnt(together) == ["layer1", "layer2"]


@pytest.mark.parametrize("rule", [{}, {"chains": 4}, {"write": "netted"}, {"sampler": "device"}])
def test_a_device_that_has_lived_longer_learns_beside_others_as_it_would_alone(rule):
    rule = {"name": "deep-belief", "turn": 20, "rate": 0.05, **rule}

    def grown():
        population = grow("ecram-tang2018", LAYERS, 3, rule, 5, classes=3)
        old = population.take(np.array([1]))
        for _ in range(3):
            old.rule.learn(*lesson(10, 1), 1.0)
        return population, old

    population, old = grown()
    population.put(np.array([1]), old)
    for _ in range(2):
        population.rule.learn(*lesson(10, 2), 1.0)
        old.rule.learn(*lesson(10, 2), 1.0)
    alone, company = weights(old), weights(population)
    for name, w in alone.items():
        assert np.array_equal(company[name][1].view(np.int32), w[0].view(np.int32)), name
    for name, numbers in old.rule.memory.items():
        assert np.array_equal(population.rule.memory[name][1], numbers[0]), name
    spent, told = population.ledger().columns(), old.ledger().columns()
    for name, account in told.items():
        assert spent[name][1] == account[0], name
    assert population.rule.counters["samples"].tolist() == [20, 50, 20]


def test_the_second_level_comes_to_reconstruct_the_first():
    data = load_data("digits", train=600, test=200)
    rule = {"name": "deep-belief", "turn": 1800, "rate": 0.01}
    population = grow("exact", (64, 32, 24), 2, rule, seed=1)
    lessons = {"epochs": 3, "decay": 1.0}

    def wrong(device):
        first, second = (
            Machine.with_lines(weights(population)[name][device].astype(np.float64))
            for name in ("layer1", "layer2")
        )
        h = first.up(data.inputs_test.astype(np.float64))
        return np.square(second.down(second.up(h)) - h).mean()

    population.train(data.inputs_train, data.labels_train, **lessons)
    first, born = weights(population)["layer1"], [wrong(0), wrong(1)]
    population.train(data.inputs_train, data.labels_train, **lessons)
    assert np.array_equal(weights(population)["layer1"], first), "the first stays as it is"
    taught = [wrong(0), wrong(1)]
    for before, after in zip(born, taught, strict=True):
        assert after < 0.5 * before, (born, taught)


def test_the_readout_reads_all_levels_or_the_top():
    for levels, lines in (("all", 6 + 5 + 1), ("top", 5 + 1)):
        rule = {"name": "deep-belief", "levels": levels}
        population = grow("exact", LAYERS, 1, rule, classes=3)
        assert population.rule.memory["readout"].shape == (1, lines, 3)
    with pytest.raises(ConfigError, match="levels"):
        grow("exact", LAYERS, 1, {"name": "deep-belief", "levels": "bottom"})


@pytest.mark.parametrize(
    ("technology", "rule", "least"),
    [
        ("exact", {}, 0.85),
        ("exact", {"levels": "top"}, 0.8),
        ("gokmen-vlasov2016", {"sampler": "device", "levels": "top"}, 0.7),
    ],
    ids=str,
)
def test_it_learns_digits_and_the_untaught_guess(technology, rule, least):
    data = load_data("digits", train=800, test=400)
    rule = {"name": "deep-belief", "turn": 2400, "rate": 0.01, **rule}
    population = grow(technology, (64, 48, 32), 2, rule, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=8)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught
