"""SoftHebb does what its source says, and its units come to rest at the inputs they win."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices import Technology, preset, probe
from mortal import grow, load_data
from mortal.errors import RuleError
from mortal.rules import Need, SoftHebbSettings

# No deadline: a stalled machine is no counterexample.
law = settings(deadline=None, max_examples=25)

LAYERS, CLASSES = (7, 6, 5), 4


def weights(population, device=0):
    arrays = population.arrays.items()
    return {name: probe.weights(array)[device].astype(np.float64) for name, array in arrays}


def softmax(z):
    z = np.exp(z - z.max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)


def unit(v):
    """Scaled to an rms of 1 along the last axis."""
    return v / np.sqrt((v**2).mean(axis=-1, keepdims=True))


def ready(seed, layers=LAYERS, devices=2, batch=6, **rule):
    """A population with thresholds and a readout that already say something, and a lesson."""
    rule = {"name": "softhebb", "temperature": 0.1, **rule}
    population = grow("exact", layers, devices, rule, seed, classes=CLASSES)
    random = np.random.default_rng(seed)
    for name, numbers in population.rule.memory.items():
        numbers[:] = random.normal(scale=1 if name == "readout" else 0.05, size=numbers.shape)
    x = random.random((batch, layers[0]), np.float32)
    y = random.dirichlet(np.ones(CLASSES), (devices, batch)).astype(np.float32)
    return population, x, y


@law
@given(seed=st.integers(0, 1000), rate=st.floats(0.05, 0.5), readout=st.booleans())
def test_one_step_of_all_units_is_what_the_equations_say(seed, rate, readout):
    where = "array" if readout else "digital"
    population, x, y = ready(seed, winners="all", rate=rate, readout=where)
    memory = {name: n.astype(np.float64) for name, n in population.rule.memory.items()}
    before = [weights(population, device) for device in range(2)]
    answers = population.rule.learn(x, y, 0.5)
    for device in range(2):
        w, after, signal, shown = before[device], weights(population, device), x, []
        for name in ("layer1", "layer2"):
            rows = unit(signal.astype(np.float64))
            c = rows @ w[name] / (0.1 * rows.shape[1])
            lead = c - memory[f"{name}.threshold"][device]
            share = softmax(lead / 0.1)
            wish = 0.1 * rows - (share * c) @ w[name].T
            moved = 0.5 * rate * wish.T @ share
            assert np.abs(moved).max() > 1e-3, "a step that does nothing proves nothing"
            assert after[name] - w[name] == pytest.approx(moved, rel=1e-3, abs=2e-6)
            threshold = memory[f"{name}.threshold"][device] + 0.02 * (share - 1 / c.shape[1]).sum(0)
            found = population.rule.memory[f"{name}.threshold"][device]
            assert found == pytest.approx(threshold, abs=1e-6)
            signal = unit(np.maximum(lead - lead.mean(axis=1, keepdims=True), 0) ** 2)
            shown.append(signal)
        h = np.column_stack(shown)
        h = np.column_stack([h, h.max(axis=1)])
        r = w["readout"] if readout else memory["readout"][device]
        p = softmax(h @ r)
        assert answers[device] == pytest.approx(p, abs=1e-4)
        taught = after["readout"] if readout else population.rule.memory["readout"][device]
        assert taught - r == pytest.approx(0.5 / h.shape[1] * h.T @ (y[device] - p), abs=1e-4)


@law
@given(seed=st.integers(0, 1000))
def test_the_mean_step_of_drawn_winners_is_that_of_the_source(seed):
    copies = 20_000
    population, x, y = ready(seed, (7, 6), devices=1, batch=1, rate=1.0)
    theta = population.rule.memory["layer1.threshold"][0].astype(np.float64)
    before = weights(population)["layer1"]
    many = np.repeat(x, copies, axis=0), np.repeat(y, copies, axis=1)
    population.rule.learn(*many, 1 / copies)
    moved = weights(population)["layer1"] - before
    # In the source's units: an input of length 1, and u = w x.
    length = 0.1 * np.sqrt(7)
    w, v = before / length, x[0].astype(np.float64) / np.linalg.norm(x[0])
    u = v @ w
    share = softmax((u - theta) / 0.1)
    wanted = share * (v[:, None] - u * w)
    assert np.abs(moved / length - wanted).max() < 0.025
    assert np.linalg.norm(moved / length - wanted) < 0.06 * np.linalg.norm(wanted)


def test_a_batch_of_one_writes_to_the_winner_alone_and_winners_differ():
    won = set()
    for start in range(12):
        population, x, y = ready(1, (7, 6), devices=1, batch=1, temperature=10.0)
        population.rule.counters["samples"] += start
        before = weights(population)["layer1"]
        population.rule.learn(x, y, 1.0)
        moved = np.flatnonzero(np.abs(weights(population)["layer1"] - before).max(axis=0) > 0)
        assert moved.size == 1
        won.add(int(moved[0]))
    assert len(won) > 2


def clusters(samples=600, features=20, seed=0):
    random = np.random.default_rng(seed)
    middles = random.random((3, features)) ** 3
    which = np.arange(samples) % 3
    x = middles[which] + random.normal(scale=0.02, size=(samples, features))
    return middles, x.astype(np.float32), which


@pytest.mark.parametrize("technology", ["exact", "gokmen-vlasov2016"])
def test_units_come_to_rest_at_the_inputs_they_win_with_the_asked_weight(technology):
    middles, x, which = clusters()
    rule = {"name": "softhebb", "rate": 0.05, "conscience": 0.005}
    population = grow(technology, (20, 3), 2, rule, seed=2, classes=3)
    population.train(x, which, epochs=8)
    tolerance, far = (0.01, 0.05) if technology == "exact" else (0.1, 0.5)
    for device in range(2):
        w = weights(population, device)["layer1"] / 0.1
        target = unit(middles)
        cosines = target @ w / 20
        assert sorted(cosines.argmax(axis=1)) == [0, 1, 2], "each cluster has a unit of its own"
        resting = w[:, cosines.argmax(axis=1)].T
        assert np.sqrt((resting**2).mean(axis=1)) == pytest.approx(1, abs=tolerance)
        assert np.abs(resting - target).max() < far


def test_without_a_conscience_few_units_take_all_images():
    data = load_data("digits", train=800, test=400)
    used = {}
    for conscience in (0.0, 0.02):
        rule = {"name": "softhebb", "conscience": conscience}
        population = grow("exact", (64, 32), 1, rule, seed=1)
        population.train(data.inputs_train, data.labels_train, epochs=3)
        c = unit(data.inputs_train.astype(np.float64)) @ weights(population)["layer1"] / 6.4
        lead = c - population.rule.memory["layer1.threshold"][0]
        shares = np.bincount(lead.argmax(axis=1), minlength=32) / 800
        used[conscience] = shares.max()
    assert used[0.0] > 0.3, used
    assert used[0.02] < 0.15, used


def test_soft_bounds_hold_what_is_never_read_back():
    cell = preset("exact").model_dump() | {
        "name": "bounded", "response": {
            "kind": "soft-bounds", "step": 0.002, "w_max": 0.4, "w_min": -0.4
        },
        "cell": {"reverse_read": False},
    }  # fmt: skip
    bounded = Technology.model_validate(cell)
    with pytest.raises(RuleError, match="reverse-read"):
        grow(bounded, (8, 1), 1, "softhebb", classes=3)
    random = np.random.default_rng(0)
    x = (random.random((1500, 8)) < np.linspace(0.1, 0.9, 8)).astype(np.float32)
    x[:, 0] = 1  # no vector is empty
    rule = {"name": "softhebb", "decay": "bounds", "rate": 0.05}
    population = grow(bounded, (8, 1), 1, rule, classes=3)
    population.train(x, np.zeros(1500, int), epochs=10)
    off = unit(x.astype(np.float64))
    off -= off.mean(axis=1, keepdims=True)
    wanted = 0.4 * off.mean(axis=0) / np.abs(off).mean(axis=0)
    found = weights(population)["layer1"][:, 0]
    assert found == pytest.approx(wanted, abs=0.08), (found, wanted)


def test_answering_changes_nothing_and_learning_is_paid_for():
    population = grow("mortal-default", (7, 5), 2, {"name": "softhebb", "decay": "bounds"}, seed=1)
    x = np.random.default_rng(0).random((9, 7), np.float32)
    assert np.exp(population.answer(x)) == pytest.approx(0.1), "an empty readout knows nothing"
    one = population.technology.energy.digital
    readout = 9 * (5 + 1) * 10 * one
    assert population.ledger().digital == pytest.approx(readout)
    assert not population.rule.memory["layer1.threshold"].any()
    population.rule.learn(x, np.full((9, 10), 0.1, np.float32), 1.0)
    assert population.ledger().digital == pytest.approx(3 * readout + 9 * 5 * one)


def test_each_setting_declares_what_it_needs():
    memory = Need.DIGITAL_MEMORY
    for rule, needs in (
        ({}, {Need.REVERSE_READ, Need.SAMPLING, memory}),
        ({"winners": "all"}, {Need.REVERSE_READ, memory}),
        ({"decay": "bounds", "winners": "all", "readout": "array"}, {memory}),
    ):
        assert set(SoftHebbSettings(**rule).needs()) == needs


@pytest.mark.parametrize(
    ("technology", "rule", "least"),
    [
        ("exact", {}, 0.85),
        ("exact", {"winners": "all"}, 0.8),
        ("exact", {"readout": "array"}, 0.85),
        ("mortal-default", {"decay": "bounds"}, 0.7),
    ],
)
def test_it_learns_digits_and_the_untaught_guess(technology, rule, least):
    data = load_data("digits", train=800, test=400)
    population = grow(technology, (64, 48), 2, {"name": "softhebb", **rule}, seed=1)
    untaught = population.examine(data.inputs_test, data.labels_test).accuracy
    population.train(data.inputs_train, data.labels_train, epochs=6)
    taught = population.examine(data.inputs_test, data.labels_test).accuracy
    assert untaught.max() < 0.3, untaught
    assert taught.min() > least, taught


def test_features_that_have_learnt_are_better_than_those_it_was_born_with():
    data = load_data("digits", train=800, test=400)
    accuracy = {}
    for rate in (1e-9, 0.01):
        rule = {"name": "softhebb", "rate": rate, "conscience": 0.02 if rate > 1e-6 else 0.0}
        population = grow("exact", (64, 48), 6, rule, seed=1)
        population.train(data.inputs_train, data.labels_train, epochs=6)
        accuracy[rate] = population.examine(data.inputs_test, data.labels_test).accuracy
    better = accuracy[0.01] - accuracy[1e-9]  # of the same devices, with the same readout
    assert better.mean() > 0.03, accuracy
    assert (better > 0).sum() >= 5, accuracy
